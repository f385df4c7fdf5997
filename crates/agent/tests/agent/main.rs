//! The hub and the shelf, whole, against in-memory doubles of the stores and of the models.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a double that is used wrongly must stop its test")]

mod compaction;
mod decisions;
mod elicitations;
mod images;
mod library;
mod moments;
mod owners;
mod prefixes;
mod questions;
mod replay;
mod stateless;
mod steering;
mod storage_faults;
mod support;
mod titles;
mod tools;
mod turns;
