//! [`OwnTools`]: the workbench in front of the tools of others, in the conversations that have a workspace.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use vertice_domain::{
    Actor, ArtifactId, ArtifactRef, ConversationId, ImageSource, ImageType, Mode, Outcome, Quote, Result,
    Timestamp, ToolCall, TurnId, UserId,
};
use vertice_ports::{
    Artifacts, Blobs, Toolbox as _, Tools, Workspaces,
    artifacts::Made,
    prompt::ToolSpec,
    toolbox::{OwnTool, Told},
    tools::{InText, Keep, Need, Permission, Running, Tool, ToolOutput, ToolRequest},
    workspaces::Access,
};
use vertice_runtime::Tasks;

use crate::{
    artifacts,
    exec::Jobs,
    kit::{Kit, Workbench},
};

/// Conversations whose jobs are remembered, beside those in which something runs.
const REMEMBERED: usize = 100;

/// The tools of this server, then those of others.
pub struct OwnTools {
    others: Arc<dyn Tools>,
    workspaces: Arc<dyn Workspaces>,
    artifacts: Arc<dyn Artifacts>,
    blobs: Arc<dyn Blobs>,
    tasks: Tasks,
    jobs: Mutex<HashMap<ConversationId, Arc<Jobs>>>,
}

impl OwnTools {
    pub fn new(
        others: Arc<dyn Tools>,
        workspaces: Arc<dyn Workspaces>,
        artifacts: Arc<dyn Artifacts>,
        blobs: Arc<dyn Blobs>,
        tasks: Tasks,
    ) -> Self {
        Self { others, workspaces, artifacts, blobs, tasks, jobs: Mutex::default() }
    }

    /// What runs in the background of a conversation's workspace.
    fn jobs_of(&self, conversation: ConversationId) -> Arc<Jobs> {
        let mut all = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.retain(|_, jobs| !jobs.is_idle() || Arc::strong_count(jobs) > 1);
        }
        let jobs = all.entry(conversation).or_insert_with(|| Arc::new(Jobs::new(self.tasks.clone())));
        Arc::clone(jobs)
    }

    async fn used(&self, actor: &Actor, kit: Kit, request: ToolRequest, running: Running) -> Told {
        let Some(conversation) = request.conversation else {
            return Told::error("This tool works in the workspace of a conversation, and this is none.");
        };
        let workspace = match self.workspaces.open(actor, conversation, Access::Write).await {
            Ok(workspace) => workspace,
            Err(error) => return Told::error(error.message),
        };
        let bench = Workbench::new(kit, workspace, self.jobs_of(conversation));
        bench.call(&request.name, request.arguments, running.cancel, Some(running.progress)).await
    }

    async fn made(
        &self,
        actor: &Actor,
        request: ToolRequest,
        running: &Running,
    ) -> (Told, Option<ArtifactRef>) {
        let Some(conversation) = request.conversation else {
            return (Told::error("Artifacts belong to a conversation, and this is none."), None);
        };
        let id = ArtifactId::of_call(running.turn, &running.call);
        let made = Made::ByModel { message: running.message, id };
        let bench = artifacts::Bench { artifacts: &*self.artifacts, actor, conversation, made };
        bench.call(&request.name, request.arguments).await
    }

    async fn kept(&self, user: UserId, images: Vec<(ImageType, Bytes)>) -> Vec<Result<ImageSource>> {
        let keep = |(media_type, bytes): (ImageType, Bytes)| async move {
            let size = bytes.len() as u64;
            let hash = self.blobs.put(user, media_type.as_str(), bytes).await?;
            Ok(ImageSource::Blob { hash, media_type, size })
        };
        futures::stream::iter(images).then(keep).collect().await
    }
}

/// Whose tool is called.
enum Own {
    Kit(Kit),
    Artifacts,
}

/// Which of our own tools has this name.
fn own(request: &ToolRequest) -> Option<Own> {
    let has = |tools: &[OwnTool]| tools.iter().any(|tool| tool.name == request.name);
    if !request.server.is_empty() {
        return None;
    }
    if has(artifacts::tools()) {
        return Some(Own::Artifacts);
    }
    Kit::ALL.into_iter().find(|kit| has(kit.tools())).map(Own::Kit)
}

