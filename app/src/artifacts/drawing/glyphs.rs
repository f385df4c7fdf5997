//! Icons that only this panel has: Lucide's drawings (ISC).

use leptos::prelude::*;

use crate::ui::icon::drawing;

const FILE: &str = r#"<path d="M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8a2.4 2.4 0 0 1 1.704.706l3.588 3.588A2.4 2.4 0 0 1 20 8v12a2 2 0 0 1-2 2z"/><path d="M14 2v5a1 1 0 0 0 1 1h5"/>"#;
const MAXIMIZE: &str =
    r#"<path d="M15 3h6v6"/><path d="m21 3-7 7"/><path d="m3 21 7-7"/><path d="M9 21H3v-6"/>"#;
const IMAGE: &str = r#"<rect width="18" height="18" x="3" y="3" rx="2" ry="2"/><circle cx="9" cy="9" r="2"/><path d="m21 15-3.086-3.086a2 2 0 0 0-2.828 0L6 21"/>"#;
const TABLET: &str =
    r#"<rect width="16" height="20" x="4" y="2" rx="2" ry="2"/><line x1="12" x2="12.01" y1="18" y2="18"/>"#;
const PHONE: &str = r#"<rect width="14" height="20" x="5" y="2" rx="2" ry="2"/><path d="M12 18h.01"/>"#;

pub(super) fn file() -> impl IntoView {
    drawing("size-4", FILE)
}

pub(super) fn maximize() -> impl IntoView {
    drawing("size-4", MAXIMIZE)
}

pub(super) fn image() -> impl IntoView {
    drawing("size-4", IMAGE)
}

pub(super) fn tablet() -> AnyView {
    drawing("size-4", TABLET).into_any()
}

pub(super) fn phone() -> AnyView {
    drawing("size-4", PHONE).into_any()
}
