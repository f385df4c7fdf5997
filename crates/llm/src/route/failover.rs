//! Who is asked when a model fails before its first word, and how that is told. Pure.

use vertice_domain::{Provider, RoutedBy, Usd};

use super::Offer;
use crate::fault::FaultKind;

/// How many models are asked after the first one at most.
const MAX_FALLBACKS: usize = 2;

/// Where fallbacks are taken from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// What the admin declared for the first model, in order.
    pub declared: &'a [String],
    /// What the router weighed after the first one, in order; empty where the user named the model.
    pub weighed: &'a [&'a Offer],
    /// Everything that could be asked.
    pub all: &'a [Offer],
}

/// The models that are asked in turn when `first` fails: what is declared, then other providers' models, then the same
/// provider's. None costs more than `ceiling` times the first one's estimate, and none is of unknown price. Where the
/// first one's price is unknown there is nothing to hold the others to, so only what is declared counts.
pub fn fallbacks(first: &Offer, sources: Sources<'_>, ceiling: u32) -> Vec<String> {
    let limit = first.estimated.map(|usd| Usd::from_nanos(usd.as_nanos().saturating_mul(i64::from(ceiling))));
    let affordable = |offer: &Offer| match (offer.estimated, limit) {
        (Some(price), Some(limit)) => price <= limit,
        (price, None) => price.is_some(),
        (None, _) => false,
    };
    let of_id = |id: &String| sources.all.iter().find(|offer| offer.model == *id);
    let declared = sources.declared.iter().filter_map(of_id);
    let weighed = sources.weighed.iter().copied().filter(|_| limit.is_some());
    let elsewhere = weighed.clone().filter(|offer| offer.provider != first.provider);
    let same_place = weighed.filter(|offer| offer.provider == first.provider);
    let mut chosen: Vec<String> = Vec::new();
    for offer in declared.chain(elsewhere).chain(same_place) {
        let usable = offer.provider != Provider::Demo && !offer.used_up && affordable(offer);
        if usable && offer.model != first.model && !chosen.contains(&offer.model) {
            chosen.push(offer.model.clone());
        }
    }
    chosen.truncate(MAX_FALLBACKS);
    chosen
}

/// Whether another model may answer in place of one that failed like this before its first word: the failure says
/// something about the provider's day, not about the request. Where the router chose the provider, also one that will not
/// work with it at all: the user did not ask for that one.
pub fn passes_on(kind: FaultKind, chosen_by: RoutedBy) -> bool {
    kind.is_passing() || (chosen_by == RoutedBy::Router && kind.is_refusal())
}

/// Why the first model does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was asked and failed.
    Failed(FaultKind),
    /// It was not asked, because its provider's last calls failed.
    NotAsked,
}

/// What is told when `answers` answers in the place of `first`; both by the names people know.
pub fn reason(first: &str, cause: Cause, answers: &str) -> String {
    let happened = match cause {
        Cause::NotAsked => "has not been answering",
        Cause::Failed(FaultKind::RateLimited) => "was over its rate limit",
        Cause::Failed(FaultKind::Overloaded) => "was overloaded",
        Cause::Failed(FaultKind::Timeout) => "took too long",
        Cause::Failed(FaultKind::Connect) => "could not be reached",
        Cause::Failed(FaultKind::Truncated) => "broke off before its first word",
        Cause::Failed(FaultKind::Auth) => "was not asked, since its provider rejected the API key",
        Cause::Failed(FaultKind::Permission) => "may not be used with this API key",
        Cause::Failed(FaultKind::Billing) => "was not asked, since the account has no credit left",
        Cause::Failed(FaultKind::NotFound) => "is not known to its provider",
        Cause::Failed(_) => "failed",
    };
    format!("{first} {happened}; {answers} answered instead.")
}

/// The first failure's message, with what else was tried.
pub fn with_tried(message: &str, tried: &[String]) -> String {
    match tried {
        [] => message.to_owned(),
        [only] => format!("{message} {only} was tried in its place and failed too."),
        several => format!("{message} {} were tried in its place and failed too.", several.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::policy::tests::offer;
    use vertice_domain::Tier;

    fn picked(declared: &[&str], weighed: bool, first: &Offer, all: &[Offer]) -> Vec<String> {
        let declared: Vec<String> = declared.iter().map(|id| (*id).to_owned()).collect();
        let order: Vec<&Offer> = if weighed { all.iter().collect() } else { Vec::new() };
        fallbacks(first, Sources { declared: &declared, weighed: &order, all }, 3)
    }

    #[test]
    fn other_providers_first_under_the_ceiling() {
        let first = offer("first", Provider::Anthropic, Tier::Balanced, Some(10));
        let all = [
            first.clone(),
            offer("sibling", Provider::Anthropic, Tier::Balanced, Some(11)),
            offer("unpriced", Provider::Openai, Tier::Balanced, None),
            offer("dear", Provider::Openai, Tier::Powerful, Some(31)),
            offer("other", Provider::Openai, Tier::Balanced, Some(30)),
            offer("third", Provider::Groq, Tier::Balanced, Some(1)),
            offer("demo", Provider::Demo, Tier::Fast, Some(0)),
        ];
        assert_eq!(picked(&[], true, &first, &all), ["other", "third"]);
        assert_eq!(picked(&["sibling", "dear", "gone"], true, &first, &all), ["sibling", "other"]);
        assert_eq!(picked(&["sibling"], false, &first, &all), ["sibling"]);
        assert_eq!(picked(&[], true, &first, &all[..4]), ["sibling"]);
        assert!(
            picked(&[], false, &first, &all).is_empty(),
            "a named model falls over only where it is declared"
        );
    }

    #[test]
    fn an_unknown_first_price_holds_nobody_back_but_the_undeclared() {
        let first = offer("house", Provider::Openai, Tier::Balanced, None);
        let all = [first.clone(), offer("other", Provider::Groq, Tier::Balanced, Some(1))];
        assert!(picked(&[], true, &first, &all).is_empty());
        assert_eq!(picked(&["other"], true, &first, &all), ["other"]);
    }

    #[test]
    fn it_is_told_in_a_sentence() {
        let told = reason("Claude Opus 5.5", Cause::Failed(FaultKind::Overloaded), "GPT-6.1 Sol");
        assert_eq!(told, "Claude Opus 5.5 was overloaded; GPT-6.1 Sol answered instead.");
        let tried = ["GPT-6.1 Sol".to_owned(), "Gemini 4".to_owned()];
        assert!(
            with_tried("It failed.", &tried)
                .ends_with("GPT-6.1 Sol and Gemini 4 were tried in its place and failed too.")
        );
    }
}
