//! The languages there are, and which of them a visitor wants.

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::{Drawn, Strings, en, pt_br, said::Said};

/// A language of the interface. Another one is a file of texts and a line in each list below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "&'static str")]
pub enum Language {
    /// English; also what an open page takes tomorrow's languages for.
    #[default]
    English,
    /// Brazilian Portuguese, for everybody who reads Portuguese.
    Portuguese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Portuguese];

    /// The texts.
    #[cfg(feature = "ssr")]
    pub(crate) const fn strings(self) -> &'static Strings {
        match self {
            Self::English => &en::TEXTS,
            Self::Portuguese => &pt_br::TEXTS,
        }
    }

    /// The texts that only the server draws.
    #[cfg(feature = "ssr")]
    pub(crate) const fn drawn(self) -> &'static Drawn {
        match self {
            Self::English => &en::DRAWN,
            Self::Portuguese => &pt_br::DRAWN,
        }
    }

    /// The server's sentences.
    #[cfg(feature = "ssr")]
    pub(super) const fn said(self) -> &'static Said {
        match self {
            Self::English => &en::SAID,
            Self::Portuguese => &pt_br::SAID,
        }
    }

    /// Its tag, as HTML and HTTP know it (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Portuguese => "pt-BR",
        }
    }

    /// What its own speakers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Portuguese => "Português (Brasil)",
        }
    }

    /// Whether a count takes the form for one (the rules of Unicode's CLDR, for whole numbers).
    pub(super) const fn is_one(self, count: u64) -> bool {
        match self {
            Self::English => count == 1,
            Self::Portuguese => count < 2,
        }
    }

    /// The language of exactly that tag.
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The language of that tag, or English.
    pub(super) fn of_tag(tag: &str) -> Self {
        Self::parse(tag).unwrap_or_default()
    }

    /// The language that an `Accept-Language` header (RFC 9110, 12.5.4) asks for: the dearest one that there is, or English.
    /// A region that is not there counts as its language.
    pub fn accepted(header: &str) -> Self {
        let offers = header.split(',').filter_map(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let language = Self::close_to(parts.next()?)?;
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight: f32 = weight.map_or(Some(1.0), |weight| weight.parse().ok())?;
            (weight > 0.0).then_some((language, weight))
        });
        // Of equals the first one.
        let best = offers.reduce(|best, offer| if offer.1 > best.1 { offer } else { best });
        best.map_or_else(Self::default, |(language, _)| language)
    }

    fn close_to(range: &str) -> Option<Self> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let wanted = primary(range);
        Self::ALL.into_iter().find(|language| primary(language.tag()) == wanted)
    }
}

impl From<String> for Language {
    fn from(tag: String) -> Self {
        Self::of_tag(&tag)
    }
}

impl From<Language> for &'static str {
    fn from(language: Language) -> Self {
        language.tag()
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{self, English, Portuguese};

    #[test]
    fn browsers_ask_by_weight() {
        let wanted = [
            ("pt-BR,pt;q=0.9,en;q=0.8", Portuguese),
            ("pt-PT", Portuguese),
            ("PT", Portuguese),
            ("en-GB,pt;q=0.9", English),
            ("en;q=0.3, pt;q=0.7", Portuguese),
            ("de-DE, pt;q=0.5, en;q=0.4", Portuguese),
            ("pt;q=0, en;q=0.1", English),
            ("de, fr", English),
            ("ptx", English),
            ("pt;q=much", English),
            ("*", English),
            ("", English),
        ];
        for (header, language) in wanted {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn none_and_one_are_alike_in_portuguese() {
        let ones = |language: Language| [0, 1, 2, 21].map(|count| language.is_one(count));
        assert_eq!(ones(English), [false, true, false, false]);
        assert_eq!(ones(Portuguese), [true, true, false, false]);
    }
}
