//! MCP servers, their tools, rules about them, and sign-ins.

use std::slice;

use vertice_domain::{
    ConversationId, McpServerId, ToolPermission, UserId,
    mcp::{ArgumentRule, ArgumentTest},
};
use vertice_ports::{
    ConversationStore as _, Ids as _, McpStore as _,
    mcp::{StoredArgumentRules, StoredRule, StoredServer},
};
use vertice_runtime::SystemIds;
use vertice_storage::Database;

use crate::{
    fixtures::{at, chain, user},
    harness::Store,
};

fn server(owner: UserId, name: &str) -> StoredServer {
    StoredServer {
        id: SystemIds.mcp_server(),
        owner,
        name: name.to_owned().try_into().unwrap(),
        enabled: true,
        shared: false,
        trusted: false,
        private_network: false,
        transport: (0..=255).collect(),
        era: None,
        created_at: at(0),
    }
}

fn shared(owner: UserId, name: &str) -> StoredServer {
    StoredServer { shared: true, ..server(owner, name) }
}

async fn added(db: &Database, server: StoredServer) -> StoredServer {
    assert!(db.add_server(&server).await.unwrap());
    server
}

async fn ann_and_bob(db: &Database) -> (UserId, UserId) {
    (user(db, "ann@example.com").await, user(db, "bob@example.com").await)
}

fn listed(tools: &[(&str, &str)]) -> Vec<(String, String)> {
    tools.iter().map(|(name, definition)| ((*name).to_owned(), (*definition).to_owned())).collect()
}

/// Name, definition and what is approved of the tools that `user` sees.
async fn seen(db: &Database, user: UserId) -> Vec<(String, String, String)> {
    let tools = db.server_tools(user).await.unwrap();
    tools.into_iter().map(|tool| (tool.name, tool.definition, tool.approved)).collect()
}

async fn names(db: &Database, user: UserId) -> Vec<String> {
    db.servers(user).await.unwrap().into_iter().map(|server| server.name.to_string()).collect()
}

fn rule(server: McpServerId, permission: ToolPermission) -> StoredRule {
    StoredRule { server, tool: "write".into(), conversation: None, arguments: None, permission }
}

fn within(conversation: ConversationId, rule: StoredRule) -> StoredRule {
    StoredRule { conversation: Some(conversation), ..rule }
}

pub(crate) async fn servers_are_kept_as_they_are(store: &Store) {
    let db = &store.db;
    let (ann, _) = ann_and_bob(db).await;
    let time = added(db, server(ann, "time")).await;
    let whole = StoredServer {
        enabled: false,
        shared: true,
        trusted: true,
        private_network: true,
        transport: Vec::new(),
        era: Some("stateless".into()),
        ..server(ann, "Ação, 2")
    };
    let whole = added(db, whole).await;
    assert_eq!(db.servers(ann).await.unwrap(), [whole.clone(), time.clone()]);

    let other = StoredServer {
        enabled: false,
        shared: true,
        trusted: true,
        private_network: true,
        transport: b"other".to_vec(),
        era: Some("handshake".into()),
        ..time.clone()
    };
    assert!(db.change_server(&other).await.unwrap());
    // Neither its name nor when it was added changes.
    let renamed =
        StoredServer { name: "clock".to_owned().try_into().unwrap(), created_at: at(9), ..other.clone() };
    assert!(db.change_server(&renamed).await.unwrap());
    assert_eq!(db.servers(ann).await.unwrap(), [whole.clone(), other.clone()]);

    db.set_era(other.id, None).await.unwrap();
    assert_eq!(db.servers(ann).await.unwrap()[1].era, None);
    db.set_era(SystemIds.mcp_server(), Some("stateless")).await.unwrap();
    assert!(db.remove_server(ann, other.id).await.unwrap());
    assert!(!db.remove_server(ann, other.id).await.unwrap());
    assert!(!db.change_server(&other).await.unwrap());
    assert_eq!(db.servers(ann).await.unwrap(), [whole]);
    assert!(db.add_server(&server(SystemIds.user(), "nobody")).await.is_err());
}

