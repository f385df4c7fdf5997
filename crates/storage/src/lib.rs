//! The stores on SQLite (the default) and PostgreSQL: one [`Database`] that implements every store of `vertice-ports`;
//! the counters, in this process or in Redis; and blobs, on the disk or in a bucket.
//!
//! Each query is one SQL text that both databases understand; what differs (opening, migrations) stands in
//! `database`. Nothing outside this crate may know SQL, and no query about a user's things may leave out the owner. It
//! must never report a write that did not happen as done, and never log what users or models wrote.

mod accounts;
mod artifacts;
mod blob;
mod conversations;
mod cursor;
mod database;
mod fault;
mod files;
mod imports;
mod insert;
mod kv;
mod ledger;
mod mcp;
mod provider_keys;
mod rows;
mod search;
mod search_text;
mod turns;

pub use blob::{Adopted, Bucket, BucketConfig, BucketError, BucketTuning, StoredBlobs};
pub use database::{Database, DatabaseConfig, DatabaseUrl, OpenError, Tuning};
pub use kv::{MemoryCounters, RedisCounters, RedisError};
