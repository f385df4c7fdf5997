//! Tools that do what a test wrote for them, and count how often they did.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, ConversationId, Outcome, Result};
use vertice_ports::{
    prompt::ToolSpec,
    tools::{Permission, Tool, ToolOutput, ToolRequest},
};

/// `look` is allowed, `write` is asked for, `erase` is denied, `hang` runs until its gate is opened or it is cancelled.
#[derive(Default)]
pub(crate) struct Tools {
    runs: Mutex<HashMap<String, Vec<serde_json::Value>>>,
    always: Mutex<HashSet<String>>,
    /// Told whenever a tool begins.
    pub(crate) begun: Arc<Notify>,
    /// Opens `hang`.
    pub(crate) gate: Arc<Notify>,
}

impl Tools {
    /// With what the tool was called, in order.
    pub(crate) fn runs(&self, name: &str) -> Vec<serde_json::Value> {
        self.runs.lock().unwrap().get(name).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl vertice_ports::Tools for Tools {
    async fn offered(&self, _: &Actor, _: ConversationId) -> Result<Vec<Tool>> {
        let tool = |name: &str| Tool {
            server: "files".into(),
            spec: ToolSpec {
                name: name.into(),
                description: "As it says.".into(),
                input_schema: json!({ "type": "object" }),
            },
        };
        Ok(["look", "write", "erase", "hang"].map(tool).into())
    }

    async fn permission(&self, _: &Actor, request: &ToolRequest) -> Result<Permission> {
        let always = self.always.lock().unwrap().contains(&request.name);
        Ok(match request.name.as_str() {
            "erase" => Permission::Deny("Never.".into()),
            "write" if !always => Permission::Ask("It writes.".into()),
            _ => Permission::Allow,
        })
    }

    async fn always_allow(&self, _: &Actor, request: &ToolRequest) -> Result<()> {
        self.always.lock().unwrap().insert(request.name.clone());
        Ok(())
    }

    async fn call(&self, _: &Actor, request: ToolRequest, cancel: CancellationToken) -> ToolOutput {
        let output =
            |outcome, content: &str| ToolOutput { outcome, content: content.into(), images: Vec::new() };
        let name = request.name.clone();
        self.runs.lock().unwrap().entry(name.clone()).or_default().push(request.arguments);
        self.begun.notify_one();
        if name == "hang" {
            tokio::select! {
                () = self.gate.notified() => {}
                () = cancel.cancelled() => return output(Outcome::Cancelled, "stopped"),
            }
        }
        output(Outcome::Success, &format!("{name} done"))
    }
}