pub(crate) async fn names_are_taken_once_among_those_that_one_person_sees(store: &Store) {
    let db = &store.db;
    let (ann, bob) = ann_and_bob(db).await;
    let mine = added(db, server(ann, "github")).await;
    assert!(!db.add_server(&server(ann, "github")).await.unwrap());
    assert!(!db.add_server(&shared(ann, "github")).await.unwrap());
    let bobs = added(db, server(bob, "github")).await;
    let files = added(db, shared(ann, "files")).await;
    assert!(!db.add_server(&server(bob, "files")).await.unwrap());
    assert!(!db.add_server(&shared(bob, "files")).await.unwrap());

    // Whoever had one of that name before keeps it, and sees no second one.
    let all = StoredServer { shared: true, ..mine.clone() };
    assert!(db.change_server(&all).await.unwrap());
    assert_eq!(db.servers(bob).await.unwrap(), [files.clone(), bobs.clone()]);
    db.put_server_tools(mine.id, None, &listed(&[("ann_s", "{}")])).await.unwrap();
    assert_eq!(seen(db, bob).await, []);
    assert!(!db.put_rule(bob, &rule(mine.id, ToolPermission::Allow)).await.unwrap());
    let all = StoredServer { shared: true, ..bobs.clone() };
    assert!(!db.change_server(&all).await.unwrap(), "one of that name is shared already");
    assert_eq!(db.servers(bob).await.unwrap(), [files, bobs.clone()]);
    assert!(db.remove_server(bob, bobs.id).await.unwrap());
    assert_eq!(names(db, bob).await, ["files", "github"]);
    assert_eq!(seen(db, bob).await, [("ann_s".into(), "{}".into(), "{}".into())]);
}

pub(crate) async fn others_see_what_is_shared_and_change_nothing(store: &Store) {
    let db = &store.db;
    let (ann, bob) = ann_and_bob(db).await;
    let secret = added(db, server(ann, "secret")).await;
    let open = added(db, shared(ann, "open")).await;
    for id in [secret.id, open.id] {
        db.put_server_tools(id, None, &listed(&[("a", "1")])).await.unwrap();
        db.put_server_tools(id, None, &listed(&[("a", "2")])).await.unwrap();
    }
    assert_eq!(db.servers(bob).await.unwrap(), slice::from_ref(&open));
    let tools = db.server_tools(bob).await.unwrap();
    assert_eq!(tools.iter().map(|tool| tool.server).collect::<Vec<_>>(), [open.id]);
    for server in [&secret, &open] {
        let his = StoredServer { owner: bob, transport: b"his".to_vec(), ..server.clone() };
        assert!(!db.change_server(&his).await.unwrap());
        assert!(!db.remove_server(bob, server.id).await.unwrap());
        assert!(!db.approve_tool(bob, server.id, "a", "2").await.unwrap());
    }
    assert!(!db.put_rule(bob, &rule(secret.id, ToolPermission::Allow)).await.unwrap());
    assert!(!db.put_sign_in(bob, secret.id, b"his").await.unwrap());
    assert!(db.put_rule(bob, &rule(open.id, ToolPermission::Deny)).await.unwrap());
    assert!(db.put_sign_in(bob, open.id, b"his").await.unwrap());
    assert_eq!(db.rules(ann).await.unwrap(), []);
    assert_eq!(db.sign_in(ann, open.id).await.unwrap(), None);
    assert_eq!(db.servers(ann).await.unwrap(), [open.clone(), secret]);

    // What is not shared any more is not there any more, nor what was said about it.
    assert!(db.change_server(&StoredServer { shared: false, ..open.clone() }).await.unwrap());
    assert_eq!(db.servers(bob).await.unwrap(), []);
    assert_eq!((seen(db, bob).await, db.rules(bob).await.unwrap()), (vec![], vec![]));
    assert_eq!(db.sign_in(bob, open.id).await.unwrap(), None);
    assert!(db.change_server(&open).await.unwrap());
    assert_eq!(db.rules(bob).await.unwrap(), [rule(open.id, ToolPermission::Deny)]);
}

pub(crate) async fn tools_that_go_and_come_back_keep_their_approval(store: &Store) {
    let db = &store.db;
    let (ann, _) = ann_and_bob(db).await;
    let (b, a) = (added(db, server(ann, "b")).await, added(db, server(ann, "a")).await);
    db.put_server_tools(b.id, None, &listed(&[("read", "r1"), ("write", "w1")])).await.unwrap();
    db.put_server_tools(a.id, None, &listed(&[("other", "o1")])).await.unwrap();
    let tool = |name: &str, now: &str, approved: &str| (name.to_owned(), now.to_owned(), approved.to_owned());
    let all = [tool("other", "o1", "o1"), tool("read", "r1", "r1"), tool("write", "w1", "w1")];
    assert_eq!(seen(db, ann).await, all);

    // Another order, another definition, a new tool; of two of one name the first one counts.
    let now = listed(&[("write", "w2"), ("delete", "d1"), ("write", "w3"), ("read", "r1")]);
    db.put_server_tools(b.id, None, &now).await.unwrap();
    let (other, read) = (tool("other", "o1", "o1"), tool("read", "r1", "r1"));
    assert_eq!(
        seen(db, ann).await,
        [other.clone(), tool("write", "w2", "w1"), tool("delete", "d1", "d1"), read]
    );

    db.put_server_tools(b.id, None, &[]).await.unwrap();
    assert_eq!(seen(db, ann).await, slice::from_ref(&other));
    assert!(!db.approve_tool(ann, b.id, "write", "w2").await.unwrap(), "it is not listed");
    db.put_server_tools(b.id, None, &listed(&[("write", "w2")])).await.unwrap();
    assert_eq!(seen(db, ann).await, [other, tool("write", "w2", "w1")]);
    // One that was removed meanwhile.
    db.put_server_tools(SystemIds.mcp_server(), None, &listed(&[("a", "1")])).await.unwrap();
}

