//! MCP servers, what they list, and what people have said about it. How a server is reached and what people are signed in
//! with was sealed before: this crate cannot open it.

mod argument_rules;
mod rules;
mod servers;
mod sign_ins;
mod tools;

use async_trait::async_trait;
use vertice_domain::{McpServerId, Result, UserId};
use vertice_ports::{
    McpStore,
    mcp::{StoredArgumentRules, StoredRule, StoredServer, StoredTool},
};

use crate::database::Database;

/// Of the servers `s` those that the user `$1` sees: their own, and of the shared ones those whose name is not one of theirs.
macro_rules! seen {
    () => {
        "(s.owner_id = $1 OR (s.shared = 1 AND NOT EXISTS \
         (SELECT 1 FROM mcp_servers own WHERE own.owner_id = $1 AND own.name = s.name)))"
    };
}

use seen;

#[async_trait]
impl McpStore for Database {
    async fn servers(&self, user: UserId) -> Result<Vec<StoredServer>> {
        Ok(servers::seen_by(self, user).await?)
    }

    async fn add_server(&self, server: &StoredServer) -> Result<bool> {
        Ok(servers::add(self, server).await?)
    }

    async fn change_server(&self, server: &StoredServer) -> Result<bool> {
        Ok(servers::change(self, server).await?)
    }

    async fn remove_server(&self, owner: UserId, server: McpServerId) -> Result<bool> {
        Ok(servers::remove(self, owner, server).await?)
    }

    async fn set_era(&self, server: McpServerId, era: Option<&str>) -> Result<()> {
        Ok(servers::set_era(self, server, era).await?)
    }

    async fn server_tools(&self, user: UserId) -> Result<Vec<StoredTool>> {
        Ok(tools::seen_by(self, user).await?)
    }

    async fn put_server_tools(
        &self,
        server: McpServerId,
        user: Option<UserId>,
        tools: &[(String, String)],
    ) -> Result<()> {
        Ok(tools::put(self, server, user, tools).await?)
    }

    async fn approve_tool(
        &self,
        user: UserId,
        server: McpServerId,
        tool: &str,
        definition: &str,
    ) -> Result<bool> {
        Ok(tools::approve(self, user, server, (tool, definition)).await?)
    }

    async fn rules(&self, user: UserId) -> Result<Vec<StoredRule>> {
        Ok(rules::of(self, user).await?)
    }

    async fn put_rule(&self, user: UserId, rule: &StoredRule) -> Result<bool> {
        Ok(rules::put(self, user, rule).await?)
    }

    async fn drop_rules(&self, user: UserId, server: McpServerId, tool: &str) -> Result<()> {
        Ok(rules::drop(self, user, server, tool).await?)
    }

    async fn argument_rules(&self, user: UserId) -> Result<Vec<StoredArgumentRules>> {
        Ok(argument_rules::of(self, user).await?)
    }

    async fn put_argument_rules(&self, user: UserId, rules: &StoredArgumentRules) -> Result<bool> {
        Ok(argument_rules::put(self, user, rules).await?)
    }

    async fn sign_in(&self, user: UserId, server: McpServerId) -> Result<Option<Vec<u8>>> {
        Ok(sign_ins::get(self, user, server).await?)
    }

    async fn put_sign_in(&self, user: UserId, server: McpServerId, sealed: &[u8]) -> Result<bool> {
        Ok(sign_ins::put(self, user, server, sealed).await?)
    }

    async fn drop_sign_in(&self, user: UserId, server: McpServerId) -> Result<()> {
        Ok(sign_ins::drop(self, user, server).await?)
    }
}
