//! Asking again: with pauses that grow, have a bound, and differ from page to page, so that those that lost a server
//! together do not all come back to it in the same moment. What asking again would not change is not asked again.

use std::{future::Future, time::Duration};

use crate::{api::ApiError, ui::browser};

/// The first pause, before it is spread.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(10);
/// The longest pause that a server can ask for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pauses between attempts of one kind.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// How many attempts have failed in a row.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// An attempt has succeeded.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Notes a failed attempt; how long to wait before the next one.
    pub(crate) fn failed(&mut self, error: &ApiError) -> Duration {
        self.attempts = self.attempts.saturating_add(1);
        if error.is_final() {
            return LONGEST;
        }
        pause(self.attempts, error.0.retry_after_s.map(Duration::from_secs), browser::random())
    }
}

/// The pause before attempt `attempts` + 1. `chance`: from 0 to 1.
fn pause(attempts: u32, asked_for: Option<Duration>, chance: f64) -> Duration {
    let doubled = FIRST * 2_u32.pow(attempts.saturating_sub(1).min(8));
    let spread = doubled.min(LONGEST).mul_f64(0.5 + chance / 2.0);
    spread.max(asked_for.unwrap_or_default().min(PATIENCE))
}

/// Asks until there is an answer, or a refusal that is final. None: nobody wants to know any more.
pub(crate) async fn persist<T, F>(
    ask: impl Fn() -> F,
    is_wanted: impl Fn() -> bool,
) -> Option<Result<T, ApiError>>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let mut backoff = Backoff::default();
    loop {
        let answer = ask().await;
        if !is_wanted() {
            return None;
        }
        match answer {
            Err(error) if !error.is_final() => browser::sleep(backoff.failed(&error)).await,
            settled => return Some(settled),
        }
        if !is_wanted() {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vertice_domain::{Error, ErrorKind};

    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        let pauses: Vec<u128> = (1..=8).map(|attempts| pause(attempts, None, 1.0).as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        assert_eq!(pause(u32::MAX, None, 1.0), LONGEST);
    }

    #[test]
    fn a_server_may_ask_for_patience_but_not_for_an_hour() {
        assert_eq!(pause(1, Some(Duration::from_secs(20)), 0.0), Duration::from_secs(20));
        assert_eq!(pause(1, Some(Duration::from_secs(3_600)), 0.0), PATIENCE);
    }

    #[test]
    fn what_is_final_is_asked_again_at_leisure_only() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.failed(&ApiError(Error::unauthenticated())), LONGEST);
        backoff.reset();
        assert!(backoff.failed(&ApiError::network()) <= FIRST);
    }

    #[test]
    fn refusals_settle_a_question_and_outages_do_not() {
        let refused = persist(|| async { Err::<(), _>(ApiError(Error::not_found("turn"))) }, || true);
        let refused = futures::executor::block_on(refused);
        assert!(refused.is_some_and(|answer| answer.is_err_and(|error| error.0.kind == ErrorKind::NotFound)));
        let unwanted = persist(|| async { Err::<(), _>(ApiError::unreadable()) }, || false);
        assert!(futures::executor::block_on(unwanted).is_none());
    }

    proptest! {
        #[test]
        fn no_pause_is_shorter_than_half_of_what_is_due(attempts in 1_u32..40, chance in 0.0_f64..1.0) {
            let due = pause(attempts, None, 1.0);
            let spread = pause(attempts, None, chance);
            prop_assert!(spread <= due && spread >= due / 2);
        }
    }
}
