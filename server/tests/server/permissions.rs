//! Every route of every door, walked with every credential there is: what is answered is what the table says.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use vertice_domain::{
    Action, Actor, Content, ModelChoice, Role, Scope, SessionId, TokenId, UserId, account::Credential,
};

use crate::harness::{Server, from, request};

const ROLES: [Role; 3] = [Role::User, Role::Premium, Role::Admin];
/// Refusals for the sake of who is asking.
const REFUSALS: [&str; 5] =
    ["unauthenticated", "invalid_api_key", "insufficient_scope", "admin_only", "session_required"];

/// An object that nobody has.
pub(crate) const ID: &str = "0197a000-0000-7000-8000-000000000000";

/// What a route of the API does; none: it is open to everybody. With a body that is good.
pub(crate) type Step = (&'static str, &'static str, Option<Action>, Option<Value>);

/// Nobody answers there.
fn mcp_server() -> Value {
    json!({"name": "nobody", "transport": "http", "url": "http://127.0.0.1:9/mcp", "enabled": false})
}

pub(crate) fn api() -> Vec<Step> {
    [product(), tools(), crate::artifacts::routes(), crate::files::routes()].concat()
}

/// MCP servers and their tools.
fn tools() -> Vec<Step> {
    vec![
        ("GET", "/api/v1/mcp/servers", Some(Action::ReadTools), None),
        ("POST", "/api/v1/mcp/servers", Some(Action::WriteTools), Some(mcp_server())),
        ("GET", "/api/v1/mcp/servers/{name}", Some(Action::ReadTools), None),
        ("PATCH", "/api/v1/mcp/servers/{name}", Some(Action::WriteTools), Some(json!({"enabled": false}))),
        ("DELETE", "/api/v1/mcp/servers/{name}", Some(Action::WriteTools), None),
        ("POST", "/api/v1/mcp/servers/{name}/reconnect", Some(Action::WriteTools), None),
        ("GET", "/api/v1/mcp/servers/{name}/log", Some(Action::ReadTools), None),
        ("POST", "/api/v1/mcp/servers/{name}/sign-in", Some(Action::WriteTools), None),
        ("DELETE", "/api/v1/mcp/servers/{name}/sign-in", Some(Action::WriteTools), None),
        ("GET", "/api/v1/tools", Some(Action::ReadTools), None),
        (
            "PATCH",
            "/api/v1/tools/{server}/{name}",
            Some(Action::WriteTools),
            Some(json!({"permission": "ask"})),
        ),
        (
            "POST",
            "/api/v1/tools/{server}/{name}/approve",
            Some(Action::WriteTools),
            Some(json!({"hash": "x"})),
        ),
    ]
}

