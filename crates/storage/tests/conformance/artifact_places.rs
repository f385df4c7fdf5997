//! Where artifacts are, and many writes at once.

use vertice_domain::{Artifact, Author};
use vertice_ports::{
    ArtifactStore as _, ConversationStore as _,
    artifacts::{ArtifactWrite, StoredArtifact, WholeArtifact, Written},
};

use crate::{
    artifacts::{Desk, MOST, artifact, version},
    fixtures::{at, conversation, message, page, whole},
    harness::Store,
};

pub(crate) async fn no_file_lies_where_another_one_needs_a_folder(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let (db, owner) = (desk.db, desk.owner);
    let taken = |path: &str| Written::Taken(path.parse().unwrap());
    let (_, deep) = desk.make("Src/lib/a.rs", 1).await;
    let (_, other) = desk.make("src-b", 2).await;
    assert_eq!(desk.make("src", 3).await.0, taken("Src/lib/a.rs"));
    assert_eq!(desk.make("src/LIB", 3).await.0, taken("Src/lib/a.rs"));
    assert_eq!(desk.make("src-B/x.rs", 3).await.0, taken("src-b"));
    assert_eq!(desk.make("src/lib2", 3).await.0, Written::Done);
    let moved = Artifact { path: "src/lib/A.rs/x".parse().unwrap(), ..other.artifact.clone() };
    assert_eq!(db.change_artifact(owner, &other.artifact, &moved).await.unwrap(), taken("Src/lib/a.rs"));
    // It may move below its own place, and what was deleted is in nobody's way.
    let below = Artifact { path: "Src/lib/a.rs/b".parse().unwrap(), ..deep.artifact.clone() };
    assert_eq!(db.change_artifact(owner, &deep.artifact, &below).await.unwrap(), Written::Done);
    assert!(db.delete_artifact(owner, deep.artifact.id, at(4)).await.unwrap());
    assert_eq!(desk.make("src/lib", 5).await.0, Written::Done);
    assert_eq!(db.undelete_artifact(owner, deep.artifact.id, MOST).await.unwrap(), taken("src/lib"));
}

pub(crate) async fn of_many_at_one_place_at_once_one_is_made(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let paths = ["a/b", "A/B", "a/b/c", "a", "a/B", "a/b"];
    let made = futures::future::join_all(paths.map(|path| desk.make(path, 1))).await;
    let done = made.iter().filter(|(written, _)| *written == Written::Done).count();
    assert_eq!((done, desk.paths().await.len()), (1, 1), "{made:?}");
}

pub(crate) async fn imports_that_cross_wait_for_each_other(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let (_, a) = desk.make("a", 1).await;
    let (_, b) = desk.make("b", 1).await;
    let next = |of: &StoredArtifact| {
        ArtifactWrite::Version(of.artifact.id, version(2, Author::User, 2), "Stored Gürtel".into())
    };
    let create = |path: &str| {
        ArtifactWrite::Create(
            artifact(desk.conversation, path, 2),
            version(1, Author::User, 2),
            "Stored Gürtel".into(),
        )
    };
    let (one, two) = ([next(&a), next(&b), create("c")], [next(&b), create("d"), next(&a)]);
    let (one, two) = futures::join!(desk.write(&one), desk.write(&two));
    assert!([&one, &two].contains(&&Written::Done) && [&one, &two].contains(&&Written::Stale));
    assert_eq!(desk.paths().await.len(), 3);
}

pub(crate) async fn a_copy_is_stored_whole_or_not_at_all(store: &Store) {
    let desk = Desk::new(store, "ann@example.com").await;
    let (db, owner) = (desk.db, desk.owner);
    let copy = conversation("copy", 1);
    let in_place = |place, path: &str| {
        let (stored, first) = (artifact(place, path, 1), version(1, Author::Assistant, 1));
        WholeArtifact { stored, first, content: Some("said".into()) }
    };
    let first = |path: &str| in_place(copy.id, path);
    let message = message(copy.id, None, "Hello", 1);
    let messages = whole(std::slice::from_ref(&message));
    let clash = [first("a.md"), first("A.MD")];
    db.insert_copy(owner, &copy, &messages, &clash).await.unwrap_err();
    assert_eq!(db.get(owner, copy.id).await.unwrap(), None);
    let elsewhere = [in_place(desk.conversation, "x.md")];
    db.insert_copy(owner, &copy, &messages, &elsewhere).await.unwrap_err();
    let all = [first("a.md"), first("b.md")];
    db.insert_copy(owner, &copy, &messages, &all).await.unwrap();
    let stored = db.artifacts(owner, Some(copy.id), &page(9, None)).await.unwrap().unwrap();
    assert_eq!(stored.items.len(), 2);
    assert_eq!(db.message(owner, message.id).await.unwrap(), Some(message));
    assert!(desk.paths().await.is_empty());
}
