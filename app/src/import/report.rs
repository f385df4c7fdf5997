//! What became of what was sent: how much was taken, what was not and why.

use leptos::prelude::*;
use vertice_domain::{
    Error,
    import::{ImportReport, Imported, LeftOut, Loss, SkipCode, Skipped},
};

use crate::{
    api::sentence,
    ssr,
    strings::{drawn, fill},
    ui::Notice,
};

/// The most conversations that are linked.
const MOST_LINKED: usize = 20;

pub(super) fn draw(outcome: Result<&Imported, &Error>) -> AnyView {
    let texts = &drawn().import;
    let imported = match outcome {
        Ok(imported) => imported,
        Err(error) => {
            let error = ssr::said(error.clone());
            let faults =
                error.fields.iter().map(|fault| fact(said(&fault.field), sentence(fault))).collect_view();
            return view! {
                <Notice title=texts.nothing text=error.message />
                <dl class="mt-4 divide-y border-y text-sm">{faults}</dl>
            }
            .into_any();
        }
    };
    let links = imported.items.iter().take(MOST_LINKED).map(|conversation| {
        let address = format!("/c/{}", conversation.id);
        view! {
            <li class="py-2">
                <a class="underline break-words" href=address>
                    {conversation.title.clone()}
                </a>
            </li>
        }
    });
    let links = links.collect_view();
    let report = &imported.report;
    let rest = report.taken.saturating_sub(MOST_LINKED as u64);
    view! {
        <section class="mt-8" aria-labelledby="report-title">
            <h2 id="report-title" class="text-sm font-medium">{taken(report)}</h2>
            {(report.already_here > 0)
                .then(|| view! { <p class="mt-1 text-sm text-muted-foreground">{texts.here.count(report.already_here)}</p> })}
            {report
                .stopped
                .clone()
                .map(|why| view! { <Notice title=texts.stopped text=fill(texts.stopped_text, &[("why", &said(&why))]) /> })}
            <ul class="mt-3 divide-y text-sm">{links}</ul>
            {(rest > 0).then(|| view! { <p class="text-xs text-muted-foreground">{texts.more.count(rest)}</p> })}
            {skipped(report)}
            {left_out(report)}
        </section>
    }
    .into_any()
}

/// What the server has composed in English, in the reader's language.
fn said(text: &str) -> String {
    ssr::sentence(text.to_owned())
}

fn taken(report: &ImportReport) -> String {
    let texts = &drawn().import;
    let (taken, messages) = (texts.taken.count(report.taken), texts.messages.count(report.messages));
    fill(texts.taken_text, &[("conversations", &taken), ("messages", &messages)])
}

fn fact(what: String, why: String) -> impl IntoView {
    view! {
        <div class="py-3">
            <dt class="font-medium break-words">{what}</dt>
            <dd class="text-xs text-muted-foreground break-words">{why}</dd>
        </div>
    }
}

fn skipped(report: &ImportReport) -> Option<AnyView> {
    if report.skipped.is_empty() {
        return None;
    }
    let all = report.skipped.iter().map(|skipped| fact(said(&skipped.what), why(skipped))).collect_view();
    let more = (report.more_skipped > 0).then(|| {
        let more = drawn().import.more.count(report.more_skipped);
        view! { <p class="mt-2 text-xs text-muted-foreground">{more}</p> }
    });
    Some(
        view! {
            <h3 class="mt-8 text-sm font-medium">{drawn().import.skipped}</h3>
            <dl class="mt-2 divide-y border-y text-sm">{all}</dl>
            {more}
        }
        .into_any(),
    )
}

/// Why, in the reader's words; what only the server can tell stands behind them.
fn why(skipped: &Skipped) -> String {
    let (texts, why) = (&drawn().import, said(&skipped.why));
    match skipped.code {
        SkipCode::Unreadable => fill(texts.unreadable, &[("why", &why)]),
        SkipCode::TooLarge => texts.too_large.to_owned(),
        SkipCode::Empty => texts.empty.to_owned(),
        SkipCode::Grown => texts.grown.to_owned(),
        SkipCode::NoConversation => texts.no_conversation.to_owned(),
        SkipCode::BadEntry => fill(texts.bad_entry, &[("why", &why)]),
        SkipCode::Refused => fill(texts.refused, &[("why", &why)]),
    }
}

fn left_out(report: &ImportReport) -> Option<AnyView> {
    if report.left_out.is_empty() {
        return None;
    }
    let all = report.left_out.iter().map(|LeftOut { kind, count }| {
        view! {
            <div class="flex gap-4 py-2">
                <dt class="min-w-0 flex-1">{name(*kind)}</dt>
                <dd class="num text-muted-foreground">{count.to_string()}</dd>
            </div>
        }
    });
    let all = all.collect_view();
    Some(
        view! {
            <h3 class="mt-8 text-sm font-medium">{drawn().import.left_out}</h3>
            <dl class="mt-2 divide-y border-y text-sm">{all}</dl>
        }
        .into_any(),
    )
}

fn name(kind: Loss) -> &'static str {
    let texts = &drawn().import;
    match kind {
        Loss::Picture => texts.pictures,
        Loss::File => texts.other_files,
        Loss::Recording => texts.recordings,
        Loss::HiddenMessage => texts.hidden,
        Loss::AppNote => texts.notes,
        Loss::UnknownPart => texts.unknown,
        Loss::Branch => texts.branches,
        Loss::ArtifactVersion => texts.versions,
        Loss::Artifact => texts.artifacts,
        Loss::Model => texts.models,
    }
}
