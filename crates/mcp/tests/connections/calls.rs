//! Calls and what comes of them.

use std::time::Duration;

use serde_json::{Value, json};
use vertice_domain::mcp::Transport;
use vertice_mcp::connection::{ConnectionFault, ConnectionState, Connections as _, Limits, Progress};

use crate::support::{World, call, quick, until};

#[tokio::test]
async fn tools_are_called_in_either_era() {
    for era in ["legacy", "stateless"] {
        let world = World::with(&["--speaks", era], quick());
        assert_eq!(world.text("echo", json!({"text": "hello"})).await, "hello", "{era}");
        assert_eq!(world.text("add", json!({"a": 1, "b": 2})).await, r#"{"sum":3.0}"#, "{era}");
        let picture = world.call("picture", json!({})).await.unwrap();
        assert_eq!((picture.images.len(), &*picture.images[0].0), (1, "image/png"), "{era}");
        let failed = world.call("fail", json!({})).await.unwrap();
        assert!(failed.is_error && failed.content == "It did not work.", "{era}");
        let refused = world.call("refuse", json!({})).await;
        assert_eq!(
            refused,
            Err(ConnectionFault::Refused("The server refused: not like this".into())),
            "{era}"
        );
        let unknown = world.call("unheard_of", json!({})).await;
        assert!(matches!(unknown, Err(ConnectionFault::Refused(_))), "{era}: {unknown:?}");
        assert_eq!(world.text("ansi", json!({})).await, "red gnp.exe", "{era}");
    }
}

#[tokio::test]
async fn everybody_shares_one_program_which_starts_once() {
    let world = World::with(&[], quick());
    world.it().start(world.target.clone());
    let calls = (0..20).map(|number| {
        let world = &world;
        async move { world.text("echo", json!({"text": format!("call {number}")})).await }
    });
    let answers = futures::future::join_all(calls).await;
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(*answer, format!("call {number}"));
    }
    assert_eq!(world.heard.listings(), 1);
    // The keeper, and the program.
    assert_eq!(crate::support::processes(&world.mark).await.len(), 2);
}

#[tokio::test]
async fn a_program_gets_its_words_as_they_are_and_nothing_of_our_environment() {
    let mut world = World::with(&[], quick());
    let Transport::Stdio { args, env, .. } = &mut world.target.transport else { unreachable!() };
    let odd = "a b;$(touch x) `id` 'q' \"d\" *";
    args[1].push_str(odd);
    env.insert("KEY".into(), odd.into());
    let told: Value = serde_json::from_str(&world.text("environment", json!({})).await).unwrap();
    assert!(
        told["args"].as_array().unwrap().iter().any(|word| word.as_str().unwrap().ends_with(odd)),
        "{told}"
    );
    assert_eq!(told["env"]["KEY"], odd);
    let expected = ["PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TZ", "KEY"];
    for (name, _) in told["env"].as_object().unwrap() {
        assert!(expected.contains(&name.as_str()) || name.starts_with("LC_"), "{name} got through");
    }
    let folder =
        world.folder.path().canonicalize().unwrap().join("mcp").join(world.target.key.server.to_string());
    assert_eq!(told["folder"], folder.to_str().unwrap());
}

