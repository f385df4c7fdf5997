//! Servers as other hosts write them down, pasted as JSON: `{"mcpServers": {"name": {…}}}`, `{"servers": {…}}` (VS Code), the
//! inner object alone, or one entry of it as READMEs show it. What would change what a server does and is not known here is
//! refused, by the entry's name; nothing is dropped in silence that matters. Pure.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{McpServerForm, NewMcpServer, ServerName, TransportKind, check::WHOLE};
use crate::{Error, FieldError, Result};

/// The name of the text as a whole.
const TEXT: &str = "json";
/// The most servers in one text.
const MAX_SERVERS: usize = 50;
/// What hosts call the object of their servers.
const GROUPS: [&str; 2] = ["mcpServers", "servers"];
/// Words of other hosts for what is decided here elsewhere (what may run without asking, how long a call may take), or for
/// people alone.
const NOT_FOR_US: [&str; 12] = [
    "alwaysAllow",
    "autoApprove",
    "description",
    "gallery",
    "iconUrl",
    "initTimeout",
    "name",
    "note",
    "timeout",
    "tools",
    "trust",
    "version",
];

/// The servers of a pasted text, by name; or everything that is wrong, entry by entry.
pub fn servers(text: &str) -> Result<Vec<NewMcpServer>> {
    let entries = entries(text).map_err(|fault| Error::invalid_field(TEXT, fault))?;
    let mut servers = Vec::with_capacity(entries.len());
    let mut faults = Vec::new();
    for (name, entry) in entries {
        match server(name.clone(), entry) {
            Ok(server) => servers.push(server),
            Err(found) => faults.extend(found.into_iter().map(|fault| within(&name, fault))),
        }
    }
    if faults.is_empty() { Ok(servers) } else { Err(Error::invalid(faults)) }
}

/// What went wrong with an entry that was read, under its name.
pub fn of_entry(entry: &ServerName, error: Error) -> Error {
    if error.fields.is_empty() {
        return Error { fields: vec![FieldError::new(entry.as_str(), error.message.clone())], ..error };
    }
    Error::invalid(error.fields.into_iter().map(|fault| within(entry.as_str(), fault)).collect())
}

/// A fault, under the name of its entry.
fn within(entry: &str, fault: FieldError) -> FieldError {
    let field = if fault.field == WHOLE { entry.to_owned() } else { format!("{entry}.{}", fault.field) };
    FieldError { field, ..fault }
}

/// The entries of whichever form it is.
fn entries(text: &str) -> Result<Map<String, Value>, String> {
    let text = text.trim();
    // A piece out of the middle, as it is shown for pasting into a file.
    let text = match text.strip_prefix('"') {
        Some(_) => format!("{{{}}}", text.trim_end_matches(',')),
        None => text.to_owned(),
    };
    let read: Value = serde_json::from_str(&text).map_err(|error| format!("is not valid JSON: {error}"))?;
    let Value::Object(mut whole) = read else {
        return Err("must be an object that holds the servers by name".into());
    };
    let group = GROUPS.into_iter().find_map(|group| whole.remove(group));
    let entries = match group {
        Some(Value::Object(entries)) => entries,
        Some(_) => return Err("must hold the servers as an object, by name".into()),
        None if whole.get("command").or(whole.get("url")).is_some_and(Value::is_string) => {
            return Err("has no name for the server; write a name and a colon before it".into());
        }
        None => whole,
    };
    match entries.len() {
        0 => Err("holds no server".into()),
        count if count > MAX_SERVERS => Err(format!("must hold at most {MAX_SERVERS} servers")),
        _ => Ok(entries),
    }
}

fn server(name: String, entry: Value) -> Result<NewMcpServer, Vec<FieldError>> {
    let Value::Object(fields) = entry else {
        return Err(vec![FieldError::new(WHOLE, "must be an object with a command or a url")]);
    };
    let mut faults = Vec::new();
    let form = filled(name, fields, &mut faults);
    let found = form.map(McpServerForm::found);
    match found {
        Some(Ok(server)) if faults.is_empty() => Ok(server),
        found => {
            faults.extend(found.and_then(Result::err).unwrap_or_default());
            Err(faults)
        }
    }
}

