//! The top layer: popovers beside what opened them, and modal dialogs.

use leptos::prelude::*;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

/// Where a popover stands, seen from what opened it. It flips over where there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Placement {
    /// Below, left edges aligned.
    #[default]
    BelowStart,
    /// Below, right edges aligned.
    BelowEnd,
    /// Above, left edges aligned.
    AboveStart,
    /// Above, right edges aligned.
    AboveEnd,
}

/// Pixels between a popover and what opened it, and between it and the window's edge.
const GAP: f64 = 6.0;

/// Lengths of everything that placing depends on, in CSS pixels.
#[derive(Debug, Clone, Copy)]
struct Room {
    anchor: [f64; 4],
    panel: [f64; 2],
    window: [f64; 2],
}

/// The panel's left and top edge. `anchor` is left, top, right, bottom.
fn position(placement: Placement, room: Room) -> (f64, f64) {
    let Room {
        anchor: [left, top, right, bottom],
        panel: [width, height],
        window: [window_width, window_height],
    } = room;
    let below = bottom + GAP;
    let above = top - GAP - height;
    let fits_below = below + height + GAP <= window_height;
    let fits_above = above >= GAP;
    let (x, wants_below) = match placement {
        Placement::BelowStart => (left, true),
        Placement::BelowEnd => (right - width, true),
        Placement::AboveStart => (left, false),
        Placement::AboveEnd => (right - width, false),
    };
    let y = if wants_below {
        if fits_below || !fits_above { below } else { above }
    } else if fits_above || !fits_below {
        above
    } else {
        below
    };
    (x.min(window_width - width - GAP).max(GAP), y.min(window_height - height - GAP).max(GAP))
}

fn size(value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>) -> f64 {
    value.ok().and_then(|value| value.as_f64()).unwrap_or_default()
}

/// Shows a popover beside `anchor`.
pub fn show_popover_at(panel: &HtmlElement, anchor: &Element, placement: Placement) {
    // Refused only when it is open already.
    let _open = panel.show_popover();
    let rect = anchor.get_bounding_client_rect();
    let window = window();
    let room = Room {
        anchor: [rect.left(), rect.top(), rect.right(), rect.bottom()],
        panel: [f64::from(panel.offset_width()), f64::from(panel.offset_height())],
        window: [size(window.inner_width()), size(window.inner_height())],
    };
    let (x, y) = position(placement, room);
    let style = format!("position:fixed;margin:0;inset:auto;left:{x}px;top:{y}px");
    let _invalid = panel.set_attribute("style", &style);
}

/// Hides a popover; the focus goes back to where it was.
pub fn hide_popover(panel: &HtmlElement) {
    // Refused only when it is hidden already.
    let _hidden = panel.hide_popover();
}

/// Whether a popover is shown.
pub fn is_popover_open(panel: &Element) -> bool {
    panel.matches(":popover-open").unwrap_or(false)
}

/// Shows or closes a modal dialog. The browser keeps the focus inside and gives it back afterwards.
pub fn show_dialog(dialog: &HtmlDialogElement, open: bool) {
    if open && !dialog.open() {
        // Refused only for a dialog that is not in the document.
        let _detached = dialog.show_modal();
    } else if !open && dialog.open() {
        dialog.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(anchor: [f64; 4]) -> Room {
        Room { anchor, panel: [200.0, 100.0], window: [400.0, 300.0] }
    }

    #[test]
    fn a_popover_stands_where_it_is_wanted_or_flips() {
        assert_eq!(position(Placement::BelowStart, room([10.0, 10.0, 50.0, 30.0])), (10.0, 36.0));
        assert_eq!(position(Placement::BelowStart, room([10.0, 250.0, 50.0, 270.0])), (10.0, 144.0));
        assert_eq!(position(Placement::AboveEnd, room([260.0, 200.0, 300.0, 220.0])), (100.0, 94.0));
        assert_eq!(position(Placement::AboveStart, room([10.0, 40.0, 50.0, 60.0])), (10.0, 66.0));
    }

    #[test]
    fn a_popover_stays_inside_the_window() {
        assert_eq!(position(Placement::BelowStart, room([390.0, 10.0, 400.0, 30.0])).0, 194.0);
        assert_eq!(position(Placement::BelowEnd, room([0.0, 10.0, 20.0, 30.0])).0, 6.0);
    }
}
