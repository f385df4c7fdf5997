//! Tools that do what a test wrote for them, and note how often they did.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use futures::{SinkExt as _, channel::oneshot};
use serde_json::{Value, json};
use tokio::{fs::OpenOptions, io::AsyncWriteExt as _, sync::Notify};
use vertice_domain::{
    Actor, Error, Outcome, Result,
    elicitation::{Answer, Field, FieldKind, Wanted},
};
use vertice_ports::{
    Tools,
    prompt::ToolSpec,
    tools::{Keep, Need, Permission, Question, Running, Tool, ToolOutput, ToolRequest},
};

/// `look` is allowed, `write` is asked for, `erase` is denied, `hang` runs until its gate is opened or it is cancelled. With the
/// argument `ask`, `hang` asks the person for their name first, and tells what they said.
#[derive(Debug, Default)]
pub struct ScriptedTools {
    runs: Mutex<Vec<(String, Value)>>,
    always: Mutex<HashSet<String>>,
    schemas: Mutex<HashMap<String, Value>>,
    withdrawn: Mutex<HashSet<String>>,
    forgetful: AtomicBool,
    notes: Option<PathBuf>,
    /// Told whenever a tool begins.
    pub begun: Arc<Notify>,
    /// Opens `hang`.
    pub gate: Arc<Notify>,
}

impl ScriptedTools {
    /// The names, in the order in which they are offered.
    pub const NAMES: [&str; 4] = ["look", "write", "erase", "hang"];

    /// Tools that also write a line into this file whenever one begins, for tests whose server is another process.
    pub fn noting(file: &Path) -> Self {
        Self { notes: Some(file.to_owned()), ..Self::default() }
    }

    /// With what the tool was called, in order.
    pub fn runs(&self, name: &str) -> Vec<Value> {
        let runs = lock(&self.runs);
        runs.iter().filter(|(other, _)| other == name).map(|(_, arguments)| arguments.clone()).collect()
    }

    /// From now on the tool takes other arguments.
    pub fn redefine(&self, name: &str, schema: Value) {
        lock(&self.schemas).insert(name.to_owned(), schema);
    }

    /// From now on the tool is not offered.
    pub fn withdraw(&self, name: &str) {
        lock(&self.withdrawn).insert(name.to_owned());
    }

    /// From now on it cannot be kept that a tool is always allowed.
    pub fn forget_permissions(&self) {
        self.forgetful.store(true, Ordering::Relaxed);
    }

    /// What the person says; none: nobody waits for it once the gate is opened.
    async fn asked(&self, running: &Running) -> Option<Answer> {
        let kind = FieldKind::Text { format: None, least: Some(2), most: None, default: None };
        let field = Field { name: "name".into(), title: None, description: None, required: true, kind };
        let (answer, answered) = oneshot::channel();
        let wanted = Wanted::Form { fields: vec![field] };
        let question = Question { server: "files".into(), message: "Who are you?".into(), wanted, answer };
        running.questions.clone()?.send(question).await.ok()?;
        tokio::select! {
            answer = answered => answer.ok(),
            () = self.gate.notified() => None,
        }
    }

    async fn note(&self, request: &ToolRequest) {
        lock(&self.runs).push((request.name.clone(), request.arguments.clone()));
        if let Some(file) = &self.notes {
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(file)
                .await
                .expect("the test made its folder");
            let line = format!("{} {}\n", request.name, request.arguments);
            file.write_all(line.as_bytes()).await.expect("the disk has room for a line");
            file.flush().await.expect("the disk has room for a line");
        }
        self.begun.notify_one();
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Tools for ScriptedTools {
    async fn offered(&self, _: &Actor, _: Need<'_>) -> Result<Vec<Tool>> {
        let tool = |name: &str| Tool {
            server: "files".into(),
            name: name.into(),
            spec: ToolSpec {
                name: name.into(),
                description: "As it says.".into(),
                input_schema: lock(&self.schemas)
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| json!({ "type": "object" })),
            },
        };
        let withdrawn = lock(&self.withdrawn).clone();
        Ok(Self::NAMES.into_iter().filter(|name| !withdrawn.contains(*name)).map(tool).collect())
    }

    async fn permission(&self, _: &Actor, request: &ToolRequest) -> Result<Permission> {
        let always = lock(&self.always).contains(&request.name);
        Ok(match request.name.as_str() {
            "erase" => Permission::Deny("Never.".into()),
            "write" if !always => Permission::Ask("It writes.".into()),
            _ => Permission::Allow,
        })
    }

    async fn keep(&self, _: &Actor, request: &ToolRequest, _: Keep) -> Result<()> {
        if self.forgetful.load(Ordering::Relaxed) {
            return Err(Error::storage_unavailable());
        }
        lock(&self.always).insert(request.name.clone());
        Ok(())
    }

    async fn call(&self, _: &Actor, request: ToolRequest, running: Running) -> ToolOutput {
        self.note(&request).await;
        if request.arguments["ask"] == true {
            return tokio::select! {
                said = self.asked(&running) => ToolOutput::told(Outcome::Success, format!("{said:?}")),
                () = running.cancel.cancelled() => ToolOutput::told(Outcome::Cancelled, "stopped"),
            };
        }
        if request.name == "hang" {
            tokio::select! {
                () = self.gate.notified() => {}
                () = running.cancel.cancelled() => return ToolOutput::told(Outcome::Cancelled, "stopped"),
            }
        }
        ToolOutput::told(Outcome::Success, format!("{} done", request.name))
    }
}
