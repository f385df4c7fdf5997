//! Nothing that was started is ever left over.

use std::{process::Stdio, time::Duration};

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use vertice_mcp::connection::{
    ConnectionFault, ConnectionKey, ConnectionState, Connections as _, Era, Limits, ListedTool, Listener,
};
use vertice_ports::Ids as _;
use vertice_runtime::SystemIds;

use crate::support::{World, call, host, keeper, nothing_is_left, processes, quick, scripted, until};

/// Programs that go when their input ends, those that leave something behind, and those that must be killed.
const MODES: [&str; 3] = ["normal", "daemon", "stubborn"];

async fn running(mode: &str) -> World {
    let world = World::with(&["--mode", mode], quick());
    assert_eq!(world.text("echo", json!({"text": mode})).await, mode);
    let expected = if mode == "daemon" { 3 } else { 2 };
    until("all of them run", async || processes(&world.mark).await.len() >= expected).await;
    world
}

#[tokio::test]
async fn what_is_closed_is_gone_with_everything_it_started() {
    for mode in MODES {
        let world = running(mode).await;
        world.it().close(world.target.key).await;
        assert_eq!(processes(&world.mark).await, [], "{mode}: when it is closed, nothing is left");
        assert_eq!(world.state(), ConnectionState::Idle);
        assert_eq!(world.text("echo", json!({"text": "again"})).await, "again", "{mode}");
        world.it().close_server(world.target.key.server).await;
        assert_eq!(processes(&world.mark).await, [], "{mode}");
    }
}

#[tokio::test]
async fn nothing_survives_the_connections_themselves() {
    for mode in MODES {
        let mut world = running(mode).await;
        world.connections = None;
        world.nothing_is_left().await;
    }
}

#[tokio::test]
async fn nothing_survives_a_shutdown() {
    for mode in MODES {
        let world = running(mode).await;
        world.tasks.shut_down().await;
        assert_eq!(processes(&world.mark).await, [], "{mode}");
        assert!(world.call("echo", json!({})).await.is_err());
        assert_eq!(processes(&world.mark).await, [], "{mode}: nothing is started any more");
    }
}

#[tokio::test]
async fn nothing_survives_a_call_that_is_under_way_when_the_server_shuts_down() {
    let world = World::with(&[], quick());
    world.it().connect(world.target.clone()).await.unwrap();
    let (answer, ()) = tokio::join!(world.call("hang", json!({})), async {
        world.logged("hanging").await;
        world.tasks.shut_down().await;
    });
    assert!(answer.is_err());
    world.nothing_is_left().await;
}

/// A process like the server that has a program running.
async fn hosted(mode: &str) -> (tokio::process::Child, String) {
    let mark = SystemIds.uuid().simple().to_string();
    #[expect(clippy::disallowed_methods, reason = "a server that can be killed")]
    let mut host = tokio::process::Command::new(host())
        .arg(keeper())
        .args([scripted(), "--mode".into(), mode.into(), "--mark".into(), mark.clone()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("run with --examples");
    let mut lines = BufReader::new(host.stdout.take().expect("a pipe")).lines();
    assert_eq!(lines.next_line().await.expect("a line").as_deref(), Some("connected"));
    (host, mark)
}

fn kill(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid");
    rustix::process::kill_process(pid, signal).expect("it is there");
}

#[tokio::test]
async fn nothing_survives_a_server_that_is_killed() {
    for mode in MODES {
        let (mut host, mark) = hosted(mode).await;
        // The host, the keeper, the program, and what that leaves behind.
        let expected = if mode == "daemon" { 4 } else { 3 };
        until("all of them run", async || processes(&mark).await.len() == expected).await;
        kill(host.id().expect("it runs"), rustix::process::Signal::KILL);
        host.wait().await.expect("its end");
        nothing_is_left(&mark).await;
    }
}

#[tokio::test]
async fn nothing_survives_a_keeper_that_is_asked_to_leave_and_the_next_call_starts_anew() {
    for mode in MODES {
        let world = running(mode).await;
        let all = processes(&world.mark).await;
        let (keeper, _) = all.iter().find(|(_, line)| line.contains(" keep ")).expect("a keeper");
        kill(*keeper, rustix::process::Signal::TERM);
        world.nothing_is_left().await;
        until("it is noticed", async || matches!(world.state(), ConnectionState::Failed(_))).await;
        world.it().connect(world.target.clone()).await.unwrap();
        assert_eq!(world.text("echo", json!({"text": "anew"})).await, "anew");
    }
}

#[tokio::test]
async fn a_program_does_not_survive_a_keeper_that_is_killed() {
    let world = running("stubborn").await;
    let all = processes(&world.mark).await;
    let (keeper, _) = all.iter().find(|(_, line)| line.contains(" keep ")).expect("a keeper");
    kill(*keeper, rustix::process::Signal::KILL);
    world.nothing_is_left().await;
}

#[tokio::test]
async fn an_idle_program_is_ended_and_started_again_when_it_is_needed() {
    let limits = Limits { idle: Duration::from_millis(300), ..quick() };
    let world = World::with(&[], limits);
    let slow = call("slow", json!({"steps": 40, "ms": 20}));
    assert_eq!(
        world.it().call(world.target.clone(), slow).await.unwrap().content,
        "done",
        "a call is no idleness"
    );
    until("it is ended", async || world.state() == ConnectionState::Idle).await;
    world.nothing_is_left().await;
    assert_eq!(world.text("echo", json!({"text": "back"})).await, "back");
}

#[tokio::test]
async fn a_connection_that_is_being_made_can_be_closed() {
    let world = World::with(&["--speaks", "nothing"], quick());
    let (connected, ()) = tokio::join!(world.it().connect(world.target.clone()), async {
        until("it runs", async || processes(&world.mark).await.len() == 2).await;
        world.it().close(world.target.key).await;
        assert_eq!(processes(&world.mark).await, []);
    });
    assert!(connected.is_err());
    assert_eq!(world.state(), ConnectionState::Idle);
}

#[tokio::test]
async fn a_program_that_reads_nothing_any_more_holds_up_nobody() {
    let limits = Limits { quiet: Duration::from_millis(300), ..quick() };
    let world = World::with(&[], limits);
    assert_eq!(world.text("stop_reading", json!({})).await, "deaf");
    // More than a pipe holds.
    let large = world.call("echo", json!({"text": "x".repeat(1_000_000)})).await;
    assert_eq!(large, Err(ConnectionFault::TooSlow(0)));
    world.it().close(world.target.key).await;
    assert_eq!(processes(&world.mark).await, []);
}

/// Somebody who never comes back from what they hear.
struct Absent;

#[async_trait::async_trait]
impl Listener for Absent {
    async fn tools_changed(&self, _: ConnectionKey, _: Vec<ListedTool>) {
        std::future::pending::<()>().await;
    }

    async fn era_found(&self, _: ConnectionKey, _: Option<Era>) {}
}

#[tokio::test]
async fn a_listener_that_does_not_come_back_holds_up_no_end() {
    let world = World::with(&["--speaks", "legacy"], quick());
    world.it().listen(std::sync::Arc::new(Absent));
    world.it().start(world.target.clone());
    until("it runs", async || processes(&world.mark).await.len() == 2).await;
    world.logged("heard").await;
    world.it().close(world.target.key).await;
    assert_eq!(processes(&world.mark).await, []);
}
