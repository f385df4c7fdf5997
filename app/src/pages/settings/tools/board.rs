//! The state of the page, and what can be done to it.

use std::time::Duration;

use futures::future::abortable;
use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{
    McpServer, McpTool, ServerName, ToolPermission,
    mcp::{ArgumentRule, McpLogLine, McpServerPatch, ServerStatus, ToolPatch},
};

use super::rules::Draft;
use crate::{
    api::{
        ApiError,
        mcp_board::{McpWish, mcp_board},
    },
    strings::t,
    ui::{Toast, Toasts, browser, use_toasts},
};

/// How often, and how many times, it is looked how far servers have come that are starting.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS: u32 = 30;

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct State {
    /// Whether the servers are known.
    pub(super) read: bool,
    /// Why they are not.
    pub(super) fault: Option<String>,
    pub(super) servers: Vec<McpServer>,
    pub(super) tools: Vec<McpTool>,
    /// The servers that are open, and those of which all tools are shown.
    pub(super) open: Vec<ServerName>,
    pub(super) whole: Vec<ServerName>,
    /// The server whose log is shown.
    pub(super) log: Option<(ServerName, Vec<McpLogLine>)>,
    /// The tool whose rules are shown.
    pub(super) rules: Option<(ServerName, String)>,
    /// The server that is about to be removed.
    pub(super) removing: Option<ServerName>,
    /// The server that is being changed; none: the form adds one.
    pub(super) edited: Option<McpServer>,
    /// What is under way.
    pub(super) busy: Option<(ServerName, Act)>,
}

/// What can be done about a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Shows more of it, or less.
    Open,
    Whole,
    Log,
    AskRemove,
    Edit,
    Enable(bool),
    Share(bool),
    Trust(bool),
    Reconnect,
    SignIn,
    SignOut,
    Remove,
    Permit(String, ToolPermission),
    /// Shows the rules of a tool, or hides them.
    OpenRules(String),
    /// The tool, and all its rules from now on.
    Rules(String, Vec<ArgumentRule>),
    /// The tool, and what it is approved as.
    Approve(String, String),
}

/// The page's state. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Board {
    pub(super) state: RwSignal<State>,
    pub(super) form_open: RwSignal<bool>,
    /// The rule that is being written.
    pub(super) draft: RwSignal<Draft>,
    toasts: Toasts,
}

impl Board {
    /// `shown`: the server that is open from the beginning, and its tool whose rules are.
    pub(super) fn new(shown: Option<(String, Option<String>)>) -> Self {
        let mut state = State::default();
        if let Some((name, tool)) = shown
            && let Ok(name) = ServerName::try_from(name)
        {
            state.rules = tool.map(|tool| (name.clone(), tool));
            (state.open, state.whole) =
                (vec![name.clone()], state.rules.iter().map(|_| name.clone()).collect());
        }
        let state = RwSignal::new(state);
        let draft = RwSignal::default();
        let board = Self { state, form_open: RwSignal::new(false), draft, toasts: use_toasts() };
        let is_starting = |server: &McpServer| server.status == ServerStatus::Starting;
        let starting = Memo::new(move |_| state.with(|state| state.servers.iter().any(is_starting)));
        let visible = browser::page_visible();
        Effect::new(move |_| {
            let looks = if starting.get() && visible.get() { LOOKS } else { 0 };
            let (looking, abort) = abortable(async move {
                board.refresh().await;
                for _ in 0..looks {
                    browser::sleep(LOOK).await;
                    board.refresh().await;
                }
            });
            spawn_local(async move {
                let _aborted = looking.await;
            });
            on_cleanup(move || abort.abort());
        });
        board
    }

    /// Reads everything anew. What cannot be read now stays as it was.
    async fn refresh(self) {
        if let Err(error) = self.wish(McpWish::Look).await {
            self.put(|state| state.fault = Some(error.to_string()).filter(|_| !state.read));
        }
    }

    /// Asks for it and shows how it stands then.
    pub(super) async fn wish(self, wish: McpWish) -> Result<(), ApiError> {
        let told = mcp_board(wish).await?;
        self.put(|state| {
            (state.read, state.fault) = (true, None);
            (state.servers, state.tools) = (told.servers, told.tools);
        });
        if let Some(address) = told.go {
            browser::leave_to(&address);
        }
        Ok(())
    }

    /// Changes the state; what stays the same is not drawn again. The page may be gone.
    fn put(self, change: impl FnOnce(&mut State)) {
        let Some(mut state) = self.state.try_get_untracked() else { return };
        change(&mut state);
        if self.state.try_with_untracked(|old| *old != state) == Some(true) {
            self.state.set(state);
        }
    }

