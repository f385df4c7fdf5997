//! What holds between the languages.

use std::path::Path;

use leptos::prelude::{Owner, provide_context};
use vertice_domain::Timestamp;

use super::{Language, Lines, Piece as _, Strings, fill};
use crate::{
    chat::format,
    ui::time::{self, Day},
};

fn texts(language: Language) -> Vec<&'static str> {
    let mut out = Vec::new();
    language.strings().list(&mut out);
    out
}

/// What an open page is given, and what only the server draws.
fn page(language: Language) -> Vec<&'static str> {
    let mut out = texts(language);
    language.drawn().list(&mut out);
    out
}

fn said(language: Language) -> Vec<&'static str> {
    let mut out = Vec::new();
    language.said().list(&mut out);
    out
}

/// The names in braces, sorted.
fn names(template: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        template.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn every_language_fills_the_same_places() {
    for language in Language::ALL {
        for (own, english) in page(language).into_iter().zip(page(Language::English)) {
            // The form for one may do without its number.
            let (own_names, mut wanted) = (names(own), names(english));
            if own_names.contains(&"count") && wanted.is_empty() {
                wanted.push("count");
            }
            assert_eq!(own_names, wanted, "{}: {own:?} for {english:?}", language.tag());
        }
        for (own, english) in said(language).into_iter().zip(said(Language::English)) {
            let known = names(english);
            assert!(names(own).iter().all(|name| known.contains(name)), "{own:?} for {english:?}");
        }
    }
}

#[test]
fn nothing_is_left_empty_and_spaces_at_the_ends_are_kept() {
    for language in Language::ALL {
        for (own, english) in page(language).into_iter().zip(page(Language::English)) {
            assert!(!own.is_empty(), "for {english:?}");
            assert_eq!(own.ends_with(' '), english.ends_with(' '), "{own:?} for {english:?}");
            assert_eq!(own.starts_with(' '), english.starts_with(' '), "{own:?} for {english:?}");
        }
    }
}

#[test]
fn the_file_says_what_the_language_says() {
    for language in Language::ALL {
        let script = super::file(super::address(language)).expect("each language has one");
        let text = script.strip_prefix("self.texts=\"").and_then(|rest| rest.strip_suffix("\";\n"));
        let text = text.expect("one string").replace("\\n", "\n").replace("\\\"", "\"");
        assert!(!text.contains('\\'), "nothing else is escaped");
        let mut lines: Lines = String::leak(text).split('\n');
        let mut read = Vec::new();
        Strings::read(&mut lines).list(&mut read);
        assert_eq!(read, texts(language));
        assert_eq!(lines.next(), None);
    }
    assert_eq!(super::file("strings.en.js"), None);
    assert_ne!(super::address(Language::English), super::address(Language::Portuguese));
}

#[test]
fn values_stand_where_their_names_stood() {
    assert_eq!(fill("{a} of {b}", &[("b", "{a}"), ("a", "1")]), "1 of {a}");
    assert_eq!(fill("no names", &[]), "no names");
}

#[test]
fn a_language_is_whole() {
    let count = page(Language::English).len();
    assert!(Language::ALL.into_iter().all(|language| page(language).len() == count));
    assert_eq!(said(Language::Portuguese).len(), said(Language::English).len());
}

/// Tools are added elsewhere; what people read of them has to follow.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test may wait for the disk")]
fn our_tools_have_words_in_every_language() {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/workbench/src");
    let mut tools = Vec::new();
    for kit in ["artifacts", "exec", "files", "git"] {
        let source = std::fs::read_to_string(room.join(kit).with_extension("rs")).expect("a kit");
        let made = source.split("tool::<").skip(1);
        tools.extend(made.filter_map(|call| call.split('"').nth(1)).map(str::to_owned));
    }
    assert!(tools.len() > 15 && tools.contains(&"rewrite_artifact".to_owned()), "{tools:?}");
    for language in Language::ALL {
        let words = language.strings().calls.own.split(';').filter_map(|pair| pair.split_once(':'));
        let named: Vec<&str> = words.filter(|(_, words)| !words.is_empty()).map(|(name, _)| name).collect();
        for tool in &tools {
            assert!(named.contains(&tool.as_str()), "{}: {tool}", language.tag());
        }
        assert_eq!(named.len(), tools.len(), "{}: no words for tools that are gone", language.tag());
    }
}

#[test]
fn figures_money_and_dates_follow_the_language() {
    let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
    Owner::new().with(|| {
        provide_context(Language::Portuguese);
        let cost = |text: &str| format::cost(text.parse().expect("an amount"));
        assert_eq!([cost("0.01416"), cost("0.00001")], ["US$\u{a0}0,0142", "<US$\u{a0}0,0001"]);
        assert_eq!([format::thousands(18_204), format::tokens_short(1_560)], ["18.204", "1,5\u{a0}mil"]);
        assert_eq!([format::seconds(14_830), format::whole_seconds(61_000)], ["14,8 s", "1 min 1 s"]);
        let now = at("2026-11-23T12:00:00Z");
        let dates = ["2026-03-03T10:30:00Z", "2025-03-03T10:30:00Z"].map(|text| time::date(at(text), now, 0));
        assert_eq!(dates, ["3 de março", "3 de março de 2025"]);
        let agos = ["2026-11-23T11:59:00Z", "2026-11-23T09:00:00Z"].map(|text| time::ago(at(text), now, 0));
        assert_eq!(agos, ["há 1 minuto", "há 3 horas"]);
        let day = Day::of(at("2025-03-03T10:30:00Z"), 0);
        assert_eq!(
            [day.month_heading(2025), day.month_heading(2026), day.short_name()],
            ["Março", "Março de 2025", "3 mar"]
        );
    });
}
