//! OpenAI's API under `/v1`, so that any client of it works with this server's models: routing, caching, quota and ledger
//! behind it are the product's own. It keeps nothing but the ledger's rows, and what providers want back verbatim, which
//! OpenAI's format cannot carry, for an hour ([`Replays`]).
//!
//! Unknown fields are ignored and values over our limits are clamped, as its clients expect; what would change the meaning
//! of the request (`n` above 1, sound, files) is refused by name.

mod answer;
mod completions;
mod error;
mod models;
mod replays;
mod request;
mod stream;

pub use completions::complete;
pub use error::{body as error_body, status as error_status};
pub use models::{get as model, list as models};
pub use replays::Replays;

/// Where all of it lies.
pub const PREFIX: &str = "/v1/";
