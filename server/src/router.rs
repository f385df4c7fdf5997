//! Every route of the product, on one page, and the order of the layers around them.

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{delete, get, patch, post, put},
};
use http::{HeaderName, Method, header};
use tower_http::cors::CorsLayer;

use crate::{
    artifact_links, assets, doors,
    error::Failure,
    hosted_sign_in, import_page, layers, mcp_sign_in, openai, openapi, previews, render,
    rest::{
        admin, artifact_archives, artifact_lists, artifacts, chat, conversations, files, images, imports,
        mcp_servers, models, operations, providers, sandbox, tokens, tools, turns, usage, users, workspaces,
    },
    state::AppState,
};

/// The whole server, from the outermost layer to the pages.
pub fn router(state: AppState) -> Router {
    let inside = Router::new().merge(guarded(&state)).merge(open());
    let inside = if state.settings.cors_origins.is_empty() { inside } else { inside.layer(cors(&state)) };
    let outside = inside
        .layer(layers::compression::layer())
        .layer(from_fn_with_state(state.settings.environment, layers::security_headers::add))
        .layer(from_fn(layers::panics::catch))
        .layer(from_fn_with_state(state.clone(), layers::visitor::locate))
        .layer(from_fn_with_state(state.clone(), layers::observe::observe));
    outside.with_state(state)
}

/// What is never limited. It looks for credentials by itself, where it needs any.
fn open() -> Router<AppState> {
    Router::new()
        .route("/health", get(operations::health))
        .route("/ready", get(operations::ready))
        .route("/metrics", get(operations::metrics))
        .route("/pkg/{hash}/{*path}", get(assets::hashed))
        .merge(previews::routes())
        .method_not_allowed_fallback(async || Failure::method_not_allowed())
}

/// What knows its caller: the API, the pages and their server functions. The last layer is the first to be passed.
fn guarded(state: &AppState) -> Router<AppState> {
    Router::new()
        .nest("/api/v1", api())
        .nest("/v1", openai_api())
        .merge(documents())
        .merge(doors::routes())
        .merge(hosted_sign_in::routes())
        .merge(artifact_links::routes())
        .merge(import_page::routes())
        .merge(mcp_sign_in::routes())
        .merge(render::routes(state))
        .fallback(render::fallback)
        .method_not_allowed_fallback(async || Failure::method_not_allowed())
        .layer(axum::extract::DefaultBodyLimit::max(layers::body_limit::MAX_BYTES_WITH_IMAGES))
        .layer(from_fn(layers::body_limit::limit))
        .layer(from_fn_with_state(state.clone(), layers::rate_limit::limit))
        .layer(from_fn(layers::cross_site::refuse))
        .layer(from_fn_with_state(state.clone(), layers::authentication::authenticate))
}

