//! Accounts on this server: passwords, sessions, API tokens, whom an issuer vouches for, and who may make an account; and the
//! users' own keys for providers.
//!
//! Secrets go in and out once; what is kept of them is a hash, or, where they must be used again, sealed. This crate must never log a secret, and it knows nothing
//! of cookies or headers.

mod account;
mod accounts;
mod actors;
mod devices;
mod hashing;
mod issuer;
mod provider_keys;
pub mod random;
mod sealing;
mod secret;
mod strength;
mod throttle;
mod vault;

pub use accounts::{Auth, Identities, SetupToken, hosted_outcome};
pub use issuer::{ClientConfig, Issuer, IssuerConfig, IssuerDependencies, KeysAt, Party};
pub use provider_keys::SealedKeys;
pub use sealing::SealingVault;
pub use vault::{SECRET_BYTES, SecretSource};
