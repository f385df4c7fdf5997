//! Artifacts and their versions.

use std::slice;

use vertice_domain::{
    Artifact, ArtifactId, ArtifactKind, ArtifactVersion, Author, BlobHash, ConversationId, Timestamp, UserId,
};
use vertice_ports::{
    ArtifactStore as _, ConversationStore as _, Ids as _,
    artifacts::{ArtifactWrite, StoredArtifact, StoredVersion, Written},
};
use vertice_runtime::SystemIds;
use vertice_storage::Database;

use crate::{
    fixtures::{at, conversation, page, user},
    harness::Store,
    parts::put,
};

pub(crate) const MOST: u32 = 500;

fn hash(of: u8) -> BlobHash {
    BlobHash::new([of; 32])
}

pub(crate) fn version(number: u32, by: Author, made: i64) -> StoredVersion {
    let version = ArtifactVersion {
        version: number,
        created_by: by,
        created_at: at(made),
        note: "why".into(),
        message_id: None,
        size: 3,
        added: number,
        removed: 1,
    };
    StoredVersion { version, hash: hash(number as u8), call: None }
}

pub(crate) fn artifact(conversation: ConversationId, path: &str, made: i64) -> StoredArtifact {
    let artifact = Artifact {
        id: SystemIds.artifact(),
        conversation_id: conversation,
        message_id: None,
        path: path.parse().unwrap(),
        title: path.into(),
        kind: ArtifactKind::of_path(path),
        language: None,
        version: 1,
        size: 3,
        created_at: at(made),
        updated_at: at(made),
    };
    StoredArtifact { artifact, hash: hash(1) }
}

pub(crate) struct Desk<'a> {
    pub(crate) db: &'a Database,
    pub(crate) owner: UserId,
    pub(crate) conversation: ConversationId,
}

impl<'a> Desk<'a> {
    pub(crate) async fn new(store: &'a Store, email: &str) -> Self {
        let db = &store.db;
        let owner = user(db, email).await;
        let place = conversation("a", 0);
        db.create(owner, &place).await.unwrap();
        for of in 1..=9 {
            put(store, owner, hash(of)).await;
        }
        Self { db, owner, conversation: place.id }
    }

    pub(crate) async fn make(&self, path: &str, made: i64) -> (Written, StoredArtifact) {
        let artifact = artifact(self.conversation, path, made);
        let write = ArtifactWrite::Create(
            artifact.clone(),
            version(1, Author::Assistant, made),
            "Stored Gürtel".into(),
        );
        (self.write(slice::from_ref(&write)).await, artifact)
    }

    pub(crate) async fn write(&self, writes: &[ArtifactWrite]) -> Written {
        self.db.write_artifacts(self.owner, writes, MOST).await.unwrap()
    }

    async fn add(&self, id: ArtifactId, number: u32, by: Author, made: i64) -> Written {
        self.write(&[ArtifactWrite::Version(id, version(number, by, made), "Stored Gürtel".into())]).await
    }

    pub(crate) async fn paths(&self) -> Vec<String> {
        let all = self.db.artifacts(self.owner, Some(self.conversation), &page(100, None)).await.unwrap();
        all.unwrap().items.into_iter().map(|stored| stored.artifact.path.to_string()).collect()
    }
}

pub(crate) async fn an_artifact_and_its_versions_are_kept(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let (db, owner) = (desk.db, desk.owner);
    let (written, made) = desk.make("src/App.tsx", 5).await;
    assert_eq!(written, Written::Done);
    let id = made.artifact.id;
    assert_eq!(db.artifact(owner, id).await.unwrap(), Some(made.clone()));
    assert_eq!(db.artifact_at(owner, desk.conversation, "src/app.tsx").await.unwrap(), Some(made.clone()));
    assert_eq!(desk.add(id, 2, Author::User, 6).await, Written::Done);
    let now = db.artifact(owner, id).await.unwrap().unwrap();
    assert_eq!((now.artifact.version, now.artifact.updated_at, now.hash), (2, at(6), hash(2)));
    let first = db.artifact_versions(owner, id, &page(1, None)).await.unwrap().unwrap();
    assert_eq!(first.items, [version(2, Author::User, 6)]);
    let rest = db.artifact_versions(owner, id, &page(1, first.next_cursor)).await.unwrap().unwrap();
    assert_eq!(
        (rest.items.as_slice(), rest.next_cursor),
        ([version(1, Author::Assistant, 5)].as_slice(), None)
    );
    assert_eq!(db.artifact_version(owner, id, 1).await.unwrap(), Some(version(1, Author::Assistant, 5)));
    assert_eq!(db.artifact_version(owner, id, 3).await.unwrap(), None);
}