fn product() -> Vec<Step> {
    let messages = || Some(json!({"messages": [{"role": "user", "content": "hi"}]}));
    vec![
        ("GET", "/health", None, None),
        ("GET", "/ready", None, None),
        ("GET", "/metrics", Some(Action::ReadServer), None),
        ("GET", "/api/openapi.json", None, None),
        ("POST", "/api/v1/chat", Some(Action::Chat), messages()),
        ("POST", "/api/v1/chat/stream", Some(Action::Chat), messages()),
        ("GET", "/api/v1/chat/turns/{id}/stream", Some(Action::Chat), None),
        ("POST", "/api/v1/chat/turns/{id}/cancel", Some(Action::Chat), None),
        ("GET", "/api/v1/chat/turns", Some(Action::Chat), None),
        ("POST", "/api/v1/chat/turns/{id}/messages", Some(Action::Chat), Some(json!({"content": "Hi"}))),
        (
            "POST",
            "/api/v1/chat/turns/{id}/approvals",
            Some(Action::Chat),
            Some(json!({"id": "call_1", "decision": "deny"})),
        ),
        ("GET", "/api/v1/conversations", Some(Action::ReadConversations), None),
        ("POST", "/api/v1/conversations", Some(Action::WriteConversations), Some(json!({}))),
        ("POST", "/api/v1/conversations/import", Some(Action::WriteConversations), Some(json!([]))),
        ("GET", "/api/v1/conversations/{id}", Some(Action::ReadConversations), None),
        (
            "PATCH",
            "/api/v1/conversations/{id}",
            Some(Action::WriteConversations),
            Some(json!({"title": "x"})),
        ),
        ("DELETE", "/api/v1/conversations/{id}", Some(Action::WriteConversations), None),
        ("GET", "/api/v1/conversations/{id}/messages", Some(Action::ReadConversations), None),
        (
            "POST",
            "/api/v1/conversations/{id}/fork",
            Some(Action::WriteConversations),
            Some(json!({"message_id": ID})),
        ),
        ("POST", "/api/v1/conversations/{id}/compact", Some(Action::Chat), None),
        ("GET", "/api/v1/conversations/{id}/export", Some(Action::ReadConversations), None),
        ("GET", "/api/v1/conversations/{id}/workspace", Some(Action::ReadConversations), None),
        ("GET", "/api/v1/conversations/{id}/workspace/archive", Some(Action::ReadConversations), None),
        ("GET", "/api/v1/conversations/{id}/workspace/files/{path}", Some(Action::ReadConversations), None),
        ("PUT", "/api/v1/conversations/{id}/workspace/files/{path}", Some(Action::RunCode), Some(json!("x"))),
        ("DELETE", "/api/v1/conversations/{id}/workspace/files/{path}", Some(Action::RunCode), None),
        ("GET", "/api/v1/messages/{id}/files/{index}", Some(Action::ReadConversations), None),
        ("GET", "/api/v1/messages/{id}/images/{index}", Some(Action::ReadConversations), None),
        ("GET", "/api/v1/messages/{id}/tool-images/{hash}", Some(Action::ReadConversations), None),
        ("GET", "/api/v1/models", Some(Action::ReadModels), None),
        ("GET", "/api/v1/providers", Some(Action::ReadProviders), None),
        ("GET", "/api/v1/users/me", Some(Action::ReadAccount), None),
        ("PATCH", "/api/v1/users/me", Some(Action::WriteAccount), Some(json!({"name": "Ann"}))),
        (
            "POST",
            "/api/v1/users/me/password",
            Some(Action::WriteAccount),
            Some(json!({"current": "x", "new": "short"})),
        ),
        ("GET", "/api/v1/users/me/quota", Some(Action::ReadQuota), None),
        ("GET", "/api/v1/users/me/usage", Some(Action::ReadUsage), None),
        ("GET", "/api/v1/users/me/usage/tools", Some(Action::ReadUsage), None),
        ("GET", "/api/v1/users/me/provider-keys", Some(Action::ReadProviderKeys), None),
        (
            "PUT",
            "/api/v1/users/me/provider-keys/{provider}",
            Some(Action::WriteProviderKeys),
            Some(json!({"key": "a long enough key"})),
        ),
        ("DELETE", "/api/v1/users/me/provider-keys/{provider}", Some(Action::WriteProviderKeys), None),
        ("POST", "/api/v1/users/me/provider-keys/{provider}/test", Some(Action::WriteProviderKeys), None),
        ("GET", "/api/v1/users/me/tokens", Some(Action::ReadAccount), None),
        (
            "POST",
            "/api/v1/users/me/tokens",
            Some(Action::ManageTokens),
            Some(json!({"name": "x", "scopes": ["write"]})),
        ),
        ("DELETE", "/api/v1/users/me/tokens/{id}", Some(Action::ManageTokens), None),
        (
            "POST",
            "/api/v1/sandbox/execute",
            Some(Action::RunCode),
            Some(json!({"language": "bash", "code": "true"})),
        ),
        ("GET", "/api/v1/admin/usage", Some(Action::ReadEverybody), None),
        ("GET", "/api/v1/admin/usage/tools", Some(Action::ReadEverybody), None),
        ("GET", "/api/v1/admin/users", Some(Action::ReadEverybody), None),
        (
            "PATCH",
            "/api/v1/admin/users/{id}",
            Some(Action::Administer),
            Some(json!({"daily_token_limit": null})),
        ),
        (
            "POST",
            "/v1/chat/completions",
            Some(Action::Chat),
            Some(json!({"model": "auto", "messages": [{"role": "user", "content": "hi"}]})),
        ),
        ("GET", "/v1/models", Some(Action::ReadModels), None),
        ("GET", "/v1/models/{id}", Some(Action::ReadModels), None),
    ]
}

