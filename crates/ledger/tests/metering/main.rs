//! The meter on a ledger that fails, stalls and goes away: what is paid for is entered, and what cannot be entered is not
//! asked.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]

mod support;

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::{self, Instant};
use vertice_domain::{Error, ErrorKind, TokenCounts, Usd};
use vertice_ports::{
    Ids as _, Ledger as _, Meter as _,
    ledger::{CallOutcome, LedgerEntry},
};
use vertice_runtime::SystemIds;

use support::{ESTIMATE, Site, end, opening, tokens};

#[tokio::test]
async fn the_row_stands_before_the_call_is_made_and_is_closed_after_it() {
    let site = Site::new();
    let call = site.meter.open(opening()).await.unwrap();
    let [open] = site.ledger.open().try_into().unwrap();
    assert_eq!((open.outcome, open.tokens, open.estimated), (CallOutcome::Running, ESTIMATE, true));
    assert_eq!((open.cost, open.price.as_deref()), (Some(Usd::from_nanos(110)), Some("{}")));
    assert_eq!(open.node, site.node);
    assert!(site.ledger.rows().is_empty());

    let closed = call.close(end(CallOutcome::Ok, tokens(30, 5)));
    assert_eq!(closed.usage.cost_usd, Some(Usd::from_nanos(35)));
    closed.entered.await;
    assert!(site.ledger.open().is_empty());
    let [row] = site.ledger.rows().try_into().unwrap();
    assert_eq!((row.id, row.outcome, row.tokens), (open.id, CallOutcome::Ok, tokens(30, 5)));
    assert_eq!((row.cost, row.estimated), (Some(Usd::from_nanos(35)), false));
}

#[tokio::test]
async fn a_call_that_is_dropped_is_closed_as_cancelled_at_its_estimate() {
    let site = Site::new();
    drop(site.meter.open(opening()).await.unwrap());
    let [row] = site.ledger.wait_for(1).await.try_into().unwrap();
    assert_eq!((row.outcome, row.tokens, row.estimated), (CallOutcome::Cancelled, ESTIMATE, true));
}

#[tokio::test]
async fn a_call_that_is_taken_back_leaves_nothing_and_costs_nothing() {
    let site = Site::new();
    site.meter.open(opening()).await.unwrap().take_back();
    site.tasks.shut_down().await;
    assert_eq!(site.faulty.entered(), 1);
    assert!(site.ledger.open().is_empty() && site.ledger.rows().is_empty());
}

