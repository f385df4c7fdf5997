//! The artifacts of an export of ours. An export holds the newest version's content; that is the first version here, by whom and
//! when it was made. Pure.

use std::collections::HashSet;

use serde::Deserialize;
use vertice_domain::{
    Artifact, ArtifactRef, ArtifactVersion, Author, ConversationId, MessageId,
    artifact::{MAX_CONTENT, MAX_IN_CONVERSATION},
    import::Loss,
};

use super::{Names, note};
use crate::found::Losses;

/// An artifact as an export holds it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Exported {
    #[serde(flatten)]
    pub(super) artifact: Artifact,
    content: Option<String>,
    #[serde(default)]
    versions: Vec<ArtifactVersion>,
}

/// An artifact that is to be made, under its new name.
pub(crate) struct Made {
    pub(crate) artifact: Artifact,
    pub(crate) version: ArtifactVersion,
    pub(crate) content: String,
}

/// They must find their places beside each other.
pub(super) fn check(artifacts: &[Exported]) -> Result<(), String> {
    if artifacts.len() > MAX_IN_CONVERSATION as usize {
        return Err(format!("artifacts: there are more than {MAX_IN_CONVERSATION}"));
    }
    let mut keys = HashSet::new();
    for (at, one) in artifacts.iter().enumerate() {
        let path = &one.artifact.path;
        vertice_domain::ArtifactPath::parse(path.as_str())
            .map_err(|fault| format!("artifacts[{at}].path: {fault}"))?;
        if one.content.as_ref().is_some_and(|content| content.len() > MAX_CONTENT) {
            return Err(format!("artifacts[{at}].content: is larger than 1 MB"));
        }
        if !keys.insert(path.key()) {
            return Err(format!("artifacts[{at}].path: another one is there"));
        }
    }
    for (at, one) in artifacts.iter().enumerate() {
        let key = one.artifact.path.key();
        if key.match_indices('/').any(|(end, _)| keys.contains(&key[..end])) {
            return Err(format!("artifacts[{at}].path: it lies in a folder that is a file"));
        }
    }
    Ok(())
}

pub(super) fn made(
    artifacts: Vec<Exported>,
    id: ConversationId,
    names: &Names,
    losses: &mut Losses,
) -> Vec<Made> {
    let mut all = Vec::with_capacity(artifacts.len());
    for Exported { artifact, content, versions } in artifacts {
        note(losses, Loss::ArtifactVersion, versions.len().saturating_sub(1));
        let Some(content) = content else {
            note(losses, Loss::Artifact, 1);
            continue;
        };
        let message = |old: Option<MessageId>| old.and_then(|old| names.messages.get(&old).copied());
        let newest = versions.into_iter().max_by_key(|version| version.version);
        let newest = newest.unwrap_or_else(|| ArtifactVersion {
            version: 1,
            created_by: Author::User,
            created_at: artifact.updated_at,
            note: String::new(),
            message_id: None,
            size: 0,
            added: 0,
            removed: 0,
        });
        let version = ArtifactVersion { version: 1, message_id: message(newest.message_id), ..newest };
        let artifact = Artifact {
            id: names.artifacts[&artifact.id],
            conversation_id: id,
            message_id: message(artifact.message_id),
            version: 1,
            ..artifact
        };
        all.push(Made { artifact, version, content });
    }
    all
}

/// What an answer made, under its new name; none: it has not come along.
pub(super) fn renamed(
    made: ArtifactRef,
    names: &Names,
    here: &[vertice_domain::ArtifactId],
) -> Option<ArtifactRef> {
    let id = *names.artifacts.get(&made.id)?;
    here.contains(&id).then_some(ArtifactRef { id, version: 1, ..made })
}
