//! What a run said. Two outputs are two tabs, which are a choice of two: they need no script.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use leptos::prelude::*;
use vertice_domain::sandbox::RunReport;

use super::{clean::clean, figures};
use crate::strings::{drawn, fill};

/// How much of an output is shown, in bytes: half of it from its beginning, half from its end.
const SHOWN: usize = 64 * 1024;
const PRE: &str = "code max-h-96 overflow-auto px-4 pb-3 !text-xs !leading-5";
const HEAD: &str = "flex h-9 items-center gap-4 px-4 text-xs";

/// Tells the tabs of one card from those of another.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// An output as it is shown.
struct Shown {
    label: &'static str,
    text: String,
    lines: u64,
    /// What is left out, in words, and where all of it can be had.
    left_out: Option<(String, String)>,
}

impl Shown {
    /// None: nothing was said.
    fn of(label: &'static str, said: &str) -> Option<Self> {
        let whole = clean(said);
        if whole.trim().is_empty() {
            return None;
        }
        let lines = whole.lines().count() as u64;
        if whole.len() <= SHOWN {
            return Some(Self { label, text: whole, lines, left_out: None });
        }
        let beginning = &whole[..whole.floor_char_boundary(SHOWN / 2)];
        let end = &whole[whole.ceil_char_boundary(whole.len() - SHOWN / 2)..];
        let middle = figures::bytes((whole.len() - beginning.len() - end.len()) as u64);
        let gap = fill(drawn().run.gap, &[("size", &middle)]);
        let address = format!("data:application/octet-stream;base64,{}", BASE64_STANDARD.encode(said));
        let words = fill(drawn().run.left_out, &[("output", label), ("size", &middle)]);
        let text = format!("{beginning}\n\n{gap}\n\n{end}");
        Some(Self { label, text, lines, left_out: Some((words, address)) })
    }
}

/// What it said, and what of that is not shown.
pub(super) fn output(report: &RunReport) -> AnyView {
    let texts = &drawn().run;
    let out = Shown::of(texts.output, &report.stdout);
    let err = Shown::of(texts.errors, &report.stderr);
    let left_out: Vec<_> = [&out, &err].into_iter().flatten().filter_map(left_out).collect();
    let said = match (out, err) {
        (None, None) => {
            view! { <p class="px-4 py-3 text-xs text-muted-foreground">{texts.wordless}</p> }.into_any()
        }
        (Some(one), None) | (None, Some(one)) => single(&one),
        (Some(out), Some(err)) => tabs(&out, &err, report.error.is_none() && report.exit_code != 0),
    };
    view! { <div class="border-t">{said} {left_out}</div> }.into_any()
}

fn lines(shown: &Shown) -> String {
    drawn().run.lines.count(shown.lines)
}

fn text(shown: &Shown, class: &str) -> AnyView {
    let class = format!("{class} {PRE}");
    view! { <pre class=class tabindex="0" role="group" aria-label=shown.label>{shown.text.clone()}</pre> }
        .into_any()
}

fn single(shown: &Shown) -> AnyView {
    view! {
        <div class=HEAD>
            <span class="font-medium">{shown.label}</span>
            <span class="num ml-auto text-2xs text-muted-foreground">{lines(shown)}</span>
        </div>
        {text(shown, "")}
    }
    .into_any()
}

/// `failed`: what went wrong is looked at first.
fn tabs(out: &Shown, err: &Shown, failed: bool) -> AnyView {
    let name = format!("run-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let tab = |shown: &Shown, value: &'static str, checked: bool, count: Option<u64>| {
        let count = count.map(|count| {
            view! { " " <span class="num text-2xs text-muted-foreground">{count}</span> }.into_any()
        });
        view! {
            <label class="run-tab">
                <input type="radio" name=name.clone() value=value checked=checked class="sr-only" />
                {shown.label}
                {count}
            </label>
        }
        .into_any()
    };
    view! {
        <fieldset class="run-tabs min-w-0">
            <legend class="sr-only">{drawn().run.shown}</legend>
            <div class=HEAD>
                {tab(out, "out", !failed, None)} {tab(err, "err", failed, Some(err.lines))}
                <span class="num run-shown-out ml-auto text-2xs text-muted-foreground">{lines(out)}</span>
                <span class="num run-shown-err ml-auto text-2xs text-muted-foreground">{lines(err)}</span>
            </div>
            {text(out, "run-shown-out")}
            {text(err, "run-shown-err")}
        </fieldset>
    }
    .into_any()
}

fn left_out(shown: &Shown) -> Option<AnyView> {
    let (words, address) = shown.left_out.clone()?;
    let file = format!("{}.txt", shown.label.to_lowercase());
    let link = view! {
        <p class="px-4 pt-2 pb-3 text-xs text-muted-foreground">
            {words} " " <a class="underline" href=address download=file>{drawn().run.save_output}</a>
        </p>
    };
    Some(link.into_any())
}
