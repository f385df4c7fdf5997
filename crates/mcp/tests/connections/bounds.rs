//! What a server lists is kept in bounds.

use vertice_mcp::connection::Connections as _;

use crate::support::{World, quick};

#[tokio::test]
async fn ten_thousand_tools_are_two_hundred() {
    let world = World::with(&["--mode", "flood-list"], quick());
    world.it().connect(world.target.clone()).await.unwrap();
    assert_eq!(world.heard.tools().len(), 200);
    assert!(world.log().contains("more than 200 tools"), "{}", world.log());
}

#[tokio::test]
async fn what_is_listed_is_clean() {
    for speaks in ["legacy", "stateless"] {
        let world = World::with(&["--mode", "ansi", "--speaks", speaks], quick());
        world.it().connect(world.target.clone()).await.unwrap();
        let tools = world.heard.tools();
        assert_eq!(tools.len(), 1, "{tools:?}");
        assert_eq!((&*tools[0].name, &*tools[0].description), ("fine", "Red and backwards"));
        assert!(world.log().contains("The tool notfine is left out"), "{}", world.log());
    }
}
