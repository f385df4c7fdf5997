//! The simulated caches, rule by rule.

use std::time::Duration;

use serde_json::{Value, json};
use vertice_testkit::{
    Figures,
    cache::{CacheSimulator, CachedRequest, Rules},
};

const OPUS: &str = "claude-opus-5-5";
const SHORT: Duration = Duration::from_secs(300);
const HOUR: Duration = Duration::from_secs(3_600);
const SECOND: Duration = Duration::from_secs(1);

fn anthropic<'a>(model: &'a str, body: &'a Value) -> CachedRequest<'a> {
    CachedRequest { rules: Rules::Anthropic, model, body }
}

/// A text of this many tokens, without its frame of JSON.
fn text(tokens: usize) -> String {
    "abcd".repeat(tokens)
}

fn block(tokens: usize) -> Value {
    json!({"type": "text", "text": text(tokens)})
}

fn marked(mut block: Value, ttl: &str) -> Value {
    block["cache_control"] = json!({"type": "ephemeral", "ttl": ttl});
    block
}

fn user(blocks: &[Value]) -> Value {
    json!({"role": "user", "content": blocks})
}

fn with_system(system: &Value, messages: &[Value]) -> Value {
    json!({"system": [system], "messages": messages})
}

/// Read, written for the short time, written for the long time, plain; each to within the frames' few tokens.
#[track_caller]
fn costs(figures: Figures, read: u64, short: u64, long: u64, plain: u64) {
    let pairs = [
        (figures.cache_read, read),
        (figures.cache_write, short),
        (figures.cache_write_long, long),
        (figures.input, plain),
    ];
    for (has, wants) in pairs {
        let margin = if wants == 0 { 0 } else { 40 };
        assert!(has.abs_diff(wants) <= margin, "{figures:?} is not {pairs:?}");
    }
}

#[track_caller]
fn call(cache: &mut CacheSimulator, body: &Value, now: Duration) -> Figures {
    cache.call(anthropic(OPUS, body), now).expect("it is taken")
}

#[test]
fn a_mark_writes_once_and_is_read_after_that() {
    let mut cache = CacheSimulator::new();
    let system = marked(block(1_000), "5m");
    let first = with_system(&system, &[user(&[block(100)])]);
    costs(call(&mut cache, &first, SECOND), 0, 1_000, 0, 100);
    let other = with_system(&system, &[user(&[block(200)])]);
    costs(call(&mut cache, &other, SECOND * 2), 1_000, 0, 0, 200);
    let changed = with_system(&marked(block(999), "5m"), &[user(&[block(100)])]);
    costs(call(&mut cache, &changed, SECOND * 3), 0, 999, 0, 100);
}

#[test]
fn without_marks_all_is_plain_input() {
    let mut cache = CacheSimulator::new();
    let body = with_system(&block(1_000), &[user(&[block(100)])]);
    for second in 1..3 {
        costs(call(&mut cache, &body, SECOND * second), 0, 0, 0, 1_100);
    }
}

#[test]
fn a_prefix_below_the_minimum_is_not_cached() {
    let body = with_system(&marked(block(700), "5m"), &[user(&[block(10)])]);
    for (model, cached) in [(OPUS, true), ("claude-opus-4-8", false), ("claude-haiku-4-5", false)] {
        let mut cache = CacheSimulator::new();
        let figures = cache.call(anthropic(model, &body), SECOND).unwrap();
        assert_eq!(figures.cache_write > 0, cached, "{model}");
        assert_eq!(cache.call(anthropic(model, &body), SECOND).unwrap().cache_read > 0, cached, "{model}");
    }
    // The prefix counts, not the block.
    let mut cache = CacheSimulator::new();
    let body = with_system(&block(500), &[user(&[marked(block(100), "5m")])]);
    costs(call(&mut cache, &body, SECOND), 0, 600, 0, 0);
}

