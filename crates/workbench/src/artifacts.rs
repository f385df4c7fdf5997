//! The tools for artifacts: create, edit, rewrite, read. A conversation's own, whatever its mode.

mod reading;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use vertice_domain::{
    Actor, Artifact, ArtifactId, ArtifactKind, ArtifactRef, ArtifactVersion, ConversationId, Error, Quote,
    UserId, artifact::ArtifactDocument,
};
use vertice_ports::{
    Artifacts,
    artifacts::{Made, NewArtifact, NewVersion},
    toolbox::{OwnTool, Told},
};

use crate::{
    arguments::{self, CHANGES, READS, tool},
    files::edited,
    kit::{told, unknown},
};

use self::reading::from_line;

/// Paths that are told where one is not found.
const MOST_TOLD: usize = 50;

/// How often an edit is tried on what somebody else has written meanwhile, as long as the text stands there.
const ATTEMPTS: usize = 5;

/// What an artifact is shown as.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Code,
    Markdown,
    Html,
    React,
    Svg,
    Mermaid,
    Json,
}

impl From<Kind> for ArtifactKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Code => Self::Code,
            Kind::Markdown => Self::Markdown,
            Kind::Html => Self::Html,
            Kind::React => Self::React,
            Kind::Svg => Self::Svg,
            Kind::Mermaid => Self::Mermaid,
            Kind::Json => Self::Json,
        }
    }
}

/// Models write the fields in the order of their names, as schemas list them: what the text is comes before it, so that it is shown
/// while it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// A title, where the path says too little.
    heading: Option<String>,
    /// What it is shown as, where the path's ending does not say it.
    kind: Option<Kind>,
    /// What it is written in. The path's ending says it nearly always, and so it is asked of nobody.
    #[schemars(skip)]
    language: Option<String>,
    /// Like `src/App.tsx`.
    path: String,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EditArtifact {
    path: String,
    /// What stands there, to the last blank. Enough of it that it stands there once.
    old: String,
    /// What is to stand there.
    new: String,
    /// Replaces it everywhere.
    #[serde(default)]
    all: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rewrite {
    path: String,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Read {
    /// Without it all of them are listed.
    path: Option<String>,
    /// The first line that is told, from 1.
    from: Option<usize>,
}

pub(crate) fn tools() -> &'static [OwnTool] {
    static TOOLS: LazyLock<Vec<OwnTool>> = LazyLock::new(|| {
        vec![
            tool::<Create>(
                "create_artifact",
                "Makes an artifact: a file that is shown and can be edited beside the chat. For what the person will keep, look at or \
                 work on: a page, a component, a document, a diagram, a program. Not for short snippets and explanations. \
                 HTML, React (one default export; react, lucide-react, recharts and Tailwind are there), SVG, Mermaid, Markdown and JSON \
                 are shown alive, without network; files import each other by relative paths.",
                CHANGES,
            ),
            tool::<EditArtifact>(
                "edit_artifact",
                "Replaces a text that stands exactly once in an artifact.",
                CHANGES,
            ),
            tool::<Rewrite>(
                "rewrite_artifact",
                "Writes an artifact anew, where most of it changes.",
                CHANGES,
            ),
            tool::<Read>("read_artifact", "Reads an artifact as it is now, or lists them.", READS),
        ]
    });
    &TOOLS
}

/// The artifacts of one conversation, in the hands of one call.
pub(crate) struct Bench<'a> {
    pub(crate) artifacts: &'a dyn Artifacts,
    pub(crate) actor: &'a Actor,
    pub(crate) conversation: ConversationId,
    pub(crate) made: Made,
}

/// What is told, and the version that was made.
type Outcome = Result<(Told, Option<ArtifactRef>), Told>;

