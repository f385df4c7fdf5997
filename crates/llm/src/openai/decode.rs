//! Chat Completions' stream: unnamed chunks, a finish reason, a chunk with the usage, `[DONE]`.
//!
//! The stop is held back until the end, because the usage comes after the finish reason. Cached tokens are part of
//! `prompt_tokens` here and are taken out of the plain input. An end without a finish reason is a cut.

use vertice_domain::FinishReason;

use super::{
    calls::Calls,
    wire::{Choice, Chunk, Usage},
};
use crate::{
    decode::{Decode, Decoded, Queue, UsagePatch, push_text, push_thinking},
    fault::{Complaint, Fault, FaultKind},
    sse::{DONE, SseEvent},
};

#[derive(Debug, Default)]
pub struct OpenAiDecoder {
    stop: Option<FinishReason>,
    refused: bool,
    ended: bool,
    calls: Calls,
}

impl Decode for OpenAiDecoder {
    fn push(&mut self, event: &SseEvent, out: &mut Queue) {
        if self.ended {
            return;
        }
        if event.data == DONE {
            // Some imitations never give a finish reason; their [DONE] says it all.
            self.end(Ok(self.stop.unwrap_or(FinishReason::Stop)), out);
            return;
        }
        if let Err(fault) = self.read(&event.data, out) {
            self.end(Err(fault), out);
        }
    }

    fn finish(&mut self, out: &mut Queue) {
        if !self.ended {
            self.end(self.stop.ok_or(Fault::new(FaultKind::Truncated)), out);
        }
    }
}

impl OpenAiDecoder {
    fn end(&mut self, how: Result<FinishReason, Fault>, out: &mut Queue) {
        self.ended = true;
        if how.is_ok() {
            self.calls.finish(out);
        }
        out.push_back(how.map(Decoded::Stop));
    }

    fn read(&mut self, data: &str, out: &mut Queue) -> Result<(), Fault> {
        let chunk: Chunk = serde_json::from_str(data).map_err(|_| {
            Fault::new(FaultKind::BadResponse).with_detail("A chunk of the stream is not valid.")
        })?;
        if chunk.error.is_some() || chunk.object.as_deref() == Some("error") {
            return Err(Complaint::parse(data).unwrap_or_default().into_fault());
        }
        // Groq's own field: it carries the usage whether asked for or not, and the error of an answer that broke off.
        let (groq_usage, groq_error) = chunk.x_groq.map(|groq| (groq.usage, groq.error)).unwrap_or_default();
        if let Some(error) = groq_error {
            return Err(Complaint::from_value(&serde_json::json!({"error": error}))
                .unwrap_or_default()
                .into_fault());
        }
        for choice in chunk.choices.into_iter().flatten().filter(|choice| choice.index == 0) {
            self.read_choice(choice, out);
        }
        if let Some(usage) = chunk.usage.or(groq_usage) {
            out.push_back(Ok(Decoded::Usage(patch(&usage))));
        }
        Ok(())
    }

    fn read_choice(&mut self, choice: Choice, out: &mut Queue) {
        if let Some(delta) = choice.delta {
            push_thinking(delta.reasoning_content.or(delta.reasoning), out);
            push_text(delta.content, out);
            self.refused |= delta.refusal.as_ref().is_some_and(|text| !text.is_empty());
            push_text(delta.refusal, out);
            for fragment in delta.tool_calls.into_iter().flatten() {
                self.calls.push(fragment, out);
            }
        }
        if let Some(word) = choice.finish_reason {
            self.stop = Some(match word.as_str() {
                "length" => FinishReason::MaxTokens,
                "content_filter" => FinishReason::Refusal,
                _ if self.refused => FinishReason::Refusal,
                // stop, tool_calls, function_call, and whatever the imitations invent.
                _ => FinishReason::Stop,
            });
        }
    }
}

fn patch(usage: &Usage) -> UsagePatch {
    let prompt = usage.prompt_tokens_details.as_ref();
    let read = prompt.and_then(|details| details.cached_tokens);
    let written = prompt.and_then(|details| details.cache_write_tokens);
    let cached = read.unwrap_or_default().saturating_add(written.unwrap_or_default());
    UsagePatch {
        input: usage.prompt_tokens.map(|total| total.saturating_sub(cached)),
        output: usage.completion_tokens,
        cache_read: read,
        cache_write: written,
        cache_write_long: None,
        reasoning: usage.completion_tokens_details.as_ref().and_then(|details| details.reasoning_tokens),
        last: true,
    }
}
