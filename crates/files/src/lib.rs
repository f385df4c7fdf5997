//! Files that people attach: what they are, by their bytes; under which name they are kept; and what models are given of them.
//!
//! Nobody vouches for a file. What has to be taken apart (PDFs, pictures that are too large) is given to a process of its own
//! ([`Reader`]), which knows no secret and may take only so much memory and time. This crate must never parse one of those in
//! the server's own process, nor take a file for what its name or its sender says it is.

mod inside;
mod known;
mod name;
mod reader;
mod shelf;
mod text;

pub use inside::run_if_asked;
pub use reader::Reader;
pub use shelf::{Shelf, ShelfDependencies};
