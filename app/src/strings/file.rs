//! A language as a file that the page loads before it wakes: one string, a text a line, in the order of the list. Its name
//! holds the hash of its contents, so that browsers may keep it for ever.

use std::sync::LazyLock;

use super::{Language, Piece as _};

struct File {
    name: String,
    script: String,
}

static FILES: LazyLock<[File; Language::ALL.len()]> = LazyLock::new(|| Language::ALL.map(File::of));

impl File {
    fn of(language: Language) -> Self {
        let mut texts = Vec::new();
        language.strings().list(&mut texts);
        let escaped = texts.join("\\n").replace('"', "\\\"");
        let script = format!("self.texts=\"{escaped}\";\n");
        let name = format!("strings.{}.{:016x}.js", language.tag(), fnv1a(script.as_bytes()));
        Self { name, script }
    }
}

/// FNV-1a in 64 bits: short and the same everywhere; nobody has a reason to look for collisions.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Where the page finds its language, below the directory of scripts.
pub fn address(language: Language) -> &'static str {
    let place = Language::ALL.iter().position(|known| *known == language).unwrap_or_default();
    &FILES[place].name
}

/// The script of that name, if there is one.
pub fn file(name: &str) -> Option<&'static str> {
    FILES.iter().find(|file| file.name == name).map(|file| file.script.as_str())
}
