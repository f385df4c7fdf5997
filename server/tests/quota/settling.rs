//! What becomes of reservations: settled, lost, past midnight, abandoned.

use vertice_domain::{Provider, Role};
use vertice_ports::{Clock as _, Ledger as _, Quota as _};

use crate::harness::{MODEL, Site};

const DAY_MS: i64 = 86_400_000;

/// Moves the clock to so many milliseconds before the next midnight.
fn go_before_midnight(site: &Site, millis: i64) {
    let now = site.clock.now().as_millis();
    site.clock.advance_millis(DAY_MS - now.rem_euclid(DAY_MS) - millis);
}

pub(crate) async fn what_is_not_used_is_given_back(site: &Site) {
    let user = site.actor(Role::User).await;
    let held = site.reserve(&user, 1_000).await.unwrap();
    assert!(site.reserve(&user, 1).await.is_err());
    let clone = held.clone();
    drop(held);
    assert!(site.reserve(&user, 1).await.is_err(), "a clone still holds it");
    site.spend(&user, &clone, 300).await;
    drop(clone);
    site.settled().await;
    let rest = site.reserve(&user, 700).await.unwrap();
    assert!(site.reserve(&user, 1).await.is_err());
    drop(rest);
    site.settled().await;
    assert!(site.reserve(&user, 700).await.is_ok());
}

pub(crate) async fn what_is_used_beyond_the_reservation_counts(site: &Site) {
    let user = site.actor(Role::User).await;
    let held = site.reserve(&user, 100).await.unwrap();
    // Two provider calls of one turn: the second one is longer than what is left.
    site.spend(&user, &held, 80).await;
    site.spend(&user, &held, 900).await;
    drop(held);
    site.settled().await;
    let last = site.reserve(&user, 20).await.unwrap();
    assert!(site.reserve(&user, 1).await.is_err());
    drop(last);
}

pub(crate) async fn lost_counters_are_made_anew_from_the_ledger(site: &Site) {
    let user = site.actor(Role::User).await;
    let held = site.reserve(&user, 400).await.unwrap();
    site.spend(&user, &held, 250).await;
    drop(held);
    site.settled().await;
    site.counters.lose();
    let rest = site.reserve(&user, 750).await.unwrap();
    assert!(site.reserve(&user, 1).await.is_err());
    drop(rest);
}

pub(crate) async fn calls_that_run_survive_a_loss(site: &Site) {
    let user = site.actor(Role::User).await;
    let running = site.reserve(&user, 600).await.unwrap();
    site.spend(&user, &running, 100).await;
    site.counters.lose();
    // 100 stand in the ledger, 500 are still held.
    let rest = site.reserve(&user, 400).await.unwrap();
    assert!(site.reserve(&user, 1).await.is_err());
    site.spend(&user, &running, 100).await;
    drop(running);
    site.settled().await;
    let given_back = site.reserve(&user, 400).await.unwrap();
    assert!(site.reserve(&user, 1).await.is_err());
    drop((rest, given_back));
}

pub(crate) async fn a_day_ends_at_midnight(site: &Site) {
    let user = site.actor(Role::User).await;
    go_before_midnight(site, 1);
    site.enter(&user, MODEL, Provider::Openai, 1_000).await;
    let refused = site.reserve(&user, 1).await.unwrap_err();
    assert_eq!(refused.resets_at.unwrap().as_millis(), site.clock.now().as_millis() + 1);
    site.clock.advance_millis(1);
    let fresh = site.reserve(&user, 1_000).await.unwrap();
    assert_eq!(site.quota.status(&user).await.unwrap().tokens_used, 0);
    assert!(site.reserve(&user, 1).await.is_err());
    drop(fresh);
}

pub(crate) async fn a_call_past_midnight_counts_for_its_own_day(site: &Site) {
    let user = site.actor(Role::User).await;
    go_before_midnight(site, 1);
    let began = site.clock.now();
    let yesterdays = site.reserve(&user, 900).await.unwrap();
    site.clock.advance_millis(1_000);
    let todays = site.reserve(&user, 1_000).await.unwrap();
    yesterdays.charge(700);
    drop(yesterdays);
    site.settled().await;
    assert!(site.reserve(&user, 1).await.is_err(), "today gained nothing by it");
    drop(todays);
    site.settled().await;
    let todays = site.reserve(&user, 1_000).await.unwrap();
    drop(todays);
    // Back to the evening before: 700 are gone, and the ledger (which knows nothing of them here) was not asked.
    site.clock.advance_millis(began.as_millis() - site.clock.now().as_millis());
    assert_eq!(site.db.spent(user.user, None, began).await.unwrap().tokens, 0);
    let rest = site.reserve(&user, 300).await.unwrap();
    assert!(site.reserve(&user, 1).await.is_err());
    drop(rest);
}

pub(crate) async fn a_caller_who_goes_away_leaves_nothing_behind(site: &Site) {
    let user = site.actor(Role::User).await;
    site.counters.hold_up();
    {
        let caller = site.quota.reserve(&user, MODEL, None, 1_000);
        tokio::pin!(caller);
        tokio::select! {
            _ = &mut caller => unreachable!("it is held up"),
            () = site.counters.arrived() => {}
        }
    }
    site.counters.release();
    site.settled().await;
    assert!(site.reserve(&user, 1_000).await.is_ok());
}
