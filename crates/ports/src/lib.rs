//! What the product needs from the world, as traits, and [`Services`], what its doors are given.
//!
//! Two kinds of ports stand here. The doors (server functions, REST, command line) call [`Accounts`], [`Artifacts`], [`Chat`],
//! [`Files`], [`Imports`], [`Library`], [`McpServers`], [`Models`], [`ProviderKeys`], [`Quota`], [`RemotePictures`] and [`Reports`]; the capabilities behind those call the stores, the clock, the ids and each other's ports.
//! Traits and plain data only: an implementation never lives here (`cargo xtask tidy` looks).

pub mod accounts;
pub mod artifacts;
pub mod blobs;
pub mod bus;
pub mod chat;
pub mod clock;
pub mod files;
pub mod gateway;
pub mod identities;
pub mod imports;
pub mod ledger;
pub mod library;
pub mod mcp;
pub mod meter;
pub mod model;
pub mod prompt;
pub mod provider_keys;
pub mod quota;
pub mod remote;
pub mod reports;
pub mod sandbox;
pub mod store;
pub mod toolbox;
pub mod tools;
pub mod turns;
pub mod vault;
pub mod workspaces;

use std::sync::Arc;

pub use accounts::Accounts;
pub use artifacts::{ArtifactStore, Artifacts};
pub use blobs::Blobs;
pub use bus::Bus;
pub use chat::Chat;
pub use clock::{Clock, Ids};
pub use files::{FileStore, Files};
pub use gateway::{Gateway, WayOut};
pub use identities::{IdentityStore, IssuerHttp};
pub use imports::{ImportStore, Imports};
pub use ledger::{Ledger, ToolLedger};
pub use library::Library;
pub use mcp::{McpServers, McpStore};
pub use meter::Meter;
pub use model::Models;
pub use prompt::Prompt;
pub use provider_keys::{ProviderKeyStore, ProviderKeys};
pub use quota::{Counters, Quota};
pub use remote::RemotePictures;
pub use reports::Reports;
pub use sandbox::Sandbox;
pub use store::{AccountStore, ConversationStore};
pub use toolbox::Toolbox;
pub use tools::Tools;
pub use turns::TurnStore;
pub use vault::Vault;
use vertice_domain::ChatLimits;
pub use workspaces::{Workspace, Workspaces};

/// Everything a door needs; cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub accounts: Arc<dyn Accounts>,
    pub artifacts: Arc<dyn Artifacts>,
    pub chat: Arc<dyn Chat>,
    /// Conversations from elsewhere.
    pub imports: Arc<dyn Imports>,
    /// What people attach to messages.
    pub files: Arc<dyn Files>,
    /// Conversations and messages at rest.
    pub library: Arc<dyn Library>,
    /// MCP servers and what their tools may do.
    pub mcp: Arc<dyn McpServers>,
    pub models: Arc<dyn Models>,
    /// The users' own keys for providers.
    pub provider_keys: Arc<dyn ProviderKeys>,
    /// What users may spend.
    pub quota: Arc<dyn Quota>,
    pub reports: Arc<dyn Reports>,
    /// Where code is run.
    pub sandbox: Arc<dyn Sandbox>,
    /// The files that conversations work on.
    pub workspaces: Arc<dyn Workspaces>,
    /// Pictures of other hosts.
    pub pictures: Arc<dyn RemotePictures>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Ids for calls that belong to no stored turn.
    pub ids: Arc<dyn Ids>,
    pub limits: ChatLimits,
}
