//! What the server has drawn, alive: forms that are sent without leaving the page, and what attributes ask for. `data-dialog`
//! on a button opens or closes the dialog of that id, `data-reveals` shows and hides the password there, `data-stored-only`
//! marks a button that means what is stored and not what is being typed. What went wrong stands in a form's `data-fault`.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{
    Element, EventTarget, FormData, HtmlButtonElement, HtmlDialogElement, HtmlFormElement, HtmlInputElement,
    UrlSearchParams,
};

use super::{closest, focus_first, focus_id, has_lost_focus, load, show_dialog, store};

/// A form that is being sent.
#[derive(Debug)]
pub struct Sent {
    form: HtmlFormElement,
    button: Option<Element>,
    /// What is filled in, and the button that was pressed, as forms are sent.
    pub fields: String,
}

/// Takes what a form would send. None: it is being sent already.
pub fn send(event: &ev::SubmitEvent) -> Option<Sent> {
    event.prevent_default();
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    if form.query_selector("[aria-busy]").ok()?.is_some() {
        return None;
    }
    let data = FormData::new_with_form(&form).ok()?;
    let button: Option<Element> = event.submitter().map(Into::into);
    if let Some(button) = &button {
        let act = button.get_attribute("value").unwrap_or_default();
        data.append_with_str(&button.get_attribute("name")?, &act).ok()?;
        let _refused = button.set_attribute("aria-busy", "true");
    }
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?.to_string().into();
    Some(Sent { form, button, fields })
}

impl Sent {
    /// Draws the place anew. What lies open beside the form, and has an id, stays as it is, with all that is typed in it. The focus
    /// stays where it was, or goes where what is new begins: `data-begin`.
    pub fn redraw(&self, place: &Element, html: &str) {
        let focused = document().active_element().filter(|focused| place.contains(Some(focused)));
        let open = all(place, "details[id][open]");
        place.set_inner_html(html);
        for kept in open.into_iter().filter(|details| !details.contains(Some(&self.form))) {
            if let Some(drawn) = document().get_element_by_id(&kept.id()) {
                let _refused = drawn.replace_with_with_node_1(&kept);
            }
        }
        remember(place);
        if let Some(focused) = focused {
            focus_id(&focused.id());
            if has_lost_focus() {
                focus_first(place, "[data-begin]");
                select(document().active_element().as_ref().map(AsRef::as_ref));
            }
        }
    }

    /// It has been heard.
    pub fn end(&self) {
        if let Some(button) = &self.button {
            let _refused = button.remove_attribute("aria-busy");
        }
    }

    /// Says in the form why nothing came of it; or, where the button's `data-failed` has words for it: what heads the reason
    /// elsewhere.
    pub fn fail(&self, why: &str) -> Option<String> {
        let title = self.button.as_ref().and_then(|button| button.get_attribute("data-failed"));
        let Some(place) = self.form.query_selector("[data-fault]").ok().flatten().filter(|_| title.is_none())
        else {
            return Some(title.unwrap_or_default());
        };
        let _refused = place.remove_attribute("hidden");
        if let Ok(Some(text)) = place.query_selector("span") {
            text.set_text_content(Some(why));
        }
        if let Ok(Some(field)) = self.form.query_selector("[aria-describedby]") {
            let _refused = field.set_attribute("aria-invalid", "true");
            focus_first(&self.form, "[aria-describedby]");
        }
        None
    }
}

/// Does what a click on something with such an attribute asks for.
pub fn press(event: &ev::MouseEvent) {
    let target = event.target();
    // A press on the backdrop arrives at the dialog itself; what lies inside covers the rest of it.
    if let Some(dialog) = target.as_ref().and_then(|target| target.dyn_ref::<HtmlDialogElement>()) {
        return dialog.close();
    }
    select(target.as_ref());
    if let Some((dialog, _)) = named::<HtmlDialogElement>(event, "data-dialog") {
        show_dialog(&dialog, !dialog.open());
        focus_first(&dialog, "input");
    } else if let Some((field, button)) = named::<HtmlInputElement>(event, "data-reveals") {
        let shows = field.type_() == "password";
        field.set_type(if shows { "text" } else { "password" });
        let label = button.get_attribute(if shows { "data-hide" } else { "data-show" }).unwrap_or_default();
        let _refused = button.set_attribute("aria-label", &label);
        let _refused = button.set_attribute("aria-pressed", if shows { "true" } else { "false" });
    }
}

