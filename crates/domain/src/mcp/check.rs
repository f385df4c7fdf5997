//! What a way to a server may be. The page, REST and pasted JSON are held to the same rules; what is wrong is told without
//! a value that may be secret. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{HIDDEN, Transport};
use crate::{Error, FieldError, Result};

/// The name of what is sent as a whole.
pub(super) const WHOLE: &str = "body";
const MAX_ARGS: usize = 100;
const MAX_URL_BYTES: usize = 2_048;
/// All texts of one way together.
const MAX_BYTES: usize = 32_768;

/// Headers that belong to one connection (RFC 9110, section 7.6.1), or that are this server's own to set.
const NOT_TO_BE_SET: [&str; 14] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "last-event-id",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Transport {
    /// Refuses what can lead to no server, or must not be sent.
    pub fn check(&self) -> Result<()> {
        match self.faults() {
            faults if faults.is_empty() => Ok(()),
            faults => Err(Error::invalid(faults)),
        }
    }

    /// Everything that is wrong, field by field.
    pub(super) fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        match self {
            Self::Stdio { command, args, env } => {
                faults.extend(command_fault(command).map(|fault| FieldError::new("command", fault)));
                faults.extend(of_args(args));
                faults.extend(of_pairs("env", env, variable_fault, nul_fault));
            }
            Self::Http { url, headers } => {
                faults.extend(url_fault(url).map(|fault| FieldError::new("url", fault)));
                faults.extend(of_pairs("headers", headers, header_fault, header_value_fault));
                faults.extend(said_twice(headers));
            }
        }
        if self.bytes() > MAX_BYTES {
            faults.push(FieldError::new(WHOLE, format!("must be at most {MAX_BYTES} bytes")));
        }
        faults
    }

    fn bytes(&self) -> usize {
        let pairs =
            |pairs: &BTreeMap<String, String>| pairs.iter().map(|(a, b)| a.len() + b.len()).sum::<usize>();
        match self {
            Self::Stdio { command, args, env } => {
                command.len() + args.iter().map(String::len).sum::<usize>() + pairs(env)
            }
            Self::Http { url, headers } => url.len() + pairs(headers),
        }
    }
}

fn nul_fault(text: &str) -> Option<&'static str> {
    text.contains('\0').then_some("must not contain NUL characters")
}

fn command_fault(command: &str) -> Option<&'static str> {
    match command.trim() {
        "" => Some("must not be empty"),
        _ if command.contains(char::is_control) => Some("must not contain control characters"),
        _ => None,
    }
}

fn of_args(args: &[String]) -> Vec<FieldError> {
    if args.len() > MAX_ARGS {
        return vec![FieldError::new("args", format!("must hold at most {MAX_ARGS} arguments"))];
    }
    let fault = |(n, arg): (usize, &String)| Some(FieldError::new(format!("args[{n}]"), nul_fault(arg)?));
    args.iter().enumerate().filter_map(fault).collect()
}

/// What is wrong with variables or headers: with their names, with their values.
fn of_pairs(
    field: &str,
    pairs: &BTreeMap<String, String>,
    name_fault: fn(&str) -> Option<&'static str>,
    value_fault: fn(&str) -> Option<&'static str>,
) -> Vec<FieldError> {
    let hidden =
        |value: &str| (value == HIDDEN).then_some("must be the value itself, not what stands for it");
    let fault = |(name, value): (&String, &String)| {
        let fault = name_fault(name).or_else(|| hidden(value)).or_else(|| value_fault(value))?;
        Some(FieldError::new(format!("{field}.{name}"), fault))
    };
    pairs.iter().filter_map(fault).collect()
}

fn variable_fault(name: &str) -> Option<&'static str> {
    (name.is_empty() || name.contains(['=', '\0'])).then_some("is no name that a variable can have")
}

fn header_fault(name: &str) -> Option<&'static str> {
    // A token of RFC 9110, section 5.6.2.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(fits) {
        return Some("is no name that a header can have");
    }
    let name = name.to_ascii_lowercase();
    let is_ours = name.starts_with("mcp-") || NOT_TO_BE_SET.contains(&name.as_str());
    is_ours.then_some("is set by this server itself; leave it out")
}

fn header_value_fault(value: &str) -> Option<&'static str> {
    let fits = |byte: u8| byte == b'\t' || byte == b' ' || byte.is_ascii_graphic();
    (!value.bytes().all(fits)).then_some("may hold printable ASCII characters only")
}

fn said_twice(headers: &BTreeMap<String, String>) -> Vec<FieldError> {
    let mut seen = BTreeSet::new();
    let again = headers.keys().filter(|name| !seen.insert(name.to_ascii_lowercase()));
    again.map(|name| FieldError::new(format!("headers.{name}"), "must be sent only once")).collect()
}

