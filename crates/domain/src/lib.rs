//! The vocabulary of the product: what the browser, REST, the command line and every capability mean by the same words.
//!
//! Pure types and pure functions only. It must never do IO, never be async, never look at `cfg`, and never know how
//! anything is stored or sent; it compiles the same for the server and for WASM.

pub mod account;
pub mod arguments;
pub mod artifact;
pub mod blob;
pub mod chat;
pub mod content;
pub mod conversation;
pub mod elicitation;
pub mod error;
pub mod estimate;
pub mod event;
pub mod feed;
pub mod file;
pub mod frame;
pub mod id;
pub mod import;
pub mod mcp;
pub mod message;
pub mod model;
pub mod money;
pub mod page;
pub mod part;
pub mod policy;
pub mod provider_key;
pub mod question;
pub mod quota;
pub mod quote;
pub mod report;
pub mod sandbox;
pub mod search;
pub mod thread;
pub mod time;
pub mod title;
pub mod transcript;
pub mod usage;

pub use account::{Actor, ApiToken, Email, Profile, Role, Scope};
pub use artifact::{Artifact, ArtifactKind, ArtifactPath, ArtifactRef, ArtifactVersion};
pub use blob::BlobHash;
pub use chat::{ChatLimits, ChatRequest, ModelChoice, StatelessMessage};
pub use content::{Content, ContentPart, Image, ImageType};
pub use conversation::{Conversation, ConversationPatch, Mode, NewConversation};
pub use elicitation::Elicitation;
pub use error::{Error, ErrorKind, FieldError, Result};
pub use event::{
    FinishReason, Intent, LogEntry, LoggedEvent, Metadata, RoutedBy, SeenEvent, TurnEvent, TurnFailure,
};
pub use feed::FeedEvent;
pub use file::{Attached, AttachedFile, File, FileKind};
pub use id::{
    ArtifactId, CallId, ConversationId, FileId, McpServerId, MessageId, NodeId, SessionId, TokenId, TurnId,
    UserId,
};
pub use import::ImportSource;
pub use mcp::{McpServer, McpTool, ServerName, ToolPermission};
pub use message::{Author, Message, MessageDocument, MessageStatus};
pub use model::{ModelInfo, Provider, Tier};
pub use money::Usd;
pub use page::{Page, PageRequest};
pub use part::{
    ImageSource, Notice, Outcome, Part, PartKind, Sealed, SealedPart, ToolCall, ToolResult, ToolState,
};
pub use policy::Action;
pub use provider_key::{HealthState, KeySource, ProviderKey, ProviderStatus};
pub use quota::QuotaStatus;
pub use quote::Quote;
pub use report::{GroupBy, Report, ReportQuery, ReportRow, ReportScope, Sums};
pub use thread::{EarlierMessages, Extent, RunningTurn, Thread, ThreadMessage};
pub use time::Timestamp;
pub use transcript::Transcript;
pub use usage::{TokenCounts, Usage};
