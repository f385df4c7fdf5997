//! What an MCP server asks a person in the midst of a call: a flat form, or an address that is to be opened. Its words are the
//! server's, cleaned by whoever read them; nobody vouches for them, and no model hears of them.

mod check;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use utoipa::ToSchema;

pub use self::check::answered;

/// What a person put into a form, by the names of its fields.
pub type Answers = BTreeMap<String, Value>;

/// A question of a server's, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Elicitation {
    /// Names exactly what is asked; a decision may name it as its fingerprint.
    pub id: String,
    /// The call in whose midst it is asked.
    pub call: String,
    /// Who asks.
    pub server: String,
    /// What for, in the server's words.
    pub message: String,
    pub wanted: Wanted,
    /// What the person said; none: nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Wanted {
    /// Values.
    Form { fields: Vec<Field> },
    /// That the person opens an address, where the server goes on asking by itself.
    Url { url: String },
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What a person said to a server's question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Answer {
    /// These values, or that the address was opened.
    Accept {
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        #[schema(value_type = Object)]
        values: Answers,
    },
    /// Nothing: they will not tell.
    Decline,
    /// Nothing: they will not say whether.
    Cancel,
    /// Nothing in time, or the call has ended meanwhile.
    Lapsed,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Field {
    pub name: String,
    /// What it is called; none: by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default)]
    pub required: bool,
    pub kind: FieldKind,
}

/// What a field takes. `default` is what it holds unless the person changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldKind {
    Text {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<TextFormat>,
        /// In characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<String>,
    },
    Number {
        /// Whether it has no fraction.
        whole: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<f64>)]
        least: Option<Number>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<f64>)]
        most: Option<Number>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<f64>)]
        default: Option<Number>,
    },
    Flag {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<bool>,
    },
    /// One of these.
    Choice {
        options: Vec<Choice>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<String>,
    },
    /// Some of these.
    Choices {
        options: Vec<Choice>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<Vec<String>>,
    },
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    pub value: String,
    /// What it is called; none: as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// How a text must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    Email,
    Uri,
    Date,
    DateTime,
}

impl Elicitation {
    /// Whether somebody is still asked.
    pub const fn is_open(&self) -> bool {
        self.answer.is_none()
    }
}

impl Field {
    /// What it is called.
    pub fn label(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// What may be chosen.
    pub fn options(&self) -> &[Choice] {
        match &self.kind {
            FieldKind::Choice { options, .. } | FieldKind::Choices { options, .. } => options,
            FieldKind::Text { .. } | FieldKind::Number { .. } | FieldKind::Flag { .. } => &[],
        }
    }

    /// What it holds unless the person changes it.
    pub fn default(&self) -> Option<Value> {
        match &self.kind {
            FieldKind::Text { default, .. } | FieldKind::Choice { default, .. } => {
                default.clone().map(Value::from)
            }
            FieldKind::Number { default, .. } => default.clone().map(Value::Number),
            FieldKind::Flag { default } => default.map(Value::from),
            FieldKind::Choices { default, .. } => default.clone().map(Value::from),
        }
    }
}

impl Choice {
    pub fn label(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.value)
    }
}

/// The host that an address leads to, as a person reads it: what stands before an `@` is no part of it.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}