/// The REST API. Handlers ask who is calling; what a caller may do is asked by the port behind them.
fn api() -> Router<AppState> {
    Router::new()
        .route("/chat", post(chat::ask))
        .route("/chat/stream", post(chat::stream))
        .route("/chat/turns", get(turns::list))
        .route("/chat/turns/{id}/approvals", post(turns::decide))
        .route("/chat/turns/{id}/messages", post(turns::steer))
        .route("/chat/turns/{id}/stream", get(chat::follow))
        .route("/chat/turns/{id}/cancel", post(chat::cancel))
        .route("/conversations", get(conversations::list).post(conversations::create))
        .route("/conversations/import", post(imports::import))
        .route(
            "/conversations/{id}",
            get(conversations::get).patch(conversations::patch).delete(conversations::delete),
        )
        .route("/conversations/{id}/messages", get(conversations::messages))
        .route("/conversations/{id}/fork", post(conversations::fork))
        .route("/conversations/{id}/export", get(conversations::export))
        .route("/conversations/{id}/workspace", get(workspaces::list))
        .route("/conversations/{id}/workspace/archive", get(workspaces::archive))
        .route(
            "/conversations/{id}/workspace/files/{*path}",
            get(workspaces::read).put(workspaces::write).delete(workspaces::remove),
        )
        .route("/artifacts", get(artifact_lists::list).post(artifacts::create))
        .route("/artifacts/export", get(artifact_archives::export))
        .route("/artifacts/import", post(artifact_archives::import))
        .route(
            "/artifacts/{id}",
            get(artifacts::get).put(artifacts::write).patch(artifacts::patch).delete(artifacts::delete),
        )
        .route("/artifacts/{id}/versions", get(artifact_lists::versions))
        .route("/artifacts/{id}/versions/{version}", get(artifacts::version))
        .route("/artifacts/{id}/restore", post(artifacts::restore))
        .route("/artifacts/{id}/diff", get(artifacts::diff))
        .route("/files", post(files::add))
        .route("/files/{id}", get(files::get).delete(files::delete))
        .route("/models", get(models::list))
        .route("/conversations/{id}/compact", post(conversations::compact))
        .route("/messages/{id}/files/{index}", get(images::get_file))
        .route("/messages/{id}/images/{index}", get(images::get))
        .route("/messages/{id}/tool-images/{hash}", get(images::get_of_tool))
        .route("/mcp/servers", get(mcp_servers::list).post(mcp_servers::add))
        .route(
            "/mcp/servers/{name}",
            get(mcp_servers::get).patch(mcp_servers::change).delete(mcp_servers::remove),
        )
        .route("/mcp/servers/{name}/reconnect", post(mcp_servers::reconnect))
        .route("/mcp/servers/{name}/log", get(mcp_servers::log))
        .route("/mcp/servers/{name}/sign-in", post(mcp_servers::sign_in).delete(mcp_servers::sign_out))
        .route("/sandbox/execute", post(sandbox::execute))
        .route("/tools", get(tools::list))
        .route("/tools/{server}/{name}", patch(tools::permit))
        .route("/tools/{server}/{name}/approve", post(tools::approve))
        .route("/providers", get(providers::list))
        .route("/users/me", get(users::me).patch(users::patch))
        .route("/users/me/password", post(users::change_password))
        .route("/users/me/quota", get(usage::quota))
        .route("/users/me/usage", get(usage::mine))
        .route("/users/me/usage/tools", get(usage::my_tools))
        .route("/users/me/provider-keys", get(providers::keys))
        .route("/users/me/provider-keys/{provider}", put(providers::set_key).delete(providers::delete_key))
        .route("/users/me/provider-keys/{provider}/test", post(providers::test_key))
        .route("/admin/usage", get(usage::everyone))
        .route("/admin/usage/tools", get(usage::everyones_tools))
        .route("/admin/users", get(admin::users))
        .route("/admin/users/{id}", patch(admin::change_user))
        .route("/users/me/tokens", get(tokens::list).post(tokens::issue))
        .route("/users/me/tokens/{id}", delete(tokens::revoke))
}

/// OpenAI's API. Ids of models may hold slashes.
fn openai_api() -> Router<AppState> {
    Router::new()
        .route("/chat/completions", post(openai::completions::complete))
        .route("/models", get(openai::models::list))
        .route("/models/{*id}", get(openai::models::get))
}

/// The API's document, and what it is read with.
fn documents() -> Router<AppState> {
    Router::new()
        .route("/api/openapi.json", get(openapi::document))
        .route("/api/docs", get(openapi::page))
        .route("/api/docs/", get(openapi::page))
        .route("/api/docs/{*path}", get(openapi::resource))
}

/// Pages of other sites may call the API with a token, never with the browser's cookie.
fn cors(state: &AppState) -> CorsLayer {
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let sent = [header::AUTHORIZATION, header::CONTENT_TYPE, named("last-event-id"), named("x-request-id")];
    let read = [
        "x-request-id",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
        "x-vertice-model",
        "x-vertice-provider",
        "x-vertice-routed-by",
        "x-vertice-cost-usd",
    ];
    CorsLayer::new()
        .allow_origin(state.settings.cors_origins.clone())
        .allow_methods(methods)
        .allow_headers(sent)
        .expose_headers(read.map(named))
}

const fn named(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}
