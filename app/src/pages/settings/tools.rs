//! MCP servers: which there are, how they are doing, what their tools may do; one is added, changed and removed here. The
//! whole page is drawn from one state, by plain functions: what it is worth to few is to weigh little for everybody.

mod board;
mod drawing;
mod entry;
mod form;
mod rules;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    strings::t,
    ui::{Dialog, Notice},
};
use board::Board;
use form::ServerForm;

/// `wanted` counts how often a server was to be added.
#[component]
pub(super) fn Tools(wanted: RwSignal<u32>) -> impl IntoView {
    let query = use_query_map();
    // Who comes from a conversation sees what they came for.
    let board =
        Board::new(query.with_untracked(|query| query.get("server").map(|name| (name, query.get("tool")))));
    Effect::new(move |before: Option<u32>| {
        let wanted = wanted.get();
        if before.is_some_and(|before| before != wanted) {
            board.edit(None);
        }
        wanted
    });
    let title = Signal::derive(move || {
        let edits = board.state.with(|state| state.edited.is_some());
        String::from(if edits { t().tools.edit_server } else { t().tools.add_server })
    });
    let admin = drawing::is_admin();
    let offset = drawing::utc_offset_minutes();
    view! {
        {move || query.with(|query| query.get_str("outcome").map(outcome))}
        {move || board.state.with(|state| drawing::list(state, board, admin, offset))}
        <p class="mt-4 text-xs text-muted-foreground">{t().tools.permissions_text}</p>
        <Dialog open=board.form_open title=title id="mcp-server">
            <ServerForm board=board />
        </Dialog>
    }
}

/// How the sign-in went that the browser comes back from.
fn outcome(word: &str) -> AnyView {
    match sign_in_outcome(word) {
        Ok(done) => drawing::line(done.to_owned()),
        Err(why) => view! { <Notice title=t().tools.not_signed_in text=why /> }.into_any(),
    }
}

/// The same in words, from a word of the server's: that it is done, or why not.
pub(crate) fn sign_in_outcome(word: &str) -> Result<&'static str, &'static str> {
    Err(match word {
        "signed_in" => return Ok(t().tools.signed_in),
        "sign_in_expired" => t().tools.sign_in_expired,
        "sign_in_refused" => t().tools.sign_in_refused,
        "sign_in_stranger" => t().tools.sign_in_stranger,
        _ => t().tools.sign_in_failed,
    })
}
