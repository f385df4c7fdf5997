//! The fingerprint of a request: enough to say what changed, nothing of what it says.

use std::hash::{DefaultHasher, Hasher as _};

use vertice_domain::Author;
use vertice_ports::Prompt;

use crate::{
    cache_plan::Mark,
    catalog::Model,
    estimate,
    messages::{self, ContentBlock, ContentKind},
};

/// The fingerprint.
#[derive(Clone)]
pub(super) struct Print {
    model: (String, String),
    tools: u64,
    system: u64,
    manner: u64,
    has_images: bool,
    frozen_tokens: u64,
    parts: Vec<PrintedPart>,
    exchanges: usize,
    is_step: bool,
}

#[derive(Clone, Copy)]
struct PrintedPart {
    hash: u64,
    tokens: u64,
    mark: Option<Mark>,
}

/// What differs from the request before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// Other tools.
    Tools,
    /// Other instructions.
    System,
    /// Another choice of tools, or another way to think.
    Manner,
    /// Pictures, where there were none, or none any more.
    Images,
    /// An earlier message is not what it was.
    Messages,
    /// Another model: the names of both.
    Model(String, String),
}

impl Change {
    /// For people.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Model(from, to) => {
                format!("The model changed from {from} to {to}; each model has a cache of its own.")
            }
            Self::Tools => "The tools changed, and everything after them was new to the cache.".to_owned(),
            Self::System => {
                "The instructions changed, and everything after them was new to the cache.".to_owned()
            }
            Self::Manner => {
                "The choice of tools or the way to think changed, and the messages were new to the cache."
                    .to_owned()
            }
            Self::Images => {
                "With the first picture, the messages before it were new to the cache.".to_owned()
            }
            Self::Messages => {
                "An earlier message was changed, and everything after it was new to the cache.".to_owned()
            }
        }
    }
}

impl Print {
    pub(super) fn of(prompt: &Prompt, model: &Model) -> Self {
        let tools = messages::tools(prompt);
        let described: Vec<String> = tools
            .iter()
            .map(|tool| {
                format!("{}\n{}\n{}", tool.name, tool.description, messages::canonical(&tool.input_schema))
            })
            .collect();
        let system = prompt.system.as_deref().unwrap_or_default();
        let history = messages::messages(prompt, model);
        let parts = history
            .iter()
            .flat_map(|message| message.blocks.iter().map(|part| printed(message.author.as_str(), part)));
        let by_user = history.iter().filter(|message| message.author == Author::User);
        let is_result = |part: &ContentBlock<'_>| matches!(part.kind, ContentKind::Result { .. });
        Self {
            model: (model.id.clone(), model.name.clone()),
            tools: hash(&described),
            system: hash(&system),
            manner: hash(&(
                format!("{:?}", prompt.tool_use),
                prompt.parallel_tools,
                // Whether it thinks counts, how much does not.
                model.thinking.is_some() && prompt.sampling.effort.is_some(),
            )),
            has_images: prompt.has_images(),
            frozen_tokens: estimate::tokens_of(system)
                + tools.into_iter().map(estimate::tokens_of_tool).sum::<u64>(),
            parts: parts.collect(),
            exchanges: by_user.count(),
            is_step: history.last().is_some_and(|message| message.blocks.iter().all(is_result)),
        }
    }

    /// What changed in `next`, and the tokens that both begin with.
    pub(super) fn compare(&self, next: &Self) -> (Option<Change>, u64) {
        if self.model.0 != next.model.0 {
            return (Some(Change::Model(self.model.1.clone(), next.model.1.clone())), 0);
        }
        if self.tools != next.tools {
            return (Some(Change::Tools), 0);
        }
        if self.system != next.system {
            return (Some(Change::System), 0);
        }
        if self.manner != next.manner {
            return (Some(Change::Manner), self.frozen_tokens);
        }
        if self.has_images != next.has_images {
            return (Some(Change::Images), self.frozen_tokens);
        }
        let common = self.parts.iter().zip(&next.parts).take_while(|(a, b)| a.hash == b.hash).count();
        let tokens = self.frozen_tokens + self.parts[..common].iter().map(|part| part.tokens).sum::<u64>();
        // The same request once more, or one that goes on from it.
        let changed = common < self.parts.len();
        (changed.then_some(Change::Messages), tokens)
    }

    /// The tokens up to the end of that place, as the planner counts them.
    pub(super) fn tokens_to(&self, mark: Mark) -> u64 {
        let place = self.parts.iter().position(|part| part.mark == Some(mark));
        let parts = place.map_or(0, |place| self.parts[..=place].iter().map(|part| part.tokens).sum());
        self.frozen_tokens + parts
    }

    /// What the conversation begins with, where it has no name.
    pub(super) fn beginning(&self) -> u64 {
        hash(&(self.tools, self.system, self.parts.first().map(|part| part.hash)))
    }

    /// The tools and instructions, as this model's cache keeps them; none: there are none.
    pub(super) fn frozen(&self) -> Option<(u64, u64)> {
        let key = hash(&(&self.model.0, self.tools, self.system));
        (self.frozen_tokens > 0).then_some((key, self.frozen_tokens))
    }

    /// Whether nothing was answered yet.
    pub(super) const fn is_first(&self) -> bool {
        self.exchanges <= 1
    }

    /// Whether it goes on with the results of tools: no person waits before it.
    pub(super) const fn is_step(&self) -> bool {
        self.is_step
    }
}

fn printed(author: &str, part: &ContentBlock<'_>) -> PrintedPart {
    let (hash, tokens) = match &part.kind {
        ContentKind::Text(text) => (hash(&("text", author, text)), estimate::tokens_of(text)),
        ContentKind::Image(picture) => (hash(&("image", picture.image)), estimate::TOKENS_PER_IMAGE),
        ContentKind::Call { id, name, arguments } => {
            (hash(&("call", id, name, arguments)), estimate::tokens_of(name) + estimate::tokens_of(arguments))
        }
        ContentKind::Result { id, text, images, is_error, .. } => {
            let pictures: Vec<_> = images.iter().map(|picture| picture.image).collect();
            let tokens = estimate::tokens_of(text) + estimate::TOKENS_PER_IMAGE * images.len() as u64;
            (hash(&("result", id, text, pictures, is_error)), tokens)
        }
        ContentKind::Replay(data) => (hash(&("replay", data)), estimate::tokens_of(data)),
    };
    PrintedPart { hash, tokens, mark: part.mark }
}

fn hash<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
