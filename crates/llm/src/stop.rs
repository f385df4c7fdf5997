//! Ends an answer at the texts the caller named, where the provider cannot be told them.
//!
//! The rest of the answer is not waited for: it would be paid for. The provider's own count is lost with it, so such a
//! call is billed by estimate.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures::{Stream, StreamExt as _};
use vertice_domain::FinishReason;
use vertice_ports::Prompt;

use crate::{
    call::DecodedStream,
    decode::{Decoded, push_text},
    fault::Fault,
    http::Wire,
};

/// The prompt's stop texts that `wire` has no word for: Responses has none for any, Anthropic none for blanks.
pub fn texts(prompt: &Prompt, wire: Wire) -> Vec<String> {
    let is_ours = |text: &&String| match wire {
        Wire::Responses => !text.is_empty(),
        Wire::Anthropic => !text.is_empty() && text.trim().is_empty(),
        Wire::OpenAi | Wire::Gemini => false,
    };
    prompt.stop.iter().filter(is_ours).cloned().collect()
}

/// The answer, up to the first of `stops`.
pub fn apply(source: DecodedStream, stops: Vec<String>) -> DecodedStream {
    if stops.is_empty() {
        return source;
    }
    Cut { source: Some(source), stops, held: String::new(), queue: VecDeque::new() }.boxed()
}

struct Cut {
    source: Option<DecodedStream>,
    /// None of them empty.
    stops: Vec<String>,
    /// Text that may be the beginning of a stop.
    held: String,
    queue: VecDeque<Result<Decoded, Fault>>,
}

impl Cut {
    fn read(&mut self, item: Result<Decoded, Fault>) {
        match item {
            Ok(Decoded::Text(text)) => self.text(&text),
            Ok(usage @ Decoded::Usage(_)) => self.queue.push_back(Ok(usage)),
            other => {
                push_text(Some(std::mem::take(&mut self.held)), &mut self.queue);
                self.queue.push_back(other);
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.held.push_str(text);
        let first = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min();
        if let Some(place) = first {
            self.held.truncate(place);
            push_text(Some(std::mem::take(&mut self.held)), &mut self.queue);
            self.queue.push_back(Ok(Decoded::Stop(FinishReason::Stop)));
            // Closes the socket.
            self.source = None;
            return;
        }
        let kept = self.stops.iter().map(|stop| overlap(&self.held, stop)).max().unwrap_or_default();
        let rest = self.held.split_off(self.held.len() - kept);
        push_text(Some(std::mem::replace(&mut self.held, rest)), &mut self.queue);
    }
}

/// How many bytes at the end of `text` are the beginning of `stop`.
fn overlap(text: &str, stop: &str) -> usize {
    let ends = stop.char_indices().map(|(end, _)| end).rev();
    ends.into_iter().find(|end| text.ends_with(&stop[..*end])).unwrap_or_default()
}

impl Stream for Cut {
    type Item = Result<Decoded, Fault>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.queue.pop_front() {
                return Poll::Ready(Some(item));
            }
            let Some(source) = &mut this.source else { return Poll::Ready(None) };
            match ready!(source.poll_next_unpin(cx)) {
                Some(item) => this.read(item),
                None => this.source = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, stream};
    use proptest::prelude::*;
    use vertice_domain::chat::Sampling;

    use super::*;
    use crate::decode::UsagePatch;

    fn prompt(stops: &[&str]) -> Prompt {
        let sampling =
            Sampling { max_tokens: 10, temperature: 0.5, caching: true, effort: None, spoken: false };
        let mut prompt = Prompt::new(None, Vec::new(), sampling);
        prompt.stop = stops.iter().map(|stop| (*stop).to_owned()).collect();
        prompt
    }

    /// The text, and whether anything came after it was cut.
    fn said(pieces: &[&str], stops: &[&str], wire: Wire) -> (String, usize) {
        let texts = pieces.iter().map(|text| Ok(Decoded::Text((*text).to_owned())));
        let end = [Ok(Decoded::Usage(UsagePatch::default())), Ok(Decoded::Stop(FinishReason::Stop))];
        let source: Vec<_> = texts.chain(end).collect();
        let items =
            apply(stream::iter(source).boxed(), super::texts(&prompt(stops), wire)).collect::<Vec<_>>();
        let items = items.now_or_never().unwrap();
        assert_eq!(items.last(), Some(&Ok(Decoded::Stop(FinishReason::Stop))));
        let text = |item: &Result<Decoded, Fault>| match item {
            Ok(Decoded::Text(text)) => Some(text.clone()),
            _ => None,
        };
        (items.iter().filter_map(text).collect(), items.iter().filter(|item| text(item).is_none()).count())
    }

    #[test]
    fn an_answer_ends_before_the_text_wherever_it_is_cut() {
        let all = |pieces: &[&str]| said(pieces, &["END", "\n\n"], Wire::Responses);
        assert_eq!(all(&["one E", "N", "D two"]), ("one ".to_owned(), 1));
        assert_eq!(all(&["ENEND"]), ("EN".to_owned(), 1));
        assert_eq!(all(&["a\n", "b\n", "\nEND"]), ("a\nb".to_owned(), 1));
        assert_eq!(all(&["one EN"]), ("one EN".to_owned(), 2), "what only began like it is said");
    }

    #[test]
    fn only_what_the_provider_cannot_be_told_is_cut_here() {
        let blank = |wire| said(&["a\nEND"], &["END", "\n", ""], wire).0;
        assert_eq!(blank(Wire::Anthropic), "a");
        assert_eq!(blank(Wire::OpenAi), "a\nEND");
        assert_eq!(blank(Wire::Gemini), "a\nEND");
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(pieces in proptest::collection::vec("[abé]{0,4}", 0..8)) {
            let whole = pieces.concat();
            let stops = ["aé", "bba", "ab"];
            let expected = stops.iter().filter_map(|stop| whole.find(stop)).min();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            prop_assert_eq!(said(&pieces, &stops, Wire::Responses).0, &whole[..expected.unwrap_or(whole.len())]);
        }
    }
}
