//! Keeping and reading blobs.

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use vertice_domain::{BlobHash, ErrorKind};
use vertice_ports::Blobs as _;

use crate::{
    fixtures::{DAY, Disk, LIMIT, execute, message, number, refer, user},
    harness::Store,
};

fn bytes(fill: u8, length: usize) -> Bytes {
    vec![fill; length].into()
}

pub(crate) async fn what_is_put_is_read_by_its_owner_alone(store: &Store) {
    let (disk, ada, eve) = (Disk::new(store), user(store).await, user(store).await);
    disk.blobs.ping().await.unwrap();
    let picture: Bytes = (0..500_000_u32).map(|at| at as u8).collect();
    let hash = disk.blobs.put(ada, "image/png", picture.clone()).await.unwrap();
    assert_eq!(disk.files(), [disk.file(hash)], "one whole file and nothing beside it");

    assert_eq!(disk.blobs.get(ada, hash).await.unwrap().as_ref(), Some(&picture));
    let pieces: Vec<Bytes> = disk.blobs.read(ada, hash).await.unwrap().unwrap().try_collect().await.unwrap();
    assert!(pieces.len() > 1 && pieces.concat() == picture, "{} pieces", pieces.len());
    let other = BlobHash::new([7; 32]);
    assert_eq!(disk.blobs.sizes(ada, &[other, hash]).await.unwrap(), [(hash, 500_000)]);

    assert!(disk.blobs.get(eve, hash).await.unwrap().is_none());
    assert!(disk.blobs.read(eve, hash).await.unwrap().is_none());
    assert!(disk.blobs.sizes(eve, &[hash]).await.unwrap().is_empty());
    assert!(disk.blobs.get(ada, other).await.unwrap().is_none());
    // Who has the same bytes has them too.
    assert_eq!(disk.blobs.put(eve, "image/png", picture).await.unwrap(), hash);
    assert!(disk.blobs.get(eve, hash).await.unwrap().is_some());
}

pub(crate) async fn the_same_bytes_count_once_and_what_is_too_much_is_refused(store: &Store) {
    let (disk, ada, eve) = (Disk::new(store), user(store).await, user(store).await);
    let half = bytes(1, 600_000);
    let hash = disk.blobs.put(ada, "image/png", half.clone()).await.unwrap();
    refer(store, ada, hash, &message(store, ada).await).await;
    for _ in 0..3 {
        disk.blobs.put(ada, "image/png", half.clone()).await.unwrap();
    }
    let refused = disk.blobs.put(ada, "image/png", bytes(2, 400_001)).await.unwrap_err();
    assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::TooLarge, "storage_exceeded"));
    assert!(refused.message.contains("STORAGE_LIMIT_MB_PER_USER"), "{refused}");
    assert_eq!(disk.files().len(), 1, "nothing is written of what is refused");
    disk.blobs.put(ada, "image/png", bytes(2, 400_000)).await.unwrap();
    disk.blobs.put(eve, "image/png", bytes(2, 900_000)).await.unwrap();
}

pub(crate) async fn two_at_once_do_not_pass_the_limit(store: &Store) {
    let (disk, ada) = (Disk::new(store), user(store).await);
    let puts = (0..8).map(|fill| disk.blobs.put(ada, "image/png", bytes(fill, 300_000)));
    let kept = futures::future::join_all(puts).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(kept, 3, "of eight of 300,000 bytes, with room for {LIMIT}");
}

