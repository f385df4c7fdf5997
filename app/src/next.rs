//! Where a person wanted to go before they had to sign in: `?next=`. It must never lead to another site.

use leptos_router::location::Url;

/// The sign-in page.
pub const SIGN_IN: &str = "/sign-in";

/// Where a sign-in at the issuer begins: the way to a page of somebody else's.
pub const HOSTED_SIGN_IN: &str = "/auth/oidc/start";

/// The page of the first visit.
pub const SETUP: &str = "/setup";

/// The page on which visitors make an account.
pub const REGISTER: &str = "/register";

/// The start page.
const START: &str = "/";

/// What no person wants to come back to: what lies before the app, and what is no page.
const NO_PAGES: [&str; 7] = [SIGN_IN, SETUP, REGISTER, "/auth", "/api", "/v1", "/pkg"];

/// The longest address that is kept, in bytes.
const LONGEST: usize = 2_048;

/// A path of this site, perhaps with a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next(String);

impl Default for Next {
    fn default() -> Self {
        Self(START.to_owned())
    }
}

impl Next {
    /// What was asked for, if it is a page of this site. Browsers read `\` as `/`, drop tabs and line ends wherever they
    /// stand, and take what follows two slashes for a host.
    pub fn parse(address: &str) -> Option<Self> {
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let is_below =
            |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let is_ours = address.starts_with('/')
            && !address.starts_with("//")
            && address.len() <= LONGEST
            && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (is_ours && !NO_PAGES.into_iter().any(is_below)).then(|| Self(address.to_owned()))
    }

    /// The page at that path.
    pub fn to(path: &str, query: &str) -> Self {
        let mark = if query.is_empty() { "" } else { "?" };
        Self::parse(&format!("{path}{mark}{query}")).unwrap_or_default()
    }

    /// The address itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `door`, with where to go from there.
    pub fn behind(&self, door: &str) -> String {
        if self.0 == START { door.to_owned() } else { format!("{door}?next={}", Url::escape(&self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Next, SIGN_IN};

    #[test]
    fn only_pages_of_this_site_are_gone_to() {
        for own in ["/", "/c/018f0000-0000-7000-8000-000000000000", "/settings?tab=models&x=//y", "/usage#a"]
        {
            assert_eq!(Next::parse(own).as_ref().map(Next::as_str), Some(own));
        }
        for hostile in [
            "",
            "usage",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "/usage\r\nset-cookie: a=b",
            "/é",
        ] {
            assert_eq!(Next::parse(hostile), None, "{hostile:?}");
        }
        for pointless in ["/sign-in", "/sign-in?next=/", "/register", "/setup/", "/api/v1/models", "/pkg/x"] {
            assert_eq!(Next::parse(pointless), None, "{pointless}");
        }
        assert!(Next::parse("/signs").is_some());
        assert_eq!(Next::parse(&format!("/{}", "a".repeat(2_048))), None);
    }

    #[test]
    fn the_way_back_goes_with_the_door() {
        assert_eq!(Next::to("/", "").behind(SIGN_IN), "/sign-in");
        assert_eq!(Next::to("//evil.example", "").behind(SIGN_IN), "/sign-in");
        let there = Next::to("/settings", "tab=models").behind(SIGN_IN);
        assert_eq!(there, "/sign-in?next=%2Fsettings%3Ftab%3Dmodels");
    }
}
