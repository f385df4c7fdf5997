//! Conversations that come in as a file: our own export, ChatGPT's and Claude's, as JSON or as the archives that they come in.
//!
//! Reading is pure and believes nothing: neither names, nor sizes, nor forms; no more than three conversations lie in memory at a time. What is
//! taken is stored whole, each conversation for itself, or not at all. It never asks a model and never fetches anything.

mod chatgpt;
mod claude;
mod count;
mod element;
mod found;
mod importer;
mod json;
mod own;
mod reading;
mod scan;
mod stop;
mod tree;
mod unpack;

pub use importer::{Importer, ImporterDependencies};
