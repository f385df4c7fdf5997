//! Rules about the arguments of a tool: what is tested, and what follows. Deny goes before ask, and ask before allow. A rule
//! that cannot be read for the arguments of a call never allows it, and one that would deny it then asks. To allow, an argument has
//! to be spelt as the rule is; to ask or deny, it is enough that it could mean the same. What a name, a link or a command leads to
//! in the end is not looked up. Pure.

mod address;
mod alike;
mod fit;
mod path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use self::fit::Fit;
use super::ToolPermission;
use crate::{Error, FieldError, Result};

/// The most rules about one tool, values of one rule, and the longest value and pointer in characters.
const MOST_RULES: usize = 50;
const MOST_VALUES: usize = 50;
const LONGEST: usize = 1_000;
/// How deep arguments are offered for rules.
const DEEPEST: usize = 3;

/// What is tested of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentTest {
    /// It is one of the values, to the letter.
    Is,
    /// It begins with one of the values. Where that is a path or an address, it is meant as a folder: with everything in it and
    /// nothing beside it, wherever `..` may lead. A path with blanks or with signs that mean something to a shell is not allowed by
    /// it, for it may be a command or several paths.
    StartsWith,
    /// It is an http or https address at one of these hosts, with any port; `*.example.com` stands for all hosts below
    /// example.com. A name is not looked up, so a rule about a number says nothing of names that lead there.
    Host,
    /// A test that this version does not know.
    #[serde(other)]
    Unknown,
}

impl ArgumentTest {
    pub const ALL: [Self; 3] = [Self::Is, Self::StartsWith, Self::Host];

    /// The word for it in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::StartsWith => "starts_with",
            Self::Host => "host",
            Self::Unknown => "unknown",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|test| test.as_str() == word)
    }
}

/// A rule about calls of a tool whose argument passes a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArgumentRule {
    /// Which argument: a JSON pointer into them.
    #[schema(example = "/path")]
    pub argument: String,
    pub test: ArgumentTest,
    /// One of these has to fit. Of an argument that is a list, each has to for `allow`, and one for `ask` and `deny`.
    pub values: Vec<String>,
    /// What follows.
    pub permission: ToolPermission,
}

/// What is to change of a tool; what is none stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ToolPatch {
    /// `allow`: it runs without asking; `ask`: a person is asked each time; `deny`: it is offered to no model. It stands in place
    /// of what was said about the tool before, but for `rules`.
    pub permission: Option<ToolPermission>,
    /// All rules about its arguments, in place of those before. They go before `permission`, unless that is `deny`.
    pub rules: Option<Vec<ArgumentRule>>,
}

impl ToolPatch {
    /// Only what the tool may.
    pub const fn permission(permission: ToolPermission) -> Self {
        Self { permission: Some(permission), rules: None }
    }

    /// Whether it can be done.
    pub fn check(&self) -> Result<()> {
        if *self == Self::default() {
            return Err(Error::invalid_field("permission", "is required"));
        }
        let rules = self.rules.as_deref().unwrap_or_default();
        let mut errors = Vec::new();
        if rules.len() > MOST_RULES {
            errors.push(FieldError::new("rules", "must be at most 50 rules"));
        }
        for (place, rule) in rules.iter().enumerate() {
            let at = |field: &str, fault: &str| FieldError::new(format!("rules[{place}].{field}"), fault);
            if !is_pointer(&rule.argument) {
                errors.push(at("argument", "must be a JSON pointer such as /path"));
            }
            if rule.test == ArgumentTest::Unknown {
                errors.push(at("test", "must be is, starts_with or host"));
            }
            if rule.values.is_empty() || rule.values.len() > MOST_VALUES {
                errors.push(at("values", "must be 1 to 50 texts"));
            }
            errors.extend(
                rule.values
                    .iter()
                    .filter_map(|value| fit::flaw(rule.test, value))
                    .map(|flaw| at("values", flaw)),
            );
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
    }
}

/// What these rules say of a call; none: nothing.
pub fn ruled(rules: &[ArgumentRule], arguments: &Value) -> Option<ToolPermission> {
    let said = rules.iter().filter_map(|rule| rule.on(arguments));
    said.min_by_key(|permission| permission.laxity())
}

impl ToolPermission {
    /// How much it lets happen: the least counts where several say something.
    const fn laxity(self) -> u8 {
        match self {
            Self::Deny => 0,
            Self::Ask => 1,
            Self::Allow => 2,
        }
    }

    /// The stricter one.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        if self.laxity() <= other.laxity() { self } else { other }
    }
}

impl ArgumentRule {
    fn on(&self, arguments: &Value) -> Option<ToolPermission> {
        let fits: Vec<Fit> = match arguments.pointer(&self.argument) {
            Some(Value::Array(items)) => items.iter().map(|item| self.fit(Some(item))).collect(),
            argument => vec![self.fit(argument)],
        };
        let any = |wanted: &[Fit]| fits.iter().any(|fit| wanted.contains(fit));
        match self.permission {
            ToolPermission::Allow => (!fits.is_empty() && fits.iter().all(|fit| *fit == Fit::Surely))
                .then_some(ToolPermission::Allow),
            ToolPermission::Deny if any(&[Fit::Surely, Fit::Loosely]) => Some(ToolPermission::Deny),
            ToolPermission::Deny | ToolPermission::Ask => {
                any(&[Fit::Surely, Fit::Loosely, Fit::Unclear]).then_some(ToolPermission::Ask)
            }
        }
    }

    /// How the best of the values fits.
    fn fit(&self, argument: Option<&Value>) -> Fit {
        let Some(text) = argument.and_then(scalar) else { return Fit::Unclear };
        let fits = self.values.iter().map(|value| fit::of(self.test, value, &text));
        fits.min().unwrap_or(Fit::Unclear)
    }
}

/// A value as it would be written in a rule; none: it is a list, an object, or nothing.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_pointer(text: &str) -> bool {
    let escapes_well = |piece: &str| piece.is_empty() || piece.starts_with(['0', '1']);
    text.starts_with('/')
        && text.chars().count() <= LONGEST
        && text.split('~').skip(1).all(|piece| !piece.is_empty() && escapes_well(piece))
}

/// The arguments of a tool that rules can be about, as JSON pointers, in the order of its schema.
pub fn arguments(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    find(schema, "", DEEPEST, &mut found);
    found
}

fn find(schema: &Value, above: &str, deeper: usize, found: &mut Vec<String>) {
    let Some(properties) = schema["properties"].as_object() else { return };
    for (name, property) in properties {
        let pointer = format!("{above}/{}", name.replace('~', "~0").replace('/', "~1"));
        if property["properties"].is_object() {
            if deeper > 1 {
                find(property, &pointer, deeper - 1, found);
            }
        } else if pointer.chars().count() <= LONGEST {
            found.push(pointer);
        }
    }
}

#[cfg(test)]
mod tests;
