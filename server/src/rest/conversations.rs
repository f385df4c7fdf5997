//! Conversations: the list, one, its messages, forks and exports.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use vertice_domain::{
    Conversation, ConversationId, ConversationPatch, Error, MessageDocument, MessageId, NewConversation,
    Page, conversation::ConversationHit,
};
use vertice_ports::{Chat, Library, library::ExportFormat};

use crate::{
    error::Failure,
    extract::{Caller, Json, May, PageQuery, PathId, Query, deed},
};

type Conversations = State<Arc<dyn Library>>;

/// What a list of conversations takes.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Words are ANDed, `"phrases"` kept; case and accents say nothing, the beginning of a word is enough. `after:`, `before:`,
    /// `model:`, `title:`, `from:me|model`, `has:code|artifact` narrow.
    #[param(max_length = 500)]
    q: Option<String>,
    /// Those that are archived, instead of those that are not.
    archived: Option<bool>,
    /// Items on a page, 1 to 100; 50 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where to go on: the `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The caller's conversations, pinned ones first, then by change, newest first; with `q` those that it finds.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", params(ListQuery),
    responses((status = 200, body = Page<ConversationHit>, description = "A page of them"))
)]
pub async fn list(
    Caller(actor): Caller,
    Query(query): Query<ListQuery>,
    State(library): Conversations,
) -> Result<Json<Page<ConversationHit>>, Failure> {
    let page = vertice_domain::PageRequest::new(query.limit, query.cursor)?;
    let archived = query.archived.unwrap_or(false);
    Ok(Json(library.list(&actor, query.q.as_deref(), archived, &page).await?))
}

/// Makes an empty conversation.
#[utoipa::path(
    post, path = "/api/v1/conversations", tag = "conversations", request_body = NewConversation,
    responses((status = 201, body = Conversation, description = "It is made"))
)]
pub async fn create(
    May(actor, _): May<deed::WriteConversations>,
    State(library): Conversations,
    Json(new): Json<NewConversation>,
) -> Result<(StatusCode, Json<Conversation>), Failure> {
    Ok((StatusCode::CREATED, Json(library.create(&actor, new).await?)))
}

/// One conversation.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation, description = "It"))
)]
pub async fn get(
    Caller(actor): Caller,
    PathId(id): PathId<ConversationId>,
    State(library): Conversations,
) -> Result<Json<Conversation>, Failure> {
    Ok(Json(library.get(&actor, id).await?))
}

/// Changes a conversation; what is left out stays as it is.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)),
    request_body = ConversationPatch,
    responses((status = 200, body = Conversation, description = "It, as changed"))
)]
pub async fn patch(
    May(actor, _): May<deed::WriteConversations>,
    PathId(id): PathId<ConversationId>,
    State(library): Conversations,
    Json(patch): Json<ConversationPatch>,
) -> Result<Json<Conversation>, Failure> {
    Ok(Json(library.patch(&actor, id, patch).await?))
}

/// Deletes a conversation.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(
    Caller(actor): Caller,
    PathId(id): PathId<ConversationId>,
    State(library): Conversations,
) -> Result<StatusCode, Failure> {
    library.delete(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All messages of a conversation, every branch, oldest first. One that is being written holds its text so far.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/messages", tag = "conversations",
    params(("id" = ConversationId, Path), PageQuery),
    responses((status = 200, body = Page<MessageDocument>, description = "A page of them"))
)]
pub async fn messages(
    Caller(actor): Caller,
    PathId(id): PathId<ConversationId>,
    Query(page): Query<PageQuery>,
    State(library): Conversations,
) -> Result<Json<Page<MessageDocument>>, Failure> {
    let Page { items, next_cursor } = library.messages(&actor, id, &page.page()?).await?;
    Ok(Json(Page { items: items.into_iter().map(MessageDocument::from).collect(), next_cursor }))
}

/// The body of a fork.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// The last message to be copied.
    message_id: String,
}

/// A new conversation with a copy of the path from the first message to this one.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/fork", tag = "conversations", params(("id" = ConversationId, Path)),
    request_body = Fork, responses((status = 201, body = Conversation, description = "The copy"))
)]
pub async fn fork(
    May(actor, _): May<deed::WriteConversations>,
    PathId(id): PathId<ConversationId>,
    State(library): Conversations,
    Json(fork): Json<Fork>,
) -> Result<(StatusCode, Json<Conversation>), Failure> {
    let message: MessageId = fork.message_id.parse().map_err(|_| Error::not_found("message"))?;
    Ok((StatusCode::CREATED, Json(library.fork(&actor, id, message).await?)))
}

/// A new conversation that goes on from a summary of this one, for when it has outgrown its model's window. The old one
/// stays as it is.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/compact", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 201, body = Conversation, description = "The new one"))
)]
pub async fn compact(
    Caller(actor): Caller,
    PathId(id): PathId<ConversationId>,
    State(chat): State<Arc<dyn Chat>>,
) -> Result<(StatusCode, Json<Conversation>), Failure> {
    Ok((StatusCode::CREATED, Json(chat.compact(&actor, id).await?)))
}

/// Which form an export takes.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `json` (unless said), `markdown` or `html`.
    #[param(pattern = "^(json|markdown|html)$")]
    format: Option<String>,
}

/// A conversation as a document: everything as JSON, or the shown branch as Markdown or HTML.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/export", tag = "conversations",
    params(("id" = ConversationId, Path), ExportQuery),
    responses((status = 200, description = "The document", content(
        (serde_json::Value = "application/json"), (String = "text/markdown"), (String = "text/html")
    )))
)]
pub async fn export(
    Caller(actor): Caller,
    PathId(id): PathId<ConversationId>,
    Query(query): Query<ExportQuery>,
    State(library): Conversations,
) -> Result<Response, Failure> {
    let (format, media_type, ending) = match query.format.as_deref() {
        None | Some("json") => (ExportFormat::Json, "application/json", "json"),
        Some("markdown") => (ExportFormat::Markdown, "text/markdown; charset=utf-8", "md"),
        Some("html") => (ExportFormat::Html, "text/html; charset=utf-8", "html"),
        Some(_) => return Err(Error::invalid_field("format", "must be json, markdown or html").into()),
    };
    let document = library.export(&actor, id, format).await?;
    let mut response = document.into_response();
    let name = format!("attachment; filename=\"conversation-{id}.{ending}\"");
    let name = HeaderValue::from_str(&name).expect("an id and ASCII letters are a header value");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}
