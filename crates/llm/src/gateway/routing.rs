//! From a prompt to a route: gathers what the policy decides on, and holds back what the call may cost.

use vertice_domain::{Actor, Error, ErrorKind, Intent, Result, RoutedBy, Timestamp, TokenCounts};
use vertice_domain::{HealthState, Provider};
use vertice_ports::{
    Prompt,
    model::{Planned, Route},
    quota::{Left, Reservation},
};

use super::{
    Gateway,
    pictures::with_left_out,
    reach::{OwnKeys, Reach},
};
use crate::{
    catalog::Model,
    check,
    route::{self, Needs, Offer, RouteRequest, failover, intent},
};

/// Output tokens that the router expects of an answer, where more are allowed.
pub(super) const EXPECTED_OUTPUT_TOKENS: u64 = 1_000;
/// With less than this part of the day's quota left, the fast tier is chosen.
const SHORT_OF_QUOTA: u64 = 10;
/// At most this part of a window is kept free for the answer: small windows would otherwise hold nothing else.
const ANSWERS_PART_OF_WINDOW: u64 = 4;

impl Gateway {
    pub(super) async fn named(&self, actor: &Actor, id: &str, prompt: &Prompt) -> Result<Planned> {
        let own = self.own_keys(actor).await?;
        let reach = self.find(&own, id).await?;
        let model = &reach.known.model;
        let needs = needs(prompt, self.input_tokens(prompt, model.provider));
        fits(model, needs)?;
        check::check(prompt, model)?;
        let first = self.offer(&reach, prompt, self.clock.now());
        let fallbacks = match model.fallback.as_slice() {
            [] => Vec::new(),
            declared => {
                let (_, mut all) = self.offers(&own, prompt).await;
                all.retain(|offer| offer.suits(needs));
                let sources = failover::Sources { declared, weighed: &[], all: &all };
                failover::fallbacks(&first, sources, self.price_ceiling())
            }
        };
        let intent = intent::intent(prompt, needs.input_tokens);
        let reason = if prompt.hints.again { "Same model again." } else { "You chose this model." };
        let reason = with_left_out(reason.to_owned(), prompt, model.provider);
        let candidates = vec![first.candidate()];
        let route = planned_route(&first, RoutedBy::User, intent, reason, candidates, fallbacks);
        let reservation = self.reserve(actor, model, prompt).await?;
        Ok(Planned { route, reservation })
    }

