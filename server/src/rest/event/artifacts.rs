//! The event `artifact`: artifacts as they come into being, while the model is still writing the call that makes them.

use std::collections::HashMap;

use futures::{Stream, StreamExt as _};
use serde::Serialize;
use std::sync::Arc;
use vertice_domain::{
    Actor, ArtifactId, ArtifactKind, ArtifactRef, Error, ErrorKind, LoggedEvent, PartKind, ToolCall,
    ToolState, TurnEvent, TurnId,
    arguments::{Arguments, Piece},
    artifact::{CONTENT_MISSING, language_of},
};
use vertice_ports::{Artifacts, chat::EventStream};

/// The tool whose call is told while it is written; of the others the content is known once they have run.
const CREATE: &str = "create_artifact";

/// What is done to the artifact's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Op {
    /// It begins with this.
    Create,
    /// This is appended to it.
    Append,
    /// This stands in its place.
    Replace,
}

/// The data of the event `artifact`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ArtifactEvent<'a> {
    artifact_id: ArtifactId,
    version: u32,
    op: Op,
    path: &'a str,
    title: &'a str,
    #[serde(rename = "type")]
    kind: ArtifactKind,
    language: Option<&'a str>,
    content: &'a str,
}

/// An artifact that a call begins to make, as far as it is told.
#[derive(Debug)]
pub(super) struct Draft {
    id: ArtifactId,
    reader: Arguments,
    path: String,
    /// Whether the path is whole.
    named: bool,
    title: String,
    kind: String,
    language: String,
    begun: bool,
}

impl Draft {
    /// None: the call makes no artifact, or has made it: an answer that is gone on with begins with its calls.
    pub(super) fn of(turn: Option<TurnId>, call: &ToolCall) -> Option<Self> {
        let id = ArtifactId::of_call(turn?, &call.id);
        let makes = call.server.is_empty() && call.name == CREATE && call.state == ToolState::Proposed;
        makes.then(|| Self {
            id,
            reader: Arguments::default(),
            path: String::new(),
            named: false,
            title: String::new(),
            kind: String::new(),
            language: String::new(),
            begun: false,
        })
    }

    /// Takes in more of the call's arguments; what is to be told of it, if anything is.
    pub(super) fn grow(&mut self, more: &str, waiting: &mut String) -> Option<Op> {
        let Self { reader, path, named, title, kind, language, .. } = self;
        reader.feed(more, |piece| match piece {
            Piece::Begins { field: "path" } => path.clear(),
            Piece::More { field: "path", text } => path.push_str(text),
            Piece::Ends { field: "path" } => *named = true,
            Piece::More { field: "heading", text } => title.push_str(text),
            Piece::More { field: "kind", text } => kind.push_str(text),
            Piece::More { field: "language", text } => language.push_str(text),
            Piece::Begins { field: "text" } => waiting.clear(),
            Piece::More { field: "text", text } => waiting.push_str(text),
            _ => {}
        });
        match (self.named && !waiting.is_empty(), self.begun) {
            (true, true) => Some(Op::Append),
            (true, false) => {
                self.begun = true;
                Some(Op::Create)
            }
            (false, _) => None,
        }
    }

    /// Whether it has been told of.
    pub(super) const fn has_begun(&self) -> bool {
        self.begun
    }

    pub(super) fn event<'a>(&'a self, op: Op, content: &'a str) -> ArtifactEvent<'a> {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        ArtifactEvent {
            artifact_id: self.id,
            version: 1,
            op,
            path: &self.path,
            title: if self.title.trim().is_empty() { name } else { self.title.trim() },
            kind: ArtifactKind::parse(&self.kind).unwrap_or_else(|| ArtifactKind::of_path(&self.path)),
            language: if self.language.is_empty() { language_of(&self.path) } else { Some(&self.language) },
            content,
        }
    }
}

/// What calls have made of artifacts, by the version that they made.
pub type Contents = HashMap<(ArtifactId, u32), String>;

/// The event of a version that is known as a whole.
pub(super) fn replaced<'a>(made: &'a ArtifactRef, contents: &'a Contents) -> Option<ArtifactEvent<'a>> {
    let content = contents.get(&(made.id, made.version))?;
    Some(ArtifactEvent {
        artifact_id: made.id,
        version: made.version,
        op: Op::Replace,
        path: made.path.as_str(),
        title: &made.title,
        kind: made.kind,
        language: language_of(made.path.as_str()),
        content,
    })
}

/// The events of a turn, with the contents of the versions that calls have made in them.
pub fn with_contents(
    events: EventStream,
    artifacts: Arc<dyn Artifacts>,
    actor: Actor,
) -> impl Stream<Item = Result<(Vec<Arc<LoggedEvent>>, Contents), Error>> + Send {
    let reading = Arc::new((artifacts, actor));
    events.then(move |batch| {
        let reading = Arc::clone(&reading);
        async move {
            let batch = batch?;
            let mut contents = Contents::new();
            for made in batch.iter().filter_map(|logged| made(logged)) {
                let (artifacts, actor) = &*reading;
                // What is gone is told without its content, so that the events after it keep their numbers.
                let content = match artifacts.made(actor, made.id, made.version).await {
                    Ok(version) => version.content,
                    Err(error) if error.kind == ErrorKind::NotFound || error.code == CONTENT_MISSING => {
                        String::new()
                    }
                    Err(error) => return Err(error),
                };
                contents.insert((made.id, made.version), content);
            }
            Ok((batch, contents))
        }
    })
}

fn made(logged: &LoggedEvent) -> Option<&ArtifactRef> {
    match logged.visible()? {
        TurnEvent::PartStarted(part) => match &part.kind {
            PartKind::ToolResult(result) => result.artifact.as_ref(),
            _ => None,
        },
        _ => None,
    }
}
