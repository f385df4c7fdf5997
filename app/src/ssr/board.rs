//! What is asked about MCP servers: one call to the port each, and how it stands then.

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use vertice_domain::{Actor, ConversationId, McpServer, Result, mcp::pasted};
use vertice_ports::{McpServers, mcp::CALLBACK_PATH};

use super::{caller, context, cookie, language, origin};
use crate::{
    api::{
        ApiError,
        mcp_board::{McpBoard, McpWish},
    },
    strings::said,
};

/// The cookie that names the conversation which a browser is to come back to from a sign-in.
pub const BACK_COOKIE: &str = "vertice_back";
/// As long as a sign-in may take, in seconds.
const BACK_FOR_S: u32 = 10 * 60;

pub(crate) async fn board(wish: McpWish) -> Result<McpBoard, ApiError> {
    let (services, actor) = caller()?;
    let mcp = &*services.mcp;
    let (mut go, mut log) = (None, None);
    match wish {
        McpWish::Look => {}
        McpWish::Add(json) => add(mcp, &actor, &json).await?,
        McpWish::Change(name, patch) => drop(mcp.change(&actor, &name, patch).await?),
        McpWish::Remove(name) => mcp.remove(&actor, &name).await?,
        McpWish::Reconnect(name) => drop(mcp.reconnect(&actor, &name).await?),
        McpWish::Log(name) => log = Some(mcp.log(&actor, &name).await?),
        McpWish::SignIn(name, back) => {
            go = Some(mcp.sign_in(&actor, &name, &origin()?).await?);
            come_back_to(back)?;
        }
        McpWish::SignOut(name) => mcp.sign_out(&actor, &name).await?,
        McpWish::Permit(name, tool, patch) => drop(mcp.permit(&actor, &name, &tool, patch).await?),
        McpWish::Approve(name, tool, hash) => drop(mcp.approve(&actor, &name, &tool, &hash).await?),
    }
    let mut servers = mcp.list(&actor).await?;
    let language = language();
    servers.iter_mut().filter_map(|server| server.error.as_mut()).for_each(|why| said::say(language, why));
    Ok(McpBoard { servers, tools: mcp.tools(&actor).await?, go, log })
}

/// Adds the servers of a text such as other hosts take: all of them or none. A fault names the entry.
async fn add(mcp: &dyn McpServers, actor: &Actor, json: &str) -> Result<()> {
    let mut added: Vec<McpServer> = Vec::new();
    for server in pasted::servers(json)? {
        let name = server.name.clone();
        match mcp.add(actor, server).await {
            Ok(server) => added.push(server),
            Err(error) => {
                for before in &added {
                    mcp.remove(actor, &before.name).await?;
                }
                return Err(pasted::of_entry(&name, error));
            }
        }
    }
    Ok(())
}

/// Where the browser goes when it comes back: what an earlier sign-in has left counts no more.
fn come_back_to(conversation: Option<ConversationId>) -> Result<(), ApiError> {
    let (value, age) = conversation.map_or((String::new(), 0), |id| (id.to_string(), BACK_FOR_S));
    let cookie = cookie(BACK_COOKIE, &value, CALLBACK_PATH, age, context()?.secure_cookies);
    if let (Some(response), Some(cookie)) = (use_context::<ResponseOptions>(), cookie) {
        response.append_header(http::header::SET_COOKIE, cookie);
    }
    Ok(())
}
