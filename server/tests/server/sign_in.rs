//! The pages before the app, whose forms need no script: signing in, set-up, registration.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;

use crate::harness::{PASSWORD, Reply, Server, filled, request};

const EMAIL: &str = "a@example.com";

/// A page as a browser asks for it.
fn get(path: &str) -> Request<Body> {
    Request::get(path).header("accept", "text/html").body(Body::empty()).unwrap()
}

fn good() -> String {
    format!("email=a%40example.com&password={}", PASSWORD.replace(' ', "+"))
}

fn wrong() -> &'static str {
    "email=a%40example.com&password=not+the+password"
}

/// The session's cookie, if the answer sets one.
fn session(reply: &Reply) -> Option<&str> {
    let cookies = reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    cookies.into_iter().find(|cookie| cookie.starts_with("vertice_session="))
}

fn in_portuguese(mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("accept-language", "pt-BR".parse().unwrap());
    request
}

/// The tag of the field with that id.
fn field<'a>(reply: &'a Reply, id: &str) -> &'a str {
    let at =
        reply.body.find(&format!("<input id=\"{id}\"")).unwrap_or_else(|| panic!("{id}: {}", reply.body));
    reply.body[at..].split('>').next().unwrap()
}

#[tokio::test]
async fn the_page_is_whole_without_the_app() {
    let server = Server::start().await;
    server.user(EMAIL).await;
    let page = server.send(get("/sign-in")).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in
        ["<title>Sign in · Vertice Chat</title>", "method=\"post\"", "action=\"/sign-in\"", "autofocus"]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(page.header("cache-control").contains("no-store"), "{page:?}");
    assert!(page.header("content-security-policy").contains("script-src 'self' 'nonce-"), "{page:?}");
    // Named for later, not loaded: no script has an address.
    assert!(!page.body.contains(" src=\"") && !page.body.contains("rel=\"modulepreload"), "{}", page.body);
    assert!(page.body.len() < 16_000, "{}", page.body.len());
}

#[tokio::test]
async fn who_signs_in_goes_on_where_they_wanted_to() {
    let server = Server::start().await;
    server.user(EMAIL).await;
    let asked = server.send(get("/settings?tab=models")).await;
    assert_eq!(asked.status, StatusCode::FOUND, "{asked:?}");
    let door = asked.header("location").to_owned();
    assert_eq!(door, "/sign-in?next=%2Fsettings%3Ftab%3Dmodels");
    let page = server.send(get(&door)).await;
    assert!(page.body.contains(&format!("action=\"{door}\"")), "{}", page.body);
    let entered = server.send(filled(&door, "", &good())).await;
    assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, "/settings?tab=models"));
    let cookie = session(&entered).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"));
    let cookie = cookie.split(';').next().unwrap();
    let again = Request::get(&door).header("cookie", cookie).body(Body::empty()).unwrap();
    let again = server.send(again).await;
    assert_eq!((again.status, again.header("location")), (StatusCode::SEE_OTHER, "/settings?tab=models"));
}

#[tokio::test]
async fn no_form_leads_to_another_site() {
    let server = Server::start().await;
    server.user(EMAIL).await;
    for hostile in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "/%0d%0aset-cookie:%20a=b",
        "/sign-in",
        "/api/v1/models",
    ] {
        let door = format!("/sign-in?next={hostile}");
        assert!(!server.send(get(&door)).await.body.contains("evil"), "{hostile}");
        let entered = server.send(filled(&door, "", &good())).await;
        assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, "/"), "{hostile}");
    }
}

#[tokio::test]
async fn a_wrong_password_brings_the_form_back_in_the_visitors_language() {
    let server = Server::start().await;
    server.user(EMAIL).await;
    let refused = server.send(filled("/sign-in?next=%2Fusage", "", wrong())).await;
    assert_eq!((refused.status, session(&refused)), (StatusCode::UNAUTHORIZED, None), "{refused:?}");
    assert!(refused.body.contains("Email or password is wrong. 4 attempts left."), "{}", refused.body);
    assert!(refused.body.contains("action=\"/sign-in?next=%2Fusage\""), "{}", refused.body);
    assert!(field(&refused, "email").contains("value=\"a@example.com\""), "{}", refused.body);
    let password = field(&refused, "password");
    assert!(password.contains("autofocus") && password.contains("aria-invalid"), "{password}");
    assert!(!refused.body.contains("not the password"), "{}", refused.body);
    let refused = server.send(in_portuguese(filled("/sign-in", "", wrong()))).await;
    assert!(
        refused.body.contains("O e-mail ou a senha está incorreto. Restam 3 tentativas."),
        "{}",
        refused.body
    );
    assert!(refused.body.contains("<html lang=\"pt-BR\""), "{}", refused.body);
}

