//! A language as a file that the page loads before it wakes: one string, a text a line, in the order of the list. What the palette
//! says is a file of its own, a module that its script loads. Their names hold the hash of their contents, so that browsers may
//! keep them for ever.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::{Language, Named as _, Piece as _, Strings, drawn::Palette};

struct File {
    name: String,
    script: String,
}

type Files = [File; Language::ALL.len()];

static FILES: LazyLock<Files> = LazyLock::new(|| Language::ALL.map(File::of));
static PALETTES: LazyLock<Files> = LazyLock::new(|| Language::ALL.map(File::of_palette));

impl File {
    fn of(language: Language) -> Self {
        let mut texts = Vec::new();
        language.strings().list(&mut texts);
        let escaped = texts.join("\\n").replace('"', "\\\"");
        let script = format!("self.texts=\"{escaped}\";\n");
        let name = format!("strings.{}.{:016x}.js", language.tag(), fnv1a(script.as_bytes()));
        Self { name, script }
    }

    fn of_palette(language: Language) -> Self {
        let mut said = Vec::new();
        language.drawn().palette.list(&mut said);
        let named = Palette::NAMES.iter().zip(said).map(|(name, text)| ((*name).to_owned(), text.into()));
        let mut texts: Map<String, Value> = named.collect();
        texts.insert("page".to_owned(), page_words(language));
        let script = format!("export default {};\n", Value::Object(texts));
        let name = format!("palette.{}.{:016x}.js", language.tag(), fnv1a(script.as_bytes()));
        Self { name, script }
    }
}

/// What buttons of the page are called that the palette presses.
fn page_words(language: Language) -> Value {
    let Strings { common, composer, .. } = language.strings();
    json!({
        "rename": common.rename, "pin": common.pin, "unpin": common.unpin, "delete": common.delete,
        "copy": common.copy, "sign_out": common.sign_out, "stop": composer.stop,
        "light": common.light, "dark": common.dark, "system": common.system, "auto": common.auto,
    })
}

/// FNV-1a in 64 bits: short and the same everywhere; nobody has a reason to look for collisions.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Where the page finds its language, below the directory of scripts.
pub fn address(language: Language) -> &'static str {
    &FILES[place(language)].name
}

/// The same for what the palette says.
pub(crate) fn palette_address(language: Language) -> &'static str {
    &PALETTES[place(language)].name
}

fn place(language: Language) -> usize {
    Language::ALL.iter().position(|known| *known == language).unwrap_or_default()
}

/// The script of that name, if there is one.
pub fn file(name: &str) -> Option<&'static str> {
    FILES.iter().chain(&*PALETTES).find(|file| file.name == name).map(|file| file.script.as_str())
}
