//! Who may spend how much, and what is told.

use vertice_domain::{ErrorKind, Provider, Role, Timestamp, Usd};
use vertice_ports::{AccountStore as _, Clock as _, Quota as _};

use crate::harness::{LIMITS, MODEL, Site};

const DAY_MS: i64 = 86_400_000;

pub(crate) async fn the_status_is_what_the_ledger_holds(site: &Site) {
    let user = site.actor(Role::User).await;
    site.enter(&user, MODEL, Provider::Openai, 300).await;
    site.enter(&user, "another", Provider::Groq, 20).await;
    site.enter(&user, "llama", Provider::Local, 9_000).await;
    let held = site.reserve(&user, 500).await.unwrap();
    let status = site.quota.status(&user).await.unwrap();
    assert_eq!((status.tokens_used, status.tokens_remaining), (320, Some(680)));
    assert_eq!((status.daily_limit, status.cost_usd), (Some(1_000), Usd::from_nanos(10)));
    let (now, resets_at) = (site.clock.now().as_millis(), status.resets_at.as_millis());
    assert!(resets_at % DAY_MS == 0 && resets_at > now && resets_at - now <= DAY_MS);
    drop(held);

    site.enter(&user, MODEL, Provider::Openai, 5_000).await;
    assert!(site.quota.status(&user).await.unwrap().is_exhausted());
}

pub(crate) async fn what_is_left_is_known_without_another_look_at_the_ledger(site: &Site) {
    let user = site.actor(Role::User).await;
    site.enter(&user, MODEL, Provider::Openai, 300).await;
    let left = async |actor| site.quota.left(actor).await.unwrap().map(|left| (left.tokens, left.limit));
    assert_eq!(left(&user).await, Some((700, 1_000)));
    let held = site.reserve(&user, 500).await.unwrap();
    // Past the meter: whoever sums up the ledger sees it.
    site.enter(&user, MODEL, Provider::Openai, 100).await;
    assert_eq!(left(&user).await, Some((200, 1_000)), "what is held back is not left");
    site.spend(&user, &held, 400).await;
    drop(held);
    site.settled().await;
    assert_eq!(left(&user).await, Some((300, 1_000)));
    assert_eq!(left(&site.actor(Role::Admin).await).await, None, "no limit");
}

pub(crate) async fn roles_have_their_limits_and_users_their_own(site: &Site) {
    let (user, premium) = (site.actor(Role::User).await, site.actor(Role::Premium).await);
    let admin = site.actor(Role::Admin).await;
    for (actor, limit) in [(&user, Some(LIMITS.user)), (&premium, Some(LIMITS.premium)), (&admin, None)] {
        assert_eq!(site.quota.status(actor).await.unwrap().daily_limit, limit);
        site.enter(actor, MODEL, Provider::Openai, 1_000).await;
    }
    assert!(site.reserve(&user, 1).await.is_err());
    assert!(site.reserve(&premium, 1).await.is_ok() && site.reserve(&admin, 1_000_000).await.is_ok());

    // A limit of the user's own holds from the next call on, though the counter stands already.
    for (own, is_admitted) in [(Some(1_001), true), (Some(1_000), false), (None, false)] {
        site.db.set_daily_token_limit(user.user, own).await.unwrap();
        assert_eq!(site.quota.status(&user).await.unwrap().daily_limit, own.or(Some(LIMITS.user)));
        assert_eq!(site.reserve(&user, 1).await.is_ok(), is_admitted, "{own:?}");
    }
}

pub(crate) async fn a_limit_of_zero_is_none(site: &Site) {
    let user = site.actor(Role::User).await;
    site.db.set_daily_token_limit(user.user, Some(0)).await.unwrap();
    site.enter(&user, MODEL, Provider::Openai, 50_000).await;
    let status = site.quota.status(&user).await.unwrap();
    assert_eq!((status.daily_limit, status.tokens_remaining, status.tokens_used), (None, None, 50_000));
    assert!(!status.is_exhausted());
    assert!(site.quota.reserve(&user, MODEL, Some(0), 100_000).await.is_ok());
}

pub(crate) async fn nothing_left_says_when_it_starts_anew(site: &Site) {
    let user = site.actor(Role::User).await;
    site.enter(&user, MODEL, Provider::Openai, 1_000).await;
    let refused = site.reserve(&user, 1).await.unwrap_err();
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Quota, "quota_exceeded"));
    let resets_at: Timestamp = site.quota.status(&user).await.unwrap().resets_at;
    assert_eq!(refused.resets_at, Some(resets_at));
    assert!(refused.message.contains("1000 tokens") && refused.message.contains(&resets_at.to_string()));
    // Nobody else is touched by it.
    assert!(site.reserve(&site.actor(Role::User).await, 1).await.is_ok());
}

pub(crate) async fn a_models_own_limit_holds_beside_the_users(site: &Site) {
    let user = site.actor(Role::User).await;
    site.enter(&user, "dear", Provider::Openai, 60).await;
    site.enter(&user, "cheap", Provider::Openai, 500).await;
    let dear = async |tokens| site.quota.reserve(&user, "dear", Some(100), tokens).await;
    let held = dear(40).await.unwrap();
    let refused = dear(1).await.unwrap_err();
    assert!(refused.message.contains("100 tokens of dear"), "{}", refused.message);
    // What the refused call had been given of the user's own quota was given back: 440 are left, less 40.
    let rest = site.quota.reserve(&user, "cheap", None, 400).await.unwrap();
    assert!(site.quota.reserve(&user, "cheap", None, 1).await.is_err());
    drop((held, rest));

    // An admin has no limit of their own, but the model's still holds.
    let admin = site.actor(Role::Admin).await;
    let _held = site.quota.reserve(&admin, "dear", Some(100), 100).await.unwrap();
    assert!(site.quota.reserve(&admin, "dear", Some(100), 1).await.is_err());
}
