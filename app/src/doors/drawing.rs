//! The drawing beside the forms: many lines that meet in one point.

use leptos::prelude::*;

use crate::strings::{drawn, t};

const DRAWING: &str = r#"<g fill="none" stroke="hsl(var(--border-strong))"><path d="M60 120C60 360 276 370 360 560"/><path d="M180 92C180 332 309.6 370 360 560"/><path d="M300 132C300 372 343.2 370 360 560"/><path d="M420 104C420 344 376.8 370 360 560"/><path d="M540 128C540 368 410.4 370 360 560"/><path d="M660 96C660 336 444 370 360 560"/><path d="M360 560V900"/></g>"#;

/// The corners of each glyph, and where it stands.
const GLYPHS: [(f64, f64, &str); 6] = [
    (46.0, 106.0, "8,3 13.2,12 2.8,12"),
    (166.0, 78.0, "8,2.6 13.33,6.47 11.29,12.73 4.71,12.73 2.67,6.47"),
    (286.0, 118.0, "8,2.6 13.6,8.2 8,13.8 2.4,8.2"),
    (406.0, 90.0, "8,2.6 13.33,6.47 11.29,12.73 4.71,12.73 2.67,6.47"),
    (526.0, 114.0, "8,3 13.2,12 2.8,12"),
    (646.0, 82.0, "8,2.6 13.6,8.2 8,13.8 2.4,8.2"),
];

fn drawing() -> String {
    let mut svg = DRAWING.to_owned();
    for (x, y, corners) in GLYPHS {
        svg.push_str(&format!(
            r#"<g transform="translate({x} {y})"><rect width="28" height="28" fill="hsl(var(--sunken))"/><g transform="translate(3 3) scale(1.375)" fill="none"><polygon points="{corners}" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round"/></g></g>"#
        ));
    }
    for y in [648, 724, 812] {
        svg.push_str(&format!(
            r#"<circle cx="360" cy="{y}" r="6" fill="hsl(var(--sunken))"/><circle cx="360" cy="{y}" r="3.5" fill="hsl(var(--faint))"/>"#
        ));
    }
    svg.push_str(r#"<circle cx="360" cy="560" r="20" fill="hsl(var(--sunken))"/><circle cx="360" cy="560" r="15.5" fill="none" stroke="hsl(var(--primary) / .4)"/><circle cx="360" cy="560" r="9" fill="hsl(var(--primary))"/>"#);
    svg
}

#[component]
pub(super) fn Drawing() -> impl IntoView {
    view! {
        <aside aria-label=t().common.brand class="relative hidden w-1/2 overflow-hidden border-l bg-sunken lg:block">
            <svg
                viewBox="0 0 720 900"
                class="absolute inset-0 size-full"
                preserveAspectRatio="xMidYMid slice"
                aria-hidden="true"
                inner_html=drawing()
            ></svg>
            <p class="absolute bottom-12 left-12 max-w-56 text-md text-muted-foreground">
                {drawn().doors.many_models} <br /> <span class="text-foreground">{drawn().doors.one_line}</span>
            </p>
        </aside>
    }
}
