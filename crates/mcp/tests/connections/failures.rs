//! Servers that are not there, or not for long.

use std::time::Duration;

use serde_json::json;
use vertice_domain::mcp::Transport;
use vertice_mcp::connection::{ConnectionFault, ConnectionState, Connections as _, Limits};

use crate::support::{World, quick, until};

fn why(fault: ConnectionFault) -> String {
    match fault {
        ConnectionFault::Unreachable(why) => why,
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named_and_not_tried_twice() {
    let transport = Transport::Stdio { command: "no-such-program-here".into(), args: vec![], env: [].into() };
    let world = World::at(transport, quick());
    let why = why(world.it().connect(world.target.clone()).await.unwrap_err());
    assert!(
        why.starts_with("The program could not be started. It wrote: no-such-program-here cannot be started"),
        "{why}"
    );
    assert_eq!(
        world.log().matches("cannot be started").count(),
        2,
        "its own words and ours: {}",
        world.log()
    );
    assert_eq!(world.state(), ConnectionState::Failed(why));
}

#[tokio::test]
async fn a_keeper_that_is_not_there_is_a_failure_like_any_other() {
    let mut world = World::with(&[], quick());
    let Transport::Stdio { env, .. } = &mut world.target.transport else { unreachable!() };
    env.insert("BAD\0NAME".into(), "x".into());
    let why = why(world.it().connect(world.target.clone()).await.unwrap_err());
    assert!(why.starts_with("The program could not be started: "), "{why}");
}

#[tokio::test]
async fn a_program_that_leaves_at_once_is_quoted() {
    let world = World::with(&["--mode", "die-at-start"], quick());
    let why = why(world.it().connect(world.target.clone()).await.unwrap_err());
    assert_eq!(why, "The program ended with status 3. It wrote: a key is missing: set KEY");
    world.nothing_is_left().await;
}

#[tokio::test]
async fn a_program_that_dies_in_a_call_is_quoted_and_rests_before_it_is_started_again() {
    let limits = Limits { back_off: Duration::from_secs(600), ..quick() };
    let world = World::with(&[], limits);
    let died = why(world.call("die", json!({})).await.unwrap_err());
    assert_eq!(died, "The program ended with status 7. It wrote: out of memory, they say");
    assert_eq!(world.state(), ConnectionState::Failed(died.clone()));
    world.it().start(world.target.clone());
    assert_eq!(why(world.call("echo", json!({})).await.unwrap_err()), died);
    assert_eq!(world.heard.listings(), 1, "it was not started again");
    // Somebody wants to know now.
    world.it().connect(world.target.clone()).await.unwrap();
    assert_eq!(world.text("echo", json!({"text": "well"})).await, "well");
}

#[tokio::test]
async fn the_rest_grows_with_each_failure_and_a_good_call_ends_that() {
    let limits =
        Limits { back_off: Duration::from_millis(200), most_back_off: Duration::from_secs(600), ..quick() };
    let world = World::with(&["--speaks", "legacy"], limits);
    let mut rests = Vec::new();
    for _ in 0..3 {
        why(world.call("die", json!({})).await.unwrap_err());
        let began = tokio::time::Instant::now();
        until("it may be started again", async || {
            world.it().start(world.target.clone());
            world.state() == ConnectionState::Starting
        })
        .await;
        rests.push(began.elapsed());
        until("it runs", async || matches!(world.state(), ConnectionState::Connected(_))).await;
    }
    assert!(rests[1] > Duration::from_millis(300) && rests[2] > Duration::from_millis(700), "{rests:?}");
    world.text("echo", json!({})).await;
    why(world.call("die", json!({})).await.unwrap_err());
    let began = tokio::time::Instant::now();
    until("it may be started again", async || world.call("echo", json!({})).await.is_ok()).await;
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let limits = Limits { connect: Duration::from_millis(600), ..quick() };
    let world = World::with(&["--speaks", "nothing"], limits);
    let why = why(world.it().connect(world.target.clone()).await.unwrap_err());
    assert_eq!(why, "The server did not answer within 0 seconds.");
    world.nothing_is_left().await;
}

#[tokio::test]
async fn another_way_to_a_server_is_taken_at_once() {
    let limits = Limits { back_off: Duration::from_secs(600), ..quick() };
    let mut world = World::with(&[], limits);
    let good = world.target.transport.clone();
    world.target.transport =
        Transport::Stdio { command: "no-such-program-here".into(), args: vec![], env: [].into() };
    why(world.call("echo", json!({})).await.unwrap_err());
    world.target.transport = good;
    assert_eq!(world.text("echo", json!({"text": "mended"})).await, "mended");
}