#[tokio::test]
async fn what_was_typed_comes_back_as_text() {
    let server = Server::start().await;
    let typed = "name=%3Cscript%3Ealert(1)%3C%2Fscript%3E&email=%22%3E%3Cimg+src%3Dx%3E&password=secret-word";
    let refused = server.send(filled("/setup", "", typed)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.body.contains("<script>alert") && !refused.body.contains("<img"), "{}", refused.body);
    assert!(refused.body.contains("&lt;img") && !refused.body.contains("secret-word"), "{}", refused.body);
    assert!(refused.body.contains("Email is not an e-mail address"), "{}", refused.body);
    assert!(field(&refused, "email").contains("autofocus"), "{}", refused.body);
}

#[tokio::test]
async fn too_many_wrong_passwords_have_to_wait() {
    let server = Server::start().await;
    server.user(EMAIL).await;
    // On a busy machine a password takes longer than the first waits are.
    let mut refused = server.send(filled("/sign-in", "", wrong())).await;
    while refused.status != StatusCode::TOO_MANY_REQUESTS {
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
        refused = server.send(filled("/sign-in", "", wrong())).await;
    }
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!(
        (1..=60).contains(&wait) && refused.body.contains(&format!("data-wait=\"{wait}\"")),
        "{refused:?}"
    );
    assert!(
        refused.body.contains("Too many attempts") && refused.body.contains("Try again in "),
        "{}",
        refused.body
    );
    assert!(refused.body.contains("border-warning/35"), "amber: {}", refused.body);
    let told = server.send(in_portuguese(filled("/sign-in", "", wrong()))).await;
    assert!(
        told.body.contains("Tentativas demais") || told.status == StatusCode::UNAUTHORIZED,
        "{}",
        told.body
    );
}

