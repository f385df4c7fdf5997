//! [`Shelf`]: the files of all users, on the stores.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt as _;
use vertice_domain::{
    Action, Actor, Attached, AttachedFile, BlobHash, Error, ErrorKind, File, FileId, FileKind, ImageSource,
    ImageType, Result, UserId,
    content::MAX_IMAGE_BYTES,
    file::{MAX_FILE_BYTES, MAX_TOLD},
};
use vertice_ports::{
    Blobs, Clock, FileStore, Files, Ids,
    blobs::BlobStream,
    files::{FileTexts, Reading, StoredFile},
};

use crate::{
    inside::SIDE,
    known::{Known, refused},
    name::cleaned,
    reader::Reader,
};

/// The characters of files that a model is shown of one conversation.
const MOST_TOLD: u64 = 4_000_000;
/// The bytes of a character in UTF-8, at the most.
const LONGEST_CHARACTER: usize = 4;

/// What texts are kept as.
const TEXT: &str = "text/plain";

/// The files of all users, each for its owner only.
pub struct Shelf {
    store: Arc<dyn FileStore>,
    blobs: Arc<dyn Blobs>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    reader: Reader,
}

/// What a [`Shelf`] is made of.
pub struct ShelfDependencies {
    pub store: Arc<dyn FileStore>,
    pub blobs: Arc<dyn Blobs>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub reader: Reader,
}

/// A file, and what models are given of it.
struct Read {
    kind: FileKind,
    media_type: &'static str,
    pages: Option<u32>,
    characters: Option<u64>,
    /// With its media type; none: the file as it is.
    given: Option<(String, Bytes)>,
}

impl Shelf {
    pub fn new(ShelfDependencies { store, blobs, clock, ids, reader }: ShelfDependencies) -> Self {
        Self { store, blobs, clock, ids, reader }
    }

    async fn found(&self, owner: UserId, id: FileId) -> Result<StoredFile> {
        self.store.file(owner, id).await?.ok_or_else(missing)
    }

    async fn taken_apart(&self, name: &str, bytes: &Bytes) -> Result<Read> {
        // Ten megabytes are looked at where that keeps nobody waiting.
        let (named, whole) = (name.to_owned(), bytes.clone());
        let known = tokio::task::spawn_blocking(move || Known::of(&named, &whole)).await;
        match known.map_err(|_| Error::internal())?? {
            Known::Text { media_type, text } => Ok(of_text(FileKind::Text, media_type, None, text)),
            Known::Pdf => {
                let (pages, text) = self.reader.pdf(bytes).await?;
                Ok(of_text(FileKind::Pdf, "application/pdf", Some(pages), text))
            }
            Known::Picture(form, size) => {
                let given = self.seen(form, size, bytes).await?;
                let (kind, media_type) = (FileKind::Image, form.as_str());
                Ok(Read { kind, media_type, pages: None, characters: None, given })
            }
        }
    }

    /// What models see of a picture that is larger than they look at; a GIF may move, and is left as it is while that goes.
    async fn seen(
        &self,
        form: ImageType,
        (width, height): (usize, usize),
        bytes: &Bytes,
    ) -> Result<Option<(String, Bytes)>> {
        let is_heavy = bytes.len() > MAX_IMAGE_BYTES;
        let is_large = width.max(height) > SIDE as usize;
        if !is_heavy && (!is_large || form == ImageType::Gif) {
            return Ok(None);
        }
        let (media_type, smaller) = self.reader.picture(bytes).await?;
        if smaller.len() > MAX_IMAGE_BYTES {
            return Err(refused(
                "is a picture that stays over 5 MB when it is made smaller; attach it as JPEG",
            ));
        }
        Ok(Some((media_type, smaller)))
    }

    /// As much of a text as models are shown; none: it is gone.
    async fn beginning(&self, owner: UserId, hash: BlobHash) -> Result<Option<String>> {
        let Some(mut pieces) = self.blobs.read(owner, hash).await? else { return Ok(None) };
        let mut bytes = Vec::new();
        while bytes.len() < MAX_TOLD * LONGEST_CHARACTER
            && let Some(piece) = pieces.try_next().await?
        {
            bytes.extend_from_slice(&piece);
        }
        // Where it breaks off within a character, that is beyond what is shown.
        let text = String::from_utf8_lossy(&bytes);
        let end = text.char_indices().nth(MAX_TOLD).map_or(text.len(), |(at, _)| at);
        Ok(Some(text[..end].to_owned()))
    }

