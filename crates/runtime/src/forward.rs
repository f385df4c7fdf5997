//! The step between a sandbox and a program in it that has a way out. That is a Unix socket, and programs speak to proxies over TCP: a
//! process beside the program passes on what comes to a port of the sandbox's own loopback. It reads and writes nothing of what goes
//! through, and decides nothing: who passes is judged at the other end of the socket.

use std::{
    ffi::OsString,
    io,
    net::{Ipv4Addr, TcpListener},
    os::fd::OwnedFd,
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpStream, UnixStream},
    sync::Semaphore,
    task::JoinSet,
};

use crate::keeper::{MYSELF, exec, fail};

/// The hidden command of the step into the program, and that of the process beside it.
pub(crate) const FORWARD: &str = "forward";
pub(crate) const RELAY: &str = "relay";
/// Where programs find the proxy.
const PORT: u16 = 3128;
/// The proxy's address for the environment of programs.
pub const PROXY_URL: &str = "http://127.0.0.1:3128";
/// Connections that are passed on at the same time; others wait.
const AT_ONCE: usize = 64;
/// How long nothing is taken when nothing can be.
const SHORT: Duration = Duration::from_millis(50);

/// The words after the executable's name that begin a program's command line, so that it has the proxy at that socket.
pub fn words(socket: &str) -> [String; 2] {
    [FORWARD.to_owned(), socket.to_owned()]
}

/// Starts the process beside this one, then becomes the program: nobody waits for it, and its exit code is the program's own.
pub(crate) fn forward(mut words: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let (socket, program) = (words.next()?, words.next()?);
    Some(match start_relay(&socket) {
        Ok(()) => exec(&program, words),
        Err(error) => fail(&format!("the proxy cannot be reached: {error}")),
    })
}

#[expect(clippy::disallowed_methods, reason = "it dies with the sandbox, as everything there does")]
fn start_relay(socket: &OsString) -> io::Result<()> {
    // It listens before the program runs, so that no program comes too early.
    let listener = OwnedFd::from(TcpListener::bind((Ipv4Addr::LOCALHOST, PORT))?);
    let mut command = Command::new(MYSELF);
    command.arg(RELAY).arg(socket).env_clear();
    command.stdin(Stdio::from(listener)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop)
}

/// Passes on what comes to the port that is its standard input, until it is killed.
pub(crate) fn relay(mut words: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let socket = PathBuf::from(words.next()?);
    Some(pass_on(socket).map_or_else(|error| fail(&error.to_string()), |()| ExitCode::SUCCESS))
}

fn pass_on(socket: PathBuf) -> io::Result<()> {
    let listener = TcpListener::from(rustix::io::dup(io::stdin())?);
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (slots, socket) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(socket));
        let mut passing = JoinSet::new();
        loop {
            let slot = Arc::clone(&slots).acquire_owned().await.map_err(io::Error::other)?;
            while passing.try_join_next().is_some() {}
            let Ok((client, _)) = listener.accept().await else {
                tokio::time::sleep(SHORT).await;
                continue;
            };
            let socket = Arc::clone(&socket);
            passing.spawn(async move {
                let _slot = slot;
                let _gone = pass(client, &socket).await;
            });
        }
    })
}

async fn pass(mut client: TcpStream, socket: &PathBuf) -> io::Result<()> {
    let mut proxy = UnixStream::connect(socket).await?;
    copy_bidirectional(&mut client, &mut proxy).await?;
    Ok(())
}
