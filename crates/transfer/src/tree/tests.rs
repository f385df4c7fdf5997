//! Trees as they may come: silent ones, branches anywhere, circles.

use proptest::prelude::*;
use vertice_domain::{ImportSource, PartKind};
use vertice_runtime::SystemIds;

use super::*;
use crate::found::Losses;

fn found(nodes: Vec<Node>) -> Found {
    Found {
        source: ImportSource::ChatGpt,
        id: "x".into(),
        title: None,
        created: None,
        updated: None,
        pinned: false,
        archived: false,
        head: None,
        nodes,
        losses: Losses::default(),
    }
}

fn node(id: &str, parent: &str, author: Author, text: &str) -> Node {
    let pieces = if text.is_empty() { Vec::new() } else { vec![Piece::Text(text.to_owned())] };
    let parent = (!parent.is_empty()).then(|| parent.to_owned());
    Node { id: id.to_owned(), parent, author, pieces, at: None, model: None, is_cut: false }
}

fn grown(nodes: Vec<Node>) -> Vec<(Option<usize>, String)> {
    let whole = whole(&found(nodes), &SystemIds, Timestamp::from_millis(1_000), &Stop::default()).unwrap();
    let place = |id| whole.messages.iter().position(|other| other.message.id == id);
    let one = |one: &WholeMessage| (one.message.parent_id.and_then(place), one.message.text());
    whole.messages.iter().map(one).collect()
}

use Author::{Assistant as A, User as U};

#[test]
fn a_row_of_one_author_is_one_message_and_the_silent_are_passed_over() {
    let nodes = vec![
        node("s", "", A, ""),
        node("u", "s", U, "ask"),
        node("v", "u", U, "more"),
        node("h", "v", A, ""),
        node("a", "h", A, "one"),
        node("b", "a", A, "two"),
    ];
    assert_eq!(grown(nodes), [(None, "ask\n\nmore".to_owned()), (Some(0), "one\n\ntwo".to_owned())]);
}

#[test]
fn a_branch_in_the_midst_of_an_answer_is_a_whole_answer_beside_it() {
    let nodes = vec![
        node("u", "", U, "ask"),
        node("a", "u", A, "begin"),
        node("b", "a", A, "left"),
        node("c", "a", A, "right"),
        node("w", "a", U, "enough"),
    ];
    let expected = [
        (None, "ask"),
        (Some(0), "begin"),
        (Some(0), "begin\n\nleft"),
        (Some(0), "begin\n\nright"),
        (Some(1), "enough"),
    ];
    assert_eq!(grown(nodes), expected.map(|(parent, text)| (parent, text.to_owned())));
}

#[test]
fn an_answer_that_nobody_asked_for_gets_a_question() {
    assert_eq!(
        grown(vec![node("a", "", A, "hello")]),
        [(None, UNASKED.to_owned()), (Some(0), "hello".to_owned())]
    );
}

#[test]
fn whoever_answers_themselves_answers_nobody() {
    let circle = vec![node("a", "b", U, "a"), node("b", "a", A, "b"), node("c", "c", U, "c")];
    let all = grown(circle);
    let texts: Vec<&str> = all.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, [UNASKED, "b", "a", "c"]);
}

#[test]
fn branches_do_not_grow_without_end() {
    // A row of answers of which each has a second one: each of them is a whole answer with all before it.
    let mut nodes = vec![node("u", "", U, "ask"), node("0", "u", A, "0")];
    for at in 1..2_000 {
        let parent = (at - 1).to_string();
        nodes.push(node(&at.to_string(), &parent, A, "x"));
        nodes.push(node(&format!("{at}b"), &parent, A, "y"));
    }
    let whole = whole(&found(nodes), &SystemIds, Timestamp::from_millis(1_000), &Stop::default()).unwrap();
    let parts: usize = whole.messages.iter().map(|one| one.message.parts.len()).sum();
    assert!(whole.left_out > 0 && parts < 40_000, "{} {parts}", whole.left_out);
}

