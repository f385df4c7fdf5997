//! What the model is shown of a conversation. Pure.
//!
//! An answer goes back as it was said: for each step one message of the model's (what is sealed, texts, calls, in the order
//! said), then one with that step's results.

use std::collections::HashMap;

use vertice_domain::{
    Author, FinishReason, Message, MessageId, MessageStatus, Outcome, Part, PartKind, SealedPart, ToolCall,
    ToolResult,
};
use vertice_ports::{
    files::FileTexts,
    prompt::{self, Block, PromptMessage, Replay},
};

/// What goes back to providers, by message.
pub(crate) type Seals = HashMap<MessageId, Vec<SealedPart>>;

/// What the model is asked after an answer that broke off. New models refuse to go on from a prefilled answer.
const CONTINUE: &str = "Your last answer broke off. Continue it exactly where it stopped: begin with the very next \
                        character, repeat nothing of it, and do not comment on the interruption.";

/// The messages of a path as the model reads them. Failed, refused and empty answers are left out; answers that were
/// interrupted or cancelled keep what there is.
/// `texts`: those of the files in them.
pub(crate) fn history(path: &[Message], seals: &Seals, texts: &FileTexts) -> Vec<PromptMessage> {
    let shown = |message: &Message| match message.role {
        Author::User => vec![question(&message.parts, texts)],
        Author::Assistant => {
            answer(&message.parts, seals.get(&message.id).map(Vec::as_slice).unwrap_or_default())
        }
    };
    path.iter()
        .filter(|message| !is_left_out(message) && says_something(message))
        .flat_map(shown)
        .filter(|message| !message.blocks.is_empty())
        .collect()
}

/// Failed answers, and refused ones: providers ask to drop those before the conversation goes on (Anthropic, handling stop
/// reasons, 2026-11), since they make the next refusal likely. What was done with tools is never forgotten.
fn is_left_out(message: &Message) -> bool {
    let acted = message.parts.iter().any(|part| matches!(part.kind, PartKind::ToolResult(_)));
    let failed = message.status == MessageStatus::Error
        || (message.role == Author::Assistant && message.finish_reason == Some(FinishReason::Refusal));
    failed && !acted
}

/// What was only thought is nothing that was said.
fn says_something(message: &Message) -> bool {
    message.parts.iter().any(|part| match &part.kind {
        PartKind::Text { text } => !text.trim().is_empty(),
        PartKind::Image { .. } | PartKind::File(_) | PartKind::ToolCall(_) | PartKind::Quote(_) => true,
        _ => false,
    })
}

/// What a user says, in the order said.
pub(crate) fn question(parts: &[Part], texts: &FileTexts) -> PromptMessage {
    let block = |part: &Part| match &part.kind {
        PartKind::Text { text } if !text.trim().is_empty() => Some(Block::Text(text.clone())),
        PartKind::Image { source } => Some(Block::Image(source.clone().into())),
        PartKind::File(file) => Some(Block::Text(file.told(texts.get(&file.text).map(String::as_str)))),
        PartKind::Quote(quote) => Some(Block::Text(quote.told())),
        _ => None,
    };
    PromptMessage { author: Author::User, blocks: parts.iter().filter_map(block).collect() }
}

/// What a model is shown of an answer, as far as it has come: two messages a step, its own and the one with its calls' results.
pub fn answer(parts: &[Part], sealed: &[SealedPart]) -> Vec<PromptMessage> {
    let mut steps: Vec<u32> =
        parts.iter().map(|part| part.step).chain(sealed.iter().map(|part| part.step)).collect();
    steps.sort_unstable();
    steps.dedup();
    let mut messages = Vec::with_capacity(steps.len() * 2);
    for step in steps {
        let mut rounds = rounds(step, parts, sealed);
        // A call that went on with the text of the one before: what it sealed has no place of its own.
        rounds.retain(|said| !said.iter().all(|block| matches!(block, Block::Replay(_))));
        let last = rounds.len().saturating_sub(1);
        for (number, said) in rounds.into_iter().enumerate() {
            let mut results = results(&said, parts);
            if number == last {
                results.extend(steering(step, parts).map(|text| Block::Text(text.to_owned())));
            }
            messages.push(PromptMessage { author: Author::Assistant, blocks: said });
            messages.push(PromptMessage { author: Author::User, blocks: results });
        }
    }
    messages.retain(|message| !message.blocks.is_empty());
    messages
}

