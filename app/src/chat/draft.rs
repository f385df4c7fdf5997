//! What was written but not sent yet, kept by the browser for each conversation; the model chosen for new ones; how
//! hard models are to think.

use vertice_domain::{ModelChoice, chat::Effort};

use super::state::Place;
use crate::ui::browser;

const MODEL: &str = "model";
const EFFORT: &str = "effort";

/// What a place is called in keys.
pub(super) fn name(place: Place) -> Option<String> {
    match place {
        Place::Nowhere => None,
        Place::New => Some("new".to_owned()),
        Place::In(id) => Some(id.to_string()),
    }
}

fn key(place: Place) -> Option<String> {
    name(place).map(|name| format!("draft:{name}"))
}

/// What was written there.
pub(crate) fn load(place: Place) -> Option<String> {
    browser::load(&key(place)?).filter(|text| !text.is_empty())
}

/// Keeps what is written there.
pub(crate) fn keep(place: Place, text: &str) {
    let Some(key) = key(place) else { return };
    if text.is_empty() {
        browser::remove(&key);
    } else {
        browser::store(&key, text);
    }
}

/// Forgets a text that has arrived; what was written since stays.
pub(crate) fn forget(place: Place, sent: &str) {
    if load(place).as_deref() == Some(sent) {
        keep(place, "");
    }
}

/// The model chosen for new conversations.
pub(crate) fn model() -> ModelChoice {
    browser::load(MODEL).map_or(ModelChoice::Auto, ModelChoice::from)
}

/// Keeps the model chosen for new conversations.
pub(crate) fn keep_model(model: &ModelChoice) {
    browser::store(MODEL, &String::from(model.clone()));
}

/// How hard models are to think.
pub(crate) fn effort() -> Option<Effort> {
    Effort::parse(&browser::load(EFFORT)?)
}

/// Keeps how hard models are to think.
pub(crate) fn keep_effort(effort: Option<Effort>) {
    match effort {
        Some(effort) => {
            browser::store(EFFORT, effort.as_str());
        }
        None => browser::remove(EFFORT),
    }
}
