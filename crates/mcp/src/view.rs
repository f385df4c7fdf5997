//! What one person sees: their servers and the shared ones, the tools of these, and what the person has said about them.
//! Looked at on the way of every message, so it is kept for a moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use vertice_domain::{
    ConversationId, McpServerId, Result, ServerName, Timestamp, ToolPermission, UserId,
    mcp::{ArgumentRule, ToolChange, ToolHints, rule},
};
use vertice_ports::{
    McpStore,
    mcp::{StoredArgumentRules, StoredRule, StoredServer},
};

use crate::{
    definition::{self, Definition},
    naming,
};

/// How long a view is kept, in milliseconds: as long can it take until what was changed on another node is heard of here.
const KEPT_MS: i64 = 5_000;
/// The most users whose view is kept.
const KEPT_USERS: usize = 1_024;

/// What one person sees.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) servers: Vec<StoredServer>,
    /// Of all these servers, by server, in the order they are listed.
    pub(crate) tools: Vec<SeenTool>,
    pub(crate) rules: Vec<StoredRule>,
    argument_rules: Vec<StoredArgumentRules>,
}

/// A tool as one person sees it.
#[derive(Debug)]
pub(crate) struct SeenTool {
    pub(crate) server: McpServerId,
    pub(crate) name: String,
    /// The name that models call it by.
    pub(crate) model_name: String,
    /// As its server describes it now.
    pub(crate) definition: Definition,
    /// How that differs from what was approved, if it does.
    pub(crate) change: Option<ToolChange>,
}

impl View {
    async fn read(store: &dyn McpStore, user: UserId) -> Result<Self> {
        let servers = store.servers(user).await?;
        if servers.is_empty() {
            return Ok(Self::default());
        }
        let mut stored = Vec::new();
        let tools = store.server_tools(user).await?;
        for server in &servers {
            stored.extend(tools.iter().filter(|tool| tool.server == server.id).map(|tool| (server, tool)));
        }
        let named: Vec<_> =
            stored.iter().map(|(server, tool)| (server.name.as_str(), tool.name.as_str())).collect();
        let names = naming::model_names(&named);
        let mut tools = Vec::with_capacity(stored.len());
        for ((server, tool), model_name) in stored.iter().zip(names) {
            let change = (tool.definition != tool.approved).then(|| ToolChange {
                hash: definition::hash(&tool.definition),
                diff: definition::diff(&tool.approved, &tool.definition),
            });
            let definition = Definition::read(&tool.definition)?;
            tools.push(SeenTool {
                server: server.id,
                name: tool.name.clone(),
                model_name,
                definition,
                change,
            });
        }
        let rules = store.rules(user).await?;
        let argument_rules = store.argument_rules(user).await?;
        Ok(Self { servers, tools, rules, argument_rules })
    }

    /// One's own goes before one that somebody shares later under the same name.
    pub(crate) fn named(&self, user: UserId, name: &ServerName) -> Option<&StoredServer> {
        let named = || self.servers.iter().filter(|server| server.name == *name);
        named().find(|server| server.owner == user).or_else(|| named().next())
    }

    pub(crate) fn tool(&self, server: McpServerId, name: &str) -> Option<&SeenTool> {
        self.tools.iter().find(|tool| tool.server == server && tool.name == name)
    }

    pub(crate) fn tools_of(&self, server: McpServerId) -> impl Iterator<Item = &SeenTool> {
        self.tools.iter().filter(move |tool| tool.server == server)
    }

    /// What holds for the tool as a whole.
    pub(crate) fn permission(&self, server: &StoredServer, tool: &SeenTool) -> ToolPermission {
        let said =
            self.rule(server.id, &tool.name, |rule| rule.conversation.is_none() && rule.arguments.is_none());
        said.unwrap_or_else(|| by_hints(server, tool.definition.annotations))
    }

    /// What holds for a call, and whether a rule about arguments says so: what was said about these arguments goes before what
    /// was said about the tool, and what was said in this conversation before what was said everywhere. Rules about arguments go
    /// before both, but where they allow something that is denied.
    pub(crate) fn permission_for(
        &self,
        server: &StoredServer,
        tool: &SeenTool,
        here: Option<ConversationId>,
        arguments: &Value,
    ) -> (ToolPermission, bool) {
        let written = definition::canonical(arguments);
        let same = |rule: &StoredRule| rule.arguments.as_deref() == Some(&*written);
        let exactly = self
            .rule(server.id, &tool.name, |rule| same(rule) && rule.conversation == here)
            .or_else(|| self.rule(server.id, &tool.name, |rule| same(rule) && rule.conversation.is_none()));
        let whole = self
            .rule(server.id, &tool.name, |rule| rule.arguments.is_none() && rule.conversation == here)
            .unwrap_or_else(|| self.permission(server, tool));
        match rule::ruled(self.argument_rules(server.id, &tool.name), arguments) {
            None => (exactly.unwrap_or(whole), false),
            Some(_) if whole == ToolPermission::Deny => (whole, false),
            Some(ruled) => {
                let said = exactly.map_or(ruled, |exactly| exactly.stricter(ruled));
                (said, said == ruled)
            }
        }
    }

    /// What the person has said about calls of the tool with certain arguments.
    pub(crate) fn argument_rules(&self, server: McpServerId, tool: &str) -> &[ArgumentRule] {
        let found = self.argument_rules.iter().find(|stored| stored.server == server && stored.tool == tool);
        found.map_or(&[], |stored| &stored.rules)
    }

    fn rule(
        &self,
        server: McpServerId,
        tool: &str,
        which: impl Fn(&StoredRule) -> bool,
    ) -> Option<ToolPermission> {
        let about = |rule: &&StoredRule| rule.server == server && rule.tool == tool && which(rule);
        self.rules.iter().find(about).map(|rule| rule.permission)
    }
}

/// Where nobody has said anything, a person is asked. What a server says of its tools counts if an admin trusts it.
fn by_hints(server: &StoredServer, hints: ToolHints) -> ToolPermission {
    if server.trusted && hints.is_read_only() { ToolPermission::Allow } else { ToolPermission::Ask }
}

/// The views of the last moments.
#[derive(Default)]
pub(crate) struct Views {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    views: HashMap<UserId, (Timestamp, Arc<View>)>,
    /// Counts the changes, so that what was read before one is not kept after it.
    changes: u64,
}

impl Views {
    /// What the user sees at `now`, or saw a moment before.
    pub(crate) async fn of(&self, store: &dyn McpStore, user: UserId, now: Timestamp) -> Result<Arc<View>> {
        let changes = {
            let kept = self.kept();
            let fresh =
                kept.views.get(&user).filter(|(read, _)| now.as_millis() - read.as_millis() < KEPT_MS);
            if let Some((_, view)) = fresh {
                return Ok(Arc::clone(view));
            }
            kept.changes
        };
        let view = Arc::new(View::read(store, user).await?);
        let mut kept = self.kept();
        if kept.changes == changes {
            if kept.views.len() >= KEPT_USERS {
                kept.views.clear();
            }
            kept.views.insert(user, (now, Arc::clone(&view)));
        }
        Ok(view)
    }

    /// Something was changed: what was read before it counts no more. Servers are shared, so it concerns everybody.
    pub(crate) fn forget(&self) {
        let mut kept = self.kept();
        kept.changes += 1;
        kept.views.clear();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Whatever a panic left half done is only a cache.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
