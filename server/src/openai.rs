//! OpenAI's API under `/v1`, so that any client of it works with this server's models: routing, caching, quota and ledger
//! behind it are the product's own. It keeps nothing but the ledger's rows, and what providers want back verbatim, which
//! OpenAI's format cannot carry, for an hour ([`Replays`]).
//!
//! Unknown fields are ignored and values over our limits are clamped, as its clients expect; what would change the meaning
//! of the request (`n` above 1, sound, files) is refused by name.

mod answer;
pub mod completions;
pub mod models;
mod replays;
mod request;
mod stream;
mod turn;
mod wire;

pub use replays::Replays;
