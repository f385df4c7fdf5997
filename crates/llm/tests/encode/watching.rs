//! What the watch makes of pauses, and how it explains a miss.

use std::{ops::Not as _, sync::Arc};

use vertice_domain::{Author, ConversationId, Timestamp, TokenCounts, UserId};
use vertice_llm::{
    cache_plan::{self, CachePlan, Mark, Settings, Ttl},
    cache_watch::CacheWatch,
    catalog::Model,
};
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptMessage, ToolResult, ToolUse},
};

use crate::{prompts, wire};

const MINUTE: i64 = 60;

struct Chat {
    watch: CacheWatch,
    prompt: Prompt,
    model: Arc<Model>,
    now_s: i64,
    stateless: bool,
}

impl Chat {
    /// A conversation whose instructions are long enough for every model.
    fn new() -> Self {
        let messages = vec![PromptMessage::text(Author::User, "A question.")];
        let prompt = Prompt::new(Some("word ".repeat(8_000)), messages, prompts::sampling());
        let model = wire::model("claude-sonnet-4-6");
        Self { watch: CacheWatch::default(), prompt, model, now_s: 1_795_651_200, stateless: false }
    }

    /// One whose first request was sent.
    fn begun() -> Self {
        let mut chat = Self::new();
        chat.send(0, good(0));
        chat
    }

    fn go_on(&mut self) {
        self.prompt.messages.push(PromptMessage::text(Author::Assistant, "An answer."));
        self.prompt.messages.push(PromptMessage::text(Author::User, "Another question."));
    }

    fn send(&mut self, after_s: i64, tokens: TokenCounts) -> (CachePlan, Option<String>) {
        self.now_s += after_s;
        let id = uuid::Uuid::from_u128;
        let key = (UserId::new(id(1)), self.stateless.not().then(|| ConversationId::new(id(2))));
        let now = Timestamp::from_millis(self.now_s * 1_000);
        let watched = self.watch.look(key, &self.prompt, &self.model, true, now);
        let settings = Settings { min_tokens: None, ttl: Ttl::Short };
        let plan = cache_plan::plan(&self.prompt, &self.model, settings, watched.expectation(), None);
        self.watch.note(&watched, &plan, now);
        (plan, watched.explain(tokens))
    }

    fn next(&mut self, after_s: i64, tokens: TokenCounts) -> (CachePlan, Option<String>) {
        self.go_on();
        self.send(after_s, tokens)
    }
}

/// A bill of about the conversation's size, of which so much came from the cache.
fn good(cache_read: u64) -> TokenCounts {
    TokenCounts { input: 10_100 - cache_read, cache_read, ..TokenCounts::default() }
}

fn miss() -> TokenCounts {
    good(0)
}

fn ttls(plan: &CachePlan) -> Vec<Ttl> {
    plan.marks.iter().map(|(_, ttl)| *ttl).collect()
}

fn explained(why: Option<String>, says: &str) {
    let why = why.unwrap_or_else(|| panic!("no word of {says:?}"));
    assert!(why.contains(says), "{why}");
}

#[test]
fn after_a_pause_the_hour_is_bought_with_the_next_answer() {
    let mut chat = Chat::begun();
    let (plan, _) = chat.next(30 * MINUTE, miss());
    assert_eq!(
        ttls(&plan),
        [Ttl::Long, Ttl::Short, Ttl::Short],
        "the instructions, whoever sends them again"
    );
    let (plan, _) = chat.next(MINUTE, good(10_000));
    assert_eq!(ttls(&plan), [Ttl::Long, Ttl::Long, Ttl::Long, Ttl::Short]);
    assert_eq!(plan.last_long(), Some(Mark::Block { message: 3, block: 0 }), "the answer, not the question");
    let (after_pause, why) = chat.next(30 * MINUTE, good(10_000));
    assert!(after_pause.marks.contains(&(Mark::Block { message: 3, block: 0 }, Ttl::Long)));
    assert_eq!(why, None, "it was read");
}

#[test]
fn who_pauses_each_time_writes_all_for_an_hour() {
    let mut chat = Chat::begun();
    (0..6).for_each(|_| drop(chat.next(20 * MINUTE, good(10_000))));
    let (plan, _) = chat.next(20 * MINUTE, good(10_000));
    assert!(ttls(&plan).iter().all(|ttl| *ttl == Ttl::Long), "{plan:?}");
}

#[test]
fn hours_apart_nothing_is_written_until_it_is_quick_again() {
    let mut chat = Chat::begun();
    let first_without = (1..20).find(|_| chat.next(90 * MINUTE, miss()).0.marks.is_empty());
    assert!(first_without.is_some_and(|times| times <= 12), "{first_without:?}");
    let quick = (1..6).find(|_| !chat.next(MINUTE, miss()).0.marks.is_empty());
    assert!(quick.is_some_and(|times| times <= 2), "{quick:?}");
}

#[test]
fn the_steps_of_a_tool_loop_are_no_habit() {
    let mut chat = Chat::begun();
    (0..3).for_each(|_| drop(chat.next(20 * MINUTE, good(10_000))));
    for step in 0..200 {
        let id = format!("call_{step}");
        chat.prompt
            .messages
            .push(prompts::message(Author::Assistant, vec![prompts::call(&id, "weather", "{}")]));
        let result = ToolResult { call_id: id, text: "Rain.".into(), images: Vec::new(), is_error: false };
        chat.prompt.messages.push(prompts::message(Author::User, vec![Block::ToolResult(result)]));
        chat.send(1, good(10_000));
    }
    let (plan, _) = chat.next(20 * MINUTE, good(10_000));
    assert!(plan.last_long().is_some_and(|mark| mark > Mark::System), "the pauses are still known: {plan:?}");
}

