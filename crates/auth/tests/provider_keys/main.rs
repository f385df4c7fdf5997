//! The users' own keys, against a store in memory.

#![expect(clippy::unwrap_used, reason = "a double that is used wrongly must stop its test")]

mod store;

use std::sync::Arc;

use store::Store;
use vertice_auth::{SealedKeys, SecretSource};
use vertice_domain::{Actor, ErrorKind, Provider, Role, UserId, account::Credential};
use vertice_ports::{Ids as _, ProviderKeys as _};
use vertice_runtime::SystemIds;
use vertice_testkit::FixedClock;

const KEY: &str = "sk-ant-api03-a-very-secret-key-wXyZ";

fn actor() -> Actor {
    Actor { user: SystemIds.user(), role: Role::User, credential: Credential::Console }
}

fn keys(store: &Arc<Store>, secret: u8) -> SealedKeys {
    SealedKeys::new(store.clone(), Arc::new(FixedClock::new()), SecretSource::Given([secret; 32]))
}

async fn revealed(keys: &SealedKeys, owner: UserId) -> Vec<(Provider, String)> {
    let keys = keys.reveal(owner).await.unwrap();
    keys.into_iter().map(|(provider, key)| (provider, key.reveal().to_owned())).collect()
}

#[tokio::test]
async fn a_key_is_sealed_and_only_its_end_is_shown() {
    let (store, ann) = (Arc::new(Store::default()), actor());
    let keys = keys(&store, 1);
    let told = keys.set(&ann, Provider::Anthropic, &format!("  {KEY}\n")).await.unwrap();
    assert_eq!((told.provider, told.ends_in.as_str()), (Provider::Anthropic, "wXyZ"));
    assert_eq!(keys.list(&ann).await.unwrap(), [told]);
    assert_eq!(revealed(&keys, ann.user).await, [(Provider::Anthropic, KEY.to_owned())]);
    let stored = format!("{:?}", store.all());
    let bytes = store.all().remove(0).1.sealed;
    assert!(!stored.contains("secret") && !bytes.windows(6).any(|window| window == b"secret"));
}

#[tokio::test]
async fn what_can_be_no_key_is_refused() {
    let (store, ann) = (Arc::new(Store::default()), actor());
    let keys = keys(&store, 1);
    for (provider, key, field) in [
        (Provider::Openai, "", "key"),
        (Provider::Openai, "short", "key"),
        (Provider::Openai, "sk-with a blank", "key"),
        (Provider::Local, KEY, "provider"),
        (Provider::Demo, KEY, "provider"),
    ] {
        let error = keys.set(&ann, provider, key).await.unwrap_err();
        assert_eq!((error.kind, error.fields[0].field.as_str()), (ErrorKind::Invalid, field), "{key}");
    }
    assert!(store.all().is_empty());
    assert_eq!(keys.delete(&ann, Provider::Openai).await.unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn changes_hold_from_the_next_call_on() {
    let (store, ann) = (Arc::new(Store::default()), actor());
    let keys = keys(&store, 1);
    assert!(revealed(&keys, ann.user).await.is_empty());
    keys.set(&ann, Provider::Groq, "gsk_first_key").await.unwrap();
    assert_eq!(revealed(&keys, ann.user).await, [(Provider::Groq, "gsk_first_key".to_owned())]);
    keys.set(&ann, Provider::Groq, "gsk_second_key").await.unwrap();
    assert_eq!(revealed(&keys, ann.user).await, [(Provider::Groq, "gsk_second_key".to_owned())]);
    keys.delete(&ann, Provider::Groq).await.unwrap();
    assert!(revealed(&keys, ann.user).await.is_empty() && keys.list(&ann).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_way_of_every_message_does_not_read_the_store() {
    let (store, ann) = (Arc::new(Store::default()), actor());
    let clock = Arc::new(FixedClock::new());
    let keys = SealedKeys::new(store.clone(), clock.clone(), SecretSource::Given([1; 32]));
    keys.set(&ann, Provider::Groq, KEY).await.unwrap();
    for _ in 0..100 {
        assert_eq!(revealed(&keys, ann.user).await.len(), 1);
    }
    assert_eq!(store.reads(), 1);
    // Another node may have changed something by now.
    clock.advance_millis(30_000);
    revealed(&keys, ann.user).await;
    assert_eq!(store.reads(), 2);
}

#[tokio::test]
async fn nobody_has_anybody_elses_keys() {
    let (store, ann, eve) = (Arc::new(Store::default()), actor(), actor());
    let before = keys(&store, 1);
    before.set(&ann, Provider::Openai, KEY).await.unwrap();
    assert!(revealed(&before, eve.user).await.is_empty() && before.list(&eve).await.unwrap().is_empty());
    assert!(before.delete(&eve, Provider::Openai).await.is_err());
    // Not even by writing to the database: the row is given to Eve, and to another provider.
    let stolen = store.all().remove(0).1;
    store.plant(eve.user, stolen.clone());
    let mut moved = stolen;
    moved.info.provider = Provider::Groq;
    store.plant(ann.user, moved);
    let after = keys(&store, 1);
    assert!(revealed(&after, eve.user).await.is_empty());
    assert_eq!(revealed(&after, ann.user).await, [(Provider::Openai, KEY.to_owned())]);
}

#[tokio::test]
async fn with_another_secret_keys_are_shown_but_not_used() {
    let (store, ann) = (Arc::new(Store::default()), actor());
    keys(&store, 1).set(&ann, Provider::Openai, KEY).await.unwrap();
    let changed = keys(&store, 2);
    assert!(revealed(&changed, ann.user).await.is_empty());
    assert_eq!(changed.list(&ann).await.unwrap().len(), 1);
    changed.set(&ann, Provider::Openai, "sk-stored-again").await.unwrap();
    assert_eq!(revealed(&changed, ann.user).await, [(Provider::Openai, "sk-stored-again".to_owned())]);
}