pub(crate) async fn only_the_definition_that_was_seen_is_approved(store: &Store) {
    let db = &store.db;
    let (ann, _) = ann_and_bob(db).await;
    let server = added(db, server(ann, "s")).await;
    db.put_server_tools(server.id, None, &listed(&[("a", "1"), ("b", "1")])).await.unwrap();
    db.put_server_tools(server.id, None, &listed(&[("a", "2"), ("b", "2")])).await.unwrap();
    assert!(!db.approve_tool(ann, server.id, "a", "1").await.unwrap());
    assert!(!db.approve_tool(ann, server.id, "c", "2").await.unwrap());
    assert!(!db.approve_tool(ann, SystemIds.mcp_server(), "a", "2").await.unwrap());
    assert!(db.approve_tool(ann, server.id, "a", "2").await.unwrap());
    let approved: Vec<String> = seen(db, ann).await.into_iter().map(|(.., approved)| approved).collect();
    assert_eq!(approved, ["2", "1"]);
}

pub(crate) async fn tools_that_nobody_has_spoken_of_are_forgotten_when_they_are_many(store: &Store) {
    let db = &store.db;
    let (ann, _) = ann_and_bob(db).await;
    let server = added(db, server(ann, "s")).await;
    db.put_server_tools(server.id, None, &listed(&[("write", "1"), ("a", "1")])).await.unwrap();
    assert!(db.put_rule(ann, &rule(server.id, ToolPermission::Allow)).await.unwrap());
    for round in 0..2 {
        let tools: Vec<_> = (0..600).map(|n| (format!("t{round}.{n}"), "1".to_owned())).collect();
        db.put_server_tools(server.id, None, &tools).await.unwrap();
    }
    db.put_server_tools(server.id, None, &listed(&[("write", "2"), ("a", "2")])).await.unwrap();
    let tool = |name: &str, approved: &str| (name.to_owned(), "2".to_owned(), approved.to_owned());
    assert_eq!(seen(db, ann).await, [tool("write", "1"), tool("a", "1")]);
    for round in 0..2 {
        let tools: Vec<_> = (0..600).map(|n| (format!("t{round}.{n}"), "1".to_owned())).collect();
        db.put_server_tools(server.id, None, &tools).await.unwrap();
    }
    db.put_server_tools(server.id, None, &[]).await.unwrap();
    db.put_server_tools(server.id, None, &listed(&[("write", "2"), ("a", "3")])).await.unwrap();
    let a = ("a".to_owned(), "3".to_owned(), "3".to_owned());
    assert_eq!(seen(db, ann).await, [tool("write", "1"), a], "what runs without asking is never forgotten");
}

pub(crate) async fn lists_of_one_server_do_not_mix(store: &Store) {
    // As patient as a server: each waits for the others.
    let db = &Database::open(&store.config).await.unwrap();
    let (ann, _) = ann_and_bob(db).await;
    let server = added(db, server(ann, "s")).await;
    let lists: Vec<Vec<(String, String)>> = (0..8)
        .map(|list: usize| {
            // In orders that would wait for each other.
            let mut tools: Vec<_> = (0..20).map(|n| (format!("t{n:02}"), format!("{list}"))).collect();
            if list % 2 == 1 {
                tools.reverse();
            }
            tools
        })
        .collect();
    let done =
        futures::future::join_all(lists.iter().map(|list| db.put_server_tools(server.id, None, list))).await;
    assert!(done.into_iter().all(|done| done.is_ok()));
    let tools: Vec<_> = seen(db, ann).await.into_iter().map(|(name, now, _)| (name, now)).collect();
    assert!(lists.contains(&tools), "{tools:?}");
    db.close().await;
}

