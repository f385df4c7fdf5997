//! What the classifier sees of a text: hashed words, word pairs and letter groups, and the marks that code, error
//! messages, numbers and everyday questions leave whatever they are about.
//!
//! Bounded: a long text is read at its beginning and its end only. The hash is FNV-1a, which gives the same place on
//! every machine; a change here makes the stored weights useless, so train again after it.

use std::hash::Hasher as _;

use fnv::FnvHasher;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::lexicon::{self, Topic};

/// How many places features are hashed to.
pub const BUCKETS: usize = 1 << 14;
/// Characters that are read from the beginning of a text.
const HEAD_CHARS: usize = 1_500;
/// Characters that are read from its end, where the question often stands.
const TAIL_CHARS: usize = 500;
/// How much the kinds of features count beside each other; found by trying on the training half.
const WORD_WEIGHT: f32 = 1.6;
const LETTER_WEIGHT: f32 = 1.0;
const MARK_WEIGHT: f32 = 0.7;

/// A text's features: place and strength.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Place in the weights, and strength there. A place may occur twice.
    pub entries: Vec<(usize, f32)>,
}

impl Features {
    pub fn of(text: &str) -> Self {
        let read = bounded(text);
        let plain = fold(&read);
        let words: Vec<&str> =
            plain.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
        let mut entries = Vec::with_capacity(words.len() * 8 + 32);
        push_group(&mut entries, WORD_WEIGHT, &word_places(&words));
        push_group(&mut entries, LETTER_WEIGHT, &letter_places(&words));
        for mark in marks(&read, &words) {
            entries.push((place("mark", &[&mark]), MARK_WEIGHT));
        }
        Self { entries }
    }
}

/// Each place of a group counts the same, and longer texts do not count more than short ones.
fn push_group(entries: &mut Vec<(usize, f32)>, weight: f32, places: &[usize]) {
    let strength = weight / (places.len().max(1) as f32).sqrt();
    entries.extend(places.iter().map(|place| (*place, strength)));
}

fn place(kind: &str, parts: &[&str]) -> usize {
    let mut hasher = FnvHasher::default();
    hasher.write(kind.as_bytes());
    for part in parts {
        hasher.write_u8(0);
        hasher.write(part.as_bytes());
    }
    let hash = hasher.finish();
    // The low bits of FNV-1a depend on little; the high ones are folded in.
    ((hash ^ (hash >> 32)) % BUCKETS as u64) as usize
}

fn bounded(text: &str) -> String {
    let head = text.char_indices().nth(HEAD_CHARS).map(|(at, _)| at);
    let tail = text.char_indices().rev().nth(TAIL_CHARS - 1).map(|(at, _)| at);
    match (head, tail) {
        (Some(head), Some(tail)) if head < tail => format!("{}\n{}", &text[..head], &text[tail..]),
        _ => text.to_owned(),
    }
}

/// Lower case without accents: many write Portuguese without them.
fn fold(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

fn word_places(words: &[&str]) -> Vec<usize> {
    let mut places: Vec<usize> = words.iter().map(|word| place("word", &[word])).collect();
    places.extend(words.windows(2).map(|pair| place("pair", pair)));
    if let Some(first) = words.first() {
        places.push(place("first", &[first]));
    }
    if let [first, second, ..] = words {
        places.push(place("opening", &[first, second]));
    }
    places
}

/// Groups of four letters inside words, their ends marked: stems and endings that both languages share.
fn letter_places(words: &[&str]) -> Vec<usize> {
    let mut places = Vec::new();
    for word in words {
        let framed: Vec<char> = ['<'].into_iter().chain(word.chars()).chain(['>']).collect();
        let group = |letters: &[char]| place("letters", &[&letters.iter().collect::<String>()]);
        places.extend(framed.windows(4).map(group));
    }
    places
}

/// Marks that stand for many texts each.
fn marks(text: &str, words: &[&str]) -> Vec<String> {
    let mut marks: Vec<String> = shape_marks(text).into_iter().map(str::to_owned).collect();
    let topics = Topic::ALL.into_iter().zip(lexicon::count(words)).filter(|(_, count)| *count > 0);
    marks.extend(topics.map(|(topic, count)| format!("{} {}", topic.as_str(), count.min(3))));
    let numbers = words.iter().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit())).count();
    marks.push(format!("numbers {}", numbers.min(4)));
    let length = match words.len() {
        0..=2 => "2",
        3..=5 => "5",
        6..=10 => "10",
        11..=18 => "18",
        19..=40 => "40",
        _ => "more",
    };
    marks.push(format!("length {length}"));
    marks
}

