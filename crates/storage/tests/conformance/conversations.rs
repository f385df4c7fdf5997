//! Conversations and pages of them.

use std::collections::HashSet;

use vertice_domain::{
    Author, Conversation, ConversationPatch, ErrorKind, Extent, FinishReason, Intent, MessageStatus,
    PageRequest, Part, PartKind, Provider, RoutedBy, TurnFailure, Usage, Usd, conversation::Mode,
    event::Candidate, message::Receipt, search::SearchQuery,
};
use vertice_ports::{ConversationStore as _, Ids as _};
use vertice_runtime::SystemIds;

use crate::{
    fixtures::{at, chain, conversation, message, page, user, whole},
    harness::Store,
};

pub(crate) async fn what_is_stored_reads_back(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let mut new = conversation("Ça va? 😀", 7);
    new.system_prompt = Some("Be brief.".into());
    (new.pinned, new.archived, new.mode) = (true, true, Mode::Code);
    let mut full = message(new.id, None, "text\n\n```rust\n```", 3);
    full.role = Author::Assistant;
    full.parts.insert(0, Part { position: 0, step: 1, kind: PartKind::Thinking { text: "hm".into() } });
    full.parts[1].position = 4;
    full.status = MessageStatus::Error;
    full.model = Some("model-1".into());
    full.provider = Some(Provider::Anthropic);
    full.turn_id = Some(SystemIds.turn());
    full.finish_reason = Some(FinishReason::MaxTokens);
    full.usage = Some(Usage {
        input_tokens: 1,
        output_tokens: u64::from(u32::MAX) * 2,
        cost_usd: Some(Usd::from_nanos(1_234_567)),
        saved_usd: Some(Usd::from_nanos(-5)),
        estimated: true,
        ..Usage::default()
    });
    let failure = TurnFailure {
        code: "provider_overloaded".into(),
        message: "Busy.".into(),
        kind: ErrorKind::Upstream,
        retryable: true,
        retry_after_s: Some(3),
    };
    full.receipt = Some(Receipt {
        reason: "You chose it.".into(),
        first_token_ms: Some(12),
        total_ms: None,
        failure: Some(failure),
        intent: Some(Intent::Code),
        routed_by: Some(RoutedBy::Router),
        candidates: vec![Candidate { model: "model-1".into(), estimated_usd: None }],
        cache_miss: Some("The system prompt changed.".into()),
    });
    new.head_message_id = Some(full.id);
    db.insert_with_messages(owner, &new, &whole(std::slice::from_ref(&full))).await.unwrap();
    assert_eq!(db.get(owner, new.id).await.unwrap(), Some(new));
    assert_eq!(db.message(owner, full.id).await.unwrap(), Some(full));
    assert_eq!(db.get(owner, SystemIds.conversation()).await.unwrap(), None);
    assert_eq!(db.message(owner, SystemIds.message()).await.unwrap(), None);
}

pub(crate) async fn a_patch_changes_only_what_it_names(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let mut expected = conversation("Before", 5);
    db.create(owner, &expected).await.unwrap();
    let prompt = ConversationPatch { system_prompt: Some("Be brief.".into()), ..Default::default() };
    expected.system_prompt = Some("Be brief.".into());
    assert_eq!(db.patch(owner, expected.id, &prompt).await.unwrap(), Some(expected.clone()));
    let rest = ConversationPatch {
        title: Some("After".into()),
        pinned: Some(true),
        archived: Some(true),
        model: Some("model-2".into()),
        system_prompt: Some(String::new()),
        mode: Some(Mode::Code),
    };
    expected = Conversation {
        title: "After".into(),
        pinned: true,
        archived: true,
        model: "model-2".into(),
        system_prompt: None,
        mode: Mode::Code,
        ..expected
    };
    assert_eq!(db.patch(owner, expected.id, &rest).await.unwrap(), Some(expected.clone()));
    let none = ConversationPatch::default();
    assert_eq!(db.patch(owner, expected.id, &none).await.unwrap(), Some(expected));
    assert_eq!(db.patch(owner, SystemIds.conversation(), &none).await.unwrap(), None);
}

pub(crate) async fn deleting_hides_restoring_shows_purging_removes(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (gone, messages) = chain(db, owner, "Gone", &["a", "b", "c"]).await;
    let (kept, _) = chain(db, owner, "Kept", &["a"]).await;
    assert!(db.delete(owner, gone.id, at(50)).await.unwrap());
    assert!(!db.delete(owner, gone.id, at(60)).await.unwrap());
    assert_eq!(db.get(owner, gone.id).await.unwrap(), None);
    assert_eq!(db.thread(owner, gone.id, Extent::Whole).await.unwrap(), None);
    assert_eq!(db.messages(owner, gone.id, &PageRequest::default()).await.unwrap(), None);
    assert_eq!(db.message(owner, messages[0].id).await.unwrap(), None);
    assert_eq!(db.path(owner, messages[2].id).await.unwrap(), None);
    assert_eq!(db.select_branch(owner, messages[0].id).await.unwrap(), None);
    assert_eq!(db.patch(owner, gone.id, &ConversationPatch::default()).await.unwrap(), None);
    let listed = db.list(owner, &SearchQuery::default(), false, &PageRequest::default()).await.unwrap();
    assert_eq!(listed.items.len(), 1);

    assert_eq!(db.restore(owner, gone.id).await.unwrap(), Some(gone.clone()));
    assert_eq!(db.thread(owner, gone.id, Extent::Whole).await.unwrap().unwrap().messages.len(), 3);

    assert!(db.delete(owner, gone.id, at(50)).await.unwrap());
    assert_eq!(db.purge(at(50)).await.unwrap(), 0);
    assert_eq!(db.purge(at(51)).await.unwrap(), 1);
    assert_eq!(db.restore(owner, gone.id).await.unwrap(), None);
    assert_eq!(db.get(owner, kept.id).await.unwrap(), Some(kept));
}

