//! The stored form of a turn's log, version 2, apart from what browsers hear: one JSON array a row. An element is one
//! entry, and the numbers count on; only the pieces of one part that follow each other are one element together. What it
//! does not know is an entry that keeps its number.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};
use vertice_domain::{
    LogEntry, LoggedEvent, Metadata, Part, Provider, Sealed, SealedPart, ToolState, TurnEvent, TurnFailure,
    event::{CallProgress, CallUsage, Done, Retrying, StepStarted},
};

use crate::{fault::Fault, rows};

/// The version of the rows that are written.
pub(super) const VERSION: i64 = 2;

/// One element of a row.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored<'a> {
    Metadata(Cow<'a, Metadata>),
    Step(Cow<'a, StepStarted>),
    Retrying(Cow<'a, Retrying>),
    Part(Cow<'a, Part>),
    /// Entries that append these texts to the part at the position.
    Deltas(u32, Vec<Cow<'a, str>>),
    PartEnded(u32),
    Tool {
        call: Cow<'a, str>,
        state: Cow<'a, ToolState>,
    },
    Progress(Cow<'a, CallProgress>),
    Usage(Cow<'a, CallUsage>),
    Error(Cow<'a, TurnFailure>),
    Done(Cow<'a, Done>),
    Sealed {
        position: u32,
        step: u32,
        provider: Provider,
        model: Cow<'a, str>,
        data: Cow<'a, str>,
    },
    Unknown,
}

/// The row of these entries.
pub(super) fn encode(events: &[Arc<LoggedEvent>]) -> Result<String, Fault> {
    let mut row: Vec<Stored<'_>> = Vec::new();
    for logged in events {
        if let LogEntry::Event(TurnEvent::PartDelta { position, text }) = &logged.entry {
            match row.last_mut() {
                Some(Stored::Deltas(last, texts)) if last == position => texts.push(text.into()),
                _ => row.push(Stored::Deltas(*position, vec![text.into()])),
            }
        } else {
            row.push(stored(&logged.entry));
        }
    }
    rows::to_json(&row)
}

fn stored(entry: &LogEntry) -> Stored<'_> {
    let event = match entry {
        LogEntry::Event(event) => event,
        LogEntry::Sealed(part) => {
            let Sealed { provider, model, data } = &part.sealed;
            return Stored::Sealed {
                position: part.position,
                step: part.step,
                provider: *provider,
                model: model.into(),
                data: data.into(),
            };
        }
    };
    match event {
        TurnEvent::Metadata(metadata) => Stored::Metadata(Cow::Borrowed(metadata)),
        TurnEvent::StepStarted(step) => Stored::Step(Cow::Borrowed(step)),
        TurnEvent::Retrying(retrying) => Stored::Retrying(Cow::Borrowed(retrying)),
        TurnEvent::PartStarted(part) => Stored::Part(Cow::Borrowed(part)),
        TurnEvent::PartDelta { position, text } => Stored::Deltas(*position, vec![text.into()]),
        TurnEvent::PartEnded { position } => Stored::PartEnded(*position),
        TurnEvent::ToolState { call, state } => {
            Stored::Tool { call: call.into(), state: Cow::Borrowed(state) }
        }
        TurnEvent::ToolProgress(progress) => Stored::Progress(Cow::Borrowed(progress)),
        TurnEvent::Usage(usage) => Stored::Usage(Cow::Borrowed(usage)),
        TurnEvent::Error(failure) => Stored::Error(Cow::Borrowed(failure)),
        TurnEvent::Done(done) => Stored::Done(Cow::Borrowed(done)),
        TurnEvent::Unknown => Stored::Unknown,
    }
}

/// The entries of a row whose first one has the number `first`. None: it is no row at all.
pub(super) fn decode(first: u64, row: &str) -> Option<Vec<LoggedEvent>> {
    let elements = match serde_json::from_str::<Vec<Stored<'_>>>(row) {
        Ok(elements) => elements,
        // Something in it is not known here.
        Err(_) => {
            let elements: Vec<serde_json::Value> = serde_json::from_str(row).ok()?;
            elements
                .into_iter()
                .map(|element| serde_json::from_value(element).unwrap_or(Stored::Unknown))
                .collect()
        }
    };
    let entries = elements.into_iter().flat_map(entries);
    Some(entries.zip(first..).map(|(entry, seq)| LoggedEvent { seq, entry }).collect())
}

fn entries(element: Stored<'_>) -> Vec<LogEntry> {
    let event = match element {
        Stored::Deltas(position, texts) => {
            let delta = |text: Cow<'_, str>| TurnEvent::PartDelta { position, text: text.into_owned() };
            return texts.into_iter().map(|text| LogEntry::Event(delta(text))).collect();
        }
        Stored::Sealed { position, step, provider, model, data } => {
            let sealed = Sealed { provider, model: model.into_owned(), data: data.into_owned() };
            return vec![LogEntry::Sealed(Box::new(SealedPart { position, step, sealed }))];
        }
        Stored::Metadata(metadata) => TurnEvent::Metadata(Box::new(metadata.into_owned())),
        Stored::Step(step) => TurnEvent::StepStarted(Box::new(step.into_owned())),
        Stored::Retrying(retrying) => TurnEvent::Retrying(Box::new(retrying.into_owned())),
        Stored::Part(part) => TurnEvent::PartStarted(Box::new(part.into_owned())),
        Stored::PartEnded(position) => TurnEvent::PartEnded { position },
        Stored::Tool { call, state } => {
            TurnEvent::ToolState { call: call.into_owned(), state: state.into_owned() }
        }
        Stored::Progress(progress) => TurnEvent::ToolProgress(Box::new(progress.into_owned())),
        Stored::Usage(usage) => TurnEvent::Usage(Box::new(usage.into_owned())),
        Stored::Error(failure) => TurnEvent::Error(Box::new(failure.into_owned())),
        Stored::Done(done) => TurnEvent::Done(done.into_owned()),
        Stored::Unknown => TurnEvent::Unknown,
    };
    vec![LogEntry::Event(event)]
}

#[cfg(test)]
mod tests {
    use vertice_domain::PartKind;

    use super::*;

    /// Rows in this form lie in databases: whoever changes it raises [`VERSION`] and goes on reading it.
    const ROW: &str = r#"[{"step":{"step":1,"model":"m","provider":"demo"}},{"retrying":{"model":"m","provider":"demo","code":"c","after_ms":5}},{"part":{"position":0,"step":1,"kind":"text","text":"a"}},{"deltas":[0,["b","c\"d"]]},{"deltas":[2,["e"]]},{"part_ended":0},{"tool":{"call":"c1","state":{"state":"waiting","reason":"r","fingerprint":"f"}}},{"progress":{"call":"c1","percent":40,"message":"m"}},{"sealed":{"position":1,"step":1,"provider":"anthropic","model":"m","data":"{ \"s\": 1 }"}},{"done":{"finish_reason":"stop","message_id":"0190a1b2-0000-7000-8000-000000000001"}}]"#;

    fn entries() -> Vec<LogEntry> {
        let delta = |position, text: &str| TurnEvent::PartDelta { position, text: text.into() };
        let text = PartKind::Text { text: "a".into() };
        let waiting = ToolState::Waiting { reason: "r".into(), fingerprint: "f".into() };
        let sealed =
            Sealed { provider: Provider::Anthropic, model: "m".into(), data: r#"{ "s": 1 }"#.into() };
        let step = StepStarted { step: 1, model: "m".into(), provider: Provider::Demo };
        let retrying =
            Retrying { model: "m".into(), provider: Provider::Demo, code: "c".into(), after_ms: 5 };
        let progress = CallProgress { call: "c1".into(), percent: Some(40), message: Some("m".into()) };
        let done = Done {
            finish_reason: vertice_domain::FinishReason::Stop,
            message_id: "0190a1b2-0000-7000-8000-000000000001".parse().unwrap(),
        };
        vec![
            LogEntry::Event(TurnEvent::StepStarted(Box::new(step))),
            LogEntry::Event(TurnEvent::Retrying(Box::new(retrying))),
            LogEntry::Event(TurnEvent::PartStarted(Box::new(Part { position: 0, step: 1, kind: text }))),
            LogEntry::Event(delta(0, "b")),
            LogEntry::Event(delta(0, "c\"d")),
            LogEntry::Event(delta(2, "e")),
            LogEntry::Event(TurnEvent::PartEnded { position: 0 }),
            LogEntry::Event(TurnEvent::ToolState { call: "c1".into(), state: waiting }),
            LogEntry::Event(TurnEvent::ToolProgress(Box::new(progress))),
            LogEntry::Sealed(Box::new(SealedPart { position: 1, step: 1, sealed })),
            LogEntry::Event(TurnEvent::Done(done)),
        ]
    }

    #[test]
    fn rows_are_written_in_this_form_and_read_back() {
        let log: Vec<_> =
            entries().into_iter().zip(7..).map(|(entry, seq)| LoggedEvent { seq, entry }).collect();
        let shared: Vec<_> = log.iter().cloned().map(Arc::new).collect();
        assert_eq!(encode(&shared).unwrap(), ROW);
        assert_eq!(decode(7, ROW).unwrap(), log);
    }

    #[test]
    fn what_tomorrow_adds_keeps_its_number() {
        let row = r#"[{"deltas":[0,["a","b"]]},{"hologram":[1,{"a":2}]},{"part_ended":"soon"},7,"unknown",{"part_ended":0}]"#;
        let log = decode(1, row).unwrap();
        let known: Vec<_> = log.iter().map(|logged| logged.visible() != Some(&TurnEvent::Unknown)).collect();
        assert_eq!(known, [true, true, false, false, false, false, true]);
        assert_eq!(log[6], LoggedEvent::event(7, TurnEvent::PartEnded { position: 0 }));
        for torn in ["", "[", "{}", r#"[{"deltas":[0,["a"#] {
            assert_eq!(decode(1, torn), None, "{torn}");
        }
    }
}
