//! The stored form of a turn's log, version 2, apart from what browsers hear: one JSON array a row. An element is one
//! entry, and the numbers count on; only the pieces of one part that follow each other are one element together. What it
//! does not know is an entry that keeps its number.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};
use vertice_domain::{
    LogEntry, LoggedEvent, Metadata, Part, Provider, Sealed, SealedPart, ToolState, TurnEvent, TurnFailure,
    event::{CallUsage, Done, StepStarted},
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
    Part(Cow<'a, Part>),
    /// Entries that append these texts to the part at the position.
    Deltas(u32, Vec<Cow<'a, str>>),
    PartEnded(u32),
    Tool {
        call: Cow<'a, str>,
        state: Cow<'a, ToolState>,
    },
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
        TurnEvent::PartStarted(part) => Stored::Part(Cow::Borrowed(part)),
        TurnEvent::PartDelta { position, text } => Stored::Deltas(*position, vec![text.into()]),
        TurnEvent::PartEnded { position } => Stored::PartEnded(*position),
        TurnEvent::ToolState { call, state } => {
            Stored::Tool { call: call.into(), state: Cow::Borrowed(state) }
        }
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
        Stored::Part(part) => TurnEvent::PartStarted(Box::new(part.into_owned())),
        Stored::PartEnded(position) => TurnEvent::PartEnded { position },
        Stored::Tool { call, state } => {
            TurnEvent::ToolState { call: call.into_owned(), state: state.into_owned() }
        }
        Stored::Usage(usage) => TurnEvent::Usage(Box::new(usage.into_owned())),
        Stored::Error(failure) => TurnEvent::Error(Box::new(failure.into_owned())),
        Stored::Done(done) => TurnEvent::Done(done.into_owned()),
        Stored::Unknown => TurnEvent::Unknown,
    };
    vec![LogEntry::Event(event)]
}
