//! A private PostgreSQL for the tests: own data directory, random port on 127.0.0.1, gone afterwards, however xtask
//! ends. It must never use, stop or configure a server that it did not start.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command::{self, Project};
use crate::setup::postgres_programs::is_root;

/// How often another port is tried when someone took the free one in between.
const ATTEMPTS: u32 = 5;

/// Durability is switched off: the data does not outlive the run.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off \
    -c synchronous_commit=off -c full_page_writes=off -c max_connections=200";

/// Waits for the end of its input, which comes when xtask drops it or dies in any way, then stops the server and
/// removes its data. It runs in its own process group, so that Ctrl-C in the terminal does not reach it.
const WATCH: &str = r#"cat >/dev/null; "$1/pg_ctl" stop -s -w -m immediate -D "$2"; rm -rf "$2" "$3""#;

/// A running server; stopped and removed when dropped.
pub(crate) struct Postgres {
    /// `postgres://…` of its default database, for any user without a password.
    pub(crate) url: String,
    home: PathBuf,
    watch: Child,
}

impl Postgres {
    /// Creates a cluster with the programs in `programs` and starts it.
    pub(crate) fn start(project: &Project, programs: &Path) -> Result<Self> {
        let account = if is_root(project) { Some(Account::find()?) } else { None };
        let home = make_home(project, account.as_ref())?;
        let owner = Owner { project, programs, account, home: &home };
        owner.run("initdb", |command| {
            command.args([
                "-D",
                "data",
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ]);
        })?;
        // The watch comes first: from here on there is no moment at which a server could be left behind.
        let watch = owner.watch()?;
        let mut server = Self { url: String::new(), home: home.clone(), watch };
        let port = owner.serve()?;
        server.url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        Ok(server)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        if let Err(error) = self.watch.wait() {
            eprintln!("xtask: cannot wait for the test PostgreSQL to stop: {error}");
        }
        let _ = std::fs::remove_dir(&self.home);
    }
}

/// PostgreSQL refuses to run as root; this is the account that runs it then.
struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    fn find() -> Result<Self> {
        let users = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        Self::parse(&users).context(
            "PostgreSQL refuses to run as root and there is no user `postgres` or `nobody` to run it as: \
             run the tests as an ordinary user",
        )
    }

    fn parse(users: &str) -> Option<Self> {
        ["postgres", "nobody"].iter().find_map(|name| {
            let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut ids = line.split(':').skip(2).map(str::parse);
            Some(Self { uid: ids.next()?.ok()?, gid: ids.next()?.ok()? })
        })
    }
}

/// A fresh directory that the server's account owns: below the target directory, or below the temporary one when
/// the account cannot reach the former.
fn make_home(project: &Project, account: Option<&Account>) -> Result<PathBuf> {
    let name = std::process::id().to_string();
    let places = [project.target.join("test-postgres"), std::env::temp_dir().join("vertice-test-postgres")];
    for place in &places {
        std::fs::create_dir_all(place).with_context(|| format!("cannot create {}", place.display()))?;
        remove_empty(place);
        let home = place.join(&name);
        match std::fs::create_dir(&home) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                bail!("{} is left over from an earlier run: remove it", home.display())
            }
            other => other.with_context(|| format!("cannot create {}", home.display()))?,
        }
        let Some(account) = account else { return Ok(home) };
        std::os::unix::fs::chown(&home, Some(account.uid), Some(account.gid))?;
        if reaches(account, &home) {
            return Ok(home);
        }
        std::fs::remove_dir(&home)?;
    }
    bail!(
        "the account that runs PostgreSQL can reach neither {} nor {}",
        places[0].display(),
        places[1].display()
    )
}

/// Runs that were killed leave an empty directory behind; one that is in use is not empty, and stays.
fn remove_empty(place: &Path) {
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let _ = std::fs::remove_dir(entry.path());
    }
}

fn reaches(account: &Account, dir: &Path) -> bool {
    let mut test = Command::new("test");
    become_account(&mut test, account);
    test.arg("-w").arg(dir).current_dir("/").status().is_ok_and(|status| status.success())
}

fn become_account(command: &mut Command, account: &Account) {
    use std::os::unix::process::CommandExt as _;
    command.uid(account.uid).gid(account.gid);
}

/// Starts programs in the home directory, as the account that owns it.
struct Owner<'a> {
    project: &'a Project,
    programs: &'a Path,
    account: Option<Account>,
    home: &'a Path,
}

impl Owner<'_> {
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = self.project.command(program);
        command.current_dir(self.home).env("LC_ALL", "C").env("HOME", self.home);
        if let Some(account) = &self.account {
            become_account(&mut command, account);
        }
        command
    }

    fn run(&self, program: &str, arguments: impl FnOnce(&mut Command)) -> Result<()> {
        let mut command = self.command(self.programs.join(program));
        arguments(&mut command);
        command::output(command).map(drop)
    }

    fn watch(&self) -> Result<Child> {
        use std::os::unix::process::CommandExt as _;
        let mut command = self.command("sh");
        command.args(["-c", WATCH, "watch"]).arg(self.programs);
        command.arg(self.home.join("data")).arg(self.home.join("log"));
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().context("cannot start the process that watches over the test PostgreSQL")
    }

    fn serve(&self) -> Result<u16> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            match self.serve_on(port) {
                Ok(()) => return Ok(port),
                Err(error) => last = Some(error),
            }
        }
        let log = std::fs::read_to_string(self.home.join("log")).unwrap_or_default();
        let error = last.context("no attempt was made to start PostgreSQL")?;
        Err(error.context(format!("the test PostgreSQL did not start; its log:\n{log}")))
    }

    fn serve_on(&self, port: u16) -> Result<()> {
        let mut command = self.command(self.programs.join("pg_ctl"));
        command.args(["start", "-s", "-w", "-t", "60", "-D", "data", "-l", "log"]);
        command.arg("-o").arg(format!("{SETTINGS} -p {port}"));
        // The server inherits these; a pipe would stay open for as long as it runs.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command::run(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_postgres_before_nobody() {
        let users =
            "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/x\npostgres:x:101:104:,,,:/var:/bin/bash\n";
        let account = Account::parse(users).unwrap();
        assert_eq!((account.uid, account.gid), (101, 104));
        let account = Account::parse("nobody:x:65534:65533::/:/x\n").unwrap();
        assert_eq!((account.uid, account.gid), (65534, 65533));
        assert!(Account::parse("root:x:0:0::/root:/bin/sh\n").is_none());
    }

    #[test]
    #[ignore = "needs PostgreSQL's programs"]
    fn a_server_starts_and_leaves_nothing_behind() {
        let project = Project::find().unwrap();
        let programs = crate::setup::postgres_programs::find_or_install(&project).unwrap();
        let server = Postgres::start(&project, &programs).unwrap();
        let address = server.url.rsplit_once('@').unwrap().1.split_once('/').unwrap().0.to_owned();
        let home = server.home.clone();
        assert!(std::net::TcpStream::connect(&address).is_ok());
        drop(server);
        assert!(std::net::TcpStream::connect(&address).is_err());
        assert!(!home.exists());
    }
}
