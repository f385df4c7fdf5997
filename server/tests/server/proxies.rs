//! Behind a proxy: whose word about the visitor counts, and what follows from it.

use axum::body::Body;
use http::{HeaderValue, Request};
use serde_json::json;

use crate::harness::{PASSWORD, Reply, Server, filled, from, request};

const PROXY: &str = "10.0.0.7";

/// The request as it comes from `peer`, with these headers.
fn via(peer: &str, headers: &[(&'static str, &str)], mut request: Request<Body>) -> Request<Body> {
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
    }
    from(peer, request)
}

#[tokio::test]
async fn each_visitor_of_a_trusted_proxy_has_a_limit_of_their_own() {
    let limits = [
        ("VERTICE_TRUSTED_PROXIES", "10.0.0.0/8"),
        ("RATE_LIMIT_REQUESTS_PER_MINUTE", "6"),
        ("RATE_LIMIT_BURST", "2"),
    ];
    let server = Server::with(&limits).await;
    let ask = async |peer: &str, visitor: &str| {
        let get = Request::get("/api/v1/models").body(Body::empty()).unwrap();
        server.send(via(peer, &[("x-forwarded-for", visitor)], get)).await.status.as_u16()
    };
    for visitor in ["192.0.2.1", "192.0.2.2", "2001:db8:0:1::1"] {
        assert_eq!((ask(PROXY, visitor).await, ask(PROXY, visitor).await), (401, 401), "{visitor}");
        assert_eq!(ask(PROXY, visitor).await, 429, "{visitor}");
    }
    assert_eq!(ask(PROXY, "2001:db8:0:1::ffff").await, 429, "an IPv6 network is one visitor");
    assert_eq!(ask(PROXY, "6.6.6.6, 192.0.2.1").await, 429, "what a visitor writes changes nothing");

    // Whoever is not a trusted proxy speaks for themselves.
    assert_eq!((ask("198.51.100.1", "1.1.1.1").await, ask("198.51.100.1", "1.1.1.2").await), (401, 401));
    assert_eq!(ask("198.51.100.1", "1.1.1.3").await, 429);
    assert_eq!(ask("198.51.100.2", "192.0.2.1").await, 401);
}

async fn register(server: &Server, headers: &[(&'static str, &str)], setup_token: &str) -> Reply {
    let password = PASSWORD.replace(' ', "+");
    let body = format!("name=A&email=a%40example.com&password={password}&setup_token={setup_token}");
    server.send(via("127.0.0.1", headers, filled("/setup", "", &body))).await
}

#[tokio::test]
async fn the_setup_token_is_asked_of_whoever_comes_through_a_proxy() {
    let server = Server::start().await;
    let through: [&[(&'static str, &str)]; 6] = [
        &[("host", "chat.example.com")],
        &[("x-forwarded-for", "192.0.2.1")],
        &[("x-forwarded-proto", "https")],
        &[("forwarded", "for=192.0.2.1")],
        &[("x-real-ip", "192.0.2.1")],
        &[("via", "1.1 proxy")],
    ];
    for headers in through {
        for guess in ["", "guess"] {
            let refused = register(&server, headers, guess).await;
            assert_eq!(refused.status, 422, "{headers:?}");
            assert!(refused.body.contains("id=\"setup_token-error\""), "{headers:?}: {}", refused.body);
        }
        let site = Request::post("/api/ui/site").header("content-type", "application/json");
        let site = site.header("host", "127.0.0.1:3000").body(Body::from("{}")).unwrap();
        let site = server.send(via("127.0.0.1", headers, site)).await.json();
        assert_eq!((&site["first_run"], &site["setup_token_required"]), (&json!(true), &json!(true)));
    }
    assert!(register(&server, &[], "").await.header("set-cookie").starts_with("vertice_session="));
}

#[tokio::test]
async fn only_a_trusted_proxy_says_that_the_way_is_encrypted() {
    let settings = [("VERTICE_TRUSTED_PROXIES", PROXY), ("ENVIRONMENT", "production")];
    let server = Server::with(&settings).await;
    server.user("a@example.com").await;
    let body = format!("email=a%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let sign_in = async |peer: &str, protocol: &str| {
        let headers = [("x-forwarded-proto", protocol), ("x-forwarded-for", "192.0.2.1")];
        server.send(via(peer, &headers, filled("/sign-in", "", &body))).await
    };
    let encrypted = sign_in(PROXY, "https").await;
    assert!(encrypted.header("set-cookie").contains("; Secure"), "{encrypted:?}");
    assert!(encrypted.header("strict-transport-security").starts_with("max-age="));
    let plain = sign_in(PROXY, "http").await;
    assert!(!plain.header("set-cookie").contains("; Secure"), "{plain:?}");
    let untold = sign_in("10.0.0.8", "https").await;
    assert_eq!(untold.header("strict-transport-security"), "");
}

async fn sign_in(server: &Server, peer: &str, cookie: &str, password: &str) -> Reply {
    let body = format!("email=a%40example.com&password={}", password.replace(' ', "+"));
    server.send(from(peer, filled("/sign-in", cookie, &body))).await
}

#[tokio::test]
async fn a_thief_keeps_nobody_out_and_a_known_browser_does_not_wait() {
    let server = Server::start().await;
    server.user("a@example.com").await;
    let office = "192.0.2.1";
    let signed_in = sign_in(&server, office, "", PASSWORD).await;
    let cookies: Vec<&str> =
        signed_in.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let device = cookies.iter().find(|cookie| cookie.starts_with("vertice_device=")).unwrap();
    assert!(
        device.contains("HttpOnly")
            && device.contains("Path=/sign-in")
            && device.contains("Max-Age=31536000")
    );
    let device = device.split(';').next().unwrap();

    // On a busy machine a password takes longer than the first waits are.
    let wait = |reply: &Reply| reply.header("retry-after").parse::<u64>().unwrap_or_default();
    let mut refused = sign_in(&server, office, "", "wrong").await;
    while wait(&refused) < 4 {
        assert!(matches!(refused.status.as_u16(), 401 | 429), "{refused:?}");
        refused = sign_in(&server, office, "", "wrong").await;
    }
    assert!(matches!(refused.status.as_u16(), 401 | 429), "{refused:?}");
    assert!(wait(&refused) <= 60);
    assert_eq!(sign_in(&server, office, "", PASSWORD).await.status, 429);
    assert!(
        sign_in(&server, office, device, PASSWORD).await.header("set-cookie").contains("vertice_session=")
    );
    let elsewhere = sign_in(&server, "192.0.2.99", "", PASSWORD).await;
    assert!(elsewhere.header("set-cookie").contains("vertice_session="), "{elsewhere:?}");
}

#[tokio::test]
async fn a_proxy_with_a_password_of_its_own_keeps_nobody_out() {
    let server = Server::start().await;
    let token = server.user("a@example.com").await;
    let cookie = server.cookie("a@example.com").await;
    let get = |headers: &[(&str, &str)]| {
        let mut builder = Request::get("/api/v1/users/me").header("authorization", "Basic YTpi");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(Body::empty()).unwrap()
    };
    assert_eq!(server.send(get(&[("cookie", &cookie)])).await.status, 200);
    assert_eq!(server.send(get(&[])).await.status, 401);
    // Browsers send it by themselves, so that it vouches for nothing.
    let mut post = request("POST", &token, "/api/v1/conversations", Some(json!({})));
    post.headers_mut().insert("authorization", HeaderValue::from_static("Basic YTpi"));
    post.headers_mut().insert("cookie", HeaderValue::from_str(&cookie).unwrap());
    post.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    assert_eq!(server.send(post).await.json()["code"], "cross_site");
}
