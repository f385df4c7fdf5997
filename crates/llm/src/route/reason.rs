//! The router's choice in one sentence for people.

use vertice_domain::{HealthState, Intent, Provider, Tier};

use super::{Offer, RouteRequest, RouterConfig};

/// What there was to choose from, and what was chosen.
pub(super) struct Weighed<'a> {
    pub(super) wanted: Tier,
    pub(super) request: RouteRequest<'a>,
    pub(super) stays: bool,
    pub(super) chosen: &'a Offer,
    pub(super) offers: &'a [Offer],
    pub(super) config: &'a RouterConfig,
    pub(super) fitting: usize,
}

/// Why it was chosen.
pub(super) fn of(weighed: &Weighed<'_>) -> String {
    let Weighed { wanted, request, chosen, config, .. } = weighed;
    let tier = word(chosen.tier);
    match chosen.provider {
        Provider::Demo if remote(weighed).next().is_none() => {
            return "No provider is configured and no local server was found.".to_owned();
        }
        Provider::Demo => {
            return "No other model can do this; the demo only shows how it would look.".to_owned();
        }
        Provider::Local => return format!("Runs on this machine; {}.", why_here(weighed)),
        _ => {}
    }
    if chosen.health == HealthState::Down {
        return format!("The best fit, although {} has not been answering.", chosen.provider.label());
    }
    if weighed.stays {
        return format!("Stays on {} while its prompt cache is warm.", chosen.name);
    }
    if request.short {
        return format!("A {tier} model, because less than 10 % of today's quota is left.");
    }
    if weighed.fitting == 1 {
        return "The only model that fits.".to_owned();
    }
    if config.prefer.contains(&chosen.model) {
        return format!("The preferred {tier} model that fits.");
    }
    if request.intent == Intent::Voice {
        return spoken(chosen);
    }
    let article = if chosen.estimated.is_none() { "A" } else { "Least expensive" };
    let mut reason = format!("{article} {tier} model that fits");
    if chosen.estimated.is_none() {
        reason.push_str("; no price is known");
    }
    if chosen.tier != *wanted {
        reason.push_str("; none nearer is available");
    }
    if let Some(passed) = passed_over(weighed) {
        reason.push_str(&format!("; {} is having trouble", passed.provider.label()));
    }
    reason + "."
}

fn spoken(chosen: &Offer) -> String {
    let tier = word(chosen.tier);
    match chosen.first_token_ms {
        Some(millis) => {
            format!("For spoken words the {tier} model that begins soonest, after about {millis} ms.")
        }
        None => format!("For spoken words a {tier} model."),
    }
}

/// Why no provider was chosen.
fn why_here(weighed: &Weighed<'_>) -> &'static str {
    let mut remote = remote(weighed).peekable();
    if remote.peek().is_none() {
        return "no provider is configured";
    }
    if remote.all(|offer| !offer.suits(weighed.request.needs) || offer.used_up) {
        return "no provider's model fits";
    }
    "no provider is answering"
}

fn remote<'a>(weighed: &Weighed<'a>) -> impl Iterator<Item = &'a Offer> {
    weighed.offers.iter().filter(|offer| !matches!(offer.provider, Provider::Local | Provider::Demo))
}

/// A model of the same tier that would have come first, had its provider been well.
fn passed_over<'a>(weighed: &Weighed<'a>) -> Option<&'a Offer> {
    let chosen = weighed.chosen;
    remote(weighed).find(|offer| {
        offer.health != HealthState::Healthy
            && chosen.health == HealthState::Healthy
            && offer.tier == chosen.tier
            && offer.suits(weighed.request.needs)
            && offer.estimated.is_some()
            && (chosen.estimated.is_none() || offer.estimated < chosen.estimated)
    })
}

const fn word(tier: Tier) -> &'static str {
    match tier {
        Tier::Fast => "fast",
        Tier::Balanced => "balanced",
        Tier::Powerful => "powerful",
    }
}
