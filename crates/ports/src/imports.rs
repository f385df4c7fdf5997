//! Imports: what doors ask for, and how what comes in is stored.

use std::{any::Any, fs::File};

use async_trait::async_trait;
use futures::stream::BoxStream;
use vertice_domain::{
    Actor, Conversation, Error, ImportSource, Result, UserId,
    import::{ImportProgress, Imported},
};

use crate::{artifacts::WholeArtifact, store::WholeMessage};

/// A file that has arrived whole.
#[derive(Debug)]
pub struct ImportFile {
    /// What its sender calls it; only told, never believed.
    pub name: String,
    /// It can be read from its beginning, and nobody else finds it.
    pub file: File,
    /// In bytes.
    pub size: u64,
    /// What it takes up as long as it is there, for whoever counts that: it is let go after the file.
    pub place: Box<dyn Any + Send>,
}

/// What is told of an import that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportStep {
    Progress(ImportProgress),
    /// The end; nothing follows.
    Done(std::result::Result<Box<Imported>, Error>),
}

/// Takes in conversations that were exported here, at ChatGPT or at Claude.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Begins an import, which goes on whoever listens. Each conversation is stored whole or not at all, and none twice. One runs
    /// at a time for each user: `import_running`.
    async fn import(&self, actor: &Actor, files: Vec<ImportFile>) -> Result<BoxStream<'static, ImportStep>>;
}

/// Where a conversation comes from: the same one is stored once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub source: ImportSource,
    /// What it is called there.
    pub id: String,
    /// How many messages it has there.
    pub messages: u64,
    /// How much it takes as it is stored, in bytes.
    pub size: u64,
}

/// A conversation with all that it holds.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    pub conversation: &'a Conversation,
    pub messages: &'a [WholeMessage],
    pub artifacts: &'a [WholeArtifact],
}

/// What became of a conversation that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    Stored,
    /// Its owner may not keep so much more, and nothing was stored.
    Full,
    /// It is here already, and nothing was stored.
    Here {
        /// How many messages its export had then; none: it was never imported, it was exported here.
        messages: Option<u64>,
    },
}

/// Conversations from elsewhere, at rest.
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Whether it is here, as [`Arrival::Here`] tells it. What was deleted is not.
    async fn import_here(&self, owner: UserId, origin: &Origin) -> Result<Option<Arrival>>;
    /// Stores it with all that it holds, unless it is here, or with it the owner had more than `limit` bytes of imported ones.
    async fn insert_import(
        &self,
        owner: UserId,
        origin: &Origin,
        whole: Whole<'_>,
        limit: u64,
    ) -> Result<Arrival>;
    /// How much the owner's imported conversations take, in bytes; deleted ones until they are purged.
    async fn imported_bytes(&self, owner: UserId) -> Result<u64>;
}