pub(crate) async fn rules_are_replaced_one_by_one(store: &Store) {
    let db = &store.db;
    let (ann, bob) = ann_and_bob(db).await;
    let server = added(db, shared(ann, "s")).await;
    let (talk, _) = chain(db, ann, "Talk", &["a"]).await;
    let (bobs, _) = chain(db, bob, "Bob's", &["a"]).await;
    let everywhere = rule(server.id, ToolPermission::Ask);
    let exactly = |rule: StoredRule| StoredRule { arguments: Some(r#"{"path":"a"}"#.into()), ..rule };
    let all = [
        everywhere.clone(),
        exactly(everywhere.clone()),
        within(talk.id, everywhere.clone()),
        exactly(within(talk.id, everywhere.clone())),
    ];
    for rule in &all {
        assert!(db.put_rule(ann, rule).await.unwrap());
    }
    assert_eq!(db.rules(ann).await.unwrap(), all);
    let denied = StoredRule { permission: ToolPermission::Deny, ..all[1].clone() };
    assert!(db.put_rule(ann, &denied).await.unwrap());
    let mut now = all.clone();
    now[1] = denied;
    assert_eq!(db.rules(ann).await.unwrap(), now);
    assert!(!db.put_rule(ann, &within(bobs.id, everywhere.clone())).await.unwrap());
    assert!(!db.put_rule(ann, &rule(SystemIds.mcp_server(), ToolPermission::Allow)).await.unwrap());

    assert!(db.put_rule(bob, &everywhere).await.unwrap());
    let other = StoredRule { tool: "read".into(), ..everywhere.clone() };
    assert!(db.put_rule(ann, &other).await.unwrap());
    db.drop_rules(ann, server.id, "write").await.unwrap();
    assert_eq!(db.rules(ann).await.unwrap(), [other]);
    assert_eq!(db.rules(bob).await.unwrap(), [everywhere]);
}

pub(crate) async fn rules_about_arguments_are_replaced_as_a_whole(store: &Store) {
    let db = &store.db;
    let (ann, bob) = ann_and_bob(db).await;
    let server = added(db, shared(ann, "s")).await;
    let about = |value: &str, permission| ArgumentRule {
        argument: "/path".into(),
        test: ArgumentTest::StartsWith,
        values: vec![value.into(), "/tmp/ação".into()],
        permission,
    };
    let stored = |tool: &str, rules| StoredArgumentRules { server: server.id, tool: tool.into(), rules };
    let first =
        stored("write", vec![about("/home", ToolPermission::Allow), about("/etc", ToolPermission::Deny)]);
    let (other, bobs) = (stored("read", vec![about("/", ToolPermission::Ask)]), stored("write", Vec::new()));
    for (user, rules) in [(ann, &first), (ann, &other), (bob, &bobs)] {
        assert!(db.put_argument_rules(user, rules).await.unwrap());
    }
    assert_eq!(db.argument_rules(ann).await.unwrap(), [other.clone(), first]);
    let now = stored("write", vec![about("/srv", ToolPermission::Deny)]);
    assert!(db.put_argument_rules(ann, &now).await.unwrap());
    // What is said of the tool as a whole does not touch them.
    db.drop_rules(ann, server.id, "write").await.unwrap();
    assert_eq!(db.argument_rules(ann).await.unwrap(), [other, now]);
    assert_eq!(db.argument_rules(bob).await.unwrap(), slice::from_ref(&bobs));
    let nowhere = StoredArgumentRules { server: SystemIds.mcp_server(), ..bobs };
    assert!(!db.put_argument_rules(bob, &nowhere).await.unwrap());
    assert!(db.remove_server(ann, server.id).await.unwrap());
    assert_eq!(db.argument_rules(ann).await.unwrap(), []);
}

pub(crate) async fn rules_of_a_conversation_go_with_it(store: &Store) {
    let db = &store.db;
    let (ann, _) = ann_and_bob(db).await;
    let server = added(db, server(ann, "s")).await;
    let everywhere = rule(server.id, ToolPermission::Ask);
    let (talk, _) = chain(db, ann, "Talk", &["a"]).await;
    let (other, _) = chain(db, ann, "Other", &["a"]).await;
    let mut all = vec![everywhere.clone()];
    for talk in [talk.id, other.id] {
        all.push(within(talk, everywhere.clone()));
    }
    for rule in &all {
        assert!(db.put_rule(ann, rule).await.unwrap());
    }
    // As long as it can be brought back, its rules are there; there are no new ones.
    assert!(db.delete(ann, talk.id, at(5)).await.unwrap());
    assert!(!db.put_rule(ann, &all[1]).await.unwrap());
    assert_eq!(db.rules(ann).await.unwrap().len(), 3);
    assert_eq!(db.purge(at(6)).await.unwrap(), 1);
    all.remove(1);
    assert_eq!(db.rules(ann).await.unwrap(), all);
}

pub(crate) async fn sign_ins_are_each_user_s_own(store: &Store) {
    let db = &store.db;
    let (ann, bob) = ann_and_bob(db).await;
    let server = added(db, shared(ann, "s")).await;
    let every_byte: Vec<u8> = (0..=255).collect();
    assert_eq!(db.sign_in(ann, server.id).await.unwrap(), None);
    assert!(db.put_sign_in(ann, server.id, &every_byte).await.unwrap());
    assert!(db.put_sign_in(bob, server.id, b"bob").await.unwrap());
    assert_eq!(db.sign_in(ann, server.id).await.unwrap(), Some(every_byte));
    assert!(db.put_sign_in(ann, server.id, b"newer").await.unwrap());
    assert_eq!(db.sign_in(ann, server.id).await.unwrap(), Some(b"newer".to_vec()));
    db.drop_sign_in(ann, server.id).await.unwrap();
    assert_eq!(db.sign_in(ann, server.id).await.unwrap(), None);
    assert_eq!(db.sign_in(bob, server.id).await.unwrap(), Some(b"bob".to_vec()));
    assert!(!db.put_sign_in(ann, SystemIds.mcp_server(), b"x").await.unwrap());
}

pub(crate) async fn a_server_takes_everything_of_it_along(store: &Store) {
    let db = &store.db;
    let (ann, bob) = ann_and_bob(db).await;
    let gone = added(db, shared(ann, "s")).await;
    let kept = added(db, shared(ann, "kept")).await;
    for server in [&gone, &kept] {
        db.put_server_tools(server.id, None, &listed(&[("a", "1")])).await.unwrap();
        for user in [ann, bob] {
            assert!(db.put_rule(user, &rule(server.id, ToolPermission::Allow)).await.unwrap());
            assert!(db.put_sign_in(user, server.id, b"x").await.unwrap());
        }
    }
    assert!(db.remove_server(ann, gone.id).await.unwrap());
    for user in [ann, bob] {
        assert_eq!(db.servers(user).await.unwrap(), slice::from_ref(&kept));
        assert_eq!(db.server_tools(user).await.unwrap().len(), 1);
        assert_eq!(db.rules(user).await.unwrap(), [rule(kept.id, ToolPermission::Allow)]);
        assert_eq!(db.sign_in(user, gone.id).await.unwrap(), None);
        assert_eq!(db.sign_in(user, kept.id).await.unwrap(), Some(b"x".to_vec()));
    }
    // Under the same id nothing of it is left.
    let again = added(db, StoredServer { transport: b"new".to_vec(), ..gone }).await;
    assert_eq!(db.server_tools(bob).await.unwrap().len(), 1);
    assert_eq!(db.sign_in(bob, again.id).await.unwrap(), None);
    assert_eq!(db.rules(bob).await.unwrap().len(), 1);
}

pub(crate) async fn a_server_may_tell_each_user_of_other_tools(store: &Store) {
    let db = &store.db;
    let (ann, bob) = ann_and_bob(db).await;
    let server = added(db, shared(ann, "s")).await;
    let tool = |name: &str, now: &str, approved: &str| (name.to_owned(), now.to_owned(), approved.to_owned());
    db.put_server_tools(server.id, Some(ann), &listed(&[("a", "1"), ("b", "1")])).await.unwrap();
    assert_eq!(seen(db, bob).await, seen(db, ann).await, "until he is told something else");
    db.put_server_tools(server.id, Some(bob), &listed(&[("a", "2"), ("c", "1")])).await.unwrap();
    assert_eq!(seen(db, ann).await, [tool("a", "1", "1"), tool("b", "1", "1")]);
    assert_eq!(seen(db, bob).await, [tool("a", "2", "1"), tool("c", "1", "1")], "what ann approved counts");
    assert!(!db.approve_tool(ann, server.id, "a", "2").await.unwrap());
    assert!(db.approve_tool(bob, server.id, "a", "2").await.unwrap());
    assert_eq!(seen(db, bob).await[0], tool("a", "2", "2"));
    assert_eq!(seen(db, ann).await[0], tool("a", "1", "1"));
    db.put_server_tools(server.id, Some(bob), &[]).await.unwrap();
    assert_eq!((seen(db, bob).await.len(), seen(db, ann).await.len()), (0, 2));
}
