//! Counters: in this process (the default), or in Redis, where several nodes share them. A counter can be lost, but an
//! update to one that is there cannot.

mod memory;
mod redis;

pub use memory::MemoryCounters;
pub use redis::{RedisCounters, RedisError};
