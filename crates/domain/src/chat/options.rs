//! How a model is to be asked: which one, with which tools, how long, how hard.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
};
use utoipa::ToSchema;

use super::ChatLimits;
use crate::model;

/// Output tokens asked for when the caller does not say.
pub const DEFAULT_MAX_TOKENS: u32 = 4_096;

/// Temperature when the caller does not say.
pub const DEFAULT_TEMPERATURE: f64 = 0.8;

/// Which tools a turn may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolChoice {
    /// All that are connected and permitted.
    Auto,
    None,
    /// By name; where that is not enough, as `server/tool`, and `server/*` for all of a server's.
    Named(Vec<String>),
}

impl ToolChoice {
    /// Whether `name`, as a caller wrote it, means the tool `tool` of `server`, which models call `model_name`.
    pub fn means(name: &str, server: &str, tool: &str, model_name: &str) -> bool {
        let of_server = || name.strip_prefix(server).and_then(|rest| rest.strip_prefix('/'));
        name == tool || name == model_name || of_server().is_some_and(|named| named == "*" || named == tool)
    }
}

impl Serialize for ToolChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::None => serializer.serialize_str("none"),
            Self::Named(names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ToolChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct ToolVisitor;

        impl<'de> Visitor<'de> for ToolVisitor {
            type Value = ToolChoice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"auto\", \"none\" or a list of tool names")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<ToolChoice, E> {
                match text {
                    "auto" => Ok(ToolChoice::Auto),
                    "none" => Ok(ToolChoice::None),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<ToolChoice, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                Ok(ToolChoice::Named(names))
            }
        }

        deserializer.deserialize_any(ToolVisitor)
    }
}

/// A model's id, or the router's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ModelChoice {
    /// The router chooses.
    Auto,
    Named(String),
}

impl From<String> for ModelChoice {
    fn from(text: String) -> Self {
        if text == model::AUTO { Self::Auto } else { Self::Named(text) }
    }
}

impl From<ModelChoice> for String {
    fn from(choice: ModelChoice) -> Self {
        match choice {
            ModelChoice::Auto => model::AUTO.to_owned(),
            ModelChoice::Named(id) => id,
        }
    }
}

/// How a model is to be asked, with every limit already kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// The most output tokens.
    pub max_tokens: u32,
    /// Randomness, 0 to 1; left out of the call for models that refuse it.
    pub temperature: f64,
    /// Whether prompt caching may be used.
    pub caching: bool,
    /// How hard to think; none: as the model does by itself.
    pub effort: Option<Effort>,
    /// Whether it is spoken and its answer will be heard.
    pub spoken: bool,
}

/// How hard a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Briefly.
    Low,
    /// As usual.
    Medium,
    /// Thoroughly.
    High,
}

impl Effort {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The one that this word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.as_str() == word)
    }

    /// The word for it, the same with every provider.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Sampling {
    /// What is asked for when the caller says nothing, within the server's limits.
    pub fn defaults(limits: ChatLimits) -> Self {
        Self {
            max_tokens: DEFAULT_MAX_TOKENS.min(limits.max_tokens),
            temperature: DEFAULT_TEMPERATURE,
            caching: true,
            effort: None,
            spoken: false,
        }
    }
}
