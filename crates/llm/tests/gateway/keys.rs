//! Users' own keys, providers as their users see them, and the check of a key.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use vertice_domain::{ErrorKind, HealthState, KeySource, Provider, ProviderStatus};
use vertice_llm::{GatewayConfig, ProviderConfig, Secret};
use vertice_ports::{Models as _, ProviderKeys as _, model::ModelEvent};
use vertice_testkit::{Script, Upstream};

use crate::{
    common::{self, actor, prompt},
    duo::{self, Duo},
};

const OPUS: &str = "claude-opus-5-5";

fn of(provider: Provider, statuses: &[ProviderStatus]) -> &ProviderStatus {
    statuses.iter().find(|status| status.provider == provider).unwrap()
}

#[tokio::test]
async fn an_own_key_goes_before_the_servers_and_is_entered() {
    let duo = Duo::at_home().await;
    duo.keys.set(&actor(), Provider::Anthropic, "sk-own-key").await.unwrap();
    duo.events(OPUS, "hello").await;
    duo.events("gpt-6.1-sol", "hello").await;
    let sent = &duo.anthropic.requests()[0].headers;
    assert_eq!(sent.get_all("x-api-key").iter().collect::<Vec<_>>(), ["sk-own-key"]);
    assert!(sent.contains_key("anthropic-version"));
    assert_eq!(duo.openai.requests()[0].headers["authorization"], "Bearer sk-test");
    let own: Vec<bool> = duo.ledger.rows().iter().map(|row| row.own_key).collect();
    assert_eq!(own, [true, false]);
}

#[tokio::test]
async fn an_own_key_never_goes_to_an_address_that_was_set_for_the_servers_key() {
    let (home, proxy, openai) = (Upstream::start().await, Upstream::start().await, Upstream::start().await);
    proxy.models(&[OPUS, "claude-house"]);
    let key = Some(Secret::new("sk-test"));
    let anthropic = Some(ProviderConfig { api_key: key, base_url: Some(proxy.url()) });
    let config = GatewayConfig { anthropic, ..common::keyless() };
    let duo = Duo::built(config, &home_of(&home), proxy, openai);
    let address =
        || async { of(Provider::Anthropic, &duo.gateway.providers(&actor()).await.unwrap()).clone() };
    let before = address().await;
    assert_eq!(before.own_key_address, Some(home.url()), "it is told before a key is stored");
    duo.events(OPUS, "hello").await;
    assert_eq!(duo.anthropic.requests()[0].headers["x-api-key"], "sk-test");

    home.models(&[OPUS]);
    duo.keys.set(&actor(), Provider::Anthropic, "sk-own-key").await.unwrap();
    duo.events(OPUS, "hello").await;
    duo.gateway.check_key(&actor(), Provider::Anthropic).await.unwrap();
    // What only the other address has is asked there, with the server's key.
    duo.events("claude-house", "hello").await;
    assert_eq!(home.requests()[0].headers["x-api-key"], "sk-own-key");
    let sent: Vec<_> =
        duo.anthropic.requests().iter().map(|sent| sent.headers["x-api-key"].clone()).collect();
    assert_eq!(sent, ["sk-test", "sk-test"]);
    let own: Vec<bool> = duo.ledger.rows().iter().map(|row| row.own_key).collect();
    assert_eq!(own, [false, true, false]);
    assert_eq!(address().await.key, KeySource::Own);
}

fn home_of(upstream: &Upstream) -> String {
    duo::home(Provider::Anthropic, &upstream.url())
}

#[tokio::test]
async fn an_address_that_was_set_without_a_key_is_for_the_users_keys() {
    let (home, gateway, openai) = (Upstream::start().await, Upstream::start().await, Upstream::start().await);
    let anthropic = Some(ProviderConfig { api_key: None, base_url: Some(gateway.url()) });
    let config = GatewayConfig { anthropic, ..common::keyless() };
    let duo = Duo::built(config, &home_of(&home), gateway, openai);
    let statuses = duo.gateway.providers(&actor()).await.unwrap();
    assert_eq!(of(Provider::Anthropic, &statuses).own_key_address, Some(duo.anthropic.url()));
    assert_eq!(of(Provider::Anthropic, &statuses).key, KeySource::Missing);
    assert_eq!(of(Provider::Groq, &statuses).own_key_address.as_deref(), Some("https://api.groq.com"));
    duo.keys.set(&actor(), Provider::Anthropic, "sk-own-key").await.unwrap();
    duo.events(OPUS, "hello").await;
    assert_eq!(duo.anthropic.requests()[0].headers["x-api-key"], "sk-own-key");
    assert!(home.requests().is_empty());
}

#[tokio::test]
async fn an_own_key_that_is_rejected_is_the_users_to_mend() {
    let duo = Duo::at_home().await;
    duo.keys.set(&actor(), Provider::Anthropic, "sk-own-key").await.unwrap();
    duo.anthropic.script(Script::status(401));
    let failure = duo.events(OPUS, "hello").await.pop().unwrap().unwrap_err();
    assert_eq!(failure.code, "provider_auth");
    assert!(
        failure.message.contains("your own API key") && !failure.message.contains("sk-own"),
        "{failure:?}"
    );
    assert!(!failure.message.contains("ANTHROPIC_API_KEY"));
}

