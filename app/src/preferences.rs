//! What a browser remembers about its user's taste, in cookies that the server reads too, so that the first paint is right.

use serde::{Deserialize, Serialize};

use crate::strings::Language;

/// Which colours to paint in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The word for it in the cookie.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that word; anything else is [`Theme::System`].
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// The preferences that shape the first paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preferences {
    /// Which colours.
    pub theme: Theme,
    /// Whether the system was dark when the browser last looked; used with [`Theme::System`].
    pub system_dark: bool,
    /// The language that was chosen; none: the one that the browser asks for.
    #[serde(default)]
    pub language: Option<Language>,
    /// Whether the sidebar is folded to a rail.
    pub sidebar_folded: bool,
    /// Minutes to add to UTC for the user's own time.
    pub utc_offset_minutes: i32,
}

impl Preferences {
    /// Reads them from a `Cookie` header (or `document.cookie`). What is missing or odd is the default.
    pub fn from_cookies(cookies: &str) -> Self {
        let value = |name: &str| {
            cookies.split(';').find_map(|pair| {
                let (key, value) = pair.trim().split_once('=')?;
                (key == name).then_some(value)
            })
        };
        Self {
            theme: value("theme").map_or(Theme::System, Theme::parse),
            system_dark: value("system_dark") == Some("1"),
            language: value("language").and_then(Language::parse),
            sidebar_folded: value("sidebar") == Some("folded"),
            utc_offset_minutes: value("utc_offset")
                .and_then(|text| text.parse().ok())
                .filter(|minutes: &i32| (-14 * 60..=14 * 60).contains(minutes))
                .unwrap_or(0),
        }
    }

    /// Whether to paint dark.
    pub fn is_dark(&self) -> bool {
        match self.theme {
            Theme::Dark => true,
            Theme::Light => false,
            Theme::System => self.system_dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_read_and_odd_ones_ignored() {
        let read =
            Preferences::from_cookies("a=b; theme=dark; sidebar=folded; utc_offset=-180; language=pt-BR");
        assert_eq!(read.language, Some(Language::Portuguese));
        assert!(read.is_dark() && read.sidebar_folded);
        assert_eq!(read.utc_offset_minutes, -180);
        assert_eq!(
            Preferences::from_cookies("theme=pink; utc_offset=99999; language=xx"),
            Preferences::default()
        );
        assert!(Preferences::from_cookies("theme=system; system_dark=1").is_dark());
    }
}
