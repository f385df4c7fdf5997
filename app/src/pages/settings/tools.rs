//! MCP servers: which there are, how they are doing, what their tools may do; one is added, changed and removed here. The
//! whole page is drawn from one state, by plain functions: what it is worth to few is to weigh little for everybody.

mod board;
mod drawing;
mod entry;
mod form;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    strings::t,
    ui::{Button, Dialog, Icon},
};
use board::Board;
use form::ServerForm;

#[component]
pub(super) fn Tools() -> impl IntoView {
    let board = Board::new();
    let title = Signal::derive(move || {
        let edits = board.state.with(|state| state.edited.is_some());
        String::from(if edits { t().tools.edit_server } else { t().tools.add_server })
    });
    let admin = drawing::is_admin();
    let offset = drawing::utc_offset_minutes();
    let query = use_query_map();
    view! {
        <div class="mt-4">
            <Button icon=Icon::Plus on_click=move |_| board.edit(None)>
                {t().tools.add_server}
            </Button>
        </div>
        {move || query.with(|query| query.get_str("outcome").map(drawing::outcome))}
        {move || board.state.with(|state| drawing::list(state, board, admin, offset))}
        <p class="mt-4 text-xs text-muted-foreground">{t().tools.permissions_text}</p>
        <Dialog open=board.form_open title=title id="mcp-server">
            <ServerForm board=board />
        </Dialog>
    }
}
