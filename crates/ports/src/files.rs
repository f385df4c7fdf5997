//! Files that people attach: what doors ask for, and how they are stored.

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use vertice_domain::{Actor, Attached, AttachedFile, BlobHash, File, FileId, Result, UserId};

use crate::blobs::BlobStream;

/// Texts of files, by the hash they are kept under.
pub type FileTexts = HashMap<BlobHash, String>;

/// The files of all users, each for its owner only.
#[async_trait]
pub trait Files: Send + Sync {
    /// Keeps a file under a name that is cleaned. What it is, its bytes say: none of what is taken,
    /// `unsupported_media_type`; too large, `file_too_large`; one that cannot be read, invalid; more than the owner may keep,
    /// `storage_exceeded`.
    async fn add(&self, actor: &Actor, name: &str, bytes: Bytes) -> Result<File>;
    async fn get(&self, actor: &Actor, id: FileId) -> Result<File>;
    /// The file with its bytes.
    async fn read(&self, actor: &Actor, id: FileId) -> Result<(File, BlobStream)>;
    /// What models read of it. A picture has none.
    async fn text(&self, actor: &Actor, id: FileId) -> Result<String>;
    /// A file as a message holds it.
    async fn attach(&self, actor: &Actor, id: FileId) -> Result<Attached>;
    /// The texts of files of messages, in the order of the messages, each as far as models are shown it. What cannot be read any
    /// more, and what is too much of all together, is left out: the same files in front always give the same texts.
    async fn texts(&self, owner: UserId, files: &[&AttachedFile]) -> Result<FileTexts>;
    /// Takes it away. Messages that hold it keep it.
    async fn delete(&self, actor: &Actor, id: FileId) -> Result<()>;
}

/// A file as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    pub file: File,
    /// Where its bytes are.
    pub hash: BlobHash,
    /// What models are given in its place; none: the file as it is.
    pub reading: Option<Reading>,
}

/// What models are given in a file's place: the text of what is no picture, or a smaller picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub hash: BlobHash,
    pub media_type: String,
    /// In bytes.
    pub size: u64,
}

/// Files; their bytes lie among the blobs.
#[async_trait]
pub trait FileStore: Send + Sync {
    /// Stores a file whose blobs are its owner's; they are kept as long as it is there.
    async fn add_file(&self, owner: UserId, file: &StoredFile) -> Result<()>;
    async fn file(&self, owner: UserId, id: FileId) -> Result<Option<StoredFile>>;
    /// Whether it was there.
    async fn delete_file(&self, owner: UserId, id: FileId) -> Result<bool>;
}
