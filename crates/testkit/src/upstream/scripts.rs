//! Which script a request gets.

use std::collections::VecDeque;

use crate::script::Script;

/// The scripts that wait.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    next: VecDeque<Script>,
    keyed: Vec<(String, Script)>,
    standing: Vec<(String, Script)>,
}

impl Scripts {
    /// For the next request that has no other.
    pub(crate) fn push(&mut self, script: Script) {
        self.next.push_back(script);
    }

    /// For the next request to `key`.
    pub(crate) fn push_for(&mut self, key: &str, script: Script) {
        self.keyed.push((key.to_owned(), script));
    }

    /// For every request to `key`; none takes it away.
    pub(crate) fn stand_for(&mut self, key: &str, script: Option<Script>) {
        self.standing.retain(|(standing, _)| standing != key);
        self.standing.extend(script.map(|script| (key.to_owned(), script)));
    }

    /// The script of a request that answers to these keys: what was set for it alone, what stands for it, what comes
    /// next for anybody.
    pub(crate) fn take(&mut self, keys: &[&str]) -> Option<Script> {
        let is_asked = |(key, _): &(String, Script)| keys.contains(&key.as_str());
        if let Some(index) = self.keyed.iter().position(is_asked) {
            return Some(self.keyed.remove(index).1);
        }
        let standing = self.standing.iter().find(|entry| is_asked(entry));
        standing.map(|(_, script)| script.clone()).or_else(|| self.next.pop_front())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(script: Option<Script>) -> Option<usize> {
        script.map(|script| script.tokens.count())
    }

    #[test]
    fn the_closest_script_wins() {
        let mut scripts = Scripts::default();
        scripts.push(Script::tokens(1));
        scripts.push_for("openai", Script::tokens(2));
        scripts.stand_for("anthropic", Some(Script::tokens(3)));
        scripts.push_for("claude-x", Script::tokens(4));
        let claude = ["claude-x", "/v1/messages", "anthropic"];
        assert_eq!(length(scripts.take(&claude)), Some(4));
        assert_eq!(length(scripts.take(&claude)), Some(3));
        assert_eq!(length(scripts.take(&claude)), Some(3));
        assert_eq!(length(scripts.take(&["gpt", "openai"])), Some(2));
        assert_eq!(length(scripts.take(&["gpt", "openai"])), Some(1));
        assert_eq!(length(scripts.take(&["gpt", "openai"])), None);
        scripts.stand_for("anthropic", None);
        assert_eq!(length(scripts.take(&claude)), None);
    }
}
