//! The daily quota, whole: on a real SQLite ledger, with the counters of this process and with those of Redis (where
//! `VERTICE_TEST_REDIS_URL` names one).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]

mod harness;
mod load;
mod metering;
mod rules;
mod settling;

/// Makes two tests of each function: one for each kind of counters.
macro_rules! quota_tests {
    ($($area:ident::$name:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::$area::$name(&crate::harness::Site::in_memory().await).await;
            })+
        }

        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(site) = crate::harness::Site::on_redis().await else { return };
                crate::$area::$name(&site).await;
            })+
        }
    };
}

quota_tests! {
    load::a_hundred_calls_at_once_overshoot_by_less_than_one,
    load::calls_of_all_sizes_and_outcomes_never_overshoot_by_more_than_one,
    load::nodes_at_once_overshoot_by_less_than_one,
    rules::the_status_is_what_the_ledger_holds,
    rules::what_is_left_is_known_without_another_look_at_the_ledger,
    rules::roles_have_their_limits_and_users_their_own,
    rules::a_limit_of_zero_is_none,
    rules::nothing_left_says_when_it_starts_anew,
    rules::a_models_own_limit_holds_beside_the_users,
    settling::what_is_not_used_is_given_back,
    settling::what_is_used_beyond_the_reservation_counts,
    settling::lost_counters_are_made_anew_from_the_ledger,
    settling::calls_that_run_survive_a_loss,
    settling::a_day_ends_at_midnight,
    settling::a_call_past_midnight_counts_for_its_own_day,
    settling::a_caller_who_goes_away_leaves_nothing_behind,
}
