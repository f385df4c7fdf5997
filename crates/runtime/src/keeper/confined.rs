//! What a program is confined to beside being kept: whose it is, in which control groups, within which limits.

use std::{
    io::{self, Write as _},
    os::{
        fd::{AsRawFd as _, BorrowedFd, OwnedFd},
        unix::process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use rustix::{
    fs::{Mode, OFlags},
    io::FdFlags,
    process::{Pid, Resource, Rlimit, Signal, getppid},
};
use serde::{Deserialize, Serialize};

/// How an argument names the descriptor of the file in [`Confinement::inherits`] at this place: `@fd0`, `@fd1`.
const DESCRIPTOR: &str = "@fd";
/// The last descriptor that every program has: its standard error.
const STANDARD: i32 = 2;

/// A limit that the program and all that it starts cannot raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    /// Processes of its user.
    Processes,
    /// Descriptors of each process.
    Descriptors,
    /// Bytes of a file.
    FileSize,
    /// Bytes of a core dump.
    CoreSize,
    /// Bytes that a process may address.
    AddressSpace,
}

impl Limit {
    const fn resource(self) -> Resource {
        match self {
            Self::Processes => Resource::Nproc,
            Self::Descriptors => Resource::Nofile,
            Self::FileSize => Resource::Fsize,
            Self::CoreSize => Resource::Core,
            Self::AddressSpace => Resource::As,
        }
    }
}

/// None of it: the program is as free as whoever starts it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Confinement {
    /// The user and the group that it runs as; only root can give it another one.
    pub user: Option<u32>,
    /// What it reads; none: what the keeper is given.
    pub input: Option<PathBuf>,
    /// The lists of the control groups that it is born into.
    pub joins: Vec<PathBuf>,
    /// Those of the groups that the keeper returns to, for it starts the program from within.
    pub returns: Vec<PathBuf>,
    pub limits: Vec<(Limit, u64)>,
    /// Files that it finds open, to be read.
    pub inherits: Vec<PathBuf>,
}

impl Confinement {
    pub(super) fn start(&self, command: &mut Command) -> io::Result<Child> {
        if let Some(user) = self.user {
            // Without groups of its own: the standard library drops them with the user.
            command.uid(user).gid(user);
        }
        if let Some(input) = &self.input {
            command.stdin(Stdio::from(open(input)?));
        }
        join(&self.joins)?;
        let child = command.spawn();
        join(&self.returns)?;
        child
    }

    /// Confines this very process, which dies with `keeper`. The program's arguments, with descriptors in their places.
    pub(super) fn enter(&self, keeper: Option<Pid>, arguments: Vec<String>) -> Result<Vec<String>, String> {
        for (limit, most) in &self.limits {
            let most = Rlimit { current: Some(*most), maximum: Some(*most) };
            rustix::process::setrlimit(limit.resource(), most)
                .map_err(|error| format!("the limit of {limit:?} cannot be set: {error}"))?;
        }
        close_others().map_err(|error| format!("descriptors cannot be closed: {error}"))?;
        let mut numbers = Vec::new();
        for file in &self.inherits {
            let inherited = inherit(file).map_err(|error| format!("{}: {error}", file.display()))?;
            numbers.push(inherited);
        }
        let named = |argument: String| {
            let number = argument.strip_prefix(DESCRIPTOR).and_then(|place| place.parse::<usize>().ok());
            number.and_then(|place| numbers.get(place)).map_or(argument, ToString::to_string)
        };
        let arguments = arguments.into_iter().map(named).collect();
        // Last of all: what changes the user takes it back.
        if rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).is_err()
            || getppid() != keeper
        {
            return Err("the keeper is gone".to_owned());
        }
        Ok(arguments)
    }
}

fn open(path: &Path) -> io::Result<OwnedFd> {
    Ok(rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?)
}

/// Moves this process into the control groups of these lists.
fn join(lists: &[PathBuf]) -> io::Result<()> {
    for list in lists {
        let file = rustix::fs::open(list, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
        std::fs::File::from(file).write_all(b"0")?;
    }
    Ok(())
}

/// Has everything closed that whoever started this server had left open, once this process becomes the program: it is none of its
/// business.
#[expect(clippy::disallowed_methods, reason = "a process of one thread, which waits for nothing else")]
#[expect(unsafe_code, reason = "the numbers are those of descriptors that are open while they are listed")]
fn close_others() -> io::Result<()> {
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let number = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok());
        if let Some(number) = number.filter(|number| *number > STANDARD) {
            let open = unsafe { BorrowedFd::borrow_raw(number) };
            rustix::io::fcntl_setfd(open, FdFlags::CLOEXEC)?;
        }
    }
    Ok(())
}

/// The number of a descriptor that stays open when this process becomes the program.
fn inherit(path: &Path) -> io::Result<i32> {
    let file = open(path)?;
    rustix::io::fcntl_setfd(&file, FdFlags::empty())?;
    let number = file.as_raw_fd();
    // It belongs to the program from now on.
    std::mem::forget(file);
    Ok(number)
}