/// The form that says the same; none: it is not clear which kind of server it is.
fn filled(
    name: String,
    mut fields: Map<String, Value>,
    faults: &mut Vec<FieldError>,
) -> Option<McpServerForm> {
    fields.retain(|field, _| !NOT_FOR_US.contains(&field.as_str()));
    faults.extend(placeholders(&fields));
    let said = ["type", "transport"].into_iter().find_map(|field| Some((field, fields.remove(field)?)));
    let command: Option<String> = taken(&mut fields, "command", "must be a text", faults);
    let args = taken(&mut fields, "args", "must be a list of texts", faults);
    let env = taken(&mut fields, "env", "must be an object of texts", faults);
    let headers = taken(&mut fields, "headers", "must be an object of texts", faults);
    let mut urls =
        ["url", "serverUrl", "httpUrl"].map(|field| taken(&mut fields, field, "must be a text", faults));
    let url: Option<String> = urls.iter_mut().find_map(Option::take);
    let disabled: Option<bool> = taken(&mut fields, "disabled", "must be true or false", faults);
    let enabled: Option<bool> = taken(&mut fields, "enabled", "must be true or false", faults);
    for field in fields.into_iter().map(|(field, _)| field) {
        let fault = match field.as_str() {
            "shared" | "trusted" => "cannot be pasted; switch it on afterwards",
            _ => "is not known here; leave it out if the server works without it",
        };
        faults.push(FieldError::new(field, fault));
    }
    let transport = match said {
        Some((field, said)) => kind(&said).map_err(|fault| faults.push(FieldError::new(field, fault))).ok(),
        None => match (&command, &url) {
            (Some(_), None) => Some(TransportKind::Stdio),
            (None, Some(_)) => Some(TransportKind::Http),
            (Some(_), Some(_)) => {
                faults.push(FieldError::new(WHOLE, "has both a command and a url; keep one of them"));
                None
            }
            (None, None) if faults.is_empty() => {
                faults.push(FieldError::new(WHOLE, "must be an object with a command or a url"));
                None
            }
            (None, None) => None,
        },
    }?;
    let enabled = enabled.unwrap_or(!disabled.unwrap_or(false));
    Some(McpServerForm {
        name,
        transport,
        command,
        args,
        env,
        url,
        headers,
        enabled,
        shared: false,
        trusted: false,
    })
}

/// Takes a field out; what cannot be read is a fault. `null` is none.
fn taken<T: DeserializeOwned>(
    fields: &mut Map<String, Value>,
    field: &str,
    fault: &str,
    faults: &mut Vec<FieldError>,
) -> Option<T> {
    let value = fields.remove(field)?;
    serde_json::from_value(value).unwrap_or_else(|_| {
        faults.push(FieldError::new(field, fault));
        None
    })
}

fn kind(said: &Value) -> Result<TransportKind, &'static str> {
    match said.as_str().unwrap_or_default() {
        "stdio" | "local" => Ok(TransportKind::Stdio),
        "http" | "streamable-http" | "streamable_http" | "streamableHttp" | "remote" => {
            Ok(TransportKind::Http)
        }
        "sse" => {
            Err("is a transport that MCP has given up; look for the server's address for Streamable HTTP")
        }
        _ => Err("must be stdio or http"),
    }
}

