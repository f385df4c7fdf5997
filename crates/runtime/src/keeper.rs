//! The keeper: a small process between this server and a program, so that nothing which that program starts is ever left over.
//! It notices by its standard input that the server is gone, a `kill -9` included, and ends the whole tree below it. It reads
//! and writes nothing of what the two say to each other, and must never outlive the last process of the tree by more than
//! a moment.

mod confined;

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    process::ExitCode,
    time::Duration,
};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getpid, wait};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{Signal as Signals, SignalKind, signal},
    time::{Instant, timeout_at},
};

pub use self::confined::{Confinement, Limit};
use crate::forward::{self, FORWARD, RELAY};

/// The hidden command of the keeper, and that of the step between it and the program.
const KEEP: &str = "keep";
const BECOME: &str = "become";
/// This very program, even when its file was replaced meanwhile.
pub(crate) const MYSELF: &str = "/proc/self/exe";
/// How long processes that were killed may take to be gone.
const KILLED: Duration = Duration::from_secs(5);
/// How often those that are being killed are counted again.
const ROUND: Duration = Duration::from_millis(20);

/// A program to be started and kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// What it is given to end by itself when its input ends, and once more to obey SIGTERM.
    pub grace: Duration,
    pub program: String,
    pub arguments: Vec<String>,
    pub confinement: Confinement,
}

impl Kept {
    /// The words after the executable's name.
    pub fn command_line(&self) -> [OsString; 2] {
        [KEEP.into(), self.to_json().into()]
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("durations, numbers and texts can be written as JSON")
    }

    fn from_word(word: Option<OsString>) -> Option<Self> {
        serde_json::from_str(word?.to_str()?).ok()
    }
}

/// Does the work of the keeper, or of [`forward`], and returns how it ended, if the command line asks for it. To be called before anything else.
pub fn run_if_asked() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let word = words.next()?;
    match word.to_str()? {
        KEEP => Some(
            keep(&Kept::from_word(words.next())?)
                .unwrap_or_else(|error| fail(&format!("the keeper failed: {error}"))),
        ),
        BECOME => {
            let keeper = words.next().and_then(|word| word.to_str()?.parse().ok()).and_then(Pid::from_raw);
            Some(become_program(keeper, Kept::from_word(words.next())?))
        }
        FORWARD => forward::forward(words),
        RELAY => forward::relay(words),
        _ => None,
    }
}

fn keep(kept: &Kept) -> io::Result<ExitCode> {
    let grace = kept.grace;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Orphans of the tree become children of this process instead of getting away.
        rustix::process::set_child_subreaper(Some(getpid()))?;
        // Before the program runs, so that nothing is missed. The server is gone, or has had enough, when nobody holds the
        // other end of the standard input any more.
        let mut orders = Orders::new()?;
        #[expect(
            deprecated,
            reason = "what replaces it is unsafe to call; standard input stays open as long as this process"
        )]
        let lifeline = AsyncFd::with_interest(io::stdin(), Interest::PRIORITY)?;
        let mut tree = Tree::start(kept)?;
        let is_order = tokio::select! {
            () = tree.program_ends() => true,
            () = orders.recv() => true,
            closed = lifeline.ready(Interest::PRIORITY) => closed.map(|_| false)?,
        };
        if !is_order {
            // A program ends by itself when its input ends.
            let _obeyed = tokio::time::timeout(grace, tree.program_ends()).await;
        }
        tree.end(Signal::TERM, Instant::now() + grace).await;
        tree.end(Signal::KILL, Instant::now() + KILLED).await;
        Ok(tree.exit_code())
    })
}

/// The signals that ask a process to end.
struct Orders([Signals; 3]);

impl Orders {
    fn new() -> io::Result<Self> {
        let on = |kind| signal(kind);
        Ok(Self([on(SignalKind::terminate())?, on(SignalKind::interrupt())?, on(SignalKind::hangup())?]))
    }

    async fn recv(&mut self) {
        let [terminate, interrupt, hangup] = &mut self.0;
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {}, _ = hangup.recv() => {} }
    }
}

/// A program and everything that came of it.
struct Tree {
    program: Pid,
    status: Option<WaitStatus>,
    children: Signals,
}

impl Tree {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where programs are started: under this keeper"
    )]
    fn start(kept: &Kept) -> io::Result<Self> {
        let children = signal(SignalKind::child())?;
        let mut command = std::process::Command::new(MYSELF);
        command.arg(BECOME).arg(getpid().as_raw_nonzero().to_string()).arg(kept.to_json());
        // A group of its own: what it sends to its group does not reach the keeper.
        let child = kept.confinement.start(command.process_group(0))?;
        let program = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::Other)?;
        Ok(Self { program, status: None, children })
    }

    /// Takes leave of the processes that have ended. Whether any is left.
    fn reap(&mut self) -> bool {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.program => self.status = Some(status),
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Ok(None) => return true,
                Err(_no_child) => return false,
            }
        }
    }

    async fn program_ends(&mut self) {
        while self.reap() && self.status.is_none() {
            self.children.recv().await;
        }
    }

    /// Sends a signal to all that is left and waits until it is gone, or until `deadline`. Whoever is born meanwhile is killed,
    /// too, when it is about killing.
    async fn end(&mut self, order: Signal, deadline: Instant) {
        let mut is_told = false;
        while self.reap() && Instant::now() < deadline {
            let is_final = order == Signal::KILL;
            if is_final || !is_told {
                for pid in descendants() {
                    let _gone = rustix::process::kill_process(pid, order);
                }
                is_told = true;
            }
            let until = if is_final { deadline.min(Instant::now() + ROUND) } else { deadline };
            let _late = timeout_at(until, self.children.recv()).await;
        }
    }

    /// The program's own status; 128 and the signal's number if one ended it, as shells have it.
    fn exit_code(&self) -> ExitCode {
        let code = self.status.and_then(|status| {
            status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal))
        });
        code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
    }
}

/// Every process below this one.
#[expect(clippy::disallowed_methods, reason = "a process of one thread, which waits for nothing else")]
fn descendants() -> Vec<Pid> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // "pid (name) state parent …", where the name may hold anything.
        let stat = std::fs::read(entry.path().join("stat")).unwrap_or_default();
        let stat = String::from_utf8_lossy(&stat);
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut found, mut open) = (Vec::new(), vec![getpid().as_raw_nonzero().get()]);
    while let Some(parent) = open.pop() {
        let born = children.remove(&parent).unwrap_or_default();
        found.extend(born.iter().filter_map(|&pid| Pid::from_raw(pid)));
        open.extend(born);
    }
    found
}

/// The step between the keeper and the program: confines itself, dies with the keeper even if that is killed, then becomes the
/// program.
fn become_program(keeper: Option<Pid>, kept: Kept) -> ExitCode {
    let arguments = match kept.confinement.enter(keeper, kept.arguments) {
        Ok(arguments) => arguments,
        Err(why) => return fail(&why),
    };
    exec(kept.program.as_ref(), arguments)
}

/// Becomes the program; what it returns tells why it could not.
#[expect(clippy::disallowed_methods, reason = "the program takes the place of a process that exists")]
pub(crate) fn exec(program: &OsStr, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> ExitCode {
    let error = std::process::Command::new(program).args(arguments).exec();
    let _unheard = writeln!(io::stderr(), "{} cannot be started: {error}", program.display());
    ExitCode::from(if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 })
}

pub(crate) fn fail(text: &str) -> ExitCode {
    let _unheard = writeln!(io::stderr(), "{text}");
    ExitCode::FAILURE
}