#[test]
fn an_entry_lives_five_minutes_from_its_last_read() {
    let body = with_system(&marked(block(1_000), "5m"), &[user(&[block(10)])]);
    let mut cache = CacheSimulator::new();
    call(&mut cache, &body, SECOND);
    assert!(call(&mut cache, &body, SHORT).cache_read > 0);
    assert!(call(&mut cache, &body, SHORT * 2 - SECOND).cache_read > 0, "the read has refreshed it");
    assert_eq!(call(&mut cache, &body, SHORT * 3 - SECOND).cache_read, 0);
    let body = with_system(&marked(block(1_000), "1h"), &[user(&[block(10)])]);
    let mut cache = CacheSimulator::new();
    costs(call(&mut cache, &body, SECOND), 0, 0, 1_000, 10);
    assert!(call(&mut cache, &body, HOUR).cache_read > 0);
    assert_eq!(call(&mut cache, &body, HOUR * 2 + SECOND).cache_read, 0);
}

#[test]
fn an_entry_is_readable_once_the_answer_has_begun() {
    let body = with_system(&marked(block(1_000), "5m"), &[user(&[block(10)])]);
    let mut cache = CacheSimulator::new();
    let first = cache.ask(anthropic(OPUS, &body), SECOND).unwrap();
    let second = cache.ask(anthropic(OPUS, &body), SECOND).unwrap();
    assert_eq!((first.figures.cache_read, second.figures.cache_read), (0, 0));
    cache.began(first.writes, SECOND * 2);
    assert!(call(&mut cache, &body, SECOND * 3).cache_read > 0);
}

#[test]
fn a_mark_looks_back_over_twenty_blocks() {
    for (added, found) in [(19, true), (20, false)] {
        let mut cache = CacheSimulator::new();
        let mut blocks = vec![marked(block(1_000), "5m")];
        call(&mut cache, &with_system(&block(10), &[user(&blocks)]), SECOND);
        blocks[0] = block(1_000);
        blocks.extend(std::iter::repeat_n(block(10), added));
        let last = blocks.pop().expect("there is a last block");
        blocks.push(marked(last, "5m"));
        let figures = call(&mut cache, &with_system(&block(10), &[user(&blocks)]), SECOND * 2);
        assert_eq!(figures.cache_read > 0, found, "{added} blocks later: {figures:?}");
    }
}

#[test]
fn the_longest_prefix_is_read_and_the_rest_is_written() {
    let mut cache = CacheSimulator::new();
    let system = marked(block(1_000), "1h");
    let turn = |marks: bool| if marks { marked(block(300), "5m") } else { block(300) };
    let first = with_system(&system, &[user(&[turn(true)])]);
    costs(call(&mut cache, &first, SECOND), 0, 300, 1_000, 0);
    let second = with_system(
        &system,
        &[user(&[turn(false)]), json!({"role": "assistant", "content": "yes"}), user(&[turn(true)])],
    );
    costs(call(&mut cache, &second, SECOND * 2), 1_300, 300, 0, 0);
    // After six minutes only the hour's prefix is left.
    costs(call(&mut cache, &second, SHORT * 2), 1_000, 600, 0, 0);
}

