//! The turn of a model that writes tags.

use vertice_domain::{ArtifactId, ArtifactKind, ArtifactPath, ArtifactRef};

use super::*;
use crate::tags::{CREATE, CUT_OFF, EDIT, REWRITE};

fn tools() -> Vec<Tool> {
    let spec =
        |name: &str| ToolSpec { name: name.into(), description: String::new(), input_schema: json!({}) };
    [CREATE, REWRITE, EDIT]
        .map(|name| Tool { server: String::new(), name: name.into(), spec: spec(name) })
        .to_vec()
}

/// In a conversation that has an artifact `known.md`.
fn run(inputs: Vec<Input>) -> Run {
    let log = vec![metadata()];
    let known = ArtifactPath::parse("known.md").unwrap();
    let state = TurnState::new(Transcript::fold(&log), &tools()).in_text(&[known]);
    let mut run = Run { state, log, others: Vec::new() };
    run.take(called());
    inputs.into_iter().for_each(|input| run.take(input));
    run
}

fn made(call: &str, path: &str) -> Input {
    let artifact = ArtifactRef {
        id: ArtifactId::new(uuid::Uuid::from_u128(9)),
        version: 1,
        path: ArtifactPath::parse(path).unwrap(),
        title: path.into(),
        kind: ArtifactKind::Code,
        added: 1,
        removed: 0,
    };
    let output = ToolOutput { artifact: Some(artifact), ..ToolOutput::told(Outcome::Success, "Made.") };
    Input::Ended { call: call.into(), output, duration_ms: 5 }
}

fn allowed(call: &str) -> Input {
    judged(call, Permission::Allow)
}

/// The parts, a line each.
fn lines(run: &Run) -> Vec<String> {
    let line = |part: &vertice_domain::Part| match &part.kind {
        PartKind::Text { text } => text.clone(),
        PartKind::Thinking { text } => format!("thinks {text}"),
        PartKind::ToolCall(call) => format!("{} {}", call.name, call.arguments),
        PartKind::ToolResult(result) => format!("{} {}", result.outcome.as_str(), result.content),
        other => format!("{other:?}"),
    };
    run.state.transcript.parts.iter().map(line).collect()
}

#[test]
fn a_tag_is_a_call_and_the_answer_goes_on_after_it() {
    let mut run = run(vec![
        text("Here.\n<artifact path=\"a \\.md\" ti"),
        text("tle='\"T\"'>\none\n\"two\"\\\n</artifact>\nDone."),
        stop(FinishReason::Stop),
    ]);
    assert_eq!(run.others(), [judge("tag-1")]);
    assert!(run.state.finish.is_none());
    run.take(allowed("tag-1"));
    assert_eq!(run.others(), [Effect::RunTool("tag-1".into())]);
    run.take(made("tag-1", "a.md"));
    assert_eq!(run.others(), [Effect::Finish], "the model is not called again");
    let arguments = "create_artifact {\"heading\":\"\\\"T\\\"\",\"path\":\"a \\\\.md\",\"text\":\"one\\n\\\"two\\\"\\\\\"}";
    assert_eq!(lines(&run), ["Here.\n", arguments, "success Made.", "Done."]);
    assert!(run.state.transcript.calls().all(|(_, call)| super::super::arguments(call).is_ok()));
    let names = run.names();
    let expected = [
        "metadata",
        "step 1",
        "start 0",
        "end 0",
        "start 1",
        "more 1",
        "more 1",
        "more 1",
        "end 1",
        "tag-1 Running",
        "tag-1 Ended { outcome: Success }",
        "start 2",
        "start 3",
        "end 3",
        "done",
    ];
    assert_eq!(names, expected);
}

