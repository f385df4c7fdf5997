//! The head of a card: what was run, how it ended, and within what.

use leptos::prelude::*;
use vertice_domain::sandbox::SandboxRuntime;

use super::Block;
use crate::{
    strings::{drawn, fill},
    ui::icon::drawing,
};

/// A drawing that stands in cards alone; those of the page are in every browser.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pictogram {
    Box,
    Shield,
    NoNetwork,
    Again,
    Stop,
    Picture,
    File,
}

impl Pictogram {
    const fn paths(self) -> &'static str {
        match self {
            Self::Box => {
                r#"<path d="M21 8a2 2 0 0 0-1-1.73l-7-4a2 2 0 0 0-2 0l-7 4A2 2 0 0 0 3 8v8a2 2 0 0 0 1 1.73l7 4a2 2 0 0 0 2 0l7-4A2 2 0 0 0 21 16Z"/><path d="m3.3 7 8.7 5 8.7-5"/><path d="M12 22V12"/>"#
            }
            Self::Shield => {
                r#"<path d="M20 13c0 5-3.5 7.5-7.66 8.95a1 1 0 0 1-.67-.01C7.5 20.5 4 18 4 13V6a1 1 0 0 1 1-1c2 0 4.5-1.2 6.24-2.72a1.17 1.17 0 0 1 1.52 0C14.51 3.81 17 5 19 5a1 1 0 0 1 1 1z"/><path d="m9 12 2 2 4-4"/>"#
            }
            Self::NoNetwork => {
                r#"<path d="M15.686 15A14.5 14.5 0 0 1 12 22a14.5 14.5 0 0 1 0-20 10 10 0 1 0 9.542 13"/><path d="M2 12h8.5"/><path d="M20 6V4a2 2 0 1 0-4 0v2"/><rect width="8" height="5" x="14" y="6" rx="1"/>"#
            }
            Self::Again => {
                r#"<path d="M21 12a9 9 0 1 1-9-9c2.52 0 4.93 1 6.74 2.74L21 8"/><path d="M21 3v5h-5"/>"#
            }
            Self::Stop => r#"<rect width="12" height="12" x="6" y="6" rx="1"/>"#,
            Self::Picture => {
                r#"<rect width="18" height="18" x="3" y="3" rx="2" ry="2"/><circle cx="9" cy="9" r="2"/><path d="m21 15-3.086-3.086a2 2 0 0 0-2.828 0L6 21"/>"#
            }
            Self::File => {
                r#"<path d="M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8a2.4 2.4 0 0 1 1.704.706l3.588 3.588A2.4 2.4 0 0 1 20 8v12a2 2 0 0 1-2 2z"/><path d="M14 2v5a1 1 0 0 0 1 1h5"/>"#
            }
        }
    }
}

/// The drawing; what it means stands beside it.
pub(super) fn pictogram(which: Pictogram, class: &'static str) -> AnyView {
    drawing(class, which.paths()).into_any()
}

/// What was run; `after` stands behind it.
pub(super) fn head(block: &Block, badges: Vec<AnyView>, after: Vec<AnyView>) -> AnyView {
    view! {
        <div class="flex min-h-11 flex-wrap items-center gap-x-2 gap-y-1 py-1.5 pr-2 pl-4">
            {pictogram(Pictogram::Box, "size-4 shrink-0 text-muted-foreground")}
            <span class="min-w-0 truncate text-sm font-medium" dir="auto">
                {block.title()}
            </span>
            {badges}
            <span class="ml-auto flex items-center gap-1">{after}</span>
        </div>
    }
    .into_any()
}

/// What separates it from the host.
pub(super) fn policies(runtime: Option<SandboxRuntime>, hosts: &[String]) -> Vec<AnyView> {
    let texts = &drawn().run;
    let runtime = runtime.map(|runtime| match runtime {
        SandboxRuntime::Gvisor => texts.gvisor,
        SandboxRuntime::Bubblewrap => texts.bubblewrap,
    });
    let within = runtime.map(|name| badge("badge badge-outline", Some(Pictogram::Shield), name.to_owned()));
    let network = if hosts.is_empty() {
        badge("badge badge-outline", Some(Pictogram::NoNetwork), texts.no_network.to_owned())
    } else {
        let network = fill(texts.network, &[("hosts", &hosts.join(", "))]);
        badge("badge badge-outline max-w-full truncate", None, network)
    };
    within.into_iter().chain([network]).collect()
}

pub(super) fn badge(class: &'static str, icon: Option<Pictogram>, words: String) -> AnyView {
    let icon = icon.map(|icon| pictogram(icon, "size-3"));
    view! { <span class=class>{icon} {words}</span> }.into_any()
}

/// Runs it once more.
pub(super) fn again(class: &'static str) -> AnyView {
    view! {
        <button type="button" class=class data-run-again="">
            {pictogram(Pictogram::Again, "size-4")}
            {drawn().run.again}
        </button>
    }
    .into_any()
}

/// Ends it.
pub(super) fn stop() -> AnyView {
    view! {
        <button type="button" class="btn btn-ghost btn-sm run-while" data-run-stop="" data-said=drawn().run.stopped_said>
            {pictogram(Pictogram::Stop, "size-4")}
            {drawn().run.stop}
        </button>
    }
    .into_any()
}