#[test]
fn what_is_copied_for_branches_is_bounded_in_bytes() {
    let large = "x".repeat(1_000_000);
    let mut nodes = vec![node("u", "", U, "ask"), node("a", "u", A, &large)];
    nodes.extend((0..1_000).map(|at| node(&format!("b{at}"), "a", A, "y")));
    let whole = whole(&found(nodes), &SystemIds, Timestamp::from_millis(1_000), &Stop::default()).unwrap();
    let says: usize = whole.messages.iter().map(|one| one.message.text().len()).sum();
    assert!((3_000_000..6_000_000).contains(&says), "{says}");
    assert_eq!(whole.left_out as usize + whole.messages.len() - 1, 1_000);
}

#[test]
fn it_stops_when_nobody_wants_it() {
    let stop = Stop::default();
    stop.ask();
    assert!(
        whole(&found(vec![node("u", "", U, "ask")]), &SystemIds, Timestamp::from_millis(1), &stop).is_none()
    );
}

#[test]
fn many_results_find_their_calls_at_once() {
    // Looking through all open calls for each result would take 10,000,000,000 looks.
    let many = 100_000;
    let call = |at: usize| Piece::Call { id: format!("c{at}"), name: "look".into(), arguments: "{}".into() };
    let result = |at: usize| Piece::Result {
        id: format!("c{at}"),
        name: "look".into(),
        content: at.to_string(),
        is_error: false,
    };
    let mut asked = node("a", "u", A, "");
    asked.pieces = (0..many).map(call).chain((0..many).rev().map(result)).collect();
    let nodes = vec![node("u", "", U, "ask"), asked];
    let began = std::time::Instant::now();
    let whole = whole(&found(nodes), &SystemIds, Timestamp::from_millis(1), &Stop::default()).unwrap();
    assert!(began.elapsed() < std::time::Duration::from_secs(30), "{:?}", began.elapsed());
    let parts = &whole.messages[1].message.parts;
    let PartKind::ToolResult(last) = &parts[2 * many - 1].kind else { panic!("{parts:?}") };
    assert_eq!((last.call.as_str(), last.content.as_str()), ("call_1", "0"));
}

proptest! {
    #[test]
    fn every_word_is_somewhere_and_every_parent_comes_first(
        shape in prop::collection::vec((0_usize..12, any::<bool>(), any::<bool>()), 1..12)
    ) {
        let nodes: Vec<Node> = shape
            .iter()
            .enumerate()
            .map(|(at, (parent, user, silent))| {
                let author = if *user { U } else { A };
                let text = if *silent { String::new() } else { format!("word{at}.") };
                node(&at.to_string(), &parent.to_string(), author, &text)
            })
            .collect();
        let says: Vec<String> = nodes
            .iter()
            .flat_map(|node| &node.pieces)
            .map(|piece| match piece { Piece::Text(text) => text.clone(), other => panic!("{other:?}") })
            .collect();
        let Some(whole) = whole(&found(nodes), &SystemIds, Timestamp::from_millis(1_000), &Stop::default()) else {
            prop_assert!(says.is_empty());
            return Ok(());
        };
        let mut seen = Vec::new();
        for one in &whole.messages {
            let message = &one.message;
            prop_assert!(message.parent_id.is_none_or(|parent| seen.contains(&parent)));
            let are_texts = message.parts.iter().all(|part| matches!(part.kind, PartKind::Text { .. }));
            prop_assert!(are_texts);
            seen.push(message.id);
        }
        let all: String = whole.messages.iter().map(|one| one.message.text() + "\n").collect();
        for word in says {
            prop_assert!(all.contains(&word), "{word} in {all}");
        }
        prop_assert!(whole.conversation.head_message_id.is_some_and(|head| seen.contains(&head)));
    }
}
