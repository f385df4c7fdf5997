//! The list of turns that have not ended.

use serde_json::json;

use crate::tools::Site;

#[tokio::test]
async fn turns_that_have_not_ended_come_in_pages() {
    let site = Site::new().await;
    let server = site.place.serve().await;
    let mut turns = Vec::new();
    for _ in 0..3 {
        let mut asked = site.ask(&server, "[[tool=write]]").await;
        asked.until("tool_approval").await;
        site.asleep(&server, &asked.turn).await;
        turns.push(asked.turn);
    }
    let mut listed = Vec::new();
    let mut query = "?limit=2".to_owned();
    for count in [2, 1] {
        let list = server.json("GET", &site.token, &format!("/api/v1/chat/turns{query}"), None).await;
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), count);
        listed.extend(items.iter().map(|item| item["turn_id"].as_str().unwrap().to_owned()));
        query = list["next_cursor"]
            .as_str()
            .map(|cursor| format!("?limit=2&cursor={cursor}"))
            .unwrap_or_default();
    }
    assert!(query.is_empty());
    assert_eq!(listed, turns, "oldest first");
    for bad in ["?limit=0", "?limit=101", "?cursor=forged", "?state=ended"] {
        let refused = server.open("GET", &site.token, &format!("/api/v1/chat/turns{bad}"), None).await;
        assert_eq!(refused.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn a_turn_that_asks_about_one_call_while_another_runs_says_which() {
    let site = Site::new().await;
    let server = site.place.serve().await;
    let mut asked = site.ask(&server, "[[tool=hang tool=write]]").await;
    let id = asked.until("tool_approval").await.data["id"].clone();
    let unended = site.unended(&server, "").await;
    assert_eq!((&unended[0]["state"], &unended[0]["waiting_for"]["id"]), (&json!("running"), &id));
    let denied = site.decide(&server, &asked.turn, json!({"id": id, "decision": "deny"})).await;
    assert_eq!(denied.status, 204);
    asked.until("tool_result").await;
    let unended = site.unended(&server, "").await;
    assert_eq!((&unended[0]["state"], &unended[0]["waiting_for"]), (&json!("running"), &json!(null)));
}