pub(crate) async fn a_file_that_is_damaged_or_gone_is_not_there(store: &Store) {
    let (disk, ada) = (Disk::new(store), user(store).await);
    let hash = disk.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap();
    std::fs::write(disk.file(hash), b"short").unwrap();
    assert!(disk.blobs.get(ada, hash).await.unwrap().is_none());
    assert!(disk.blobs.read(ada, hash).await.unwrap().is_none());
    assert!(disk.blobs.sizes(ada, &[hash]).await.unwrap().is_empty());
    std::fs::remove_file(disk.file(hash)).unwrap();
    assert!(disk.blobs.get(ada, hash).await.unwrap().is_none());
    // Put once more, it is whole again.
    disk.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap();
    assert_eq!(disk.blobs.get(ada, hash).await.unwrap(), Some(bytes(1, 1_000)));
    // A file that shrinks while it is read ends in an error, not early.
    let large = disk.blobs.put(ada, "image/png", bytes(2, 500_000)).await.unwrap();
    let pieces = disk.blobs.read(ada, large).await.unwrap().unwrap();
    std::fs::OpenOptions::new().write(true).open(disk.file(large)).unwrap().set_len(250_000).unwrap();
    let read: Vec<_> = pieces.collect().await;
    assert_eq!(read.last().unwrap().as_ref().unwrap_err().code, "storage_unavailable");
}

pub(crate) async fn a_disk_that_cannot_be_written_says_so(store: &Store) {
    let (disk, ada) = (Disk::new(store), user(store).await);
    // Where the folder belongs there is a file; permissions mean nothing to the user that tests may run as.
    std::fs::write(disk.root(), b"").unwrap();
    let failed = disk.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap_err();
    assert_eq!((failed.kind, failed.code.as_str()), (ErrorKind::Unavailable, "storage_unavailable"));
    assert_eq!(disk.blobs.ping().await.unwrap_err().code, "storage_unavailable");
    std::fs::remove_file(disk.root()).unwrap();
    let hash = disk.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap();
    assert!(disk.blobs.get(ada, hash).await.unwrap().is_some());
}

pub(crate) async fn what_nothing_refers_to_goes_after_a_day(store: &Store) {
    let (disk, ada) = (Disk::new(store), user(store).await);
    let kept = disk.blobs.put(ada, "image/png", bytes(1, 1_000)).await.unwrap();
    let question = message(store, ada).await;
    refer(store, ada, kept, &question).await;
    let stray = disk.blobs.put(ada, "image/png", bytes(2, 1_000)).await.unwrap();
    std::fs::write(disk.root().join("unfinished/half"), b"half").unwrap();
    disk.clock.forward(DAY - 60_000);
    assert_eq!(disk.blobs.sweep().await.unwrap(), 0);
    assert!(disk.blobs.get(ada, stray).await.unwrap().is_some());

    disk.clock.forward(120_000);
    // Put once more, it waits for another day.
    let again = disk.blobs.put(ada, "image/png", bytes(3, 1_000)).await.unwrap();
    assert_eq!(disk.blobs.sweep().await.unwrap(), 1);
    assert!(disk.blobs.get(ada, stray).await.unwrap().is_none());
    assert!(disk.blobs.get(ada, kept).await.unwrap().is_some() && disk.file(again).exists());
    assert_eq!(disk.files().len(), 2, "{:?}", disk.files());

    // With its message it is nobody's any more.
    execute(store, format!("DELETE FROM messages WHERE id = '{question}'")).await;
    assert_eq!(disk.blobs.sweep().await.unwrap(), 1);
    assert_eq!(number(store, "SELECT COUNT(*) FROM blobs").await, 1);
    assert_eq!(disk.files(), [disk.file(again)]);
}

pub(crate) async fn what_is_put_while_a_sweep_runs_stays(store: &Store) {
    let (disk, ada) = (Disk::new(store), user(store).await);
    for _ in 0..20 {
        disk.clock.forward(2 * DAY);
        // Swept and put at once, again and again.
        let (swept, put) =
            tokio::join!(disk.blobs.sweep(), disk.blobs.put(ada, "image/png", bytes(1, 1_000)));
        swept.unwrap();
        let hash = put.unwrap();
        assert_eq!(disk.blobs.get(ada, hash).await.unwrap(), Some(bytes(1, 1_000)));
    }
}
