//! A server as somebody fills it in, before it is held to the rules.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;

use super::{NewMcpServer, ServerName, Transport, TransportKind};
use crate::{Error, FieldError, Result};

/// A server to be added. A program takes `command`, `args` and `env`, an address `url` and `headers`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct McpServerForm {
    /// What it is to be called: 1 to 64 letters, digits, blanks and `-_.,()`.
    #[schema(min_length = 1, max_length = 64, example = "github")]
    pub name: String,
    pub transport: TransportKind,
    /// The program: a path, or a name that is looked for in `PATH`. It is started without a shell.
    #[serde(default)]
    pub command: Option<String>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub args: Option<Vec<String>>,
    /// Its environment, beside `PATH`, `HOME` and the language. The values are never told again.
    #[serde(default)]
    pub env: Option<BTreeMap<String, String>>,
    /// Where it answers: `https://…` or `http://…`.
    #[serde(default)]
    pub url: Option<String>,
    /// Sent along with every request. The values are never told again.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, String>>,
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
    /// Whether everybody on this server may use it. Admins only.
    #[serde(default)]
    pub shared: bool,
    /// Whether its hints are believed: what it calls read-only runs without asking. Admins only.
    #[serde(default)]
    pub trusted: bool,
}

const fn yes() -> bool {
    true
}

impl McpServerForm {
    /// What was filled in, or everything that is wrong with it, field by field.
    pub fn checked(self) -> Result<NewMcpServer> {
        self.found().map_err(Error::invalid)
    }

    pub(super) fn found(self) -> Result<NewMcpServer, Vec<FieldError>> {
        let mut faults = Vec::new();
        let name = ServerName::try_from(self.name).map_err(|error| faults.extend(error.fields));
        let alien = match self.transport {
            TransportKind::Stdio => vec![("url", self.url.is_some()), ("headers", self.headers.is_some())],
            TransportKind::Http => vec![
                ("command", self.command.is_some()),
                ("args", self.args.is_some()),
                ("env", self.env.is_some()),
            ],
        };
        let alien = alien.into_iter().filter(|(_, is_there)| *is_there);
        faults.extend(alien.map(|(field, _)| FieldError::new(field, "does not belong to this transport")));
        let (field, way) = match self.transport {
            TransportKind::Stdio => ("command", self.command),
            TransportKind::Http => ("url", self.url),
        };
        let Some(way) = way else {
            faults.push(FieldError::new(field, "is required"));
            return Err(faults);
        };
        let transport = match self.transport {
            TransportKind::Stdio => Transport::Stdio {
                command: way,
                args: self.args.unwrap_or_default(),
                env: self.env.unwrap_or_default(),
            },
            TransportKind::Http => Transport::Http { url: way, headers: self.headers.unwrap_or_default() },
        };
        faults.extend(transport.faults());
        let (enabled, shared, trusted) = (self.enabled, self.shared, self.trusted);
        match name {
            Ok(name) if faults.is_empty() => Ok(NewMcpServer { name, transport, enabled, shared, trusted }),
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<NewMcpServer> {
        serde_json::from_str::<McpServerForm>(json).unwrap().checked()
    }

    fn faults(json: &str) -> Vec<(String, String)> {
        let told = |fault: FieldError| (fault.field, fault.message);
        read(json).unwrap_err().fields.into_iter().map(told).collect()
    }

    fn named(json: &str) -> Vec<String> {
        faults(json).into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let new = read(r#"{"name": "time", "transport": "stdio", "command": "mcp-server-time"}"#).unwrap();
        assert!(new.enabled && !new.shared && !new.trusted);
        let stdio =
            Transport::Stdio { command: "mcp-server-time".into(), args: vec![], env: BTreeMap::new() };
        assert_eq!((new.name.as_str(), new.transport), ("time", stdio));
        let json = r#"{"name": "a", "transport": "http", "url": "https://a.example", "headers": {"X-A": "b"},
            "enabled": false, "shared": true, "trusted": true}"#;
        let new = read(json).unwrap();
        assert!(!new.enabled && new.shared && new.trusted);
        let headers = BTreeMap::from([("X-A".to_owned(), "b".to_owned())]);
        assert_eq!(new.transport, Transport::Http { url: "https://a.example".into(), headers });
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        let missing = |field: &str| vec![(field.to_owned(), "is required".to_owned())];
        assert_eq!(faults(r#"{"name": "a", "transport": "stdio"}"#), missing("command"));
        assert_eq!(faults(r#"{"name": "a", "transport": "http"}"#), missing("url"));
        let both = r#"{"name": " ", "transport": "stdio", "command": "", "url": "https://a.example", "headers": {}}"#;
        assert_eq!(named(both), ["name", "url", "headers", "command"]);
        let both =
            r#"{"name": "a", "transport": "http", "command": "x", "args": [], "env": {}, "url": "nope"}"#;
        assert_eq!(named(both), ["command", "args", "env", "url"]);
        assert_eq!(named(r#"{"name": "a/b", "transport": "http"}"#), ["name", "url"]);
    }

    #[test]
    fn unknown_fields_are_refused() {
        let json = r#"{"name": "a", "transport": "stdio", "command": "x", "cwd": "/"}"#;
        assert!(serde_json::from_str::<McpServerForm>(json).is_err());
    }
}
