//! The binary with its blobs in the bucket of a real S3 server: kept there and nowhere else, said when it is gone, and found
//! by every node.

use serde_json::{Value, json};
use vertice_ports::Ids as _;
use vertice_runtime::SystemIds;
use vertice_testkit::S3Server;

use crate::{
    artifacts::ARTIFACTS,
    client::{PAUSE, Place, Running},
};

fn place(s3: &S3Server) -> Place {
    Place::new()
        .set("S3_ENDPOINT_URL", &s3.url())
        .set("S3_ACCESS_KEY", S3Server::ACCESS_KEY)
        .set("S3_SECRET_KEY", S3Server::SECRET_KEY)
        .set("S3_BUCKET_NAME", S3Server::BUCKET)
        // Nobody listens there: a server of this machine is asked past any proxy.
        .set("HTTP_PROXY", "http://127.0.0.1:9")
        .set("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000")
        .set("RATE_LIMIT_BURST", "1000000")
}

/// What `/ready` says, once it says that.
async fn ready(server: &Running, status: u16) -> Value {
    loop {
        let answer = server.open("GET", "", "/ready", None).await;
        if answer.status == status {
            return answer.json().await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The path of a new artifact.
async fn write(server: &Running, token: &str, content: &str) -> String {
    let made = server.json("POST", token, "/api/v1/conversations", Some(json!({}))).await;
    let new = json!({"conversation_id": made["id"], "path": "a.md", "content": content});
    let made = server.json("POST", token, ARTIFACTS, Some(new)).await;
    format!("{ARTIFACTS}/{}", made["id"].as_str().unwrap())
}

/// The keys of the bucket's blobs.
fn keys(s3: &S3Server) -> Vec<String> {
    fn walk(folder: &std::path::Path, root: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(&s3.bucket(), &s3.bucket(), &mut found);
    found.retain(|key| key != "blobs/probe");
    found
}

#[tokio::test]
async fn blobs_lie_in_the_bucket_alone_and_its_loss_is_said() {
    let s3 = S3Server::start().await;
    let place = place(&s3);
    let token = place.token("ada@example.com").await;
    let server = place.serve().await;
    assert_eq!(ready(&server, 200).await["checks"]["blob_store"]["status"], "ok");
    let artifact = write(&server, &token, "It lies in a bucket.").await;
    let found = keys(&s3);
    assert!(found.len() == 1 && found[0].starts_with("blobs/"), "{found:?}");
    assert_eq!(std::fs::read(s3.bucket().join(&found[0])).unwrap(), b"It lies in a bucket.");
    assert_eq!(server.json("GET", &token, &artifact, None).await["content"], "It lies in a bucket.");
    assert!(!place.path().join("data/blobs").exists());

    s3.stop().await;
    let down = ready(&server, 503).await;
    let blobs = &down["checks"]["blob_store"];
    assert_eq!((&blobs["status"], &down["checks"]["database"]["status"]), (&json!("down"), &json!("ok")));
    let detail = blobs["detail"].as_str().unwrap();
    assert!(detail.contains(&s3.url()) && detail.contains("Check S3_ENDPOINT_URL"), "{detail}");
    let refused = server.open("GET", &token, &artifact, None).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.json().await["code"], "storage_unavailable");
    let edit = json!({"content": "Or on the disk?", "expected_version": 1});
    let refused = server.open("PUT", &token, &artifact, Some(edit.clone())).await;
    assert_eq!(refused.status, 503);
    assert_eq!(server.open("GET", "", "/health", None).await.status, 200);

    s3.go_on().await;
    ready(&server, 200).await;
    assert_eq!(server.json("GET", &token, &artifact, None).await["content"], "It lies in a bucket.");
    assert_eq!(server.json("PUT", &token, &artifact, Some(edit)).await["version"], 2);
    assert_eq!(keys(&s3).len(), 2);
    assert!(!place.path().join("data/blobs").exists());
    let log = server.end().await;
    assert!(log.contains("cannot be reached") && !log.contains(S3Server::SECRET_KEY), "{log}");
}

#[tokio::test]
async fn a_bucket_that_cannot_be_used_stops_the_start_and_is_found_by_the_doctor() {
    let s3 = S3Server::start().await;
    let well = place(&s3).run(&["doctor"], "").await;
    assert_eq!(well.code, Some(0), "{well:?}");
    assert!(well.stdout.contains("ok      blobs: in the bucket vertice-test"), "{well:?}");
    for (name, value, said) in [
        ("S3_BUCKET_NAME", "elsewhere", "has no bucket elsewhere. Make it, or set S3_BUCKET_NAME"),
        ("S3_SECRET_KEY", "another-secret", "Check S3_ACCESS_KEY and S3_SECRET_KEY"),
        ("S3_ENDPOINT_URL", "http://127.0.0.1:1", "Check S3_ENDPOINT_URL"),
    ] {
        let place = place(&s3).set(name, value);
        let started = place.run(&["serve"], "").await;
        assert_eq!(started.code, Some(1), "{started:?}");
        assert!(
            started.stderr.contains("Blobs cannot be kept") && started.stderr.contains(said),
            "{started:?}"
        );
        let ill = place.run(&["doctor"], "").await;
        assert_eq!(ill.code, Some(1), "{ill:?}");
        let finding = ill.stdout.lines().find(|line| line.starts_with("BROKEN  blobs: ")).unwrap();
        assert!(finding.contains(said), "{finding}");
        let shown = format!("{started:?}{ill:?}");
        assert!(!shown.contains("another-secret") && !shown.contains(S3Server::SECRET_KEY), "{shown}");
        assert!(!place.path().join("data/blobs").exists(), "nothing falls back to the disk");
    }
    let half = Place::new().set("S3_ENDPOINT_URL", &s3.url()).run(&["serve"], "").await;
    assert_eq!(half.code, Some(2), "{half:?}");
    assert!(half.stderr.contains("S3_SECRET_KEY: is missing"), "{half:?}");
}

#[tokio::test]
async fn what_one_node_keeps_another_one_reads() {
    let Some(database) = std::env::var("VERTICE_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty()) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "VERTICE_TEST_POSTGRES_URL must be set in CI");
        eprintln!("skipped: VERTICE_TEST_POSTGRES_URL is not set");
        return;
    };
    let s3 = S3Server::start().await;
    // A data directory each: they share the database and the bucket.
    let here = place(&s3).set("DATABASE_URL", &database);
    let there = place(&s3).set("DATABASE_URL", &database);
    let token = here.token(&format!("{}@example.com", SystemIds.uuid().simple())).await;
    let (first, second) = (here.serve().await, there.serve().await);
    let artifact = write(&first, &token, "Written here.").await;
    assert_eq!(second.json("GET", &token, &artifact, None).await["content"], "Written here.");
}
