//! The product's own tools, for models: files, git and code, confined to one workspace, and artifacts. They stand on the ports alone, so that the agent
//! offers them in its conversations, and `vertice mcp` to any other host. What they say is short: a model pays for every line.

mod arguments;
mod artifacts;
mod exec;
mod files;
mod git;
mod kit;
mod offering;

pub use exec::Jobs;
pub use kit::{Kit, Workbench};
pub use offering::OwnTools;
