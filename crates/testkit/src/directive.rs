//! Scripts written into the message itself, for browsers and load generators: `[[tokens=200 every=20ms]]`.
//!
//! `tokens=n` · `every=20ms` · `stamp` · `status=529` · `retry-after=3` · `cut=10` · `end=10` · `stall=5` · `error=5` ·
//! `html` · `md` · `bench` (80 kB of Markdown) · `thinking` · `refusal` · `length` · `echo the rest of it`. Several may stand in one pair of brackets.
//! Without any: a short friendly answer.

use std::time::Duration;

use crate::script::Script;

const FRIENDLY: &str = "Hello from the scripted upstream. I answer every message with this same short text, a word \
    at a time, so that a test can watch it arrive, stop it half way, and know exactly what it should have seen.";
const SHOWCASE: &str = include_str!("showcase.md");
/// How long the long answer is at least.
const BENCH_BYTES: usize = 80_000;
/// The pace of answers that set none.
const PACE: Duration = Duration::from_millis(20);

/// The script that the user's last message asks for.
pub fn script_for(message: &str) -> Script {
    let mut words = Words::default();
    let mut rest = message;
    while let Some((_, after)) = rest.split_once("[[") {
        let Some((inside, tail)) = after.split_once("]]") else { break };
        words.read(inside);
        rest = tail;
    }
    words.into_script()
}

#[derive(Default)]
struct Words {
    answer: Option<Script>,
    tokens: Option<usize>,
    every: Option<Duration>,
    stamp: bool,
    changes: Vec<(String, usize)>,
    retry_after: Option<String>,
}

impl Words {
    fn read(&mut self, inside: &str) {
        if let Some(text) = inside.strip_prefix("echo ") {
            self.answer = Some(Script::text(text));
            return;
        }
        for word in inside.split_whitespace() {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let number = value.parse::<usize>().unwrap_or_default();
            match name {
                "tokens" => self.tokens = Some(number),
                "every" => self.every = duration(value),
                "stamp" => self.stamp = true,
                "md" => self.answer = Some(Script::text(SHOWCASE)),
                "bench" => {
                    self.answer = Some(Script::text(&SHOWCASE.repeat(BENCH_BYTES / SHOWCASE.len() + 1)));
                }
                "html" => self.answer = Some(Script::html()),
                "status" => self.answer = Some(Script::status(u16::try_from(number).unwrap_or(500))),
                "retry-after" => self.retry_after = Some(value.to_owned()),
                _ => self.changes.push((name.to_owned(), number)),
            }
        }
    }

    fn into_script(self) -> Script {
        let sized = self.tokens.map(if self.stamp { Script::stamped } else { Script::tokens });
        let stamped = || if self.stamp { Script::stamped(40) } else { Script::text(FRIENDLY) };
        let mut script = self.answer.or(sized).unwrap_or_else(stamped).every(self.every.unwrap_or(PACE));
        if let Some(seconds) = &self.retry_after {
            script = script.header("retry-after", seconds);
        }
        for (name, number) in self.changes {
            script = match name.as_str() {
                "cut" => script.cut_after(number),
                "end" => script.end_after(number),
                "stall" => script.stall_after(number),
                "error" => script.error_event_after(number, "overloaded_error"),
                "thinking" => script.thinking("Let me think about that for a moment."),
                "refusal" => script.stop("refusal"),
                "length" => script.stop("max_tokens"),
                _ => script,
            };
        }
        script
    }
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
        assert_eq!(script_for("[[echo a b]]").tokens.count(), 2);
        let plain = script_for("hello [[");
        assert!(plain.tokens.count() >= 35 && plain.every == PACE);
    }
}
