//! What the watch makes of pauses, and how it explains a miss.

use std::sync::Arc;

use vertice_domain::{Author, ConversationId, Timestamp, TokenCounts, UserId};
use vertice_llm::{
    cache_plan::{self, CachePlan, Settings, Ttl},
    cache_watch::CacheWatch,
    catalog::Model,
};
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptMessage},
};

use crate::{prompts, wire};

const MINUTE: i64 = 60;

struct Chat {
    watch: CacheWatch,
    prompt: Prompt,
    model: Arc<Model>,
    now_s: i64,
}

impl Chat {
    /// A conversation whose instructions are long enough for every model.
    fn new() -> Self {
        let messages = vec![PromptMessage::text(Author::User, "A question.")];
        let prompt = Prompt::new(Some("word ".repeat(8_000)), messages, prompts::sampling());
        let model = wire::model("claude-sonnet-4-6");
        Self { watch: CacheWatch::default(), prompt, model, now_s: 1_795_651_200 }
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
        let key = Some((UserId::new(id(1)), ConversationId::new(id(2))));
        let now = Timestamp::from_millis(self.now_s * 1_000);
        let watched = self.watch.look(key, &self.prompt, &self.model, true, now);
        let settings = Settings { min_tokens: None, ttl: Ttl::Short };
        let plan = cache_plan::plan(&self.prompt, &self.model, settings, &watched.expectation(), None);
        self.watch.note(key, &watched, &plan, now);
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
fn after_a_pause_all_is_written_for_an_hour_and_kept() {
    let mut chat = Chat::begun();
    assert_eq!(ttls(&chat.next(MINUTE, good(10_000)).0), [Ttl::Short; 3]);
    let (after_pause, _) = chat.next(20 * MINUTE, miss());
    assert_eq!(ttls(&after_pause), [Ttl::Long; 3]);
    let kept = after_pause.last_long();
    assert!(kept.is_some());
    for expected in [&[Ttl::Long, Ttl::Long, Ttl::Short][..], &[Ttl::Long, Ttl::Long, Ttl::Short, Ttl::Short]]
    {
        let (plan, _) = chat.next(MINUTE, good(10_000));
        assert_eq!(ttls(&plan), expected);
        assert_eq!(plan.last_long(), kept);
    }
}

#[test]
fn a_pause_of_six_to_sixty_minutes_is_one() {
    for (minutes, expected) in [(4, Ttl::Short), (6, Ttl::Long), (60, Ttl::Long), (61, Ttl::Short)] {
        let (plan, _) = Chat::begun().next(minutes * MINUTE, miss());
        assert_eq!(ttls(&plan), [expected; 3], "{minutes} minutes");
    }
}

#[test]
fn twice_over_an_hour_nothing_is_written_until_it_is_quick_again() {
    let mut chat = Chat::begun();
    assert!(!chat.next(90 * MINUTE, miss()).0.marks.is_empty());
    assert!(chat.next(90 * MINUTE, miss()).0.marks.is_empty());
    assert!(!chat.next(MINUTE, miss()).0.marks.is_empty());
}

#[test]
fn a_changed_model_forgets_what_was_written_for_an_hour() {
    let mut chat = Chat::begun();
    chat.next(20 * MINUTE, miss());
    chat.model = wire::model("claude-haiku-4-5");
    assert_eq!(chat.next(MINUTE, miss()).0.last_long(), None);
}

#[test]
fn an_edit_before_what_was_written_for_an_hour_is_written_anew_for_minutes() {
    let mut chat = Chat::begun();
    chat.next(MINUTE, good(10_000));
    chat.next(20 * MINUTE, miss());
    chat.prompt.messages[2] = PromptMessage::text(Author::User, "Edited.");
    let (plan, _) = chat.send(MINUTE, good(8_000));
    assert_eq!(ttls(&plan), [Ttl::Short; 3]);
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