#[test]
fn what_changes_before_a_block_changes_its_prefix() {
    let tool = |name: &str| json!({"name": name, "description": text(600), "input_schema": {}});
    let base = json!({
        "tools": [marked(tool("a"), "5m")],
        "system": [marked(block(600), "5m")],
        "messages": [user(&[marked(block(600), "5m")])],
    });
    let changes: [(&str, Value, u64); 6] = [
        ("tools", json!([marked(tool("b"), "5m")]), 0),
        ("system", json!([marked(block(601), "5m")]), 600),
        ("speed", json!("fast"), 600),
        ("tool_choice", json!({"type": "none"}), 1_200),
        ("thinking", json!({"type": "adaptive"}), 1_200),
        ("messages", json!([user(&[marked(block(599), "5m")])]), 1_200),
    ];
    for (field, value, read) in changes {
        let mut cache = CacheSimulator::new();
        call(&mut cache, &base, SECOND);
        let mut changed = base.clone();
        changed[field] = value;
        let figures = call(&mut cache, &changed, SECOND * 2);
        assert!(figures.cache_read.abs_diff(read) <= 60, "{field}: {figures:?}");
        assert_eq!(cache.call(anthropic("claude-opus-5", &base), SECOND * 3).unwrap().cache_read, 0);
    }
    let mut cache = CacheSimulator::new();
    call(&mut cache, &base, SECOND);
    let mut with_image = base.clone();
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "x".repeat(90_000)}});
    with_image["messages"][0]["content"].as_array_mut().unwrap().push(image);
    let figures = call(&mut cache, &with_image, SECOND * 2);
    assert!(figures.cache_read.abs_diff(1_200) <= 60, "{figures:?}");
    assert!(figures.input.abs_diff(1_600) <= 60, "an image costs the same whatever its size: {figures:?}");
}

#[test]
fn the_automatic_mark_takes_the_last_block_that_can_bear_it() {
    let thinking = json!({"type": "thinking", "thinking": "hm", "signature": "s"});
    let body = json!({"cache_control": {"type": "ephemeral"}, "system": text(1_000),
        "messages": [user(&[block(100)]), json!({"role": "assistant", "content": [thinking]})]});
    let mut cache = CacheSimulator::new();
    let figures = call(&mut cache, &body, SECOND);
    assert!(figures.cache_write.abs_diff(1_100) <= 30 && figures.input > 0, "{figures:?}");
}

#[track_caller]
fn refused(body: &Value, words: &str) {
    let refusal = CacheSimulator::new().call(anthropic(OPUS, body), SECOND).expect_err("it is refused");
    assert!(refusal.contains(words), "{refusal}");
}

#[test]
fn bad_marks_are_refused() {
    let marks = |count: usize| -> Vec<Value> { (0..count).map(|_| marked(block(10), "5m")).collect() };
    let body = |blocks: &[Value]| json!({"messages": [user(blocks)]});
    assert!(CacheSimulator::new().call(anthropic(OPUS, &body(&marks(4))), SECOND).is_ok());
    refused(&body(&marks(5)), "maximum of 4");
    let mut automatic = body(&[marks(4), vec![block(10)]].concat());
    automatic["cache_control"] = json!({"type": "ephemeral"});
    refused(&automatic, "maximum of 4");
    refused(
        &body(&[marked(json!({"type": "thinking", "thinking": "x", "signature": ""}), "5m")]),
        "Extra inputs",
    );
    refused(&body(&[marked(json!({"type": "text", "text": ""}), "5m")]), "empty text");
    refused(&body(&[marked(block(10), "5m"), marked(block(10), "1h")]), "must not come after");
    refused(
        &with_system(&marked(block(10), "5m"), &[user(&[marked(block(10), "1h")])]),
        "must not come after",
    );
    refused(&body(&[marked(block(10), "2h")]), "ttl");
    refused(
        &json!({"messages": [{"role": "user", "content": "x", "cache_control": {"type": "ephemeral"}}]}),
        "Extra inputs",
    );
}

fn chat(tokens: &[usize]) -> Value {
    let messages: Vec<Value> =
        tokens.iter().map(|tokens| json!({"role": "user", "content": text(*tokens)})).collect();
    json!({ "messages": messages })
}

#[track_caller]
fn openai(cache: &mut CacheSimulator, model: &str, body: &Value, now: Duration) -> Figures {
    let figures = cache
        .call(CachedRequest { rules: Rules::OpenAi, model, body }, now)
        .expect("it has no marks to refuse");
    assert_eq!(figures.cache_read % 128, 0);
    figures
}

