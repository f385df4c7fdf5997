//! Server-sent events, read from chunks as they come off the socket (WHATWG HTML §9.2.6).
//!
//! Own parser, because the published ones have no cap on the size of an event. It never panics on any input and gives
//! the same events however the bytes are cut. It differs from the standard in one thing: a last event that is whole but for
//! its blank line counts ([`SseParser::finish`]).

/// The most bytes one event may have: 8 MiB. The last event of Responses holds the whole answer once more, with its
/// encrypted reasoning and all that was asked.
pub const MAX_EVENT_BYTES: usize = 8 << 20;

const BOM: &[u8] = b"\xEF\xBB\xBF";
/// The end mark of OpenAI's streams.
pub const DONE: &str = "[DONE]";

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SseEvent {
    /// The `event:` field; empty if there was none.
    pub name: String,
    /// The `data:` lines, joined by newlines.
    pub data: String,
}

/// An event over [`MAX_EVENT_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is over 8 MiB")]
pub struct EventTooLarge;

/// Turns chunks of bytes into events.
#[derive(Debug, Default)]
pub struct SseParser {
    line: Vec<u8>,
    name: String,
    data: String,
    has_data: bool,
    after_cr: bool,
    started: bool,
    stray: String,
}

impl SseParser {
    /// Reads the next bytes, pushing the events they complete onto `out`.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<SseEvent>) -> Result<(), EventTooLarge> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.line.extend_from_slice(bytes);
                return self.check_size(0);
            };
            self.after_cr = bytes[end] == b'\r';
            self.check_size(end)?;
            if self.line.is_empty() {
                self.take_line(&bytes[..end], out);
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&bytes[..end]);
                self.take_line(&line, out);
                line.clear();
                self.line = line;
            }
            bytes = &bytes[end + 1..];
        }
        Ok(())
    }

    /// The stream has ended. `clean`: as a body should, not by a broken connection or a timeout.
    ///
    /// The standard drops an event that lacks its blank line. Providers leave that line out, or the newline before it too,
    /// and what is lost then is the end of the answer or its token counts: at a clean end such an event counts, if its data
    /// is a whole JSON document. Half of one was cut. `[DONE]` says by itself that all is there. A JSON document that stood
    /// between the events counts as one: Google writes its errors so into a stream that has begun.
    pub fn finish(&mut self, clean: bool) -> Option<SseEvent> {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line, &mut Vec::new());
        }
        let rest = std::mem::take(self);
        if !rest.stray.is_empty() {
            return is_json(&rest.stray).then_some(SseEvent { name: String::new(), data: rest.stray });
        }
        (rest.data == DONE || clean && is_json(&rest.data)).then(|| rest.into_event())
    }

    fn into_event(self) -> SseEvent {
        SseEvent { name: self.name, data: self.data }
    }

    fn check_size(&self, more: usize) -> Result<(), EventTooLarge> {
        let size = self.line.len() + self.data.len() + self.stray.len() + more;
        if size > MAX_EVENT_BYTES { Err(EventTooLarge) } else { Ok(()) }
    }

    fn take_line(&mut self, line: &[u8], out: &mut Vec<SseEvent>) {
        let line = if std::mem::replace(&mut self.started, true) {
            line
        } else {
            line.strip_prefix(BOM).unwrap_or(line)
        };
        if line.is_empty() {
            self.dispatch(out);
            return;
        }
        let is_field = line.starts_with(b"data:") || line.starts_with(b"event:");
        if line[0] == b'{' || (!self.stray.is_empty() && !is_field) {
            self.stray.push_str(&String::from_utf8_lossy(line));
            self.stray.push('\n');
            return;
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push('\n');
                }
                self.data.push_str(&String::from_utf8_lossy(value));
            }
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            // Comments, `id`, `retry` and unknown fields mean nothing to us.
            _ => {}
        }
    }

    /// An event without data is no event (the standard drops it).
    fn dispatch(&mut self, out: &mut Vec<SseEvent>) {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        if std::mem::take(&mut self.has_data) {
            out.push(SseEvent { name, data });
        }
    }
}

