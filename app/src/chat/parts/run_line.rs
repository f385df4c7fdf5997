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
    opened: RwSignal<Vec<Slot>>,
    shown: Memo<Vec<Slot>>,
}

impl Opened {
    /// Nothing yet of what is shown.
    pub(super) fn new(shown: Memo<Vec<Slot>>) -> Self {
        Self { opened: RwSignal::default(), shown }
    }

    pub(super) fn is_open(self, position: u32) -> bool {
        let card = Slot { position, kind: Kind::Call };
        self.opened.with(|opened| opened.contains(&card))
    }

    pub(super) fn toggle(self, position: u32) {
        let card = Slot { position, kind: Kind::Call };
        self.opened.update(|opened| match opened.iter().position(|slot| *slot == card) {
            Some(at) => drop(opened.swap_remove(at)),
            None => opened.push(card),
        });
    }

    fn run(self, position: u32) -> Option<Run> {
        self.shown
            .with(|slots| slots.iter().filter_map(|slot| Run::of(*slot)).find(|run| run.holds(position)))
    }

    fn is_run_open(self, run: Run) -> bool {
        self.opened.with(|opened| opened.iter().any(|slot| run.holds(slot.position)))
    }

    fn toggle_run(self, run: Run) {
        self.opened.update(|opened| {
            let before = opened.len();
            opened.retain(|slot| !run.holds(slot.position));
            if opened.len() == before {
                opened.push(run.slot());
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
    let open = Memo::new(move |_| opened.run(position).is_some_and(|run| opened.is_run_open(run)));
    let inside = move || {
        entry.track();
        let told = opened.run(position).map(|run| entry.with_parts(|parts| Summary::of(parts, run)));
        let told = told.unwrap_or_default();
        let tools = Clip::up_to(&told.tools, TOOLS).shown;
        view! {
            <span class="shrink-0 font-medium">{line(&told)}</span>
            <span class="min-w-0 flex-1 truncate font-mono text-xs text-muted-foreground">{tools}</span>
        }
        .into_any()
    };
    view! {
        <div class="tool tool-quiet">
            <button
                type="button"
                class="tool-head text-left"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| {
                    if let Some(run) = untrack(|| opened.run(position)) {
                        opened.toggle_run(run);
                    }
                }
            >
                {Icon::Wrench.svg("size-4")}
                {inside}
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
