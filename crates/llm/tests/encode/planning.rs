//! Where the marks stand, by what is expected.

use vertice_domain::Author;
use vertice_llm::{
    cache_plan::{self, CachePlan, Costs, Expectation, Mark, Odds, Settings, Ttl},
    catalog::Model,
};
use vertice_ports::{Prompt, prompt::PromptMessage};

use crate::{
    prompts,
    wire::{self, Wire},
};

const USUAL: Settings = Settings { min_tokens: None, ttl: Ttl::Short };

/// Twice the smallest prefix of most models, at four characters a token.
fn long_text() -> String {
    "word ".repeat(1_600)
}

fn prompt(system: &str, exchanges: usize) -> Prompt {
    let mut messages = vec![PromptMessage::text(Author::User, "A question.")];
    for _ in 0..exchanges {
        messages.push(PromptMessage::text(Author::Assistant, "An answer."));
        messages.push(PromptMessage::text(Author::User, "Another question."));
    }
    Prompt::new(Some(system.to_owned()), messages, prompts::sampling())
}

fn model() -> std::sync::Arc<Model> {
    wire::model("claude-sonnet-4-6")
}

fn marks(prompt: &Prompt, settings: Settings, expected: &Expectation) -> Vec<(Mark, Ttl)> {
    cache_plan::plan(prompt, &model(), settings, expected, None).marks
}

const LIKELY: Odds = Odds::new(9.0, 0.2, 1.0);
const UNLIKELY: Odds = Odds::new(0.3, 0.1, 1.6);
const NEVER: Odds = Odds::new(0.0, 0.0, 1.0);

fn expected(next: Odds, frozen: Odds) -> Expectation {
    Expectation { next, frozen, readable: 0, long: None, costs: Costs::default() }
}

fn one_off() -> Expectation {
    expected(UNLIKELY, LIKELY)
}

fn going_on() -> Expectation {
    expected(LIKELY, LIKELY)
}

const fn end_of(message: usize) -> Mark {
    Mark::Block { message, block: 0 }
}

#[test]
fn a_one_off_call_writes_only_its_instructions() {
    let marks = marks(&prompt(&long_text(), 0), USUAL, &one_off());
    assert_eq!(marks, [(Mark::System, Ttl::Short)]);
    let mut no_system = prompt("", 0);
    no_system.messages = vec![PromptMessage::text(Author::User, long_text())];
    assert!(self::marks(&no_system, USUAL, &one_off()).is_empty(), "nobody sends the question again");
}

#[test]
fn what_goes_on_is_written_to_its_end() {
    let expected = [(Mark::System, Ttl::Short), (end_of(2), Ttl::Short), (end_of(4), Ttl::Short)];
    assert_eq!(marks(&prompt(&long_text(), 2), USUAL, &going_on()), expected);
}

#[test]
fn without_instructions_the_tools_are_marked() {
    let mut prompt = prompt("", 1);
    prompt.tools = vec![prompts::tool("weather")];
    prompt.tools[0].description = long_text();
    let marks = marks(&prompt, USUAL, &one_off());
    assert_eq!(marks[0], (Mark::Tools, Ttl::Short));
    let plan = CachePlan { marks, key: None };
    let body = Wire::Anthropic.body(&prompt, &model(), &plan);
    assert_eq!(body["tools"][0]["cache_control"]["type"], "ephemeral");
}

#[test]
fn nothing_is_marked_below_the_minimum_unless_the_settings_say_so() {
    let short = prompt("Be brief.", 2);
    assert!(marks(&short, USUAL, &going_on()).is_empty());
    let lower = Settings { min_tokens: Some(1), ..USUAL };
    assert_eq!(marks(&short, lower, &going_on()).len(), 3);
    let higher = Settings { min_tokens: Some(1_000_000), ..USUAL };
    assert!(marks(&prompt(&long_text(), 2), higher, &going_on()).is_empty());
    // Only the prefixes that are long enough.
    let mut growing = prompt("Be brief.", 2);
    growing.messages[3] = PromptMessage::text(Author::Assistant, long_text());
    assert_eq!(marks(&growing, USUAL, &going_on()), [(end_of(4), Ttl::Short)]);
}

#[test]
fn caching_that_is_off_plans_nothing() {
    let mut off = prompt(&long_text(), 2);
    off.sampling.caching = false;
    let plan = cache_plan::plan(&off, &model(), USUAL, &going_on(), Some("k".into()));
    assert_eq!(plan, CachePlan::default());
    let by_itself = wire::model("gpt-6.2-sol");
    let plan = cache_plan::plan(&prompt(&long_text(), 2), &by_itself, USUAL, &going_on(), Some("k".into()));
    assert_eq!(plan, CachePlan { marks: Vec::new(), key: Some("k".into()) });
}

#[test]
fn an_hour_by_the_settings_is_for_all() {
    let settings = Settings { ttl: Ttl::Long, ..USUAL };
    let marks = marks(&prompt(&long_text(), 2), settings, &going_on());
    assert!(marks.len() == 3 && marks.iter().all(|(_, ttl)| *ttl == Ttl::Long), "{marks:?}");
}

#[test]
fn what_was_written_for_an_hour_keeps_its_mark() {
    let kept =
        [(Mark::System, Ttl::Long), (end_of(2), Ttl::Long), (end_of(6), Ttl::Short), (end_of(8), Ttl::Short)];
    let expected = Expectation { long: Some(end_of(2)), readable: 2_020, ..going_on() };
    assert_eq!(marks(&prompt(&long_text(), 4), USUAL, &expected), kept);
}

#[test]
fn a_pause_that_may_come_is_met_with_the_smallest_piece() {
    let mut growing = prompt(&long_text(), 3);
    growing.messages[6] = PromptMessage::text(Author::User, "A long document. ".repeat(4_000));
    let expected = Expectation { next: Odds::new(8.0, 2.0, 1.0), readable: 2_020, ..going_on() };
    let kept =
        [(Mark::System, Ttl::Long), (end_of(4), Ttl::Long), (end_of(5), Ttl::Long), (end_of(6), Ttl::Short)];
    assert_eq!(marks(&growing, USUAL, &expected), kept);
}

#[test]
fn where_nothing_is_read_again_nothing_is_written() {
    assert!(marks(&prompt(&long_text(), 4), USUAL, &expected(NEVER, NEVER)).is_empty());
    let alive = Expectation { readable: 2_020, ..expected(NEVER, NEVER) };
    let read = marks(&prompt(&long_text(), 4), USUAL, &alive);
    assert!(!read.is_empty() && !read.contains(&(end_of(8), Ttl::Short)), "what is there is read: {read:?}");
}
