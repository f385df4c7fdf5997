//! The parts of an export's messages, as they can be of a message that nobody is writing: no call waits or runs, no question is
//! open, positions rise, and a picture is one that is here. Pure.

use std::collections::HashSet;

use vertice_domain::{
    ArtifactId, BlobHash, Image, ImageSource, Outcome, Part, PartKind, ToolState, elicitation::Answer,
    import::Loss,
};

use super::{Names, artifacts};
use crate::{
    found::{Losses, stand_in},
    tree::Whole,
};

pub(super) fn parts(parts: Vec<Part>, names: &Names, here: &[ArtifactId]) -> Vec<Part> {
    let rises = parts.windows(2).all(|two| two[0].position < two[1].position);
    let mended = |(at, mut part): (usize, Part)| {
        if !rises {
            part.position = u32::try_from(at).unwrap_or(u32::MAX);
        }
        match &mut part.kind {
            PartKind::ToolCall(call) if !matches!(call.state, ToolState::Ended { .. }) => {
                call.state = ToolState::Ended { outcome: Outcome::Interrupted };
            }
            PartKind::ToolResult(result) => {
                result.artifact =
                    result.artifact.take().and_then(|made| artifacts::renamed(made, names, here));
            }
            PartKind::Elicitation(asked) if asked.answer.is_none() => asked.answer = Some(Answer::Cancel),
            _ => {}
        }
        part
    };
    parts.into_iter().enumerate().map(mended).collect()
}

/// The pictures among this server's blobs that its messages name.
pub(crate) fn pictures(whole: &Whole) -> Vec<BlobHash> {
    let parts = whole.messages.iter().flat_map(|whole| &whole.message.parts);
    let sources = parts.flat_map(|part| match &part.kind {
        PartKind::Image { source } => std::slice::from_ref(source),
        PartKind::ToolResult(result) => result.images.as_slice(),
        _ => &[],
    });
    let kept: HashSet<BlobHash> = sources.filter_map(ImageSource::kept).map(|(hash, ..)| hash).collect();
    kept.into_iter().collect()
}

/// The same without those that are not here: a sentence stands in their place.
pub(crate) fn without_pictures(whole: &mut Whole, here: &HashSet<BlobHash>, losses: &mut Losses) {
    let is_here = |source: &ImageSource| match source {
        ImageSource::Blob { hash, .. } => here.contains(hash),
        ImageSource::Url { url } => Image::from_url(url).is_ok(),
    };
    for part in whole.messages.iter_mut().flat_map(|whole| &mut whole.message.parts) {
        match &mut part.kind {
            PartKind::Image { source } if !is_here(source) => {
                losses.note(Loss::Picture);
                part.kind = PartKind::Text { text: stand_in("Picture", "") };
            }
            PartKind::ToolResult(result) => {
                let before = result.images.len();
                result.images.retain(is_here);
                super::note(losses, Loss::Picture, before - result.images.len());
            }
            _ => {}
        }
    }
}
