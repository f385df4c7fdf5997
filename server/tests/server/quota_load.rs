//! A quota holds when one user asks a hundred times at once.

use futures::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use http::StatusCode;
use serde_json::{Value, json};
use vertice_testkit::{Figures, Gate, Script, Upstream};

use crate::harness::{Reply, Server};

const LIMIT: u64 = 20_000;
const MAX_TOKENS: u64 = 1_000;
/// What a call of [`ask`] holds back at least: the output it may give.
const RESERVE: u64 = MAX_TOKENS;
/// The estimate of its input, at most.
const INPUT: u64 = 100;

fn ask() -> Value {
    json!({"model": "gpt-4o-scripted", "max_tokens": MAX_TOKENS, "messages": [{"role": "user", "content": "hi"}]})
}

async fn server(upstream: &Upstream) -> Server {
    let base = format!("{}/v1", upstream.url());
    upstream.models(&["gpt-4o-scripted"]);
    let limit = LIMIT.to_string();
    Server::with(&[
        ("OPENAI_API_KEY", "sk-scripted"),
        ("OPENAI_BASE_URL", &base),
        ("DAILY_TOKEN_LIMIT_PER_USER", &limit),
    ])
    .await
}

async fn at_once(server: &Server, token: &str, count: usize) -> Vec<Reply> {
    join_all((0..count).map(|_| server.post(token, "/api/v1/chat", ask()))).await
}

fn answered(replies: &[Reply]) -> usize {
    replies.iter().filter(|reply| reply.status == StatusCode::OK).count()
}

#[tokio::test]
async fn what_runs_is_held_back_and_the_rest_is_refused() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    for _ in 0..100 {
        let figures = Figures { input: 10, output: Some(50), ..Figures::default() };
        upstream.script(Script::text("Done.").usage(figures).gate_after(0, &gate));
    }
    let server = server(&upstream).await;
    let token = server.user("a@example.com").await;
    // None of those admitted can end before the gate opens, and it opens when all the others were refused.
    let most = LIMIT.div_ceil(RESERVE) as usize;
    let mut asked: FuturesUnordered<_> =
        (0..100).map(|_| server.post(&token, "/api/v1/chat", ask())).collect();
    let mut replies: Vec<Reply> = asked.by_ref().take(100 - most).collect().await;
    assert_eq!(answered(&replies), 0);
    gate.open();
    replies.extend(asked.collect::<Vec<_>>().await);
    assert!((1..=most).contains(&answered(&replies)), "{} answered", answered(&replies));
    for refused in replies.iter().filter(|reply| reply.status != StatusCode::OK) {
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (StatusCode::TOO_MANY_REQUESTS, &json!("quota_exceeded"))
        );
        assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|wait| wait <= 86_400), "{refused:?}");
        assert!(refused.json()["resets_at"].as_str().unwrap().ends_with("T00:00:00Z"), "{refused:?}");
    }
    // Little was spent of what was held back: the rest of the day is free again.
    assert_eq!(answered(&at_once(&server, &token, 1).await), 1);
}

#[tokio::test]
async fn a_hundred_at_once_never_overshoot_by_more_than_one_reserve() {
    let upstream = Upstream::start().await;
    for _ in 0..300 {
        let figures = Figures { input: 10, output: Some(MAX_TOKENS), ..Figures::default() };
        upstream.script(Script::text("Done.").usage(figures));
    }
    let server = server(&upstream).await;
    let token = server.user("a@example.com").await;
    let mut total = 0;
    for _ in 0..3 {
        total += answered(&at_once(&server, &token, 100).await);
    }
    let status = server.get(&token, "/api/v1/users/me/quota").await.json();
    let used = status["tokens_used"].as_u64().unwrap();
    assert_eq!(used, total as u64 * (10 + MAX_TOKENS));
    assert!((LIMIT..LIMIT + RESERVE + INPUT).contains(&used), "{used}");
    assert_eq!(status["tokens_remaining"], json!(0));
    assert_eq!(answered(&at_once(&server, &token, 5).await), 0);
    let other = server.user("b@example.com").await;
    assert_eq!(answered(&at_once(&server, &other, 1).await), 1, "another user has a quota of their own");
}