/// Selects what can be copied from a field and not changed.
fn select(target: Option<&EventTarget>) {
    let field = target.and_then(|target| target.dyn_ref::<HtmlInputElement>());
    if let Some(field) = field.filter(|field| field.read_only()) {
        field.select();
    }
}

/// The text that a click on a button with `data-copies` is to copy, and the button.
pub fn copied(event: &ev::MouseEvent) -> Option<(String, Element)> {
    named::<HtmlInputElement>(event, "data-copies").map(|(field, button)| (field.value(), button))
}

fn named<T: wasm_bindgen::JsCast>(event: &ev::MouseEvent, attribute: &str) -> Option<(T, Element)> {
    let button = closest(event.target(), &format!("[{attribute}]"))?;
    let named = document().get_element_by_id(&button.get_attribute(attribute)?)?;
    Some((named.dyn_into().ok()?, button))
}

/// Keeps buttons that mean what is stored from being pressed while something else is typed.
pub fn typed(event: &ev::Event) {
    let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let button =
        closest(event.target(), "form").and_then(|form| form.query_selector("[data-stored-only]").ok()?);
    let button = button.and_then(|button| button.dyn_into::<HtmlButtonElement>().ok());
    if let (Some(field), Some(button)) = (field, button) {
        button.set_disabled(!field.value().is_empty());
    }
}

fn all(place: &Element, selector: &str) -> Vec<Element> {
    let found = place.query_selector_all(selector).ok();
    let nodes = found.iter().flat_map(|found| (0..found.length()).filter_map(|at| found.get(at)));
    nodes.filter_map(|node| node.dyn_into().ok()).collect()
}

/// What this browser alone remembers of what was drawn, under the name of `data-memory`: that something with this
/// `data-mark` was tried, and the `data-outcome`, which is either drawn and remembered now, or shown as it is remembered.
pub fn remember(place: &Element) {
    for element in all(place, "[data-memory]") {
        let said = |name: &str| element.get_attribute(name).unwrap_or_default();
        let (name, mark) = (said("data-memory"), said("data-mark"));
        if let Some(outcome) = element.get_attribute("data-outcome") {
            store(&name, &format!("{mark}{outcome}"));
        } else if let Some(why) = load(&name).as_deref().and_then(|kept| outcome(kept, &mark)) {
            show(&element, why);
        }
    }
}

/// Shows that it went well, or why not.
fn show(element: &Element, why: Option<&str>) {
    if let Ok(Some(dot)) = element.query_selector("[data-well]") {
        let well = dot.get_attribute("data-well").filter(|_| why.is_none());
        dot.set_class_name(well.as_deref().unwrap_or("dot dot-err"));
    }
    if let (Some(why), Ok(Some(place))) = (why, element.query_selector("[data-why]")) {
        place.set_text_content(Some(why));
        let _refused = place.remove_attribute("hidden");
    }
}

/// What is remembered of exactly this: that it went well, or why not.
fn outcome<'a>(kept: &'a str, mark: &str) -> Option<Option<&'a str>> {
    match kept.strip_prefix(mark)? {
        "" => Some(None),
        why => why.strip_prefix('\n').map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::outcome;

    #[test]
    fn only_the_same_thing_is_known_again() {
        assert_eq!(outcome("1234 2026", "1234 2026"), Some(None));
        assert_eq!(outcome("1234 2026\nNo.", "1234 2026"), Some(Some("No.")));
        assert_eq!(outcome("1234 2026", "9999 2026"), None);
        assert_eq!(outcome("1234 20265", "1234 2026"), None);
    }
}