#[test]
fn openai_caches_prefixes_in_steps() {
    let mut cache = CacheSimulator::new();
    let model = "gpt-5.2";
    let all = openai(&mut cache, model, &chat(&[2_000]), SECOND);
    costs(all, 0, 0, 0, 2_000);
    let longer = openai(&mut cache, model, &chat(&[2_000, 500]), SECOND * 2);
    assert_eq!(longer.cache_read, 2_000 / 128 * 128, "writes are free and the prefix is read");
    assert_eq!(openai(&mut cache, model, &chat(&[1_999]), SECOND).cache_read, 1_999 / 128 * 128);
    assert_eq!(openai(&mut cache, "gpt-5.3", &chat(&[2_000]), SECOND).cache_read, 0);
    let mut cache = CacheSimulator::new();
    openai(&mut cache, model, &chat(&[900]), SECOND);
    assert_eq!(openai(&mut cache, model, &chat(&[900]), SECOND).cache_read, 0, "below 1,024 tokens");
}

#[test]
fn openai_forgets_and_keeps_keys_apart() {
    let mut cache = CacheSimulator::new();
    let body = chat(&[2_000]);
    openai(&mut cache, "gpt-5.2", &body, SECOND);
    assert_eq!(openai(&mut cache, "gpt-5.2", &body, SECOND * 602).cache_read, 0);
    let mut keyed = body.clone();
    keyed["prompt_cache_key"] = "one".into();
    assert_eq!(openai(&mut cache, "gpt-5.2", &keyed, SECOND * 603).cache_read, 0);
    assert!(openai(&mut cache, "gpt-5.2", &keyed, SECOND * 604).cache_read > 0);
}

#[test]
fn newer_gpts_bill_their_writes() {
    let mut cache = CacheSimulator::new();
    let body = chat(&[2_000]);
    let written = openai(&mut cache, "gpt-6.1-sol", &body, SECOND);
    assert_eq!((written.cache_write, written.cache_write_long), (2_000 / 128 * 128, 0));
    assert_eq!(written.all_input(), written.cache_write + written.input);
    let read = openai(&mut cache, "gpt-6.1-sol", &body, SECOND * 1_700);
    assert_eq!((read.cache_read, read.cache_write), (written.cache_write, 0));
    let mut long = body.clone();
    long["prompt_cache_options"] = json!({"mode": "explicit", "ttl": "12h"});
    let mut cache = CacheSimulator::new();
    assert_eq!(openai(&mut cache, "gpt-6.1-sol", &long, SECOND).cache_write_long, 0, "no breakpoint");
    long["messages"][0]["prompt_cache_breakpoint"] = json!({"mode": "explicit"});
    long["messages"].as_array_mut().unwrap().push(json!({"role": "user", "content": text(500)}));
    assert_eq!(openai(&mut cache, "gpt-6.1-sol", &long, SECOND).cache_write_long, 2_000 / 128 * 128);
    assert!(openai(&mut cache, "gpt-6.1-sol", &long, HOUR * 11).cache_read > 0);
}

#[test]
fn gemini_and_groq_have_their_own_minimum() {
    for (rules, model, short, long) in [
        (Rules::Gemini, "gemini-3.8-flash", 4_000, 4_200),
        (Rules::Gemini, "gemini-4-argon", 6_000, 6_300),
        (Rules::Groq, "openai/gpt-oss-120b", 1_000, 1_200),
    ] {
        for (tokens, cached) in [(short, false), (long, true)] {
            let body = json!({"contents": [{"role": "user", "parts": [{"text": text(tokens)}]}],
                "messages": [{"role": "user", "content": text(tokens)}]});
            let request = CachedRequest { rules, model, body: &body };
            let mut cache = CacheSimulator::new();
            assert_eq!(cache.call(request, SECOND).unwrap().cache_write, 0);
            assert_eq!(cache.call(request, SECOND).unwrap().cache_read > 0, cached, "{model} {tokens}");
        }
    }
}
