//! What is in a resource, read, bounded and cleaned.

use base64::Engine as _;
use rmcp::{
    RoleClient,
    model::{ReadResourceRequestParams, ResourceContents},
    service::Peer,
};
use vertice_domain::content::{ImageType, MAX_IMAGE_BYTES};

use super::{TEXT, refused};
use crate::connection::{call::Broken, clean::clean, result::BASE64};

/// The most contents of a resource: each is a quotation, or a picture.
const CONTENTS: usize = 20;

/// What is in a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Inside {
    Text(String),
    /// A picture, by its bytes.
    Picture(bytes::Bytes),
}

pub(super) async fn read(peer: &Peer<RoleClient>, uri: String) -> Result<Vec<Inside>, Broken> {
    all(peer.read_resource(ReadResourceRequestParams::new(uri)).await?.contents)
}

fn all(contents: Vec<ResourceContents>) -> Result<Vec<Inside>, Broken> {
    match contents.len() {
        0 => return Err(refused("The resource is empty.")),
        1..=CONTENTS => {}
        many => {
            let why = format!("The resource has {many} contents, and {CONTENTS} at most can be attached.");
            return Err(refused(why));
        }
    }
    let mut left = TEXT;
    contents.into_iter().map(|one| inside(one, &mut left)).collect()
}

/// Takes of what is left for texts.
fn inside(contents: ResourceContents, left: &mut usize) -> Result<Inside, Broken> {
    match contents {
        ResourceContents::TextResourceContents { text, .. } => {
            let text = clean(&text).into_owned();
            let most = *left;
            *left -= text.len().min(most);
            Ok(Inside::Text(cut(text, most)))
        }
        ResourceContents::BlobResourceContents { blob, .. } => {
            let blob = blob.trim();
            if blob.len() / 4 * 3 > MAX_IMAGE_BYTES + 3 {
                return Err(refused("The resource is a file that is too large to be attached."));
            }
            let bytes = BASE64.decode(blob).unwrap_or_default();
            let is_picture = ImageType::of(&bytes).is_some() && bytes.len() <= MAX_IMAGE_BYTES;
            let why = "The resource is neither a text nor a picture (PNG, JPEG, GIF or WebP), so it cannot be attached.";
            if is_picture { Ok(Inside::Picture(bytes.into())) } else { Err(refused(why)) }
        }
        _ => Err(refused("The resource is of a kind that is not known here.")),
    }
}

pub(super) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let kept = text.floor_char_boundary(most);
        let rest = text.len() - kept;
        text.truncate(kept);
        text.push_str(&format!("\n[… {rest} more bytes were cut.]"));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connection::ConnectionFault;

    #[test]
    fn pictures_are_known_by_their_bytes_and_other_files_are_refused() {
        let blob = |bytes: &[u8]| {
            let contents = json!({"uri": "a://b", "mimeType": "image/png", "blob": BASE64.encode(bytes)});
            inside(serde_json::from_value(contents).unwrap(), &mut 0)
        };
        assert!(matches!(blob(b"\x89PNG\r\n\x1a\n0000"), Ok(Inside::Picture(_))));
        assert!(
            matches!(blob(b"%PDF-1.7"), Err(Broken::Call(ConnectionFault::Refused(why))) if why.contains("neither"))
        );
    }
}
