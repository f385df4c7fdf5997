//! Scripts written into the message itself, for browsers and load generators: `[[tokens=200 every=20ms]]`.
//!
//! Answers: `tokens=n` · `stamp` · `html` · `md` · `bench` (80 kB of Markdown) · `refuse` · `images` (how many came) ·
//! `echo the rest of it`.
//! Ways: `every=20ms` · `thinking` · `usage in=10 out=5 read=100 write=20 long=0 think=3` · `no-usage` · `refusal` · `length` ·
//! `stop=word`.
//! Tools: `tool=name args={"a": 1}`, several for parallel calls, `times=3` for as many rounds; once the results are
//! there, the answer is what the other words say, without any the result itself. Arguments that are no JSON are sent as they
//! stand, up to the next blank.
//! Faults: `status=529` · `retry-after=3` · `fault=credit` (a name of [`crate::fault::Fault`]) · `fail=anthropic` (only
//! that provider or model fails, `fail=anthropic:503` with that status) · `cut=10` · `end=10` · `stall=5` · `error=5`.
//! Several may stand in one pair of brackets. Without any: a short friendly answer.

use std::time::Duration;

use crate::{asked::Asked, fault::Fault, figures::Figures, script::Script};

const FRIENDLY: &str = "Hello from the scripted upstream. I answer every message with this same short text, a word \
    at a time, so that a test can watch it arrive, stop it half way, and know exactly what it should have seen.";
const SHOWCASE: &str = include_str!("showcase.md");
/// How long the long answer is at least.
const BENCH_BYTES: usize = 80_000;
/// The pace of answers that set none, unless the upstream was given another.
pub(crate) const PACE: Duration = Duration::from_millis(20);
/// How much of a tool's result the answer repeats, in characters.
const RESULT_CHARS: usize = 200;

/// The script that the user's last message asks for.
pub fn script_for(message: &str) -> Script {
    answer(&Asked { text: message.to_owned(), ..Asked::default() }, &[], PACE)
}

/// The script of a request that answers to these keys: its model, its provider. `pace`: of answers that set none.
pub(crate) fn answer(asked: &Asked, keys: &[&str], pace: Duration) -> Script {
    let mut words = Words::default();
    let mut rest = asked.text.as_str();
    while let Some((_, after)) = rest.split_once("[[") {
        let Some(tail) = words.read(after) else { break };
        rest = tail;
    }
    words.into_script(asked, keys, pace)
}

#[derive(Default)]
struct Words {
    answer: Option<Script>,
    tokens: Option<usize>,
    every: Option<Duration>,
    stamp: bool,
    images: bool,
    tools: Vec<(String, String)>,
    times: Option<usize>,
    figures: Option<Figures>,
    fails: Vec<String>,
    changes: Vec<(String, String)>,
}

impl Words {
    /// Reads up to the closing brackets and gives what follows them; none: there are no closing brackets.
    fn read<'a>(&mut self, inside: &'a str) -> Option<&'a str> {
        if let Some(text) = inside.strip_prefix("echo ") {
            let (text, rest) = text.split_once("]]")?;
            self.answer = Some(Script::text(text));
            return Some(rest);
        }
        if !inside.contains("]]") {
            return None;
        }
        let mut rest = inside.trim_start();
        loop {
            if let Some(after) = rest.strip_prefix("]]") {
                return Some(after);
            }
            if let Some(arguments) = rest.strip_prefix("args=") {
                let length = json_length(arguments).unwrap_or_else(|| word_length(arguments));
                if let Some(tool) = self.tools.last_mut() {
                    arguments[..length].clone_into(&mut tool.1);
                }
                rest = arguments[length..].trim_start();
                continue;
            }
            let length = word_length(rest);
            if length == 0 {
                return None;
            }
            self.word(&rest[..length]);
            rest = rest[length..].trim_start();
        }
    }

    fn word(&mut self, word: &str) {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let number = value.parse::<usize>().unwrap_or_default();
        match name {
            "tokens" => self.tokens = Some(number),
            "every" => self.every = duration(value),
            "stamp" => self.stamp = true,
            "images" => self.images = true,
            "md" => self.answer = Some(Script::text(SHOWCASE)),
            "bench" => self.answer = Some(Script::text(&SHOWCASE.repeat(BENCH_BYTES / SHOWCASE.len() + 1))),
            "html" => self.answer = Some(Script::html()),
            "refuse" => self.answer = Some(Script::refuse("I cannot help with that.")),
            "status" => self.answer = Some(Script::status(u16::try_from(number).unwrap_or(500))),
            "fault" => self.answer = Some(Script::fault(Fault::named(value).unwrap_or(Fault::Server))),
            "tool" => self.tools.push((value.to_owned(), "{}".to_owned())),
            "times" => self.times = Some(number),
            "fail" => self.fails.push(value.to_owned()),
            "in" | "out" | "read" | "write" | "long" | "think" => self.figure(name, number as u64),
            _ => self.changes.push((name.to_owned(), value.to_owned())),
        }
    }

    fn figure(&mut self, name: &str, number: u64) {
        let figures = self.figures.get_or_insert_with(Figures::default);
        match name {
            "in" => figures.input = number,
            "out" => figures.output = Some(number),
            "read" => figures.cache_read = number,
            "write" => figures.cache_write = number,
            "long" => figures.cache_write_long = number,
            _ => figures.reasoning = number,
        }
    }

    /// The failure of this request, if it is one of those that shall fail.
    fn failure(&self, keys: &[&str]) -> Option<Script> {
        let mut fails = self.fails.iter().map(|fail| fail.split_once(':').unwrap_or((fail, "529")));
        let (_, status) = fails.find(|(key, _)| keys.contains(key))?;
        Some(Script::status(status.parse().unwrap_or(529)))
    }

    fn into_script(self, asked: &Asked, keys: &[&str], pace: Duration) -> Script {
        if let Some(failure) = self.failure(keys) {
            return failure;
        }
        let sized = self.tokens.map(if self.stamp { Script::stamped } else { Script::tokens });
        let calls = !self.tools.is_empty() && asked.rounds < self.times.unwrap_or(1);
        let otherwise = || match &asked.result {
            _ if self.stamp => Script::stamped(40),
            _ if self.images => Script::text(&format!("I see {} images.", asked.images)),
            Some(result) => {
                let result: String = result.chars().take(RESULT_CHARS).collect();
                Script::text(&format!("The tool said: {result}"))
            }
            None => Script::text(FRIENDLY),
        };
        let mut script =
            if calls { Script::tokens(0) } else { self.answer.or(sized).unwrap_or_else(otherwise) };
        script = script.every(self.every.unwrap_or(pace));
        if calls {
            for (name, arguments) in &self.tools {
                script = script.tool_call(name, arguments);
            }
        }
        if let Some(figures) = self.figures {
            script = script.usage(figures);
        }
        self.changes.iter().fold(script, |script, (name, value)| changed(script, name, value))
    }
}

