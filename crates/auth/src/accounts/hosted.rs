//! Signing in at the issuer from a browser: a session as after a password, for whom the issuer vouches for.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lru::LruCache;
use vertice_domain::{Error, Result};
use vertice_ports::accounts::{HostedAnswer, HostedBeginning, NewSession, Visit};

use super::{Auth, Identities, identities};
use crate::{
    issuer::{Outcome, Ticket},
    secret,
};

/// What tickets are sealed for.
const PURPOSE: &str = "a sign-in at the issuer";
/// The longest ticket that is looked at, in bytes: browsers keep no longer cookies.
const LONGEST: usize = 4_096;
/// The most tickets that are remembered as used up. The issuer takes each code once in any case.
const MAX_USED: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// Tickets that have served.
pub(super) struct Used(Mutex<LruCache<String, ()>>);

impl Used {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(MAX_USED)))
    }

    /// Whether it is for the first time.
    fn take(&self, state: &str) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.put(state.to_owned(), ()).is_none()
    }
}

/// What the sign-in page says of a failure of that code; none: there is no such failure.
pub fn hosted_outcome(code: &str) -> Option<Error> {
    let taken = identities::taken();
    if code == taken.code { Some(taken) } else { Outcome::of(code).map(Error::from) }
}

impl Auth {
    fn identities(&self) -> Result<&Identities> {
        self.identities.as_ref().ok_or_else(|| Error::not_found("page"))
    }

    pub(super) async fn leave(&self, redirect: &str, next: &str) -> Result<HostedBeginning> {
        let identities = self.identities()?;
        let (address, ticket) = identities.issuer.begin(redirect, next, self.clock.now()).await?;
        let text = serde_json::to_string(&ticket).expect("texts and a number are JSON");
        let sealed = identities.vault.seal(PURPOSE, &text).await?;
        Ok(HostedBeginning { address, ticket: URL_SAFE_NO_PAD.encode(sealed) })
    }

    pub(super) async fn come_back(
        &self,
        visit: &Visit,
        ticket: &str,
        answer: &HostedAnswer,
    ) -> Result<(NewSession, String)> {
        let (identities, now) = (self.identities()?, self.clock.now());
        let ticket = self.opened(identities, ticket).await?.filter(|ticket| ticket.is_good(now));
        let ticket = ticket.filter(|ticket| secret::same(&ticket.state, &answer.state));
        let ticket = ticket.filter(|ticket| self.used.take(&ticket.state)).ok_or(Outcome::Stale)?;
        let person = identities.issuer.finish(&ticket, answer, now).await?;
        let profile = self.account_of(identities, person).await?;
        let device = match &visit.device {
            Some(word) => self.devices.recognise(profile.id, word, now).await,
            None => None,
        };
        Ok((self.begin_session(profile, device).await?.1, ticket.next))
    }

    async fn opened(&self, identities: &Identities, ticket: &str) -> Result<Option<Ticket>> {
        let sealed = Some(ticket).filter(|ticket| ticket.len() <= LONGEST);
        let Some(sealed) = sealed.and_then(|ticket| URL_SAFE_NO_PAD.decode(ticket).ok()) else {
            return Ok(None);
        };
        let text = identities.vault.open(PURPOSE, &sealed).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }
}
