//! The files of messages, as exports hold them: with the text that models read.

use std::collections::HashSet;

use serde::Serialize;
use vertice_domain::{AttachedFile, Message, Result, UserId};
use vertice_ports::Blobs;

use super::artifacts::LeftOut;

/// A file as a document holds it.
#[derive(Serialize)]
pub(super) struct ExportedFile {
    #[serde(flatten)]
    pub(super) file: AttachedFile,
    pub(super) content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) left_out: Option<LeftOut>,
}

/// Each file of the messages once, with texts of at most `most` bytes in all.
pub(super) async fn exported(
    blobs: &dyn Blobs,
    owner: UserId,
    messages: impl Iterator<Item = &Message>,
    most: u64,
) -> Result<Vec<ExportedFile>> {
    let (mut exported, mut seen, mut room) = (Vec::new(), HashSet::new(), most);
    for file in messages.flat_map(Message::files) {
        if !seen.insert((file.file_id, file.text)) {
            continue;
        }
        let (hash, file) = (file.text, file.clone());
        let size = blobs.sizes(owner, &[hash]).await?.pop().map(|(_, size)| size);
        let (content, left_out) = match size {
            Some(size) if size > room => (None, Some(LeftOut::TooLarge)),
            _ => {
                let bytes = blobs.get(owner, hash).await?;
                let content = bytes.and_then(|bytes| String::from_utf8(bytes.into()).ok());
                let left_out = content.is_none().then_some(LeftOut::Unreadable);
                (content, left_out)
            }
        };
        room -= content.as_ref().map_or(0, |content| content.len() as u64).min(room);
        exported.push(ExportedFile { file, content, left_out });
    }
    Ok(exported)
}
