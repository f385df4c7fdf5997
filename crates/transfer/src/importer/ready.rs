//! What was read, as far as it can be made ready without asking anybody. Pure; it runs where the reading does.

use std::io;

use serde::Serialize;
use vertice_domain::{
    Timestamp,
    import::{Loss, SkipCode, Skipped},
};
use vertice_ports::{Ids, imports::Origin};

use crate::{
    element::Item,
    found::Losses,
    own::Made,
    reading::Told,
    stop::Stop,
    tree::{self, Whole},
};

/// The longest name of a conversation at its app that is kept, in bytes.
const LONGEST_ID: usize = 200;
/// What a row costs beside what stands in it, in bytes.
const PER_ROW: u64 = 200;

/// What is told to whoever stores it.
pub(super) enum Ready {
    Conversation(Box<Arriving>),
    Skipped(Skipped),
    Broken { what: String, why: String },
}

/// A conversation that is to be stored.
pub(super) struct Arriving {
    /// Which one, for the report.
    pub(super) what: String,
    pub(super) origin: Origin,
    pub(super) whole: Whole,
    pub(super) artifacts: Vec<Made>,
    pub(super) losses: Losses,
}

impl Ready {
    pub(super) fn of(told: Told, ids: &dyn Ids, now: Timestamp, stop: &Stop) -> Self {
        let (what, item) = match told {
            Told::Conversation { what, item } => (what, item),
            Told::Skipped(skipped) => return Self::Skipped(skipped),
            Told::Broken { what, why } => return Self::Broken { what, why },
        };
        match arriving(what, item, ids, now, stop) {
            Ok(arriving) => Self::Conversation(Box::new(arriving)),
            Err(what) => {
                let why = "Nobody says anything in it.".to_owned();
                Self::Skipped(Skipped { what, why, code: SkipCode::Empty })
            }
        }
    }
}

/// Else it says nothing.
fn arriving(
    what: String,
    item: Item,
    ids: &dyn Ids,
    now: Timestamp,
    stop: &Stop,
) -> Result<Arriving, String> {
    match item {
        Item::Other(found) => {
            let Some(whole) = tree::whole(&found, ids, now, stop) else { return Err(what) };
            let says = found.nodes.iter().filter(|node| !node.pieces.is_empty());
            let origin = Origin {
                source: found.source,
                id: kept(&found.id),
                messages: says.count() as u64,
                size: stored(&whole, &[]),
            };
            let mut losses = found.losses;
            if whole.left_out > 0 {
                *losses.0.entry(Loss::Branch).or_default() += whole.left_out;
            }
            Ok(Arriving { what, origin, whole, artifacts: Vec::new(), losses })
        }
        Item::Own(own) => {
            let id = own.conversation.id.to_string();
            let (mut losses, messages) = (Losses::default(), own.len() as u64);
            let (whole, artifacts) = own.renewed(ids, now, &mut losses);
            let size = stored(&whole, &artifacts);
            let origin = Origin { source: vertice_domain::ImportSource::Vertice, id, messages, size };
            Ok(Arriving { what, origin, whole, artifacts, losses })
        }
    }
}

/// How much it takes as it is stored, in bytes: what its rows hold, and a fixed amount for each of them. The contents of artifacts
/// are counted where they lie, among the blobs.
fn stored(whole: &Whole, artifacts: &[Made]) -> u64 {
    let messages = whole.messages.iter().map(|whole| {
        let parts = whole.message.parts.len() as u64;
        written(&whole.message) + PER_ROW * (1 + parts)
    });
    let artifacts =
        artifacts.iter().map(|made| written(&made.artifact) + written(&made.version) + 2 * PER_ROW);
    written(&whole.conversation) + PER_ROW + messages.sum::<u64>() + artifacts.sum::<u64>()
}

/// How long it is as JSON.
fn written(what: &impl Serialize) -> u64 {
    struct Length(u64);
    impl io::Write for Length {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut length = Length(0);
    serde_json::to_writer(&mut length, what).expect("what is stored as JSON can be written as JSON");
    length.0
}

/// An id as it is kept: one that is no id is known again by its print.
fn kept(id: &str) -> String {
    if id.len() <= LONGEST_ID && !id.contains('\0') {
        return id.to_owned();
    }
    uuid::Uuid::new_v5(&uuid::Uuid::nil(), id.as_bytes()).to_string()
}