impl Bench<'_> {
    pub(crate) async fn call(&self, name: &str, arguments: Value) -> (Told, Option<ArtifactRef>) {
        let outcome = match name {
            "create_artifact" => self.create(arguments).await,
            "edit_artifact" => self.edit(arguments).await,
            "rewrite_artifact" => self.rewrite(arguments).await,
            "read_artifact" => self.read(arguments).await,
            _ => Err(unknown(name)),
        };
        outcome.unwrap_or_else(|told| (told, None))
    }

    async fn create(&self, arguments: Value) -> Outcome {
        let Create { heading, kind, language, path, text } = arguments::read(arguments)?;
        let new = NewArtifact {
            conversation: self.conversation,
            path: relative(&path).to_owned(),
            title: heading,
            kind: kind.map(ArtifactKind::from),
            language,
            content: text,
            note: String::new(),
            by: self.made,
        };
        let made =
            self.artifacts.create(self.actor, new).await.map_err(|error| match error.code.as_str() {
                "path_taken" => Told::error(format!(
                    "There is an artifact {path} already: edit_artifact or rewrite_artifact."
                )),
                _ => told(error),
            })?;
        self.shown("Created", made).await
    }

    async fn edit(&self, arguments: Value) -> Outcome {
        let EditArtifact { path, old, new, all } = arguments::read(arguments)?;
        let mut attempts = 0;
        loop {
            let found = self.found(&path).await?;
            let (content, _) = edited(&found.content, &path, (&old, &new), all).map_err(Told::error)?;
            attempts += 1;
            match self.written(found, content).await {
                Err(error) if error.code == "version_conflict" && attempts < ATTEMPTS => {}
                written => return self.shown("Edited", written.map_err(told)?).await,
            }
        }
    }

    async fn rewrite(&self, arguments: Value) -> Outcome {
        let Rewrite { path, text } = arguments::read(arguments)?;
        let found = self.found(&path).await?;
        if found.content == text {
            return Ok((Told::text("That is what it holds already. Nothing was changed."), None));
        }
        let written = self.written(found, text).await.map_err(told)?;
        self.shown("Rewrote", written).await
    }

    async fn written(&self, found: ArtifactDocument, content: String) -> Result<ArtifactDocument, Error> {
        let expected = Some(found.artifact.version);
        let new = NewVersion { content, expected, note: String::new(), by: self.made };
        self.artifacts.write(self.actor, found.artifact.id, new).await
    }

    async fn read(&self, arguments: Value) -> Outcome {
        let Read { path, from } = arguments::read(arguments)?;
        let Some(path) = path else { return Ok((Told::text(self.listed().await?), None)) };
        let content = self.found(&path).await?.content;
        Ok((Told::text(from_line(&content, from.unwrap_or(1))), None))
    }

    async fn found(&self, path: &str) -> Result<ArtifactDocument, Told> {
        let found = self.artifacts.at(self.actor, self.conversation, relative(path)).await.map_err(told)?;
        match found {
            Some(found) => Ok(found),
            None => Err(Told::error(format!("There is no artifact {path}. {}", self.listed().await?))),
        }
    }

    async fn listed(&self) -> Result<String, Told> {
        let all = self.artifacts.paths(self.actor, self.conversation).await.map_err(told)?;
        if all.is_empty() {
            return Ok("There are no artifacts in this conversation.".to_owned());
        }
        let line = |artifact: &Artifact| {
            format!("{} (version {}, {} bytes)", artifact.path, artifact.version, artifact.size)
        };
        let mut lines: Vec<String> = all.iter().take(MOST_TOLD).map(line).collect();
        if all.len() > MOST_TOLD {
            lines.push(format!("and {} more", all.len() - MOST_TOLD));
        }
        Ok(format!("Artifacts:\n{}", lines.join("\n")))
    }

    /// What a model is told of a version that it has made.
    async fn shown(&self, done: &str, made: ArtifactDocument) -> Outcome {
        let ArtifactDocument { artifact, content } = made;
        let version = self.version(&artifact).await.map_err(told)?;
        let (told, reference) = version_told(done, &artifact, &version, &content);
        Ok((told, Some(reference)))
    }

    async fn version(&self, artifact: &Artifact) -> Result<ArtifactVersion, Error> {
        Ok(self.artifacts.made(self.actor, artifact.id, artifact.version).await?.version)
    }
}

/// What is told of a version that a call has made: to its model at once, or when the call is found without a result.
fn version_told(
    done: &str,
    artifact: &Artifact,
    version: &ArtifactVersion,
    content: &str,
) -> (Told, ArtifactRef) {
    let lines = content.lines().count();
    let told = format!("{done} {} (version {}, {lines} lines).", artifact.path, version.version);
    (Told::text(told), ArtifactRef::new(artifact, version))
}

/// What a call has made whose server went down before it could say so.
pub(crate) async fn done(
    artifacts: &dyn Artifacts,
    owner: UserId,
    name: &str,
    id: ArtifactId,
) -> Result<Option<(Told, ArtifactRef)>, Error> {
    let done = match name {
        "create_artifact" => "Created",
        "edit_artifact" => "Edited",
        "rewrite_artifact" => "Rewrote",
        _ => return Ok(None),
    };
    let made = artifacts.made_by(owner, id).await?;
    Ok(made.map(|(artifact, made)| version_told(done, &artifact, &made.version, &made.content)))
}

/// The most artifacts whose changes are told at once, and the most bytes of each change.
const MOST_CHANGED: usize = 10;
const MOST_OF_CHANGE: usize = 8_000;

/// What people have changed, as it is quoted in their next message.
pub(crate) fn changes(edited: Vec<(Artifact, String)>) -> Vec<Quote> {
    let quote = |(artifact, mut diff): (Artifact, String)| {
        if diff.len() > MOST_OF_CHANGE {
            diff.truncate(diff.floor_char_boundary(MOST_OF_CHANGE));
            diff.push_str("\n[There is more: read_artifact has all of it.]");
        }
        let (path, version) = (artifact.path, artifact.version);
        Quote {
            server: String::new(),
            uri: format!("{path} (version {version})"),
            title: path.to_string(),
            text: diff,
        }
    };
    edited.into_iter().take(MOST_CHANGED).map(quote).collect()
}

/// A path as models write it.
fn relative(path: &str) -> &str {
    path.strip_prefix("./").or_else(|| path.strip_prefix('/')).unwrap_or(path)
}