    pub(super) async fn auto(&self, actor: &Actor, prompt: &Prompt) -> Result<Planned> {
        let own = self.own_keys(actor).await?;
        let (reaches, mut offers) = self.offers(&own, prompt).await;
        for offer in offers.iter_mut().filter(|offer| prompt.hints.failed.as_ref() == Some(&offer.model)) {
            offer.health = HealthState::Down;
        }
        let left = self.quota.left(actor).await?;
        let needs = needs(prompt, self.input_tokens(prompt, Provider::Demo));
        let intent = intent::intent(prompt, needs.input_tokens);
        let now = self.clock.now();
        let warm = prompt.conversation.and_then(|conversation| self.warm.model(conversation, now));
        let request = RouteRequest { intent, needs, short: is_short(left), warm: warm.as_deref() };
        let mut refused = None;
        loop {
            let Some(choice) = route::choose(request, self.registry.catalog().router(), &offers) else {
                return Err(refused.unwrap_or_else(|| nothing_fits(needs, &offers)));
            };
            let index = choice.order[0];
            let model = &reaches[index].known.model;
            let reservation = match self.reserve(actor, model, prompt).await {
                Ok(reservation) => reservation,
                // The model's own limit is used up, not the user's.
                Err(error) if is_of_model(&error, model, left) => {
                    offers[index].used_up = true;
                    refused = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let weighed: Vec<&Offer> = choice.order[1..].iter().map(|index| &offers[*index]).collect();
            let sources = failover::Sources { declared: &model.fallback, weighed: &weighed, all: &offers };
            let fallbacks = failover::fallbacks(&offers[index], sources, self.price_ceiling());
            let by = RoutedBy::Router;
            let reason = with_left_out(choice.reason, prompt, model.provider);
            let route = planned_route(&offers[index], by, intent, reason, choice.candidates, fallbacks);
            return Ok(Planned { route, reservation });
        }
    }

    fn price_ceiling(&self) -> u32 {
        self.registry.catalog().router().failover_price_ceiling
    }

    async fn offers(&self, own: &OwnKeys, prompt: &Prompt) -> (Vec<Reach>, Vec<Offer>) {
        let reaches = self.at_hand(own).await;
        let now = self.clock.now();
        let offers = reaches.iter().map(|reach| self.offer(reach, prompt, now)).collect();
        (reaches, offers)
    }

    /// A model with all that speaks for and against it.
    pub(super) fn offer(&self, reach: &Reach, prompt: &Prompt, now: Timestamp) -> Offer {
        let model = &reach.known.model;
        let wanted = model.clamp_output(prompt.sampling.max_tokens);
        let output = wanted.min(EXPECTED_OUTPUT_TOKENS);
        let input = self.input_tokens(prompt, model.provider);
        let tokens = TokenCounts { input, output, ..TokenCounts::default() };
        let beside_answer = |window: u64| window - wanted.min(window / ANSWERS_PART_OF_WINDOW);
        let limits = [model.max_input_tokens, model.context_window.map(beside_answer)];
        let endpoint = reach.known.endpoint.as_ref();
        Offer {
            model: model.id.clone(),
            name: model.name.clone(),
            provider: model.provider,
            tier: model.tier,
            input_limit: limits.into_iter().flatten().min(),
            tools: model.tools,
            vision: check::sees(prompt, model),
            forced_tools: model.forced_tool_choice,
            estimated: model.price(now).and_then(|price| price.bill(tokens)).map(|bill| bill.cost),
            health: endpoint.map_or(HealthState::Healthy, |endpoint| self.health.of(endpoint, now)),
            first_token_ms: endpoint.and_then(|endpoint| self.health.first_token_ms(endpoint)),
            used_up: false,
        }
    }

    /// Holds back what the call may cost: its input, and all the output it may give. This machine's models are free.
    pub(super) async fn reserve(&self, actor: &Actor, model: &Model, prompt: &Prompt) -> Result<Reservation> {
        if model.provider == Provider::Local {
            return Ok(Reservation::unlimited());
        }
        let tokens =
            self.input_tokens(prompt, model.provider) + model.clamp_output(prompt.sampling.max_tokens);
        self.quota.reserve(actor, &model.id, model.daily_token_limit, tokens).await
    }
}

/// What a model must be able to do for a prompt.
pub(super) fn needs(prompt: &Prompt, input_tokens: u64) -> Needs {
    Needs {
        input_tokens,
        tools: !prompt.tools.is_empty(),
        vision: prompt.has_images(),
        forced_tools: check::wants_some_tool(prompt),
    }
}

/// Whether a prompt fits into a model that the user named.
fn fits(model: &Model, needs: Needs) -> Result<()> {
    match model.input_limit().filter(|limit| needs.input_tokens > *limit) {
        Some(limit) => Err(too_long(&model.id, needs.input_tokens, limit)),
        None => Ok(()),
    }
}

fn is_short(left: Option<Left>) -> bool {
    left.is_some_and(|left| left.tokens.saturating_mul(SHORT_OF_QUOTA) < left.limit)
}

fn is_of_model(error: &Error, model: &Model, left: Option<Left>) -> bool {
    let user_has_some = left.is_none_or(|left| left.tokens > 0);
    error.kind == ErrorKind::Quota && model.daily_token_limit.is_some() && user_has_some
}

fn planned_route(
    first: &Offer,
    routed_by: RoutedBy,
    intent: Intent,
    reason: String,
    candidates: Vec<vertice_domain::event::Candidate>,
    fallbacks: Vec<String>,
) -> Route {
    let (model, provider) = (first.model.clone(), first.provider);
    Route { model, provider, intent, routed_by, reason, candidates, fallbacks }
}

/// Why none of the models at hand can do it.
fn nothing_fits(needs: Needs, offers: &[Offer]) -> Error {
    if needs.vision && !offers.iter().any(|offer| offer.vision) {
        let message = "no model that can be asked sees pictures; leave the pictures out, or ask an admin for a model that does";
        return Error::invalid_field("messages", message);
    }
    if needs.tools && !offers.iter().any(|offer| offer.tools) {
        return Error::invalid_field("tools", "no model that can be asked calls tools; leave the tools out");
    }
    if needs.forced_tools && !offers.iter().any(|offer| offer.tools && offer.forced_tools) {
        let message =
            "no model that can be asked can be made to call a tool; send auto, or name the one tool";
        return Error::invalid_field("tool_choice", message);
    }
    let size = Needs { input_tokens: 0, ..needs };
    let able = offers.iter().filter(|offer| offer.suits(size));
    let widest = able.filter_map(|offer| Some((offer.input_limit?, &offer.model))).max();
    match widest {
        Some((limit, model)) if needs.input_tokens > limit => too_long(model, needs.input_tokens, limit),
        _ => Error::invalid_field(
            "model",
            "no model that can be asked does all that this needs; choose a model yourself",
        ),
    }
}

fn too_long(model: &str, input: u64, limit: u64) -> Error {
    let over = input - limit;
    let message = format!(
        "about {input} tokens, {over} more than the {limit} that {model} takes; start a new conversation, shorten it, or choose a model with a larger window"
    );
    Error { code: "context_too_long".to_owned(), ..Error::invalid_field("messages", message) }
}
