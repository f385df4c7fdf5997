//! A private Redis for the tests: nothing on disk, random port on 127.0.0.1, gone afterwards, however xtask ends. It
//! must never use, stop or configure a server that it did not start.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command::Project;

/// How often another port is tried when someone took the free one in between.
const ATTEMPTS: u32 = 5;
/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long is waited before it is asked again.
const PAUSE: Duration = Duration::from_millis(20);

/// Runs the server until the end of its input, which comes when xtask drops it or dies in any way. It runs in its own
/// process group, so that Ctrl-C in the terminal does not reach it.
const WATCH: &str = r#""$1" --bind 127.0.0.1 --port "$2" --save '' --appendonly no --daemonize no &
cat >/dev/null; kill "$!"; wait"#;

/// A running server; stopped when dropped.
pub(crate) struct Redis {
    /// `redis://…` of it.
    pub(crate) url: String,
    watch: Child,
}

impl Redis {
    /// Starts `program`, redis-server or one of its kind.
    pub(crate) fn start(project: &Project, program: &Path) -> Result<Self> {
        for _ in 0..ATTEMPTS {
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            let server = Self::start_on(project, program, port)?;
            if answers(port) {
                return Ok(server);
            }
        }
        bail!("the test Redis ({}) did not start", program.display())
    }

    fn start_on(project: &Project, program: &Path, port: u16) -> Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let mut command = project.command("sh");
        command.args(["-c", WATCH, "watch"]).arg(program).arg(port.to_string());
        command.current_dir(std::env::temp_dir());
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let watch = command.spawn().context("cannot start the process that watches over the test Redis")?;
        Ok(Self { url: format!("redis://127.0.0.1:{port}"), watch })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        if let Err(error) = self.watch.wait() {
            eprintln!("xtask: cannot wait for the test Redis to stop: {error}");
        }
    }
}

fn answers(port: u16) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if ping(port).is_ok_and(|answer| answer == *b"+PONG\r\n") {
            return true;
        }
        std::thread::sleep(PAUSE);
    }
    false
}

fn ping(port: u16) -> std::io::Result<[u8; 7]> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "needs redis-server"]
    fn a_server_starts_and_leaves_nothing_behind() {
        let project = Project::find().unwrap();
        let program = crate::setup::redis_program::find_or_install(&project).unwrap();
        let server = Redis::start(&project, &program).unwrap();
        let port: u16 = server.url.rsplit_once(':').unwrap().1.parse().unwrap();
        assert!(ping(port).is_ok());
        drop(server);
        assert!(ping(port).is_err());
    }
}