#[test]
fn what_is_there_is_rewritten_and_calls_come_one_after_the_other() {
    let mut run = run(vec![
        text("<artifact path=\"./Known.md\">\nx\n</artifact>\n<artifact path=new.md>\ny\n</artifact>\n"),
        text("<artifact path=\"new.md\">\nz\n</artifact>\n"),
        text("<artifact_edit path=new.md><find>z</find><replace>é</replace></artifact_edit>"),
        stop(FinishReason::Stop),
    ]);
    for (call, path) in [("tag-0", "known.md"), ("tag-2", "new.md"), ("tag-4", "new.md"), ("tag-6", "new.md")]
    {
        assert_eq!(run.others(), [judge(call)]);
        run.take(allowed(call));
        assert_eq!(run.others(), [Effect::RunTool(call.into())]);
        run.take(made(call, path));
    }
    assert_eq!(run.others(), [Effect::Finish]);
    let said: Vec<String> = lines(&run).into_iter().step_by(2).collect();
    let expected = [
        r#"rewrite_artifact {"path":"./Known.md","text":"x"}"#,
        r#"create_artifact {"path":"new.md","text":"y"}"#,
        r#"rewrite_artifact {"path":"new.md","text":"z"}"#,
        r#"edit_artifact {"path":"new.md","old":"z","new":"é"}"#,
    ];
    assert_eq!(said, expected);
    assert_eq!(run.state.finish, Some(FinishReason::Stop));
}

