//! Artifacts as zip archives, out and in.

mod unpack;

use std::{
    collections::HashMap,
    io::{Cursor, Write as _},
};

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit};
use vertice_domain::{
    ArtifactPath, ConversationId, Error, ErrorKind, Result, UserId, artifact::ArtifactDocument,
};
use vertice_ports::artifacts::{ArtifactWrite, Made, NewArtifact, StoredArtifact};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

pub(crate) use self::unpack::unpacked;
use crate::{aside, studio::Studio, writing::Draft};

/// The most bytes that all files of an archive may have together: what goes out comes in again.
const MAX_TOTAL: u64 = 50 * 1024 * 1024;

/// What versions of imported files are said to be for.
const NOTE: &str = "Imported";

/// An archive in the making.
struct Packing(ZipWriter<Cursor<Vec<u8>>>);

impl Packing {
    fn new() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }

    /// The same with one more file.
    fn with(mut self, path: &ArtifactPath, content: &str) -> Result<Self> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let packed = self.0.start_file(path.as_str(), options).map_err(std::io::Error::from);
        packed.and_then(|()| self.0.write_all(content.as_bytes())).map_err(|error| broken(&error))?;
        Ok(self)
    }

    fn finish(self) -> Result<Bytes> {
        let packed = self.0.finish().map_err(std::io::Error::from).map_err(|error| broken(&error))?;
        Ok(packed.into_inner().into())
    }
}

fn broken(error: &std::io::Error) -> Error {
    tracing::error!(%error, "an archive of artifacts cannot be made");
    Error::internal()
}

/// The only artifact that stands in the way of all others is named, so that something can be done about it.
fn damaged(path: &ArtifactPath, error: Error) -> Error {
    let message =
        format!("{path}: {} Delete it, or write it anew, and the others can be exported.", error.message);
    Error { message, ..error }
}

fn too_much(total: u64) -> Error {
    let message = format!(
        "These artifacts hold {} MB together, and an archive takes at most 50 MB. Save the large ones one by one.",
        total / (1024 * 1024)
    );
    Error::new(ErrorKind::TooLarge, "archive_too_large", message)
}

/// Archives that are made or taken apart at the same time: each of them may lie in memory as a whole.
static ROOM: Semaphore = Semaphore::const_new(2);

async fn room() -> Result<SemaphorePermit<'static>> {
    ROOM.acquire().await.map_err(|_closed| Error::internal())
}

impl Studio {
    /// All of a conversation's artifacts as an archive.
    pub(crate) async fn exported(&self, owner: UserId, conversation: ConversationId) -> Result<Bytes> {
        let _room = room().await?;
        let all = self.all(owner, conversation).await?;
        let total = all.iter().map(|stored| stored.artifact.size).sum();
        if total > MAX_TOTAL {
            return Err(too_much(total));
        }
        let mut packing = Packing::new();
        for StoredArtifact { artifact, hash } in all {
            let content = self.content(owner, hash).await.map_err(|error| damaged(&artifact.path, error))?;
            packing = aside(move || packing.with(&artifact.path, &content)).await??;
        }
        packing.finish()
    }

    /// Makes artifacts of the files of an archive, and new versions of those that are there: all of them in one transaction.
    pub(crate) async fn imported(
        &self,
        owner: UserId,
        conversation: ConversationId,
        packed: Bytes,
    ) -> Result<Vec<ArtifactDocument>> {
        let _room = room().await?;
        let here = self.all(owner, conversation).await?;
        let mut here: HashMap<String, StoredArtifact> =
            here.into_iter().map(|stored| (stored.artifact.path.key(), stored)).collect();
        let files = aside(move || unpacked(&packed)).await??;
        let (mut writes, mut made) = (Vec::new(), Vec::new());
        for (path, content) in files {
            let (write, document) = match here.remove(&path.key()) {
                Some(stored) => self.replaced(owner, stored, content).await?,
                None => self.added(owner, conversation, &path, content).await?,
            };
            writes.extend(write);
            made.push(document);
        }
        self.write_all(owner, &writes).await?;
        Ok(made)
    }

    async fn added(
        &self,
        owner: UserId,
        conversation: ConversationId,
        path: &ArtifactPath,
        content: String,
    ) -> Result<(Option<ArtifactWrite>, ArtifactDocument)> {
        let new = NewArtifact {
            conversation,
            path: path.as_str().to_owned(),
            title: None,
            kind: None,
            language: None,
            content: content.clone(),
            note: NOTE.to_owned(),
            by: Made::ByPerson,
        };
        let (stored, version) = self.drafted(owner, new).await?;
        let document = ArtifactDocument { artifact: stored.artifact.clone(), content };
        Ok((Some(ArtifactWrite::Create(stored, version, document.content.clone())), document))
    }

    /// No write: it holds that already.
    async fn replaced(
        &self,
        owner: UserId,
        stored: StoredArtifact,
        content: String,
    ) -> Result<(Option<ArtifactWrite>, ArtifactDocument)> {
        let before = self.content_if_there(owner, stored.hash).await?;
        let mut artifact = stored.artifact;
        if before.as_ref() == Some(&content) {
            return Ok((None, ArtifactDocument { artifact, content }));
        }
        let draft = Draft { content: content.clone(), note: NOTE.to_owned(), by: Made::ByPerson };
        let before = (&artifact, before.unwrap_or_default());
        let version = self.version_of(owner, Some(before), draft).await?;
        (artifact.version, artifact.size) = (version.version.version, version.version.size);
        artifact.updated_at = version.version.created_at;
        let write = ArtifactWrite::Version(artifact.id, version, content.clone());
        Ok((Some(write), ArtifactDocument { artifact, content }))
    }
}