    /// Opens the form.
    pub(super) fn edit(self, server: Option<McpServer>) {
        self.put(|state| state.edited = server);
        self.form_open.set(true);
    }

    pub(super) fn act(self, name: &ServerName, act: Act) {
        match act {
            Act::Open => self.put(|state| toggle(&mut state.open, name)),
            Act::Whole => self.put(|state| toggle(&mut state.whole, name)),
            Act::AskRemove => self.put(|state| {
                state.removing = Some(name.clone()).filter(|name| state.removing.as_ref() != Some(name));
            }),
            Act::Edit => {
                let is_it = |server: &&McpServer| server.name == *name;
                self.edit(self.state.with_untracked(|state| state.servers.iter().find(is_it).cloned()));
            }
            Act::Log => self.read_log(name.clone()),
            Act::OpenRules(tool) => {
                self.draft.set(Draft::default());
                let which = (name.clone(), tool);
                self.put(|state| {
                    state.rules = Some(which).filter(|which| state.rules.as_ref() != Some(which));
                });
            }
            // One after the other, but for permissions, which are many.
            act if matches!(act, Act::Permit(..))
                || self.state.with_untracked(|state| state.busy.is_none()) =>
            {
                self.ask(name.clone(), act);
            }
            _ => {}
        }
    }

    fn read_log(self, name: ServerName) {
        if self.state.with_untracked(|state| state.log.as_ref().is_some_and(|(shown, _)| *shown == name)) {
            return self.put(|state| state.log = None);
        }
        spawn_local(async move {
            match mcp_board(McpWish::Log(name.clone())).await {
                Ok(told) => self.put(|state| state.log = told.log.map(|lines| (name, lines))),
                Err(error) => self.toasts.push(Toast::error(t().tools.log, error.to_string())),
            }
        });
    }

    /// Asks the server for a change and shows what came of it.
    fn ask(self, name: ServerName, act: Act) {
        if let Act::Permit(tool, permission) = &act {
            // Shown at once; what is read anew afterwards is the truth.
            self.put(|state| {
                let is_it = |known: &&mut McpTool| known.server == name && known.name == *tool;
                state.tools.iter_mut().filter(is_it).for_each(|tool| tool.permission = *permission);
            });
        }
        self.put(|state| state.busy = Some((name.clone(), act.clone())));
        let writes_rule = matches!(act, Act::Rules(..));
        let (failed, wish) = wish(name, act);
        spawn_local(async move {
            let outcome = self.wish(wish).await;
            if writes_rule && outcome.is_ok() {
                let _gone = self.draft.try_update(|draft| draft.values.clear());
            }
            if let Err(error) = outcome {
                self.toasts.push(Toast::error(failed, error.to_string()));
                self.refresh().await;
            }
            self.put(|state| state.busy = None);
        });
    }
}

/// The wish for it, and what heads the reason if that fails.
fn wish(name: ServerName, act: Act) -> (&'static str, McpWish) {
    let mut patch = McpServerPatch::default();
    match act {
        Act::Enable(on) => patch.enabled = Some(on),
        Act::Share(on) => patch.shared = Some(on),
        Act::Trust(on) => patch.trusted = Some(on),
        Act::Remove => return (t().tools.not_removed, McpWish::Remove(name)),
        Act::SignIn => return (t().tools.not_signed_in, McpWish::SignIn(name, None)),
        Act::SignOut => return (t().tools.not_signed_out, McpWish::SignOut(name)),
        Act::Permit(tool, permission) => {
            return (t().tools.not_permitted, McpWish::Permit(name, tool, ToolPatch::permission(permission)));
        }
        Act::Rules(tool, rules) => {
            let patch = ToolPatch { permission: None, rules: Some(rules) };
            return (t().rules.not_kept, McpWish::Permit(name, tool, patch));
        }
        Act::Approve(tool, hash) => return (t().tools.not_approved, McpWish::Approve(name, tool, hash)),
        Act::Reconnect
        | Act::Open
        | Act::OpenRules(_)
        | Act::Whole
        | Act::Log
        | Act::AskRemove
        | Act::Edit => {
            return (t().tools.not_connected, McpWish::Reconnect(name));
        }
    }
    (t().tools.not_changed, McpWish::Change(name, patch))
}

fn toggle(names: &mut Vec<ServerName>, name: &ServerName) {
    match names.iter().position(|known| known == name) {
        Some(at) => drop(names.remove(at)),
        None => names.push(name.clone()),
    }
}
