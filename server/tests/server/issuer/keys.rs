//! An issuer's keys: fetched once, looked for again when one is new, kept while it is away.

use futures::future::join_all;
use serde_json::json;
use vertice_testkit::issuer::{Issuer, SigningKey};

use super::{Hosted, nothing};

#[tokio::test]
async fn both_algorithms_are_taken_and_the_keys_fetched_once() {
    let hosted = Hosted::start().await;
    for kid in ["rsa-1", "ec-1"] {
        for sub in ["ann", "bob"] {
            let token = hosted.issuer.token(kid, &hosted.claims(&json!({"sub": sub})));
            assert_eq!(hosted.told(&token).await.0, 200, "{kid} {sub}");
        }
    }
    assert_eq!((hosted.issuer.documents(), hosted.issuer.key_sets()), (1, 1));
}

#[tokio::test]
async fn a_new_key_is_found_and_the_old_one_is_gone() {
    let hosted = Hosted::start().await;
    let old = hosted.token(&nothing());
    assert_eq!(hosted.told(&old).await.0, 200);
    let key = SigningKey::other_rsa("rsa-2");
    let new = key.token(&hosted.claims(&nothing()));
    hosted.issuer.take_keys(vec![key]);
    // Its keys were asked for just now.
    assert_eq!(hosted.told(&new).await.0, 401);
    hosted.forward(10);
    assert_eq!(hosted.told(&new).await.0, 200);
    let old = hosted.told(&old).await;
    assert_eq!((old.0, hosted.issuer.key_sets()), (401, 2), "it was taken back: {}", old.1);
}

#[tokio::test]
async fn a_new_key_may_have_the_name_of_the_old_one() {
    let hosted = Hosted::start().await;
    let old = hosted.token(&nothing());
    assert_eq!(hosted.told(&old).await.0, 200);
    let key = SigningKey::other_rsa("rsa-1");
    let new = key.token(&hosted.claims(&nothing()));
    hosted.issuer.take_keys(vec![key]);
    assert_eq!(hosted.told(&new).await.0, 401, "its keys were asked for just now");
    hosted.forward(10);
    assert_eq!((hosted.told(&new).await.0, hosted.told(&old).await.0), (200, 401));
    assert_eq!(hosted.issuer.key_sets(), 2);
}

#[tokio::test]
async fn a_key_that_is_taken_back_serves_for_ten_minutes_at_most() {
    let hosted = Hosted::start().await;
    let token = hosted.token(&nothing());
    assert_eq!(hosted.told(&token).await.0, 200);
    hosted.issuer.take_keys(vec![SigningKey::other_rsa("rsa-2")]);
    hosted.forward(599);
    assert_eq!(hosted.told(&token).await.0, 200);
    hosted.forward(1);
    // What was found a second ago is remembered for five.
    hosted.forward(5);
    assert_eq!(hosted.told(&token).await.0, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_with_an_unknown_key_ask_once() {
    let hosted = Hosted::start().await;
    assert_eq!(hosted.told(&hosted.token(&nothing())).await.0, 200);
    hosted.forward(10);
    hosted.issuer.hold(true);
    let tokens: Vec<String> = (0..100)
        .map(|n| {
            SigningKey::other_rsa(&format!("none-{n}")).token(&hosted.claims(&json!({"sub": n.to_string()})))
        })
        .collect();
    let asked = join_all(tokens.iter().map(|token| hosted.told(token)));
    let answers = async {
        let answers = asked.await;
        (answers, hosted.issuer.key_sets())
    };
    let release = async {
        while hosted.issuer.key_sets() < 2 {
            tokio::task::yield_now().await;
        }
        hosted.issuer.hold(false);
    };
    let ((answers, asked), ()) = tokio::join!(answers, release);
    assert!(answers.iter().all(|answer| *answer == (401, "unauthenticated".to_owned())), "{answers:?}");
    assert_eq!(asked, 2, "once at first, and once for all of these");
    // And ten seconds long never again, whatever comes.
    for token in &tokens {
        assert_eq!(hosted.told(token).await.0, 401);
    }
    assert_eq!(hosted.issuer.key_sets(), 2);
}

#[tokio::test]
async fn an_issuer_that_is_down_at_the_start_is_asked_again() {
    let issuer = Issuer::listen().await.unwrap();
    issuer.set_down(true);
    let hosted = Hosted::on(issuer, &[]).await;
    let token = hosted.token(&nothing());
    for _ in 0..3 {
        let reply = hosted.me(&token).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.json()["code"]),
            (503, &json!("issuer_unavailable")),
            "{reply:?}"
        );
        assert_eq!(reply.header("retry-after"), "10");
    }
    assert_eq!(hosted.issuer.documents(), 1, "not with every request");
    hosted.issuer.set_down(false);
    hosted.forward(10);
    assert_eq!(hosted.told(&token).await.0, 200);
}

#[tokio::test]
async fn keys_serve_for_a_day_while_the_issuer_is_down() {
    let hosted = Hosted::start().await;
    let long = hosted.token(&json!({"exp": hosted.now() + 200_000}));
    assert_eq!(hosted.told(&long).await.0, 200);
    hosted.issuer.set_down(true);
    hosted.forward(86_399);
    assert_eq!(hosted.told(&long).await.0, 200, "nearly a day later");
    let unknown = SigningKey::other_rsa("rsa-2").token(&hosted.claims(&nothing()));
    assert_eq!(hosted.told(&unknown).await.0, 503, "it may be a new one");
    hosted.forward(10);
    assert_eq!(hosted.told(&long).await.0, 503, "a day later");
    hosted.issuer.set_down(false);
    hosted.forward(10);
    assert_eq!(hosted.told(&long).await.0, 200);
}

#[tokio::test]
async fn a_document_of_another_issuer_is_not_believed() {
    let hosted = Hosted::start().await;
    hosted.issuer.lie(json!({"issuer": "https://evil.example"}));
    assert_eq!(hosted.told(&hosted.token(&nothing())).await.0, 503);
    hosted.issuer.lie(json!({"jwks_uri": "http://192.0.2.1/jwks"}));
    hosted.forward(10);
    assert_eq!(hosted.told(&hosted.token(&nothing())).await.0, 503);
    assert_eq!(hosted.issuer.key_sets(), 0);
}