#[test]
fn no_route_of_the_api_is_left_out() {
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let mut routes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        routes.extend(item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    let walked: BTreeSet<_> =
        api().into_iter().map(|(method, path, ..)| (method.to_owned(), path.to_owned())).collect();
    assert_eq!(walked, routes);
}

/// The hash of a picture.
const HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A path with something at each of its places; no provider is asked for it.
pub(crate) fn filled(path: &str) -> String {
    let places = [
        ("{id}", ID),
        ("{provider}", "demo"),
        ("{index}", "0"),
        ("{version}", "1"),
        ("{hash}", HASH),
        ("{path}", "a.txt"),
        ("{server}", "none"),
        ("{name}", "none"),
    ];
    places.into_iter().fold(path.to_owned(), |path, (place, value)| path.replace(place, value))
}

/// The status of an answer, and the code of its refusal, if it is one for the sake of who is asking.
pub(crate) async fn answer(server: &Server, request: Request<Body>) -> (StatusCode, Option<String>) {
    let response = server.router.clone().oneshot(from("192.0.2.1", request)).await.unwrap();
    let status = response.status();
    if !status.is_client_error() {
        // An answer that is streamed may have no end; dropping it ends it.
        return (status, None);
    }
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let code = body["code"].as_str().or(body["error"]["code"].as_str()).unwrap_or_default();
    (status, REFUSALS.contains(&code).then(|| code.to_owned()))
}

/// What the table says of a caller.
fn expected(role: Role, scopes: Option<&[Scope]>, action: Option<Action>) -> Option<String> {
    let id = uuid::Uuid::nil();
    let credential = match scopes {
        Some(scopes) => Credential::Token { id: TokenId::new(id), scopes: scopes.to_vec(), expires_at: None },
        None => Credential::Session(SessionId::new(id)),
    };
    let actor = Actor { user: UserId::new(id), role, credential };
    actor.may(action?).err().map(|error| error.code)
}

fn sets_of_scopes() -> Vec<Vec<Scope>> {
    let set = |mask: usize| {
        Scope::ALL.into_iter().enumerate().filter(move |(n, _)| mask & (1 << n) != 0).map(|(_, scope)| scope)
    };
    (1..8).map(|mask| set(mask).collect()).collect()
}

fn with_cookie(method: &str, cookie: &str, path: &str, body: Option<Value>) -> Request<Body> {
    let mut request = request(method, "", path, body);
    request.headers_mut().remove("authorization");
    request.headers_mut().insert("sec-fetch-site", "same-origin".parse().unwrap());
    request.headers_mut().insert("host", "127.0.0.1:3000".parse().unwrap());
    if !cookie.is_empty() {
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
    }
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_every_credential_as_the_table_says() {
    let server = Server::start().await;
    for (method, path, action, body) in api() {
        let (status, refusal) = answer(&server, with_cookie(method, "", &filled(path), body)).await;
        let is_refused = refusal.is_some() && status == StatusCode::UNAUTHORIZED;
        assert_eq!(is_refused, action.is_some(), "{method} {path} of nobody: {status}, {refusal:?}");
    }
    for role in ROLES {
        let email = format!("{}@example.com", role.as_str());
        let sets = sets_of_scopes();
        let sets: Vec<&[Scope]> = sets.iter().map(Vec::as_slice).collect();
        let tokens = server.tokens(&email, role, &sets).await;
        let cookie = server.cookie(&email).await;
        for (method, path, action, body) in api() {
            for (scopes, token) in sets.iter().zip(&tokens) {
                let asked = request(method, token, &filled(path), body.clone());
                let (status, refusal) = answer(&server, asked).await;
                let wanted = expected(role, Some(scopes), action);
                assert_eq!(refusal, wanted, "{method} {path} of {role:?} with {scopes:?}: {status}");
                assert!(refusal.is_none() || status == StatusCode::FORBIDDEN, "{method} {path}: {status}");
                // What is wrong with a body is told to those who may send one.
                for wrong in [json!({"nonsense": 1}), json!("nonsense")] {
                    let Some(action) = action.filter(|_| body.is_some()) else { continue };
                    let asked = request(method, token, &filled(path), Some(wrong));
                    let (status, refusal) = answer(&server, asked).await;
                    let wanted = expected(role, Some(scopes), Some(action));
                    assert_eq!(refusal, wanted, "a wrong {method} {path} with {scopes:?}: {status}");
                }
            }
            let asked = with_cookie(method, &cookie, &filled(path), body);
            let (status, refusal) = answer(&server, asked).await;
            assert_eq!(
                refusal,
                expected(role, None, action),
                "{method} {path} of {role:?} in a browser: {status}"
            );
        }
    }
}

/// Who may use a server function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    Session,
    Admin,
}

/// A body that is good for the function.
pub(crate) enum Input {
    Json(Value),
    Form(&'static str),
}

pub(crate) fn functions() -> Vec<(&'static str, Needs, Input)> {
    use Needs::{Admin, Nothing, Session};
    let json = |value: Value| Input::Json(value);
    let id = || json(json!({"id": ID}));
    let settings = |part: &str, form: &str| Input::Json(json!({"part": part, "form": form}));
    let message = || json(json!({"message": ID, "model": null, "effort": null}));
    let outgoing = vertice_app::api::chat::Outgoing {
        references: Vec::new(),
        mode: vertice_domain::Mode::Chat,
        conversation: None,
        parent: None,
        content: Content::text("hi"),
        model: ModelChoice::Auto,
        effort: None,
    };
    vec![
        ("site", Nothing, json(json!({}))),
        ("opening", Nothing, json(json!({}))),
        ("change-password", Session, Input::Form("current=x&new=short")),
        ("settings-page", Session, settings("Models", "")),
        ("settings-page", Session, settings("Models", "provider=demo&key=a+long+enough+key&act=store-key")),
        ("settings-page", Session, settings("Models", "provider=demo&key=&act=test-key")),
        ("settings-page", Session, settings("Models", "provider=demo&key=&act=remove-key")),
        ("settings-page", Session, settings("Tokens", "")),
        ("settings-page", Session, settings("Tokens", "name=x&act=issue-token")),
        ("settings-page", Session, settings("Tokens", &format!("token={ID}&act=revoke-token"))),
        ("settings-page", Admin, settings("Server", "")),
        // Whichever part is drawn then: what is asked for is the admin's.
        ("settings-page", Admin, settings("Tokens", "act=close-registration")),
        ("settings-page", Admin, settings("Tokens", &format!("user={ID}&limit=&act=limit"))),
        ("chat-send", Session, json(json!({"message": outgoing}))),
        ("chat-edit", Session, json(json!({"message": ID, "text": "x", "model": null, "effort": null}))),
        ("chat-regenerate", Session, message()),
        ("chat-continue", Session, message()),
        ("chat-listen", Session, json(json!({"turn": ID, "after": 0}))),
        ("chat-cancel", Session, json(json!({"turn": ID}))),
        ("chat-steer", Session, json(json!({"turn": ID, "text": "x"}))),
        (
            "chat-decide",
            Session,
            json(json!({"turn": ID, "call": "c", "fingerprint": "f", "verdict": {"Deny": {"reason": null}}})),
        ),
        ("run-code", Session, json(json!({"what": "bash", "code": "true", "conversation": ID}))),
        ("remote-picture", Session, json(json!({"url": "https://127.0.0.1/a.png"}))),
        ("feed", Session, json(json!({}))),
        ("conversations", Session, json(json!({"query": null, "cursor": null}))),
        ("thread", Session, id()),
        ("earlier", Session, message()),
        ("patch-conversation", Session, json(json!({"id": ID, "patch": {"title": "x"}}))),
        ("delete-conversation", Session, id()),
        ("restore-conversation", Session, id()),
        ("select-branch", Session, message()),
        ("fork", Session, json(json!({"id": ID, "message": ID}))),
        ("compact", Session, id()),
        ("models", Session, json(json!({}))),
        ("mcp-offers", Session, json(json!({}))),
        ("mcp-prompt", Session, json(json!({"server": "none", "name": "none", "arguments": {}}))),
        ("mcp-board", Session, json(json!({"wish": "Look"}))),
        ("quota", Session, json(json!({}))),
        ("panel-page", Session, json(json!({"conversation": ID, "address": "?files"}))),
        ("artifact-open", Session, json(json!({"conversation": ID, "what": "rust", "code": "x"}))),
        ("artifact-merge", Session, json(json!({"id": ID, "base": 1, "content": "x"}))),
        ("artifact-undelete", Session, id()),
        ("artifact-refusal", Session, json(json!({"message": "x", "fields": []}))),
        ("palette-index", Session, json(json!({"known": ""}))),
        ("usage-page", Session, json(json!({"address": "?days=7"}))),
        // They end the session, so that they come last.
        ("sign-out", Session, Input::Form("")),
        ("sign-out-everywhere", Session, Input::Form("")),
    ]
}

#[tokio::test]
async fn no_server_function_is_left_out() {
    let registered: BTreeSet<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    let walked: BTreeSet<String> =
        functions().into_iter().map(|(function, ..)| format!("/api/ui/{function}")).collect();
    assert_eq!(walked, registered);
}

pub(crate) fn call(function: &str, input: &Input, cookie: &str, token: Option<&str>) -> Request<Body> {
    let path = format!("/api/ui/{function}");
    let mut request = match input {
        Input::Json(value) => with_cookie("POST", cookie, &path, Some(value.clone())),
        Input::Form(body) => crate::harness::form(function, cookie, body),
    };
    if let Some(token) = token {
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_functions_take_sessions_and_no_token() {
    let server = Server::start().await;
    for (function, needs, input) in functions() {
        let (status, refusal) = answer(&server, call(function, &input, "", None)).await;
        let wanted = (needs != Needs::Nothing).then_some("unauthenticated");
        assert_eq!(refusal.as_deref(), wanted, "{function} of nobody: {status}");
        assert_eq!(wanted.is_some(), refusal.is_some() && status == StatusCode::UNAUTHORIZED, "{function}");
    }
    for role in ROLES {
        let email = format!("{}@example.com", role.as_str());
        let sets = sets_of_scopes();
        let sets: Vec<&[Scope]> = sets.iter().map(Vec::as_slice).collect();
        let mut tokens = server.tokens(&email, role, &sets).await;
        tokens.push("vtk_nope".to_owned());
        let mut cookie = server.cookie(&email).await;
        for (function, needs, input) in functions() {
            for token in &tokens {
                for cookie in ["", &cookie] {
                    let (status, refusal) =
                        answer(&server, call(function, &input, cookie, Some(token))).await;
                    let refused = (status, refusal.as_deref());
                    assert_eq!(refused, (StatusCode::FORBIDDEN, Some("session_required")), "{function}");
                }
            }
            let (status, refusal) = answer(&server, call(function, &input, &cookie, None)).await;
            let wanted = (needs == Needs::Admin && role != Role::Admin).then_some("admin_only");
            assert_eq!(refusal.as_deref(), wanted, "{function} of {role:?}: {status}");
            if function.starts_with("sign-out") {
                cookie = server.cookie(&email).await;
            }
        }
    }
}

#[tokio::test]
async fn pages_are_drawn_for_nobody_where_a_token_asks() {
    let server = Server::start().await;
    let token = server.admin("a@example.com").await;
    let page = server.get(&token, "/settings?tab=account").await;
    assert!(!page.body.contains("a@example.com"), "{}", page.body);
}

#[tokio::test]
async fn a_token_that_may_chat_may_compact() {
    let server = Server::start().await;
    let scopes: [&[Scope]; 2] = [&[Scope::Chat, Scope::Read, Scope::Write], &[Scope::Chat]];
    let [all, chat] = server.tokens("a@example.com", Role::User, &scopes).await.try_into().unwrap();
    let id = server.conversation(&all).await;
    let ask =
        json!({"conversation_id": id, "messages": [{"role": "user", "content": "hi"}], "model": "demo"});
    assert_eq!(server.post(&chat, "/api/v1/chat", ask).await.status, 200);
    let reply = server.post(&chat, &format!("/api/v1/conversations/{id}/compact"), json!({})).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(server.get(&all, "/api/v1/conversations").await.json()["items"].as_array().unwrap().len(), 2);
}
