//! The decision itself.

use vertice_domain::Author;
use vertice_ports::Prompt;

use super::{
    CachePlan, Costs, Mark, Odds, Ttl,
    odds::{Tokens, Writing, best},
};
use crate::{
    catalog::Model,
    estimate,
    messages::{self, ContentBlock, ContentKind, ProviderMessage},
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

/// What is known of the cache, and what may follow this call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// When the next request goes on from this one.
    pub next: Odds,
    /// When the same tools and instructions are sent again, whatever comes after them.
    pub frozen: Odds,
    /// Tokens from the beginning of the prompt that can be read now.
    pub readable: u64,
    /// The end of what was written for an hour, if it can still be read.
    pub long: Option<Mark>,
    /// What the model costs.
    pub costs: Costs,
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
    let mut chosen = chosen(&ends, expected);
    if settings.ttl == Ttl::Long {
        chosen.iter_mut().for_each(|(_, ttl)| *ttl = Ttl::Long);
    }
    chosen.retain(|(mark, _)| ends.iter().any(|end| end.mark == *mark && end.tokens >= minimum));
    chosen.truncate(MAX_MARKS);
    chosen
}

/// The marks of all that is worth writing or can be read, in the order of the prompt.
fn chosen(ends: &[End], expected: &Expectation) -> Vec<(Mark, Ttl)> {
    let Expectation { next, frozen, readable, long, costs } = *expected;
    let upto = |mark: Mark| ends.iter().find(|end| end.mark == mark).map_or(0, |end| end.tokens);
    let instructions = ends.iter().find(|end| matches!(end.mark, Mark::System | Mark::Tools));
    let mut requests = ends.iter().rev().filter(|end| end.is_request);
    let (this, before) = (requests.next(), requests.next());
    let upto_this = this.map_or(0, |end| end.tokens);
    let first = ends.iter().find(|end| end.tokens > readable && end.tokens < upto_this);

    let read_long = long.map_or(0, upto).min(readable);
    let beyond = |tokens: u64| tokens.saturating_sub(readable);
    let tokens = Tokens {
        read: readable,
        read_long,
        added: beyond(upto_this),
        // Without anything before it there is nothing to keep.
        first: first.filter(|_| readable > 0).map_or(0, |end| beyond(end.tokens)),
    };
    let writing = best(next, costs, tokens);
    let added = instructions.map_or(0, |end| end.tokens);
    let shared = best(frozen, costs, Tokens { added, ..Tokens::default() });

    // What is not worth writing gets no mark; what can be read gets one in any case.
    let is_written = writing != Writing::None;
    let can_be_read = |end: &&End| end.tokens <= readable;
    let keeper = first.filter(|_| writing == Writing::Keep).map(|end| end.mark);
    let marks = [
        instructions
            .filter(|end| is_written || shared != Writing::None || can_be_read(end))
            .map(|end| end.mark),
        // Of these two, the place of the one that reads less is taken by what keeps all of it.
        long.filter(|_| keeper.is_none() || read_long == readable),
        before.filter(|end| (is_written && keeper.is_none()) || can_be_read(end)).map(|end| end.mark),
        keeper,
        this.filter(|_| is_written).map(|end| end.mark),
    ];
    let mut marks: Vec<Mark> = marks.into_iter().flatten().collect();
    marks.sort_unstable();
    marks.dedup();
    // What stands before something that lives for an hour must, too.
    let end_of_long = match (writing, shared) {
        (Writing::Long, _) => this.map(|end| end.mark),
        (Writing::Keep, _) => keeper,
        (_, Writing::Long) => long.max(instructions.map(|end| end.mark)),
        _ => long,
    };
    let ttl = |mark: &Mark| if end_of_long.is_some_and(|end| *mark <= end) { Ttl::Long } else { Ttl::Short };
    marks.into_iter().map(|mark| (mark, ttl(&mark))).collect()
}

/// A place where a mark may stand, and the tokens up to it.
struct End {
    mark: Mark,
    tokens: u64,
    /// The end of a message of the user's: where a request ended, or ends.
    is_request: bool,
}

fn ends(prompt: &Prompt, model: &Model) -> Vec<End> {
    let mut ends = Vec::new();
    let mut tokens: u64 = messages::tools(prompt).into_iter().map(estimate::tokens_of_tool).sum();
    match prompt.system.as_deref().filter(|text| !text.trim().is_empty()) {
        Some(system) => {
            tokens += estimate::tokens_of(system);
            ends.push(End { mark: Mark::System, tokens, is_request: false });
        }
        None if !prompt.tools.is_empty() => ends.push(End { mark: Mark::Tools, tokens, is_request: false }),
        None => {}
    }
    for message in messages::messages(prompt, model) {
        tokens += message.blocks.iter().map(|part| tokens_of(&part.kind)).sum::<u64>();
        if let Some(mark) = last_markable(&message) {
            ends.push(End { mark, tokens, is_request: message.author == Author::User });
        }
    }
    ends
}

fn tokens_of(kind: &ContentKind<'_>) -> u64 {
    match kind {
        ContentKind::Text(text) | ContentKind::Replay(text) => estimate::tokens_of(text),
        ContentKind::Image(_) => estimate::TOKENS_PER_IMAGE,
        ContentKind::Call { name, arguments, .. } => {
            estimate::tokens_of(name) + estimate::tokens_of(arguments)
        }
        ContentKind::Result { text, images, .. } => {
            estimate::tokens_of(text) + estimate::TOKENS_PER_IMAGE * images.len() as u64
        }
    }
}

/// The last part that takes a mark: thinking never does, and what was made up here has no place in the prompt.
fn last_markable(message: &ProviderMessage<'_>) -> Option<Mark> {
    let takes_one =
        |part: &&ContentBlock<'_>| part.mark.is_some() && !matches!(part.kind, ContentKind::Replay(_));
    message.blocks.iter().rev().find(takes_one)?.mark
}
