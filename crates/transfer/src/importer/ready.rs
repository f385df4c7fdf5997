//! What was read, as far as it can be made ready without asking anybody. Pure; it runs where the reading does.

use vertice_domain::{
    Timestamp,
    import::{Loss, SkipCode, Skipped},
};
use vertice_ports::{Ids, imports::Origin};

use crate::{
    element::Item,
    found::{Losses, Piece},
    own::Made,
    reading::Told,
    tree::{self, Whole},
};

/// The longest name of a conversation at its app that is kept, in bytes.
const LONGEST_ID: usize = 200;

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
    pub(super) fn of(told: Told, ids: &dyn Ids, now: Timestamp) -> Self {
        let (what, item) = match told {
            Told::Conversation { what, item } => (what, item),
            Told::Skipped(skipped) => return Self::Skipped(skipped),
            Told::Broken { what, why } => return Self::Broken { what, why },
        };
        match arriving(what, item, ids, now) {
            Ok(arriving) => Self::Conversation(Box::new(arriving)),
            Err(what) => {
                let why = "Nobody says anything in it.".to_owned();
                Self::Skipped(Skipped { what, why, code: SkipCode::Empty })
            }
        }
    }
}

/// Else it says nothing.
fn arriving(what: String, item: Item, ids: &dyn Ids, now: Timestamp) -> Result<Arriving, String> {
    match item {
        Item::Other(found) => {
            let Some(whole) = tree::whole(&found, ids, now) else { return Err(what) };
            let says = found.nodes.iter().filter(|node| !node.pieces.is_empty());
            let size: usize = found.nodes.iter().flat_map(|node| &node.pieces).map(Piece::size).sum();
            let origin = Origin {
                source: found.source,
                id: kept(&found.id),
                messages: says.count() as u64,
                size: size as u64,
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
            let size: usize = whole.messages.iter().map(|whole| whole.message.text().len()).sum();
            let origin =
                Origin { source: vertice_domain::ImportSource::Vertice, id, messages, size: size as u64 };
            Ok(Arriving { what, origin, whole, artifacts, losses })
        }
    }
}

/// An id as it is kept: one that is no id is known again by its print.
fn kept(id: &str) -> String {
    if id.len() <= LONGEST_ID && !id.contains('\0') {
        return id.to_owned();
    }
    uuid::Uuid::new_v5(&uuid::Uuid::nil(), id.as_bytes()).to_string()
}
