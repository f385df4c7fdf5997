//! The users' own keys for providers, as they were sealed.

use vertice_domain::{Provider, ProviderKey};
use vertice_ports::{Ids as _, ProviderKeyStore as _, provider_keys::SealedKey};
use vertice_runtime::SystemIds;

use crate::{
    fixtures::{at, user},
    harness::Store,
};

fn key(provider: Provider, sealed: &[u8], made: i64) -> SealedKey {
    let info = ProviderKey { provider, ends_in: "wXyZ".into(), created_at: at(made) };
    SealedKey { info, sealed: sealed.to_vec() }
}

pub(crate) async fn keys_are_kept_replaced_and_removed(store: &Store) {
    let db = &store.db;
    let (ann, bob) = (user(db, "ann@example.com").await, user(db, "bob@example.com").await);
    let every_byte: Vec<u8> = (0..=255).collect();
    let openai = key(Provider::Openai, &every_byte, 1);
    let groq = key(Provider::Groq, &[0], 2);
    for key in [&openai, &groq] {
        db.put_provider_key(ann, key, key.info.created_at).await.unwrap();
    }
    let bobs = key(Provider::Openai, b"bob's", 1);
    db.put_provider_key(bob, &bobs, at(1)).await.unwrap();
    assert_eq!(db.provider_keys(ann).await.unwrap(), [groq.clone(), openai]);

    let newer = key(Provider::Openai, b"newer", 3);
    db.put_provider_key(ann, &newer, at(3)).await.unwrap();
    assert_eq!(db.provider_keys(ann).await.unwrap(), [groq.clone(), newer]);
    assert!(db.delete_provider_key(ann, Provider::Openai).await.unwrap());
    assert!(!db.delete_provider_key(ann, Provider::Openai).await.unwrap());
    assert_eq!(db.provider_keys(ann).await.unwrap(), [groq]);
    assert_eq!(db.provider_keys(bob).await.unwrap(), [bobs]);
    assert!(db.put_provider_key(SystemIds.user(), &key(Provider::Groq, b"x", 0), at(0)).await.is_err());
}
