//! The linter of the prompt cache: through the real planner, each request of a conversation begins, byte for byte, with the
//! one before, in every wire; and the marks stay where they were.

use std::sync::Arc;

use proptest::{collection::vec, prelude::*};
use serde_json::Value;
use vertice_domain::{Author, ConversationId, Timestamp, UserId};
use vertice_llm::{
    cache_plan::{self, CachePlan, Mark, Settings, Ttl},
    cache_watch::CacheWatch,
    catalog::Model,
};
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptMessage, ToolResult},
};

use crate::{
    prompts::{self, call, message, picture, replay, text},
    wire::{self, Wire},
};

/// What the model says and what it gets back for it.
#[derive(Debug, Clone)]
enum Step {
    Chat { answer: String, question: String },
    Tools { thinks: bool, calls: Vec<(String, String)>, images: bool, also: Option<String> },
    Picture { answer: String },
}

fn chat(answer: &str, question: &str) -> Step {
    Step::Chat { answer: answer.into(), question: question.into() }
}

fn tools(calls: usize) -> Step {
    let calls = (0..calls).map(|number| (format!("{{\"n\":{number}}}"), format!("result {number}")));
    Step::Tools { thinks: true, calls: calls.collect(), images: true, also: None }
}

fn messages(step: &Step, number: usize, model: &Model) -> [PromptMessage; 2] {
    let (said, given) = match step {
        Step::Chat { answer, question } => (vec![replay(model), text(answer)], vec![text(question)]),
        Step::Picture { answer } => {
            (vec![text(answer)], vec![Block::Image(picture()), text("And this one?")])
        }
        Step::Tools { thinks, calls, images, also } => {
            let id = |place: usize| format!("call_{number}_{place}");
            let made = calls
                .iter()
                .enumerate()
                .map(|(place, (arguments, _))| call(&id(place), "weather", arguments));
            // They come back in another order than they were made.
            let results = calls.iter().enumerate().rev().map(|(place, (_, said))| {
                let images = if *images { vec![picture()] } else { Vec::new() };
                let is_error = place % 2 == 1;
                Block::ToolResult(ToolResult { call_id: id(place), text: said.clone(), images, is_error })
            });
            let thought = thinks.then(|| replay(model));
            (thought.into_iter().chain(made).collect(), results.chain(also.as_deref().map(text)).collect())
        }
    };
    [message(Author::Assistant, said), message(Author::User, given)]
}

/// The requests of a conversation: the first question, then one after each step.
fn requests(steps: &[Step], model: &Model) -> Vec<Prompt> {
    let mut messages_so_far = vec![PromptMessage::text(Author::User, "The first question.")];
    let mut prompts = vec![prompt(&messages_so_far)];
    for (number, step) in steps.iter().enumerate() {
        messages_so_far.extend(messages(step, number, model));
        prompts.push(prompt(&messages_so_far));
    }
    prompts
}

fn prompt(messages: &[PromptMessage]) -> Prompt {
    let mut prompt = Prompt::new(Some("Be brief.".into()), messages.to_vec(), prompts::sampling());
    prompt.tools = vec![prompts::tool("weather"), prompts::tool("forecast")];
    prompt
}

/// Plans and encodes requests one after another, as the gateway does.
struct Conversation {
    wire: Wire,
    model: Arc<Model>,
    watch: CacheWatch,
    now_s: i64,
}

struct Sent {
    has_images: bool,
    plan: CachePlan,
    body: Value,
}

impl Conversation {
    fn new(wire: Wire, model: &Arc<Model>) -> Self {
        Self { wire, model: Arc::clone(model), watch: CacheWatch::default(), now_s: 1_795_651_200 }
    }

    fn send(&mut self, prompt: &Prompt, after_s: i64) -> Sent {
        self.now_s += after_s;
        let id = uuid::Uuid::from_u128;
        let key = (UserId::new(id(1)), Some(ConversationId::new(id(2))));
        let now = Timestamp::from_millis(self.now_s * 1_000);
        let watched = self.watch.look(key, prompt, &self.model, true, now);
        let settings = Settings { min_tokens: Some(0), ttl: Ttl::Short };
        let plan = cache_plan::plan(prompt, &self.model, settings, watched.expectation(), Some("k".into()));
        self.watch.note(&watched, &plan, now);
        Sent { has_images: prompt.has_images(), body: self.wire.body(prompt, &self.model, &plan), plan }
    }
}

