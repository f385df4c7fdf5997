//! Where the marks stand, by what is expected.

use vertice_domain::Author;
use vertice_llm::{
    cache_plan::{self, CachePlan, Expectation, Mark, Settings, Ttl},
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

const fn going_on(paused: bool, long: Option<Mark>) -> Expectation {
    Expectation::Conversation { paused, long, abandoned: false }
}

const fn end_of(message: usize) -> Mark {
    Mark::Block { message, block: 0 }
}

#[test]
fn a_one_off_call_writes_only_its_instructions() {
    let marks = marks(&prompt(&long_text(), 0), USUAL, &Expectation::OneOff);
    assert_eq!(marks, [(Mark::System, Ttl::Short)]);
    let mut no_system = prompt("", 0);
    no_system.messages = vec![PromptMessage::text(Author::User, long_text())];
    assert!(
        self::marks(&no_system, USUAL, &Expectation::OneOff).is_empty(),
        "nobody sends the question again"
    );
}

#[test]
fn a_stateless_call_with_a_history_writes_it_too() {
    let expected = [(Mark::System, Ttl::Short), (end_of(2), Ttl::Short), (end_of(4), Ttl::Short)];
    assert_eq!(marks(&prompt(&long_text(), 2), USUAL, &Expectation::OneOff), expected);
}

#[test]
fn without_instructions_the_tools_are_marked() {
    let mut prompt = prompt("", 1);
    prompt.tools = vec![prompts::tool("weather")];
    prompt.tools[0].description = long_text();
    let marks = marks(&prompt, USUAL, &Expectation::OneOff);
    assert_eq!(marks[0], (Mark::Tools, Ttl::Short));
    let plan = CachePlan { marks, key: None };
    let body = Wire::Anthropic.body(&prompt, &model(), &plan);
    assert_eq!(body["tools"][0]["cache_control"]["type"], "ephemeral");
}

#[test]
fn nothing_is_marked_below_the_minimum_unless_the_settings_say_so() {
    let short = prompt("Be brief.", 2);
    assert!(marks(&short, USUAL, &going_on(false, None)).is_empty());
    let lower = Settings { min_tokens: Some(1), ..USUAL };
    assert_eq!(marks(&short, lower, &going_on(false, None)).len(), 3);
    let higher = Settings { min_tokens: Some(1_000_000), ..USUAL };
    assert!(marks(&prompt(&long_text(), 2), higher, &going_on(false, None)).is_empty());
    // Only the prefixes that are long enough.
    let mut growing = prompt("Be brief.", 2);
    growing.messages[3] = PromptMessage::text(Author::Assistant, long_text());
    assert_eq!(marks(&growing, USUAL, &going_on(false, None)), [(end_of(4), Ttl::Short)]);
}

#[test]
fn caching_that_is_off_plans_nothing() {
    let mut off = prompt(&long_text(), 2);
    off.sampling.caching = false;
    let plan = cache_plan::plan(&off, &model(), USUAL, &going_on(true, None), Some("k".into()));
    assert_eq!(plan, CachePlan::default());
    let by_itself = wire::model("gpt-6.2-sol");
    let plan = cache_plan::plan(
        &prompt(&long_text(), 2),
        &by_itself,
        USUAL,
        &going_on(true, None),
        Some("k".into()),
    );
    assert_eq!(plan, CachePlan { marks: Vec::new(), key: Some("k".into()) });
}

#[test]
fn an_hour_by_the_settings_is_for_all() {
    let settings = Settings { ttl: Ttl::Long, ..USUAL };
    for expected in [Expectation::OneOff, going_on(false, None)] {
        let marks = marks(&prompt(&long_text(), 2), settings, &expected);
        assert!(marks.len() == 3 && marks.iter().all(|(_, ttl)| *ttl == Ttl::Long), "{marks:?}");
    }
}

#[test]
fn what_was_written_for_an_hour_keeps_its_mark() {
    let expected =
        [(Mark::System, Ttl::Long), (end_of(2), Ttl::Long), (end_of(6), Ttl::Short), (end_of(8), Ttl::Short)];
    assert_eq!(marks(&prompt(&long_text(), 4), USUAL, &going_on(false, Some(end_of(2)))), expected);
}

#[test]
fn where_nothing_was_ever_read_nothing_is_written() {
    let abandoned = Expectation::Conversation { paused: true, long: None, abandoned: true };
    assert!(marks(&prompt(&long_text(), 4), USUAL, &abandoned).is_empty());
}
