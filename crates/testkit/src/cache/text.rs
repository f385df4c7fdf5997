//! A prompt's parts as text: what is counted and what is compared.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Map, Value};

/// Characters that stand for an image: 1,600 tokens, about what the providers count for a photo.
const IMAGE_CHARS: usize = 6_400;
/// Fields that steer the cache and are no part of the prompt.
const STEERING: [&str; 2] = ["cache_control", "prompt_cache_breakpoint"];

/// The part without what steers the cache, its images shrunk to what they cost.
pub(super) fn serialised(part: &Value) -> String {
    plain(part).to_string()
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => {
            let is_media = ["media_type", "mimeType"].iter().any(|name| fields.contains_key(*name));
            let kept = fields.iter().filter(|(name, _)| !STEERING.contains(&name.as_str()));
            let plain: Map<String, Value> = kept
                .map(|(name, value)| match value {
                    Value::String(data) if is_media && name == "data" => (name.clone(), image(data)),
                    Value::String(url) if url.starts_with("data:") => (name.clone(), image(url)),
                    value => (name.clone(), plain(value)),
                })
                .collect();
            plain.into()
        }
        other => other.clone(),
    }
}

fn image(data: &str) -> Value {
    format!("{:016x}", chained(0, data)).repeat(IMAGE_CHARS / 16).into()
}

/// The hash of a prefix that ends with `text`.
pub(super) fn chained(before: u64, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (before, text).hash(&mut hasher);
    hasher.finish()
}
