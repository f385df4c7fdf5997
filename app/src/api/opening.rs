//! What the signed-in frame needs before it can be drawn, in one answer, so that server and browser draw the same.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use vertice_domain::{Page, QuotaStatus, Timestamp, conversation::ConversationHit};

use super::{ApiError, account::Site};
use crate::preferences::Preferences;

/// The frame's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Who is looking, and what kind of site this is.
    pub site: Site,
    /// The browser's cookies, as the server saw them.
    pub preferences: Preferences,
    /// The present, by the server's clock: "today" is the same at both ends.
    pub now: Timestamp,
    /// Whether code can be run here.
    pub runs_code: bool,
    /// What the user may spend; none for visitors.
    pub quota: Option<QuotaStatus>,
    /// The first page of conversations; empty for visitors.
    pub conversations: Page<ConversationHit>,
}

/// The frame's data.
#[server(name = ReadOpening, prefix = "/api/ui", endpoint = "opening", input = Json, output = Json)]
pub async fn opening() -> Result<Opening, ApiError> {
    let services = crate::ssr::visitor()?.services;
    let (now, tier) = (services.clock.now(), services.sandbox.tier());
    let runs_code = tier.is_some_and(|tier| tier.runtime.is_some());
    let site = super::account::site().await?;
    let (conversations, quota) = if site.profile.is_some() {
        (super::conversations::conversations(None, None).await?, Some(super::usage::quota().await?))
    } else {
        (Page { items: Vec::new(), next_cursor: None }, None)
    };
    Ok(Opening { site, preferences: crate::ssr::preferences(), now, runs_code, quota, conversations })
}
