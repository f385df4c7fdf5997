//! What the servers of a person offer beside tools: listed together, read one by one, through what the person sees only.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::future::join_all;
use vertice_domain::{
    Error, ErrorKind, Image, Result, ServerName, Timestamp, UserId,
    mcp::{McpOffers, McpPrompt, McpPromptArgument, McpResource},
    quote::{Quote, Quoted},
};
use vertice_ports::mcp::StoredServer;

use super::{Mcp, seen};
use crate::connection::{
    ConnectionFault, ConnectionKey, Granted, Inside, Offered, Target, Wish, offers::can_be_listed,
};

/// How long a list is kept, in milliseconds, and of how many connections.
const KEPT_MS: i64 = 30_000;
const KEPT: usize = 1_024;
/// How long anybody waits for a server to connect and to list: the others' lists are there by then.
const PATIENCE: Duration = Duration::from_secs(6);

/// The lists of the last moments.
#[derive(Default)]
pub(super) struct Lists(Mutex<HashMap<ConnectionKey, (Timestamp, Offered)>>);

impl Lists {
    fn get(&self, key: ConnectionKey, now: Timestamp) -> Option<Offered> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read, offered) = kept.get(&key)?;
        (now.as_millis() - read.as_millis() < KEPT_MS).then(|| offered.clone())
    }

    fn put(&self, key: ConnectionKey, now: Timestamp, offered: Offered) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, (now, offered));
    }

    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Mcp {
    pub(super) async fn offers_of(&self, user: UserId) -> Result<McpOffers> {
        let view = self.view(user).await?;
        let enabled = view.servers.iter().filter(|server| server.enabled);
        let listed =
            join_all(enabled.map(|server| async move { (server, self.listed(user, server).await) })).await;
        let mut all = McpOffers::default();
        for (server, offered) in listed {
            let Offered { prompts, resources } = offered.unwrap_or_default();
            all.prompts.extend(prompts.into_iter().map(|prompt| {
                McpPrompt {
                    server: server.name.clone(),
                    name: prompt.name,
                    title: prompt.title,
                    description: prompt.description,
                    arguments: prompt
                        .arguments
                        .into_iter()
                        .map(|argument| McpPromptArgument {
                            name: argument.name,
                            title: argument.title,
                            description: argument.description,
                            required: argument.required,
                        })
                        .collect(),
                }
            }));
            all.resources.extend(resources.into_iter().map(|resource| McpResource {
                server: server.name.clone(),
                uri: resource.uri,
                title: resource.title,
                description: resource.description,
            }));
        }
        Ok(all)
    }

    /// What a server lists; none: it did not say so in time.
    async fn listed(&self, user: UserId, server: &StoredServer) -> Option<Offered> {
        let target = self.target(user, server).await.ok()?;
        let (key, now) = (target.key, self.clock.now());
        if let Some(offered) = self.lists.get(key, now) {
            return Some(offered);
        }
        let granted = tokio::time::timeout(PATIENCE, self.connections.ask(target, Wish::List)).await;
        let Ok(Ok(Granted::Listed(offered))) = granted else { return None };
        self.lists.put(key, now, offered.clone());
        Some(offered)
    }

    async fn reached(&self, user: UserId, name: &ServerName) -> Result<Target> {
        let view = self.view(user).await?;
        let server = seen(&view, user, name)?;
        if !server.enabled {
            return Err(failed("The server is switched off.".to_owned()));
        }
        self.target(user, server).await
    }

    pub(super) async fn prompt_text(
        &self,
        user: UserId,
        server: &ServerName,
        name: String,
        arguments: BTreeMap<String, String>,
    ) -> Result<String> {
        let target = self.reached(user, server).await?;
        let arguments = arguments.into_iter().map(|(name, value)| (name, value.into())).collect();
        match self.connections.ask(target, Wish::Prompt { name, arguments }).await {
            Ok(Granted::Prompt(text)) => Ok(text),
            Ok(_) => Err(Error::internal()),
            Err(fault) => Err(refused(server, &fault)),
        }
    }

    pub(super) async fn quoted(
        &self,
        user: UserId,
        server: &ServerName,
        uri: &str,
        title: &str,
    ) -> Result<Quoted> {
        if !can_be_listed(uri, title) {
            let fault = "must name resources as their servers list them";
            return Err(Error::invalid_field("references", fault));
        }
        let target = self.reached(user, server).await?;
        let inside = match self.connections.ask(target, Wish::Resource { uri: uri.to_owned() }).await {
            Ok(Granted::Resource(inside)) => inside,
            Ok(_) => return Err(Error::internal()),
            Err(fault) => return Err(refused(server, &fault)),
        };
        let mut quoted = Quoted::default();
        for one in inside {
            match one {
                Inside::Text(text) => quoted.texts.push(Quote {
                    server: server.to_string(),
                    uri: uri.to_owned(),
                    title: title.to_owned(),
                    text,
                }),
                Inside::Picture(bytes) => {
                    let image = Image::from_base64(&STANDARD.encode(&bytes));
                    quoted.images.push(image.map_err(|_| Error::internal())?);
                }
            }
        }
        Ok(quoted)
    }
}

fn refused(server: &ServerName, fault: &ConnectionFault) -> Error {
    failed(format!("{server}: {fault}"))
}

fn failed(message: String) -> Error {
    Error::new(ErrorKind::Upstream, "mcp_server_failed", message)
}
