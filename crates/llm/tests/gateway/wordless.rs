//! Answers without a word are asked for once more; a second one is a failure.

use tokio_util::sync::CancellationToken;
use vertice_domain::FinishReason;
use vertice_ports::{
    ledger::CallOutcome,
    model::{ModelEvent, ToolCallDelta},
};
use vertice_testkit::{Figures, Script};

use crate::{
    common::{self, Events, World, prompt, texts},
    duo::Duo,
    wires::Four,
};

const MODELS: [&str; 4] = ["claude-opus-5-5", "gpt-6.1-sol", "gemini-4-argon", "openai/gpt-oss-120b"];

fn bills(events: &Events) -> usize {
    events.iter().filter(|event| matches!(event, Ok(ModelEvent::Usage(_)))).count()
}

#[tokio::test]
async fn an_answer_without_a_word_is_asked_for_once_more() {
    for (index, silence) in [Script::text(""), Script::pieces(&[" ", "\n"])].into_iter().enumerate() {
        let four = Four::new().await;
        for model in MODELS {
            four.upstream.script(silence.clone());
            four.upstream.script(Script::text("Here I am."));
            let before = four.upstream.requests().len();
            let events = four.events(model, prompt("hello")).await;
            assert_eq!(texts(&events).0.trim_start(), "Here I am.", "{model}, {index}");
            assert_eq!(events.last(), Some(&Ok(ModelEvent::Stop(FinishReason::Stop))), "{model}");
            assert_eq!((bills(&events), four.upstream.requests().len() - before), (2, 2), "{model}");
        }
    }
}

#[tokio::test]
async fn twice_without_a_word_is_a_failure_that_says_so() {
    let world = World::new().await;
    for _ in 0..2 {
        world.upstream.script(Script::text("").thinking("Hm.").usage(Figures::default()));
    }
    let events = world.events("claude-opus-5-5").await;
    assert_eq!(texts(&events), (String::new(), "Hm.Hm.".to_owned()));
    let failure = events.last().unwrap().as_ref().unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("empty_answer", true));
    assert!(
        failure.message.contains("claude-opus-5-5") && failure.message.contains("without"),
        "{failure:?}"
    );
    let rows = world.ledger.rows();
    assert_eq!(
        (rows.len(), bills(&events), world.upstream.requests().len()),
        (2, 2, 2),
        "both were paid for"
    );
    assert!(rows.iter().all(|row| row.outcome == CallOutcome::Ok && !row.estimated));
}

#[tokio::test]
async fn what_an_empty_answer_sealed_does_not_go_with_another() {
    let world = World::new().await;
    world.upstream.script(Script::text("").thinking("Hm.").signature("first"));
    world.upstream.script(Script::text("Yes.").thinking("Ah.").signature("second"));
    let events = world.events("claude-opus-5-5").await;
    let seals: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Ok(ModelEvent::Replay(seal)) => Some(seal.data.as_str()),
            _ => None,
        })
        .collect();
    assert!(seals.len() == 1 && seals[0].contains("second"), "{seals:?}");
    let seal = events.iter().position(|event| matches!(event, Ok(ModelEvent::Replay(_))));
    let word = events.iter().position(|event| matches!(event, Ok(ModelEvent::Text(_))));
    assert!(seal < word, "{events:?}");
}

#[tokio::test]
async fn a_call_of_a_tool_is_a_word_and_so_are_other_ends() {
    let world = World::new().await;
    world.upstream.script(Script::tool("now", ""));
    let events = world.events("claude-opus-5-5").await;
    assert!(
        events.iter().any(|event| matches!(event, Ok(ModelEvent::ToolCall(ToolCallDelta::Start { .. }))))
    );
    for stop in ["max_tokens", "refusal"] {
        world.upstream.script(Script::text("").stop(stop));
        let events = world.events("claude-opus-5-5").await;
        assert!(matches!(events.last(), Some(Ok(ModelEvent::Stop(_)))), "{events:?}");
    }
    assert_eq!(world.upstream.requests().len(), 3, "nothing was asked again");
}

#[tokio::test]
async fn an_answer_may_end_before_its_first_word_where_a_text_ends_it() {
    let duo = Duo::new().await;
    duo.anthropic.script(Script::text(""));
    let mut prompt = prompt("hello");
    prompt.stop = vec!["END".to_owned()];
    let stream = duo.call("claude-opus-5-5", prompt, CancellationToken::new()).await.unwrap();
    let events = common::rest(stream).await;
    assert_eq!(events.last(), Some(&Ok(ModelEvent::Stop(FinishReason::Stop))));
    assert_eq!(duo.anthropic.requests().len(), 1);
}

#[tokio::test]
async fn a_failure_of_the_second_attempt_is_told() {
    let world = World::new().await;
    world.upstream.script(Script::text(""));
    world.upstream.script(Script::status(401));
    let events = world.events("claude-opus-5-5").await;
    assert_eq!(events.last().unwrap().as_ref().unwrap_err().code, "provider_auth");
}
