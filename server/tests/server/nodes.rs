//! Two servers on one PostgreSQL: each runs its own turns, and what a killed one leaves behind the other one takes over. They
//! need the URL of a server in `VERTICE_TEST_POSTGRES_URL`.

use http::StatusCode;
use serde_json::json;
use vertice_ports::Ids as _;
use vertice_runtime::SystemIds;

use crate::{
    client::{PAUSE, Place},
    harness::answer_of,
    tools::{Site, assert_gapless},
};

/// None: there is no database to test with, which only a developer's machine may lack.
async fn site() -> Option<Site> {
    const NAME: &str = "VERTICE_TEST_POSTGRES_URL";
    let Some(url) = std::env::var(NAME).ok().filter(|url| !url.is_empty()) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{NAME} must be set in CI");
        eprintln!("skipped: {NAME} is not set");
        return None;
    };
    // The database is everybody's: each test has a person of its own.
    let email = format!("{}@example.com", SystemIds.uuid().simple());
    Some(Site::at(Place::new().set("DATABASE_URL", &url), &email).await)
}

const LONG: &str = "[[tokens=3000 every=20ms]]";

#[tokio::test]
async fn what_a_killed_node_ran_is_taken_over_and_what_slept_goes_on_at_once() {
    let Some(site) = site().await else { return };
    let (here, there) = (site.place.serve().await, site.place.serve().await);
    let mut asleep = site.ask(&here, r#"[[tool=write args={"n":1}]] [[echo Done.]]"#).await;
    let id = asleep.until("tool_approval").await.data["id"].clone();
    site.asleep(&there, &asleep.turn).await;
    let mut calling = site.ask(&here, "[[tool=hang]]").await;
    calling.until("tool_use").await;
    site.place.until_noted().await;
    let mut writing = site.ask(&here, LONG).await;
    let mut heard = String::new();
    let mut elsewhere = site.replay(&there, &writing.turn, None).await;
    while heard.split_whitespace().count() < 40 {
        let event = writing.stream.event().await.unwrap();
        heard.push_str(event.data["token"].as_str().unwrap_or_default());
    }
    // Another node tells of it as it is stored, and touches nothing.
    elsewhere.until("token").await;
    let listed = site.unended(&there, "?state=running").await;
    let listed: Vec<_> = listed.as_array().unwrap().iter().map(|item| item["turn_id"].clone()).collect();
    assert_eq!(listed, [json!(calling.turn), json!(writing.turn)]);
    here.kill().await;

    // Nobody owns what sleeps: no lease has to run out first.
    let allow = json!({"id": id, "decision": "allow"});
    assert_eq!(site.decide(&there, &asleep.turn, allow).await.status, StatusCode::NO_CONTENT);
    let whole = site.replay(&there, &asleep.turn, None).await.until("done").await;
    assert_gapless(&whole);
    assert_eq!(whole.last().unwrap().data["finish_reason"], "stop");

    // What ran is taken over when the lease of its node has run out; whoever listens hears that.
    assert_eq!(elsewhere.until("done").await.last().unwrap().data["finish_reason"], "interrupted");
    let messages = json!({"items": site.messages(&there, &writing.conversation).await});
    let answer = answer_of(&messages);
    assert_eq!(answer["status"], "interrupted");
    let kept = answer["content"].as_str().unwrap();
    assert!(heard.starts_with(kept) || kept.starts_with(&heard), "{kept:?} {heard:?}");
    // A second of text at most, at 20 ms a word: more than is at risk, since the disk may be busy.
    assert!(kept.split_whitespace().count() + 50 >= heard.split_whitespace().count(), "{kept:?} {heard:?}");
    let ended = site.replay(&there, &calling.turn, None).await.until("done").await;
    assert_gapless(&ended);
    let result = ended.iter().find(|event| event.name == "tool_result").unwrap();
    assert!(result.data["content"].as_str().unwrap().contains("not known"), "{result:?}");
    assert_eq!(site.place.noted(), ["hang {}", r#"write {"n":1}"#], "nothing is made twice");
    assert_eq!(site.unended(&there, "").await, json!([]));

    // Both calls that were in flight are paid for, the long one by what was heard of it.
    let mut calls = json!(null);
    while calls != 4 {
        let usage = there.json("GET", &site.token, "/api/v1/users/me/usage", None).await;
        calls = usage["total"]["calls"].clone();
        tokio::time::sleep(PAUSE).await;
    }
}

#[tokio::test]
async fn a_node_whose_clock_is_wrong_takes_nothing_and_loses_nothing() {
    const HOUR_MS: i64 = 3_600_000;
    let Some(site) = site().await else { return };
    let here = site.place.serve().await;
    let mut ours = site.ask(&here, LONG).await;
    ours.until("token").await;
    // Whoever starts takes what nobody holds.
    let behind = site.place.serve_at(-HOUR_MS).await;
    let mut theirs = site.ask(&behind, LONG).await;
    theirs.until("token").await;
    let ahead = site.place.serve_at(HOUR_MS).await;
    let right = site.place.serve().await;
    for (asked, elsewhere) in [(&mut ours, &ahead), (&mut theirs, &right)] {
        let cancel = format!("/api/v1/chat/turns/{}/cancel", asked.turn);
        let cancelled = elsewhere.open("POST", &site.token, &cancel, None).await;
        assert_eq!(cancelled.status, StatusCode::NO_CONTENT);
        assert_eq!(asked.until("done").await.data["finish_reason"], "cancelled");
        assert_gapless(&asked.events);
    }
}

#[tokio::test]
async fn a_stop_is_heard_on_the_other_node_whatever_the_turn_does() {
    let Some(site) = site().await else { return };
    let (here, there) = (site.place.serve().await, site.place.serve().await);
    for (text, until) in [(LONG, "token"), ("[[tool=hang]]", "tool_use"), ("[[tool=write]]", "tool_approval")]
    {
        let mut asked = site.ask(&here, text).await;
        asked.until(until).await;
        // At once: it may be falling asleep just now.
        let cancel = format!("/api/v1/chat/turns/{}/cancel", asked.turn);
        assert_eq!(there.open("POST", &site.token, &cancel, None).await.status, StatusCode::NO_CONTENT);
        assert_eq!(asked.until("done").await.data["finish_reason"], "cancelled", "{text}");
        assert_gapless(&asked.events);
    }
    assert_eq!(site.unended(&there, "").await, json!([]));
}

#[tokio::test]
async fn a_decision_counts_on_whichever_node_it_is_made() {
    let Some(site) = site().await else { return };
    let (here, there) = (site.place.serve().await, site.place.serve().await);
    let mut asked = site.ask(&here, r#"[[tool=write args={"n":1} times=2]] [[echo Done.]]"#).await;
    for server in [&there, &here] {
        let id = asked.until("tool_approval").await.data["id"].clone();
        site.asleep(server, &asked.turn).await;
        let allow = json!({"id": id, "decision": "allow"});
        let (one, two) = tokio::join!(
            site.decide(&here, &asked.turn, allow.clone()),
            site.decide(&there, &asked.turn, allow.clone()),
        );
        let won = [one.status, two.status].iter().filter(|status| status.as_u16() == 204).count();
        assert_eq!(won, 1, "{:?} {:?}", one.status, two.status);
    }
    assert_eq!(asked.until("done").await.data["finish_reason"], "stop");
    assert_gapless(&asked.events);
    assert_eq!(site.place.noted().len(), 2);
}
