//! Whom an issuer vouches for.

use futures::future::join_all;
use vertice_domain::Role;
use vertice_ports::{
    AccountStore as _, IdentityStore as _,
    identities::{Joined, Subject},
};

use crate::{
    fixtures::{at, new_user},
    harness::Store,
};

fn subject(issuer: &str, subject: &str) -> Subject {
    Subject { issuer: issuer.to_owned(), subject: subject.to_owned() }
}

pub(crate) async fn a_subject_has_one_account(store: &Store) {
    let (db, ann) = (&store.db, subject("https://id.example.com", "ann"));
    assert_eq!(db.user_of(&ann).await.unwrap(), None);
    let other = store.open_again().await.unwrap();
    let wishes = (0..8).map(|n| {
        let db = if n % 2 == 0 { &store.db } else { &other };
        db.join(&ann, new_user(&format!("ann{n}@example.com")))
    });
    let joined: Vec<Joined> = join_all(wishes).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(joined.iter().filter(|joined| **joined == Joined::Made).count(), 1, "{joined:?}");
    let profile = db.user_of(&ann).await.unwrap().unwrap();
    assert!(
        joined
            .iter()
            .all(|joined| matches!(joined, Joined::Made) || *joined == Joined::Known(profile.clone()))
    );
    assert_eq!(db.user(profile.id).await.unwrap(), Some(profile.clone()));
    for stranger in [subject("https://id.example.com/", "ann"), subject("https://id.example.com", "Ann")] {
        assert_eq!(db.user_of(&stranger).await.unwrap(), None, "{stranger:?}");
    }
    db.set_role(profile.id, Role::Premium).await.unwrap();
    assert_eq!(db.user_of(&ann).await.unwrap().unwrap().role, Role::Premium);
    other.close().await;
}

pub(crate) async fn an_address_is_not_taken_from_its_account(store: &Store) {
    let (db, ann) = (&store.db, subject("https://id.example.com", "ann"));
    assert!(db.create_user(new_user("ann@example.com")).await.unwrap());
    assert_eq!(db.join(&ann, new_user("ann@example.com")).await.unwrap(), Joined::EmailTaken);
    assert_eq!(db.user_of(&ann).await.unwrap(), None);
    let (local, _) = db.user_by_email(&"ann@example.com".parse().unwrap()).await.unwrap().unwrap();
    assert!(db.link(&ann, local.id, at(5)).await.unwrap());
    assert!(db.link(&ann, local.id, at(6)).await.unwrap(), "once more is the same");
    assert_eq!(db.user_of(&ann).await.unwrap(), Some(local.clone()));
    let bob = subject("https://id.example.com", "bob");
    assert_eq!(db.join(&bob, new_user("bob@example.com")).await.unwrap(), Joined::Made);
    assert!(!db.link(&bob, local.id, at(7)).await.unwrap(), "it has an account");
}
