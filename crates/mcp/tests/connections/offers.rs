//! What servers offer beside tools, in both eras, as programs and at addresses.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what two tests have in common stands outside of them"
)]

use serde_json::json;
use vertice_domain::mcp::Transport;
use vertice_mcp::connection::{ConnectionFault, Connections as _, Granted, Inside, Wish};
use vertice_testkit::mcp::{Speaks, http};

use crate::support::{World, quick};

async fn asked(world: &World, wish: Wish) -> Result<Granted, ConnectionFault> {
    world.it().ask(world.target.clone(), wish).await
}

async fn read(world: &World, uri: &str) -> Result<Vec<Inside>, String> {
    match asked(world, Wish::Resource { uri: uri.into() }).await {
        Ok(Granted::Resource(inside)) => Ok(inside),
        Ok(other) => panic!("{other:?}"),
        Err(fault) => Err(fault.to_string()),
    }
}

async fn offers(world: &World) {
    let Granted::Listed(listed) = asked(world, Wish::List).await.unwrap() else { panic!() };
    let prompts: Vec<_> =
        listed.prompts.iter().map(|one| (one.title.as_str(), one.arguments.len())).collect();
    assert_eq!(prompts, [("Sum up", 2), ("greet", 0)]);
    let resources: Vec<_> = listed.resources.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(
        resources,
        ["Shopping list", "picture", "book", "long"],
        "from both pages, and nothing hidden"
    );

    let arguments = serde_json::from_value(json!({"text": "this"})).unwrap();
    let text = asked(world, Wish::Prompt { name: "sum_up".into(), arguments }).await.unwrap();
    assert_eq!(text, Granted::Prompt("Sum up: this\n\n[Said by the assistant:]\nGladly.".into()));
    let gone = asked(world, Wish::Prompt { name: "gone".into(), arguments: Default::default() }).await;
    assert_eq!(gone, Err(ConnectionFault::Refused("The server refused: There is no such prompt".into())));

    assert_eq!(read(world, "notes://list").await.unwrap(), [Inside::Text("milk\n````\nbread".into())]);
    assert!(matches!(&read(world, "notes://picture").await.unwrap()[..], [Inside::Picture(_)]));
    assert!(read(world, "notes://book.pdf").await.unwrap_err().contains("neither a text nor a picture"));
    let [Inside::Text(long)] = &read(world, "notes://long").await.unwrap()[..] else { panic!() };
    assert!(long.ends_with("more bytes were cut.]") && long.len() < 66_000);

    let note = |rest: usize| format!("\n[… {rest} more bytes were cut.]");
    let whole = "é".repeat(20_000);
    let last = ["é".repeat(12_768), note(14_464)].concat();
    let parts = [whole, last, note(40_000)].map(Inside::Text);
    assert_eq!(read(world, "notes://parts").await.unwrap(), parts, "one bound for all texts");
    assert_eq!(read(world, "notes://twenty").await.unwrap().len(), 20);
    let many = "The resource has 21 contents, and 20 at most can be attached.";
    assert_eq!(read(world, "notes://many").await, Err(many.to_owned()));
}

#[tokio::test]
async fn programs_of_both_eras_offer_prompts_and_resources() {
    for era in ["legacy", "stateless"] {
        offers(&World::with(&["--speaks", era], quick())).await;
    }
}

#[tokio::test]
async fn so_do_addresses() {
    for speaks in [Speaks::Legacy, Speaks::Stateless] {
        let server = http::Server::listen(speaks, http::Manners::Decent).await.unwrap();
        let transport = Transport::Http { url: server.url.clone(), headers: [].into() };
        offers(&World::at(transport, quick())).await;
    }
}
