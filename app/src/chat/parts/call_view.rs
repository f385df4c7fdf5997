//! A tool call as its card shows it. Pure.

use vertice_domain::{
    ArtifactRef, BlobHash, ImageSource, Outcome, Part, PartKind, ToolCall, ToolResult, ToolState,
    event::CallProgress, part::Trouble,
};

use super::{json, naming::called, plain::Clip};
use crate::{
    chat::format::seconds,
    strings::{fill, t},
};

/// How much of the arguments (characters) stands in the card's head, and of a failure under it.
const HEAD: usize = 120;
const REASON: usize = 300;

/// How a card looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Done with.
    Quiet,
    /// Being written, or running.
    Live,
    /// A person is asked.
    Asking,
    Failed,
}

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) call: String,
    /// Why, in one sentence.
    pub(super) reason: String,
    /// What exactly is asked for.
    pub(super) fingerprint: String,
}

impl Asked {
    pub(super) fn of(call: &ToolCall) -> Option<Self> {
        Self::by(&call.id, &call.state)
    }

    fn by(call: &str, state: &ToolState) -> Option<Self> {
        let ToolState::Waiting { reason, fingerprint } = state else { return None };
        let (reason, fingerprint) = (Clip::of(reason).shown, fingerprint.clone());
        Some(Self { call: call.to_owned(), reason, fingerprint })
    }
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Result {
    /// The beginning of what the tool said.
    content: Clip,
    /// The addresses of the pictures that it gave and that lie elsewhere, and those that lie here.
    pub(super) links: Vec<String>,
    pub(super) kept: Vec<BlobHash>,
    duration_ms: u64,
    trouble: Option<Trouble>,
    /// The version of an artifact that it made.
    artifact: Option<ArtifactRef>,
}

/// A call with what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CallView {
    /// The tool, and the server that has it.
    pub(super) name: String,
    pub(super) server: String,
    /// The beginning of the arguments as the model wrote them, and what they say in the head.
    arguments: Clip,
    pub(super) summary: String,
    pub(super) result: Option<Result>,
    state: ToolState,
    id: String,
    /// How far it has come, as its tool says.
    progress: Option<CallProgress>,
    /// Whether the turn has ended: nothing more comes of it.
    over: bool,
}

impl CallView {
    /// The call at `position`.
    pub(super) fn of(parts: &[Part], position: u32, over: bool) -> Option<Self> {
        let call = call_at(parts, position)?;
        let made_with = call.edited.as_deref().unwrap_or(&call.arguments);
        let summary = json::intent(made_with);
        Some(Self {
            name: Clip::up_to(&call.name, HEAD).shown,
            server: Clip::up_to(&call.server, HEAD).shown,
            arguments: Clip::of(&call.arguments),
            summary: Clip::up_to(summary.as_deref().unwrap_or(made_with), HEAD).shown,
            result: result_of(parts, &call.id).map(Result::of),
            state: call.state.clone(),
            id: call.id.clone(),
            progress: None,
            over,
        })
    }

    /// What its tool is called.
    pub(super) fn called(&self) -> String {
        called(&self.server, &self.name)
    }

    /// Whether the model may still be writing it.
    pub(super) fn is_written(&self) -> bool {
        self.state == ToolState::Proposed && !self.over
    }

    /// Whether it runs.
    pub(super) fn is_running(&self) -> bool {
        self.state == ToolState::Running && !self.over
    }

    /// The same with what its tool has said of how far it has come.
    pub(super) fn heard(mut self, of: impl FnOnce(&str) -> Option<CallProgress>) -> Self {
        self.progress = of(&self.id).filter(|_| self.is_running());
        self
    }

    /// How far it has come while it runs: percent where the whole is known, and what that is in words.
    pub(super) fn progress(&self) -> Option<(Option<u8>, String)> {
        let told = self.progress.as_ref()?;
        let message = told.message.as_deref().map(|message| Clip::up_to(message, HEAD).shown);
        let message = message.filter(|message| !message.trim().is_empty());
        let percent =
            told.percent.map(|percent| fill(t().cards.percent, &[("percent", &percent.to_string())]));
        let said = match (percent, message) {
            (Some(percent), Some(message)) => {
                fill(t().cards.progress, &[("percent", &percent), ("message", &message)])
            }
            (percent, message) => percent.or(message).unwrap_or_default(),
        };
        Some((told.percent, said))
    }

    pub(super) const fn tone(&self) -> Tone {
        tone(&self.state, self.over)
    }

    /// What a person is asked, if one is.
    pub(super) fn asked(&self) -> Option<Asked> {
        Asked::by(&self.id, &self.state).filter(|_| !self.over)
    }

