//! Which passwords will do, and what would be better about one that won't. Pure.

use vertice_domain::FieldError;
use zxcvbn::{Score, zxcvbn};

/// A password of so many characters always does.
const LONG_ENOUGH: usize = 12;
/// A shorter one must be hard to guess, and not shorter than this.
const SHORTEST: usize = 8;
/// The longest password, in bytes: hashing must not become a way to keep the server busy.
pub(crate) const MAX_BYTES: usize = 1_024;

/// Checks the new password in `field`, pushing onto `errors`. `known` are words that an attacker would try first:
/// address, name.
pub(crate) fn check(field: &str, password: &str, known: &[&str], errors: &mut Vec<FieldError>) {
    if let Some(message) = fault(password, known) {
        errors.push(FieldError::new(field, message));
    }
}

fn fault(password: &str, known: &[&str]) -> Option<String> {
    let chars = password.chars().count();
    if password.is_empty() {
        return Some("must not be empty; choose at least 12 characters".into());
    }
    if password.len() > MAX_BYTES {
        return Some(format!("must be at most {MAX_BYTES} bytes"));
    }
    if chars >= LONG_ENOUGH {
        return None;
    }
    if chars < SHORTEST {
        return Some(format!(
            "is too short: use at least {LONG_ENOUGH} characters (a few words will do), or at least {SHORTEST} that \
             are hard to guess"
        ));
    }
    let entropy = zxcvbn(password, &words(known));
    if entropy.score() >= Score::Three {
        return None;
    }
    let mut advice = String::from("is easy to guess.");
    if let Some(feedback) = entropy.feedback() {
        let warning = feedback.warning().map(|warning| warning.to_string());
        let suggestions = feedback.suggestions().iter().map(ToString::to_string);
        for sentence in warning.into_iter().chain(suggestions) {
            advice.push(' ');
            advice.push_str(sentence.trim_end_matches('.'));
            advice.push('.');
        }
    }
    advice.push_str(&format!(" Or use {LONG_ENOUGH} characters or more."));
    Some(advice)
}

/// The known texts, and the words in them.
fn words<'a>(known: &[&'a str]) -> Vec<&'a str> {
    let parts = known.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    known.iter().copied().chain(parts).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let long = "x".repeat(1_025);
        let table: &[(&str, Option<&str>)] = &[
            ("", Some("must not be empty")),
            ("short", Some("too short")),
            ("Tr0ub4d", Some("too short")),
            ("password", Some("easy to guess. This is a top-10 common password.")),
            ("password1", Some("easy to guess")),
            ("aaaaaaaaa", Some("Repeats like \"aaa\"")),
            ("qwertyuiop", Some("Or use 12 characters or more.")),
            ("annsmith1", Some("easy to guess")),
            ("kX9!vQ2#w", None),
            ("zebra-moon9", None),
            ("twelve chars", None),
            ("zwölf Zeichen", None),
            ("äöüäöüä", Some("too short")),
            (&long, Some("at most 1024 bytes")),
        ];
        for (password, wanted) in table {
            let found = fault(password, &["ann.smith@example.com", "Ann Smith"]);
            match wanted {
                None => assert_eq!(found, None, "{password}"),
                Some(part) => {
                    let found = found.unwrap_or_else(|| panic!("{password} was taken"));
                    assert!(found.contains(part), "{password}: {found}");
                }
            }
        }
    }
}
