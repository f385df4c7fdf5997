//! What an import comes to: a report where anything is here now, else an error that says what was wrong with each thing.

use vertice_domain::{
    Error, ErrorKind, FieldError, Result,
    import::{Imported, NO_CONVERSATIONS, SkipCode},
};

use super::taking::Taking;

/// The most faults that an error tells.
const MOST_FAULTS: usize = 100;

pub(super) fn of(taking: Taking<'_>) -> Result<Imported> {
    let Taking { mut imported, stopped, broken, .. } = taking;
    let is_anything_here = imported.report.taken + imported.report.already_here > 0;
    if !is_anything_here {
        return Err(stopped.unwrap_or_else(|| nothing(&imported, broken.as_deref())));
    }
    imported.report.stopped = stopped.map(|error| error.message).or(broken);
    Ok(imported)
}

/// Nothing could be taken.
fn nothing(imported: &Imported, broken: Option<&str>) -> Error {
    let skipped = &imported.report.skipped;
    let is_known =
        skipped.iter().any(|one| !matches!(one.code, SkipCode::NoConversation | SkipCode::BadEntry));
    let mut fields: Vec<FieldError> = skipped
        .iter()
        .take(MOST_FAULTS)
        .map(|one| FieldError::new(one.what.clone(), one.why.clone()))
        .collect();
    if let Some((what, why)) = broken.and_then(|broken| broken.split_once(": ")) {
        fields.push(FieldError::new(what, why.trim_end_matches(" What came before it is here.")));
    }
    if is_known || !fields.is_empty() && broken.is_some() {
        return Error {
            message: "No conversation in it could be taken.".to_owned(),
            ..Error::invalid(fields)
        };
    }
    let message = "There is no conversation in it. An import takes exports of this app, of ChatGPT and of Claude, as JSON or as the \
                   archives that they come in.";
    Error { fields, ..Error::new(ErrorKind::Invalid, NO_CONVERSATIONS, message) }
}
