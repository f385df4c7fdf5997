//! The card of a run: what was run, within what, what it said, what it took, and what it made. The server alone draws it, in the
//! reader's language; the browser puts it below the block of code. Whatever a run says or makes stands in it as text, or in a picture:
//! never as markup.

mod clean;
mod figures;
mod files;
mod head;
mod output;

use leptos::prelude::*;
use vertice_domain::{
    Error,
    sandbox::{RunFault, RunReport, SandboxRuntime},
};

pub(crate) use self::clean::Cleaner;
use self::head::{again, badge, head, policies, stop};
use crate::{
    api::sentence,
    chat::legible,
    ssr,
    strings::{drawn, fill},
};

/// The block whose code is run.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// What its language is called among programs.
    pub(crate) kind: String,
    /// The name of its file; empty: it has none.
    pub(crate) name: String,
}

impl Block {
    /// What people call it.
    fn title(&self) -> String {
        let texts = &drawn().run;
        match (self.name.as_str(), self.kind.as_str()) {
            ("", "python") => texts.python.to_owned(),
            ("", "javascript") => texts.javascript.to_owned(),
            ("", "bash") => texts.bash.to_owned(),
            ("", kind) => legible(kind),
            (name, _) => legible(name),
        }
    }
}

/// The card while it runs. The two ends that the server cannot tell are in it already, hidden: the reader stops it, or the
/// connection breaks.
///
/// `hosts`: those that it may reach.
pub(crate) fn running(block: &Block, runtime: Option<SandboxRuntime>, hosts: &[String]) -> String {
    let texts = &drawn().run;
    let state = |class, words: &str| badge(class, None, words.to_owned());
    let mut badges = vec![
        state("badge badge-primary run-while", texts.running),
        state("badge badge-warning run-stopped", texts.stopped),
        state("badge badge-danger run-lost", texts.lost),
    ];
    badges.extend(policies(runtime, hosts));
    let inside = view! {
        {head(block, badges, vec![stop(), again("btn btn-ghost btn-sm run-over")])}
        <p class="run-lost border-t px-4 py-3 text-xs">{texts.lost_text}</p>
        <pre class="run-out code max-h-96 overflow-auto border-t px-4 py-3 !text-xs !leading-5" tabindex="0" role="group" aria-label=texts.output></pre>
        <pre class="run-err code max-h-96 overflow-auto border-t px-4 py-3 !text-xs !leading-5 text-warning-text" tabindex="0" role="group" aria-label=texts.errors></pre>
    };
    card(block, texts.running.to_owned(), inside.into_any())
}

/// The card with what came of it.
pub(crate) fn over(block: &Block, report: &RunReport, hosts: &[String]) -> String {
    let texts = &drawn().run;
    let (class, outcome) = outcome(report);
    let mut badges = vec![badge(class, None, outcome.clone())];
    badges.extend(policies(Some(report.runtime), hosts));
    let time = figures::time(report.execution_time);
    let said = fill(texts.over_said, &[("outcome", &outcome), ("time", &time)]);
    let time = view! { <span class="num px-1 text-2xs text-muted-foreground">{time}</span> }.into_any();
    let why = why(report).map(|why| view! { <p class="border-t px-4 py-3 text-xs">{why}</p> }.into_any());
    let cut = cut(report).map(|cut| {
        view! { <p class="border-t px-4 py-3 text-xs text-muted-foreground">{cut}</p> }.into_any()
    });
    let inside = view! {
        {head(block, badges, vec![time, again("btn btn-ghost btn-sm")])}
        {why}
        {output::output(report)}
        {cut}
        {denied(report)}
        {figures::meters(report)}
        {files::files(report)}
    };
    card(block, said, inside.into_any())
}

/// The card of what could not be run.
pub(crate) fn not_run(block: &Block, error: Error) -> String {
    let texts = &drawn().run;
    let error = ssr::said(error);
    let why = legible(&error.fields.first().map_or_else(|| error.message.clone(), sentence));
    let badges = vec![badge("badge badge-danger", None, texts.not_run.to_owned())];
    let said = fill(texts.not_run_said, &[("why", &why)]);
    let inside = view! {
        {head(block, badges, vec![again("btn btn-ghost btn-sm")])}
        <p class="border-t px-4 py-3 text-xs break-words">{why}</p>
    };
    card(block, said, inside.into_any())
}

/// `said`: what those hear who do not see it.
fn card(block: &Block, said: String, inside: AnyView) -> String {
    let label = fill(drawn().run.label, &[("name", &block.title())]);
    let card = view! {
        <div class="card overflow-hidden text-sm" role="group" aria-label=label data-said=said>
            {inside}
        </div>
    };
    card.to_html()
}

/// Hosts that it was not let to reach; nothing, where there are none.
fn denied(report: &RunReport) -> Option<AnyView> {
    if report.denied.is_empty() {
        return None;
    }
    let hosts: Vec<String> =
        report.denied.iter().map(|denied| legible(&format!("{}:{}", denied.host, denied.port))).collect();
    let text = fill(drawn().run.denied, &[("hosts", &hosts.join(", "))]);
    Some(
        view! { <p class="border-t px-4 py-3 text-xs break-words text-muted-foreground">{text}</p> }
            .into_any(),
    )
}

/// How it ended, and the badge that says so.
fn outcome(report: &RunReport) -> (&'static str, String) {
    let texts = &drawn().run;
    let code = report.exit_code.to_string();
    let words = match report.error {
        None if report.exit_code == 0 => {
            return ("badge badge-success", fill(texts.exit, &[("code", &code)]));
        }
        None => return ("badge badge-danger", fill(texts.failed, &[("code", &code)])),
        Some(RunFault::Timeout) => texts.timeout,
        Some(RunFault::Memory) => texts.memory_full,
        Some(RunFault::Output) => texts.too_much,
        Some(RunFault::Disk) => texts.disk_full,
        Some(RunFault::Cancelled) => return ("badge badge-warning", texts.stopped.to_owned()),
    };
    ("badge badge-danger", words.to_owned())
}

/// What that means, and what can be done about it.
fn why(report: &RunReport) -> Option<String> {
    let (texts, limits) = (&drawn().run, &report.limits);
    let (template, limit) = match report.error? {
        RunFault::Timeout => (texts.timeout_text, figures::limit_of_time(limits.timeout_s)),
        RunFault::Memory => (texts.memory_full_text, figures::bytes(figures::megabytes(limits.memory_mb))),
        RunFault::Output => (texts.too_much_text, figures::bytes(u64::from(limits.output_bytes))),
        RunFault::Disk => (texts.disk_full_text, figures::bytes(figures::megabytes(limits.disk_mb))),
        RunFault::Cancelled => return Some(texts.cancelled_text.to_owned()),
    };
    Some(fill(template, &[("limit", &limit)]))
}

/// What of the report is not there.
fn cut(report: &RunReport) -> Option<String> {
    let most = report.limits.output_bytes as usize;
    let is_output = report.stdout.len().max(report.stderr.len()) >= most;
    let words = if is_output { drawn().run.output_cut } else { drawn().run.files_cut };
    let limit = figures::bytes(u64::from(report.limits.output_bytes));
    // That it said too much says so already.
    let is_cut = report.truncated && report.error != Some(RunFault::Output);
    is_cut.then(|| fill(words, &[("limit", &limit)]))
}

#[cfg(test)]
mod tests;
