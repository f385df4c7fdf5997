//! What a user's message is made of: its pictures go among the blobs before anything refers to them, its files are looked up.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use vertice_domain::{
    Actor, Attached, Content, ContentPart, Error, ErrorKind, FileId, Image, ImageSource, Part, PartKind,
    Quote, Result,
    content::{InvalidImage, MAX_IMAGES},
};

use crate::hub::Hub;

/// The name of a message's content in a request.
const CONTENT: &str = "messages[0].content";

impl Hub {
    /// The parts of a user's message. Its pictures are kept for a day, and then as long as a message holds them.
    pub(crate) async fn keep(
        &self,
        actor: &Actor,
        content: Content,
        quotes: Vec<Quote>,
    ) -> Result<Vec<Part>> {
        let mut kinds: Vec<PartKind> = quotes.into_iter().map(PartKind::Quote).collect();
        for part in content.into_parts() {
            kinds.push(match part {
                ContentPart::Text(text) => PartKind::Text { text },
                ContentPart::Image(image) => PartKind::Image { source: self.keep_image(actor, image).await? },
                ContentPart::File(id) => match self.attached(actor, id).await? {
                    Attached::Image(source) => PartKind::Image { source },
                    Attached::File(file) => PartKind::File(file),
                },
            });
        }
        let images = kinds.iter().filter(|kind| matches!(kind, PartKind::Image { .. })).count();
        if images > MAX_IMAGES {
            return Err(Error::invalid_field(CONTENT, format!("must hold at most {MAX_IMAGES} images")));
        }
        Ok(placed(kinds))
    }

    async fn attached(&self, actor: &Actor, id: FileId) -> Result<Attached> {
        let attached = self.files.attach(actor, id).await;
        attached.map_err(|error| match error.kind {
            ErrorKind::NotFound => {
                Error::invalid_field(CONTENT, format!("names a file that is not there (any more): {id}"))
            }
            _ => error,
        })
    }

    async fn keep_image(&self, actor: &Actor, image: Image) -> Result<ImageSource> {
        let (media_type, data) = match image {
            Image::Url { url } => return Ok(ImageSource::Url { url }),
            Image::Base64 { media_type, data } => (media_type, data),
        };
        let unreadable = |_| Error::invalid_field(CONTENT, InvalidImage::NotBase64.to_string());
        let bytes = Bytes::from(STANDARD.decode(data).map_err(unreadable)?);
        let size = bytes.len() as u64;
        let hash = self.blobs.put(actor.user, media_type.as_str(), bytes).await?;
        Ok(ImageSource::Blob { hash, media_type, size })
    }
}

/// Parts of a user's message, in this order.
pub(crate) fn placed(kinds: impl IntoIterator<Item = PartKind>) -> Vec<Part> {
    (0..).zip(kinds).map(|(position, kind)| Part { position, step: 0, kind }).collect()
}

/// The same message with another text: its pictures, files and quotations stay where they are.
pub(crate) fn reworded(parts: &[Part], text: String) -> Vec<Part> {
    let mut text = Some(PartKind::Text { text });
    let mut kinds = Vec::with_capacity(parts.len() + 1);
    for part in parts {
        match &part.kind {
            PartKind::Text { .. } => kinds.extend(text.take()),
            PartKind::Image { .. } | PartKind::File(_) | PartKind::Quote(_) => kinds.push(part.kind.clone()),
            _ => {}
        }
    }
    kinds.extend(text.take());
    placed(kinds)
}
