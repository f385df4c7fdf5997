//! Accounts on this server: passwords, sessions, API tokens, and who may make an account.
//!
//! Secrets go in and out once; what is kept of them is a hash. This crate must never log a secret, and it knows nothing
//! of cookies or headers.

mod account;
mod accounts;
mod hashing;
mod policy;
mod secret;
mod throttle;

pub use accounts::Auth;