fn offered(OwnTool { name, description, input_schema, .. }: &OwnTool) -> Tool {
    let (name, input_schema) = ((*name).to_owned(), input_schema.clone());
    let spec = ToolSpec { name: name.clone(), description: (*description).to_owned(), input_schema };
    Tool { server: String::new(), name, spec }
}

#[async_trait]
impl Tools for OwnTools {
    async fn offered(&self, actor: &Actor, need: Need<'_>) -> Result<Vec<Tool>> {
        let mut tools = Vec::new();
        if need.is_kept {
            tools.extend(artifacts::tools().iter().map(offered));
        }
        if need.mode == Mode::Code {
            let runs_code = self.workspaces.run_code().await;
            let kits = Kit::ALL.into_iter().filter(|kit| runs_code || !kit.runs_code());
            tools.extend(kits.flat_map(Kit::tools).map(offered));
        }
        tools.extend(self.others.offered(actor, need).await?);
        Ok(tools)
    }

    /// Whoever writes tags is not called again with a result: they read nothing.
    async fn in_text(&self, actor: &Actor, conversation: Option<ConversationId>) -> Result<InText> {
        let tools = artifacts::tools()
            .iter()
            .filter(|tool| tool.hints.read_only_hint != Some(true))
            .map(offered)
            .collect();
        let paths = match conversation {
            Some(conversation) => self.artifacts.paths(actor, conversation).await?,
            None => Vec::new(),
        };
        Ok(InText { tools, paths: paths.into_iter().map(|artifact| artifact.path).collect() })
    }

    /// What they do stays in the conversation, where it harms nobody, and of artifacts every version is kept: nobody is asked.
    async fn permission(&self, actor: &Actor, request: &ToolRequest) -> Result<Permission> {
        match own(request) {
            Some(_) => Ok(Permission::Allow),
            None => self.others.permission(actor, request).await,
        }
    }

    async fn keep(&self, actor: &Actor, request: &ToolRequest, keep: Keep) -> Result<()> {
        match own(request) {
            Some(_) => Ok(()),
            None => self.others.keep(actor, request, keep).await,
        }
    }

    async fn changes(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        since: Timestamp,
    ) -> Result<Vec<Quote>> {
        let edited = self.artifacts.edited_since(actor, conversation, since).await?;
        Ok(artifacts::changes(edited))
    }

    async fn done(&self, owner: UserId, turn: TurnId, call: &ToolCall) -> Result<Option<ToolOutput>> {
        if !call.server.is_empty() {
            return self.others.done(owner, turn, call).await;
        }
        let id = ArtifactId::of_call(turn, &call.id);
        let made = artifacts::done(&*self.artifacts, owner, &call.name, id).await?;
        Ok(made.map(|(told, artifact)| ToolOutput {
            artifact: Some(artifact),
            ..ToolOutput::told(Outcome::Success, told.content)
        }))
    }

    async fn call(&self, actor: &Actor, request: ToolRequest, running: Running) -> ToolOutput {
        let cancel = running.cancel.clone();
        let (told, artifact) = match own(&request) {
            Some(Own::Kit(kit)) => (self.used(actor, kit, request, running).await, None),
            Some(Own::Artifacts) => self.made(actor, request, &running).await,
            None => return self.others.call(actor, request, running).await,
        };
        let Told { is_error, content, images } = told;
        let outcome = match is_error {
            _ if cancel.is_cancelled() => Outcome::Cancelled,
            true => Outcome::Failed,
            false => Outcome::Success,
        };
        let mut output = ToolOutput { artifact, ..ToolOutput::told(outcome, content) };
        for image in self.kept(actor.user, images).await {
            match image {
                Ok(image) => output.images.push(image),
                Err(error) => {
                    output.content += &format!("\n[A picture could not be kept: {}]", error.message);
                }
            }
        }
        output
    }
}
