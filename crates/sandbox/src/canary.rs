//! Whether a runtime really does here what it is for: tried with code that tries to get out, before anything else may run.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;
use vertice_domain::sandbox::{Language, RunFault, RunLimits, RunReport, SandboxRuntime};

use crate::{
    host::{self, Host},
    run::{Input, Job},
};

/// A runtime that has been tried.
#[derive(Debug, Clone)]
pub(crate) struct Proved {
    pub(crate) runtime: SandboxRuntime,
    pub(crate) program: PathBuf,
    /// What does not hold that should.
    pub(crate) shortcomings: Vec<String>,
}

/// What the code looks for. A line of it for each way out that it has found.
const LOOK: &str = r#"
for path in @places; do
  if ls "$path" >/dev/null 2>&1; then echo "sees $path"; fi
done
if tr '\0' '\n' < /proc/1/environ 2>/dev/null | grep -q VERTICE; then echo "sees the environment"; fi
if env | grep -q VERTICE; then echo "has the environment"; fi
if (echo x > /usr/x) 2>/dev/null; then echo "writes to /usr"; fi
if (echo x > /etc/x) 2>/dev/null; then echo "writes to /etc"; fi
for file in /sys/class/net/*; do
  case "$file" in */lo|*'*') ;; *) echo "sees the network ${file##*/}";; esac
done
if (exec 3<>/dev/tcp/169.254.169.254/80) 2>/dev/null; then echo "reaches the network"; fi
if [ -n "$HTTPS_PROXY" ]; then
  asked="CONNECT 127.0.0.1:443 HTTP/1.1"
  answer=$( (exec 3<>/dev/tcp/127.0.0.1/3128 && printf '%s\r\n\r\n' "$asked" >&3 && IFS= read -r -t 10 line <&3 && echo "$line") 2>/dev/null)
  case "$answer" in *" 403 "*) ;; *) echo "does not reach its proxy";; esac
fi
if (unshare -Ur true) 2>/dev/null; then echo "makes a user namespace"; fi
echo done
uname -r
"#;
/// What it must not see, unless a folder in it is shared.
const PLACES: [&str; 6] = ["/etc/shadow", "/root", "/home", "/var", "/proc/1/root/etc/shadow", "/run"];
/// What takes more memory than it may.
const HOARD: &str = "set -o pipefail; head -c 1000000000 /dev/zero | tail -c 900000000 | wc -c";
/// The release that gVisor's kernel gives itself.
const GVISOR_RELEASE: &str = "4.4.0";

/// Tries it; why it is not to be used, if it is not.
pub(crate) async fn prove(host: &Host, runtime: SandboxRuntime) -> Result<Proved, String> {
    let name = match runtime {
        SandboxRuntime::Gvisor => "runsc",
        SandboxRuntime::Bubblewrap => "bwrap",
    };
    let package = if name == "runsc" { "runsc (gVisor, 2024 or later)" } else { "bubblewrap" };
    let program = host::program(name).await.ok_or(format!("{name} is not installed; install {package}"))?;
    let hidden =
        PLACES.into_iter().filter(|place| !host.shared.paths().iter().any(|path| path.starts_with(place)));
    let look = LOOK.replace("@places", &hidden.collect::<Vec<_>>().join(" "));
    let told = tried(host, runtime, &program, &look).await?;
    let lines: Vec<&str> = told.stdout.lines().collect();
    let [found @ .., "done", release] = lines.as_slice() else {
        return Err(format!("{name} does not run here: {}", last_words(&told)));
    };
    // A kernel of its own makes namespaces of its own.
    let way_out =
        found.iter().find(|line| runtime == SandboxRuntime::Bubblewrap || !line.ends_with("namespace"));
    if let Some(line) = way_out {
        return Err(format!("code within {name} {line}"));
    }
    if runtime == SandboxRuntime::Gvisor && *release != GVISOR_RELEASE {
        return Err(format!("code within {name} runs on the kernel {release}, which is not gVisor's"));
    }
    let mut shortcomings = Vec::new();
    match &host.groups {
        Err(why) => shortcomings
            .push(format!("memory, processor and processes of a run are not bounded as a whole: {why}")),
        Ok(_) => {
            let told = tried(host, runtime, &program, HOARD).await?;
            if told.error != Some(RunFault::Memory) {
                return Err(format!("code within {name} takes more memory than it may"));
            }
        }
    }
    if !host.is_root {
        shortcomings.push(
            "the disk space of a run is not bounded, and runs share a user with the server: start it as root"
                .to_owned(),
        );
    }
    Ok(Proved { runtime, program, shortcomings })
}

async fn tried(
    host: &Host,
    runtime: SandboxRuntime,
    program: &std::path::Path,
    code: &str,
) -> Result<RunReport, String> {
    let job = Job {
        host,
        runtime,
        program,
        name: format!("canary-{}", runtime.as_str()),
        user: host.is_root.then_some(crate::runs::FIRST_USER),
        limits: RunLimits { memory_mb: 128, ..RunLimits::default() },
        timeout: std::time::Duration::from_secs(20),
    };
    let input = Input { language: Language::Bash, code, stdin: "", files: &[], kept: None, listener: None };
    job.run(&input, &CancellationToken::new()).await.map_err(|fault| fault.to_string())
}

/// Why it ended, as far as it says so.
fn last_words(told: &RunReport) -> String {
    let last = told.stderr.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.map_or_else(|| format!("it ended with {}", told.exit_code), str::to_owned);
    last.chars().take(300).collect()
}
