//! Lists of tools that change.

use std::time::Duration;

use serde_json::json;
use vertice_mcp::connection::{Connections as _, Limits};

use crate::support::{World, quick, until};

fn changed(world: &World) -> String {
    let tools = world.heard.tools();
    tools.iter().find(|tool| tool.name == "change").expect("it is there").description.clone()
}

#[tokio::test]
async fn a_change_is_heard_of_in_either_era() {
    for era in ["legacy", "stateless"] {
        let world = World::with(&["--speaks", era], quick());
        world.it().connect(world.target.clone()).await.unwrap();
        assert_eq!(
            (world.heard.listings(), &*changed(&world)),
            (1, "Changes the list of tools. Changed 0 times.")
        );
        for times in 1..=3 {
            let expected = format!("Changes the list of tools. Changed {times} times.");
            world.text("change", json!({})).await;
            until(&format!("{era}: {expected}"), async || changed(&world) == expected).await;
        }
    }
}

#[tokio::test]
async fn a_storm_of_changes_leads_to_few_listings() {
    let limits = Limits { listing: Duration::from_millis(400), ..quick() };
    let world = World::with(&["--speaks", "legacy"], limits);
    world.it().connect(world.target.clone()).await.unwrap();
    let began = tokio::time::Instant::now();
    for _ in 0..20 {
        world.text("storm", json!({"times": 500})).await;
    }
    until("the last one is heard", async || changed(&world).contains("20 times")).await;
    let most = 2 + began.elapsed().as_millis() / 400;
    assert!(world.heard.listings() as u128 <= most, "{} listings, {most} at most", world.heard.listings());
}
