//! The request's id: the caller's, if it is a sane one, else a new one.

use std::sync::Arc;

use http::HeaderMap;
use vertice_ports::Ids;

/// The header that carries it, both ways.
pub const HEADER: &str = "x-request-id";

/// The longest id taken over from a caller, in bytes.
const MAX_LENGTH: usize = 128;

/// The id under which the log knows a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

impl RequestId {
    /// The caller's id, or a new one.
    pub fn of(headers: &HeaderMap, ids: &dyn Ids) -> Self {
        let sent = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_sane(id));
        Self(sent.map_or_else(|| ids.uuid().to_string().into(), Into::into))
    }
}

fn is_sane(id: &str) -> bool {
    (1..=MAX_LENGTH).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:/=+@".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sane_ids_are_taken_over() {
        assert!(is_sane("req_1.a-B") && is_sane("Root=1-67a/x:y"));
        for id in ["", "a b", "a\"b", "é", "<script>"] {
            assert!(!is_sane(id), "{id}");
        }
        assert!(is_sane(&"a".repeat(128)) && !is_sane(&"a".repeat(129)));
    }
}