/// Whether it is a whole object or list: only their ends show that nothing was cut.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
        let (mut parser, mut out) = (SseParser::default(), Vec::new());
        for chunk in chunks {
            parser.push(chunk, &mut out).unwrap();
        }
        out.extend(parser.finish(true));
        out.into_iter().map(|event| (event.name, event.data)).collect()
    }

    fn both_ways(text: &str) -> Vec<(String, String)> {
        let whole = parse([text.as_bytes()]);
        assert_eq!(whole, parse(text.as_bytes().chunks(1)), "one byte at a time: {text:?}");
        whole
    }

    fn data(text: &str) -> Vec<String> {
        both_ways(text).into_iter().map(|(_, data)| data).collect()
    }

    #[test]
    fn line_ends_of_all_kinds() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("event: a{end}data: é1{end}data:2{end}{end}data: 3{end}{end}");
            let expected = [("a".into(), "é1\n2".into()), (String::new(), "3".into())];
            assert_eq!(both_ways(&text), expected, "{end:?}");
        }
    }

    #[test]
    fn bom_comments_and_empty_events() {
        assert_eq!(data("\u{feff}data: a\n\n: ping\n\nevent: only\n\ndata\n\ndata: b\n\n"), ["a", "", "b"]);
        assert_eq!(data("data:  two spaces\nid: 7\nretry: 1\nnonsense\n\n"), [" two spaces"]);
    }

    #[test]
    fn a_last_event_that_is_whole_counts_without_its_blank_line() {
        for end in ["", "\n", "\r", "\r\n", "\r\n\r", "\n\n"] {
            assert_eq!(
                data(&format!("data: 1\n\nevent: x\ndata: {{\"a\":1}}{end}")),
                ["1", r#"{"a":1}"#],
                "{end:?}"
            );
            assert_eq!(data(&format!("data: [1,\ndata: 2]{end}")), ["[1,\n2]"], "{end:?}");
            assert_eq!(data(&format!("data: 1\n\ndata: [DONE]{end}")), ["1", DONE], "{end:?}");
        }
    }

    #[test]
    fn a_last_event_that_was_cut_is_dropped() {
        for cut in
            ["", "da", "data:", "event: x\n", "data: {\"a\":", "data: {\"a\":1\n", "data: [DON", "id: 7\n"]
        {
            assert_eq!(data(&format!("data: 1\n\n{cut}")), ["1"], "{cut:?}");
        }
    }

    #[test]
    fn after_a_broken_connection_only_what_says_that_it_is_the_end_counts() {
        let finish = |text: &str| {
            let mut parser = SseParser::default();
            parser.push(text.as_bytes(), &mut Vec::new()).unwrap();
            parser.finish(false).map(|event| event.data)
        };
        assert_eq!(finish("data: {\"a\":1}\n"), None);
        assert_eq!(finish("data: [DONE]").as_deref(), Some(DONE));
        assert_eq!(finish("{\"error\":{}}").as_deref(), Some("{\"error\":{}}\n"));
        assert_eq!(finish("{\"error\":{"), None);
    }

    #[test]
    fn a_document_between_the_events_comes_last() {
        assert_eq!(data("data: a\n\n{\n \"error\": {\n}\n}\n"), ["a", "{\n \"error\": {\n}\n}\n"]);
    }

    #[test]
    fn huge_events_are_refused() {
        let mut parser = SseParser::default();
        let chunk = vec![b'x'; MAX_EVENT_BYTES / 2 + 1];
        assert_eq!(parser.push(&chunk, &mut Vec::new()), Ok(()));
        assert_eq!(parser.push(&chunk, &mut Vec::new()), Err(EventTooLarge));
        let mut parser = SseParser::default();
        let line = [b"data: ".as_slice(), &chunk, b"\n"].concat();
        assert_eq!(parser.push(&line, &mut Vec::new()), Ok(()));
        assert_eq!(parser.push(&line, &mut Vec::new()), Err(EventTooLarge));
    }

    proptest! {
        #[test]
        fn any_cutting_gives_the_same_events(
            text in "(data: ?|event: |: |\r\n|\r|\n|\n\n|é|𝄞|x|\u{feff}|\\[DONE\\]){0,40}",
            cuts in proptest::collection::vec(1_usize..7, 1..20),
        ) {
            let whole = both_ways(&text);
            let (mut rest, mut chunks) = (text.as_bytes(), Vec::new());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (chunk, tail) = rest.split_at((*cut).min(rest.len()));
                chunks.push(chunk);
                rest = tail;
            }
            prop_assert_eq!(whole, parse(chunks));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            parse([bytes.as_slice()]);
        }
    }
}
