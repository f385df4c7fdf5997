//! The hosts that runs may reach (`SANDBOX_ALLOWED_HOSTS`), and what a name is. Pure.

use std::fmt;

use url::Host;
use vertice_domain::sandbox::Denial;

/// The port of what is named without one.
const HTTPS: u16 = 443;
/// The longest name, and the longest of its labels, in bytes.
const MOST_NAME: usize = 253;
const MOST_LABEL: usize = 63;

/// Names of hosts, each with the one port that is open there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedHosts(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    /// As [`Named::Name`] has it.
    name: String,
    /// Whether it stands for all names below it, and not for itself.
    is_below: bool,
    port: u16,
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let below = if self.is_below { "*." } else { "" };
        write!(f, "{below}{}", self.name)?;
        if self.port == HTTPS { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// What a text names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A host's name as DNS has it: lower case, ASCII, without a dot at its end.
    Name(String),
    /// An address, however it is written.
    Address(String),
}

/// None: it is nothing of the kind.
pub(super) fn named(text: &str) -> Option<Named> {
    // What is decoded or cut off here would be read in another way elsewhere.
    if text.contains('%') {
        return None;
    }
    let name = match Host::parse(text).ok()? {
        Host::Domain(name) => name,
        address => return Some(Named::Address(address.to_string())),
    };
    let name = name.strip_suffix('.').unwrap_or(&name);
    let is_label = |label: &str| {
        (1..=MOST_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_name = name.len() <= MOST_NAME && name.split('.').all(is_label);
    is_name.then(|| Named::Name(name.to_ascii_lowercase()))
}

impl AllowedHosts {
    /// Names with commas between: `host`, `*.host` for all below it, either with `:port` for another one than 443. What is wrong
    /// is said in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(pattern).collect::<Result<_, _>>().map(Self)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each as it may be written.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether a host, by its name, may be reached at that port.
    pub(super) fn judge(&self, host: &str, port: u16) -> Result<(), Denial> {
        let is_meant = |pattern: &&Pattern| match host.strip_suffix(pattern.name.as_str()) {
            Some("") => !pattern.is_below,
            Some(below) => pattern.is_below && below.ends_with('.'),
            None => false,
        };
        let mut meant = self.0.iter().filter(is_meant).peekable();
        if meant.peek().is_none() {
            return Err(Denial::HostNotAllowed);
        }
        if meant.any(|pattern| pattern.port == port) { Ok(()) } else { Err(Denial::PortNotAllowed) }
    }
}

fn pattern(text: &str) -> Result<Pattern, String> {
    let takes = "it takes names of hosts, such as packages.example.com, *.example.com or example.com:8443";
    let address =
        || format!("{text:?} is an address; {takes}, and reaches only what is on the public internet");
    if text.contains('/') {
        return Err(format!("{text:?} is no name of a host; {takes}"));
    }
    // More colons than a name with its port has.
    if text.matches(':').count() > 1 || text.starts_with('[') {
        return Err(address());
    }
    let (host, port) = match text.split_once(':') {
        None => (text, HTTPS),
        Some((host, port)) => {
            (host, self::port(port).ok_or_else(|| format!("{text:?} has no port from 1 to 65535"))?)
        }
    };
    let (host, is_below) = host.strip_prefix("*.").map_or((host, false), |host| (host, true));
    if host == "*" {
        return Err(format!("{text:?} would open every host there is; {takes}"));
    }
    let name = match named(host) {
        Some(Named::Name(name)) => name,
        Some(Named::Address(_)) => return Err(address()),
        None => return Err(format!("{text:?} is no name of a host; {takes}")),
    };
    match (name.contains('.'), is_below) {
        (true, _) => Ok(Pattern { name, is_below, port }),
        (false, true) => Err(format!("{text:?} would open a whole top-level domain; {takes}")),
        (false, false) => Err(format!(
            "{text:?} is a name of this network alone, and only the public internet is reached; {takes}"
        )),
    }
}

/// A port in digits and nothing else.
pub(super) fn port(text: &str) -> Option<u16> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| is_plain && *port > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judge(hosts: &str, host: &str, port: u16) -> Result<(), Denial> {
        AllowedHosts::parse(hosts).unwrap().judge(host, port)
    }

    #[test]
    fn a_host_is_meant_by_its_name_and_port() {
        let hosts = "A.example, *.b.example,c.example:8443 , *.d.example:444,bücher.example,";
        for (host, port) in [
            ("a.example", 443),
            ("x.b.example", 443),
            ("x.y.b.example", 443),
            ("c.example", 8443),
            ("x.d.example", 444),
            ("xn--bcher-kva.example", 443),
        ] {
            assert_eq!(judge(hosts, host, port), Ok(()), "{host}");
        }
        for host in
            ["b.example", "xb.example", "x.a.example", "aa.example", "example", "a.example.evil.test", ""]
        {
            assert_eq!(judge(hosts, host, 443), Err(Denial::HostNotAllowed), "{host}");
        }
        for (host, port) in [("a.example", 22), ("c.example", 443), ("x.d.example", 443)] {
            assert_eq!(judge(hosts, host, port), Err(Denial::PortNotAllowed), "{host}");
        }
        assert_eq!(judge("", "a.example", 443), Err(Denial::HostNotAllowed));
        let names = AllowedHosts::parse(hosts).unwrap().names();
        assert_eq!(
            names,
            ["a.example", "*.b.example", "c.example:8443", "*.d.example:444", "xn--bcher-kva.example"]
        );
    }

    #[test]
    fn what_opens_too_much_or_is_no_name_is_refused() {
        for (hosts, words) in [
            ("*", "every host"),
            ("a.example,*:443", "every host"),
            ("*.com", "top-level domain"),
            ("*.*", "every host"),
            ("*.*.example.com", "no name"),
            ("a*.example.com", "no name"),
            ("localhost", "of this network"),
            ("intranet:8443", "of this network"),
            ("10.0.0.1", "an address"),
            ("*.1.1.1", "an address"),
            ("0x7f.1", "an address"),
            ("2130706433", "an address"),
            ("[::1]:443", "an address"),
            ("2606:4700::1111", "an address"),
            ("https://a.example", "no name"),
            ("https://a.example:443", "no name"),
            ("a.example/path", "no name"),
            ("user@a.example", "no name"),
            ("a..example", "no name"),
            ("a.example:0", "no port"),
            ("a.example:65536", "no port"),
            ("a.example:+443", "no port"),
            ("a.example:", "no port"),
            ("a b.example", "no name"),
            ("%61.example", "no name"),
        ] {
            let fault = AllowedHosts::parse(hosts).expect_err(hosts);
            assert!(fault.contains(words), "{hosts}: {fault}");
        }
    }

    #[test]
    fn names_have_one_form() {
        let name = |text: &str| named(text).map(|named| format!("{named:?}"));
        for text in ["A.Example", "a.example.", "a。example", "ａ.example"] {
            assert_eq!(name(text).as_deref(), Some("Name(\"a.example\")"), "{text}");
        }
        for text in ["127.0.0.1", "127.0.0.1.", "0177.1", "[::1]", "[::ffff:127.0.0.1]", "１２７.1"] {
            assert!(matches!(named(text), Some(Named::Address(_))), "{text}");
        }
        for text in ["", ".", "a.example..", "a\r\nb", "a b", "a@b", "a/b", "a%2eb", "::1", &"a".repeat(64)] {
            assert_eq!(name(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_said_no_name_is_more_than_a_name(text in "\\PC{0,80}") {
            if let Some(Named::Name(name)) = named(&text) {
                prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b)));
                // It is what it is called, whoever reads it once more.
                prop_assert_eq!(named(&name), Some(Named::Name(name)));
            }
            let _refused = AllowedHosts::parse(&text);
        }
    }
}
