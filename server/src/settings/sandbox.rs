//! Where code is run, and what of the world it gets to see.

use std::path::Path;

use vertice_egress::AllowedHosts;
use vertice_sandbox::{House, SharedFolders, Wanted};

use super::{Database, forms, reader::Reader};

/// Where the settings may stand, beside the environment.
const ENV_FILE: &str = ".env";

/// How code is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxSettings {
    /// In what.
    pub runtime: Wanted,
    /// The folders of this machine that it may read.
    pub folders: SharedFolders,
    /// The hosts that it may reach.
    pub hosts: AllowedHosts,
}

pub(super) fn read(reader: &mut Reader<'_>, data: &Path, database: &Database) -> SandboxSettings {
    let is_enabled = reader.or("ENABLE_SANDBOXING", true, forms::boolean);
    let wanted = reader.or("SANDBOX_RUNTIME", Wanted::Best, forms::sandbox_runtime);
    let mut files = vec![Path::new(ENV_FILE)];
    if let Database::Sqlite(file) = database {
        files.push(file);
    }
    let house = House { data, files: &files };
    SandboxSettings {
        runtime: if is_enabled { wanted } else { Wanted::Nothing },
        folders: reader
            .or("SANDBOX_ALLOWED_DIRS", SharedFolders::default(), |text| SharedFolders::parse(text, house)),
        hosts: reader.or("SANDBOX_ALLOWED_HOSTS", AllowedHosts::default(), AllowedHosts::parse),
    }
}
