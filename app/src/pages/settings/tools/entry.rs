//! What is written in the form of a server, as the server of the app takes it. Pure.

use std::collections::BTreeMap;

use vertice_domain::{McpServer, mcp::McpServerPatch};

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Whether it is a program.
    pub(super) program: bool,
    pub(super) command: String,
    /// One a line.
    pub(super) args: String,
    pub(super) url: String,
    /// Variables or headers, as `NAME=value`, one a line.
    pub(super) pairs: String,
}

impl Entry {
    /// What there is of a server; what is secret of it is hidden.
    pub(super) fn of(server: &McpServer) -> Self {
        let pairs = server.env.as_ref().or(server.headers.as_ref());
        let line = |(name, value): (&String, &String)| format!("{name}={value}");
        Self {
            name: server.name.to_string(),
            program: server.command.is_some(),
            command: server.command.clone().unwrap_or_default(),
            args: server.args.as_ref().map(|args| args.join("\n")).unwrap_or_default(),
            url: server.url.clone().unwrap_or_default(),
            pairs: pairs
                .map(|pairs| pairs.iter().map(line).collect::<Vec<_>>().join("\n"))
                .unwrap_or_default(),
        }
    }

    fn args(&self) -> Vec<String> {
        lines(&self.args).map(|(_, line)| line.to_owned()).collect()
    }

    /// The variables or headers; or the number of the line that is none.
    fn pairs(&self) -> Result<BTreeMap<String, String>, usize> {
        let pair = |(number, line): (usize, &str)| {
            let (name, value) = line.split_once('=').ok_or(number)?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        };
        lines(&self.pairs).map(pair).collect()
    }

    /// The same in the form that is pasted; or the number of the line of pairs that is none.
    pub(super) fn to_json(&self) -> Result<String, usize> {
        let pairs = self.pairs()?;
        let way = if self.program {
            let (command, args, env) = (json(&self.command.trim()), json(&self.args()), json(&pairs));
            format!(r#""command":{command},"args":{args},"env":{env}"#)
        } else {
            format!(r#""url":{},"headers":{}"#, json(&self.url.trim()), json(&pairs))
        };
        Ok(format!(r#"{{"mcpServers":{{{}:{{{way}}}}}}}"#, json(&self.name.trim())))
    }

    /// The same as a change; or the number of the line of pairs that is none.
    pub(super) fn to_patch(&self) -> Result<McpServerPatch, usize> {
        let pairs = Some(self.pairs()?);
        Ok(if self.program {
            let command = Some(self.command.trim().to_owned());
            McpServerPatch { command, args: Some(self.args()), env: pairs, ..McpServerPatch::default() }
        } else {
            let url = Some(self.url.trim().to_owned());
            McpServerPatch { url, headers: pairs, ..McpServerPatch::default() }
        })
    }
}

/// The lines that hold something, numbered from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty())
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written(entry: &Entry) -> Value {
        let text = entry.to_json().expect("every line is a pair");
        serde_json::from_str(&text).expect("it is JSON")
    }

    #[test]
    fn the_form_says_what_would_be_pasted() {
        let program = Entry {
            name: " my \"files\" ".into(),
            program: true,
            command: "npx ".into(),
            args: "-y\n\n  a b \n".into(),
            pairs: "KEY=a=b\n\nEMPTY=".into(),
            url: "ignored".into(),
        };
        assert_eq!(
            written(&program),
            json!({"mcpServers": {"my \"files\"": {
                "command": "npx", "args": ["-y", "a b"], "env": {"KEY": "a=b", "EMPTY": ""},
            }}})
        );
        let patch = program.to_patch().expect("every line is a pair");
        assert_eq!((patch.command.as_deref(), patch.url), (Some("npx"), None));
        let address =
            Entry { program: false, url: " https://a.example/mcp".into(), pairs: String::new(), ..program };
        assert_eq!(
            written(&address),
            json!({"mcpServers": {"my \"files\"": {"url": "https://a.example/mcp", "headers": {}}}})
        );
    }

    #[test]
    fn a_line_without_a_value_is_named() {
        let entry = Entry { pairs: "A=1\n\nB".into(), ..Entry::default() };
        assert_eq!((entry.to_json(), entry.to_patch().err()), (Err(3), Some(3)));
    }
}
