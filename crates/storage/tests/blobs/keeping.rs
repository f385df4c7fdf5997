//! Keeping and reading blobs.

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use vertice_domain::{BlobHash, ErrorKind};
use vertice_ports::Blobs as _;

use crate::{
    fixtures::{DAY, LIMIT, Site, execute, message, number, refer, user},
    harness::Store,
};

fn bytes(fill: u8, length: usize) -> Bytes {
    vec![fill; length].into()
}

pub(crate) async fn what_is_put_is_read_by_its_owner_alone(store: &Store, site: &Site) {
    let (ada, eve) = (user(store).await, user(store).await);
    site.blobs.ping().await.unwrap();
    let picture: Bytes = (0..2_500_000_u32).map(|at| at as u8).collect();
    let hash = site.blobs.put(ada, "image/png", picture.clone()).await.unwrap();
    assert_eq!(site.files(), [site.file(hash)], "one whole file and nothing beside it");

    assert_eq!(site.blobs.get(ada, hash).await.unwrap().as_ref(), Some(&picture));
    let pieces: Vec<Bytes> = site.blobs.read(ada, hash).await.unwrap().unwrap().try_collect().await.unwrap();
    assert!(pieces.len() > 1 && pieces.concat() == picture, "{} pieces", pieces.len());
    assert!(pieces.iter().all(|piece| piece.len() <= 1024 * 1024), "no more than that lies in memory");
    let other = BlobHash::new([7; 32]);
    assert_eq!(site.blobs.sizes(ada, &[other, hash]).await.unwrap(), [(hash, 2_500_000)]);

    assert!(site.blobs.get(eve, hash).await.unwrap().is_none());
    assert!(site.blobs.read(eve, hash).await.unwrap().is_none());
    assert!(site.blobs.sizes(eve, &[hash]).await.unwrap().is_empty());
    assert!(site.blobs.get(ada, other).await.unwrap().is_none());
    // Who has the same bytes has them too.
    assert_eq!(site.blobs.put(eve, "image/png", picture).await.unwrap(), hash);
    assert!(site.blobs.get(eve, hash).await.unwrap().is_some());
}

pub(crate) async fn the_same_bytes_count_once_and_what_is_too_much_is_refused(store: &Store, site: &Site) {
    let (ada, eve) = (user(store).await, user(store).await);
    let half = bytes(1, 2_400_000);
    let hash = site.blobs.put(ada, "image/png", half.clone()).await.unwrap();
    refer(store, ada, hash, &message(store, ada).await).await;
    for _ in 0..3 {
        site.blobs.put(ada, "image/png", half.clone()).await.unwrap();
    }
    let refused = site.blobs.put(ada, "image/png", bytes(2, 1_600_001)).await.unwrap_err();
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::TooLarge, "storage_exceeded"));
    assert!(refused.message.contains("STORAGE_LIMIT_MB_PER_USER"), "{refused}");
    assert_eq!(site.files().len(), 1, "nothing is written of what is refused");
    site.blobs.put(ada, "image/png", bytes(2, 1_600_000)).await.unwrap();
    site.blobs.put(eve, "image/png", bytes(2, 3_600_000)).await.unwrap();
}

pub(crate) async fn two_at_once_do_not_pass_the_limit(store: &Store, site: &Site) {
    let ada = user(store).await;
    let puts = (0..8).map(|fill| site.blobs.put(ada, "image/png", bytes(fill, 1_200_000)));
    let kept = futures::future::join_all(puts).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(kept, 3, "of eight of 1,200,000 bytes, with room for {LIMIT}");
}

