//! Servers are added and changed: by whom, and into what.

use std::collections::BTreeMap;

use vertice_domain::{
    Action, Actor, Error, ErrorKind, McpServer, Result, Role, ServerName, UserId,
    mcp::{HIDDEN, McpServerPatch, NewMcpServer, Transport, TransportKind},
};
use vertice_ports::mcp::StoredServer;

use super::{Mcp, no_server, owned, purpose, seen};

/// The most servers of one person.
const MOST_SERVERS: usize = 50;

impl Mcp {
    pub(super) async fn add_server(&self, actor: &Actor, new: NewMcpServer) -> Result<McpServer> {
        let NewMcpServer { name, transport, enabled, shared, trusted } = new;
        check_rights(actor, transport.kind(), shared || trusted)?;
        transport.check()?;
        let mut server = StoredServer {
            id: self.ids.mcp_server(),
            owner: actor.user,
            name: name.clone(),
            enabled,
            shared,
            trusted,
            // An admin who adds an address on a private network means it.
            private_network: actor.role == Role::Admin,
            transport: Vec::new(),
            era: None,
            created_at: self.clock.now(),
        };
        server.transport = self.sealed(&server, &transport).await?;
        let view = self.view(actor.user).await?;
        if view.servers.iter().filter(|server| server.owner == actor.user).count() >= MOST_SERVERS {
            let message = format!(
                "You have {MOST_SERVERS} MCP servers, which is the most. Remove one that you do not need."
            );
            return Err(Error::new(ErrorKind::Conflict, "too_many_servers", message));
        }
        if view.named(actor.user, &name).is_some() || !self.store.add_server(&server).await? {
            let message = format!("There is a server named \"{name}\" already. Choose another name.");
            return Err(Error::new(ErrorKind::Conflict, "name_taken", message));
        }
        self.forget_views();
        self.settled(actor.user, &server).await
    }

    pub(super) async fn change_server(
        &self,
        actor: &Actor,
        name: &ServerName,
        patch: McpServerPatch,
    ) -> Result<McpServer> {
        let view = self.view(actor.user).await?;
        let before = owned(&view, actor, name)?;
        let old = self.transport(before).await;
        let touches_way = patch.command.is_some()
            || patch.args.is_some()
            || patch.env.is_some()
            || patch.url.is_some()
            || patch.headers.is_some();
        let transport = if touches_way { Some(changed(old?, &patch)?) } else { None };
        let mut server = before.clone();
        server.enabled = patch.enabled.unwrap_or(before.enabled);
        server.shared = patch.shared.unwrap_or(before.shared);
        server.trusted = patch.trusted.unwrap_or(before.trusted);
        let asks_admin = server.shared != before.shared || server.trusted != before.trusted;
        if let Some(transport) = &transport {
            check_rights(actor, transport.kind(), asks_admin)?;
            transport.check()?;
            server.transport = self.sealed(&server, transport).await?;
            server.private_network = actor.role == Role::Admin;
            // Another address is another server.
            server.era = None;
        } else if asks_admin {
            check_rights(actor, TransportKind::Http, true)?;
        }
        if !self.store.change_server(&server).await? {
            let taken = "Somebody shares a server of this name already.";
            let is_taken = server.shared && !before.shared;
            return Err(if is_taken {
                Error::new(ErrorKind::Conflict, "name_taken", taken)
            } else {
                no_server()
            });
        }
        self.forget_views();
        if touches_way || !server.enabled {
            self.connections.close_server(server.id).await;
        }
        self.settled(actor.user, &server).await
    }

    /// Sets a server going that was switched on, and tells how it is.
    async fn settled(&self, user: UserId, server: &StoredServer) -> Result<McpServer> {
        if server.enabled {
            self.wake(user, server).await;
        }
        let view = self.view(user).await?;
        self.item(user, &view, seen(&view, user, &server.name)?).await
    }

    /// Begins to connect to a server that somebody looks at.
    pub(super) async fn wake(&self, user: UserId, server: &StoredServer) {
        match self.target(user, server).await {
            Ok(target) => self.connections.start(target),
            Err(error) => tracing::warn!(code = %error.code, "an MCP server cannot be started"),
        }
    }

    async fn sealed(&self, server: &StoredServer, transport: &Transport) -> Result<Vec<u8>> {
        let json = serde_json::to_string(transport).map_err(|error| {
            tracing::error!(%error, "the way to an MCP server cannot be written as JSON");
            Error::internal()
        })?;
        self.vault.seal(&purpose(server), &json).await
    }
}

/// Programs run on this machine, and what is shared or trusted concerns everybody: for admins alone.
fn check_rights(actor: &Actor, kind: TransportKind, asks_admin: bool) -> Result<()> {
    if kind == TransportKind::Stdio || asks_admin {
        actor.may(Action::Administer)?;
    }
    Ok(())
}

/// `old` with what the patch says. What belongs to the other kind of transport is refused.
fn changed(old: Transport, patch: &McpServerPatch) -> Result<Transport> {
    let alien = |field: &str| Err(Error::invalid_field(field, "does not belong to this server's transport"));
    match old {
        Transport::Stdio { command, args, env } => {
            if patch.url.is_some() {
                return alien("url");
            }
            if patch.headers.is_some() {
                return alien("headers");
            }
            Ok(Transport::Stdio {
                command: patch.command.clone().unwrap_or(command),
                args: patch.args.clone().unwrap_or(args),
                env: patch.env.clone().map_or(Ok(env.clone()), |new| kept("env", &env, new))?,
            })
        }
        Transport::Http { url, headers } => {
            for (field, given) in [
                ("command", patch.command.is_some()),
                ("args", patch.args.is_some()),
                ("env", patch.env.is_some()),
            ] {
                if given {
                    return alien(field);
                }
            }
            Ok(Transport::Http {
                url: patch.url.clone().unwrap_or(url),
                headers: patch
                    .headers
                    .clone()
                    .map_or(Ok(headers.clone()), |new| kept("headers", &headers, new))?,
            })
        }
    }
}

/// `new`, where what was hidden from the person is what it was.
fn kept(
    field: &str,
    old: &BTreeMap<String, String>,
    new: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let value = |(name, value): (String, String)| {
        if value != HIDDEN {
            return Ok((name, value));
        }
        let before = old.get(&name).cloned();
        let fault = || Error::invalid_field(format!("{field}.{name}"), "had no value before: give it one");
        before.map(|value| (name.clone(), value)).ok_or_else(fault)
    };
    new.into_iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_hidden_stays_and_what_is_new_has_a_value() {
        let old = map(&[("A", "1"), ("B", "2")]);
        assert_eq!(
            kept("env", &old, map(&[("A", HIDDEN), ("C", "3")])).unwrap(),
            map(&[("A", "1"), ("C", "3")])
        );
        let error = kept("env", &old, map(&[("C", HIDDEN)])).unwrap_err();
        assert_eq!(error.fields[0].field, "env.C");
    }

    #[test]
    fn a_patch_is_of_the_server_s_own_kind() {
        let http = Transport::Http { url: "https://a.example".into(), headers: map(&[]) };
        let patch = McpServerPatch { command: Some("sh".into()), ..McpServerPatch::default() };
        assert_eq!(changed(http.clone(), &patch).unwrap_err().fields[0].field, "command");
        let patch = McpServerPatch { url: Some("https://b.example".into()), ..McpServerPatch::default() };
        assert!(
            matches!(changed(http, &patch).unwrap(), Transport::Http { url, .. } if url == "https://b.example")
        );
    }
}