    /// How far it has come, in a word or two.
    pub(super) fn status(&self) -> String {
        let word = match self.state {
            ToolState::Ended { outcome } => match outcome {
                Outcome::Success => match self.result.as_ref().map_or(0, |result| result.duration_ms) {
                    0 => t().calls.done,
                    took => return seconds(took),
                },
                Outcome::Failed => t().calls.failed,
                Outcome::Denied => t().calls.denied,
                Outcome::Answered => t().calls.answered,
                Outcome::Cancelled => t().calls.stopped,
                Outcome::Interrupted => t().calls.interrupted,
                Outcome::Unknown => t().calls.ended,
            },
            _ if self.over => t().calls.not_run,
            ToolState::Proposed => t().calls.written,
            ToolState::Waiting { .. } => t().calls.asking,
            ToolState::Running => t().calls.running,
            ToolState::Unknown => "",
        };
        word.to_owned()
    }

    /// The server that something stands before, and what.
    pub(super) fn trouble(&self) -> Option<(String, Trouble)> {
        let trouble = self.result.as_ref()?.trouble.filter(|trouble| *trouble != Trouble::Unknown)?;
        (!self.server.is_empty()).then(|| (self.server.clone(), trouble))
    }

    /// The version of an artifact that it made.
    pub(super) fn artifact(&self) -> Option<ArtifactRef> {
        self.result.as_ref()?.artifact.clone()
    }

    /// What a failed call is said to have failed of.
    pub(super) fn reason(&self) -> Option<String> {
        let failed = self.tone() == Tone::Failed;
        let said = &self.result.as_ref().filter(|_| failed)?.content.shown;
        Some(Clip::up_to(said, REASON).shown).filter(|said| !said.trim().is_empty())
    }
}

impl Result {
    fn of(result: &ToolResult) -> Self {
        let link = |image: &ImageSource| match image {
            ImageSource::Url { url } if url.starts_with("https://") => Some(url.clone()),
            _ => None,
        };
        Self {
            content: Clip::of(&result.content),
            links: result.images.iter().filter_map(link).collect(),
            kept: result.images.iter().filter_map(|image| image.kept().map(|(hash, ..)| hash)).collect(),
            duration_ms: result.duration_ms,
            trouble: result.trouble,
            artifact: result.artifact.clone(),
        }
    }
}

/// How the card of a call looks that has come so far.
pub(super) const fn tone(state: &ToolState, over: bool) -> Tone {
    match state {
        ToolState::Ended { outcome: Outcome::Failed | Outcome::Interrupted } => Tone::Failed,
        ToolState::Waiting { .. } if !over => Tone::Asking,
        ToolState::Proposed | ToolState::Running if !over => Tone::Live,
        _ => Tone::Quiet,
    }
}

/// The calls of the same tool that wait for a person, in order.
pub(super) fn asked_alike(parts: &[Part], position: u32) -> Vec<Asked> {
    let Some(like) = call_at(parts, position) else { return Vec::new() };
    let calls = parts.iter().filter_map(|part| match &part.kind {
        PartKind::ToolCall(call) => Some(call),
        _ => None,
    });
    calls
        .filter(|call| (&call.server, &call.name) == (&like.server, &like.name))
        .filter_map(Asked::of)
        .collect()
}

/// The call at `position`.
pub(super) fn call_at(parts: &[Part], position: u32) -> Option<&ToolCall> {
    parts.iter().find(|part| part.position == position).and_then(|part| match &part.kind {
        PartKind::ToolCall(call) => Some(call),
        _ => None,
    })
}