fn shape_marks(text: &str) -> Vec<&'static str> {
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let any = |test: fn(&str) -> bool| tokens.iter().any(|token| test(token));
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    let tests = [
        ("fence", has(&["```"])),
        ("backtick", text.contains('`') && !has(&["```"])),
        ("call", any(is_call)),
        ("name", any(is_compound_name)),
        ("path", any(is_path_or_file)),
        ("flag", any(|token| token.len() > 1 && token.starts_with('-') && !is_number(&token[1..]))),
        ("operator", has(&["==", "=>", "->", "::", "&&", "||", "!=", "+=", "</", "/>", "{}", "[]", "();"])),
        ("block", has(&["{\n", "{ ", ";\n", "; }", "):\n", "\n    "])),
        ("failure", any(is_failure_name)),
        ("trace", has(&["Traceback", "\n    at ", "\n  File ", "panicked at", "line "]) && has(&[":"])),
        ("percent", any(|token| token.contains('%') && token.bytes().any(|byte| byte.is_ascii_digit()))),
        ("formula", has(&["^", "sqrt", "√", "∫", " = ", ">=", "≥", "P("]) && !has(&["=>", "=="])),
        ("unit", has(&[" km", "km/h", " kg", " m ", " cm", " reais", "$", "€", " liters", " litros"])),
        ("question", text.trim_end().ends_with('?')),
        ("several sentences", text.matches(['.', '?', '!']).count() >= 2),
        ("quote", has(&["\"", "“"])),
        ("lines", text.contains('\n')),
    ];
    tests.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| name).collect()
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// `foo()`, `println!(…`, `arr.sort((a`.
fn is_call(token: &str) -> bool {
    token.split_once('(').is_some_and(|(name, _)| {
        let name = name.trim_end_matches('!');
        name.len() > 1 && name.chars().all(|c| c.is_ascii_alphanumeric() || "._:$".contains(c))
    })
}

/// `snake_case`, `camelCase`, `two.parts`.
fn is_compound_name(token: &str) -> bool {
    let token = token.trim_matches(|c: char| !c.is_alphanumeric());
    if !token.is_ascii() || token.contains("//") {
        return false;
    }
    let letters: Vec<char> = token.chars().collect();
    letters.windows(3).any(|three| match three {
        [before, '_', after] => before.is_alphanumeric() && after.is_alphanumeric(),
        [before, '.', after] => before.is_ascii_alphabetic() && after.is_ascii_lowercase(),
        _ => false,
    }) || letters.windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase())
}

/// `/etc/hosts`, `main.rs`, `.env`.
fn is_path_or_file(token: &str) -> bool {
    let token = token.trim_matches(|c: char| "\"'`,;:()?".contains(c));
    let ending = token.rsplit_once('.').map(|(_, ending)| ending);
    token.starts_with("./") || token.starts_with("~/") || ending.is_some_and(lexicon::is_file_ending)
}

/// `TypeError`, `NullPointerException`, `ERESOLVE`, `error:`.
fn is_failure_name(token: &str) -> bool {
    let token = token.trim_end_matches([':', ',', '.']);
    let named = token.ends_with("Error") || token.ends_with("Exception");
    named || matches!(token, "error" | "erro" | "ERR!" | "ERROR" | "undefined" | "null" | "NaN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell_code_from_prose() {
        let marks = |text| shape_marks(text);
        assert!(marks("what does user_id.parse() do").contains(&"name"));
        assert!(marks("fix main.rs").contains(&"path") && marks("see items.map(f)").contains(&"call"));
        assert!(marks("TypeError: x is not a function").contains(&"failure"));
        let prose = marks("The weather is nice (really), e.g. today.");
        assert!(!prose.contains(&"call") && !prose.contains(&"path"), "{prose:?}");
    }

    #[test]
    fn accents_and_case_make_no_difference() {
        assert_eq!(Features::of("FUNÇÃO").entries[0], Features::of("funcao").entries[0]);
    }

    #[test]
    fn reading_is_bounded() {
        let long = "palavra ".repeat(500_000);
        assert!(Features::of(&long).entries.len() < 5_000);
    }
}
