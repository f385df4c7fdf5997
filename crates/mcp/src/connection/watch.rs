//! A connection while it lasts: its end is noticed and told, its list of tools kept up to date, its idleness ended.

use std::time::Duration;

use rmcp::{
    RoleClient,
    model::SubscriptionFilter,
    service::{Peer, QuitReason},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    Era,
    call::Link,
    fault,
    live::Shared,
    open::{Opened, how_it_ended},
    program::Program,
    slot::{Attempt, Slot},
    tools,
};

/// How long it may take until it is known why a connection broke.
pub(super) const FOUND_OUT: Duration = Duration::from_secs(3);
/// How long a connection may take to be closed. A session over HTTP is given back meanwhile.
const CLOSED: Duration = Duration::from_secs(6);
/// Between two attempts to hear of changes.
const EARS: Duration = Duration::from_secs(5);

/// Lets a connection be used until it ends.
pub(super) async fn watch(
    shared: &Shared,
    slot: &Slot,
    attempt: &Attempt,
    opened: Opened,
    program: &mut Option<Program>,
) {
    let Opened { service, handler, greeting, tools, fault } = opened;
    let (peer, cancel) = (service.peer().clone(), service.cancellation_token());
    let mut ended = Box::pin(service.waiting());
    let is_stateless = greeting.era == Era::Stateless;
    // Before anybody is told that it is connected, so that whoever waits for it finds the tools.
    tokio::select! {
        biased;
        () = attempt.stop.cancelled() => {}
        () = shared.tools_changed(slot.key, tools) => {}
    }
    let link = Link {
        round: attempt.round,
        peer: peer.clone(),
        handler: handler.clone(),
        tasks: shared.tasks.clone(),
    };
    slot.connected(attempt.round, greeting, link);
    let failure = tokio::select! {
        biased;
        () = attempt.stop.cancelled() => None,
        _ = &mut ended => Some(how_it_ended(&fault, program).await),
        () = retire(shared, slot, attempt) => None,
        () = hear(&peer, &handler.changed, is_stateless) => None,
        () = keep_up(shared, slot, &peer, &handler.changed) => None,
    };
    match failure {
        Some(failure) => slot.failed(attempt.round, failure, &shared.limits),
        None => {
            slot.stopped(attempt.round);
            cancel.cancel();
            let _late: Result<Result<QuitReason, _>, _> = timeout(CLOSED, ended).await;
        }
    }
}

/// Until nobody has used it for long enough.
async fn retire(shared: &Shared, slot: &Slot, attempt: &Attempt) {
    let mut due = Instant::now() + shared.limits.idle;
    loop {
        sleep_until(due).await;
        match slot.retire(attempt.round, &shared.limits) {
            Ok(()) => return,
            Err(later) => due = later,
        }
    }
}

/// Stateless servers tell of changes only to those who ask for it.
async fn hear(peer: &Peer<RoleClient>, changed: &Notify, is_stateless: bool) {
    let tells = peer.peer_info().is_some_and(|info| {
        info.capabilities.tools.as_ref().is_some_and(|tools| tools.list_changed == Some(true))
    });
    if !is_stateless || !tells {
        return std::future::pending().await;
    }
    loop {
        let filter = SubscriptionFilter::builder().tools_list_changed().build();
        if let Ok(mut subscription) = peer.listen(filter).await {
            while let Ok(Some(_)) = subscription.next().await {
                changed.notify_one();
            }
        }
        sleep(EARS).await;
        // What was said meanwhile was not heard.
        changed.notify_one();
    }
}

/// Lists the tools again when they have changed, however often that is said.
async fn keep_up(shared: &Shared, slot: &Slot, peer: &Peer<RoleClient>, changed: &Notify) {
    let mut due = Instant::now() + shared.limits.listing;
    loop {
        changed.notified().await;
        sleep_until(due).await;
        due = Instant::now() + shared.limits.listing;
        match timeout(shared.limits.connect, tools::list(peer, &slot.log)).await {
            Ok(Ok(tools)) => shared.tools_changed(slot.key, tools).await,
            Ok(Err(error)) => {
                let fault = fault::of_request(error).unwrap_or_else(super::ConnectionFault::from);
                slot.log.note(&format!("The tools could not be listed again: {fault}"));
            }
            Err(_elapsed) => slot.log.note("The tools could not be listed again in time."),
        }
    }
}