pub(crate) async fn pages_hold_every_conversation_once(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let mut expected = Vec::new();
    for n in 0..23 {
        let mut new = conversation(&format!("{n}"), n / 4);
        new.pinned = n % 5 == 0;
        db.create(owner, &new).await.unwrap();
        expected.push(new);
    }
    let mut archived = conversation("archived", 99);
    archived.archived = true;
    db.create(owner, &archived).await.unwrap();
    expected.sort_by_key(|one| std::cmp::Reverse((one.pinned, one.updated_at, one.id)));
    for limit in [1, 4, 22, 23, 100] {
        let mut listed = Vec::new();
        let mut cursor = None;
        loop {
            let request = page(limit, cursor);
            let found = db.list(owner, &SearchQuery::default(), false, &request).await.unwrap();
            assert!(found.items.iter().all(|hit| hit.message_id.is_none() && hit.snippet.is_none()));
            listed.extend(found.items.into_iter().map(|hit| hit.conversation));
            cursor = found.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(listed, expected, "limit {limit}");
    }
    let shelf = db.list(owner, &SearchQuery::default(), true, &PageRequest::default()).await.unwrap();
    assert_eq!(shelf.items.into_iter().map(|hit| hit.conversation).collect::<Vec<_>>(), [archived.clone()]);

    // Their names come all at once, whatever is pinned or archived.
    expected.push(archived);
    expected.sort_by_key(|one| std::cmp::Reverse((one.updated_at, one.id)));
    let names = |all: &[Conversation]| -> Vec<_> {
        let name = |one: &Conversation| (one.id, one.title.clone(), one.pinned, one.archived, one.updated_at);
        all.iter().map(name).collect()
    };
    for most in [3, 100] {
        let found = db.names(owner, most).await.unwrap();
        let found: Vec<_> = found
            .into_iter()
            .map(|one| (one.id, one.title, one.pinned, one.archived, one.updated_at))
            .collect();
        assert_eq!(found, names(&expected[..expected.len().min(most as usize)]), "at most {most}");
    }
    let stranger = user(db, "bob@example.com").await;
    assert_eq!(db.names(stranger, 100).await.unwrap(), []);
}

pub(crate) async fn pages_hold_every_message_once(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let new = conversation("Many", 0);
    let root = message(new.id, None, "root", 0);
    let mut all = vec![root.clone()];
    for n in 0..40 {
        all.push(message(new.id, Some(root.id), "child", n / 7));
    }
    db.insert_with_messages(owner, &new, &whole(&all)).await.unwrap();
    let mut listed = Vec::new();
    let mut cursor = None;
    loop {
        let found = db.messages(owner, new.id, &page(6, cursor)).await.unwrap().unwrap();
        listed.extend(found.items);
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    all.sort_by_key(|message| (message.created_at, message.id));
    assert_eq!(listed, all);
    assert_eq!(listed.iter().map(|message| message.id).collect::<HashSet<_>>().len(), 41);
}

pub(crate) async fn foreign_cursors_are_refused(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (new, _) = chain(db, owner, "One", &["a", "b"]).await;
    let of_messages = db.messages(owner, new.id, &page(1, None)).await.unwrap().unwrap().next_cursor;
    for cursor in [of_messages, Some("forged".into()), Some(String::new()), Some("Yy4x".into())] {
        let refused = db.list(owner, &SearchQuery::default(), false, &page(1, cursor)).await.unwrap_err();
        assert_eq!(refused, PageRequest::bad_cursor());
    }
    let refused = db.messages(owner, new.id, &page(1, Some("x".into()))).await.unwrap_err();
    assert_eq!(refused, PageRequest::bad_cursor());
}

pub(crate) async fn a_tree_is_stored_whole_or_not_at_all(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (_, foreign) = chain(db, owner, "Other", &["a"]).await;
    let new = conversation("Broken", 0);
    let stray = message(new.id, Some(foreign[0].id), "its parent is elsewhere", 0);
    let refused = db.insert_with_messages(owner, &new, &whole(&[stray])).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Internal);
    assert_eq!(db.get(owner, new.id).await.unwrap(), None);
}
