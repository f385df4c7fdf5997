//! The line that stands for calls in a row which are done with, and what a person has opened of an answer's calls.

use leptos::prelude::*;

use super::{
    outline::{Kind, Slot},
    plain::Clip,
    runs::{Run, Summary},
};
use crate::{
    chat::{
        entry::Entry,
        format::{seconds, whole_seconds},
    },
    strings::{fill, t},
    ui::Icon,
};

/// Up to where (milliseconds) fractions of a second count.
const SHORT_MS: u64 = 10_000;
/// How much is said of the tools, in characters.
const TOOLS: usize = 120;

/// What a person has opened: cards, and the runs that they stand in. A run in which a card is open is open.
#[derive(Clone, Copy)]
pub(super) struct Opened {
    slots: RwSignal<Vec<Slot>>,
    runs: Memo<Vec<Run>>,
}

impl Opened {
    pub(super) fn new(runs: Memo<Vec<Run>>) -> Self {
        Self { slots: RwSignal::default(), runs }
    }

    pub(super) fn is_open(self, position: u32) -> bool {
        let card = Slot { position, kind: Kind::Call };
        self.slots.with(|slots| slots.contains(&card))
    }

    pub(super) fn toggle(self, position: u32) {
        let card = Slot { position, kind: Kind::Call };
        self.slots.update(|slots| match slots.iter().position(|slot| *slot == card) {
            Some(at) => drop(slots.swap_remove(at)),
            None => slots.push(card),
        });
    }

    fn run(self, position: u32) -> Option<Run> {
        self.runs.with(|runs| runs.iter().copied().find(|run| run.holds(position)))
    }

    fn is_run_open(self, run: Run) -> bool {
        self.slots.with(|slots| slots.iter().any(|slot| run.holds(slot.position)))
    }

    fn toggle_run(self, run: Run) {
        self.slots.update(|slots| {
            let before = slots.len();
            slots.retain(|slot| !run.holds(slot.position));
            if slots.len() == before {
                slots.push(run.slot());
            }
        });
    }

    /// Whether the card stands behind the line of a run that is closed.
    pub(super) fn is_folded(self, position: u32) -> bool {
        self.run(position).is_some_and(|run| !self.is_run_open(run))
    }
}

/// The line of the run that begins at `position`.
#[component]
pub(super) fn RunLine(entry: Entry, position: u32, opened: Opened) -> impl IntoView {
    let run = Memo::new(move |_| opened.run(position));
    let open = Memo::new(move |_| run.get().is_some_and(|run| opened.is_run_open(run)));
    let told = Memo::new(move |_| {
        entry.track();
        let run = run.get()?;
        Some(entry.with_parts(|parts| Summary::of(parts, run)))
    });
    let said = move || told.with(|told| told.as_ref().map(line));
    let tools = move || told.with(|told| told.as_ref().map(|told| Clip::up_to(&told.tools, TOOLS).shown));
    view! {
        <div class="tool tool-quiet">
            <button
                type="button"
                class="tool-head text-left"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| {
                    if let Some(run) = run.get_untracked() {
                        opened.toggle_run(run);
                    }
                }
            >
                {Icon::Wrench.svg("size-4")}
                <span class="shrink-0 font-medium">{said}</span>
                <span class="min-w-0 flex-1 truncate font-mono text-xs text-muted-foreground">{tools}</span>
                {move || if open.get() { Icon::ChevronDown.svg("size-4") } else { Icon::ChevronRight.svg("size-4") }}
            </button>
        </div>
    }
}

fn line(told: &Summary) -> String {
    let steps = t().calls.steps.count(told.calls);
    let time = match told.took_ms {
        0 => return steps,
        ms if ms < SHORT_MS => seconds(ms),
        ms => whole_seconds(i64::try_from(ms).unwrap_or(i64::MAX)),
    };
    fill(t().calls.steps_time, &[("steps", &steps), ("time", &time)])
}
