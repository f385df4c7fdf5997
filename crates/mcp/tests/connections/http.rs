//! Servers at addresses.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use vertice_domain::{UserId, mcp::Transport};
use vertice_mcp::connection::{
    ConnectionFault, ConnectionKey, ConnectionState, Connections as _, Era, Limits,
};
use vertice_ports::Ids as _;
use vertice_runtime::SystemIds;
use vertice_testkit::mcp::{
    Speaks,
    http::{Manners, Server},
};

use crate::support::{World, quick, until};

async fn world(speaks: Speaks, manners: Manners) -> (World, Server) {
    let server = Server::listen(speaks, manners).await.expect("a port");
    let headers = BTreeMap::from([("Authorization".to_owned(), "Bearer secret".to_owned())]);
    let transport = Transport::Http { url: server.url.clone(), headers };
    let limits = Limits { back_off: Duration::from_secs(600), ..quick() };
    (World::at(transport, limits), server)
}

async fn failed(manners: Manners) -> String {
    let (world, _server) = world(Speaks::Both, manners).await;
    match world.it().connect(world.target.clone()).await {
        Err(ConnectionFault::Unreachable(why)) => why,
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn both_eras_are_spoken_and_headers_are_sent_each_time() {
    for (speaks, era) in [(Speaks::Legacy, Era::Handshake), (Speaks::Stateless, Era::Stateless)] {
        let (world, server) = world(speaks, Manners::Decent).await;
        assert_eq!(world.text("echo", json!({"text": "hello"})).await, "hello");
        let ConnectionState::Connected(greeting) = world.state() else { panic!("{:?}", world.state()) };
        assert_eq!((greeting.era, world.heard.listings()), (era, 1));
        assert_eq!(world.heard.tools().len(), 19);
        let requests = server.told.requests();
        assert!(requests.len() >= 3);
        assert!(
            requests.iter().all(|(_, headers)| headers["authorization"] == "Bearer secret"),
            "{requests:?}"
        );
    }
}

#[tokio::test]
async fn users_have_connections_of_their_own() {
    let (world, server) = world(Speaks::Legacy, Manners::Decent).await;
    for _ in 0..2 {
        let mut target = world.target.clone();
        target.key = ConnectionKey { user: Some(UserId::new(SystemIds.uuid())), ..target.key };
        world.it().connect(target).await.unwrap();
    }
    let begun = server.told.requests().iter().filter(|(method, _)| method == "initialize").count();
    assert_eq!((begun, world.heard.listings()), (2, 2));
    world.it().close_server(world.target.key.server).await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_so() {
    for challenge in [true, false] {
        let (world, server) = world(Speaks::Both, Manners::Unauthorized { challenge }).await;
        assert_eq!(
            world.it().connect(world.target.clone()).await,
            Err(ConnectionFault::NeedsAuth),
            "{challenge}"
        );
        assert_eq!(world.state(), ConnectionState::NeedsAuth);
        assert_eq!(world.call("echo", json!({})).await, Err(ConnectionFault::NeedsAuth));
        server.told.behave(Manners::Decent);
        world.it().connect(world.target.clone()).await.unwrap();
        // The sign-in expires in mid-conversation.
        server.told.behave(Manners::Unauthorized { challenge });
        assert_eq!(world.call("echo", json!({})).await, Err(ConnectionFault::NeedsAuth), "{challenge}");
        assert_eq!(world.state(), ConnectionState::NeedsAuth);
    }
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_given_up() {
    for (speaks, notices) in [(Speaks::Legacy, 1), (Speaks::Stateless, 0)] {
        let (world, server) = world(speaks, Manners::Decent).await;
        world.it().connect(world.target.clone()).await.unwrap();
        let is_asked = || server.told.requests().iter().any(|(method, _)| method == "tools/call");
        tokio::select! {
            answer = world.call("hang", json!({})) => panic!("{answer:?}"),
            () = until("it is asked", async || is_asked()) => {}
        }
        // Without sessions, to hang up is to cancel.
        until("it is given up", async || {
            let requests = server.told.requests();
            let told = requests.iter().filter(|(method, _)| method == "notifications/cancelled").count();
            told == notices && (notices > 0 || server.told.abandoned() == 1)
        })
        .await;
        assert_eq!(world.text("echo", json!({"text": "still there"})).await, "still there");
    }
}

#[tokio::test]
async fn a_session_that_was_forgotten_is_begun_anew() {
    let (world, server) = world(Speaks::Legacy, Manners::Forgetful).await;
    for round in 0..3 {
        assert_eq!(world.text("echo", json!({"text": round.to_string()})).await, round.to_string());
    }
    let begun = server.told.requests().iter().filter(|(method, _)| method == "initialize").count();
    assert_eq!((begun, world.heard.listings()), (3, 1));
}

#[tokio::test]
async fn what_is_no_mcp_server_is_told_apart() {
    assert_eq!(failed(Manners::Broken).await, "The server answered with status 500.");
    let page = failed(Manners::Page).await;
    assert_eq!(page, "What is at this address does not speak MCP: it answers with text/html; charset=utf-8.");
    let redirect = failed(Manners::Redirect("http://169.254.169.254/latest".into())).await;
    assert!(redirect.starts_with("The server redirects to another address (status 307)."), "{redirect}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::listen(Speaks::Both, Manners::Decent).await.unwrap();
    failed(Manners::Redirect(elsewhere.url.clone())).await;
    assert!(elsewhere.told.requests().is_empty());
}

#[tokio::test]
async fn an_address_that_may_not_be_asked_is_refused() {
    for (url, why) in [
        (
            "http://169.254.169.254/mcp",
            "The server cannot be asked: the address is not on the public internet.",
        ),
        ("not an address", "The server cannot be asked: its address is none."),
    ] {
        let transport = Transport::Http { url: url.into(), headers: BTreeMap::new() };
        let world = World::at(transport, quick());
        let refused = world.it().connect(world.target.clone()).await;
        assert_eq!(refused, Err(ConnectionFault::Unreachable(why.into())));
    }
}

#[tokio::test]
async fn a_server_that_has_gone_is_noticed_at_the_next_call() {
    let (world, server) = world(Speaks::Stateless, Manners::Decent).await;
    world.text("echo", json!({})).await;
    drop(server);
    until("it is noticed", async || {
        matches!(world.call("echo", json!({})).await, Err(ConnectionFault::Unreachable(_)))
    })
    .await;
    let ConnectionState::Failed(why) = world.state() else { panic!("{:?}", world.state()) };
    assert!(why.starts_with("The server cannot be reached: ") && !why.contains("http"), "{why}");
}

#[tokio::test]
async fn the_address_and_the_headers_are_in_no_sentence() {
    let (mut world, server) = world(Speaks::Both, Manners::Broken).await;
    let Transport::Http { url, .. } = &mut world.target.transport else { unreachable!() };
    url.push_str("?key=hunter2");
    for manners in [Manners::Broken, Manners::Page, Manners::Redirect("/x?key=hunter2".into())] {
        server.told.behave(manners);
        let fault = world.it().connect(world.target.clone()).await.unwrap_err();
        assert!(!fault.to_string().contains("hunter2") && !world.log().contains("hunter2"), "{fault}");
    }
    drop(server);
    let fault = world.it().connect(world.target.clone()).await.unwrap_err();
    assert!(!fault.to_string().contains("hunter2") && !fault.to_string().contains("secret"), "{fault}");
}