#[tokio::test]
async fn progress_is_told_and_keeps_a_call_alive() {
    let limits = Limits { quiet: Duration::from_millis(1_500), ..quick() };
    let world = World::with(&[], limits);
    world.it().connect(world.target.clone()).await.unwrap();
    let (told, mut heard) = tokio::sync::mpsc::channel(100);
    let mut slow = call("slow", json!({"steps": 6, "ms": 300, "progress": true}));
    slow.progress = Some(told);
    assert_eq!(world.it().call(world.target.clone(), slow).await.unwrap().content, "done");
    let mut steps = Vec::new();
    while let Ok(step) = heard.try_recv() {
        steps.push(step);
    }
    assert_eq!(steps.last(), Some(&Progress { done: 6.0, of: Some(6.0), message: Some("step 6".into()) }));
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_and_the_server_hears_of_it() {
    for limits in [
        Limits { quiet: Duration::from_millis(200), ..quick() },
        Limits { call: Duration::from_millis(200), ..quick() },
    ] {
        let world = World::with(&[], limits);
        world.it().connect(world.target.clone()).await.unwrap();
        let slow = world
            .call("slow", json!({"steps": 1000, "ms": 20, "progress": limits.quiet > limits.call}))
            .await;
        assert_eq!(slow, Err(ConnectionFault::TooSlow(0)));
        world.logged("stopped working").await;
        assert_eq!(world.text("echo", json!({"text": "still there"})).await, "still there");
    }
}

#[tokio::test]
async fn a_cancelled_call_ends_at_once_and_so_does_an_abandoned_one() {
    for is_cancelled in [true, false] {
        let world = World::with(&[], quick());
        world.it().connect(world.target.clone()).await.unwrap();
        let slow = call("slow", json!({"steps": 100_000, "ms": 10}));
        let cancel = slow.cancel.clone();
        let mut calling = Box::pin(world.it().call(world.target.clone(), slow));
        let hang = call("hang", json!({}));
        // Whatever was sent before it has arrived when this is heard.
        let hanging = world.it().call(world.target.clone(), hang);
        tokio::select! {
            _ = &mut calling => panic!("it has an answer"),
            _ = hanging => panic!("it has an answer"),
            () = world.logged("hanging") => {}
        }
        if is_cancelled {
            cancel.cancel();
            assert_eq!(calling.await, Err(ConnectionFault::Cancelled));
        } else {
            drop(calling);
        }
        world.logged("stopped working").await;
    }
}

#[tokio::test]
async fn a_call_that_was_cancelled_before_it_began_starts_nothing() {
    let world = World::with(&[], quick());
    let echo = call("echo", json!({}));
    echo.cancel.cancel();
    assert_eq!(world.it().call(world.target.clone(), echo).await, Err(ConnectionFault::Cancelled));
    assert_eq!(world.state(), ConnectionState::Idle);
}

#[tokio::test]
async fn odd_answers_do_no_harm() {
    let world = World::with(&[], quick());
    assert_eq!(world.text("twice", json!({})).await, "first");
    let garbage = world.call("garbage", json!({})).await;
    assert_eq!(garbage, Err(ConnectionFault::Refused("The server's answer cannot be read.".into())));
    assert_eq!(world.text("noise", json!({})).await, "after the noise");
    world.logged("Not a message: Server running on stdio").await;
    assert_eq!(world.text("echo", json!({"text": "well"})).await, "well");
    assert_eq!(world.heard.listings(), 1);
}

#[tokio::test]
async fn a_question_of_the_server_is_declined() {
    let world = World::with(&["--speaks", "stateless"], quick());
    let answer = world.text("ask", json!({})).await;
    assert_eq!(answer, r#"{"name":{"action":"decline"}} "opaque""#);
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_connection_and_says_so() {
    let world = World::with(&[], quick());
    let big = world.text("big", json!({"bytes": 8_000_000})).await;
    assert!(big.len() < 101_000 && big.ends_with("more bytes of this result were cut.]"), "{}", big.len());
    let Err(ConnectionFault::Unreachable(why)) = world.call("big", json!({"bytes": 50_000_000})).await else {
        panic!()
    };
    assert_eq!(why, "The program was ended because it sent a message of more than 16 MB.");
    world.nothing_is_left().await;
    world.it().connect(world.target.clone()).await.unwrap();
    assert_eq!(world.text("echo", json!({"text": "again"})).await, "again");
}

#[tokio::test]
async fn a_server_that_says_much_beside_the_protocol_is_not_held_up() {
    let world = World::with(&["--mode", "flood-stderr"], quick());
    until("the log is full", async || {
        world.text("echo", json!({"text": "x"})).await;
        world.log().len() > 60_000
    })
    .await;
    assert!(world.log().len() <= 65 * 1024);
}