#[tokio::test]
async fn the_limit_of_one_users_account_is_nobody_elses_trouble() {
    let duo = Duo::at_home().await;
    duo.keys.set(&actor(), Provider::Anthropic, "sk-own-key").await.unwrap();
    for _ in 0..6 {
        duo.anthropic.script(Script::status(429).header("retry-after", "90"));
        duo.events(OPUS, "hello").await;
    }
    let statuses = duo.gateway.providers(&actor()).await.unwrap();
    assert_eq!(of(Provider::Anthropic, &statuses).health, HealthState::Healthy);
}

#[tokio::test]
async fn an_own_key_opens_a_provider_that_the_server_has_no_key_for() {
    let duo = Duo::keyless().await;
    let available = || async {
        let models = duo.gateway.list(&actor()).await.unwrap();
        models.iter().filter(|model| model.available).map(|model| model.provider).collect::<Vec<_>>()
    };
    assert_eq!(available().await, [Provider::Demo]);
    assert!(duo.plan(OPUS, &prompt("hello")).await.is_err());
    duo.keys.set(&actor(), Provider::Anthropic, "sk-own-key").await.unwrap();
    let providers = available().await;
    assert!(providers.contains(&Provider::Anthropic) && !providers.contains(&Provider::Openai));
    assert_eq!(duo.route(OPUS, "hello").await.model, OPUS);
    assert_eq!(duo.route("claude-next", "hello").await.provider, Provider::Anthropic, "new models work too");
    assert_eq!(duo.route("auto", "hello").await.provider, Provider::Anthropic);
}

#[tokio::test]
async fn providers_tell_key_models_and_health() {
    let duo = Duo::at_home().await;
    duo.openai.models(&["gpt-6.1-sol", "house-7b"]);
    duo.keys.set(&actor(), Provider::Anthropic, "sk-own-key").await.unwrap();
    let statuses = duo.gateway.providers(&actor()).await.unwrap();
    assert!(statuses.iter().all(|status| !matches!(status.provider, Provider::Local | Provider::Demo)));
    let (anthropic, openai) = (of(Provider::Anthropic, &statuses), of(Provider::Openai, &statuses));
    assert_eq!((anthropic.key, openai.key), (KeySource::Own, KeySource::Server));
    assert_eq!(anthropic.own_key.as_ref().map(|key| key.ends_in.as_str()), Some("-key"));
    assert_eq!((openai.models, openai.own_key.as_ref()), (2, None));
    assert!(anthropic.models > 5);
    let keyless = Duo::keyless().await;
    let statuses = keyless.gateway.providers(&actor()).await.unwrap();
    assert_eq!(of(Provider::Openai, &statuses).key, KeySource::Missing);
    assert_eq!(of(Provider::Openai, &statuses).models, 0);
}

#[tokio::test]
async fn a_key_is_checked_against_the_list_of_models() {
    let duo = Duo::new().await;
    duo.openai.models(&["gpt-6.1-sol"]);
    duo.gateway.check_key(&actor(), Provider::Openai).await.unwrap();
    let error = duo.gateway.check_key(&actor(), Provider::Anthropic).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Upstream, "provider_not_found"));
    assert!(error.message.contains("ANTHROPIC_BASE_URL"), "{error}");
    assert!(duo.ledger.rows().is_empty() && duo.openai.requests().is_empty(), "it costs nothing");
    let none = Duo::keyless().await.gateway.check_key(&actor(), Provider::Openai).await.unwrap_err();
    assert_eq!((none.kind, none.fields[0].field.as_str()), (ErrorKind::Invalid, "key"));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_told_apart() {
    let world = common::World::new().await;
    let gateway = common::gateway(&common::config("http://127.0.0.1:9"), &world);
    let error = gateway.check_key(&actor(), Provider::Anthropic).await.unwrap_err();
    assert!(error.kind == ErrorKind::Upstream && error.message.contains("cannot be reached"), "{error}");
}

/// Answers one request with this refusal.
async fn refuse(listener: &TcpListener, status: &str, body: &str) {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = [0; 4096];
    let _read = socket.read(&mut request).await.unwrap();
    let headers = format!("content-type: application/json\r\ncontent-length: {}", body.len());
    let answer = format!("HTTP/1.1 {status}\r\n{headers}\r\nconnection: close\r\n\r\n{body}");
    socket.write_all(answer.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_provider_that_does_not_serve_the_country_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let world = common::World::new().await;
    let place = format!("http://{}", listener.local_addr().unwrap());
    let gateway = common::gateway(&common::config(&place), &world);
    let body = r#"{"error":{"code":"unsupported_country_region_territory","message":"Not supported here"}}"#;
    let actor = actor();
    let checked = gateway.check_key(&actor, Provider::Openai);
    let (checked, ()) = tokio::join!(checked, refuse(&listener, "403 Forbidden", body));
    let error = checked.unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Upstream, "provider_region"));
    assert!(error.message.contains("does not serve the country"), "{error}");
}

#[tokio::test]
async fn an_own_key_answers_in_failover_too() {
    let duo = Duo::at_home().await;
    duo.keys.set(&actor(), Provider::Openai, "sk-own-openai").await.unwrap();
    duo.anthropic.script(Script::status(529));
    let hard = "Prove that there are infinitely many primes, and explain why the proof works.";
    let events = duo.events("auto", hard).await;
    assert!(matches!(&events[0], Ok(ModelEvent::Rerouted(_))), "{events:?}");
    assert_eq!(duo.openai.requests()[0].headers["authorization"], "Bearer sk-own-openai");
    let rows = duo.ledger.rows();
    assert!(!rows[0].own_key && rows[1].own_key && rows[1].failover);
}
