//! One suite, run on SQLite and on PostgreSQL: both must behave the same. PostgreSQL's half needs the URL of a server
//! in `VERTICE_TEST_POSTGRES_URL`, where each test makes a database of its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on shall panic where it stands"
)]
#![expect(clippy::disallowed_methods, reason = "tests look at what the product wrote")]

mod accounts;
mod artifact_places;
mod artifacts;
mod branches;
mod calls;
mod conversations;
mod faults;
mod fixtures;
mod groups;
mod harness;
mod identities;
mod imports;
mod ledger;
mod mcp;
mod migrations;
mod owners;
mod parts;
mod privacy;
mod processes;
mod provider_keys;
mod reports;
mod search;
mod turns;
mod upgrade;

/// Makes two tests of each function: one for each database.
macro_rules! conformance {
    ($($area:ident::$name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let store = crate::harness::Store::sqlite().await;
                crate::$area::$name(&store).await;
                store.remove().await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(store) = crate::harness::Store::postgres().await else { return };
                crate::$area::$name(&store).await;
                store.remove().await;
            })+
        }
    };
}

conformance! {
    imports::a_conversation_is_imported_once_for_each_owner,
    imports::of_two_imports_at_once_one_is_stored,
    imports::what_was_deleted_is_imported_again_and_purges_go_by_it,
    imports::an_export_of_what_is_here_is_here,
    imports::an_import_that_fails_leaves_nothing,
    imports::nobody_keeps_more_imports_than_they_may,
    imports::what_takes_the_database_too_long_is_its_own_fault,
    accounts::only_one_of_many_first_users_is_made,
    accounts::an_address_is_taken_once,
    accounts::sessions_are_found_until_they_end,
    accounts::tokens_are_found_paged_and_revoked,
    accounts::a_token_is_revoked_with_those_made_with_it,
    accounts::nothing_outlives_a_token_that_is_revoked_while_it_makes_others,
    accounts::another_password_ends_the_other_sessions,
    accounts::settings_are_kept,
    accounts::members_are_paged_with_their_limits,
    accounts::a_limit_is_remembered_and_a_change_through_this_process_counts_at_once,
    identities::a_subject_has_one_account,
    identities::an_address_is_not_taken_from_its_account,
    artifacts::an_artifact_and_its_versions_are_kept,
    artifacts::writes_are_all_done_or_none,
    artifact_places::no_file_lies_where_another_one_needs_a_folder,
    artifact_places::of_many_at_one_place_at_once_one_is_made,
    artifact_places::imports_that_cross_wait_for_each_other,
    artifact_places::a_copy_is_stored_whole_or_not_at_all,
    artifacts::lists_are_paged_and_of_one_conversation_or_all,
    artifacts::versions_keep_their_contents_until_they_are_purged,
    artifacts::of_two_versions_at_once_one_is_stale,
    artifacts::what_a_call_has_made_is_found_and_made_once,
    artifacts::names_change_and_deletions_are_taken_back,
    artifacts::what_people_have_changed_since_is_found,
    artifacts::artifacts_go_with_their_conversation_and_are_nobody_elses,
    branches::a_thread_shows_the_path_to_the_head_with_siblings,
    branches::the_newest_leaf_below_becomes_the_head,
    branches::a_long_path_is_read_whole_and_quickly,
    branches::a_path_is_told_from_its_end,
    calls::a_turn_sleeps_and_wakes_anywhere,
    calls::who_refused_a_call_stays_noted_when_its_turn_ends,
    calls::a_turns_end_ends_its_calls,
    calls::a_sleeping_turn_goes_with_its_conversation,
    conversations::what_is_stored_reads_back,
    conversations::a_patch_changes_only_what_it_names,
    conversations::deleting_hides_restoring_shows_purging_removes,
    conversations::pages_hold_every_conversation_once,
    conversations::pages_hold_every_message_once,
    conversations::foreign_cursors_are_refused,
    conversations::a_tree_is_stored_whole_or_not_at_all,
    faults::a_lock_held_by_another_is_an_outage,
    faults::a_closed_database_is_an_outage,
    faults::a_call_that_cannot_be_entered_leaves_nothing_behind,
    groups::a_thousand_turns_begin_and_end_at_once,
    groups::a_turn_after_another,
    groups::what_fails_undoes_itself_alone,
    groups::callers_that_go_away_harm_nobody,
    groups::transactions_that_nobody_waits_for_take_nothing_along,
    groups::a_burst_of_others_does_not_keep_logs_waiting,
    ledger::calls_are_entered_as_they_were,
    ledger::what_was_spent_is_summed,
    ledger::calls_are_listed_newest_first,
    ledger::a_call_is_seen_when_it_has_ended_and_then_stays_as_it_is,
    ledger::an_end_without_a_beginning_is_entered,
    ledger::what_was_never_made_is_taken_back,
    ledger::what_a_process_left_open_is_read_as_it_was_entered,
    ledger::what_a_process_left_open_is_closed_at_its_estimate,
    ledger::what_a_node_with_a_lease_has_open_stays_open,
    ledger::many_calls_are_entered_at_once,
    mcp::servers_are_kept_as_they_are,
    mcp::names_are_taken_once_among_those_that_one_person_sees,
    mcp::others_see_what_is_shared_and_change_nothing,
    mcp::tools_that_go_and_come_back_keep_their_approval,
    mcp::only_the_definition_that_was_seen_is_approved,
    mcp::tools_that_nobody_has_spoken_of_are_forgotten_when_they_are_many,
    mcp::lists_of_one_server_do_not_mix,
    mcp::a_server_may_tell_each_user_of_other_tools,
    mcp::rules_are_replaced_one_by_one,
    mcp::rules_about_arguments_are_replaced_as_a_whole,
    mcp::rules_of_a_conversation_go_with_it,
    mcp::sign_ins_are_each_user_s_own,
    mcp::a_server_takes_everything_of_it_along,
    migrations::a_newer_schema_is_refused,
    migrations::opening_twice_keeps_everything,
    owners::who_has_lost_a_turn_writes_nothing,
    owners::a_lease_keeps_what_a_node_runs,
    owners::a_stop_is_heard_where_the_turn_runs,
    owners::logs_wait_for_no_other_turn,
    owners::who_is_to_stop_does_not_fall_asleep,
    owners::a_stop_and_falling_asleep_never_miss_each_other,
    owners::each_abandoned_turn_is_taken_by_one,
    owners::one_unreadable_turn_stops_no_other,
    owners::a_node_takes_back_what_it_holds_and_nothing_else,
    parts::every_way_of_reading_gives_the_same_parts,
    parts::more_messages_than_one_statement_takes_have_their_parts,
    parts::an_unreadable_part_keeps_its_place,
    parts::blobs_are_kept_by_the_messages_that_name_them,
    parts::a_sleeping_turn_keeps_its_blobs,
    privacy::two_users_see_nothing_of_each_other,
    provider_keys::keys_are_kept_replaced_and_removed,
    reports::days_stand_in_their_order,
    reports::models_stand_by_their_cost,
    reports::every_sum_is_there,
    reports::labels_are_the_owners_words,
    reports::the_median_is_the_middle_one,
    reports::an_empty_period_is_an_empty_report,
    reports::a_report_by_any_key_adds_up_to_the_same_total,
    reports::tools_stand_by_their_use,
    search::words_are_found_in_messages_and_titles,
    search::case_and_wildcards_mean_nothing_special,
    search::operators_narrow,
    search::conversations_with_artifacts_are_found,
    search::every_script_is_found,
    search::what_is_changed_or_gone_is_found_no_more,
    search::what_another_version_writes_is_found,
    search::texts_of_any_kind_are_stored_and_found,
    search::the_newest_message_is_shown,
    search::searches_are_paged,
    search::oversized_searches_are_refused,
    turns::a_turn_begins_and_ends,
    turns::pages_hold_every_unended_turn_once,
    turns::a_turn_under_a_foreign_parent_does_not_begin,
    turns::titles_and_models_are_given_only_where_they_were_missing,
    turns::a_log_is_replayed_from_any_number,
    turns::the_last_step_is_read_without_those_before,
    turns::a_log_ends_where_it_cannot_be_read,
    turns::many_turns_are_appended_to_at_once,
    turns::logs_of_ended_turns_are_dropped_once,
    turns::nul_characters_of_a_model_are_harmless,
    upgrade::every_message_says_what_it_said,
}