#[tokio::test]
async fn a_call_that_cannot_be_entered_is_refused() {
    let site = Site::new();
    site.faulty.fail(Error::storage_unavailable());
    let refused = site.meter.open(opening()).await.err().unwrap();
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Unavailable, "storage_unavailable"));
    site.faulty.mend();
    site.tasks.shut_down().await;
    assert!(site.ledger.open().is_empty() && site.ledger.rows().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_does_not_answer_refuses_and_takes_back_what_it_entered_late() {
    let site = Site::new();
    let gate = site.faulty.stall();
    let began = Instant::now();
    let refused = site.meter.open(opening()).await.err().unwrap();
    assert_eq!(refused.code, "storage_unavailable");
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    // The write goes through after all.
    gate.open();
    site.tasks.shut_down().await;
    assert_eq!(site.faulty.entered(), 1);
    assert!(site.ledger.open().is_empty() && site.ledger.rows().is_empty());
}

#[tokio::test]
async fn a_caller_who_goes_away_while_the_row_is_written_leaves_none_behind() {
    let site = Site::new();
    let gate = site.faulty.stall();
    {
        let mut opened = site.meter.open(opening());
        tokio::select! {
            biased;
            _ = &mut opened => unreachable!("the ledger is held up"),
            () = site.faulty.arrived() => {}
        }
    }
    gate.open();
    site.tasks.shut_down().await;
    assert_eq!(site.faulty.entered(), 1);
    assert!(site.ledger.open().is_empty() && site.ledger.rows().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_end_that_cannot_be_written_is_waited_for_a_moment_and_entered_later() {
    let site = Site::new();
    let call = site.meter.open(opening()).await.unwrap();
    site.faulty.fail(Error::storage_unavailable());
    let began = Instant::now();
    call.close(end(CallOutcome::Ok, tokens(30, 5))).entered.await;
    assert_eq!(began.elapsed(), Duration::from_secs(5), "who waits for the end is told after a while");
    assert!(site.ledger.rows().is_empty());
    time::sleep(Duration::from_secs(600)).await;
    let tries = site.faulty.tries();
    assert!((5..60).contains(&tries), "{tries} tries: neither given up nor hammered");
    site.faulty.mend();
    let [row] = site.ledger.wait_for(1).await.try_into().unwrap();
    assert_eq!((row.outcome, row.tokens), (CallOutcome::Ok, tokens(30, 5)));
}

#[tokio::test(start_paused = true)]
async fn while_the_ledger_is_down_new_calls_are_refused_at_once_and_the_first_good_one_carries_the_rest() {
    let site = Site::new();
    let call = site.meter.open(opening()).await.unwrap();
    site.faulty.fail(Error::storage_unavailable());
    let closed = call.close(end(CallOutcome::Failed, tokens(1, 1)));
    time::sleep(Duration::from_secs(120)).await;
    let began = Instant::now();
    assert!(site.meter.open(opening()).await.is_err());
    assert_eq!(began.elapsed(), Duration::ZERO, "nobody waits for the next try of another");
    site.faulty.mend();
    let _next = site.meter.open(opening()).await.unwrap();
    closed.entered.await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    let [row] = site.ledger.rows().try_into().unwrap();
    assert_eq!(row.outcome, CallOutcome::Failed);
}

#[tokio::test]
async fn what_the_store_refuses_of_one_call_holds_up_no_other() {
    let site = Site::new();
    let gate = site.faulty.stall();
    let first = site.meter.open(opening());
    let others = join_all((0..20).map(|index| {
        site.meter.open(vertice_ports::meter::CallOpening {
            model: if index == 7 { support::REFUSED.into() } else { "model".into() },
            ..opening()
        })
    }));
    let ((first, opened), ()) = tokio::join!(async { tokio::join!(first, others) }, async {
        site.faulty.arrived().await;
        gate.open();
    });
    assert!(first.is_ok());
    let refused: Vec<usize> =
        opened.iter().enumerate().filter(|(_, one)| one.is_err()).map(|(index, _)| index).collect();
    assert_eq!(refused, [7]);
}

#[tokio::test]
async fn a_hundred_calls_at_once_are_entered_in_few_transactions() {
    let site = Site::new();
    let gate = site.faulty.stall();
    // While one write is under way, the others gather.
    let first = site.meter.open(opening());
    let rest = join_all((0..99).map(|_| site.meter.open(opening())));
    let ((first, rest), ()) = tokio::join!(async { tokio::join!(first, rest) }, async {
        site.faulty.arrived().await;
        gate.open();
    });
    assert_eq!(site.ledger.open().len(), 100);
    assert!(site.faulty.tries() <= 2, "the first one, and all that came meanwhile");
    let gate = site.faulty.stall();
    let ends: Vec<_> = std::iter::once(first)
        .chain(rest)
        .map(|call| call.unwrap().close(end(CallOutcome::Ok, tokens(3, 4))).entered)
        .collect();
    gate.open();
    join_all(ends).await;
    assert_eq!((site.ledger.open().len(), site.ledger.rows().len()), (0, 100));
    assert!(site.faulty.tries() <= 4, "{}", site.faulty.tries());
}

#[tokio::test]
async fn ends_that_come_while_the_server_stops_are_entered() {
    let site = Site::new();
    let call = site.meter.open(opening()).await.unwrap();
    let stopping = site.tasks.shutdown_token();
    site.tasks.spawn(async move {
        stopping.cancelled().await;
        call.close(end(CallOutcome::Cancelled, tokens(2, 2))).entered.await;
    });
    site.tasks.shut_down().await;
    assert_eq!(site.ledger.rows().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_a_ledger_that_is_down() {
    let site = Site::new();
    let call = site.meter.open(opening()).await.unwrap();
    site.faulty.fail(Error::storage_unavailable());
    drop(call.close(end(CallOutcome::Ok, tokens(2, 2))));
    time::sleep(Duration::from_secs(60)).await;
    let began = Instant::now();
    site.tasks.shut_down().await;
    assert!(began.elapsed() < Duration::from_secs(1));
    // It is still open: the next start closes it.
    site.faulty.mend();
    assert_eq!(site.ledger.open().len(), 1);
    site.recovery(SystemIds.node()).alone().await.unwrap();
    let [row] = site.ledger.rows().try_into().unwrap();
    assert_eq!((row.outcome, row.tokens, row.estimated), (CallOutcome::Interrupted, ESTIMATE, true));
}

#[tokio::test]
async fn what_was_heard_of_an_answer_is_its_bill() {
    let site = Site::new();
    let (heard, unheard) = (opening(), opening());
    site.logs.hear(heard.turn, "twelve chars");
    let open: Vec<_> = [heard.clone(), unheard.clone(), heard.clone()].into_iter().collect();
    for call in open {
        std::mem::forget(site.meter.open(call).await.unwrap());
    }
    // More than are closed at once.
    for _ in 0..150 {
        std::mem::forget(site.meter.open(opening()).await.unwrap());
    }
    site.recovery(SystemIds.node()).alone().await.unwrap();
    let rows = site.ledger.rows();
    assert_eq!((rows.len(), site.ledger.open().len()), (153, 0));
    assert!(rows.iter().all(|row| row.outcome == CallOutcome::Interrupted && row.estimated));
    let of = |turn| rows.iter().filter(|row| row.turn == turn).map(|row| row.tokens).collect::<Vec<_>>();
    // The log says how far the last call of a turn came, and nothing of those before.
    let mut of_heard = of(heard.turn);
    of_heard.sort_by_key(|tokens| tokens.output);
    assert_eq!(of_heard, [ESTIMATE, tokens(100, 12)]);
    assert_eq!(of(unheard.turn), [ESTIMATE]);
    let row = rows.iter().find(|row| row.tokens == tokens(100, 12)).unwrap();
    assert_eq!(row.cost, Some(vertice_domain::Usd::from_nanos(112)));
}

#[tokio::test]
async fn the_real_bill_replaces_the_estimate_of_a_call_taken_for_interrupted() {
    let site = Site::new();
    let call = site.meter.open(opening()).await.unwrap();
    site.recovery(site.node).alone().await.unwrap();
    assert_eq!(site.ledger.open().len(), 1, "what runs is left alone");
    site.recovery(SystemIds.node()).alone().await.unwrap();
    assert_eq!(site.ledger.rows()[0].outcome, CallOutcome::Interrupted);
    call.close(end(CallOutcome::Ok, tokens(30, 5))).entered.await;
    let [row]: [LedgerEntry; 1] = site.ledger.rows().try_into().unwrap();
    assert_eq!((row.outcome, row.tokens, row.estimated), (CallOutcome::Ok, tokens(30, 5), false));
}

#[tokio::test(start_paused = true)]
async fn among_others_it_is_looked_for_what_they_left_until_the_server_stops() {
    let site = Site::new();
    site.recovery(SystemIds.node()).among_others().await.unwrap();
    let call = site.meter.open(opening()).await.unwrap();
    assert_eq!(site.ledger.open().len(), 1);
    time::sleep(Duration::from_secs(11)).await;
    assert_eq!(site.ledger.rows()[0].outcome, CallOutcome::Interrupted);
    drop(call);
    site.tasks.shut_down().await;
    assert_eq!(site.ledger.rows()[0].outcome, CallOutcome::Cancelled);
}

#[tokio::test]
async fn what_is_running_is_not_spent_yet() {
    let site = Site::new();
    let call = opening();
    let (user, began) = (call.user, vertice_domain::Timestamp::from_millis(0));
    let call = site.meter.open(call).await.unwrap();
    assert_eq!(site.ledger.spent(user, None, began).await.unwrap().tokens, 0);
    call.close(end(CallOutcome::Ok, TokenCounts { cache_read: 9, ..tokens(3, 4) })).entered.await;
    assert_eq!(site.ledger.spent(user, None, began).await.unwrap().tokens, 7);
    assert_eq!(Arc::strong_count(&site.ledger), 2);
}
