//! The kit for files: read, write, edit, list, find, search.

pub(crate) use self::{edit::edited, read::picture};

mod edit;
mod find;
mod read;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use vertice_ports::{
    Workspace,
    toolbox::{OwnTool, Told},
};

use crate::{
    arguments::{self, CHANGES, READS, tool},
    kit::unknown,
};

use self::{
    edit::{Edit, Write},
    find::{Find, List, Search},
    read::Read,
};

pub(crate) fn tools() -> Vec<OwnTool> {
    vec![
        tool::<Read>(
            "read_file",
            "Reads a file of the workspace, its lines numbered. Pictures are shown.",
            READS,
        ),
        tool::<Write>(
            "write_file",
            "Writes a whole file, in place of what stood there. To change a part of one, edit it.",
            CHANGES,
        ),
        tool::<Edit>("edit_file", "Replaces a text that stands exactly once in a file.", CHANGES),
        tool::<List>("list_files", "Lists what is in a folder, with sizes.", READS),
        tool::<Find>("find_files", "Finds files by a glob, the newest first.", READS),
        tool::<Search>("search_files", "Finds lines by a regular expression.", READS),
    ]
}

pub(crate) async fn call(
    workspace: &dyn Workspace,
    name: &str,
    arguments: Value,
    cancel: CancellationToken,
) -> Result<Told, Told> {
    match name {
        "read_file" => read::read(workspace, arguments::read(arguments)?).await,
        "write_file" => edit::write(workspace, arguments::read(arguments)?).await,
        "edit_file" => edit::edit(workspace, arguments::read(arguments)?).await,
        "list_files" => find::list(workspace, arguments::read(arguments)?).await,
        "find_files" => find::find(workspace, arguments::read(arguments)?).await,
        "search_files" => find::search(workspace, arguments::read(arguments)?, cancel).await,
        _ => Err(unknown(name)),
    }
}
