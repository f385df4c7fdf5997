//! What an answer is made of, as the page shows it: a keyed list, in which each kind of part has one component. A part
//! keeps its key and its elements from its first word on.

mod approval;
mod artifact;
mod awaited;
mod call;
mod call_view;
mod elicitation;
mod elicitation_field;
mod json;
mod naming;
mod outline;
mod plain;
mod questions;
mod run_line;
mod runs;
mod text;
mod thoughts;
mod trouble;
mod view;
mod words;

pub(super) use outline::{Slot, outline, run, run_from};
pub(crate) use plain::plain as legible;
pub(super) use view::Parts;