/// What came of the call of that id.
pub(super) fn result_of<'a>(parts: &'a [Part], call: &str) -> Option<&'a ToolResult> {
    parts.iter().rev().find_map(|part| match &part.kind {
        PartKind::ToolResult(result) if result.call == call => Some(result),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use vertice_domain::ImageType;

    use super::*;

    fn parts(state: ToolState, result: Option<&str>) -> Vec<Part> {
        let call = ToolCall {
            arguments: r#"{"path":"\u202e"}"#.into(),
            state,
            ..ToolCall::proposed("c1", "files", "look")
        };
        let told = result.map(|content| {
            let (call, content) = ("c1".into(), content.to_owned());
            let url = |url: &str| ImageSource::Url { url: url.into() };
            let kept =
                ImageSource::Blob { hash: BlobHash::new([7; 32]), media_type: ImageType::Png, size: 9 };
            let images = vec![url("https://a.example/b.png"), url("javascript:alert(1)"), kept];
            ToolResult {
                call,
                outcome: Outcome::Failed,
                content,
                images,
                duration_ms: 1_200,
                trouble: None,
                artifact: None,
            }
        });
        let told = told.map(|result| Part { position: 4, step: 1, kind: PartKind::ToolResult(result) });
        let call = Part { position: 3, step: 1, kind: PartKind::ToolCall(call) };
        [call].into_iter().chain(told).collect()
    }

    fn view(state: ToolState, result: Option<&str>, over: bool) -> CallView {
        CallView::of(&parts(state, result), 3, over).expect("there is a call")
    }

    #[test]
    fn a_card_says_how_far_its_call_has_come() {
        let waiting = ToolState::Waiting { reason: "It writes.".into(), fingerprint: "f1".into() };
        let ended = |outcome| ToolState::Ended { outcome };
        let cases = [
            (ToolState::Proposed, false, Tone::Live, "Being written"),
            (waiting.clone(), false, Tone::Asking, "Needs approval"),
            (waiting.clone(), true, Tone::Quiet, "Not run"),
            (ToolState::Running, false, Tone::Live, "Running"),
            (ToolState::Running, true, Tone::Quiet, "Not run"),
            (ended(Outcome::Success), false, Tone::Quiet, "1.2 s"),
            (ended(Outcome::Failed), true, Tone::Failed, "Failed"),
            (ended(Outcome::Denied), true, Tone::Quiet, "Denied"),
            (ended(Outcome::Interrupted), true, Tone::Failed, "Interrupted"),
        ];
        for (state, over, tone, status) in cases {
            let view = view(state, Some("There is no tool named look."), over);
            assert_eq!((view.tone(), view.status().as_str()), (tone, status));
        }
        let asked = view(waiting, None, false).asked().expect("a person is asked");
        assert_eq!((asked.call.as_str(), asked.fingerprint.as_str()), ("c1", "f1"));
    }

    #[test]
    fn progress_is_told_while_the_call_runs() {
        let told = |state, percent, message: Option<&str>| {
            let message = message.map(str::to_owned);
            view(state, None, false)
                .heard(|call| Some(CallProgress { call: call.to_owned(), percent, message }))
                .progress()
        };
        let said = |said: &str| said.to_owned();
        let running = || ToolState::Running;
        assert_eq!(
            told(running(), Some(30), Some("file 3\u{202e}")),
            Some((Some(30), said("30% · file 3\\u{202e}")))
        );
        assert_eq!(told(running(), Some(0), Some(" ")), Some((Some(0), said("0%"))));
        assert_eq!(told(running(), None, Some("file 3")), Some((None, said("file 3"))));
        assert_eq!(told(running(), None, None), Some((None, String::new())));
        assert_eq!(told(ToolState::Ended { outcome: Outcome::Success }, Some(30), None), None);
        assert_eq!(view(running(), None, false).progress(), None);
    }

    #[test]
    fn a_failure_is_told_and_only_safe_addresses_are_links() {
        let view = view(ToolState::Ended { outcome: Outcome::Failed }, Some("No such file."), true);
        assert_eq!(view.reason().as_deref(), Some("No such file."));
        let result = view.result.expect("it has one");
        assert_eq!(
            (result.links, result.kept),
            (vec!["https://a.example/b.png".to_owned()], vec![BlobHash::new([7; 32])])
        );
    }

    #[test]
    fn the_head_says_what_the_call_is_about() {
        let parts = parts(ToolState::Running, None);
        let head = |parts: &[Part]| CallView::of(parts, 3, false).expect("there is a call").summary;
        assert_eq!(head(&parts), "\\u{202e}");
        let PartKind::ToolCall(call) = &parts[0].kind else { panic!("it is a call") };
        let written = ToolCall { arguments: r#"{"path": "/et"#.into(), ..call.clone() };
        let edited = ToolCall { edited: Some(r#"{"path": "/tmp"}"#.into()), ..call.clone() };
        let [written, edited] =
            [written, edited].map(|call| [Part { kind: PartKind::ToolCall(call), ..parts[0].clone() }]);
        assert_eq!([head(&written), head(&edited)], [r#"{"path": "/et"#, "/tmp"]);
    }

    #[test]
    fn calls_of_one_tool_that_wait_are_found() {
        let waits = |fingerprint: &str| ToolState::Waiting {
            reason: "It writes.".into(),
            fingerprint: fingerprint.into(),
        };
        let calls = [
            ("c1", "write", waits("f1")),
            ("c2", "erase", waits("f2")),
            ("c3", "write", ToolState::Running),
            ("c4", "write", waits("f4")),
        ];
        let parts: Vec<Part> = (0..)
            .zip(calls)
            .map(|(position, (id, name, state))| {
                let call = ToolCall { state, ..ToolCall::proposed(id, "files", name) };
                Part { position, step: 1, kind: PartKind::ToolCall(call) }
            })
            .collect();
        let found = |position| -> Vec<String> {
            asked_alike(&parts, position).into_iter().map(|asked| asked.fingerprint).collect()
        };
        assert_eq!([found(0), found(1)], [vec!["f1".to_owned(), "f4".to_owned()], vec!["f2".to_owned()]]);
    }

    #[test]
    fn what_is_no_call_has_no_card() {
        assert_eq!(CallView::of(&parts(ToolState::Running, Some("x")), 4, false), None);
        assert_eq!(CallView::of(&[], 0, false), None);
    }
}
