//! The kits, and [`Workbench`]: one or more of them on a workspace.

use std::{
    str::FromStr,
    sync::{Arc, LazyLock},
};

use async_trait::async_trait;
use futures::channel::mpsc;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use vertice_ports::{
    Toolbox, Workspace,
    toolbox::{OwnTool, Told},
    tools::Progress,
};

use crate::{exec, exec::Jobs, files, git};

/// Tools that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kit {
    Files,
    Git,
    Exec,
}

impl Kit {
    pub const ALL: [Self; 3] = [Self::Files, Self::Git, Self::Exec];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Git => "git",
            Self::Exec => "exec",
        }
    }

    /// Whether its tools run something.
    pub(crate) const fn runs_code(self) -> bool {
        matches!(self, Self::Git | Self::Exec)
    }

    /// Their schemas are made once: every call asks which kit has its tool.
    pub(crate) fn tools(self) -> &'static [OwnTool] {
        static FILES: LazyLock<Vec<OwnTool>> = LazyLock::new(files::tools);
        static GIT: LazyLock<Vec<OwnTool>> = LazyLock::new(git::tools);
        static EXEC: LazyLock<Vec<OwnTool>> = LazyLock::new(exec::tools);
        match self {
            Self::Files => &FILES,
            Self::Git => &GIT,
            Self::Exec => &EXEC,
        }
    }
}

impl FromStr for Kit {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kit| kit.as_str() == word);
        known.ok_or_else(|| format!("there is no kit {word:?}: files, git and exec are there"))
    }
}

/// A kit, laid out on a workspace.
pub struct Workbench {
    pub(crate) kit: Kit,
    pub(crate) workspace: Arc<dyn Workspace>,
    /// What runs in the background there.
    pub(crate) jobs: Arc<Jobs>,
}

impl Workbench {
    pub fn new(kit: Kit, workspace: Arc<dyn Workspace>, jobs: Arc<Jobs>) -> Self {
        Self { kit, workspace, jobs }
    }
}

#[async_trait]
impl Toolbox for Workbench {
    fn name(&self) -> &'static str {
        self.kit.as_str()
    }

    fn tools(&self) -> Vec<OwnTool> {
        self.kit.tools().to_vec()
    }

    async fn call(
        &self,
        name: &str,
        arguments: Value,
        cancel: CancellationToken,
        progress: Option<mpsc::Sender<Progress>>,
    ) -> Told {
        let workspace = &self.workspace;
        let outcome = match self.kit {
            Kit::Files => files::call(&**workspace, name, arguments, cancel).await,
            Kit::Git => git::call(&**workspace, name, arguments, cancel).await,
            Kit::Exec => exec::call(self, name, arguments, cancel, progress).await,
        };
        outcome.unwrap_or_else(|told| told)
    }
}

/// What is said where a kit has no such tool.
pub(crate) fn unknown(name: &str) -> Told {
    Told::error(format!("There is no tool named {name:?}."))
}

/// What went wrong in the workspace, for the model.
pub(crate) fn told(error: vertice_domain::Error) -> Told {
    Told::error(error.message)
}
