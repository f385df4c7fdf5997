//! Folders of the host that every run may read (`SANDBOX_ALLOWED_DIRS`), at the path that they have on the host. What would open more of
//! the house than a folder of data is refused before anything starts.

use std::path::{Component, Path, PathBuf};

use crate::error::Fault;

/// Places that runs must not see, or that are their own. Nothing at, below or above them is shared.
const NEVER: [&str; 24] = [
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/etc",
    "/boot",
    "/root",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/tmp",
    "/workspace",
    "/proxy",
    "/lost+found",
    "/var/run",
    "/var/log",
    "/var/spool",
    "/var/backups",
    "/var/tmp",
    "/var/cache",
];
/// Folders of other people's and programs' folders: one of those may be shared, not all.
const ALL_OF: [&str; 5] = ["/home", "/var/lib", "/mnt", "/media", "/snap"];
/// Where each folder is a person's home.
const HOMES: &str = "/home";

/// What the server keeps to itself.
#[derive(Debug, Clone, Copy)]
pub struct House<'a> {
    /// Nothing in it and nothing above it is shared.
    pub data: &'a Path,
    /// Files that no shared folder may hold.
    pub files: &'a [&'a Path],
}

/// Folders that every run may read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SharedFolders(Vec<PathBuf>);

impl SharedFolders {
    /// Paths with commas between. What is wrong is said in words.
    pub fn parse(text: &str, house: House<'_>) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| shared(part, house)).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn paths(&self) -> &[PathBuf] {
        &self.0
    }

    /// Whether each is still where it was when it was checked.
    pub(crate) async fn check(&self) -> Result<(), Fault> {
        for path in &self.0 {
            if !tokio::fs::canonicalize(path).await.is_ok_and(|really| really == *path) {
                return Err(Fault::Refused(format!(
                    "The folder {} is no more where it was when this server started (SANDBOX_ALLOWED_DIRS), so that no code is run.",
                    path.display()
                )));
            }
        }
        Ok(())
    }
}

fn shared(text: &str, house: House<'_>) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let refused = |why: &str| Err(format!("{text:?} {why}; it takes folders of data, such as /srv/shared"));
    if !path.is_absolute() {
        return refused("is no absolute path");
    }
    if path.components().any(|part| part == Component::ParentDir) {
        return refused("leads up by ..");
    }
    let is_one_in_the_other = |place: &Path| path.starts_with(place) || place.starts_with(&path);
    if NEVER.iter().any(|place| is_one_in_the_other(Path::new(place))) {
        return refused("is, holds or lies in what is the system's, a secret's place or the run's own");
    }
    if ALL_OF.iter().any(|place| path == Path::new(place)) {
        return refused("holds the folders of others");
    }
    if path.parent() == Some(Path::new(HOMES)) {
        return refused("is a person's home, with keys in it; share a folder in it");
    }
    let is_hidden = |part: Component<'_>| part.as_os_str().as_encoded_bytes().starts_with(b".");
    if path.components().any(is_hidden) {
        return refused("is hidden, or lies in what is; keys lie in such folders");
    }
    if !path.is_dir() {
        return refused("is no folder that can be seen");
    }
    if !path.canonicalize().is_ok_and(|really| really == path) {
        return refused("is a symbolic link, or leads through one; name where it leads");
    }
    if is_one_in_the_other(&settled(house.data)) {
        return refused("is, holds or lies in the data directory");
    }
    if house.files.iter().any(|file| settled(file).starts_with(&path)) {
        return refused("holds the server's own settings or its database");
    }
    // Without what is written twice or for nothing.
    Ok(path.components().collect())
}

/// The path without links, as far as it exists.
fn settled(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = path.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    let Some((part, really)) = known else { return path };
    path.strip_prefix(part).map_or_else(|_| really.clone(), |rest| really.join(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, data: &Path, files: &[&Path]) -> Result<Vec<PathBuf>, String> {
        SharedFolders::parse(text, House { data, files }).map(|shared| shared.0)
    }

    #[test]
    fn what_would_open_the_house_is_refused() {
        let none = Path::new("/nowhere/data");
        for path in [
            "/",
            "/proc",
            "/proc/1",
            "/sys",
            "/dev/shm",
            "/run",
            "/etc",
            "/etc/ssl",
            "/root",
            "/root/.ssh",
            "/usr",
            "/usr/share",
            "/tmp",
            "/workspace/x",
            "/var",
            "/var/run",
            "/home",
            "/home/ann",
            "/home/ann/.ssh",
            "/home/ann/.config/x",
            "/var/lib",
            "/mnt",
            "shared",
            "./shared",
            "../shared",
            "~/shared",
            "/srv/../etc",
            "/srv/..",
            "/srv/does-not-exist",
            "/srv/.git",
        ] {
            let fault = parse(path, none, &[]).expect_err(path);
            assert!(fault.contains("/srv/shared"), "{fault}");
        }
    }

    #[test]
    fn nothing_of_the_server_is_shared() {
        let (elsewhere, srv) = (Path::new("/nowhere"), Ok(vec![PathBuf::from("/srv")]));
        for text in ["/srv", "/srv/", " /srv/. ,, "] {
            assert_eq!(parse(text, elsewhere, &[]), srv, "{text}");
        }
        for data in ["/srv", "/srv/vertice/data", "/srv/../srv/data"] {
            assert!(parse("/srv", Path::new(data), &[]).unwrap_err().contains("data directory"), "{data}");
        }
        assert_eq!(parse("/srv", Path::new("/srv2/data"), &[]), srv);
        let database = Path::new("/srv/databases/vertice.db");
        assert!(parse("/srv", elsewhere, &[elsewhere, database]).unwrap_err().contains("database"));
    }
}