#[test]
fn a_stateless_client_is_known_again() {
    let mut chat = Chat { stateless: true, ..Chat::new() };
    assert_eq!(chat.send(0, miss()).0.marks, [(Mark::System, Ttl::Short)], "only the instructions at first");
    let (second, why) = chat.next(MINUTE, good(10_000));
    assert_eq!(second.marks.len(), 3, "it goes on, so all of it is written");
    assert_eq!(why, None);
    let mut chat = Chat { stateless: true, ..Chat::begun() };
    chat.send(0, miss());
    explained(chat.next(10 * MINUTE, miss()).1, "5 minutes");
}

#[test]
fn instructions_that_never_come_again_in_time_are_not_written() {
    let mut chat = Chat { stateless: true, ..Chat::new() };
    let mut marks = Vec::new();
    for question in 0..4 {
        chat.prompt.messages = vec![PromptMessage::text(Author::User, format!("Question {question}."))];
        marks.push(chat.send(120 * MINUTE, miss()).0.marks.len());
    }
    assert_eq!(marks, [1, 0, 0, 0]);
}

#[test]
fn a_changed_model_forgets_what_was_written_for_an_hour() {
    let mut chat = Chat::begun();
    chat.next(20 * MINUTE, miss());
    chat.model = wire::model("claude-haiku-4-5");
    assert_eq!(chat.next(MINUTE, miss()).0.last_long(), None);
}

#[test]
fn after_an_edit_before_it_what_was_written_for_an_hour_is_none() {
    let mut chat = Chat::begun();
    chat.next(MINUTE, good(10_000));
    chat.next(20 * MINUTE, miss());
    let long = chat.next(MINUTE, good(10_000)).0.last_long().unwrap();
    assert!(long > Mark::Block { message: 2, block: 0 });
    chat.prompt.messages[2] = PromptMessage::text(Author::User, "Edited.");
    let (plan, _) = chat.send(MINUTE, good(8_000));
    assert!(!plan.marks.contains(&(long, Ttl::Long)), "{plan:?}");
}

#[test]
fn the_first_message_is_explained_also_with_a_picture() {
    explained(Chat::new().send(0, miss()).1, "first message");
    let mut chat = Chat::new();
    chat.prompt.messages[0].blocks.insert(0, Block::Image(prompts::picture()));
    explained(chat.send(0, miss()).1, "first message");
    assert_eq!(Chat::new().send(0, good(10_000)).1, None, "another conversation had written it");
}

#[test]
fn what_is_too_short_says_how_long_it_must_be() {
    let mut chat = Chat::new();
    chat.prompt.system = None;
    let few = TokenCounts { input: 20, ..TokenCounts::default() };
    explained(chat.send(0, few).1, "1024 tokens that Claude Sonnet 4.6");
    explained(chat.next(MINUTE, few).1, "1024 tokens that Claude Sonnet 4.6");
}

#[test]
fn what_changed_is_named() {
    let changed = |change: fn(&mut Chat), says: &str| {
        let mut chat = Chat::begun();
        chat.next(MINUTE, good(10_000));
        change(&mut chat);
        explained(chat.next(MINUTE, miss()).1, says);
    };
    changed(
        |chat| chat.model = wire::model("claude-haiku-4-5"),
        "from Claude Sonnet 4.6 to Claude Haiku 4.5",
    );
    changed(|chat| chat.prompt.tools.push(prompts::tool("weather")), "tools changed");
    changed(|chat| chat.prompt.system = Some("Others.".into()), "instructions changed");
    changed(|chat| chat.prompt.tool_use = ToolUse::None, "choice of tools");
    changed(|chat| chat.prompt.messages[2].blocks.insert(0, Block::Image(prompts::picture())), "picture");
    changed(|chat| chat.prompt.messages[0] = PromptMessage::text(Author::User, "Edited."), "earlier message");
}

#[test]
fn the_order_of_tools_is_no_change() {
    let mut chat = Chat::new();
    chat.prompt.tools = vec![prompts::tool("weather"), prompts::tool("forecast")];
    chat.send(0, miss());
    chat.prompt.tools.reverse();
    assert_eq!(chat.next(MINUTE, good(10_000)).1, None);
}

#[test]
fn time_is_named() {
    explained(Chat::begun().next(6 * MINUTE, miss()).1, "5 minutes");
    let mut chat = Chat::begun();
    chat.next(20 * MINUTE, miss());
    explained(chat.next(70 * MINUTE, miss()).1, "an hour");
}

#[test]
fn caching_that_is_off_says_so() {
    let mut chat = Chat::begun();
    chat.prompt.sampling.caching = false;
    explained(chat.next(MINUTE, miss()).1, "switched off");
}

#[test]
fn a_good_hit_and_an_answer_made_anew_need_no_words() {
    let mut chat = Chat::begun();
    assert_eq!(chat.next(MINUTE, good(10_000)).1, None);
    assert_eq!(chat.send(MINUTE, good(10_000)).1, None);
}

#[test]
fn models_without_marks_are_not_explained() {
    let mut chat = Chat::new();
    chat.model = wire::model("gpt-6.2-sol");
    assert_eq!(chat.send(0, miss()).1, None);
}
