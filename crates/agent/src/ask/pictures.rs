//! A user's pictures go among the blobs before anything refers to them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use vertice_domain::{
    Actor, Content, ContentPart, Error, Image, ImageSource, Part, PartKind, Quote, Result,
    content::InvalidImage,
};

use crate::hub::Hub;

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
            });
        }
        Ok(placed(kinds))
    }

    async fn keep_image(&self, actor: &Actor, image: Image) -> Result<ImageSource> {
        let (media_type, data) = match image {
            Image::Url { url } => return Ok(ImageSource::Url { url }),
            Image::Base64 { media_type, data } => (media_type, data),
        };
        let unreadable = |_| Error::invalid_field("messages[0].content", InvalidImage::NotBase64.to_string());
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

/// The same message with another text: its pictures and quotations stay where they are.
pub(crate) fn reworded(parts: &[Part], text: String) -> Vec<Part> {
    let mut text = Some(PartKind::Text { text });
    let mut kinds = Vec::with_capacity(parts.len() + 1);
    for part in parts {
        match &part.kind {
            PartKind::Text { .. } => kinds.extend(text.take()),
            PartKind::Image { .. } | PartKind::Quote(_) => kinds.push(part.kind.clone()),
            _ => {}
        }
    }
    kinds.extend(text.take());
    placed(kinds)
}
