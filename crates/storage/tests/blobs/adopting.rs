//! Pictures that earlier versions kept in the database.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vertice_domain::{BlobHash, UserId};
use vertice_ports::Blobs as _;
use vertice_storage::Adopted;

use crate::{
    fixtures::{Site, execute, message, number, texts, user},
    harness::Store,
};

fn png(fill: u8, length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(length, fill);
    bytes
}

fn hash(bytes: &[u8]) -> BlobHash {
    BlobHash::new(Sha256::digest(bytes).into())
}

/// A row as versions before this one wrote it.
async fn old_row(store: &Store, message: &str, position: u32, data: Option<&str>, url: Option<&str>) {
    let quoted = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
    let media_type = data.map(|_| "image/png");
    let sql = format!(
        "INSERT INTO message_images (message_id, position, media_type, data, url) \
         VALUES ('{message}', {position}, {}, {}, {})",
        quoted(media_type),
        quoted(data),
        quoted(url)
    );
    execute(store, sql).await;
}

async fn parts(store: &Store, message: &str) -> Vec<Value> {
    let sql = format!(
        "SELECT body FROM message_parts WHERE message_id = '{message}' AND kind = 'image' ORDER BY position"
    );
    texts(store, &sql).await.iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

pub(crate) async fn pictures_of_earlier_versions_become_blobs_and_parts(store: &Store, site: &Site) {
    let (ada, eve) = (user(store).await, user(store).await);
    let (asked, other) = (message(store, ada).await, message(store, eve).await);
    // More than the limit of a user: what is there already is never refused.
    let (large, small) = (png(1, 5_000_000), png(2, 100));
    old_row(store, &asked, 0, Some(&STANDARD.encode(&large)), None).await;
    old_row(store, &asked, 1, None, Some("https://a.example/b.png")).await;
    old_row(store, &asked, 2, Some(&STANDARD.encode(&small)), None).await;
    old_row(store, &other, 0, Some(&STANDARD.encode(&small)), None).await;
    // None of these stops the start: no base64, no picture, an address that is none.
    old_row(store, &other, 1, Some("!!!"), None).await;
    old_row(store, &other, 2, Some("aGVsbG8="), None).await;
    old_row(store, &other, 3, None, Some("javascript:alert(1)")).await;

    let adopted = site.blobs.adopt().await.unwrap();
    assert_eq!(adopted, Adopted { moved: 4, unreadable: 3 });
    let blob = |bytes: &[u8]| json!({"source": {"type": "blob", "hash": hash(bytes), "media_type": "image/png", "size": bytes.len()}});
    let address = json!({"source": {"type": "url", "url": "https://a.example/b.png"}});
    assert_eq!(parts(store, &asked).await, [blob(&large), address, blob(&small)]);
    assert_eq!(parts(store, &other).await, [blob(&small)]);
    assert_eq!(site.files().len(), 2, "the same picture is kept once");
    let read = |owner: UserId, bytes: &[u8]| {
        let (blobs, hash) = (site.blobs.clone(), hash(bytes));
        async move { blobs.get(owner, hash).await.unwrap() }
    };
    assert_eq!(read(ada, &large).await.unwrap(), large);
    assert_eq!(read(eve, &small).await.unwrap(), small);
    assert!(read(eve, &large).await.is_none());

    // What cannot be read is kept, and the next start says so again.
    assert_eq!(number(store, "SELECT COUNT(*) FROM message_images").await, 3);
    assert_eq!(site.blobs.adopt().await.unwrap(), Adopted { moved: 0, unreadable: 3 });
}

pub(crate) async fn a_start_that_was_broken_off_goes_on(store: &Store, site: &Site) {
    let ada = user(store).await;
    let mut messages = Vec::new();
    for place in 0..150_u8 {
        let message = message(store, ada).await;
        old_row(store, &message, 0, Some(&STANDARD.encode(png(place, 20_000))), None).await;
        messages.push(message);
    }
    // Broken off after a file was written and before its row was.
    let first = png(0, 20_000);
    let path = site.file(hash(&first));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, &first).unwrap();
    // And anywhere else.
    let mut starts = 0;
    while number(store, "SELECT COUNT(*) FROM message_images").await > 0 {
        let patience = std::time::Duration::from_millis(20 + 5 * starts);
        let _ = tokio::time::timeout(patience, site.blobs.adopt()).await;
        starts += 1;
    }
    assert!(starts > 1, "nothing was broken off");
    for (place, message) in messages.iter().enumerate() {
        let bytes = png(u8::try_from(place).unwrap(), 20_000);
        assert_eq!(parts(store, message).await.len(), 1);
        assert_eq!(site.blobs.get(ada, hash(&bytes)).await.unwrap().unwrap(), bytes);
    }
    assert_eq!(number(store, "SELECT COUNT(*) FROM blob_refs").await, 150);
}