/// Texts in which other hosts put a value that they ask for or look up.
fn placeholders(fields: &Map<String, Value>) -> Vec<FieldError> {
    let texts: BTreeMap<String, &Value> = fields
        .iter()
        .flat_map(|(field, value)| match value {
            Value::Array(items) => {
                items.iter().enumerate().map(|(n, item)| (format!("{field}[{n}]"), item)).collect()
            }
            Value::Object(items) => {
                items.iter().map(|(name, item)| (format!("{field}.{name}"), item)).collect()
            }
            value => vec![(field.clone(), value)],
        })
        .collect();
    let fault = |(field, value): (String, &Value)| {
        let (_, rest) = value.as_str()?.split_once("${")?;
        rest.contains('}').then(|| FieldError::new(field, "holds a placeholder; put the value in its place"))
    };
    texts.into_iter().filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, mcp::Transport};

    fn names(text: &str) -> Vec<String> {
        servers(text).unwrap().into_iter().map(|server| server.name.to_string()).collect()
    }

    fn one(text: &str) -> NewMcpServer {
        let mut servers = servers(text).unwrap();
        assert_eq!(servers.len(), 1, "{text}");
        servers.remove(0)
    }

    fn faults(text: &str) -> Vec<(String, String)> {
        let told = |fault: FieldError| (fault.field, fault.message);
        servers(text).unwrap_err().fields.into_iter().map(told).collect()
    }

    fn fields(text: &str) -> Vec<String> {
        faults(text).into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn every_host_s_way_of_writing_is_read() {
        let claude = r#"{"mcpServers": {
            "filesystem": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/tmp"]},
            "github": {"type": "http", "url": "https://api.githubcopilot.com/mcp/", "headers": {"Authorization": "Bearer x"}}
        }}"#;
        assert_eq!(names(claude), ["filesystem", "github"]);
        let code = r#"{"inputs": [], "servers": {"time": {"type": "stdio", "command": "uvx", "args": ["mcp-server-time"]}}}"#;
        assert_eq!(names(code), ["time"]);
        assert_eq!(
            names(r#"{"time": {"command": "uvx"}, "other": {"url": "http://localhost:1"}}"#),
            ["other", "time"]
        );
        assert_eq!(names(r#" "time": {"command": "uvx"}, "#), ["time"]);
        assert_eq!(names(r#"{"a": {"serverUrl": "https://a.example"}}"#), ["a"]);
        assert_eq!(names(r#"{"a": {"httpUrl": "https://a.example", "trust": true, "timeout": 5}}"#), ["a"]);
    }

    #[test]
    fn what_stands_there_is_taken_over() {
        let text = r#"{"mcpServers": {"pg": {"command": "npx", "args": ["-y", "x"], "env": {"URL": "postgres://u:p@h/d"},
            "disabled": true, "autoApprove": ["query"]}}}"#;
        let server = one(text);
        let env = BTreeMap::from([("URL".to_owned(), "postgres://u:p@h/d".to_owned())]);
        let stdio = Transport::Stdio { command: "npx".into(), args: vec!["-y".into(), "x".into()], env };
        assert_eq!(server.transport, stdio);
        assert!(!server.enabled && !server.shared && !server.trusted);
        let server = one(
            r#"{"a": {"url": "https://a.example", "headers": {"X-Key": "k"}, "type": "streamable-http"}}"#,
        );
        let headers = BTreeMap::from([("X-Key".to_owned(), "k".to_owned())]);
        assert_eq!(server.transport, Transport::Http { url: "https://a.example".into(), headers });
        assert!(server.enabled && !one(r#"{"a": {"command": "x", "enabled": false}}"#).enabled);
        assert!(one(r#"{"a": {"command": "x", "args": null, "env": null}}"#).enabled);
    }

    #[test]
    fn texts_that_hold_no_servers_are_refused_as_a_whole() {
        let many: String = (0..=MAX_SERVERS).map(|n| format!(r#""s{n}": {{"command": "x"}},"#)).collect();
        let texts = [
            "",
            "npx -y x",
            "[]",
            "3",
            "{",
            "{}",
            r#"{"mcpServers": {}}"#,
            r#"{"mcpServers": []}"#,
            r#"{"command": "npx", "args": []}"#,
            r#"{"url": "https://a.example"}"#,
            &many,
        ];
        for text in texts {
            assert_eq!(fields(text), [TEXT], "{text}");
        }
    }

    #[test]
    fn each_fault_names_its_entry() {
        let text = r#"{"mcpServers": {
            "a/b": {"command": "x"},
            "asks": {"url": "https://a.example", "headers": {"Authorization": "Bearer ${input:token}"}},
            "both": {"command": "x", "url": "https://a.example"},
            "good": {"command": "x"},
            "looks up": {"command": "x", "args": ["${workspaceFolder}"]},
            "neither": {"description": "x"},
            "no object": "npx",
            "odd": {"command": ["x"], "args": "x", "env": {"A": 1}, "cwd": "/"},
            "old": {"type": "sse", "url": "https://a.example/sse"},
            "trusts": {"command": "x", "trusted": true},
            "user": {"url": "https://u:p@a.example"},
            "wrong": {"type": "http", "command": "x"}
        }}"#;
        let wanted = [
            "a/b.name",
            "asks.headers.Authorization",
            "both",
            "looks up.args[0]",
            "neither",
            "no object",
            "odd.command",
            "odd.args",
            "odd.env",
            "odd.cwd",
            "old.type",
            "trusts.trusted",
            "user.url",
            "wrong.command",
            "wrong.url",
        ];
        assert_eq!(fields(text), wanted);
        assert!(!format!("{:?}", servers(text)).contains("u:p"));
    }

    #[test]
    fn what_a_port_refuses_names_the_entry_too() {
        let entry = ServerName::try_from("github".to_owned()).unwrap();
        let taken = Error::new(ErrorKind::Conflict, "name_taken", "There is one already.");
        let told = of_entry(&entry, taken);
        assert_eq!((told.kind, told.code.as_str()), (ErrorKind::Conflict, "name_taken"));
        assert_eq!(told.fields, [FieldError::new("github", "There is one already.")]);
        let told = of_entry(&entry, Error::invalid_field("url", "must name a host"));
        assert_eq!(told, Error::invalid_field("github.url", "must name a host"));
    }
}
