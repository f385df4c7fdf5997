//! Artifacts as zip archives, out and in. Nothing of an archive is believed: neither its names, nor its sizes.

use std::{
    collections::HashSet,
    io::{Cursor, Read as _, Write as _},
};

use bytes::Bytes;
use vertice_domain::{
    ArtifactPath, ConversationId, Error, FieldError, Result, UserId,
    artifact::{ArtifactDocument, MAX_CONTENT, MAX_IN_CONVERSATION},
};
use vertice_ports::artifacts::{ArtifactWrite, Made, NewArtifact};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{path, studio::Studio, writing::Draft};

/// The most bytes that all files of an archive may have together.
const MAX_TOTAL: usize = 50 * 1024 * 1024;

/// What versions of imported files are said to be for.
const NOTE: &str = "Imported";

/// An archive in the making.
pub(crate) struct Packing(ZipWriter<Cursor<Vec<u8>>>);

impl Default for Packing {
    fn default() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }
}

impl Packing {
    /// The same with one more file.
    pub(crate) fn with(mut self, path: &ArtifactPath, content: &str) -> Result<Self> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let packed = self.0.start_file(path.as_str(), options).map_err(std::io::Error::from);
        packed.and_then(|()| self.0.write_all(content.as_bytes())).map_err(|error| broken(&error))?;
        Ok(self)
    }

    pub(crate) fn finish(self) -> Result<Bytes> {
        let packed = self.0.finish().map_err(std::io::Error::from).map_err(|error| broken(&error))?;
        Ok(packed.into_inner().into())
    }
}

fn broken(error: &std::io::Error) -> Error {
    tracing::error!(%error, "an archive of artifacts cannot be made");
    Error::internal()
}

/// The files of an archive. One that cannot be taken is named, and then none is.
pub(crate) fn unpacked(archive: &[u8]) -> Result<Vec<(ArtifactPath, String)>> {
    let refused = |message: &str| Error::invalid_field("archive", message);
    let mut archive =
        ZipArchive::new(Cursor::new(archive)).map_err(|_| refused("is no zip archive that can be read"))?;
    if archive.has_overlapping_files().unwrap_or(true) {
        return Err(refused("holds files that lie in each other, as no program packs them"));
    }
    if archive.len() > 4 * MAX_IN_CONVERSATION as usize {
        return Err(refused("holds too many entries; 500 files fit into a conversation"));
    }
    let (mut files, mut keys, mut total) = (Vec::new(), HashSet::new(), 0);
    for index in 0..archive.len() {
        let Some((path, content)) = entry(&mut archive, index)? else { continue };
        total += content.len();
        if total > MAX_TOTAL {
            return Err(refused("holds more than 50 MB"));
        }
        if !keys.insert(path.key()) {
            return Err(named(
                path.as_str(),
                "is there twice, or its name differs from another one by large letters only",
            ));
        }
        files.push((path, content));
        if files.len() > MAX_IN_CONVERSATION as usize {
            return Err(refused("holds more than 500 files"));
        }
    }
    if files.is_empty() {
        return Err(refused("holds no file"));
    }
    Ok(files)
}

/// A file of the archive; none: a folder, or what some systems leave beside files.
fn entry(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<Option<(ArtifactPath, String)>> {
    let entry = archive.by_index(index).map_err(|_| {
        Error::invalid_field("archive", format!("holds an entry, number {}, that cannot be read", index + 1))
    })?;
    let name = entry.name().map(|name| name.into_owned()).map_err(|_| {
        Error::invalid_field(
            "archive",
            format!("holds an entry, number {}, whose name cannot be read", index + 1),
        )
    })?;
    let place = name.strip_suffix('/').unwrap_or(&name);
    let place = path(&name, place)?;
    if entry.is_symlink() {
        return Err(named(&name, "is a symbolic link, and links lead anywhere"));
    }
    if entry.is_dir() || name.starts_with("__MACOSX/") || place.name() == ".DS_Store" {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    entry.take(MAX_CONTENT as u64 + 1).read_to_end(&mut bytes).map_err(|_| {
        named(&name, "cannot be unpacked: it is damaged, encrypted, or packed in a way that is not supported")
    })?;
    if bytes.len() > MAX_CONTENT {
        return Err(named(&name, "is larger than 1 MB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| named(&name, "is no text in UTF-8"))?;
    Ok(Some((place, text)))
}

fn named(entry: &str, fault: &str) -> Error {
    Error::invalid(vec![FieldError::new(entry, fault)])
}

impl Studio {
    /// Makes artifacts of these files, and new versions of those that are there: all of them in one transaction.
    pub(crate) async fn imported(
        &self,
        owner: UserId,
        conversation: ConversationId,
        files: Vec<(ArtifactPath, String)>,
    ) -> Result<Vec<ArtifactDocument>> {
        let (mut writes, mut made) = (Vec::new(), Vec::new());
        for (path, content) in files {
            let (by, note) = (Made::ByPerson, NOTE.to_owned());
            let Some(stored) = self.store.artifact_at(owner, conversation, &path.key()).await? else {
                let path = path.as_str().to_owned();
                let new = NewArtifact {
                    conversation,
                    path,
                    title: None,
                    kind: None,
                    language: None,
                    content: content.clone(),
                    note,
                    by,
                };
                let (artifact, version) = self.drafted(owner, new).await?;
                made.push(ArtifactDocument { artifact: artifact.artifact.clone(), content });
                writes.push(ArtifactWrite::Create(artifact, version));
                continue;
            };
            let (mut artifact, before) = (stored.artifact, self.content(owner, stored.hash).await?);
            if before != content {
                let draft = Draft { content: content.clone(), note, by };
                let version = self.version_of(owner, Some((&artifact, before)), draft).await?;
                (artifact.version, artifact.size) = (version.version.version, version.version.size);
                artifact.updated_at = version.version.created_at;
                writes.push(ArtifactWrite::Version(artifact.id, version));
            }
            made.push(ArtifactDocument { artifact, content });
        }
        self.write_all(owner, &writes).await?;
        Ok(made)
    }
}
