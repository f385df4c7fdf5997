//! Whether what a person put into a form is what the form takes.

use serde_json::{Number, Value};

use super::{Answers, Choice, FieldKind, TextFormat, Wanted};
use crate::{Email, Error, FieldError, Result};

/// The longest text where the server sets no bound, in characters.
const MOST_CHARS: u32 = 8_000;

/// What is told to the server: a field that was left out has its default, and one that is null, or an empty text, has no value. A
/// fault is of the field `answers.NAME`.
pub fn answered(wanted: &Wanted, answers: &Answers) -> Result<Answers> {
    let fields = match wanted {
        Wanted::Form { fields } => fields.as_slice(),
        Wanted::Url { .. } | Wanted::Unknown => &[],
    };
    let (mut told, mut faults) = (Answers::new(), Vec::new());
    let is_asked = |name: &String| fields.iter().any(|field| field.name == *name);
    for name in answers.keys().filter(|name| !is_asked(name)) {
        faults.push(FieldError::new(format!("answers.{name}"), "there is no field of that name"));
    }
    for field in fields {
        let given = answers.get(&field.name).cloned().or_else(|| field.default());
        let given = given.filter(|value| !value.is_null() && value.as_str() != Some(""));
        let checked = match given {
            Some(value) => check(&field.kind, value).map(Some),
            None if field.required => Err("needs an answer".to_owned()),
            None => Ok(None),
        };
        match checked {
            Ok(value) => told.extend(value.map(|value| (field.name.clone(), value))),
            Err(fault) => faults.push(FieldError::new(format!("answers.{}", field.name), fault)),
        }
    }
    if faults.is_empty() { Ok(told) } else { Err(Error::invalid(faults)) }
}

fn check(kind: &FieldKind, value: Value) -> Result<Value, String> {
    match kind {
        FieldKind::Text { format, least, most, .. } => {
            let text = value.as_str().ok_or("must be a text")?;
            let length = text.chars().count();
            if let Some(least) = least.filter(|least| length < *least as usize) {
                return Err(format!("must be at least {least} characters"));
            }
            let most = most.unwrap_or(MOST_CHARS).min(MOST_CHARS);
            if length > most as usize {
                return Err(format!("must be at most {most} characters"));
            }
            format.map_or(Ok(()), |format| form(format, text))?;
            Ok(value)
        }
        FieldKind::Number { whole, least, most, .. } => number(*whole, least.as_ref(), most.as_ref(), &value),
        FieldKind::Flag { .. } => {
            value.as_bool().map(Value::Bool).ok_or_else(|| "must be true or false".into())
        }
        FieldKind::Choice { options, .. } => one_of(options, &value).map(|()| value),
        FieldKind::Choices { options, least, most, .. } => {
            let chosen = value.as_array().ok_or("must be a list")?;
            chosen.iter().try_for_each(|one| one_of(options, one))?;
            let count = chosen.len() as u64;
            let twice = (1..chosen.len()).any(|at| chosen[..at].contains(&chosen[at]));
            match (least, most) {
                _ if twice => Err("must hold each option once".into()),
                (Some(least), _) if count < *least => Err(format!("needs at least {least} of them")),
                (_, Some(most)) if count > *most => Err(format!("takes at most {most} of them")),
                _ => Ok(value),
            }
        }
    }
}

fn one_of(options: &[Choice], value: &Value) -> Result<(), String> {
    let is_one = options.iter().any(|option| value.as_str() == Some(&option.value));
    if is_one { Ok(()) } else { Err("must be one of the options".into()) }
}

/// A number, or a text that is one: a person writes texts.
fn number(
    whole: bool,
    least: Option<&Number>,
    most: Option<&Number>,
    value: &Value,
) -> Result<Value, String> {
    let fault = if whole { "must be a whole number" } else { "must be a number" };
    let number = match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => text.trim().parse::<Number>().ok(),
        _ => None,
    };
    let number = number.ok_or(fault)?;
    let size = number.as_f64().filter(|size| size.is_finite()).ok_or(fault)?;
    if whole && size.fract() != 0.0 {
        return Err(fault.into());
    }
    let bound = |bound: Option<&Number>| bound.and_then(Number::as_f64);
    if let Some(least) = bound(least).filter(|least| size < *least) {
        return Err(format!("must be at least {least}"));
    }
    if let Some(most) = bound(most).filter(|most| size > *most) {
        return Err(format!("must be at most {most}"));
    }
    // "3.0" is three.
    let exact = whole && !number.is_i64() && !number.is_u64() && size.abs() < 9e15;
    Ok(if exact { Value::from(size as i64) } else { Value::Number(number) })
}

fn form(format: TextFormat, text: &str) -> Result<(), String> {
    match format {
        TextFormat::Email => text.parse::<Email>().map(drop).map_err(|error| {
            error.fields.first().map_or_else(|| error.message.clone(), |fault| fault.message.clone())
        }),
        TextFormat::Uri if is_address(text) => Ok(()),
        TextFormat::Uri => Err("is not an address; it looks like https://example.com".into()),
        TextFormat::Date if is_date(text) => Ok(()),
        TextFormat::Date => Err("is not a date; it looks like 2026-11-28".into()),
        TextFormat::DateTime if is_moment(text) => Ok(()),
        TextFormat::DateTime => Err("is not a date and time; it looks like 2026-11-28T18:30:00Z".into()),
    }
}

