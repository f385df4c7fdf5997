//! The decision itself.

use vertice_domain::Author;
use vertice_ports::Prompt;

use super::{CachePlan, Mark, Ttl};
use crate::{
    catalog::Model,
    estimate,
    turns::{self, Part, PartKind, Turn},
};

/// The most marks of one request (Anthropic, prompt caching, 2026-11).
const MAX_MARKS: usize = 4;

/// What the server's settings say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The shortest prefix that is marked, in tokens; none: each model's own minimum.
    pub min_tokens: Option<u64>,
    /// How long prefixes are kept at least.
    pub ttl: Ttl,
}

/// What is to be expected after this call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Expectation {
    /// Nothing is known of the caller: only what a call like this one sends again is worth writing.
    #[default]
    OneOff,
    /// The next request goes on from this one.
    Conversation {
        /// The last request was longer ago than [`Ttl::Short`], but not longer than [`Ttl::Long`], or this user often
        /// pauses so long: such a pause may come again, and what is written now is written for an hour.
        paused: bool,
        /// What was written for an hour before, if it still stands where it stood.
        long: Option<Mark>,
        /// Pauses longer than an hour came twice in a row: nothing written was ever read.
        abandoned: bool,
    },
}

/// The plan for a call of `model`. `key` names what calls with the same prefix have in common.
pub fn plan(
    prompt: &Prompt,
    model: &Model,
    settings: Settings,
    expected: &Expectation,
    key: Option<String>,
) -> CachePlan {
    let marks = match model.cache_min_tokens {
        Some(minimum) if prompt.sampling.caching => marks(prompt, model, settings, minimum, expected),
        _ => Vec::new(),
    };
    CachePlan { marks, key: key.filter(|_| prompt.sampling.caching) }
}

fn marks(
    prompt: &Prompt,
    model: &Model,
    settings: Settings,
    minimum: u64,
    expected: &Expectation,
) -> Vec<(Mark, Ttl)> {
    // The count is our estimate. A mark on a prefix that turns out too short does no harm; a missing one does.
    let minimum = settings.min_tokens.unwrap_or(minimum / 4 * 3);
    let ends = ends(prompt, model);
    let mut chosen = match expected {
        Expectation::Conversation { abandoned: true, .. } => Vec::new(),
        Expectation::Conversation { paused: true, .. } => {
            in_conversation(&ends).into_iter().map(|mark| (mark, Ttl::Long)).collect()
        }
        Expectation::Conversation { long, .. } => after_long(in_conversation(&ends), *long),
        Expectation::OneOff => one_off(&ends).into_iter().map(|mark| (mark, Ttl::Short)).collect(),
    };
    if settings.ttl == Ttl::Long {
        chosen.iter_mut().for_each(|(_, ttl)| *ttl = Ttl::Long);
    }
    chosen.retain(|(mark, _)| ends.iter().any(|end| end.mark == *mark && end.tokens >= minimum));
    chosen.truncate(MAX_MARKS);
    chosen
}

/// A place where a mark may stand, and the tokens up to it.
struct End {
    mark: Mark,
    tokens: u64,
    /// The end of a turn of the user's: where a request ended, or ends.
    is_request: bool,
}

fn ends(prompt: &Prompt, model: &Model) -> Vec<End> {
    let mut ends = Vec::new();
    let mut tokens: u64 = turns::tools(prompt).into_iter().map(estimate::tokens_of_tool).sum();
    match prompt.system.as_deref().filter(|text| !text.trim().is_empty()) {
        Some(system) => {
            tokens += estimate::tokens_of(system);
            ends.push(End { mark: Mark::System, tokens, is_request: false });
        }
        None if !prompt.tools.is_empty() => ends.push(End { mark: Mark::Tools, tokens, is_request: false }),
        None => {}
    }
    for turn in turns::turns(prompt, model) {
        tokens += turn.parts.iter().map(|part| tokens_of(&part.kind)).sum::<u64>();
        if let Some(mark) = last_markable(&turn) {
            ends.push(End { mark, tokens, is_request: turn.author == Author::User });
        }
    }
    ends
}

fn tokens_of(kind: &PartKind<'_>) -> u64 {
    match kind {
        PartKind::Text(text) | PartKind::Replay(text) => estimate::tokens_of(text),
        PartKind::Image(_) => estimate::TOKENS_PER_IMAGE,
        PartKind::Call { name, arguments, .. } => estimate::tokens_of(name) + estimate::tokens_of(arguments),
        PartKind::Result { text, images, .. } => {
            estimate::tokens_of(text) + estimate::TOKENS_PER_IMAGE * images.len() as u64
        }
    }
}

/// The last part that takes a mark: thinking never does, and what was made up here has no place in the prompt.
fn last_markable(turn: &Turn<'_>) -> Option<Mark> {
    let takes_one = |part: &&Part<'_>| part.mark.is_some() && !matches!(part.kind, PartKind::Replay(_));
    turn.parts.iter().rev().find(takes_one)?.mark
}

fn in_conversation(ends: &[End]) -> Vec<Mark> {
    let frozen = ends.iter().find(|end| !end.is_request && matches!(end.mark, Mark::System | Mark::Tools));
    let mut requests: Vec<Mark> =
        ends.iter().rev().filter(|end| end.is_request).take(2).map(|end| end.mark).collect();
    requests.reverse();
    frozen.map(|end| end.mark).into_iter().chain(requests).collect()
}

/// Instructions of that length are an application's, which sends them with each call. The messages are written only where
/// a conversation is under way: the caller sends all of it again with the next message.
fn one_off(ends: &[End]) -> Vec<Mark> {
    let under_way = ends.iter().filter(|end| end.is_request).count() > 1;
    let mut marks = in_conversation(ends);
    marks.retain(|mark| under_way || matches!(mark, Mark::System | Mark::Tools));
    marks
}

/// What was written for an hour keeps its mark, and everything before it lives as long.
fn after_long(marks: Vec<Mark>, long: Option<Mark>) -> Vec<(Mark, Ttl)> {
    let mut marks: Vec<Mark> = marks.into_iter().chain(long).collect();
    marks.sort_unstable();
    marks.dedup();
    let ttl = |mark: &Mark| if long.is_some_and(|long| *mark <= long) { Ttl::Long } else { Ttl::Short };
    marks.into_iter().map(|mark| (mark, ttl(&mark))).collect()
}
