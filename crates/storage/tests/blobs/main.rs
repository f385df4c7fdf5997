//! Blobs on disk, on SQLite and on PostgreSQL: who gets them, how much one may keep, what goes, and what becomes of the
//! pictures of earlier versions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]
#![expect(clippy::disallowed_methods, reason = "tests damage files, and look at what is on the disk")]

mod adopting;
mod fixtures;
#[path = "../conformance/harness.rs"]
#[expect(dead_code, reason = "the other suite needs more of it")]
mod harness;
mod keeping;

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
    keeping::what_is_put_is_read_by_its_owner_alone,
    keeping::the_same_bytes_count_once_and_what_is_too_much_is_refused,
    keeping::two_at_once_do_not_pass_the_limit,
    keeping::a_file_that_is_damaged_or_gone_is_not_there,
    keeping::a_disk_that_cannot_be_written_says_so,
    keeping::what_nothing_refers_to_goes_after_a_day,
    keeping::what_is_put_while_a_sweep_runs_stays,
    adopting::pictures_of_earlier_versions_become_blobs_and_parts,
    adopting::a_start_that_was_broken_off_goes_on,
}
