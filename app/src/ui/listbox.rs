//! A list to choose from while one writes: the keyboard stays in the field, which says what is active (the combobox pattern of
//! the ARIA practices). Whoever has the field hands its keys to [`Suggestions::on_key`].

use leptos::{ev, prelude::*};

use super::browser;

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub label: String,
    /// Where it is from.
    pub note: String,
    /// A word more about it.
    pub hint: String,
}

/// What may be chosen now, in order; nothing: the list is closed.
#[derive(Clone, Copy)]
pub struct Suggestions {
    id: &'static str,
    shown: Memo<Vec<Suggestion>>,
    active: RwSignal<usize>,
    choose: Callback<usize>,
    close: Callback<()>,
}

impl Suggestions {
    /// `choose` is told the place of what was chosen.
    pub fn new(
        id: &'static str,
        shown: Memo<Vec<Suggestion>>,
        choose: Callback<usize>,
        close: Callback<()>,
    ) -> Self {
        let active = RwSignal::new(0);
        Effect::new(move |_| {
            shown.track();
            active.set(0);
        });
        Self { id, shown, active, choose, close }
    }

    /// Whether there is something to choose. Subscribes.
    pub fn is_open(self) -> bool {
        self.shown.with(|shown| !shown.is_empty())
    }

    /// The id of the list, for the field's `aria-controls`.
    pub fn list_id(self) -> Option<&'static str> {
        self.is_open().then_some(self.id)
    }

    /// The id of what is active, for the field's `aria-activedescendant`.
    pub fn active_id(self) -> Option<String> {
        self.is_open().then(|| option_id(self.id, self.active.get()))
    }

    /// Takes a key of the field's, if it is one of the list's.
    pub fn on_key(self, event: &ev::KeyboardEvent) -> bool {
        let count = self.shown.with_untracked(Vec::len);
        if count == 0 || event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() {
            return false;
        }
        let active = self.active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => self.go(step(active, count, true)),
            "ArrowUp" => self.go(step(active, count, false)),
            "Enter" | "Tab" if !event.shift_key() => self.choose.run(active.min(count - 1)),
            "Escape" => self.close.run(()),
            _ => return false,
        }
        event.prevent_default();
        event.stop_propagation();
        true
    }

    fn go(self, to: usize) {
        self.active.set(to);
        browser::reveal(&option_id(self.id, to));
    }
}

fn step(active: usize, count: usize, down: bool) -> usize {
    if down { (active + 1) % count } else { (active + count - 1) % count }
}

fn option_id(list: &str, place: usize) -> String {
    format!("{list}-{place}")
}

/// The list; nothing while there is nothing to choose.
#[component]
pub fn ListBox(suggestions: Suggestions, label: Signal<&'static str>) -> impl IntoView {
    let Suggestions { id, shown, active, choose, .. } = suggestions;
    move || {
        let rows = shown.get();
        if rows.is_empty() {
            return None;
        }
        let rows = rows.into_iter().enumerate().map(|(place, row)| {
            view! {
                <li
                    id=option_id(id, place)
                    role="option"
                    class="menu-item cursor-pointer"
                    aria-selected=move || if active.get() == place { "true" } else { "false" }
                    // The keyboard stays where it is.
                    on:mousedown=move |event| event.prevent_default()
                    on:click=move |_| choose.run(place)
                >
                    <span dir="auto" class="max-w-[60%] shrink-0 truncate">{row.label}</span>
                    <span dir="auto" class="min-w-0 flex-1 truncate text-xs text-muted-foreground">{row.hint}</span>
                    <span class="max-w-[40%] shrink-0 truncate text-xs text-muted-foreground">{row.note}</span>
                </li>
            }
        });
        Some(view! {
            <ul id=id role="listbox" aria-label=label class="mb-2 max-h-64 overflow-y-auto rounded-lg border bg-popover p-1 shadow-sm">
                {rows.collect_view()}
            </ul>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn arrows_go_round() {
        assert_eq!([step(0, 3, true), step(2, 3, true), step(0, 3, false), step(2, 3, false)], [1, 0, 2, 1]);
    }
}
