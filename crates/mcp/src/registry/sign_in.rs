//! Users sign in at servers at addresses, each for themselves.

use url::Url;
use vertice_domain::{
    Action, Actor, Error, ErrorKind, McpServer, Result, ServerName, UserId, mcp::Transport,
};
use vertice_ports::mcp::{SignInAnswer, StoredServer};

use super::{Mcp, no_server, seen};
use crate::connection::Holder;

impl Mcp {
    pub(super) async fn begin_sign_in(
        &self,
        actor: &Actor,
        name: &ServerName,
        origin: &str,
    ) -> Result<String> {
        actor.may(Action::WriteTools)?;
        let view = self.view(actor.user).await?;
        let server = seen(&view, actor.user, name)?;
        let holder = self.holder(actor.user, server, self.transport(server).await?)?;
        Ok(self.sign_ins.begin(holder, origin).await?.to_string())
    }

    pub(super) async fn end_sign_in(&self, actor: &Actor, answer: SignInAnswer) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        let holder = self.sign_ins.finish(actor.user, answer).await?;
        let view = self.view(actor.user).await?;
        let server = view.servers.iter().find(|server| server.id == holder.server).ok_or_else(no_server)?;
        if server.enabled {
            let target = self.target(actor.user, server).await?;
            self.connections.close(target.key).await;
            // What is wrong stands in its state.
            let _fault = self.connections.connect(target).await;
        }
        let view = self.view(actor.user).await?;
        self.item(actor.user, &view, server).await
    }

    pub(super) async fn end_of_sign_in(&self, actor: &Actor, name: &ServerName) -> Result<()> {
        actor.may(Action::WriteTools)?;
        let view = self.view(actor.user).await?;
        let server = seen(&view, actor.user, name)?;
        self.sign_ins.forget(actor.user, server.id).await?;
        let kind = self.transport(server).await?.kind();
        let key = super::key(actor.user, server, kind);
        // A program runs for everybody, and nobody is signed in there.
        if key.user.is_some() {
            self.connections.close(key).await;
        }
        Ok(())
    }

    /// As what the user signs in at the server; an error where there is nothing to sign in to.
    pub(super) fn holder(&self, user: UserId, server: &StoredServer, transport: Transport) -> Result<Holder> {
        let none = |why: &str| Error::new(ErrorKind::Conflict, "no_sign_in", why);
        match transport {
            Transport::Http { headers, .. }
                if headers.keys().any(|name| name.eq_ignore_ascii_case("authorization")) =>
            {
                Err(none(
                    "This server is asked with the Authorization header that its owner has set. There is nothing to sign in to.",
                ))
            }
            Transport::Http { url, .. } => {
                let url = Url::parse(&url).map_err(|_| Error::invalid_field("url", "is no address"))?;
                Ok(Holder { user, server: server.id, url, private_network: server.private_network })
            }
            Transport::Stdio { .. } => Err(none(
                "This server is a program on the server's own machine. There is nothing to sign in to.",
            )),
        }
    }
}
