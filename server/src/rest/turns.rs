//! Turns that have not ended, and decisions about the tool calls they wait for.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vertice_domain::{
    ConversationId, Error, MessageId, Page, PageRequest, Timestamp, TurnId, elicitation::Answers,
};
use vertice_ports::{
    Chat,
    chat::{Decision, UnendedTurn, Verdict},
    tools::Keep,
    turns::TurnPhase,
};

use super::event;
use crate::{
    error::Failure,
    extract::{Caller, Json, May, PathId, Query, deed},
};

/// Which turns are listed.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TurnQuery {
    /// `running` or `waiting`; both unless said.
    #[param(pattern = "^(running|waiting)$")]
    state: Option<String>,
    /// Items on a page, 1 to 100; 50 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where to go on: the `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A turn that has not ended.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TurnItem {
    turn_id: TurnId,
    conversation_id: ConversationId,
    message_id: MessageId,
    /// `running` or `waiting`.
    state: &'static str,
    /// The call that a person is asked about; the turn may still run, if other calls do.
    waiting_for: Option<WaitingCall>,
    started_at: Timestamp,
}

/// A tool call that waits for a decision.
#[derive(Serialize, utoipa::ToSchema)]
struct WaitingCall {
    id: String,
    server: String,
    name: String,
    #[schema(value_type = Object)]
    input: Value,
}

impl From<UnendedTurn> for TurnItem {
    fn from(unended: UnendedTurn) -> Self {
        let turn = unended.turn;
        Self {
            turn_id: turn.turn,
            conversation_id: turn.conversation,
            message_id: turn.message,
            state: turn.phase.as_str(),
            waiting_for: unended.waiting_for.map(|call| WaitingCall {
                input: event::input(&call),
                id: call.id,
                server: call.server,
                name: call.name,
            }),
            started_at: turn.started_at,
        }
    }
}

/// The caller's turns that have not ended, oldest first.
#[utoipa::path(
    get, path = "/api/v1/chat/turns", tag = "chat", params(TurnQuery),
    responses((status = 200, body = Page<TurnItem>, description = "A page of them"))
)]
pub async fn list(
    Caller(actor): Caller,
    Query(query): Query<TurnQuery>,
    State(chat): State<Arc<dyn Chat>>,
) -> Result<Json<Page<TurnItem>>, Failure> {
    let phase = match query.state.as_deref() {
        None => None,
        Some("running") => Some(TurnPhase::Running),
        Some("waiting") => Some(TurnPhase::Waiting),
        Some(_) => return Err(Error::invalid_field("state", "must be running or waiting").into()),
    };
    let page = PageRequest::new(query.limit, query.cursor)?;
    Ok(Json(chat.unended(&actor, phase, &page).await?.map(TurnItem::from)))
}

/// What a person says about a tool call.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The call's id.
    id: String,
    /// What is to become of it: `allow`, `always` (calls like it need not be asked for any more), `deny`,
    /// `respond`, or `cancel` (what a server asks is neither answered nor declined).
    decision: ApprovalDecision,
    /// With `allow` or `always`: other arguments to make it with.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    input: Option<Value>,
    /// With `always`: where or for what; everywhere and for all arguments unless said.
    #[serde(default)]
    scope: Option<ApprovalScope>,
    /// With `respond`: the answer in the tool's place.
    #[serde(default)]
    content: Option<String>,
    /// With `respond`: to questions the answers by the questions' ids, to what a server asks the values by the fields' names (a
    /// field that is left out has its default, one that is null has no value).
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    answers: Option<Answers>,
    /// With `deny`: why, for the model.
    #[serde(default)]
    reason: Option<String>,
    /// What the person saw (of `tool_approval`); if that has changed, nothing is decided.
    #[serde(default)]
    fingerprint: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum ApprovalDecision {
    Allow,
    Always,
    Deny,
    Respond,
    Cancel,
}

/// How far a permission reaches.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum ApprovalScope {
    /// This conversation, whatever the arguments.
    Conversation,
    /// Exactly these arguments, in every conversation.
    Arguments,
}

impl Approval {
    fn decision(self) -> Result<Decision, Error> {
        if self.input.as_ref().is_some_and(|input| !input.is_object()) {
            return Err(Error::invalid_field(
                "input",
                "must be an object: the arguments to make the call with",
            ));
        }
        let verdict = match self.decision {
            ApprovalDecision::Allow | ApprovalDecision::Always => {
                let keep = match (self.decision, self.scope) {
                    (ApprovalDecision::Always, None) => Some(Keep::Always),
                    (ApprovalDecision::Always, Some(ApprovalScope::Conversation)) => Some(Keep::Conversation),
                    (ApprovalDecision::Always, Some(ApprovalScope::Arguments)) => Some(Keep::These),
                    (_, None) => None,
                    (_, Some(_)) => return Err(Error::invalid_field("scope", "goes with always only")),
                };
                Verdict::Allow { input: self.input, keep }
            }
            ApprovalDecision::Cancel => Verdict::Dismiss,
            ApprovalDecision::Deny => Verdict::Deny { reason: self.reason },
            ApprovalDecision::Respond if self.answers.is_some() => {
                Verdict::Answer { answers: self.answers.unwrap_or_default() }
            }
            ApprovalDecision::Respond => {
                let missing = || {
                    Error::invalid_field(
                        "content",
                        "must be there: the answer in the tool's place, or `answers` to questions",
                    )
                };
                Verdict::Respond { content: self.content.ok_or_else(missing)? }
            }
        };
        Ok(Decision { call: self.id, fingerprint: self.fingerprint, verdict })
    }
}

/// A message to a turn that runs.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Steering {
    /// The text, at most 32,000 characters.
    content: String,
}

/// Hands a message in to a turn that runs: the model hears it with its next step.
#[utoipa::path(
    post, path = "/api/v1/chat/turns/{id}/messages", tag = "chat", params(("id" = TurnId, Path)), request_body = Steering,
    responses((status = 204, description = "The turn has it"))
)]
pub async fn steer(
    May(actor, _): May<deed::Chat>,
    PathId(turn): PathId<TurnId>,
    State(chat): State<Arc<dyn Chat>>,
    Json(steering): Json<Steering>,
) -> Result<StatusCode, Failure> {
    chat.steer(&actor, turn, steering.content).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Decides about a tool call that waits; the turn goes on.
#[utoipa::path(
    post, path = "/api/v1/chat/turns/{id}/approvals", tag = "chat", params(("id" = TurnId, Path)), request_body = Approval,
    responses((status = 204, description = "It is decided"))
)]
pub async fn decide(
    May(actor, _): May<deed::Chat>,
    PathId(turn): PathId<TurnId>,
    State(chat): State<Arc<dyn Chat>>,
    Json(approval): Json<Approval>,
) -> Result<StatusCode, Failure> {
    chat.decide(&actor, turn, approval.decision()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
