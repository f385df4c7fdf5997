//! The parts of the settings that the server draws.

mod form;
mod limits;
mod models;
mod providers;
mod server;
mod tokens;
mod wish;

use leptos::prelude::*;
use vertice_domain::{Action, Actor, ApiToken, ModelInfo, PageRequest, ProviderStatus, account::Member};
use vertice_ports::{Services, accounts::Visit};

use crate::{
    api::{
        ApiError,
        settings::{DrawnPart, Part},
    },
    pages::frame::Present,
    ssr,
    strings::{drawn, t},
};
use wish::Outcome;

/// What is read for a part.
enum Read {
    Models(Vec<ProviderStatus>, Vec<ModelInfo>),
    Tokens(Vec<ApiToken>),
    /// Whether registration is open, and who there is.
    Server(bool, Vec<Member>),
}

/// Does what the form asks for, and draws the part.
pub(crate) async fn draw(part: Part, form: &str) -> Result<DrawnPart, ApiError> {
    let (services, actor) = ssr::caller()?;
    // What the request says is asked at first: a page that is being drawn may be thrown away while this waits, and what it
    // has read still counts.
    let (visit, language, origin) = (ssr::visitor()?.visit, ssr::language(), ssr::origin());
    let utc_offset_minutes = ssr::preferences().utc_offset_minutes;
    let outcome = wish::grant(&services, &actor, form).await?;
    let read = read(part, &services, &actor, &visit).await?;
    Owner::new().with(|| {
        provide_context(language);
        provide_context(Present { now: services.clock.now(), utc_offset_minutes });
        let html = match read {
            // What others have typed beside it stays.
            _ if outcome == Outcome::Limited => String::new(),
            Read::Models(providers, models) => providers::draw(providers, &outcome) + &models::draw(models),
            Read::Tokens(tokens) => tokens::draw(tokens, &outcome, &origin?),
            Read::Server(open, members) => server::draw(services.sandbox.tier(), open, members),
        };
        let (said, why) = told(&outcome);
        Ok(DrawnPart { html, said: said.to_owned(), why })
    })
}

async fn read(part: Part, services: &Services, actor: &Actor, visit: &Visit) -> Result<Read, ApiError> {
    let (accounts, models) = (&services.accounts, &services.models);
    let all = PageRequest::new(Some(PageRequest::MAX), None)?;
    Ok(match part {
        Part::Models => {
            let (providers, models) = futures::try_join!(models.providers(actor), models.list(actor))?;
            Read::Models(providers, models)
        }
        Part::Tokens => Read::Tokens(accounts.tokens(actor, &all).await?.items),
        Part::Server => {
            actor.may(Action::ReadServer)?;
            let asked = futures::try_join!(accounts.site(visit, Some(actor)), accounts.members(actor, &all));
            let (site, members) = asked?;
            Read::Server(site.registration_open, members.items)
        }
    })
}

/// What is said of it beside the part: in a few words, and why it is not what was wished.
fn told(outcome: &Outcome) -> (&'static str, String) {
    let texts = &drawn().settings;
    let well = String::new;
    match outcome {
        Outcome::Nothing | Outcome::Issued(_) | Outcome::Tested(..) | Outcome::Done => ("", well()),
        Outcome::Revoked => (texts.token_revoked, well()),
        Outcome::Limited => (texts.limit_changed, well()),
        Outcome::Stored(_, Ok(())) => (texts.key_stored, well()),
        Outcome::Stored(_, Err(why)) => (texts.key_not_working, why.clone()),
    }
}

/// What stands where nobody knows.
fn unknown() -> String {
    t().figures.unknown.to_owned()
}
