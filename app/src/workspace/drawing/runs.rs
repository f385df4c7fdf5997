//! What models have run in the conversation, and what it said, as its messages tell.

use leptos::prelude::*;
use serde_json::Value;
use vertice_domain::{Actor, ConversationId, Message, Part, PartKind, thread::Extent};
use vertice_ports::Services;

use super::nothing;
use crate::{api::ApiError, strings::drawn};

/// The tool that runs code.
const RUN: &str = "run_code";
/// Runs that are shown.
const MOST: usize = 30;
/// The most bytes of each that are shown.
const MOST_SHOWN: usize = 16 * 1024;

struct Ran {
    code: String,
    said: String,
}

pub(super) async fn draw(
    services: &Services,
    actor: &Actor,
    conversation: ConversationId,
) -> Result<AnyView, ApiError> {
    let thread = services.library.thread(actor, conversation, Extent::Whole).await?;
    let mut ran: Vec<Ran> = thread.messages.iter().flat_map(|message| of(&message.message)).collect();
    ran.reverse();
    if ran.is_empty() {
        return Ok(nothing(drawn().workspace.no_runs, Some(drawn().workspace.runs_text)));
    }
    let shown = ran.into_iter().take(MOST).map(|ran| {
        view! {
            <li class="overflow-hidden rounded-lg border">
                <pre dir="ltr" tabindex="0" class="max-h-60 overflow-auto border-b bg-sunken p-3 font-mono text-xs">
                    {ran.code}
                </pre>
                <pre dir="ltr" tabindex="0" class="max-h-80 overflow-auto p-3 font-mono text-xs">
                    {ran.said}
                </pre>
            </li>
        }
    });
    Ok(view! { <ol class="flex flex-col gap-3 p-4">{shown.collect_view()}</ol> }.into_any())
}

fn of(message: &Message) -> Vec<Ran> {
    let calls = message.parts.iter().filter_map(|part| match &part.kind {
        PartKind::ToolCall(call) if call.server.is_empty() && call.name == RUN => Some(call),
        _ => None,
    });
    let ran = calls.map(|call| {
        let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
        let code = arguments["code"].as_str().unwrap_or(&call.arguments);
        Ran { code: cut(code), said: said(&message.parts, &call.id) }
    });
    ran.collect()
}

fn said(parts: &[Part], id: &str) -> String {
    let mut results = parts.iter().filter_map(|part| match &part.kind {
        PartKind::ToolResult(result) if result.call == id => Some(cut(&result.content)),
        _ => None,
    });
    results.next_back().unwrap_or_default()
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(MOST_SHOWN)].to_owned()
}
