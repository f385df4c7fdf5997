//! Users, sessions, tokens and settings.

use futures::future::join_all;
use sqlx::Executor as _;
use vertice_domain::{ApiToken, Role, Scope};
use vertice_ports::{AccountStore as _, Ids as _, store::StoredSession};
use vertice_runtime::SystemIds;

use crate::{
    fixtures::{at, new_user, page, user},
    harness::Store,
};

pub(crate) async fn only_one_of_many_first_users_is_made(store: &Store) {
    let other = store.open_again().await.unwrap();
    assert!(!store.db.has_users().await.unwrap());
    let wishes = (0..20).map(|n| {
        let db = if n % 2 == 0 { &store.db } else { &other };
        db.create_first_user(new_user(&format!("user{n}@example.com")))
    });
    let made = join_all(wishes).await;
    assert_eq!(made.into_iter().filter(|made| *made.as_ref().unwrap()).count(), 1);
    assert!(store.db.has_users().await.unwrap());
    other.close().await;
}

pub(crate) async fn an_address_is_taken_once(store: &Store) {
    let first = new_user("ada@example.com");
    assert!(store.db.create_user(first.clone()).await.unwrap());
    assert!(!store.db.create_user(new_user("ADA@example.com")).await.unwrap());
    let (profile, hash) = store.db.user_by_email(&first.profile.email).await.unwrap().unwrap();
    assert_eq!((profile, hash), (first.profile.clone(), first.password_hash));
    assert_eq!(store.db.user(first.profile.id).await.unwrap(), Some(first.profile));
    assert_eq!(store.db.user(SystemIds.user()).await.unwrap(), None);
    assert!(store.db.user_by_email(&"no@example.com".parse().unwrap()).await.unwrap().is_none());
}

pub(crate) async fn sessions_are_found_until_they_end(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (short, long) = (SystemIds.session(), SystemIds.session());
    db.create_session(owner, short, [1; 32], at(0), at(100)).await.unwrap();
    db.create_session(owner, long, [2; 32], at(0), at(900)).await.unwrap();
    let stored = StoredSession { id: short, owner, role: Role::User, expires_at: at(100) };
    assert_eq!(db.session_by_hash([1; 32], at(99)).await.unwrap(), Some(stored));
    assert_eq!(db.session_by_hash([1; 32], at(100)).await.unwrap(), None);
    assert_eq!(db.session_by_hash([3; 32], at(0)).await.unwrap(), None);

    // A new session sweeps out those that have ended.
    db.create_session(owner, SystemIds.session(), [4; 32], at(200), at(900)).await.unwrap();
    assert_eq!(db.session_by_hash([1; 32], at(0)).await.unwrap(), None);

    db.delete_session(owner, long).await.unwrap();
    assert_eq!(db.session_by_hash([2; 32], at(200)).await.unwrap(), None);
    db.delete_sessions(owner).await.unwrap();
    assert_eq!(db.session_by_hash([4; 32], at(200)).await.unwrap(), None);
}

fn api_token(made: i64) -> ApiToken {
    ApiToken {
        id: SystemIds.token(),
        name: format!("token {made}"),
        scopes: vec![Scope::Chat, Scope::Read],
        created_at: at(made),
        last_used_at: None,
        expires_at: Some(at(500_000)),
    }
}

pub(crate) async fn tokens_are_found_paged_and_revoked(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let tokens: Vec<ApiToken> = [1, 2, 2, 3].map(api_token).into();
    for (n, token) in tokens.iter().enumerate() {
        assert!(db.create_token(owner, token, [u8::try_from(n).unwrap(); 32], None).await.unwrap());
    }
    let (found, whose, role) = db.token_by_hash([0; 32], at(61_000)).await.unwrap().unwrap();
    assert_eq!((found.id, &found.scopes, whose, role), (tokens[0].id, &tokens[0].scopes, owner, Role::User));
    assert_eq!(found.last_used_at, None);
    let noted = at(60_000);
    db.note_token_use(found.id, noted).await.unwrap();
    assert!(db.token_by_hash([0; 32], at(500_000)).await.unwrap().is_none());

    let first = db.tokens(owner, &page(3, None)).await.unwrap();
    let second = db.tokens(owner, &page(3, first.next_cursor.clone())).await.unwrap();
    assert_eq!(second.next_cursor, None);
    let all: Vec<ApiToken> = first.items.into_iter().chain(second.items).collect();
    let mut newest_first: Vec<_> = tokens.iter().map(|token| (token.created_at, token.id)).collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(all.iter().map(|token| (token.created_at, token.id)).collect::<Vec<_>>(), newest_first);
    assert_eq!(all.last().unwrap().last_used_at, Some(noted));

    assert!(db.delete_token(owner, tokens[0].id).await.unwrap());
    assert!(!db.delete_token(owner, tokens[0].id).await.unwrap());
    assert!(db.token_by_hash([0; 32], at(0)).await.unwrap().is_none());
}

