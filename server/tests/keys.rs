//! The users' own keys on a real database: what lies on the disk, and what opens it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]
#![expect(clippy::disallowed_methods, reason = "tests start the product, and read and write its files")]

use std::{path::Path, sync::Arc};

use vertice_auth::{SealedKeys, SecretSource};
use vertice_domain::{Actor, Profile, Provider, Role, account::Credential};
use vertice_ports::{AccountStore as _, Clock as _, Ids as _, ProviderKeys as _, store::NewUser};
use vertice_runtime::{SystemClock, SystemIds};
use vertice_storage::{Database, DatabaseConfig, DatabaseUrl};

const KEY: &str = "sk-ant-api03-a-very-secret-key-wXyZ";

async fn open(folder: &Path) -> (Database, SealedKeys) {
    let url = DatabaseUrl::Sqlite(folder.join("vertice.db"));
    let config = DatabaseConfig { url, backup_dir: folder.join("backups") };
    let db = Database::open(&config).await.unwrap();
    let secret = SecretSource::File(folder.join("secret.key"));
    let keys = SealedKeys::new(Arc::new(db.clone()), Arc::new(SystemClock), secret);
    (db, keys)
}

#[tokio::test]
async fn no_file_holds_a_key_in_the_clear_and_only_the_secret_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let (db, keys) = open(folder.path()).await;
    let profile = Profile {
        id: SystemIds.user(),
        email: "ann@example.com".parse().unwrap(),
        name: String::new(),
        role: Role::User,
        locale: None,
        created_at: SystemClock.now(),
    };
    let ann = Actor { user: profile.id, role: Role::User, credential: Credential::Console };
    assert!(db.create_user(NewUser { profile, password_hash: String::new() }).await.unwrap());
    assert!(!folder.path().join("secret.key").exists(), "it is made when it is needed");
    keys.set(&ann, Provider::Anthropic, KEY).await.unwrap();
    db.close().await;

    let files: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        for end in [KEY.len(), 20] {
            let part = &KEY.as_bytes()[..end];
            assert!(!bytes.windows(part.len()).any(|window| window == part), "{}", file.display());
        }
    }

    // A restart opens it again; without its secret, it is as good as gone.
    let (db, keys) = open(folder.path()).await;
    let opened = keys.reveal(ann.user).await.unwrap();
    assert!(matches!(&opened[..], [(Provider::Anthropic, key)] if key.reveal() == KEY));
    db.close().await;
    std::fs::remove_file(folder.path().join("secret.key")).unwrap();
    let (db, keys) = open(folder.path()).await;
    assert!(keys.reveal(ann.user).await.unwrap().is_empty());
    assert_eq!(keys.list(&ann).await.unwrap()[0].ends_in, "wXyZ");
    db.close().await;
}
