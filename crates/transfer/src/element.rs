//! What a value of a file is: told by its content, never by a name. Pure.

use serde_json::Value;

use crate::{
    chatgpt, claude,
    found::{Found, Refusal},
    json,
    own::{self, Own},
};

/// A conversation in one of the forms that are known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Other(Box<Found>),
    Own(Box<Own>),
}

impl Item {
    /// Its title, as its app has it.
    pub(crate) fn title(&self) -> Option<&str> {
        match self {
            Self::Other(found) => found.title.as_deref(),
            Self::Own(own) => Some(&own.conversation.title),
        }
    }
}

/// One conversation of a value, or why it cannot be read.
pub(crate) type Read = Result<Item, Refusal>;

/// The conversations of a value: one, or those of its list `conversations`; none: it holds none.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Read>, String> {
    let value = json::read(bytes).map_err(|error| in_words(&error))?;
    if let Some(read) = one(&value, || bytes.to_vec()) {
        return Ok(vec![read]);
    }
    let inside = value.get("conversations").and_then(Value::as_array);
    Ok(inside
        .into_iter()
        .flatten()
        .filter_map(|value| one(value, || value.to_string().into_bytes()))
        .collect())
}

/// `bytes`: what tells it from all others, where it has no id.
fn one(value: &Value, bytes: impl Fn() -> Vec<u8>) -> Option<Read> {
    let unnamed = || uuid::Uuid::new_v5(&uuid::Uuid::nil(), &bytes()).to_string();
    let is_named = ["conversation_id", "id", "uuid"].iter().any(|name| json::text(value, name).is_some());
    let fallback = if is_named { String::new() } else { unnamed() };
    let found = chatgpt::read(value, &fallback).or_else(|| claude::read(value, &fallback).map(Ok));
    if let Some(found) = found {
        return Some(found.map(|found| Item::Other(Box::new(found))));
    }
    own::read(value).map(|own| own.map(Item::Own).map_err(|why| Refusal::unreadable(&why)))
}

/// Without the place in the text, which nobody can look up in a list of conversations.
fn in_words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    format!("it is not valid JSON: {words}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::stop::Stop;

    #[test]
    fn forms_are_told_by_their_content() {
        let kinds = |value: Value| read(&serde_json::to_vec(&value).unwrap()).unwrap().len();
        assert_eq!(kinds(json!({"mapping": {}})), 1);
        assert_eq!(kinds(json!({"chat_messages": []})), 1);
        assert_eq!(kinds(json!({"conversations": [{"chat_messages": []}, {"mapping": {}}, 3]})), 2);
        for none in [json!({"mapping": 3}), json!([]), json!({"id": "x", "email": "y"}), json!(null)] {
            assert_eq!(kinds(none.clone()), 0, "{none}");
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(read(deep.as_bytes()).unwrap_err().contains("recursion limit"));
    }

    #[test]
    fn one_without_an_id_is_known_again_by_what_it_says() {
        let id = |text: &str| match &read(text.as_bytes()).unwrap()[0] {
            Ok(Item::Other(found)) => found.id.clone(),
            other => panic!("{other:?}"),
        };
        let (a, b) = (r#"{"mapping":{},"title":"a"}"#, r#"{"mapping":{},"title":"b"}"#);
        assert!(id(a) == id(a) && id(a) != id(b));
        assert_eq!(id(r#"{"mapping":{},"id":"x"}"#), "x");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let names = prop::sample::select(vec![
            "mapping",
            "message",
            "parent",
            "children",
            "author",
            "role",
            "content",
            "content_type",
            "parts",
            "chat_messages",
            "sender",
            "text",
            "uuid",
            "type",
            "input",
            "metadata",
            "attachments",
            "title",
            "create_time",
            "conversation",
            "messages",
            "version",
            "recipient",
            "id",
            "thoughts",
            "a",
            "b",
        ]);
        let words = prop::sample::select(vec![
            "a",
            "b",
            "user",
            "assistant",
            "tool",
            "human",
            "text",
            "thoughts",
            "code",
            "tool_use",
            "tool_result",
            "multimodal_text",
            "\u{e200}",
            "",
            "all",
            "python",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            words.prop_map(Value::from),
        ];
        leaf.prop_recursive(8, 120, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..8)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn no_json_breaks_it(value in any_json(), nodes in any_json(), messages in any_json()) {
            let ids = vertice_runtime::SystemIds;
            let now = vertice_domain::Timestamp::from_millis(1_700_000_000_000);
            for value in [value, json!({"mapping": {"a": nodes, "b": {"message": nodes, "parent": "a"}}}),
                          json!({"chat_messages": [messages, messages]})] {
                for read in read(&serde_json::to_vec(&value).unwrap()).unwrap() {
                    if let Ok(Item::Other(found)) = read {
                        let _made = crate::tree::whole(&found, &ids, now, &Stop::default());
                    }
                }
            }
        }
    }
}
