//! The servers and tools that the page shows, and how they are kept true.

use std::time::Duration;

use futures::future::{LocalBoxFuture, abortable};
use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{McpServer, McpTool, ServerName, mcp::ServerStatus};

use crate::{
    api::{
        ApiError,
        mcp::{mcp_servers, mcp_tools},
    },
    ui::{Toast, Toasts, browser, use_toasts},
};

/// How often, and how many times, it is looked how far servers have come that are starting.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS: u32 = 30;

/// The servers and tools. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Board {
    pub(super) servers: RwSignal<Vec<McpServer>>,
    pub(super) tools: RwSignal<Vec<McpTool>>,
    pub(super) form_open: RwSignal<bool>,
    /// The server that the form changes; none: it adds one.
    pub(super) edited: RwSignal<Option<McpServer>>,
    toasts: Toasts,
}

impl Board {
    pub(super) fn new(servers: Vec<McpServer>, tools: Vec<McpTool>) -> Self {
        Self {
            servers: RwSignal::new(servers),
            tools: RwSignal::new(tools),
            form_open: RwSignal::new(false),
            edited: RwSignal::new(None),
            toasts: use_toasts(),
        }
    }

    /// Looks again and again while a server is starting and the page is seen.
    pub(super) fn watch(self) {
        let is_starting = |server: &McpServer| server.status == ServerStatus::Starting;
        let starting = Memo::new(move |_| self.servers.with(|all| all.iter().any(is_starting)));
        let visible = browser::page_visible();
        Effect::new(move |_| {
            if !starting.get() || !visible.get() {
                return;
            }
            let (looking, abort) = abortable(async move {
                for _ in 0..LOOKS {
                    browser::sleep(LOOK).await;
                    self.refresh().await;
                }
            });
            spawn_local(async move {
                let _aborted = looking.await;
            });
            on_cleanup(move || abort.abort());
        });
    }

    /// Reads everything anew. What cannot be read now stays as it was.
    pub(super) async fn refresh(self) {
        let (servers, tools) = futures::join!(mcp_servers(), mcp_tools());
        if let Ok(tools) = tools
            && self.tools.try_with_untracked(|old| *old != tools) == Some(true)
        {
            self.tools.set(tools);
        }
        if let Ok(servers) = servers
            && self.servers.try_with_untracked(|old| *old != servers) == Some(true)
        {
            self.servers.set(servers);
        }
    }

    /// Asks for a change and shows what came of it; if it fails, `failed` heads the reason. Then `done` hears whether it failed.
    pub(super) fn ask(
        self,
        work: LocalBoxFuture<'static, Result<(), ApiError>>,
        failed: &'static str,
        done: Callback<()>,
    ) {
        spawn_local(async move {
            if let Err(error) = work.await {
                self.complain(failed, &error);
            }
            self.refresh().await;
            let _gone = done.try_run(());
        });
    }

    pub(super) fn complain(self, failed: &'static str, error: &ApiError) {
        self.toasts.push(Toast::error(failed, error.to_string()));
    }

    /// The tools of a server.
    pub(super) fn tools_of(self, name: &ServerName) -> Vec<McpTool> {
        self.tools.with(|all| all.iter().filter(|tool| tool.server == *name).cloned().collect())
    }
}

/// Lets a control be used again, if it is still there.
pub(super) fn free(busy: RwSignal<bool>) -> Callback<()> {
    Callback::new(move |()| {
        let _gone = busy.try_set(false);
    })
}
