//! What a model is shown of answers with tools.

use vertice_domain::{ConversationId, Provider, Sealed, Timestamp, ToolState, Transcript};

use super::*;

fn part(position: u32, step: u32, kind: PartKind) -> Part {
    Part { position, step, kind }
}

fn text(text: &str) -> PartKind {
    PartKind::Text { text: text.into() }
}

fn call(id: &str) -> PartKind {
    let (arguments, state) = (format!(r#"{{"at":"{id}"}}"#), ToolState::Ended { outcome: Outcome::Success });
    PartKind::ToolCall(ToolCall { arguments, state, ..ToolCall::proposed(id, "files", "look") })
}

fn result(id: &str) -> PartKind {
    PartKind::ToolResult(ToolResult {
        call: id.into(),
        outcome: Outcome::Success,
        content: format!("at {id}"),
        images: Vec::new(),
        duration_ms: 1,
        trouble: None,
        artifact: None,
    })
}

fn seal(position: u32, step: u32, data: &str) -> SealedPart {
    let sealed = Sealed { provider: Provider::Anthropic, model: "m".into(), data: data.into() };
    SealedPart { position, step, sealed }
}

/// Two steps with tools, then words.
fn parts() -> Vec<Part> {
    vec![
        part(0, 1, PartKind::Thinking { text: "hm".into() }),
        part(2, 1, text("I look.")),
        part(3, 1, call("a")),
        part(4, 1, call("b")),
        part(5, 1, result("b")),
        part(6, 1, result("a")),
        part(8, 2, call("c")),
        part(9, 2, result("c")),
        part(10, 3, text("Done.")),
    ]
}

/// A line a block, each with its author's letter.
fn lines(messages: &[PromptMessage]) -> Vec<String> {
    let line = |author: Author, block: &Block| {
        let said = match block {
            Block::Text(text) => text.clone(),
            Block::Image(_) => "image".into(),
            Block::ToolCall(call) => format!("call {} {}", call.id, call.arguments),
            Block::ToolResult(result) => format!("result {} {}", result.call_id, result.text),
            Block::Replay(replay) => format!("sealed {}", replay.data),
        };
        format!("{}: {said}", &author.as_str()[..1])
    };
    messages
        .iter()
        .flat_map(|message| message.blocks.iter().map(|block| line(message.author, block)))
        .collect()
}

#[test]
fn each_step_goes_back_in_the_order_said_with_its_results_after_it() {
    let sealed = [seal(1, 1, "s1"), seal(7, 2, "s2")];
    let expected = [
        "a: sealed s1",
        "a: I look.",
        r#"a: call a {"at":"a"}"#,
        r#"a: call b {"at":"b"}"#,
        "u: result a at a",
        "u: result b at b",
        "a: sealed s2",
        r#"a: call c {"at":"c"}"#,
        "u: result c at c",
        "a: Done.",
    ];
    assert_eq!(lines(&answer(&parts(), &sealed)), expected);
}

#[test]
fn what_was_shown_is_the_beginning_of_what_is_shown_next() {
    let whole = lines(&answer(&parts(), &[seal(1, 1, "s1"), seal(7, 2, "s2")]));
    for (end, seals) in [(6, vec![seal(1, 1, "s1")]), (8, vec![seal(1, 1, "s1"), seal(7, 2, "s2")])] {
        let before = lines(&answer(&parts()[..end], &seals));
        assert!(whole.starts_with(&before), "{before:?}");
    }
}

#[test]
fn a_call_without_a_result_is_told_as_interrupted() {
    let told = lines(&answer(&[part(0, 1, call("a"))], &[]));
    assert!(told[1].contains("result a") && told[1].contains("not known"), "{told:?}");
}

#[test]
fn what_a_person_changed_is_told_with_the_result() {
    let PartKind::ToolCall(call) = call("a") else { return };
    let call = ToolCall { edited: Some(r#"{"at":"home"}"#.into()), ..call };
    let told = lines(&answer(&[part(0, 1, PartKind::ToolCall(call)), part(1, 1, result("a"))], &[]));
    assert_eq!(told[0], r#"a: call a {"at":"a"}"#);
    assert!(told[1].contains(r#"{"at":"home"}"#) && told[1].ends_with("at a"), "{told:?}");
}

#[test]
fn failed_answers_are_left_out_unless_they_acted() {
    let id = |n| MessageId::new(uuid::Uuid::from_u128(n));
    let conversation = ConversationId::new(uuid::Uuid::nil());
    let blank = |n, role| Message::blank(id(n), conversation, None, role, Timestamp::from_millis(0));
    let question = Message { parts: vec![part(0, 0, text("Q"))], ..blank(1, Author::User) };
    let failed = |parts| Message { parts, status: MessageStatus::Error, ..blank(2, Author::Assistant) };
    let idle = [question.clone(), failed(vec![part(0, 1, text("Hm"))])];
    assert_eq!(lines(&history(&idle, &Seals::default(), &FileTexts::new())), ["u: Q"]);
    let acted = [question, failed(parts())];
    assert_eq!(lines(&history(&acted, &Seals::default(), &FileTexts::new())).len(), 9);
}

#[test]
fn text_that_broke_off_is_asked_for_and_results_are_answered() {
    let conversation = ConversationId::new(uuid::Uuid::nil());
    let id = MessageId::new(uuid::Uuid::nil());
    let blank = Message::blank(id, conversation, None, Author::Assistant, Timestamp::from_millis(0));
    let with = |parts: &[Part]| Message { parts: parts.to_vec(), ..blank.clone() };
    let cut = continuing(&[], &Seals::default(), &FileTexts::new(), &with(&parts()));
    assert_eq!(cut.last().map(|last| last.plain()), Some(CONTINUE.to_owned()));
    let acted = continuing(&[], &Seals::default(), &FileTexts::new(), &with(&parts()[..8]));
    assert_eq!(lines(&acted).last().map(String::as_str), Some("u: result c at c"));
    let thought = continuing(&[], &Seals::default(), &FileTexts::new(), &with(&parts()[..1]));
    assert!(thought.is_empty());
    assert_eq!(Transcript::default().written(blank).parts, []);
}

#[test]
fn what_was_written_in_tags_stands_before_what_was_said_then() {
    let parts = [
        part(0, 1, text("One.")),
        part(1, 1, call("a")),
        part(2, 1, result("a")),
        part(3, 1, text("Two.")),
        part(4, 1, call("b")),
        part(5, 1, result("b")),
        part(6, 1, PartKind::Steering { text: "Hm?".into() }),
        part(7, 2, text("Three.")),
    ];
    let expected = [
        "a: One.",
        "a: call a {\"at\":\"a\"}",
        "u: result a at a",
        "a: Two.",
        "a: call b {\"at\":\"b\"}",
        "u: result b at b",
        "u: Hm?",
        "a: Three.",
    ];
    assert_eq!(lines(&answer(&parts, &[])), expected);
}
