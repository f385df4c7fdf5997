//! Both eras of MCP, and servers that make something odd of the question which one is theirs.

use std::time::Duration;

use serde_json::json;
use vertice_mcp::connection::{ConnectionState, Connections as _, Era, Limits};

use crate::support::{World, quick};

#[tokio::test]
async fn the_era_of_a_server_is_found() {
    for (speaks, era, version) in [
        ("both", Era::Stateless, "2026-07-28"),
        ("stateless", Era::Stateless, "2026-07-28"),
        ("legacy", Era::Handshake, "2025-11-25"),
        ("picky", Era::Handshake, "2025-11-25"),
        ("sloppy", Era::Handshake, "2025-11-25"),
    ] {
        let world = World::with(&["--speaks", speaks], quick());
        let greeting = world.it().connect(world.target.clone()).await.unwrap();
        assert_eq!((greeting.era, &*greeting.protocol_version), (era, version), "{speaks}");
        assert_eq!(greeting.calls_itself.as_deref(), Some("scripted 1.0"), "{speaks}");
        assert_eq!(world.state(), ConnectionState::Connected(greeting), "{speaks}");
        assert_eq!(world.heard.eras(), [Some(era)], "{speaks}");
        assert_eq!(world.text("echo", json!({"text": speaks})).await, speaks);
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_the_question_is_asked_the_old_way() {
    let limits = Limits { probe: Duration::from_millis(500), ..quick() };
    let world = World::with(&["--speaks", "silent"], limits);
    assert_eq!(world.it().connect(world.target.clone()).await.unwrap().era, Era::Handshake);
}

#[tokio::test]
async fn what_is_known_is_not_asked_again() {
    // Asked for its era, this one would leave.
    for (speaks, era) in [("picky", Era::Handshake), ("stateless", Era::Stateless)] {
        let mut world = World::with(&["--speaks", speaks], quick());
        world.target.era = Some(era);
        world.it().connect(world.target.clone()).await.unwrap();
        assert_eq!(world.heard.eras(), [], "{speaks}");
        assert!(!world.log().contains("ended"), "{speaks}: {}", world.log());
    }
}

#[tokio::test]
async fn what_is_known_wrongly_is_forgotten_and_found_anew() {
    for (speaks, known, found) in [
        ("stateless", Era::Handshake, Era::Stateless),
        ("legacy", Era::Stateless, Era::Handshake),
        ("picky", Era::Stateless, Era::Handshake),
    ] {
        let mut world = World::with(&["--speaks", speaks], quick());
        world.target.era = Some(known);
        assert_eq!(world.it().connect(world.target.clone()).await.unwrap().era, found, "{speaks}");
        assert_eq!(world.heard.eras(), [None, Some(found)], "{speaks}");
        world.it().close(world.target.key).await;
        // The registry may not have stored it yet.
        assert_eq!(world.it().connect(world.target.clone()).await.unwrap().era, found, "{speaks}");
        assert_eq!(world.heard.eras().len(), 2, "{speaks}");
    }
}
