//! Where the keyboard is, and moving it.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, EventTarget, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

/// Which way to move among the items of a menu or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the next one, from the last to the first.
    Next,
    /// To the previous one, from the first to the last.
    Previous,
    First,
    Last,
}

impl Step {
    /// The step that a key means in a menu: arrows both ways, Home, End.
    pub fn of_key(key: &str) -> Option<Self> {
        match key {
            "ArrowDown" | "ArrowRight" => Some(Self::Next),
            "ArrowUp" | "ArrowLeft" => Some(Self::Previous),
            "Home" => Some(Self::First),
            "End" => Some(Self::Last),
            _ => None,
        }
    }

    /// The place after this step from `current` among `count` items, of which there must be some.
    pub fn apply(self, current: Option<usize>, count: usize) -> usize {
        match (self, current) {
            (Self::Next, Some(current)) => (current + 1) % count,
            (Self::Previous, Some(current)) => (current + count - 1) % count,
            (Self::Next | Self::First, _) => 0,
            (Self::Previous | Self::Last, _) => count - 1,
        }
    }
}

pub(super) fn focus_element(element: Option<&Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_ref::<HtmlElement>()) {
        let _refused = element.focus();
    }
}

/// Focuses the element with this id. False: there is none.
pub fn focus_id(id: &str) -> bool {
    let element = super::IN_BROWSER.then(|| document().get_element_by_id(id)).flatten();
    focus_element(element.as_ref());
    element.is_some()
}

/// Focuses the field with this id and selects its text.
pub fn select_id(id: &str) {
    if !focus_id(id) {
        return;
    }
    let Some(element) = document().get_element_by_id(id) else { return };
    if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        input.select();
    } else if let Some(area) = element.dyn_ref::<HtmlTextAreaElement>() {
        area.select();
    }
}

fn items(container: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = container.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|place| found.get(place)?.dyn_into().ok()).collect()
}

fn current(items: &[Element]) -> Option<usize> {
    let focused = document().active_element()?;
    items.iter().position(|item| *item == focused)
}

/// Focuses the first element inside `container` that matches.
pub fn focus_first(container: &Element, selector: &str) {
    focus_element(items(container, selector).first());
}

/// Moves the focus among the elements inside `container` that match.
pub fn focus_step(container: &Element, selector: &str, step: Step) {
    let items = items(container, selector);
    if !items.is_empty() {
        focus_element(items.get(step.apply(current(&items), items.len())));
    }
}

/// Focuses the next element inside `container` that matches and whose text starts with `typed`.
pub fn focus_typed(container: &Element, selector: &str, typed: &str) {
    let items = items(container, selector);
    let start = current(&items).map_or(0, |place| place + 1);
    let typed = typed.to_lowercase();
    let found = (0..items.len()).map(|step| &items[(start + step) % items.len()]).find(|item| {
        let text = item.get_attribute("aria-label").or_else(|| item.text_content()).unwrap_or_default();
        text.trim().to_lowercase().starts_with(&typed)
    });
    focus_element(found);
}

/// Whether the focus is inside `container`.
pub fn has_focus_within(container: &Element) -> bool {
    document().active_element().is_some_and(|focused| container.contains(Some(&focused)))
}

/// Whether nothing has the focus: what had it is gone.
pub fn has_lost_focus() -> bool {
    document().active_element().is_none_or(|focused| focused.tag_name() == "BODY")
}

/// The nearest element around an event's target that matches.
pub fn closest(target: Option<EventTarget>, selector: &str) -> Option<Element> {
    target?.dyn_ref::<Element>()?.closest(selector).ok().flatten()
}

/// Where text is written.
const FIELDS: &str = "input, textarea, select, [contenteditable]";

/// Whether an event comes from where text is written.
pub fn is_in_field(target: Option<EventTarget>) -> bool {
    closest(target, FIELDS).is_some()
}

/// Whether the keyboard is where text is written.
pub fn is_writing() -> bool {
    let focused = super::IN_BROWSER.then(|| document().active_element()).flatten();
    focused.is_some_and(|focused| focused.matches(FIELDS).unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::Step;

    #[test]
    fn steps_go_around_the_ends() {
        assert_eq!(Step::Next.apply(Some(2), 3), 0);
        assert_eq!(Step::Previous.apply(Some(0), 3), 2);
        assert_eq!(Step::Next.apply(None, 3), 0);
        assert_eq!(Step::Previous.apply(None, 3), 2);
        assert_eq!(Step::Last.apply(Some(0), 1), 0);
        assert_eq!(Step::of_key("Home"), Some(Step::First));
        assert_eq!(Step::of_key("a"), None);
    }
}
