//! The meter on a real SQLite ledger, with a thousand calls at once.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::Instant;
use vertice_domain::{Actor, GroupBy, Provider, ReportQuery, ReportScope, Role, TokenCounts};
use vertice_ledger::{LedgerMeter, MeterDependencies, Recovery};
use vertice_ports::{
    Clock as _, Ids as _, Ledger as _, Meter as _, Quota as _,
    ledger::CallOutcome,
    meter::{CallEnd, CallOpening},
    quota::Reservation,
};
use vertice_runtime::SystemIds;

use crate::harness::{MODEL, Site};

const CALLS: u64 = 1_000;

fn meter(site: &Site) -> LedgerMeter {
    LedgerMeter::new(MeterDependencies {
        ledger: Arc::new(site.db.clone()),
        clock: site.clock.clone(),
        ids: Arc::new(SystemIds),
        tasks: site.tasks.clone(),
        node: SystemIds.node(),
    })
}

fn opening(user: &Actor, reservation: Reservation) -> CallOpening {
    CallOpening {
        user: user.user,
        conversation: None,
        turn: SystemIds.turn(),
        token: None,
        provider: Provider::Openai,
        model: MODEL.to_owned(),
        own_key: false,
        estimate: TokenCounts { input: 400, output: 200, ..TokenCounts::default() },
        tariff: None,
        reservation,
    }
}

fn end() -> CallEnd {
    CallEnd {
        outcome: CallOutcome::Ok,
        tokens: TokenCounts { input: 3, output: 4, ..TokenCounts::default() },
        estimated: false,
        first_token: None,
        request_id: None,
        failover: false,
        fault: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_begun_at_once_are_entered_and_closed() {
    let site = Site::in_memory().await;
    let user = site.actor(Role::Admin).await;
    let meter = meter(&site);
    let alone = Instant::now();
    let call = meter.open(opening(&user, Reservation::unlimited())).await.unwrap();
    call.close(end()).entered.await;
    let alone = alone.elapsed();
    let began = Instant::now();
    let opened = join_all((0..CALLS).map(|_| async {
        let call = meter.open(opening(&user, Reservation::unlimited())).await.unwrap();
        (call, began.elapsed())
    }))
    .await;
    let mut waits: Vec<Duration> = opened.iter().map(|(_, wait)| *wait).collect();
    waits.sort_unstable();
    let spent = site.db.spent(user.user, None, site.clock_start()).await.unwrap().tokens;
    assert_eq!(spent, 7, "what runs is not spent yet");
    let closing = Instant::now();
    join_all(opened.into_iter().map(|(call, _)| call.close(end()).entered)).await;
    eprintln!(
        "one call alone {alone:?}; {CALLS} at once: opened after {:?} (median) and {:?} (last), closed after {:?}",
        waits[waits.len() / 2],
        waits[waits.len() - 1],
        closing.elapsed()
    );
    let (from, to) = (site.clock_start(), site.clock.now().plus_millis(1));
    let query = ReportQuery { scope: ReportScope::Mine, from, to, group_by: GroupBy::Day };
    let total = site.db.report(Some(user.user), &query).await.unwrap().total;
    assert_eq!((total.calls, total.estimated_calls), (CALLS + 1, 0));
    assert_eq!(total.input_tokens + total.output_tokens, 7 * (CALLS + 1));
}

#[tokio::test]
async fn what_a_crash_left_open_counts_for_the_quota_that_is_made_anew() {
    let site = Site::in_memory().await;
    let user = site.actor(Role::User).await;
    let reservation = site.reserve(&user, 900).await.unwrap();
    // Never closed: its process is gone, and the counters with it.
    std::mem::forget(meter(&site).open(opening(&user, reservation)).await.unwrap());
    site.counters.lose();
    let after = site.another_node();
    let recovery = Recovery {
        ledger: Arc::new(site.db.clone()),
        logs: Arc::new(site.db.clone()),
        estimator: Arc::new(vertice_llm::left_open::HeardEstimator),
        tasks: site.tasks.clone(),
        node: SystemIds.node(),
    };
    recovery.alone().await.unwrap();
    assert_eq!(after.status(&user).await.unwrap().tokens_used, 600);
    let rest = after.reserve(&user, MODEL, None, 400).await.unwrap();
    assert!(after.reserve(&user, MODEL, None, 1).await.is_err());
    drop(rest);
}
