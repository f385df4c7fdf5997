//! Every model behind one port: [`Gateway`] implements [`vertice_ports::Models`].
//!
//! The middle is pure (`sse`, `decode` of each wire format, `encode`, `price`, `route`); only `http`, `listing` and
//! `local` talk to the network. It reads no environment, never logs a key or a prompt, and never makes up a price.

pub mod anthropic;
pub mod body;
pub mod cache_plan;
pub mod cache_watch;
pub mod call;
pub mod catalog;
pub mod check;
pub mod config;
pub mod decode;
pub mod demo;
pub mod estimate;
pub mod fault;
pub mod gateway;
pub mod gemini;
pub mod health;
pub mod http;
pub mod left_open;
pub mod listing;
pub mod local;
pub mod measured;
pub mod messages;
pub mod openai;
pub mod pictures;
pub mod price;
pub mod refresh;
pub mod registry;
pub mod responses;
pub mod route;
pub mod sse;
pub mod stop;
pub mod upstream;

pub use config::{ConfigError, GatewayConfig, ProviderConfig, Secret, Timing};
pub use gateway::{Gateway, GatewayDependencies};
