//! What an answer is made of, as the page shows it: a keyed list, in which each kind of part has one component. A part
//! keeps its key and its elements from its first word on.

mod approval;
mod awaited;
mod call;
mod call_view;
mod outline;
mod plain;
mod text;
mod thoughts;
mod view;

pub(super) use outline::{Slot, outline, run, run_from};
pub(super) use view::Parts;
