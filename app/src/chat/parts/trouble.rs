//! The way out where something stands between a call and its server: sign in there, or connect to it anew. The turn has gone on
//! without it.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::location::Url;
use vertice_domain::{ServerName, mcp::ServerStatus, part::Trouble};

use crate::{
    api::{
        ApiError,
        mcp_board::{McpWish, mcp_board},
    },
    chat::{legible, state::use_chat},
    strings::{fill, t},
    ui::{Button, ButtonSize, browser},
};

/// What is wrong with the server, and what can be done.
#[component]
pub(super) fn WayOut(server: String, trouble: Trouble) -> impl IntoView {
    let chat = use_chat();
    let named = legible(&server);
    let say = move |text: &str| fill(text, &[("server", &named)]);
    let wrong = if trouble == Trouble::NeedsSignIn { t().cards.wants_sign_in } else { t().cards.unreachable };
    let wrong = say(wrong);
    // What is found out on the way may ask for another one.
    let signs_in = RwSignal::new(trouble == Trouble::NeedsSignIn);
    let (busy, said) = (RwSignal::new(false), RwSignal::new(wrong));
    let settings = format!("/settings?tab=tools&server={}", Url::escape(&server));
    let name = ServerName::try_from(server).ok();
    let go = Callback::new(move |()| {
        let Some(name) = name.clone() else { return };
        busy.set(true);
        let here =
            chat.thread.conversation.with_untracked(|conversation| conversation.as_ref().map(|c| c.id));
        let wish = if signs_in.get_untracked() {
            McpWish::SignIn(name.clone(), here)
        } else {
            McpWish::Reconnect(name.clone())
        };
        let say = say.clone();
        spawn_local(async move {
            let told = outcome(&name, wish).await;
            let _gone = busy.try_set(false);
            let (text, wants_sign_in) = match told {
                Ok(None) => return,
                Ok(Some(ServerStatus::Connected)) => (say(t().cards.connected), false),
                Ok(Some(ServerStatus::NeedsAuth)) => (say(t().cards.wants_sign_in), true),
                Ok(Some(_)) => (say(t().cards.unreachable), false),
                Err(why) => (why, signs_in.try_get_untracked().unwrap_or_default()),
            };
            let _gone = said.try_set(text);
            let _gone = signs_in.try_set(wants_sign_in);
        });
    });
    view! {
        <div class="flex flex-wrap items-center gap-x-3 gap-y-2 border-t px-3 py-2">
            <p class="min-w-0 flex-1 basis-52 text-xs break-words text-muted-foreground" role="status">{said}</p>
            <a href=settings class="btn btn-ghost btn-sm">{t().cards.settings}</a>
            <Button size=ButtonSize::Small busy=busy on_click=move |_| go.run(())>
                {move || if signs_in.get() { t().common.sign_in } else { t().tools.reconnect }}
            </Button>
        </div>
    }
}

/// How the server is doing then, or why not. None: the browser leaves for where one signs in.
async fn outcome(name: &ServerName, wish: McpWish) -> Result<Option<ServerStatus>, String> {
    let told = mcp_board(wish).await.map_err(|error: ApiError| error.to_string())?;
    if let Some(address) = told.go {
        browser::leave_to(&address);
        return Ok(None);
    }
    let server = told.servers.into_iter().find(|server| server.name == *name);
    let Some(server) = server else { return Ok(Some(ServerStatus::Unknown)) };
    match server.error {
        Some(why) => Err(why),
        None => Ok(Some(server.status)),
    }
}
