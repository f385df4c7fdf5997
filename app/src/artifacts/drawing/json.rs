//! JSON as a tree that opens and closes. It is bounded: what is deep or long stays text.

use leptos::prelude::*;
use serde_json::Value;

use crate::{
    strings::{drawn, fill},
    ui::Icon,
};

/// How deep branches lie, and how many leaves are drawn in all.
const DEEPEST: usize = 40;
const MOST: usize = 5_000;
/// Branches down to this depth are open.
const OPEN: usize = 2;

pub(super) fn draw(content: &str) -> AnyView {
    let texts = &drawn().artifacts;
    match serde_json::from_str::<Value>(content) {
        Ok(value) => {
            let mut left = MOST;
            let tree = branch(None, &value, 0, &mut left);
            let is_cut = left == 0;
            view! {
                {search()}
                <div class="min-h-0 flex-1 overflow-auto p-4 font-mono text-xs" dir="ltr" tabindex="0" data-json="">
                    {tree}
                    {is_cut.then(|| view! { <p class="pt-2 text-muted-foreground">{texts.json_cut}</p> })}
                </div>
            }
            .into_any()
        }
        Err(error) => {
            let (line, column) = (error.line().to_string(), error.column().to_string());
            let said = fill(texts.no_json, &[("line", &line), ("column", &column)]);
            view! {
                <p class="border-b px-4 py-2 text-sm text-destructive-text" role="alert">{said}</p>
                <pre dir="ltr" tabindex="0" class="editor min-h-0 flex-1 overflow-auto p-4">{content.to_owned()}</pre>
            }
            .into_any()
        }
    }
}

/// Where somebody looks for keys and values; the script shows it, and finds them: what it looks at are the tree's `span`s.
fn search() -> AnyView {
    let texts = &drawn().artifacts;
    let button = |act: &'static str, label: &'static str, icon: Icon| {
        view! {
            <button type="button" class="btn btn-ghost btn-icon btn-sm" data-do=act aria-label=label data-tip=label disabled>{icon.svg("size-4")}</button>
        }
    };
    view! {
        <div hidden role="search" class="flex shrink-0 items-center gap-1 border-b bg-sidebar px-2 py-1" data-search="">
            <input
                type="search"
                class="field field-sm !h-7 min-w-0 max-w-80 flex-1"
                aria-label=texts.find
                placeholder=texts.find
                autocomplete="off"
                spellcheck="false"
                data-found-at=texts.found
                data-found-none=texts.found_none
            />
            <span class="num mr-auto px-2 text-2xs text-muted-foreground" role="status" data-found=""></span>
            {button("find-before", texts.find_before, Icon::ChevronUp)}
            {button("find-next", texts.find_next, Icon::ChevronDown)}
        </div>
    }
    .into_any()
}

fn branch(name: Option<String>, value: &Value, depth: usize, left: &mut usize) -> AnyView {
    if *left == 0 {
        return ().into_any();
    }
    *left -= 1;
    let label = name.map(|name| view! { <span class="text-primary-text">{name}</span> ": " });
    let (open, close, count) = match value {
        Value::Object(fields) => ("{", "}", fields.len()),
        Value::Array(items) => ("[", "]", items.len()),
        leaf => return view! { <div class="pl-4">{label} {self::leaf(leaf)}</div> }.into_any(),
    };
    if count == 0 || depth >= DEEPEST {
        let text = if count == 0 {
            format!("{open}{close}").into_any()
        } else {
            view! { <span>{value.to_string()}</span> }.into_any()
        };
        return view! { <div class="truncate pl-4">{label} {text}</div> }.into_any();
    }
    let below = below(value, depth + 1, left);
    view! {
        <details class="pl-4" open=depth < OPEN>
            <summary class="-ml-4 cursor-pointer">{label} {open} <i class="text-muted-foreground not-italic">{count.to_string()}</i> {close}</summary>
            {below}
        </details>
    }
    .into_any()
}

fn below(value: &Value, depth: usize, left: &mut usize) -> Vec<AnyView> {
    let fields = value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value));
    let items = value.as_array().into_iter().flatten().enumerate().map(|(at, value)| (at.to_string(), value));
    let mut drawn = Vec::new();
    for (name, value) in fields.chain(items) {
        if *left == 0 {
            break;
        }
        drawn.push(branch(Some(name), value, depth, left));
    }
    drawn
}

fn leaf(value: &Value) -> AnyView {
    let class = match value {
        Value::String(_) => "break-all text-success-text",
        Value::Number(_) => "num",
        _ => "text-muted-foreground",
    };
    view! { <span class=class>{value.to_string()}</span> }.into_any()
}
