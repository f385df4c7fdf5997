//! The choice of `auto`: what can do it, then the tier that the intent calls for, then health, the admin's preference and
//! price; for spoken words how soon its provider begins comes before price. A model whose conversation is still in the provider's cache is stayed with. Prices are never guessed: an
//! unknown one comes after the known ones.

use vertice_domain::{HealthState, Intent, Provider, Tier, Usd, event::Candidate};

use super::{RouterConfig, reason};

/// How many models are told as weighed.
pub const MAX_CANDIDATES: usize = 6;

/// The least difference in a pause that a listener minds, in milliseconds: gaps between speakers are about 200 ms long
/// (Stivers et al. 2009, "Universals and cultural variation in turn-taking in conversation").
const AUDIBLE_MS: u64 = 200;

/// A model that could be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub model: String,
    /// What people call it.
    pub name: String,
    pub provider: Provider,
    /// How capable it is.
    pub tier: Tier,
    /// The most input it takes beside the answer; none: unknown.
    pub input_limit: Option<u64>,
    /// Whether it calls tools.
    pub tools: bool,
    /// Whether it sees pictures.
    pub vision: bool,
    /// Whether it can be made to call a tool.
    pub forced_tools: bool,
    /// What this call would cost; none: unknown price.
    pub estimated: Option<Usd>,
    /// How the place where it is asked has been answering.
    pub health: HealthState,
    /// How long that place takes to its first word, in milliseconds; none: not measured yet.
    pub first_token_ms: Option<u64>,
    /// Whether the user has used up what they may spend on it today.
    pub used_up: bool,
}

impl Offer {
    /// As it is told to the user.
    pub fn candidate(&self) -> Candidate {
        Candidate { model: self.model.clone(), estimated_usd: self.estimated }
    }

    /// Whether it can do what is asked.
    pub fn suits(&self, needs: Needs) -> bool {
        self.input_limit.is_none_or(|limit| needs.input_tokens <= limit)
            && (self.tools || !needs.tools)
            && (self.vision || !needs.vision)
            && (self.forced_tools || !needs.forced_tools)
    }
}

/// What a model must be able to do for a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// About how much it must take in.
    pub input_tokens: u64,
    /// Call tools.
    pub tools: bool,
    /// See pictures.
    pub vision: bool,
    /// Call some tool, whether it wants to or not.
    pub forced_tools: bool,
}

/// What is asked of the router.
#[derive(Debug, Clone, Copy)]
pub struct RouteRequest<'a> {
    /// What the message asks for.
    pub intent: Intent,
    /// What the model must be able to do.
    pub needs: Needs,
    /// Whether the user has next to nothing left to spend today.
    pub short: bool,
    /// The model that answered in this conversation a moment ago.
    pub warm: Option<&'a str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The places of the offers that can do it, the chosen one first.
    pub order: Vec<usize>,
    /// Why that one, in one sentence.
    pub reason: String,
    /// The models weighed, the chosen one first; at most six.
    pub candidates: Vec<Candidate>,
}

/// Chooses. None: none of the offers can do it.
pub fn choose(request: RouteRequest<'_>, config: &RouterConfig, offers: &[Offer]) -> Option<Choice> {
    let wanted = if request.short { Tier::Fast } else { config.tier(request.intent) };
    let can = |index: &usize| offers[*index].suits(request.needs) && !offers[*index].used_up;
    let mut order: Vec<usize> = (0..offers.len()).filter(can).collect();
    order.sort_by_key(|index| rank(&offers[*index], request.intent, wanted, config));
    let stays = stay(&mut order, request.warm, wanted, offers);
    let chosen = &offers[*order.first()?];
    let weighed = reason::Weighed { wanted, request, stays, chosen, offers, config, fitting: order.len() };
    let candidates = order.iter().take(MAX_CANDIDATES).map(|index| offers[*index].candidate()).collect();
    Some(Choice { reason: reason::of(&weighed), candidates, order })
}

type Rank = (bool, bool, u8, u8, bool, usize, u64, bool, Option<Usd>);

/// What comes first is asked first: the demo only when there is nothing else, a provider that does not answer only
/// before the demo, providers before this machine; then by tier, health, preference and price. How soon
/// it begins matters to who listens, in steps that can be heard; who was not measured yet gets the chance.
fn rank(offer: &Offer, intent: Intent, wanted: Tier, config: &RouterConfig) -> Rank {
    let preference = config.prefer.iter().position(|id| *id == offer.model).unwrap_or(usize::MAX);
    let heard = offer.first_token_ms.filter(|_| intent == Intent::Voice);
    (
        offer.provider == Provider::Demo,
        offer.health == HealthState::Down,
        u8::from(offer.provider == Provider::Local),
        distance(offer.tier, wanted),
        offer.health == HealthState::Degraded,
        preference,
        heard.unwrap_or_default() / AUDIBLE_MS,
        offer.estimated.is_none(),
        offer.estimated,
    )
}

/// Nearest tier first, the more capable of two equally near ones.
const fn distance(tier: Tier, wanted: Tier) -> u8 {
    match (wanted, tier) {
        (Tier::Fast, Tier::Fast) | (Tier::Balanced, Tier::Balanced) | (Tier::Powerful, Tier::Powerful) => 0,
        (Tier::Fast, Tier::Balanced)
        | (Tier::Balanced, Tier::Powerful)
        | (Tier::Powerful, Tier::Balanced) => 1,
        _ => 2,
    }
}

/// Puts the warm model first, if it is as good a choice as the first one but for preference and price.
fn stay(order: &mut [usize], warm: Option<&str>, wanted: Tier, offers: &[Offer]) -> bool {
    let class = |index: usize| {
        let offer = &offers[index];
        (offer.health, offer.provider == Provider::Local, distance(offer.tier, wanted))
    };
    let place = warm.and_then(|warm| order.iter().position(|index| offers[*index].model == warm));
    let Some(place) = place.filter(|place| class(order[*place]) == class(order[0])) else { return false };
    order[..=place].rotate_right(1);
    true
}

#[cfg(test)]
pub(in crate::route) mod tests;
