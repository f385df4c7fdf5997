//! Migrations, and the copies made before them.

use sqlx::{Connection as _, Executor as _};
use vertice_ports::{
    AccountStore as _, ConversationStore as _, Ids as _, Ledger as _,
    ledger::{CallOutcome, Gone, LedgerEntry},
};
use vertice_runtime::SystemIds;
use vertice_storage::{Database, DatabaseConfig, DatabaseUrl, OpenError};

use crate::{
    fixtures::{at, chain, user},
    harness::Store,
    ledger::call,
};

pub(crate) async fn a_newer_schema_is_refused(store: &Store) {
    let newer = if store.is_sqlite() {
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', TRUE, x'00', 0)"
    } else {
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', TRUE, '\\x00', 0)"
    };
    store.connection().await.execute(newer).await.unwrap();
    let refused = store.open_again().await.unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 9_999, .. }), "{refused}");
    assert!(refused.to_string().contains("a newer version has used it"), "{refused}");
    assert!(store.backup_files().is_empty());
}

pub(crate) async fn opening_twice_keeps_everything(store: &Store) {
    let owner = user(&store.db, "ada@example.com").await;
    let (kept, _) = chain(&store.db, owner, "Kept", &["a", "b"]).await;
    let again = store.open_again().await.unwrap();
    assert_eq!(again.get(owner, kept.id).await.unwrap(), Some(kept));
    again.close().await;
    assert!(store.backup_files().is_empty(), "nothing was migrated");
}

/// Takes back how calls are opened and closed.
const BEFORE_OPENING: &str = "DROP TABLE import_sizes; DROP TABLE imports; DROP TRIGGER search_of_message; DROP TRIGGER search_of_changed_message; \
    DROP TRIGGER search_of_gone_message; DROP TRIGGER search_of_title; DROP TRIGGER search_of_changed_title; \
    DROP TRIGGER search_of_artifact; DROP TRIGGER search_of_changed_artifact; DROP TRIGGER search_of_gone_artifact; \
    DROP TABLE search_docs; DROP TABLE search_words; DROP INDEX messages_to_renew; DROP INDEX conversations_to_renew; \
    ALTER TABLE users DROP COLUMN locale; ALTER TABLE messages DROP COLUMN search_form; ALTER TABLE conversations DROP COLUMN search_form; \
    ALTER TABLE messages DROP COLUMN words; ALTER TABLE conversations DROP COLUMN title_words; \
    DROP TABLE identities; DROP TABLE files; DROP TABLE artifact_versions; DROP TABLE artifacts; DROP TABLE tool_uses; DROP TRIGGER mcp_rules_of_conversation; DROP TRIGGER mcp_tools_of_user; \
    DROP TABLE mcp_argument_rules; DROP TABLE mcp_sign_ins; \
    DROP TABLE mcp_rules; DROP TABLE mcp_tools; DROP TABLE mcp_servers; DROP INDEX api_tokens_by_parent; \
    ALTER TABLE api_tokens DROP COLUMN parent_id; DROP INDEX ledger_by_call; DROP INDEX ledger_open; \
    ALTER TABLE ledger DROP COLUMN call_id; ALTER TABLE ledger DROP COLUMN node; \
    DELETE FROM _sqlx_migrations WHERE version >= 6";

#[tokio::test]
async fn a_copy_is_made_before_a_migration() {
    let store = Store::sqlite().await;
    let (old, mut connection) = store.before_parts().await;
    connection
        .execute(
            "INSERT INTO users (id, email, name, role, password_hash, created_at) \
                  VALUES ('0190a1b2-0000-7000-8000-000000000001', 'ada@example.com', 'Ada', 'admin', 'x', 1)",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let migrated = Database::open(&old).await.unwrap();
    assert!(migrated.has_users().await.unwrap());
    let copies = store.backup_files();
    assert_eq!(copies.len(), 1);
    assert!(copies[0].file_name().unwrap().to_str().unwrap().starts_with("vertice-4-"), "{copies:?}");

    // The copy is a whole database of the version before: opened, it is migrated in turn.
    let url = DatabaseUrl::Sqlite(copies[0].clone());
    let config = DatabaseConfig { url, backup_dir: store.config.backup_dir.join("second") };
    let copy = Database::open(&config).await.unwrap();
    assert!(copy.has_users().await.unwrap());
    assert_eq!(std::fs::read_dir(&config.backup_dir).unwrap().count(), 1);
    copy.close().await;
    migrated.close().await;
    store.remove().await;
}

#[tokio::test]
async fn calls_entered_by_an_older_version_stay_as_they_are() {
    let store = Store::sqlite().await;
    let owner = user(&store.db, "ada@example.com").await;
    let outcomes = [CallOutcome::Ok, CallOutcome::Failed, CallOutcome::Cancelled];
    let calls = outcomes.map(|outcome| LedgerEntry { outcome, ..call(owner, at(1)) });
    store.db.enter(&calls).await.unwrap();
    let rows = store.db.rows(Some(owner), at(0), at(2), 9).await.unwrap();
    let mut connection = store.connection().await;
    connection.execute(BEFORE_OPENING).await.unwrap();
    connection.close().await.unwrap();
    store.db.close().await;

    let migrated = store.open_again().await.unwrap();
    assert_eq!(migrated.close_open(Gone::AllBut(SystemIds.node())).await.unwrap(), 0);
    assert_eq!(migrated.rows(Some(owner), at(0), at(2), 9).await.unwrap(), rows);
    migrated.enter(&[call(owner, at(1))]).await.unwrap();
    assert_eq!(migrated.rows(Some(owner), at(0), at(2), 9).await.unwrap().len(), 4);
    migrated.close().await;
    store.remove().await;
}

#[tokio::test]
async fn a_new_file_may_be_opened_by_several_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("deep/vertice.db"));
    let config = DatabaseConfig { url, backup_dir: folder.path().join("backups") };
    let opened = futures::future::join_all((0..6).map(|_| Database::open(&config))).await;
    for database in opened {
        let database = database.unwrap();
        assert!(!database.has_users().await.unwrap());
        database.close().await;
    }
    assert!(!config.backup_dir.exists(), "there was nothing to be copied");
}