pub(crate) async fn writes_are_all_done_or_none(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let (_, made) = desk.make("a.md", 1).await;
    let id = made.artifact.id;
    let create = |path: &str| {
        ArtifactWrite::Create(
            artifact(desk.conversation, path, 2),
            version(1, Author::User, 2),
            "Stored Gürtel".into(),
        )
    };
    let stale = ArtifactWrite::Version(id, version(3, Author::User, 2), "Stored Gürtel".into());
    assert_eq!(desk.write(&[create("b.md"), stale]).await, Written::Stale);
    let missing =
        ArtifactWrite::Version(SystemIds.artifact(), version(2, Author::User, 2), "Stored Gürtel".into());
    assert_eq!(desk.write(&[create("b.md"), missing]).await, Written::Absent);
    assert_eq!(desk.write(&[create("b.md"), create("A.MD")]).await, Written::Taken("a.md".parse().unwrap()));
    let many = desk.db.write_artifacts(desk.owner, &[create("b.md"), create("c.md")], 2).await.unwrap();
    assert_eq!(many, Written::TooMany);
    assert_eq!(desk.paths().await, ["a.md"]);
    assert_eq!(desk.write(&[create("b.md"), create("c.md")]).await, Written::Done);
    assert_eq!(desk.paths().await, ["a.md", "b.md", "c.md"]);
}

pub(crate) async fn lists_are_paged_and_of_one_conversation_or_all(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let second = conversation("b", 0);
    desk.db.create(desk.owner, &second).await.unwrap();
    for n in 0..5 {
        desk.make(&format!("{n}"), n / 2).await;
    }
    let elsewhere = artifact(second.id, "0", 9);
    let write = ArtifactWrite::Create(elsewhere, version(1, Author::User, 9), "Stored Gürtel".into());
    assert_eq!(desk.write(slice::from_ref(&write)).await, Written::Done);
    for (of, expected) in [(Some(desk.conversation), 5), (Some(second.id), 1), (None, 6)] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let next = desk.db.artifacts(desk.owner, of, &page(2, cursor)).await.unwrap().unwrap();
            seen.extend(
                next.items.into_iter().map(|stored| (stored.artifact.created_at, stored.artifact.id)),
            );
            cursor = next.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert!(seen.is_sorted() && seen.len() == expected, "{seen:?}");
    }
}

/// A conversation's blobs are somebody's as long as a version refers to them.
pub(crate) async fn versions_keep_their_contents_until_they_are_purged(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let (db, owner) = (desk.db, desk.owner);
    let (_, made) = desk.make("a.md", 1).await;
    desk.add(made.artifact.id, 2, Author::User, 2).await;
    let mut connection = store.connection().await;
    let refs = "SELECT CAST(COUNT(*) AS BIGINT) FROM blob_refs WHERE kind = 'artifact'";
    let mut kept = async || sqlx::query_scalar::<_, i64>(refs).fetch_one(&mut connection).await.unwrap();
    assert_eq!(kept().await, 2);
    assert!(db.delete_artifact(owner, made.artifact.id, at(3)).await.unwrap());
    db.purge(at(3)).await.unwrap();
    assert_eq!(kept().await, 2);
    db.purge(at(4)).await.unwrap();
    assert_eq!(kept().await, 0);
    // They go with their conversation, too.
    desk.make("b.md", 5).await;
    assert_eq!(kept().await, 1);
    db.delete(owner, desk.conversation, at(6)).await.unwrap();
    db.purge(at(7)).await.unwrap();
    assert_eq!(kept().await, 0);
}

pub(crate) async fn of_two_versions_at_once_one_is_stale(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let (_, made) = desk.make("a.md", 1).await;
    let id = made.artifact.id;
    let (one, two) = futures::join!(desk.add(id, 2, Author::User, 2), desk.add(id, 2, Author::Assistant, 2));
    assert!(
        [&one, &two].contains(&&Written::Done) && [&one, &two].contains(&&Written::Stale),
        "{one:?} {two:?}"
    );
}

pub(crate) async fn names_change_and_deletions_are_taken_back(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let (db, owner) = (desk.db, desk.owner);
    let (_, a) = desk.make("a.md", 1).await;
    let (_, b) = desk.make("b.md", 2).await;
    let moved =
        |path: &str| Artifact { path: path.parse().unwrap(), title: "New".into(), ..a.artifact.clone() };
    assert_eq!(
        db.change_artifact(owner, &a.artifact, &moved("B.md")).await.unwrap(),
        Written::Taken("b.md".parse().unwrap())
    );
    let change = |path: &'static str| {
        let (before, after) = (a.artifact.clone(), moved(path));
        async move { db.change_artifact(owner, &before, &after).await.unwrap() }
    };
    assert_eq!(change("docs/a.md").await, Written::Done);
    assert_eq!(change("docs/b.md").await, Written::Stale, "somebody moved it meanwhile");
    assert_eq!(desk.paths().await, ["docs/a.md", "b.md"]);
    assert!(db.delete_artifact(owner, b.artifact.id, at(3)).await.unwrap());
    assert!(!db.delete_artifact(owner, b.artifact.id, at(3)).await.unwrap());
    assert_eq!(desk.paths().await, ["docs/a.md"]);
    assert_eq!(desk.add(b.artifact.id, 2, Author::User, 4).await, Written::Absent);
    assert_eq!(db.undelete_artifact(owner, b.artifact.id, MOST).await.unwrap(), Written::Done);
    assert_eq!(desk.paths().await, ["docs/a.md", "b.md"]);
    // There is no room for it any more.
    assert!(db.delete_artifact(owner, b.artifact.id, at(4)).await.unwrap());
    assert_eq!(db.undelete_artifact(owner, b.artifact.id, 1).await.unwrap(), Written::TooMany);
    assert_eq!(desk.paths().await, ["docs/a.md"]);
    assert_eq!(db.undelete_artifact(owner, b.artifact.id, 2).await.unwrap(), Written::Done);
    // Its path is somebody else's by now.
    assert!(db.delete_artifact(owner, b.artifact.id, at(5)).await.unwrap());
    desk.make("b.md", 6).await;
    assert_eq!(
        db.undelete_artifact(owner, b.artifact.id, MOST).await.unwrap(),
        Written::Taken("b.md".parse().unwrap())
    );
    db.purge(at(6)).await.unwrap();
    assert_eq!(db.undelete_artifact(owner, b.artifact.id, MOST).await.unwrap(), Written::Absent);
}

