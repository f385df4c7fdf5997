//! How a bucket fails: said so that it can be mended, in time, and without a word about bytes that may well be there.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt as _;
use vertice_domain::{Error, ErrorKind};
use vertice_ports::Blobs as _;
use vertice_storage::BucketConfig;
use vertice_testkit::S3Server;

use crate::{
    fixtures::{DAY, Site, bucket, config, number, user},
    harness::Store,
};

/// More than one piece.
fn picture() -> Bytes {
    (0..3_000_000_u32).map(|at| at as u8).collect()
}

fn assert_unavailable<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unavailable, "storage_unavailable"));
}

#[tokio::test]
async fn what_is_wrong_with_a_bucket_is_said_with_what_mends_it() {
    let server = S3Server::start().await;
    let good = config(&server);
    for _ in 0..2 {
        bucket(&good).check().await.unwrap();
    }
    let wrong = |change: fn(&mut BucketConfig)| {
        let mut config = good.clone();
        change(&mut config);
        config
    };
    let secret = wrong(|config| config.secret_key = "another-secret".to_owned());
    let key = wrong(|config| config.access_key = "AKIANOBODY".to_owned());
    let missing = wrong(|config| config.bucket = "elsewhere".to_owned());
    for (config, said) in [
        (&secret, "refuses the keys (SignatureDoesNotMatch). Check S3_ACCESS_KEY and S3_SECRET_KEY"),
        (&key, "Check S3_ACCESS_KEY and S3_SECRET_KEY"),
        (&missing, "has no bucket elsewhere. Make it, or set S3_BUCKET_NAME"),
    ] {
        let error = bucket(config).check().await.unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        let shown = format!("{error} {error:?} {config:?}");
        assert!(!shown.contains("another-secret") && !shown.contains(S3Server::SECRET_KEY), "{shown}");
    }
    server.stop().await;
    let error = bucket(&good).check().await.unwrap_err().to_string();
    assert!(error.contains(&server.url()) && error.contains("Check S3_ENDPOINT_URL"), "{error}");
    assert!(error.contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn plain_http_is_for_who_has_asked_for_it() {
    let server = S3Server::start().await;
    let mut config = config(&server);
    config.endpoint = config.endpoint.replace("http://", "https://");
    // It is asked with TLS, and does not speak it.
    let error = bucket(&config).check().await.unwrap_err().to_string();
    assert!(error.contains("cannot be reached"), "{error}");
}

pub(crate) async fn what_goes_on_when_the_server_is_back(store: &Store, site: &Site) {
    let (ada, server) = (user(store).await, site.server());
    let hash = site.blobs.put(ada, "image/png", picture()).await.unwrap();
    let mut pieces = site.blobs.read(ada, hash).await.unwrap().unwrap();
    assert!(pieces.next().await.unwrap().is_ok());

    server.stop().await;
    assert_unavailable(pieces.next().await.unwrap());
    assert_unavailable(site.blobs.get(ada, hash).await);
    assert_unavailable(site.blobs.read(ada, hash).await.map(drop));
    assert_unavailable(site.blobs.sizes(ada, &[hash]).await);
    assert_unavailable(site.blobs.put(ada, "image/png", Bytes::from_static(b"new")).await);
    let down = site.blobs.ping().await.unwrap_err();
    assert!(down.message.contains("cannot be reached") && down.message.contains("S3_ENDPOINT_URL"), "{down}");

    server.go_on().await;
    site.blobs.ping().await.unwrap();
    assert_eq!(site.blobs.get(ada, hash).await.unwrap(), Some(picture()));
    site.blobs.put(ada, "image/png", Bytes::from_static(b"new")).await.unwrap();
}

pub(crate) async fn what_was_in_flight_is_not_kept_and_can_be_put_again(store: &Store, site: &Site) {
    let (ada, server) = (user(store).await, site.server());
    server.hang(true);
    let stopped = async {
        server.hanging(1).await;
        server.stop().await;
    };
    let (put, ()) = tokio::join!(site.blobs.put(ada, "image/png", picture()), stopped);
    assert_unavailable(put);
    server.hang(false);
    server.go_on().await;
    assert!(site.files().is_empty());
    let hash = site.blobs.put(ada, "image/png", picture()).await.unwrap();
    assert_eq!(site.blobs.get(ada, hash).await.unwrap(), Some(picture()));
}

pub(crate) async fn a_server_that_does_not_answer_is_not_waited_for(store: &Store, site: &Site) {
    let (ada, server) = (user(store).await, site.server());
    let hash = site.blobs.put(ada, "image/png", picture()).await.unwrap();
    site.clock.forward(2 * DAY);
    server.hang(true);
    let begun = Instant::now();
    let slow = site.blobs.ping().await.unwrap_err();
    assert!(slow.message.contains("does not answer in time"), "{slow}");
    assert_unavailable(site.blobs.get(ada, hash).await);
    assert_unavailable(site.blobs.put(ada, "image/png", Bytes::from_static(b"new")).await);
    // A sweep lets go of the rows that it has locked.
    assert_unavailable(site.blobs.sweep().await);
    assert_eq!(number(store, "SELECT COUNT(*) FROM blobs").await, 2);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());

    server.hang(false);
    assert_eq!(site.blobs.sweep().await.unwrap(), 1);
    assert!(site.files().is_empty());
}

pub(crate) async fn an_answer_that_breaks_off_is_taken_up_where_it_broke(store: &Store, site: &Site) {
    let (ada, server) = (user(store).await, site.server());
    let hash = site.blobs.put(ada, "image/png", picture()).await.unwrap();
    server.cut(1);
    assert_eq!(site.blobs.get(ada, hash).await.unwrap(), Some(picture()));
    server.cut(1);
    let pieces = site.blobs.read(ada, hash).await.unwrap().unwrap();
    let read: Vec<Bytes> = pieces.map(Result::unwrap).collect().await;
    assert!(read.concat() == picture());

    // Always: then there is an error, and no half picture.
    server.cut(usize::MAX);
    assert_unavailable(site.blobs.get(ada, hash).await);
    assert_unavailable(site.blobs.read(ada, hash).await.map(drop));
    server.cut(0);
    let mut pieces = site.blobs.read(ada, hash).await.unwrap().unwrap();
    assert!(pieces.next().await.unwrap().is_ok());
    server.cut(usize::MAX);
    assert_unavailable(pieces.next().await.unwrap());
}

pub(crate) async fn blobs_of_a_bucket_that_is_missing_are_not_called_lost(store: &Store, site: &Site) {
    let (ada, server) = (user(store).await, site.server());
    let hash = site.blobs.put(ada, "image/png", picture()).await.unwrap();
    server.remove_bucket();
    assert_unavailable(site.blobs.get(ada, hash).await);
    assert_unavailable(site.blobs.read(ada, hash).await.map(drop));
    assert_unavailable(site.blobs.sizes(ada, &[hash]).await);
    assert_unavailable(site.blobs.put(ada, "image/png", picture()).await);
    let missing = site.blobs.ping().await.unwrap_err();
    assert!(
        missing.message.contains("has no bucket") && missing.message.contains("S3_BUCKET_NAME"),
        "{missing}"
    );

    // An empty one says the truth: they are lost.
    server.make_bucket();
    site.blobs.ping().await.unwrap();
    assert!(site.blobs.get(ada, hash).await.unwrap().is_none());
    assert!(site.blobs.sizes(ada, &[hash]).await.unwrap().is_empty());
    site.blobs.put(ada, "image/png", picture()).await.unwrap();
    assert_eq!(site.blobs.get(ada, hash).await.unwrap(), Some(picture()));
}