pub(crate) async fn a_token_is_revoked_with_those_made_with_it(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let other = user(db, "eve@example.com").await;
    let family: Vec<ApiToken> = [1, 2, 3, 4].map(api_token).into();
    let mut parent = None;
    for (n, token) in family.iter().enumerate() {
        let hash = [u8::try_from(n).unwrap(); 32];
        assert!(db.create_token(owner, token, hash, parent).await.unwrap());
        parent = Some(token.id);
    }
    assert!(!db.delete_token(other, family[1].id).await.unwrap());
    assert!(db.delete_token(owner, family[1].id).await.unwrap());
    for (n, is_there) in [(0, true), (1, false), (2, false), (3, false)] {
        assert_eq!(db.token_by_hash([n; 32], at(0)).await.unwrap().is_some(), is_there, "{n}");
    }
    let orphan = api_token(5);
    assert!(!db.create_token(owner, &orphan, [9; 32], Some(family[1].id)).await.unwrap());
    assert!(!db.create_token(other, &orphan, [9; 32], Some(family[0].id)).await.unwrap());
    assert!(db.token_by_hash([9; 32], at(0)).await.unwrap().is_none());
}

/// Tokens that make tokens while they are revoked leave none behind.
pub(crate) async fn nothing_outlives_a_token_that_is_revoked_while_it_makes_others(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let root = api_token(1);
    db.create_token(owner, &root, [0; 32], None).await.unwrap();
    let makers = (1..=10_u8).map(|n| async move {
        let child = api_token(i64::from(n));
        if db.create_token(owner, &child, [n; 32], Some(root.id)).await.unwrap() {
            let grandchild = api_token(i64::from(n));
            db.create_token(owner, &grandchild, [n + 100; 32], Some(child.id)).await.unwrap();
        }
    });
    let (_, revoked) = futures::join!(join_all(makers), db.delete_token(owner, root.id));
    assert!(revoked.unwrap());
    assert!(db.tokens(owner, &page(100, None)).await.unwrap().items.is_empty());
}

pub(crate) async fn another_password_ends_the_other_sessions(store: &Store) {
    let db = &store.db;
    let (owner, other) = (user(db, "ada@example.com").await, user(db, "eve@example.com").await);
    let ids = [SystemIds.session(), SystemIds.session(), SystemIds.session()];
    for (n, whose) in [owner, owner, other].into_iter().enumerate() {
        db.create_session(whose, ids[n], [u8::try_from(n).unwrap(); 32], at(0), at(900)).await.unwrap();
    }
    assert!(db.set_password(owner, "$new", Some(ids[1])).await.unwrap());
    let (_, hash) = db.user_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(hash, "$new");
    for (n, is_there) in [(0, false), (1, true), (2, true)] {
        assert_eq!(db.session_by_hash([n; 32], at(1)).await.unwrap().is_some(), is_there, "{n}");
    }
    assert!(db.set_password(owner, "$newer", None).await.unwrap());
    assert!(db.session_by_hash([1; 32], at(1)).await.unwrap().is_none());
    assert!(!db.set_password(SystemIds.user(), "$new", None).await.unwrap());
}

pub(crate) async fn settings_are_kept(store: &Store) {
    assert_eq!(store.db.setting("registration_open").await.unwrap(), None);
    for value in ["true", "false"] {
        store.db.set_setting("registration_open", value).await.unwrap();
        assert_eq!(store.db.setting("registration_open").await.unwrap().as_deref(), Some(value));
    }
}

pub(crate) async fn members_are_paged_with_their_limits(store: &Store) {
    let db = &store.db;
    let mut users = Vec::new();
    for n in 0..5 {
        users.push(user(db, &format!("user{n}@example.com")).await);
    }
    assert!(db.set_daily_token_limit(users[3], Some(7)).await.unwrap());
    assert!(db.set_daily_token_limit(users[4], Some(u64::MAX)).await.unwrap());
    assert!(db.set_daily_token_limit(users[4], None).await.unwrap());
    assert!(!db.set_daily_token_limit(SystemIds.user(), Some(7)).await.unwrap());
    assert_eq!(db.daily_token_limit(users[3]).await.unwrap(), Some(7));
    assert_eq!(db.daily_token_limit(users[4]).await.unwrap(), None);
    assert_eq!(db.daily_token_limit(SystemIds.user()).await.unwrap(), None);

    let first = db.members(&page(3, None)).await.unwrap();
    let second = db.members(&page(3, first.next_cursor.clone())).await.unwrap();
    assert_eq!((first.items.len(), second.next_cursor), (3, None));
    let all: Vec<_> = first.items.into_iter().chain(second.items).collect();
    // All were made at the same moment, so their ids are the order.
    users.sort_unstable();
    assert_eq!(all.iter().map(|member| member.profile.id).collect::<Vec<_>>(), users);
    let limits: Vec<_> = all.iter().filter_map(|member| member.daily_token_limit).collect();
    assert_eq!(limits, [7]);
}

pub(crate) async fn a_limit_is_remembered_and_a_change_through_this_process_counts_at_once(store: &Store) {
    let db = &store.db;
    let (ann, bob) = (user(db, "ann@example.com").await, user(db, "bob@example.com").await);
    assert!(db.set_daily_token_limit(ann, Some(5)).await.unwrap());
    assert_eq!(db.daily_token_limit(ann).await.unwrap(), Some(5));
    // Past the store: whoever asks the database now, sees it.
    store.connection().await.execute("UPDATE users SET daily_token_limit = 6").await.unwrap();
    assert_eq!(db.daily_token_limit(ann).await.unwrap(), Some(5), "the database was asked again");
    assert_eq!(db.daily_token_limit(bob).await.unwrap(), Some(6), "it is each user's own");
    assert!(db.set_daily_token_limit(ann, Some(7)).await.unwrap());
    assert_eq!(db.daily_token_limit(ann).await.unwrap(), Some(7));
    assert_eq!(db.daily_token_limit(bob).await.unwrap(), Some(6));
}