/// Without the marks, which are no part of what is cached.
fn unmarked(mut value: Value) -> Value {
    match &mut value {
        Value::Object(object) => {
            object.remove("cache_control");
            object.values_mut().for_each(|inner| *inner = unmarked(inner.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| *inner = unmarked(inner.take())),
        _ => {}
    }
    value
}

fn history(body: &Value) -> Vec<String> {
    let messages = ["messages", "input", "contents"].iter().find_map(|key| body.get(key)).unwrap();
    messages.as_array().unwrap().iter().map(|message| unmarked(message.clone()).to_string()).collect()
}

fn begins_with(before: &Sent, next: &Sent) {
    let is_same = |key: &str| {
        let of = |sent: &Sent| unmarked(sent.body[key].clone()).to_string();
        assert_eq!(of(before), of(next), "{key}");
    };
    for key in ["model", "system", "instructions", "systemInstruction", "tools", "prompt_cache_key"] {
        is_same(key);
    }
    let (before, next) = (history(&before.body), history(&next.body));
    assert!(before.len() <= next.len());
    assert_eq!(before[..], next[..before.len()]);
}

/// `is_kept`: nothing came with the request that all its messages are new to the cache for (a first picture).
fn marks_stay(wire: Wire, before: &CachePlan, next: &CachePlan, after_s: i64, is_kept: bool) {
    if wire != Wire::Anthropic {
        assert!(before.marks.is_empty() && next.marks.is_empty());
        return;
    }
    assert!(next.marks.is_sorted_by(|a, b| a.0 < b.0 && a.1 >= b.1), "in order, an hour first: {next:?}");
    let (end, _) = before.marks.last().unwrap();
    // After a pause it is gone, unless it was written for an hour.
    let end = if after_s <= 300 { Some(*end) } else { before.last_long() };
    let stays = |end: Mark| next.marks.iter().any(|(mark, _)| *mark == end);
    assert!(end.is_none_or(stays) || !is_kept, "{end:?} of {before:?} is not in {next:?}");
    assert_eq!(before.marks[0].0, next.marks[0].0, "the instructions' mark");
    if let Some(long) = before.last_long().filter(|_| is_kept) {
        assert!(next.last_long() >= Some(long), "what was written for an hour is still marked so");
    }
}

/// Whoever is asked through marks has some here.
fn caching(model: &Arc<Model>, wire: Wire) -> Arc<Model> {
    let cache_min_tokens = (wire == Wire::Anthropic).then_some(1_024);
    Arc::new(Model { cache_min_tokens, ..Model::clone(model) })
}

fn lint(steps: &[Step], gaps_s: &[i64]) {
    for (wire, model) in wire::all() {
        let model = caching(&model, wire);
        let mut conversation = Conversation::new(wire, &model);
        let mut before: Option<Sent> = None;
        for (number, prompt) in requests(steps, &model).iter().enumerate() {
            let after_s = gaps_s[number % gaps_s.len()];
            let sent = conversation.send(prompt, after_s);
            if let Some(before) = &before {
                assert!(history(&before.body).len() < history(&sent.body).len());
                begins_with(before, &sent);
                let is_kept = before.has_images == sent.has_images;
                marks_stay(wire, &before.plan, &sent.plan, after_s, is_kept);
            }
            before = Some(sent);
        }
    }
}

#[test]
fn a_short_chat() {
    lint(&[chat("One.", "And two?"), chat("Two.", "And three?")], &[20]);
}

#[test]
fn a_long_chat_with_pauses() {
    let steps: Vec<Step> = (0..40).map(|number| chat(&format!("Answer {number}."), "Go on.")).collect();
    lint(&steps, &[30, 30, 30, 700, 30]);
}

#[test]
fn a_tool_loop_with_parallel_calls_thinking_and_pictures() {
    let mut steps: Vec<Step> = (0..12).map(|step| tools(1 + step % 4)).collect();
    steps.push(tools(15));
    steps.push(Step::Tools {
        thinks: false,
        calls: vec![("{".into(), String::new())],
        images: false,
        also: None,
    });
    steps.push(Step::Picture { answer: "Done.".into() });
    steps.push(chat("A tree.", "Thanks."));
    lint(&steps, &[8]);
}

#[test]
fn an_answer_made_anew_is_the_same_request() {
    for (wire, model) in wire::all() {
        let mut conversation = Conversation::new(wire, &model);
        let prompts = requests(&[chat("One.", "And two?"), tools(2)], &model);
        let bodies: Vec<String> =
            prompts.iter().map(|prompt| unmarked(conversation.send(prompt, 10).body).to_string()).collect();
        let again = unmarked(conversation.send(&prompts[2], 10).body).to_string();
        assert_eq!(bodies[2], again);
    }
}

#[test]
fn an_edited_branch_shares_what_was_before_the_edit() {
    for (wire, model) in wire::all() {
        let mut conversation = Conversation::new(wire, &model);
        let before: Vec<Sent> =
            requests(&[chat("One.", "Two?"), chat("Two.", "Three?"), chat("Three.", "Four?")], &model)
                .iter()
                .map(|prompt| conversation.send(prompt, 10))
                .collect();
        let edited = requests(&[chat("One.", "Two?"), chat("Two.", "Something else?")], &model);
        let sent = conversation.send(&edited[2], 10);
        begins_with(&before[1], &sent);
        assert_ne!(history(&before[2].body).last(), history(&sent.body).last());
    }
}

fn step() -> impl Strategy<Value = Step> {
    let said = || "\\PC{0,12}[a-z]";
    let calls = vec((any::<String>(), any::<String>()), 1..5);
    prop_oneof![
        (said(), said()).prop_map(|(answer, question)| Step::Chat { answer, question }),
        (any::<bool>(), calls, any::<bool>(), proptest::option::of(said()))
            .prop_map(|(thinks, calls, images, also)| Step::Tools { thinks, calls, images, also }),
        said().prop_map(|answer| Step::Picture { answer }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_conversation_that_is_appended_to(steps in vec(step(), 1..10), gaps in vec(1_i64..1_500, 1..5)) {
        lint(&steps, &gaps);
    }
}
