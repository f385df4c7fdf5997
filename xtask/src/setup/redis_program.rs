//! Redis' program (or that of Valkey, which is the same for us), for the private server of the tests. It must never
//! touch a server that the machine runs.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::system;
use crate::command::{self, Project};

/// The version that knows `SET … PXAT`.
const OLDEST: (u32, u32) = (6, 2);
const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

/// The path of redis-server, installed first when there is none.
pub(crate) fn find_or_install(project: &Project) -> Result<PathBuf> {
    if let Some(found) = find(project) {
        return Ok(found);
    }
    let missing =
        "the tests of shared counters need Redis 6.2 or newer (redis-server), or Valkey (valkey-server)";
    let advice = "install it, e.g. `apt install redis-server`, and put it on PATH";
    system::apt_install(project, "Redis", &["redis-server"], missing, advice)?;
    find(project).with_context(|| format!("{missing}, and none was found after the installation: {advice}"))
}

fn find(project: &Project) -> Option<PathBuf> {
    let on_path = PROGRAMS.iter().filter_map(|name| project.which(name));
    on_path.into_iter().find(|program| {
        let mut command = project.command(program);
        command.arg("--version");
        command::output(command).ok().and_then(|text| version(&text)).is_some_and(|found| found >= OLDEST)
    })
}

/// The version in `Redis server v=7.0.15 sha=…`.
fn version(text: &str) -> Option<(u32, u32)> {
    let (_, rest) = text.split_once("v=")?;
    let mut parts = rest.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0"), Some((7, 0)));
        assert_eq!(version("Valkey server v=8.1.1 sha=00000000:0"), Some((8, 1)));
        assert_eq!(version("nonsense"), None);
    }
}
