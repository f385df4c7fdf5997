//! Tries what the README promises of plain cargo-leptos: `cargo leptos serve` builds the product from this checkout alone and
//! serves a page that can wake. It must never leave a server behind.

mod http;

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::command::Project;

/// How long a build may take on a slow machine, until the server answers.
const PATIENCE: Duration = Duration::from_secs(45 * 60);
/// How long is waited before it is asked again.
const PAUSE: Duration = Duration::from_millis(200);
/// How often a page may send its visitor on.
const REDIRECTS: usize = 3;

/// What a page needs to wake, by something in the names of the files, and something that each of them holds.
const NEEDED: [(&str, &[u8]); 4] = [
    ("/vertice.js", b"import"),
    ("/vertice.wasm", b"\0asm"),
    ("/vertice.css", b"--"),
    ("/strings.en.", b"New chat"),
];

/// Becomes a program that is interrupted at the end of the input, which comes when xtask drops it or dies in any way. It
/// runs in its own process group, so that Ctrl-C in the terminal reaches it through here only, and so that what does not
/// listen is killed with all it started.
const WATCH: &str = r#"exec 3<&0; { cat <&3; kill -INT "$$"; sleep 15; kill -s KILL -- "-$$"; } >/dev/null 2>&1 &
exec 3<&- "$@" </dev/null"#;

/// Runs `cargo leptos serve` until the page, its script, its WASM and its style have been fetched.
pub(crate) fn check(project: &Project) -> Result<()> {
    let addr = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let data = project.target.join("test-leptos-serve");
    let program =
        project.which("cargo-leptos").context("cargo-leptos is missing: run `cargo xtask setup`")?;
    let mut command = project.command("sh");
    command.args(["-c", WATCH, "watch"]).arg(program).args(["leptos", "serve"]);
    command.env("VERTICE_ADDR", addr.to_string()).env("VERTICE_DATA_DIR", &data);
    let mut serving = Serving::start(command)?;
    let fetched = serving.wait_for(addr).and_then(|()| fetch_all(addr));
    drop(serving);
    if data.exists() {
        std::fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;
    }
    fetched
}

/// cargo-leptos and the server that it starts; stopped when dropped.
struct Serving(Child);

impl Serving {
    fn start(mut command: Command) -> Result<Self> {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0).stdin(Stdio::piped());
        Ok(Self(command.spawn().context("cannot start cargo-leptos")?))
    }

    /// Waits for the build and the start.
    fn wait_for(&mut self, addr: SocketAddr) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if http::get(addr, "/health").is_ok() {
                return Ok(());
            }
            // It ends well too when the build failed.
            ensure!(self.0.try_wait()?.is_none(), "`cargo leptos serve` ended before its server answered");
            std::thread::sleep(PAUSE);
        }
        bail!("nothing answers at {addr} after {} minutes", PATIENCE.as_secs() / 60)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if let Err(error) = self.0.wait() {
            eprintln!("xtask: cannot wait for cargo-leptos to stop: {error}");
        }
    }
}

fn fetch_all(addr: SocketAddr) -> Result<()> {
    let page = first_page(addr)?;
    for (name, holds) in NEEDED {
        let path = linked(&page, name)
            .with_context(|| format!("the page links to no {name} below /pkg/:\n{page}"))?;
        let file = http::get(addr, path)?;
        ensure!(file.status == 200, "{path} is answered with {}", file.status);
        ensure!(file.body.windows(holds.len()).any(|window| window == holds), "{path} is something else");
        println!("{path}: {} bytes", file.body.len());
    }
    Ok(())
}

/// The page that a new visitor ends up on.
fn first_page(addr: SocketAddr) -> Result<String> {
    let mut path = "/".to_owned();
    for _ in 0..=REDIRECTS {
        let answer = http::get(addr, &path)?;
        match answer.location {
            Some(location) if (300..400).contains(&answer.status) => path = location,
            _ => {
                ensure!(answer.status == 200, "{path} is answered with {}", answer.status);
                return Ok(String::from_utf8_lossy(&answer.body).into_owned());
            }
        }
    }
    bail!("/ sends its visitor on more than {REDIRECTS} times")
}

/// The first address below `/pkg/` in the page that holds this.
fn linked<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    page.split(['"', '\'', '(', ')', ' ', '<', '>'])
        .find(|word| word.starts_with("/pkg/") && word.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_attributes_and_scripts() {
        let page =
            r#"<link rel="stylesheet" href="/pkg/dev/vertice.css"><script>import('/pkg/dev/vertice.js')"#;
        assert_eq!(linked(page, ".css"), Some("/pkg/dev/vertice.css"));
        assert_eq!(linked(page, ".js"), Some("/pkg/dev/vertice.js"));
        assert_eq!(linked(page, ".wasm"), None);
    }

    #[test]
    #[ignore = "builds the product"]
    fn plain_cargo_leptos_serves_a_page_that_can_wake() {
        check(&Project::find().unwrap()).unwrap();
    }

    #[test]
    fn a_program_is_stopped_with_its_watch() {
        let mut command = Command::new("sh");
        command.args(["-c", WATCH, "watch", "sleep", "600"]);
        let mut serving = Serving::start(command).unwrap();
        assert!(serving.0.try_wait().unwrap().is_none());
        drop(serving);
    }

    #[test]
    fn a_program_that_ends_by_itself_is_told() {
        let mut command = Command::new("sh");
        command.args(["-c", WATCH, "watch", "true"]);
        let addr = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let error = Serving::start(command).unwrap().wait_for(addr).unwrap_err().to_string();
        assert!(error.contains("ended before"), "{error}");
    }
}
