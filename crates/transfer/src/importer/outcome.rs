//! What an import comes to: a report where anything is here now, else an error that says what was wrong with each thing.

use vertice_domain::{
    Error, ErrorKind, FieldError, Result,
    import::{Imported, NO_CONVERSATIONS},
};

use super::taking::{Broken, Taking};

/// The most faults that an error tells.
const MOST_FAULTS: usize = 100;

pub(super) fn of(taking: Taking<'_>) -> Result<Imported> {
    let Taking { mut imported, stopped, broken, .. } = taking;
    let is_anything_here = imported.report.taken + imported.report.already_here > 0;
    if !is_anything_here {
        return Err(stopped.unwrap_or_else(|| nothing(&imported, broken)));
    }
    let broken = broken.map(|Broken { what, why }| format!("{what}: {why} What came before it is here."));
    imported.report.stopped = stopped.map(|error| error.message).or(broken);
    Ok(imported)
}

/// Nothing could be taken.
fn nothing(imported: &Imported, broken: Option<Broken>) -> Error {
    let skipped = &imported.report.skipped;
    let mut fields: Vec<FieldError> = skipped
        .iter()
        .take(MOST_FAULTS)
        .map(|one| FieldError::new(one.what.clone(), one.why.clone()))
        .collect();
    let is_broken = broken.is_some();
    fields.extend(broken.map(|Broken { what, why }| FieldError::new(what, why)));
    if is_broken || imported.report.found_any() {
        return Error {
            message: "No conversation in it could be taken.".to_owned(),
            ..Error::invalid(fields)
        };
    }
    let message = "There is no conversation in it. An import takes exports of this app, of ChatGPT and of Claude, as JSON or as the \
                   archives that they come in.";
    Error { fields, ..Error::new(ErrorKind::Invalid, NO_CONVERSATIONS, message) }
}
