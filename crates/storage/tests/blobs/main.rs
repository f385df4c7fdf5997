//! One suite for blobs on the disk and in the bucket of a real S3 server, on SQLite and on PostgreSQL: who gets them, how
//! much one may keep, what goes, and what becomes of the pictures of earlier versions. And how a bucket fails.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on shall panic where it stands"
)]
#![expect(clippy::disallowed_methods, reason = "tests damage files, and look at what is on the disk")]

mod adopting;
mod bucket;
mod fixtures;
#[path = "../conformance/harness.rs"]
#[expect(dead_code, reason = "the other suite needs more of it")]
mod harness;
mod keeping;

/// Makes four tests of each function: one for each database with each place. What is about one place comes behind.
macro_rules! conformance {
    ($($area:ident::$name:ident),+; disk: $($disk_area:ident::$disk_name:ident),+; s3: $($s3_area:ident::$s3_name:ident),+ $(;)?) => {
        mod sqlite {
            mod disk {
                $(conformance!(one $area::$name, on_sqlite, disk);)+
                $(conformance!(one $disk_area::$disk_name, on_sqlite, disk);)+
            }
            mod s3 {
                $(conformance!(one $area::$name, on_sqlite, s3);)+
                $(conformance!(one $s3_area::$s3_name, on_sqlite, s3);)+
            }
        }
        mod postgres {
            mod disk {
                $(conformance!(one $area::$name, on_postgres, disk);)+
                $(conformance!(one $disk_area::$disk_name, on_postgres, disk);)+
            }
            mod s3 {
                $(conformance!(one $area::$name, on_postgres, s3);)+
                $(conformance!(one $s3_area::$s3_name, on_postgres, s3);)+
            }
        }
    };
    (one $area:ident::$name:ident, $database:ident, $place:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let Some(store) = crate::$database().await else { return };
            let site = crate::fixtures::Site::$place(&store).await;
            crate::$area::$name(&store, &site).await;
            drop(site);
            store.remove().await;
        }
    };
}

async fn on_sqlite() -> Option<harness::Store> {
    Some(harness::Store::sqlite().await)
}

async fn on_postgres() -> Option<harness::Store> {
    harness::Store::postgres().await
}

conformance! {
    keeping::what_is_put_is_read_by_its_owner_alone,
    keeping::the_same_bytes_count_once_and_what_is_too_much_is_refused,
    keeping::two_at_once_do_not_pass_the_limit,
    keeping::a_file_that_is_damaged_or_gone_is_not_there,
    keeping::what_cannot_be_written_is_said,
    keeping::what_nothing_refers_to_goes_after_a_day,
    keeping::what_is_put_while_a_sweep_runs_stays,
    adopting::pictures_of_earlier_versions_become_blobs_and_parts,
    adopting::a_start_that_was_broken_off_goes_on;
    disk: keeping::what_was_never_finished_goes_after_a_day;
    s3: bucket::what_goes_on_when_the_server_is_back,
    bucket::what_was_in_flight_is_not_kept_and_can_be_put_again,
    bucket::a_server_that_does_not_answer_is_not_waited_for,
    bucket::an_answer_that_breaks_off_is_taken_up_where_it_broke,
    bucket::blobs_of_a_bucket_that_is_missing_are_not_called_lost;
}