/// What was said in a step, up to each place where it went on after results: of a model that calls no tools, what it wrote in tags was
/// done meanwhile.
fn rounds(step: u32, parts: &[Part], sealed: &[SealedPart]) -> Vec<Vec<Block>> {
    let is_result = |part: &&Part| part.step == step && matches!(part.kind, PartKind::ToolResult(_));
    let results: Vec<u32> = parts.iter().filter(is_result).map(|part| part.position).collect();
    let mut rounds: Vec<(usize, Vec<Block>)> = Vec::new();
    for (position, block) in said(step, parts, sealed) {
        let before = results.partition_point(|result| *result < position);
        match rounds.last_mut() {
            Some((known, blocks)) if *known == before => blocks.push(block),
            _ => rounds.push((before, vec![block])),
        }
    }
    rounds.into_iter().map(|(_, blocks)| blocks).collect()
}

fn said(step: u32, parts: &[Part], sealed: &[SealedPart]) -> Vec<(u32, Block)> {
    let visible = parts.iter().filter(|part| part.step == step).filter_map(|part| {
        let block = match &part.kind {
            PartKind::Text { text } if !text.trim().is_empty() => Block::Text(text.clone()),
            PartKind::ToolCall(call) => Block::ToolCall(as_said(call)),
            _ => return None,
        };
        Some((part.position, block))
    });
    let hidden = sealed.iter().filter(|part| part.step == step).map(|part| {
        let sealed = part.sealed.clone();
        let replay = Replay { provider: sealed.provider, model: sealed.model, data: sealed.data };
        (part.position, Block::Replay(replay))
    });
    let mut blocks: Vec<_> = visible.chain(hidden).collect();
    blocks.sort_by_key(|(position, _)| *position);
    blocks
}

fn as_said(call: &ToolCall) -> prompt::ToolCall {
    prompt::ToolCall {
        id: call.id.clone(),
        name: call.model_name().to_owned(),
        arguments: call.arguments.clone(),
    }
}

/// The results of these calls; providers refuse a call without one.
fn results(said: &[Block], parts: &[Part]) -> Vec<Block> {
    let is_said = |call: &&ToolCall| {
        said.iter().any(|block| matches!(block, Block::ToolCall(said) if said.id == call.id))
    };
    let calls = parts.iter().filter_map(|part| match &part.kind {
        PartKind::ToolCall(call) => Some(call),
        _ => None,
    });
    calls.filter(is_said).map(|call| Block::ToolResult(result_of(call, parts))).collect()
}

/// What the person said during the step.
pub(crate) fn steering(step: u32, parts: &[Part]) -> impl Iterator<Item = &str> {
    parts.iter().filter(move |part| part.step == step).filter_map(|part| match &part.kind {
        PartKind::Steering { text } => Some(text.as_str()),
        _ => None,
    })
}

fn result_of(call: &ToolCall, parts: &[Part]) -> prompt::ToolResult {
    let result = parts.iter().find_map(|part| match &part.kind {
        PartKind::ToolResult(result) if result.call == call.id => Some(result),
        _ => None,
    });
    let missing = ToolResult {
        call: call.id.clone(),
        outcome: Outcome::Interrupted,
        content: "This call was interrupted. Whether it had an effect is not known.".to_owned(),
        images: Vec::new(),
        duration_ms: 0,
        trouble: None,
        artifact: None,
    };
    let result = result.unwrap_or(&missing);
    let edited = call.edited.as_deref().map(|edited| {
        format!("The person changed the arguments of this call; it was made with {edited}.\n\n")
    });
    prompt::ToolResult {
        call_id: result.call.clone(),
        text: edited.unwrap_or_default() + &result.content,
        images: result.images.iter().cloned().map(Into::into).collect(),
        is_error: result.outcome.is_error(),
    }
}

/// The same, with an unfinished answer that is to be gone on with: where text broke off, the model is asked for the rest of
/// it; after the results of tools it simply speaks next.
pub(crate) fn continuing(
    path: &[Message],
    seals: &Seals,
    texts: &FileTexts,
    old: &Message,
) -> Vec<PromptMessage> {
    let mut messages = history(path, seals, texts);
    if !says_something(old) {
        return messages;
    }
    let sealed = seals.get(&old.id).map(Vec::as_slice).unwrap_or_default();
    let said = answer(&old.parts, sealed);
    let broke_off = said.last().is_some_and(|last| last.author == Author::Assistant);
    messages.extend(said);
    if broke_off {
        messages.push(PromptMessage::text(Author::User, CONTINUE));
    }
    messages
}

#[cfg(test)]
mod tests;