    async fn keep(&self, owner: UserId, media_type: &str, bytes: Bytes) -> Result<BlobHash> {
        self.blobs.put(owner, media_type, bytes).await
    }
}

fn of_text(kind: FileKind, media_type: &'static str, pages: Option<u32>, text: String) -> Read {
    let characters = Some(text.chars().count() as u64);
    Read { kind, media_type, pages, characters, given: Some((TEXT.to_owned(), text.into())) }
}

fn missing() -> Error {
    Error::not_found("file")
}

#[async_trait]
impl Files for Shelf {
    async fn add(&self, actor: &Actor, name: &str, bytes: Bytes) -> Result<File> {
        actor.may(Action::WriteFiles)?;
        if bytes.len() > MAX_FILE_BYTES {
            let message = "A file may have 10 MB. Attach a smaller one, or a part of it.";
            return Err(Error::new(ErrorKind::TooLarge, "file_too_large", message));
        }
        let name = cleaned(name);
        let Read { kind, media_type, pages, characters, given } = self.taken_apart(&name, &bytes).await?;
        let size = bytes.len() as u64;
        let hash = self.keep(actor.user, media_type, bytes).await?;
        let reading = match given {
            None => None,
            Some((media_type, bytes)) => {
                let size = bytes.len() as u64;
                let hash = self.keep(actor.user, &media_type, bytes).await?;
                Some(Reading { hash, media_type, size })
            }
        };
        let media_type = media_type.to_owned();
        let (id, created_at) = (self.ids.file(), self.clock.now());
        let file = File { id, name, media_type, size, kind, pages, characters, created_at };
        let stored = StoredFile { file, hash, reading };
        self.store.add_file(actor.user, &stored).await?;
        Ok(stored.file)
    }

    async fn get(&self, actor: &Actor, id: FileId) -> Result<File> {
        actor.may(Action::ReadFiles)?;
        Ok(self.found(actor.user, id).await?.file)
    }

    async fn read(&self, actor: &Actor, id: FileId) -> Result<(File, BlobStream)> {
        actor.may(Action::ReadFiles)?;
        let StoredFile { file, hash, .. } = self.found(actor.user, id).await?;
        let bytes = self.blobs.read(actor.user, hash).await?.ok_or_else(missing)?;
        Ok((file, bytes))
    }

    async fn text(&self, actor: &Actor, id: FileId) -> Result<String> {
        actor.may(Action::ReadFiles)?;
        let StoredFile { file, reading, .. } = self.found(actor.user, id).await?;
        let Some(reading) = reading.filter(|_| file.kind != FileKind::Image) else {
            return Err(Error::invalid_field("as", "must not be text: a picture has none"));
        };
        let bytes = self.blobs.get(actor.user, reading.hash).await?.ok_or_else(missing)?;
        String::from_utf8(bytes.into()).map_err(|_| Error::internal())
    }

    async fn attach(&self, actor: &Actor, id: FileId) -> Result<Attached> {
        actor.may(Action::ReadFiles)?;
        let StoredFile { file, hash, reading } = self.found(actor.user, id).await?;
        let File { id: file_id, name, media_type, size, kind, pages, characters, .. } = file;
        if kind == FileKind::Image {
            let Reading { hash, media_type, size } = reading.unwrap_or(Reading { hash, media_type, size });
            let media_type = ImageType::parse(&media_type).ok_or_else(Error::internal)?;
            return Ok(Attached::Image(ImageSource::Blob { hash, media_type, size }));
        }
        let text = reading.ok_or_else(Error::internal)?.hash;
        let characters = characters.unwrap_or_default();
        Ok(Attached::File(AttachedFile { file_id, name, media_type, size, hash, text, characters, pages }))
    }

    async fn texts(&self, owner: UserId, files: &[&AttachedFile]) -> Result<FileTexts> {
        let (mut texts, mut room) = (FileTexts::new(), MOST_TOLD);
        for file in files {
            if texts.contains_key(&file.text) {
                continue;
            }
            let length = file.characters.min(MAX_TOLD as u64);
            // What comes later never changes what stood before.
            if length > room {
                break;
            }
            room -= length;
            if let Some(text) = self.beginning(owner, file.text).await? {
                texts.insert(file.text, text);
            }
        }
        Ok(texts)
    }

    async fn delete(&self, actor: &Actor, id: FileId) -> Result<()> {
        actor.may(Action::WriteFiles)?;
        if self.store.delete_file(actor.user, id).await? { Ok(()) } else { Err(missing()) }
    }
}
