//! The browser's half: the texts that came beside the page, taken up once.

use std::sync::OnceLock;

use super::{Piece as _, Strings};
use crate::ui::browser;

static STRINGS: OnceLock<Strings> = OnceLock::new();

/// Takes up the texts. False: they did not arrive, and the page has to stay as the server drew it.
pub fn wake() -> bool {
    let Some(texts) = browser::texts() else {
        leptos::logging::error!("the page's texts are missing; it stays as it is");
        return false;
    };
    // They are needed for as long as the page is open.
    STRINGS.get_or_init(|| Strings::read(&mut texts.leak().split('\n')));
    true
}

/// The texts that were taken up.
pub(super) fn strings() -> &'static Strings {
    STRINGS.get().expect("the page is woken only once its texts are there")
}