#[tokio::test]
async fn forms_that_come_too_often_are_not_looked_at() {
    let limits = [("RATE_LIMIT_REQUESTS_PER_MINUTE", "6"), ("RATE_LIMIT_BURST", "2")];
    let server = Server::with(&limits).await;
    server.user(EMAIL).await;
    for _ in 0..2 {
        assert_eq!(server.send(filled("/sign-in", "", wrong())).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(server.send(get("/sign-in")).await.status, StatusCode::OK, "pages are not counted");
    }
    let refused = server.send(filled("/sign-in", "", &good())).await;
    assert_eq!((refused.status, session(&refused)), (StatusCode::TOO_MANY_REQUESTS, None));
    assert!(refused.header("content-type").starts_with("text/html") && refused.body.contains("data-wait"));
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    assert!(field(&refused, "email").contains("a@example.com"), "{}", refused.body);
}

#[tokio::test]
async fn another_sites_form_signs_nobody_in() {
    let server = Server::start().await;
    server.user(EMAIL).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
        let mut form = filled("/sign-in", "", &good());
        form.headers_mut().insert(name, value.parse().unwrap());
        let refused = server.send(form).await;
        assert_eq!((refused.status, session(&refused)), (StatusCode::FORBIDDEN, None), "{value}");
    }
    let mut form = filled("/sign-in", "", &good());
    form.headers_mut().remove("sec-fetch-site");
    form.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
    assert_eq!(server.send(form).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_no_form_is_said_on_the_page() {
    let server = Server::start().await;
    server.user(EMAIL).await;
    let mut json = filled("/sign-in", "", "{}");
    json.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let refused = server.send(json).await;
    assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(refused.body.contains("The form could not be read."), "{}", refused.body);
    assert_eq!(
        server.send(request("PUT", "", "/sign-in", None)).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn the_first_account_is_made_by_the_first_visitor() {
    let server = Server::start().await;
    for door in ["/sign-in", "/register", "/"] {
        let asked = server.send(get(door)).await;
        assert!(asked.status.is_redirection() && asked.header("location") == "/setup", "{door}: {asked:?}");
    }
    let page = server.send(get("/setup")).await;
    assert!(page.body.contains("Create the first admin") && page.body.contains("optional"), "{}", page.body);
    let body = format!("name=Ada&{}", good());
    let made = server.send(filled("/setup", "", &body)).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/"), "{made:?}");
    let cookie = session(&made).unwrap().split(';').next().unwrap();
    let me = Request::get("/api/v1/users/me").header("cookie", cookie).body(Body::empty()).unwrap();
    let me = server.send(me).await.json();
    assert_eq!((&me["email"], &me["role"]), (&EMAIL.into(), &"admin".into()));
    assert_eq!(server.send(get("/setup")).await.header("location"), "/sign-in");
}

#[tokio::test]
async fn visitors_make_accounts_where_the_admin_lets_them() {
    let server = Server::start().await;
    server.admin("admin@example.com").await;
    assert!(server.send(get("/register")).await.body.contains("Registration is closed"));
    let body = format!("name=&{}", good());
    let refused = server.send(filled("/register", "", &body)).await;
    assert_eq!((refused.status, session(&refused)), (StatusCode::FORBIDDEN, None));
    let admin = server.cookie("admin@example.com").await;
    let mut open =
        filled("/api/ui/settings-page", &admin, r#"{"part":"Server","form":"act=open-registration"}"#);
    open.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(server.send(open).await.status, StatusCode::OK);
    assert!(
        server.send(get("/sign-in?next=%2Fusage")).await.body.contains("href=\"/register?next=%2Fusage\"")
    );
    let weak = server.send(filled("/register", "", "email=a%40example.com&password=short")).await;
    assert!(weak.body.contains("Password is too short"), "{}", weak.body);
    let made = server.send(filled("/register?next=%2Fusage", "", &body)).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/usage"), "{made:?}");
    let taken = server.send(filled("/register", "", &body)).await;
    assert!(taken.body.contains("has an account here already"), "{}", taken.body);
}

#[tokio::test]
async fn signing_out_without_scripts_leads_to_the_door() {
    let server = Server::start().await;
    server.user(EMAIL).await;
    let cookie = server.cookie(EMAIL).await;
    let mut plain = filled("/api/ui/sign-out", &cookie, "");
    plain.headers_mut().insert("accept", "text/html".parse().unwrap());
    let out = server.send(plain).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::FOUND, "/sign-in"), "{out:?}");
    assert!(session(&out).unwrap().contains("Max-Age=0"), "{out:?}");
    // A page goes there by itself: the router knows no such place.
    let cookie = server.cookie(EMAIL).await;
    let out = server.send(filled("/api/ui/sign-out", &cookie, "")).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::OK, ""), "{out:?}");
}

#[tokio::test]
async fn an_account_has_a_name_and_a_language_of_its_own() {
    let server = Server::start().await;
    let token = server.user(EMAIL).await;
    let patch = async |body: serde_json::Value| {
        server.send(request("PATCH", &token, "/api/v1/users/me", Some(body))).await
    };
    let changed = patch(json!({"name": " Ada ", "locale": "pt-BR"})).await.json();
    assert_eq!((&changed["name"], &changed["locale"]), (&json!("Ada"), &json!("pt-BR")));
    assert_eq!(patch(json!({})).await.json(), changed);
    for (wrong, field) in [
        (json!({"locale": "português"}), "locale"),
        (json!({"locale": "pt_BR"}), "locale"),
        (json!({"name": "a\nb"}), "name"),
        (json!({"name": "a".repeat(101)}), "name"),
        (json!({"role": "admin"}), "role"),
    ] {
        let refused = patch(wrong.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(refused.json()["errors"][0]["field"], field, "{wrong}");
    }

    // A browser in which no language was chosen learns it at the sign-in.
    let language = |reply: &Reply| {
        let cookies: Vec<_> =
            reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        cookies.iter().find(|cookie| cookie.starts_with("language=")).map(ToString::to_string)
    };
    let told = language(&server.send(filled("/sign-in", "", &good())).await).unwrap();
    assert!(told.starts_with("language=pt-BR; Path=/; "), "{told}");
    assert_eq!(language(&server.send(filled("/sign-in", "language=en", &good())).await), None);
    assert_eq!(patch(json!({"locale": null})).await.json()["locale"], json!(null));
    assert_eq!(language(&server.send(filled("/sign-in", "", &good())).await), None);
}