pub(crate) async fn what_people_have_changed_since_is_found(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let (db, owner, conversation) = (desk.db, desk.owner, desk.conversation);
    let (_, a) = desk.make("a.md", 1).await;
    let (_, b) = desk.make("b.md", 1).await;
    desk.add(a.artifact.id, 2, Author::User, 20).await;
    desk.add(a.artifact.id, 3, Author::User, 21).await;
    desk.add(b.artifact.id, 2, Author::Assistant, 22).await;
    let since = |time: Timestamp| async move {
        let found = db.artifacts_edited_since(owner, conversation, time).await.unwrap();
        let told = found.into_iter().map(|(now, before)| {
            (now.artifact.path.to_string(), now.artifact.version, before.map(|before| before.version.version))
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(since(at(10)).await, [("a.md".to_owned(), 3, Some(1))]);
    assert_eq!(since(at(20)).await, [("a.md".to_owned(), 3, Some(2))]);
    assert_eq!(since(at(21)).await, []);
}

pub(crate) async fn what_a_call_has_made_is_found_and_made_once(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let other = Desk::new(store, "bob@example.com").await;
    let (_, made) = desk.make("a.md", 1).await;
    let (id, call) = (made.artifact.id, SystemIds.artifact());
    let by_call =
        |number| StoredVersion { call: Some(call), ..version(number, Author::Assistant, number.into()) };
    assert_eq!(
        desk.write(&[ArtifactWrite::Version(id, by_call(2), "Stored Gürtel".into())]).await,
        Written::Done
    );
    desk.add(id, 3, Author::User, 3).await;
    let twice = [ArtifactWrite::Version(id, by_call(4), "Stored Gürtel".into())];
    assert!(desk.db.write_artifacts(desk.owner, &twice, MOST).await.is_err(), "the same call made two");
    let (now, found) = desk.db.artifact_version_by(desk.owner, call).await.unwrap().unwrap();
    assert_eq!((now.artifact.version, found), (3, by_call(2)));
    assert_eq!(desk.db.artifact_version_by(desk.owner, SystemIds.artifact()).await.unwrap(), None);
    assert_eq!(desk.db.artifact_version_by(other.owner, call).await.unwrap(), None);
}

pub(crate) async fn artifacts_go_with_their_conversation_and_are_nobody_elses(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let other = Desk::new(store, "bob@example.com").await;
    let db = desk.db;
    let (_, made) = desk.make("a.md", 1).await;
    let id = made.artifact.id;
    assert_eq!(db.artifact(other.owner, id).await.unwrap(), None);
    assert_eq!(db.artifact_version(other.owner, id, 1).await.unwrap(), None);
    assert!(db.artifact_versions(other.owner, id, &page(1, None)).await.unwrap().is_none());
    assert!(db.artifacts(other.owner, Some(desk.conversation), &page(1, None)).await.unwrap().is_none());
    assert!(!db.delete_artifact(other.owner, id, at(2)).await.unwrap());
    assert_eq!(
        db.change_artifact(other.owner, &made.artifact, &made.artifact).await.unwrap(),
        Written::Absent
    );
    assert_eq!(other.add(id, 2, Author::User, 2).await, Written::Absent);
    let foreign = ArtifactWrite::Create(
        artifact(desk.conversation, "b.md", 2),
        version(1, Author::User, 2),
        "Stored Gürtel".into(),
    );
    assert_eq!(other.write(slice::from_ref(&foreign)).await, Written::Absent);
    db.delete(desk.owner, desk.conversation, at(3)).await.unwrap();
    assert_eq!(db.artifact(desk.owner, id).await.unwrap(), None);
    db.restore(desk.owner, desk.conversation).await.unwrap();
    assert!(db.artifact(desk.owner, id).await.unwrap().is_some());
    db.delete(desk.owner, desk.conversation, at(3)).await.unwrap();
    db.purge(at(4)).await.unwrap();
    assert_eq!(db.undelete_artifact(desk.owner, id, MOST).await.unwrap(), Written::Absent);
}