pub(crate) async fn a_file_that_is_damaged_or_gone_is_not_there(store: &Store, site: &Site) {
    let ada = user(store).await;
    let hash = site.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap();
    std::fs::write(site.file(hash), b"short").unwrap();
    assert!(site.blobs.get(ada, hash).await.unwrap().is_none());
    assert!(site.blobs.read(ada, hash).await.unwrap().is_none());
    assert!(site.blobs.sizes(ada, &[hash]).await.unwrap().is_empty());
    std::fs::remove_file(site.file(hash)).unwrap();
    assert!(site.blobs.get(ada, hash).await.unwrap().is_none());
    // Put once more, it is whole again.
    site.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap();
    assert_eq!(site.blobs.get(ada, hash).await.unwrap(), Some(bytes(1, 1_000)));
    // A file that shrinks while it is read ends in an error, not early.
    let large = site.blobs.put(ada, "image/png", bytes(2, 2_500_000)).await.unwrap();
    let pieces = site.blobs.read(ada, large).await.unwrap().unwrap();
    std::fs::OpenOptions::new().write(true).open(site.file(large)).unwrap().set_len(1_250_000).unwrap();
    let read: Vec<_> = pieces.collect().await;
    assert_eq!(read.last().unwrap().as_ref().unwrap_err().code, "storage_unavailable");
}

pub(crate) async fn what_cannot_be_written_is_said(store: &Store, site: &Site) {
    let ada = user(store).await;
    // Where the folder belongs (of an S3 server as well) there is a file; permissions mean nothing to the user that tests may run as.
    std::fs::write(site.root(), b"").unwrap();
    let failed = site.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap_err();
    assert_eq!((failed.kind, failed.code.as_str()), (ErrorKind::Unavailable, "storage_unavailable"));
    assert_eq!(site.blobs.ping().await.unwrap_err().code, "storage_unavailable");
    std::fs::remove_file(site.root()).unwrap();
    let hash = site.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap();
    assert!(site.blobs.get(ada, hash).await.unwrap().is_some());
}

pub(crate) async fn what_nothing_refers_to_goes_after_a_day(store: &Store, site: &Site) {
    let ada = user(store).await;
    let kept = site.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap();
    let question = message(store, ada).await;
    refer(store, ada, kept, &question).await;
    let stray = site.blobs.put(ada, "image/png", bytes(2, 1_000)).await.unwrap();
    site.clock.forward(DAY - 60_000);
    assert_eq!(site.blobs.sweep().await.unwrap(), 0);
    assert!(site.blobs.get(ada, stray).await.unwrap().is_some());

    site.clock.forward(120_000);
    // Put once more, it waits for another day.
    let again = site.blobs.put(ada, "image/png", bytes(3, 1_000)).await.unwrap();
    assert_eq!(site.blobs.sweep().await.unwrap(), 1);
    assert!(site.blobs.get(ada, stray).await.unwrap().is_none());
    assert!(site.blobs.get(ada, kept).await.unwrap().is_some() && site.file(again).exists());
    assert_eq!(site.files().len(), 2, "{:?}", site.files());

    // With its message it is nobody's any more.
    execute(store, format!("DELETE FROM messages WHERE id = '{question}'")).await;
    assert_eq!(site.blobs.sweep().await.unwrap(), 1);
    assert_eq!(number(store, "SELECT COUNT(*) FROM blobs").await, 1);
    assert_eq!(site.files(), [site.file(again)]);
}

pub(crate) async fn what_is_put_while_a_sweep_runs_stays(store: &Store, site: &Site) {
    let ada = user(store).await;
    for _ in 0..20 {
        site.clock.forward(2 * DAY);
        // Swept and put at once, again and again.
        let (swept, put) =
            tokio::join!(site.blobs.sweep(), site.blobs.put(ada, "image/png", bytes(1, 1_000)));
        swept.unwrap();
        let hash = put.unwrap();
        assert_eq!(site.blobs.get(ada, hash).await.unwrap(), Some(bytes(1, 1_000)));
    }
}

pub(crate) async fn what_was_never_finished_goes_after_a_day(store: &Store, site: &Site) {
    let ada = user(store).await;
    let kept = site.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap();
    let half = site.root().join("unfinished/half");
    std::fs::write(&half, b"half").unwrap();
    refer(store, ada, kept, &message(store, ada).await).await;
    for (later, is_there) in [(DAY - 60_000, true), (120_000, false)] {
        site.clock.forward(later);
        site.blobs.sweep().await.unwrap();
        assert_eq!(half.exists(), is_there);
    }
    assert_eq!(site.files(), [site.file(kept)]);
}
