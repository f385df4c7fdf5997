//! Messages that were written without a network, kept by the browser until it has one, for each conversation and in the
//! order written. Each has a key of its own, and whoever takes the key away sends the message: of several tabs, one.

use vertice_domain::ModelChoice;

use super::{draft, entry::Submission, state::Place, written::Written};
use crate::ui::browser;

/// Where a message is kept. The key tells the place and the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept(String);

fn prefix(place: Place) -> Option<String> {
    draft::name(place).map(|place| format!("waiting:{place}:"))
}

/// As it is kept: the model on the first line, then the text.
fn encode(submission: &Submission) -> String {
    format!("{}\n{}", String::from(submission.model.clone()), submission.written.text)
}

fn decode(value: &str) -> Option<Submission> {
    let (model, text) = value.split_once('\n')?;
    let written = Written::text(text.to_owned());
    Some(Submission { written, model: ModelChoice::from(model.to_owned()), instead_of: None })
}

/// Keeps a message. None: the browser keeps nothing, so that it lasts as long as the page.
pub(crate) fn keep(place: Place, submission: &Submission) -> Option<Kept> {
    let (now, chance) = (browser::now().as_millis(), browser::random());
    let key = format!("{}{now:015}-{chance}", prefix(place)?);
    browser::store(&key, &encode(submission)).then_some(Kept(key))
}

/// What waits there, oldest first.
pub(crate) fn list(place: Place) -> Vec<(Kept, Submission)> {
    let Some(prefix) = prefix(place) else { return Vec::new() };
    let read = |key: String| Some((decode(&browser::load(&key)?)?, key));
    browser::keys(&prefix)
        .into_iter()
        .filter_map(|key| read(key).map(|(submission, key)| (Kept(key), submission)))
        .collect()
}

impl Kept {
    /// Takes the message out. False: another tab has done so before.
    pub(crate) fn take(&self) -> bool {
        let there = browser::load(&self.0).is_some();
        browser::remove(&self.0);
        there
    }

    /// Whether it is kept for this place.
    pub(crate) fn is_for(&self, place: Place) -> bool {
        prefix(place).is_some_and(|prefix| self.0.starts_with(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_back_with_its_model_and_every_line() {
        for model in [ModelChoice::Auto, ModelChoice::Named("claude-opus-5-5".into())] {
            let written = Written::text("First\nsecond\n\nfourth".to_owned());
            let submission = Submission { written, model, instead_of: None };
            assert_eq!(decode(&encode(&submission)), Some(submission));
        }
        assert_eq!(decode("torn"), None);
    }

    #[test]
    fn a_key_belongs_to_one_place() {
        let id = "01936b1e-0000-7000-8000-000000000001".parse().expect("an id");
        let key = Kept(format!("{}000-0.5", prefix(Place::In(id)).expect("it has a name")));
        assert!(key.is_for(Place::In(id)) && !key.is_for(Place::New) && !key.is_for(Place::Nowhere));
    }
}