#[test]
fn however_an_answer_ends_what_was_written_is_made() {
    let broken = || Input::Failed(failure());
    for (last, finish, is_cut) in [
        (stop(FinishReason::Stop), FinishReason::Stop, false),
        (stop(FinishReason::MaxTokens), FinishReason::MaxTokens, true),
        (stop(FinishReason::Cancelled), FinishReason::Cancelled, true),
        (broken(), FinishReason::Error, true),
        (Input::Closed, FinishReason::Error, true),
    ] {
        let mut run = run(vec![text("<artifact path=a.md>\nhalf a"), last.clone()]);
        assert_eq!(run.others(), [judge("tag-0")], "{last:?}");
        run.take(allowed("tag-0"));
        run.take(made("tag-0", "a.md"));
        assert_eq!(run.state.finish, Some(finish), "{last:?}");
        let told = if is_cut { format!("success Made. {CUT_OFF}") } else { "success Made.".to_owned() };
        assert_eq!(lines(&run), [r#"create_artifact {"path":"a.md","text":"half a"}"#, &told]);
    }
}

#[test]
fn a_stop_in_the_midst_of_a_tag_makes_what_was_written() {
    let mut run = run(vec![text("<artifact path=a.md>\nhalf a"), Input::Stop(StopCause::Cancelled)]);
    assert_eq!(run.others(), [Effect::CancelCall]);
    run.take(stop(FinishReason::Cancelled));
    run.take(allowed("tag-0"));
    run.take(made("tag-0", "a.md"));
    assert_eq!(run.state.finish, Some(FinishReason::Cancelled));
    assert_eq!(run.result("tag-0").0, Outcome::Success);
}

#[test]
fn what_hangs_after_a_stop_is_given_up_on() {
    let whole = "<artifact path=a.md>\nx\n</artifact>\nAnd more.";
    for is_running in [true, false] {
        let mut run = run(vec![text(whole)]);
        if is_running {
            run.take(allowed("tag-0"));
        }
        run.take(Input::Stop(StopCause::Cancelled));
        run.take(bill(Usage::default()));
        run.take(stop(FinishReason::Cancelled));
        assert_eq!(run.state.finish, None);
        run.take(Input::GivenUp);
        assert_eq!(run.state.finish, Some(FinishReason::Cancelled));
        let expected = if is_running { Outcome::Interrupted } else { Outcome::Cancelled };
        assert_eq!(run.result("tag-0").0, expected);
        assert!(run.state.transcript.usage.is_some() && run.state.transcript.text() == "And more.");
    }
    let mut silent = run(vec![text("Half <"), Input::Stop(StopCause::Shutdown), Input::GivenUp]);
    assert_eq!(silent.state.finish, Some(FinishReason::Interrupted));
    assert_eq!(silent.others(), [Effect::CancelCall, Effect::Finish]);
}

#[test]
fn what_cannot_be_made_is_told_on_its_card() {
    let edit = "<artifact_edit path=known.md><find>a</find>";
    let mut run =
        run(vec![text(edit), text("\nNo more.\n<artifact path=b>x</artifact>"), stop(FinishReason::Stop)]);
    assert_eq!(
        run.result("tag-0"),
        (Outcome::Failed, "The edit is not whole, and nothing was changed.".into())
    );
    assert_eq!(run.others(), [judge("tag-3")]);
    run.take(judged("tag-3", Permission::Ask("Sure?".into())));
    assert_eq!(run.result("tag-3").0, Outcome::Denied, "nobody is waited for");
    assert_eq!(run.state.finish, Some(FinishReason::Stop));
    let arguments = r#"edit_artifact {"path":"known.md","old":"a"}"#;
    assert_eq!((&*lines(&run)[0], &*lines(&run)[2]), (arguments, "No more.\n"));
}

#[test]
fn a_step_after_steering_begins_anew() {
    let mut run = run(vec![
        text("<art"),
        Input::Steered("Shorter!".into()),
        stop(FinishReason::Stop),
        called(),
        text("<artifact path=b>\nx"),
        stop(FinishReason::Stop),
    ]);
    assert_eq!(run.others(), [Effect::CallModel, judge("tag-2")]);
    assert_eq!(lines(&run)[1], "<art");
}

#[test]
fn the_end_of_a_call_that_waited_is_not_the_next_ones() {
    let tag = "<artifact path=a.md>\nx\n</artifact>\nAnd";
    let steered = Input::Steered("Shorter!".into());
    let last = [text(" more."), stop(FinishReason::Stop), Input::Closed];
    let mut run = run([vec![text(tag), allowed("tag-0"), steered], last.to_vec()].concat());
    run.others();
    run.take(made("tag-0", "a.md"));
    assert_eq!((run.others(), run.state.finish), (vec![Effect::CallModel], None));
    run.take(called());
    run.take(text("Well."));
    run.take(stop(FinishReason::Stop));
    assert_eq!(run.state.finish, Some(FinishReason::Stop));
    let expected = ["success Made.", "And more.", "Well."];
    assert_eq!(lines(&run)[2..], expected);
}

#[test]
fn after_a_crash_nothing_runs_twice_and_nothing_is_lost() {
    let half = "<artifact path=a.md>\nhalf \"a\" wo";
    for (inputs, outcome) in [
        (vec![text(half)], Outcome::Cancelled),
        (vec![text("<artifact path=a.md>\nx\n</artifact>"), allowed("tag-0")], Outcome::Interrupted),
    ] {
        let before = run(inputs);
        let mut state = TurnState::new(Transcript::fold(&before.log), &[]);
        assert!(
            !state
                .recover(Vec::new())
                .iter()
                .any(|effect| matches!(effect, Effect::RunTool(_) | Effect::CallModel))
        );
        let (_, call) = state.transcript.calls().next().unwrap();
        assert_eq!(call.state, ToolState::Ended { outcome });
    }
    let before = run(vec![text(half)]);
    let shown = crate::tags::in_words(crate::prompt::answer(&before.state.transcript.parts, &[]));
    assert_eq!(shown[0].plain(), "<artifact path=\"a.md\">\nhalf \"a\" wo\n</artifact>");
    assert!(shown[1].plain().contains("failed: This call was interrupted"), "{shown:?}");
}

proptest! {
    #[test]
    fn arguments_are_json(title in "[^\"<>&\n]{0,30}", content in any::<String>(), cut in any::<prop::sample::Index>()) {
        let whole = format!("<artifact path=a.txt title=\"{title}\">\n{content}\n</artifact>");
        let places: Vec<usize> = whole.char_indices().map(|(place, _)| place).collect();
        let (first, second) = whole.split_at(places[cut.index(places.len())]);
        let run = run(vec![text(first), text(second), stop(FinishReason::Stop)]);
        for (_, call) in run.state.transcript.calls() {
            prop_assert!(super::super::arguments(call).is_ok(), "{}", call.arguments);
        }
    }
}
