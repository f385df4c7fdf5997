//! Many calls at once.

use futures::future::join_all;
use vertice_domain::Role;
use vertice_ports::{Ledger as _, Quota as _};

use crate::harness::{LIMITS, MODEL, Site};

/// Tokens of one reservation.
const RESERVE: u64 = 70;

pub(crate) async fn a_hundred_calls_at_once_overshoot_by_less_than_one(site: &Site) {
    let user = site.actor(Role::User).await;
    let calls = (0..100).map(|_| async {
        match site.reserve(&user, RESERVE).await {
            Ok(reservation) => {
                site.spend(&user, &reservation, RESERVE).await;
                true
            }
            Err(error) => {
                assert_eq!(error.code, "quota_exceeded");
                false
            }
        }
    });
    let admitted = join_all(calls).await.into_iter().filter(|admitted| *admitted).count() as u64;
    let spent = site.db.spent(user.user, None, site.clock_start()).await.unwrap().tokens;
    assert_eq!(spent, admitted * RESERVE);
    assert!((LIMITS.user..LIMITS.user + RESERVE).contains(&spent), "{spent}");
    assert!(site.reserve(&user, 1).await.is_err());
}

pub(crate) async fn calls_of_all_sizes_and_outcomes_never_overshoot_by_more_than_one(site: &Site) {
    for case in 0..8_u64 {
        let user = site.actor(Role::User).await;
        // A fixed mixture: answers shorter than reserved, calls that fail before they cost anything.
        let calls = (0..100_u64).map(|n| {
            let reserve = 1 + (n * 37 + case * 101) % 160;
            let used = if n % 5 == 0 { 0 } else { (n * 53 + case * 7) % (reserve + 1) };
            let (site, user) = (&site, &user);
            async move {
                if let Ok(reservation) = site.reserve(user, reserve).await {
                    tokio::task::yield_now().await;
                    site.spend(user, &reservation, used).await;
                }
            }
        });
        join_all(calls).await;
        let spent = site.db.spent(user.user, None, site.clock_start()).await.unwrap().tokens;
        assert!(spent < LIMITS.user + 160, "case {case}: {spent}");
    }
}

pub(crate) async fn nodes_at_once_overshoot_by_less_than_one(site: &Site) {
    let user = site.actor(Role::User).await;
    let nodes = [site.another_node(), site.another_node(), site.another_node()];
    let calls = (0..99).map(|n| nodes[n % 3].reserve(&user, MODEL, None, RESERVE));
    let held: Vec<_> = join_all(calls).await.into_iter().filter_map(Result::ok).collect();
    let tokens = held.len() as u64 * RESERVE;
    assert!((LIMITS.user..LIMITS.user + RESERVE).contains(&tokens), "{tokens}");
}
