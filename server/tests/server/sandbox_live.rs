//! Code that is run for a page: told while it runs, ended with the stream, drawn when it is over.

use serde_json::{Value, json};
use vertice_app::api::runs::RunNews;

use crate::{
    client::{Answer, PAUSE},
    sandbox::{Site, site},
};

const ANN: &str = "ann@example.com";

/// A page of a conversation.
struct Page<'a> {
    site: &'a Site,
    cookie: String,
    conversation: Value,
}

impl Page<'_> {
    async fn of(site: &Site) -> Page<'_> {
        let made = site.server.json("POST", &site.token, "/api/v1/conversations", Some(json!({}))).await;
        Page { site, cookie: site.server.cookie(ANN).await, conversation: made["id"].clone() }
    }

    async fn run(&self, what: &str, code: &str) -> Answer {
        let body = json!({"what": what, "code": code, "conversation": self.conversation});
        self.site.server.function("run-code", &self.cookie, body).await
    }
}

async fn next(answer: &mut Answer) -> Option<RunNews> {
    Some(serde_json::from_value(answer.frame().await?).unwrap())
}

/// What is told until the stream ends: on both outputs, and the card.
async fn told(mut answer: Answer) -> (String, String, String) {
    let (mut out, mut err) = (String::new(), String::new());
    while let Some(news) = next(&mut answer).await {
        match news {
            RunNews::Begun(_) => {}
            RunNews::Out(text) => out.push_str(&text),
            RunNews::Err(text) => err.push_str(&text),
            RunNews::Over(card) => {
                assert_eq!(next(&mut answer).await, None);
                return (out, err, card);
            }
        }
    }
    panic!("no card after {out:?} and {err:?}");
}

#[tokio::test]
async fn what_is_said_is_told_while_it_runs_in_order_and_whole() {
    for runtime in ["bubblewrap", "gvisor"] {
        let site = site(runtime).await;
        let page = Page::of(&site).await;
        // Characters that are cut in the middle, on both outputs; it ends when it has been heard: until then no card can come.
        let code = "import os, sys, time\n\
            for n in range(40):\n\
            \x20   for byte in f'{n}é🦀 '.encode():\n\
            \x20       os.write(1, bytes([byte]))\n\
            \x20   os.write(2, f'e{n} '.encode())\n\
            time.sleep(1)\n\
            print('last', flush=True)";
        let mut answer = page.run("python count.py", code).await;
        let begun = next(&mut answer).await;
        assert!(matches!(&begun, Some(RunNews::Begun(card)) if card.contains("count.py")), "{begun:?}");
        let (out, err, card) = told(answer).await;
        let wanted: String = (0..40).map(|n| format!("{n}é🦀 ")).collect();
        // The last word may come with the end, and is in the card then.
        assert!(out.starts_with(&wanted), "{out:?}");
        let errors: String = (0..40).map(|n| format!("e{n} ")).collect();
        assert_eq!(err, errors);
        for part in ["Exit 0", "39é🦀", "last", "e39"] {
            assert!(card.contains(part), "{part} in {card}");
        }
        site.assert_clean();
    }
}

#[tokio::test]
async fn who_goes_away_ends_the_run_and_all_that_it_started() {
    for runtime in ["bubblewrap", "gvisor"] {
        let site = site(runtime).await;
        let page = Page::of(&site).await;
        let code = "(setsid sleep 161803 &)\necho begun\nsleep 161803";
        let mut answer = page.run("bash", code).await;
        next(&mut answer).await.unwrap();
        assert_eq!(next(&mut answer).await, Some(RunNews::Out("begun\n".to_owned())));
        assert!(!site.processes("/run-").is_empty());
        drop(answer);
        while !site.processes("").is_empty() || !site.folders().is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        site.assert_clean();
        // The workspace is free again.
        let (.., card) = told(page.run("bash", "echo free").await).await;
        assert!(card.contains(">free\n<"), "{card}");
    }
}

#[tokio::test]
async fn who_goes_away_while_their_run_waits_has_run_nothing() {
    let site = site("bubblewrap").await;
    let page = Page::of(&site).await;
    // As many as one person may have at the same time.
    let mut first = Vec::new();
    for _ in 0..6 {
        first.push(page.run("bash", "sleep 300").await);
    }
    while site.folders().len() < first.len() {
        tokio::time::sleep(PAUSE).await;
    }
    let mut waits = page.run("bash", "touch more.txt").await;
    next(&mut waits).await.unwrap();
    drop(waits);
    drop(first);
    let (.., card) = told(page.run("bash", "ls; echo over").await).await;
    assert!(card.contains(">over\n<"), "{card}");
}

#[tokio::test]
async fn who_never_reads_holds_nothing_up() {
    let site = site("bubblewrap").await;
    let page = Page::of(&site).await;
    let deaf = page.run("bash", "head -c 900000 /dev/zero | tr '\\0' x; touch done").await;
    // It comes to its end, though nobody has read a word of it.
    while !told(page.run("bash", "ls").await).await.2.contains("done") {
        tokio::time::sleep(PAUSE).await;
    }
    let (.., last) = told(deaf).await;
    assert!(last.contains("download=\"output.txt\""));
}

#[tokio::test]
async fn what_cannot_be_run_is_a_card_too() {
    let site = site("bubblewrap").await;
    let page = Page::of(&site).await;
    let (.., refused) = told(page.run("perl", "1").await).await;
    assert!(refused.contains("Not run"), "{refused:?}");
    let strange =
        Page { conversation: json!("01936b1e-0000-7000-8000-000000000001"), ..Page::of(&site).await };
    let (.., refused) = told(strange.run("bash", "ls").await).await;
    assert!(refused.contains("There is no such conversation."), "{refused:?}");
}
