//! The API's document (OpenAPI), made from the handlers and the types that they take and give, and Swagger UI to read it
//! with. What every answer may be (failures, limits) is added here, once for all operations.

mod common;
mod docs;

use common::Common;
pub use docs::{document, page, resource};
use utoipa::{
    OpenApi,
    openapi::{self, Response},
};
use vertice_domain::{
    Metadata,
    event::{CallUsage, Done},
};

use crate::{
    error::{Problem, openai::ErrorBody},
    openai,
    rest::{
        admin, artifact_archives, artifact_lists, artifacts, chat, conversations,
        event::{
            ElicitationEvent, ErrorEvent, QuestionEvent, ThinkingEvent, TokenEvent, ToolApprovalEvent,
            ToolResultEvent, ToolUseEvent, artifacts::ArtifactEvent,
        },
        files, images, imports, mcp_servers, models, operations, providers, sandbox, tokens, tools, turns,
        usage, users, workspaces,
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vertice Chat",
        description = "Chat with every model through one door. Ids are opaque; times are RFC 3339 in UTC; money is a \
            decimal string in US dollars."
    ),
    paths(
        chat::ask, chat::stream, chat::follow, chat::cancel, turns::list, turns::decide, turns::steer,
        conversations::list, conversations::create, conversations::get, conversations::patch,
        conversations::delete, conversations::messages, conversations::fork, conversations::compact,
        conversations::export, imports::import, images::get, images::get_file, images::get_of_tool,
        files::add, files::get, files::delete,
        mcp_servers::list, mcp_servers::add, mcp_servers::get, mcp_servers::change, mcp_servers::remove,
        mcp_servers::reconnect, mcp_servers::log, mcp_servers::sign_in, mcp_servers::sign_out, tools::list, tools::permit, tools::approve,
        sandbox::execute, workspaces::list, workspaces::archive, workspaces::read, workspaces::write, workspaces::remove,
        artifact_lists::list, artifacts::create, artifacts::get, artifacts::write, artifacts::patch, artifacts::delete,
        artifact_lists::versions, artifacts::version, artifacts::restore, artifacts::diff, artifact_archives::export, artifact_archives::import,
        models::list, providers::list, providers::keys, providers::set_key, providers::delete_key,
        providers::test_key,
        users::me, users::patch, users::change_password, tokens::list, tokens::issue, tokens::revoke,
        usage::quota, usage::mine, usage::my_tools, usage::everyone, usage::everyones_tools, admin::users, admin::change_user,
        openai::completions::complete, openai::models::list, openai::models::get,
        operations::health, operations::ready, operations::metrics, docs::document,
    ),
    components(schemas(
        Problem, ErrorBody, Metadata, TokenEvent<'_>, ThinkingEvent<'_>, ToolUseEvent<'_>,
        ToolApprovalEvent<'_>,
        ElicitationEvent<'_>,
        QuestionEvent<'_>,
        ToolResultEvent<'_>, ArtifactEvent<'_>, CallUsage, ErrorEvent<'_>, Done
    )),
    tags(
        (name = "chat", description = "Asking models, and following their answers"),
        (name = "conversations", description = "What was said"),
        (name = "artifacts", description = "Files that models and people write together"),
        (name = "files", description = "What people attach to messages"),
        (name = "sandbox", description = "Code that is run, and the files it works on"),
        (name = "tools", description = "MCP servers, and what their tools may do"),
        (name = "models", description = "Who can be asked"),
        (name = "providers", description = "Who runs the models, and one's own keys for them"),
        (name = "usage", description = "What was spent, and may be"),
        (name = "account", description = "Oneself, and one's API tokens"),
        (name = "admin", description = "Everybody, for admins"),
        (name = "openai", description = "The same models for clients of OpenAI's API"),
        (name = "operations", description = "For those who run the server"),
    ),
    modifiers(&Common)
)]
struct Document;

pub fn build() -> openapi::OpenApi {
    Document::openapi()
}

/// The document as it is kept in `docs/openapi.json`, with a line end at its end.
pub fn text() -> String {
    let json = build().to_pretty_json();
    let text = json.expect("a document of strings and numbers cannot fail to serialise") + "\n";
    // Links between types are rustdoc's.
    text.replace("[`", "`").replace("`]", "`")
}

/// A response that says no more than its description.
fn described(text: &str) -> Response {
    Response::new(text)
}

#[cfg(test)]
mod tests;
