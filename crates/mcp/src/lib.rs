//! MCP servers: connected, watched and kept in bounds, and their tools as the agent calls them. What a server says is data
//! that nobody vouches for: it is bounded, cleaned and never taken for an instruction of ours.

pub mod connection;
mod definition;
mod naming;
mod oauth;
mod offering;
mod registry;
mod schema;
mod search;
mod serving;
mod view;

pub use oauth::{SignInDependencies, StoredSignIns};
pub use registry::{Mcp, McpDependencies};
pub use serving::{ServingFault, serve};