fn changed(script: Script, name: &str, value: &str) -> Script {
    let number = value.parse().unwrap_or_default();
    match name {
        "cut" => script.cut_after(number),
        "end" => script.end_after(number),
        "stall" => script.stall_after(number),
        "error" => script.error_event_after(number, "overloaded_error"),
        "retry-after" => script.header("retry-after", value),
        "thinking" => script.thinking("Let me think about that for a moment."),
        "refusal" => script.stop("refusal"),
        "length" => script.stop("max_tokens"),
        "stop" => script.stop(value),
        "no-usage" => script.without_usage(),
        _ => script,
    }
}

/// How long the JSON value at the start of `text` is.
fn json_length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// How long the word at the start of `text` is.
fn word_length(text: &str) -> usize {
    let blank = text.find(char::is_whitespace).unwrap_or(text.len());
    text.find("]]").map_or(blank, |end| end.min(blank))
}

fn duration(text: &str) -> Option<Duration> {
    if let Some(millis) = text.strip_suffix("ms") {
        return millis.parse().ok().map(Duration::from_millis);
    }
    text.strip_suffix('s')?.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_scripts() {
        let script = script_for("please [[tokens=200 every=5ms]] and [[cut=10]]");
        assert_eq!((script.tokens.count(), script.every), (200, Duration::from_millis(5)));
        assert!(script.mishap.is_some());
        assert_eq!(script_for("[[status=529 retry-after=2]]").status, 529);
        assert_eq!(script_for("[[status=529 retry-after=2]]").headers.len(), 1);
        assert_eq!(script_for("[[echo a b]]").tokens.count(), 2);
        let plain = script_for("hello [[");
        assert!(plain.tokens.count() >= 35 && plain.every == PACE);
        let figures = script_for("[[usage in=10 out=5 read=100 write=20]]").figures.unwrap();
        assert_eq!((figures.input, figures.output, figures.all_input()), (10, Some(5), 130));
    }

    #[test]
    fn tools_are_called_until_their_results_are_there() {
        let text = r#"[[tool=find args={"q": [[1, 2]], "r": "]]"} tool=now]] [[echo Found it.]]"#;
        let mut asked = Asked { text: text.to_owned(), ..Asked::default() };
        let script = answer(&asked, &[], PACE);
        let calls: Vec<(&str, String)> =
            script.tools.iter().map(|call| (call.name.as_str(), call.fragments.concat())).collect();
        assert_eq!(calls, [("find", r#"{"q": [[1, 2]], "r": "]]"}"#.to_owned()), ("now", "{}".to_owned())]);
        asked.rounds = 1;
        asked.result = Some("42".into());
        assert_eq!((answer(&asked, &[], PACE).tools.len(), answer(&asked, &[], PACE).tokens.count()), (0, 2));
        asked.text = "[[tool=a times=2]]".into();
        assert_eq!(answer(&asked, &[], PACE).tools.len(), 1);
        asked.rounds = 2;
        assert_eq!(answer(&asked, &[], PACE).tokens.count(), "The tool said: 42".split(' ').count());
        assert_eq!(script_for(r#"[[tool=a args={"q": ]]"#).tools[0].fragments.concat(), r#"{"q":"#);
    }

    #[test]
    fn only_the_named_provider_fails() {
        let asked =
            Asked { text: "[[fail=anthropic:503 fail=gpt-x]] [[echo ok]]".into(), ..Asked::default() };
        assert_eq!(answer(&asked, &["claude-x", "anthropic"], PACE).status, 503);
        assert_eq!(answer(&asked, &["gpt-x", "openai"], PACE).status, 529);
        assert_eq!(answer(&asked, &["gemini-x", "gemini"], PACE).status, 200);
    }
}
