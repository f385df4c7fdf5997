//! Every way in which a token is not good: the same answer to all of them.

use serde_json::{Value, json};
use vertice_testkit::issuer::{SigningKey, compact, compact_hs256};

use super::{Hosted, nothing};

/// What everybody is told whose token is not good.
async fn assert_refused(hosted: &Hosted, token: &str, why: &str) {
    let reply = hosted.me(token).await;
    let body = reply.json();
    assert_eq!((reply.status.as_u16(), &body["code"]), (401, &json!("unauthenticated")), "{why}: {body}");
    assert_eq!(body["detail"], "Sign in, or send a valid API token.", "{why}");
    assert_eq!(reply.header("content-type"), "application/problem+json", "{why}");
    let door = hosted.server.get(token, "/v1/models").await;
    assert_eq!(
        (door.status.as_u16(), &door.json()["error"]["code"]),
        (401, &json!("invalid_api_key")),
        "{why}"
    );
}

#[tokio::test]
async fn wrong_claims_are_refused() {
    let hosted = Hosted::start().await;
    let now = hosted.now();
    for changes in [
        json!({"aud": "other"}),
        json!({"aud": null}),
        json!({"aud": ["vertice2"]}),
        json!({"iss": "https://evil.example"}),
        json!({"iss": null}),
        json!({"iss": format!("{}/", hosted.issuer.url)}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"exp": null}),
        json!({"exp": now - 60}),
        json!({"exp": "tomorrow"}),
        json!({"nbf": now + 61}),
        json!({"iat": now + 61}),
        json!({"nonce": "of an ID token"}),
        json!({"typ": "ID"}),
    ] {
        assert_refused(&hosted, &hosted.token(&changes), &changes.to_string()).await;
    }
    for (changes, why) in [(json!({"exp": now - 59}), "leeway"), (json!({"nbf": now + 60}), "leeway")] {
        assert_eq!(hosted.told(&hosted.token(&changes)).await.0, 200, "{why}: {changes}");
    }
}

#[tokio::test]
async fn wrong_headers_and_signatures_are_refused() {
    let hosted = Hosted::start().await;
    let (claims, stranger) = (hosted.claims(&nothing()), SigningKey::other_rsa("rsa-1"));
    let sign = |header: Value| stranger.token_with(&header, &claims);
    let unsigned = |header: Value| compact(&header, &claims, |_| Vec::new());
    let public = hosted.issuer.public("rsa-1");
    let secret = public["n"].as_str().unwrap().as_bytes();
    let good = hosted.token(&nothing());
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let other = hosted.token(&json!({"sub": "bob"}));
    let others_payload = other.split('.').nth(1).unwrap();
    let own = SigningKey::other_rsa("mine");
    for (token, why) in [
        (unsigned(json!({"alg": "none", "kid": "rsa-1"})), "no signature"),
        (unsigned(json!({"alg": "none"})), "neither signature nor key"),
        (unsigned(json!({"alg": "RS256", "kid": "rsa-1"})), "an empty signature"),
        (compact_hs256("rsa-1", &claims, secret), "the public key as a shared secret"),
        (
            compact_hs256("rsa-1", &claims, public.to_string().as_bytes()),
            "the public document as a shared secret",
        ),
        (stranger.token(&claims), "another key of that name"),
        (sign(json!({"alg": "RS256"})), "no name of a key"),
        (sign(json!({"alg": "ES256", "kid": "rsa-1"})), "another algorithm than the key's"),
        (sign(json!({"alg": "RS256", "kid": "ec-1"})), "the other key's algorithm"),
        (sign(json!({"alg": "RS384", "kid": "rsa-1"})), "an algorithm that is not taken"),
        (
            own.token_with(&json!({"alg": "RS256", "kid": "mine", "jwk": own.jwk()}), &claims),
            "a key of its own",
        ),
        (
            own.token_with(
                &json!({"alg": "RS256", "kid": "rsa-1", "jku": "https://evil.example/k"}),
                &claims,
            ),
            "keys elsewhere",
        ),
        (sign(json!({"alg": "RS256", "kid": "rsa-1", "crit": ["exp"], "exp": 1})), "more than is understood"),
        (format!("{header}.{others_payload}.{signature}"), "somebody else's claims"),
        (format!("{header}.{payload}.{}", &signature[..signature.len() - 4]), "a short signature"),
        (format!("{header}.{payload}."), "no signature"),
        (format!("{header}.{payload}"), "two parts"),
        (format!("{good}.x"), "four parts"),
        (hosted.token(&json!({"padding": "x".repeat(9_000)})), "too long"),
        ("..".to_owned(), "nothing in it"),
        ("vtk_nonsense".to_owned(), "no token at all"),
    ] {
        assert_refused(&hosted, &token, why).await;
    }
    assert_eq!(hosted.told(&good).await.0, 200);
}

#[tokio::test]
async fn a_token_ends_while_it_is_remembered() {
    let hosted = Hosted::start().await;
    let token = hosted.token(&json!({"exp": hosted.now() + 2}));
    assert_eq!(hosted.told(&token).await.0, 200);
    hosted.forward(61);
    assert_eq!(hosted.told(&token).await.0, 200, "within the leeway");
    hosted.forward(1);
    assert_refused(&hosted, &token, "it has ended").await;
}

#[tokio::test]
async fn without_an_issuer_no_such_token_is_taken() {
    let issuer = vertice_testkit::issuer::Issuer::listen().await.unwrap();
    let hosted = Hosted::at(issuer, &[]).await;
    assert_refused(&hosted, &hosted.token(&nothing()), "nobody has named the issuer").await;
    assert_eq!((hosted.issuer.documents(), hosted.issuer.key_sets()), (0, 0));
}

#[tokio::test]
async fn sessions_of_clerk_are_taken_from_our_pages() {
    let hosted = Hosted::clerk(&[("CORS_ORIGINS", "https://app.example.com")]).await;
    let session = |changes: Value| {
        let mut all = json!({"aud": null, "sid": "sess_1"});
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        hosted.token(&all)
    };
    for good in [nothing(), json!({"azp": "https://app.example.com"})] {
        assert_eq!(hosted.told(&session(good.clone())).await.0, 200, "{good}");
    }
    for bad in [
        json!({"azp": "https://evil.example.com"}),
        json!({"azp": ""}),
        json!({"sid": null}),
        json!({"sts": "pending"}),
    ] {
        assert_refused(&hosted, &session(bad.clone()), &bad.to_string()).await;
    }
    // What a request calls this server does not make it so.
    let mut request = crate::harness::request(
        "GET",
        &session(json!({"azp": "https://evil.example.com"})),
        "/api/v1/users/me",
        None,
    );
    request.headers_mut().insert("host", "evil.example.com".parse().unwrap());
    assert_eq!(hosted.server.send(request).await.status.as_u16(), 401);
    assert_eq!(hosted.issuer.documents(), 0, "its keys are where they always are");

    let strict = Hosted::clerk(&[("CLERK_AUDIENCE", "vertice")]).await;
    assert_refused(&strict, &strict.token(&json!({"aud": null, "sid": "s"})), "no audience").await;
    assert_eq!(strict.told(&strict.token(&nothing())).await.0, 200);
}
