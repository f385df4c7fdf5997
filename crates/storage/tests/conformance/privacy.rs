//! Two users: whatever one of them asks for by the other's ids is not there.

use std::sync::Arc;

use vertice_domain::{
    ApiToken, Conversation, ConversationPatch, Extent, GroupBy, Message, PageRequest, Provider, ProviderKey,
    Report, ReportQuery, ReportScope, UserId, search::SearchQuery,
};
use vertice_ports::{
    AccountStore as _, ConversationStore as _, Ids as _, Ledger as _, ProviderKeyStore as _, TurnStore as _,
    ledger::{LedgerEntry, Spent},
    provider_keys::SealedKey,
    turns::BeginTurn,
};
use vertice_runtime::SystemIds;
use vertice_storage::Database;

use crate::{
    fixtures::{LEASE, at, batch, begin, begun, chain, end, node, page, tokens, user},
    harness::Store,
    ledger::call,
};

pub(crate) async fn two_users_see_nothing_of_each_other(store: &Store) {
    let db = &store.db;
    let (ada, eve) = (user(db, "ada@example.com").await, user(db, "eve@example.com").await);
    let (mine, messages) = chain(db, ada, "Secret plans", &["secret question", "secret answer"]).await;
    let turn = begun(db, ada).await;
    db.append(node(), LEASE, vec![batch(&turn, tokens(1, 3))]).await.unwrap();

    conversations_are_not_there(db, eve, &mine, &messages).await;
    turns_are_not_there(db, ada, eve, &turn).await;
    credentials_are_not_there(db, ada, eve).await;
    money_is_not_there(db, ada, eve, &mine).await;

    assert_eq!(db.get(ada, mine.id).await.unwrap().as_ref(), Some(&mine));
    assert_eq!(db.thread(ada, mine.id, Extent::Whole).await.unwrap().unwrap().messages.len(), 2);
    assert!(db.delete(ada, mine.id, at(0)).await.unwrap());
    assert_eq!(db.restore(eve, mine.id).await.unwrap(), None);
    assert_eq!(db.get(ada, mine.id).await.unwrap(), None);
}

async fn conversations_are_not_there(db: &Database, eve: UserId, mine: &Conversation, messages: &[Message]) {
    let all = PageRequest::default();
    for query in ["", "secret", "title:secret", "model:auto", "has:code"] {
        let found = db.list(eve, &SearchQuery::parse(query), false, &all).await.unwrap();
        assert!(found.items.is_empty() && found.next_cursor.is_none(), "{query}");
    }
    let patch = ConversationPatch { title: Some("Mine now".into()), ..Default::default() };
    assert_eq!(db.get(eve, mine.id).await.unwrap(), None);
    assert_eq!(db.patch(eve, mine.id, &patch).await.unwrap(), None);
    assert!(!db.delete(eve, mine.id, at(0)).await.unwrap());
    assert_eq!(db.messages(eve, mine.id, &all).await.unwrap(), None);
    assert_eq!(db.thread(eve, mine.id, Extent::Whole).await.unwrap(), None);
    for message in messages {
        assert_eq!(db.message(eve, message.id).await.unwrap(), None);
        assert_eq!(db.path(eve, message.id).await.unwrap(), None);
        assert_eq!(db.select_branch(eve, message.id).await.unwrap(), None);
        assert!(db.sealed(eve, &[message.id]).await.unwrap().is_empty());
    }
    let intruder = begin(mine.id, mine.head_message_id, "let me in", 50);
    assert!(!db.begin(eve, intruder.clone()).await.unwrap());
    assert_eq!(db.turn(eve, intruder.turn).await.unwrap(), None);
}

async fn turns_are_not_there(db: &Database, ada: UserId, eve: UserId, turn: &BeginTurn) {
    assert_eq!(db.turn(eve, turn.turn).await.unwrap(), None);
    assert!(db.events(eve, turn.turn, 0).await.unwrap().is_empty());
    let unended = async |owner| db.unended(owner, None, &page(50, None)).await.unwrap().items.len();
    assert_eq!((unended(eve).await, unended(ada).await), (0, 1));
    assert!(!db.request_stop(eve, turn.turn).await.unwrap());
    assert!(db.append(node(), LEASE, Vec::new()).await.unwrap().stops.is_empty());
    assert!(db.wake(eve, turn.turn, node()).await.unwrap().is_none());
    assert_eq!(db.events(ada, turn.turn, 0).await.unwrap().len(), 3);
    let mut finish = end(turn, "done", 4);
    finish.events = vec![Arc::clone(&finish.events[0])];
    assert!(db.end(finish).await.unwrap());
    assert!(db.events(eve, turn.turn, 0).await.unwrap().is_empty());
}

async fn credentials_are_not_there(db: &Database, ada: UserId, eve: UserId) {
    let session = SystemIds.session();
    db.create_session(ada, session, [7; 32], at(0), at(900)).await.unwrap();
    db.delete_session(eve, session).await.unwrap();
    db.delete_sessions(eve).await.unwrap();
    assert!(db.session_by_hash([7; 32], at(1)).await.unwrap().is_some());
    let token = ApiToken {
        id: SystemIds.token(),
        name: "mine".into(),
        scopes: Vec::new(),
        created_at: at(0),
        last_used_at: None,
        expires_at: None,
    };
    db.create_token(ada, &token, [8; 32], None).await.unwrap();
    assert!(db.tokens(eve, &PageRequest::default()).await.unwrap().items.is_empty());
    assert!(!db.delete_token(eve, token.id).await.unwrap());
    assert!(db.token_by_hash([8; 32], at(1)).await.unwrap().is_some());
}

async fn money_is_not_there(db: &Database, ada: UserId, eve: UserId, mine: &Conversation) {
    db.enter(&[LedgerEntry { conversation: Some(mine.id), ..call(ada, at(0)) }]).await.unwrap();
    assert_eq!(db.spent(eve, None, at(0)).await.unwrap(), Spent::default());
    assert!(db.spent(ada, None, at(0)).await.unwrap().tokens > 0);
    assert!(db.rows(Some(eve), at(0), at(10), 10).await.unwrap().is_empty());
    for group_by in [GroupBy::Day, GroupBy::Conversation, GroupBy::User] {
        let query = ReportQuery { scope: ReportScope::Mine, from: at(0), to: at(10), group_by };
        assert_eq!(db.report(Some(eve), &query).await.unwrap(), Report::default());
        let everybody = db.report(None, &query).await.unwrap();
        assert_eq!(everybody.total.calls, 1);
        assert!(everybody.items.iter().all(|row| row.label.as_deref() != Some("Secret plans")));
    }
    let info = ProviderKey { provider: Provider::Groq, ends_in: "1234".into(), created_at: at(0) };
    db.put_provider_key(ada, &SealedKey { info, sealed: vec![1] }, at(0)).await.unwrap();
    assert!(db.provider_keys(eve).await.unwrap().is_empty());
    assert!(!db.delete_provider_key(eve, Provider::Groq).await.unwrap());
    assert_eq!(db.provider_keys(ada).await.unwrap().len(), 1);
}