fn url_fault(url: &str) -> Option<&'static str> {
    if url.is_empty() {
        return Some("must not be empty");
    }
    if url.len() > MAX_URL_BYTES {
        return Some("is too long for an address");
    }
    let after = |scheme: &str| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    let Some(rest) = after("https://").or_else(|| after("http://")) else {
        return Some("must begin with http:// or https://");
    };
    if rest.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Some("must not hold blanks, control characters or backslashes");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some("must not hold a user name or a password; send them in a header");
    }
    host_fault(authority)
}

/// `authority` is a host and perhaps a port.
fn host_fault(authority: &str) -> Option<&'static str> {
    let in_brackets = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (is_host, port) = match in_brackets {
        Some((address, port)) => (address.parse::<std::net::Ipv6Addr>().is_ok(), port),
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            let fits = |c: char| c.is_alphanumeric() || "-._".contains(c);
            (host.contains(char::is_alphanumeric) && host.chars().all(fits), port)
        }
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    match port {
        _ if !is_host => Some("must name a host"),
        "" => None,
        port if port.strip_prefix(':').is_some_and(is_port) => None,
        _ => Some("must have a port from 1 to 65535, or none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stdio(command: &str, args: &[&str], env: &[(&str, &str)]) -> Transport {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Transport::Stdio { command: command.into(), args, env: map(env) }
    }

    fn http(url: &str, headers: &[(&str, &str)]) -> Transport {
        Transport::Http { url: url.into(), headers: map(headers) }
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn fields(transport: &Transport) -> Vec<String> {
        transport.faults().into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn what_leads_to_a_server_is_taken() {
        let urls = [
            "https://mcp.example.com/mcp",
            "HTTP://localhost:8080",
            "http://[::1]:9000/mcp?key=a@b",
            "https://ação.example/x",
            "http://my_host.internal:65535",
        ];
        for url in urls {
            http(url, &[("Authorization", "Bearer x"), ("X-Api-Key", "a\tb")]).check().unwrap();
        }
        stdio("npx", &["-y", "@scope/server", "", "two\nlines"], &[("KEY", "ação")]).check().unwrap();
    }

    #[test]
    fn addresses_that_lead_nowhere_are_refused() {
        let long = format!("https://a.example/{}", "x".repeat(MAX_URL_BYTES));
        let urls = [
            "",
            "mcp.example.com",
            "ftp://a.example",
            "file:///etc/passwd",
            "https:/a.example",
            "https://",
            "https:///path",
            "https://user@a.example",
            "https://user:secret@a.example/",
            "https://a b.example",
            "https://a.example/\n",
            "https://a.example\\@b.example",
            "https://a.example:0",
            "https://a.example:x",
            "https://a.example:",
            "https://a.example:99999",
            "https://[::1",
            "https://[::1]x",
            "https://[zz]/",
            "https://..",
            "https://a%2fb/",
            "https://?x",
            "é",
            &long,
        ];
        for url in urls {
            assert_eq!(fields(&http(url, &[])), ["url"], "{url:?}");
        }
    }

    #[test]
    fn headers_that_no_request_may_hold_are_refused_by_name() {
        let bad = [
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("ação", "x"),
            ("Host", "x"),
            ("CONNECTION", "x"),
            ("te", "x"),
            ("Transfer-Encoding", "x"),
            ("Mcp-Session-Id", "x"),
            ("MCP-Protocol-Version", "x"),
            ("X-A", "a\r\nb: c"),
            ("X-A", "é"),
            ("X-A", "a\0"),
            ("X-A", HIDDEN),
        ];
        for (name, value) in bad {
            assert_eq!(
                fields(&http("https://a.example", &[(name, value)])),
                [format!("headers.{name}")],
                "{name:?}"
            );
        }
        let twice = [("Authorization", "a"), ("authorization", "b")];
        assert_eq!(fields(&http("https://a.example", &twice)), ["headers.authorization"]);
    }

    #[test]
    fn programs_that_cannot_be_started_are_refused_by_name() {
        for command in ["", " ", "a\0b", "a\nb"] {
            assert_eq!(fields(&stdio(command, &[], &[])), ["command"], "{command:?}");
        }
        assert_eq!(fields(&stdio("a", &["x", "\0"], &[])), ["args[1]"]);
        assert_eq!(fields(&stdio("a", &[""; MAX_ARGS], &[])), [""; 0]);
        assert_eq!(fields(&stdio("a", &[""; MAX_ARGS + 1], &[])), ["args"]);
        let env = [("", "x"), ("A", "\0"), ("B=C", "x"), ("D", HIDDEN), ("E", "fine")];
        assert_eq!(fields(&stdio("a", &[], &env)), ["env.", "env.A", "env.B=C", "env.D"]);
        let large = "x".repeat(MAX_BYTES);
        assert_eq!(fields(&stdio("a", &[&large], &[])), [WHOLE]);
        assert_eq!(fields(&http("https://a.example", &[("X-A", &large)])), [WHOLE]);
    }

    #[test]
    fn what_is_wrong_is_told_at_once_and_without_values() {
        let error = stdio("", &["hunter2\0"], &[("KEY", "hunter2\0")]).check().unwrap_err();
        let told: Vec<&str> = error.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(told, ["command", "args[0]", "env.KEY"]);
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
