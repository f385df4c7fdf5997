//! Code that is to be run, and what came of it.

mod denied;
mod path;
mod workspace;

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ConversationId, Error, FieldError, Result};

pub use self::{
    denied::{Denial, DeniedAccess, MOST_DENIED},
    path::FilePath,
    workspace::{EntryKind, MAX_LISTED, MAX_WORKSPACE_FILE_BYTES, WorkspaceEntry, WorkspaceListing},
};

/// The longest that a run may take, in seconds; also what it may take unless said.
pub const MAX_TIMEOUT_S: u32 = 30;
/// The most bytes of code, and of standard input.
pub const MAX_CODE_BYTES: usize = 1024 * 1024;
/// The most files that a run is given, and that are told of after it.
pub const MAX_FILES: usize = 500;
/// The most bytes of the files that a run is given, all together.
pub const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;

/// What the code is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    Python,
    Javascript,
    Bash,
}

/// How a file's content is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    #[default]
    Utf8,
    /// Standard base64 with padding.
    Base64,
}

/// The body of `POST /api/v1/sandbox/execute`, as sent: not yet validated.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecuteRequest {
    /// `python`, `javascript` or `bash`.
    pub language: String,
    pub code: String,
    /// What the code reads.
    #[serde(default)]
    pub stdin: Option<String>,
    /// Seconds, 1 to 30.
    #[serde(default)]
    pub timeout_s: Option<i64>,
    /// What stands in its workspace beforehand.
    #[serde(default)]
    pub files: Vec<RequestFile>,
    /// Whose workspace is used, and kept; none: a fresh one, thrown away.
    #[serde(default)]
    pub conversation_id: Option<String>,
}

/// A file of a request.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestFile {
    /// Where in the workspace: `data/a.csv`.
    pub path: String,
    pub content: String,
    #[serde(default)]
    pub encoding: Encoding,
}

/// Code to be run, validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub language: Language,
    pub code: String,
    pub stdin: String,
    pub timeout: Duration,
    pub files: Vec<(FilePath, Vec<u8>)>,
    pub conversation: Option<ConversationId>,
}

impl ExecuteRequest {
    /// Checks every rule at once.
    pub fn validate(self) -> Result<Run> {
        let mut errors = Vec::new();
        let language = match self.language.as_str() {
            "python" => Some(Language::Python),
            "javascript" => Some(Language::Javascript),
            "bash" => Some(Language::Bash),
            _ => {
                errors.push(FieldError::new("language", "must be python, javascript or bash"));
                None
            }
        };
        if self.code.trim().is_empty() {
            errors.push(FieldError::new("code", "must not be empty"));
        }
        let stdin = self.stdin.unwrap_or_default();
        for (field, text) in [("code", &self.code), ("stdin", &stdin)] {
            if text.len() > MAX_CODE_BYTES {
                errors.push(FieldError::new(field, format!("must be at most {MAX_CODE_BYTES} bytes")));
            }
        }
        if self.code.contains('\0') {
            errors.push(FieldError::new("code", "must not contain NUL characters"));
        }
        let timeout = self.timeout_s.unwrap_or(i64::from(MAX_TIMEOUT_S));
        if !(1..=i64::from(MAX_TIMEOUT_S)).contains(&timeout) {
            errors.push(FieldError::new("timeout_s", format!("must be between 1 and {MAX_TIMEOUT_S}")));
        }
        let files = files(self.files, &mut errors);
        let (Some(language), true) = (language, errors.is_empty()) else {
            return Err(Error::invalid(errors));
        };
        let conversation =
            self.conversation_id.map(|id| id.parse().map_err(|_| Error::not_found("conversation")));
        Ok(Run {
            language,
            code: self.code,
            stdin,
            timeout: Duration::from_secs(timeout.unsigned_abs()),
            files,
            conversation: conversation.transpose()?,
        })
    }
}

fn files(files: Vec<RequestFile>, errors: &mut Vec<FieldError>) -> Vec<(FilePath, Vec<u8>)> {
    if files.len() > MAX_FILES {
        errors.push(FieldError::new("files", format!("must hold at most {MAX_FILES} files")));
        return Vec::new();
    }
    let (mut read, mut bytes) = (Vec::new(), 0);
    for (index, file) in files.into_iter().enumerate() {
        let field = |name: &str| format!("files[{index}].{name}");
        let content = match file.encoding {
            Encoding::Utf8 => Some(file.content.into_bytes()),
            Encoding::Base64 => BASE64_STANDARD.decode(file.content).ok(),
        };
        if content.is_none() {
            errors.push(FieldError::new(field("content"), "must be base64"));
        }
        match FilePath::parse(&file.path) {
            Err(fault) => errors.push(FieldError::new(field("path"), fault)),
            Ok(path) if read.iter().any(|(other, _): &(FilePath, _)| *other == path) => {
                errors.push(FieldError::new(field("path"), "is there twice"));
            }
            Ok(path) => {
                let content = content.unwrap_or_default();
                bytes += content.len();
                read.push((path, content));
            }
        }
    }
    if bytes > MAX_FILE_BYTES {
        errors
            .push(FieldError::new("files", format!("must be at most {MAX_FILE_BYTES} bytes, all together")));
    }
    read
}

/// Why a run did not come to its own end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunFault {
    /// Its time was over.
    Timeout,
    /// It took more memory than it may.
    Memory,
    /// It said more than it may.
    Output,
    /// Its workspace is full.
    Disk,
    /// Whoever wanted it has stopped it.
    Cancelled,
}

/// What separates a run from the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SandboxRuntime {
    Gvisor,
    Bubblewrap,
}

impl SandboxRuntime {
    /// The word for it in settings and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gvisor => "gvisor",
            Self::Bubblewrap => "bubblewrap",
        }
    }
}

/// What a run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunLimits {
    pub timeout_s: u32,
    /// Of all its processes together.
    pub memory_mb: u32,
    /// Of one processor.
    pub cpu_percent: u32,
    pub processes: u32,
    /// Of its workspace.
    pub disk_mb: u32,
    /// Of standard output and standard error, each.
    pub output_bytes: u32,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            timeout_s: MAX_TIMEOUT_S,
            memory_mb: 512,
            cpu_percent: 50,
            processes: 128,
            disk_mb: 128,
            output_bytes: 1024 * 1024,
        }
    }
}

/// A file that a run has made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunFile {
    pub path: String,
    pub size: u64,
    /// None: too large to be told here.
    pub content: Option<String>,
    pub encoding: Encoding,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunReport {
    pub stdout: String,
    pub stderr: String,
    /// Of a process that a signal has ended: 128 and the signal's number.
    pub exit_code: i32,
    /// Seconds.
    pub execution_time: f64,
    pub error: Option<RunFault>,
    /// Whether something was cut: the output, or the list of files.
    pub truncated: bool,
    pub runtime: SandboxRuntime,
    pub limits: RunLimits,
    /// The most memory that it took, in bytes, where the host can tell.
    pub memory_bytes: Option<u64>,
    /// The processor's time that it took, in seconds, where the host can tell.
    pub cpu_seconds: Option<f64>,
    /// What its workspace holds at the end, in bytes, where the host can tell.
    pub disk_bytes: Option<u64>,
    pub files: Vec<RunFile>,
    /// Hosts that it was not let to reach.
    pub denied: Vec<DeniedAccess>,
}
