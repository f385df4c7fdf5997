//! The two vertices of an answer that another model gives than the one that was asked first: who did not answer, and who
//! went on.

use leptos::prelude::*;
use vertice_domain::{RoutedBy, event::Candidate};

use super::{entry::Entry, state::use_chat};
use crate::{
    strings::{fill, t},
    ui::TierGlyph,
};

/// The model that did not answer, and the one that answers in its place. Whoever answers is told first of those that were
/// weighed, and whoever was asked before comes next.
pub(crate) fn over(routed_by: Option<RoutedBy>, candidates: &[Candidate]) -> Option<(&str, &str)> {
    match (routed_by, candidates) {
        (Some(RoutedBy::Failover), [answers, asked, ..]) => Some((&asked.model, &answers.model)),
        _ => None,
    }
}

fn told(entry: &Entry) -> Option<(String, String)> {
    let owned = |(from, to): (&str, &str)| (from.to_owned(), to.to_owned());
    let live = entry.live.as_ref().and_then(|live| {
        live.head.with(|head| {
            let metadata = head.metadata.as_ref()?;
            over(Some(metadata.routed_by), &metadata.candidates).map(owned)
        })
    });
    live.or_else(|| {
        entry.saved.with(|saved| {
            let receipt = saved.as_ref()?.message.receipt.as_ref()?;
            over(receipt.routed_by, &receipt.candidates).map(owned)
        })
    })
}

/// The two steps; nothing where the model that was asked answers.
#[component]
pub(crate) fn FailedOver(entry: Entry) -> impl IntoView {
    let models = Memo::new(move |_| told(&entry));
    move || {
        let (from, to) = models.get()?;
        Some(view! {
            <Step vertex="vx vx-err" model=from text=t().chat.did_not_answer />
            <Step vertex="vx vx-done" model=to text=t().chat.continued_on />
        })
    }
}

#[component]
fn Step(vertex: &'static str, model: String, text: &'static str) -> impl IntoView {
    let chat = use_chat();
    let (tier, local) = chat.glyph(&model);
    view! {
        <div class="step" style="--vy:14px">
            <span class=vertex aria-hidden="true"></span>
            <p class="flex min-h-7 items-center gap-2 text-sm text-muted-foreground">
                <TierGlyph tier=tier local=local class="size-3.5" />
                <span>{fill(text, &[("model", &chat.model_name(&model))])}</span>
            </p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_in_anothers_place_has_failed_over() {
        let candidate = |id: &str| Candidate { model: id.to_owned(), estimated_usd: None };
        let weighed = [candidate("answers"), candidate("asked"), candidate("third")];
        assert_eq!(over(Some(RoutedBy::Failover), &weighed), Some(("asked", "answers")));
        assert_eq!(over(Some(RoutedBy::Failover), &weighed[..1]), None);
        assert_eq!(over(Some(RoutedBy::Router), &weighed), None);
        assert_eq!(over(None, &weighed), None);
    }
}
