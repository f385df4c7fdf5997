//! What a server offers beside tools: prompts and resources, listed, read, bounded and cleaned.

mod inside;

use std::time::Duration;

use rmcp::{
    RoleClient, ServiceError,
    model::{
        ContentBlock, GetPromptRequestParams, PaginatedRequestParams, Prompt, PromptMessage, Resource,
        ResourceContents, Role,
    },
    service::Peer,
};
use tokio::time::timeout;

pub use self::inside::Inside;
use self::inside::cut;
use super::{
    ConnectionFault,
    call::{Broken, Link},
    clean::{clean, clean_to},
    limits::WORDS,
};

/// The most prompts and resources that are taken of one server, and pages that are asked for.
const PROMPTS: usize = 200;
const RESOURCES: usize = 500;
const PAGES: usize = 20;
const ARGUMENTS: usize = 20;
const TITLE: usize = 200;
const URI: usize = 2_048;
/// The longest text of a resource or a prompt, in bytes.
const TEXT: usize = 64 * 1024;
/// How long a server may take to list, and to give one of them.
const LISTED: Duration = Duration::from_secs(5);
const READ: Duration = Duration::from_secs(30);

/// What a server lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Offered {
    pub prompts: Vec<OfferedPrompt>,
    pub resources: Vec<OfferedResource>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OfferedPrompt {
    pub name: String,
    pub title: String,
    pub description: String,
    pub arguments: Vec<OfferedArgument>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OfferedArgument {
    pub name: String,
    pub title: String,
    pub description: String,
    pub required: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OfferedResource {
    pub uri: String,
    pub title: String,
    pub description: String,
}

/// What is asked of a server beside calls.
#[derive(Debug, Clone)]
pub enum Wish {
    List,
    Prompt { name: String, arguments: serde_json::Map<String, serde_json::Value> },
    Resource { uri: String },
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Granted {
    Listed(Offered),
    /// The prompt's text.
    Prompt(String),
    Resource(Vec<Inside>),
}

fn refused(why: impl Into<String>) -> Broken {
    Broken::Call(ConnectionFault::Refused(why.into()))
}

impl Link {
    pub(super) async fn granted(&self, wish: Wish) -> Result<Granted, Broken> {
        let patience = if matches!(wish, Wish::List) { LISTED } else { READ };
        let granted = async {
            match wish {
                Wish::List => Ok(Granted::Listed(listed(&self.peer).await?)),
                Wish::Prompt { name, arguments } => {
                    prompt(&self.peer, name, arguments).await.map(Granted::Prompt)
                }
                Wish::Resource { uri } => inside::read(&self.peer, uri).await.map(Granted::Resource),
            }
        };
        let slow = |_| Broken::Call(ConnectionFault::TooSlow(patience.as_secs()));
        timeout(patience, granted).await.map_err(slow)?
    }
}

async fn listed(peer: &Peer<RoleClient>) -> Result<Offered, ServiceError> {
    let can = peer.peer_info().map(|info| info.capabilities.clone()).unwrap_or_default();
    let mut offered = Offered::default();
    if can.prompts.is_some() {
        let mut cursor = None;
        for _page in 0..PAGES {
            let page = peer.list_prompts(Some(PaginatedRequestParams::default().with_cursor(cursor))).await?;
            offered.prompts.extend(page.prompts.into_iter().filter_map(offered_prompt));
            cursor = page.next_cursor;
            if cursor.is_none() || offered.prompts.len() >= PROMPTS {
                break;
            }
        }
    }
    if can.resources.is_some() {
        let mut cursor = None;
        for _page in 0..PAGES {
            let page =
                peer.list_resources(Some(PaginatedRequestParams::default().with_cursor(cursor))).await?;
            offered.resources.extend(page.resources.into_iter().filter_map(offered_resource));
            cursor = page.next_cursor;
            if cursor.is_none() || offered.resources.len() >= RESOURCES {
                break;
            }
        }
    }
    offered.prompts.truncate(PROMPTS);
    offered.resources.truncate(RESOURCES);
    Ok(offered)
}

/// What it is called, else its name.
fn title(title: Option<&str>, name: &str) -> String {
    let said = title.map(|title| clean_to(title, TITLE)).filter(|title| !title.is_empty());
    said.unwrap_or_else(|| clean_to(name, TITLE))
}

fn description(text: Option<&str>) -> String {
    clean_to(text.unwrap_or_default(), WORDS)
}

/// Names are asked for as they are: one that cannot be read as it is, or not in one line, is not offered.
fn is_fine(name: &str, most: usize) -> bool {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    !name.is_empty() && name.len() <= most && !name.contains(breaks) && clean(name) == name
}

/// Whether a resource can have been listed so.
pub(crate) fn can_be_listed(uri: &str, title: &str) -> bool {
    is_fine(uri, URI) && title.len() <= TITLE
}

fn offered_prompt(prompt: Prompt) -> Option<OfferedPrompt> {
    let arguments = prompt.arguments.unwrap_or_default();
    let fine = is_fine(&prompt.name, TITLE)
        && arguments.len() <= ARGUMENTS
        && arguments.iter().all(|argument| is_fine(&argument.name, TITLE));
    let arguments = arguments.into_iter().map(|argument| OfferedArgument {
        title: title(argument.title.as_deref(), &argument.name),
        description: description(argument.description.as_deref()),
        required: argument.required == Some(true),
        name: argument.name,
    });
    fine.then(|| OfferedPrompt {
        title: title(prompt.title.as_deref(), &prompt.name),
        description: description(prompt.description.as_deref()),
        arguments: arguments.collect(),
        name: prompt.name,
    })
}

fn offered_resource(resource: Resource) -> Option<OfferedResource> {
    is_fine(&resource.uri, URI).then(|| OfferedResource {
        title: title(resource.title.as_deref(), &resource.name),
        description: description(resource.description.as_deref()),
        uri: resource.uri,
    })
}

async fn prompt(
    peer: &Peer<RoleClient>,
    name: String,
    arguments: serde_json::Map<String, serde_json::Value>,
) -> Result<String, Broken> {
    let wanted = GetPromptRequestParams::new(name).with_arguments(arguments);
    let messages = peer.get_prompt(wanted).await?.messages;
    Ok(cut(messages.into_iter().map(said).collect::<Vec<_>>().join("\n\n"), TEXT))
}

/// A message of a prompt: the user's as they would write it, any other marked as one.
fn said(message: PromptMessage) -> String {
    let text = match message.content {
        ContentBlock::Text(block) => clean(&block.text).into_owned(),
        ContentBlock::Resource(embedded) => match embedded.resource {
            ResourceContents::TextResourceContents { text, .. } => clean(&text).into_owned(),
            _ => "[A file that is no text: left out.]".into(),
        },
        ContentBlock::ResourceLink(link) => format!("[A resource: {}]", clean_to(&link.uri, URI)),
        _ => "[Something that is no text: left out.]".into(),
    };
    if message.role == Role::User { text } else { format!("[Said by the assistant:]\n{text}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_offered_can_be_read_and_asked_for() {
        let prompt = |value| offered_prompt(serde_json::from_value(value).unwrap());
        let kept = prompt(
            json!({"name": "sum_up", "title": "Sum\u{200b} up", "description": "\u{1b}[1mAll", "arguments": [
                {"name": "text", "required": true}, {"name": "tone", "title": "Tone"},
            ]}),
        )
        .unwrap();
        assert_eq!((kept.title.as_str(), kept.description.as_str()), ("Sum up", "All"));
        let arguments: Vec<_> = kept.arguments.iter().map(|one| (one.title.as_str(), one.required)).collect();
        assert_eq!(arguments, [("text", true), ("Tone", false)]);
        assert!(prompt(json!({"name": "hid\u{200b}den"})).is_none());
        let resource = |value| offered_resource(serde_json::from_value(value).unwrap());
        assert_eq!(resource(json!({"uri": "a://b", "name": "B"})).unwrap().title, "B");
        for uri in ["", "a://\u{202e}b", "a://b\nc", "a://b\tc", "a://b\u{2028}c", &"a".repeat(2_049)] {
            assert!(resource(json!({"uri": uri, "name": "B"})).is_none(), "{uri:?}");
            assert!(!can_be_listed(uri, "B"), "{uri:?}");
        }
        let long = resource(json!({"uri": "a".repeat(2_048), "name": "é".repeat(1_000)})).unwrap();
        assert!(can_be_listed(&long.uri, &long.title));
        assert!(!can_be_listed(&long.uri, &"x".repeat(201)));
    }

    #[test]
    fn roles_are_told_apart_and_texts_are_bounded() {
        let message = |role: &str, text: &str| {
            said(
                serde_json::from_value(json!({"role": role, "content": {"type": "text", "text": text}}))
                    .unwrap(),
            )
        };
        assert_eq!(message("user", "a\u{200b}b"), "ab");
        assert_eq!(message("assistant", "x"), "[Said by the assistant:]\nx");
        let long = cut("é".repeat(40_000), TEXT);
        assert!(long.ends_with("[… 14464 more bytes were cut.]"), "{}", &long[long.len() - 60..]);
    }
}
