//! Turns of the open conversation: asked for, followed to their end, and found again when nobody said what became of them.

mod answer;
mod arrival;
mod begin;
mod end;
pub(super) mod listening;
mod origin;
mod send;
pub(super) mod waiting;