/// RFC 3986: a scheme, and something behind it.
fn is_address(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    text.split_once(':').is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
        && !text.contains(is_odd)
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn is_date(text: &str) -> bool {
    let mut pieces = text.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (pieces.next(), pieces.next(), pieces.next(), pieces.next())
    else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// RFC 3339.
fn is_moment(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let within = |text: &str, most: u32| digits(text, 2).is_some_and(|number| number < most);
    let clock: Vec<&str> = clock.split(':').collect();
    let is_zone = match zone.split_at_checked(1) {
        Some(("Z" | "z", "")) => true,
        Some(("+" | "-", offset)) => {
            offset.split_once(':').is_some_and(|(hours, minutes)| within(hours, 24) && within(minutes, 60))
        }
        _ => false,
    };
    is_date(date)
        && is_zone
        && matches!(*clock, [hours, minutes, seconds] if within(hours, 24) && within(minutes, 60) && within(seconds, 61))
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::elicitation::host;

    fn form_of(fields: Value) -> Wanted {
        Wanted::Form { fields: serde_json::from_value(fields).unwrap() }
    }

    fn said(answers: Value) -> Answers {
        serde_json::from_value(answers).unwrap()
    }

    fn fault(kind: &Value, value: &Value) -> Option<String> {
        let form = form_of(json!([{"name": "a", "required": true, "kind": kind}]));
        let error = answered(&form, &said(json!({"a": value}))).err()?;
        assert_eq!(error.fields[0].field, "answers.a");
        Some(error.fields[0].message.clone())
    }

    #[test]
    fn what_is_left_out_has_its_default_and_what_is_cleared_has_no_value() {
        let form = form_of(json!([
            {"name": "name", "kind": {"type": "text", "default": "Ann"}},
            {"name": "age", "kind": {"type": "number", "whole": true, "default": 30}},
            {"name": "sure", "kind": {"type": "flag", "default": true}},
            {"name": "colour", "kind": {"type": "choice", "options": [{"value": "r"}], "default": "r"}},
            {"name": "note", "kind": {"type": "text"}},
        ]));
        let all = json!({"name": "Ann", "age": 30, "sure": true, "colour": "r"});
        assert_eq!(answered(&form, &said(json!({}))).unwrap(), said(all));
        let some = said(json!({"name": null, "age": "31", "sure": false, "colour": ""}));
        assert_eq!(answered(&form, &some).unwrap(), said(json!({"age": 31, "sure": false})));
        let error = answered(&form, &said(json!({"other": 1, "age": "many"}))).unwrap_err();
        let fields: Vec<_> = error.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["answers.other", "answers.age"]);
    }

    #[test]
    fn each_kind_of_field_says_what_is_wrong() {
        let text = |format: &str| json!({"type": "text", "format": format});
        let number = json!({"type": "number", "whole": false, "least": 0.5, "most": 2});
        let many = json!({"type": "choices", "options": [{"value": "a"}, {"value": "b"}, {"value": "c"}], "least": 1, "most": 2});
        for (kind, right, wrong, why) in [
            (json!({"type": "text", "least": 2}), json!("ab"), json!("a"), "at least 2"),
            (json!({"type": "text", "most": 2}), json!("éé"), json!("abc"), "at most 2"),
            (json!({"type": "text"}), json!("a"), json!("x".repeat(8_001)), "at most 8000"),
            (json!({"type": "text"}), json!("a"), json!(7), "a text"),
            (text("email"), json!("a@b.example"), json!("a@"), "e-mail"),
            (text("uri"), json!("urn:isbn:1"), json!("example.com"), "address"),
            (text("date"), json!("2024-02-29"), json!("2025-02-29"), "date"),
            (
                text("date_time"),
                json!("2026-11-28T18:30:00.5+01:00"),
                json!("2026-11-28 18:30"),
                "date and time",
            ),
            (number.clone(), json!("1.5"), json!(0.4), "at least 0.5"),
            (number, json!(2), json!(2.5), "at most 2"),
            (json!({"type": "number", "whole": true}), json!(3), json!(3.5), "whole"),
            (json!({"type": "flag"}), json!(false), json!("no"), "true or false"),
            (
                json!({"type": "choice", "options": [{"value": "a", "title": "A"}]}),
                json!("a"),
                json!("A"),
                "options",
            ),
            (many.clone(), json!(["a", "c"]), json!([]), "at least 1"),
            (many.clone(), json!(["a"]), json!(["a", "b", "c"]), "at most 2"),
            (many.clone(), json!(["b"]), json!(["b", "b"]), "once"),
            (many, json!(["b"]), json!(["x"]), "options"),
        ] {
            assert_eq!(fault(&kind, &right), None, "{kind} {right}");
            let said = fault(&kind, &wrong).unwrap_or_default();
            assert!(said.contains(why), "{kind} {wrong}: {said}");
        }
        assert_eq!(fault(&json!({"type": "text"}), &json!("")).as_deref(), Some("needs an answer"));
    }

    #[test]
    fn the_host_is_the_one_that_a_browser_goes_to() {
        for (url, expected) in [
            ("https://good.example/a", "good.example"),
            ("https://good.example@evil.example/", "evil.example"),
            ("https://evil.example\\@good.example/", "evil.example"),
            ("https://evil.example:8443?good.example", "evil.example:8443"),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
