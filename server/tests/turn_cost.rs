//! What a turn costs on SQLite before its model is asked, counted as the driver tells of statements and the committer of commits.
//! A statement is a way to another thread and back, a commit waits for the disk.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]

use std::{
    fmt,
    sync::{Mutex, MutexGuard},
};

use axum::{Router, body::Body};
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
};
use vertice_domain::Role;
use vertice_server::{
    settings::{Settings, Variables},
    wiring::{Application, Console},
};
use vertice_testkit::{Gate, Script, Upstream};

/// Statements of one transaction, then its commit with as many savepoints; what is only read stands among them.
#[derive(Debug, Clone)]
enum Told {
    Statement(String),
    Commit { savepoints: u64 },
}

/// What may be written before the model is asked: each statement, and what begins and ends their one transaction.
const WAYS: u64 = 7;
/// What may be read; one of them asks what the person has changed in artifacts.
const READS: usize = 6;

static TOLD: Mutex<Vec<Told>> = Mutex::new(Vec::new());

fn told() -> MutexGuard<'static, Vec<Told>> {
    TOLD.lock().unwrap()
}

struct Listener;

#[derive(Default)]
struct Fields {
    summary: String,
    statement: String,
    savepoints: u64,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "savepoints" {
            self.savepoints = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        match event.metadata().target() {
            "sqlx::query" => {
                let Fields { summary, statement, .. } = fields;
                let text = if statement.is_empty() { summary } else { statement };
                // A connection that is opened just now is set up.
                if !text.starts_with("PRAGMA") {
                    told().push(Told::Statement(text));
                }
            }
            "vertice_storage::database::group::task" => {
                told().push(Told::Commit { savepoints: fields.savepoints });
            }
            _ => {}
        }
    }
}

struct Site {
    router: Router,
    upstream: Upstream,
    token: String,
    _folder: tempfile::TempDir,
    _application: Application,
}

impl Site {
    async fn start() -> Self {
        rustls::crypto::ring::default_provider().install_default().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let upstream = Upstream::start().await;
        let variables = Variables::of([
            ("VERTICE_ADDR", "127.0.0.1:0"),
            ("VERTICE_DATA_DIR", folder.path().to_str().unwrap()),
            ("ANTHROPIC_API_KEY", "sk-scripted"),
            ("ANTHROPIC_BASE_URL", &upstream.url()),
            ("DAILY_TOKEN_LIMIT_PER_USER", "1000000"),
        ]);
        let settings = Settings::read(&variables).unwrap();
        let application = Application::build(settings.clone()).await.unwrap();
        let console = Console::open(&settings).await.unwrap();
        console.accounts.create_user("a@example.com", "correct horse battery", Role::User).await.unwrap();
        let actor = console.accounts.console_actor(&"a@example.com".parse().unwrap()).await.unwrap();
        let token = console.accounts.issue_token(&actor, "test", &[], None).await.unwrap().token;
        console.close().await;
        Self { router: application.router(), upstream, token, _folder: folder, _application: application }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Asks once, and gives what the database was told until the model had been asked.
    async fn ask(&self, conversation: &Value) -> Vec<Told> {
        let (asked, gate) = (self.upstream.requests().len(), Gate::new());
        self.upstream.script(Script::text("One two three.").gate_after(0, &gate));
        told().clear();
        let messages = json!([{"role": "user", "content": "hi"}]);
        let body = json!({"messages": messages, "model": "auto", "conversation_id": conversation});
        let seen = async {
            self.upstream.wait_for_requests(asked + 1).await;
            let seen = told().clone();
            gate.open();
            seen
        };
        let (answer, seen) = tokio::join!(self.post("/api/v1/chat", body), seen);
        assert_eq!(answer["finish_reason"], "stop", "{answer}");
        seen
    }
}

fn only_reads(statement: &str) -> bool {
    statement.starts_with("SELECT") || statement.starts_with("WITH")
}

/// The writes of each commit, and all ways to the database's thread that it took. Logs are left out: on a busy machine they
/// may fall into the same moment.
fn commits(told: &[Told]) -> Vec<(Vec<&str>, u64)> {
    let (mut commits, mut writes) = (Vec::new(), Vec::new());
    for one in told {
        match one {
            Told::Statement(text) if only_reads(text) => {}
            Told::Statement(text) => writes.push(text.as_str()),
            Told::Commit { savepoints } => {
                let begin_and_commit = 2;
                let ways = writes.len() as u64 + begin_and_commit + 2 * savepoints;
                commits.push((std::mem::take(&mut writes), ways));
            }
        }
    }
    assert!(writes.is_empty(), "outside of every group: {writes:?}");
    commits.retain(|(writes, _)| !writes.iter().any(|text| text.contains("INTO nodes")));
    commits
}

fn reads(told: &[Told]) -> Vec<&str> {
    let mut reads = Vec::new();
    for one in told {
        match one {
            Told::Statement(text) if only_reads(text) => reads.push(text.as_str()),
            Told::Statement(_) | Told::Commit { .. } => {}
        }
    }
    reads
}

#[tokio::test]
async fn before_its_model_is_asked_a_turn_takes_one_commit_and_few_statements() {
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Listener)).unwrap();
    let site = Site::start().await;
    let conversation = site.post("/api/v1/conversations", json!({})).await["id"].take();
    // What is remembered of a caller is read for the first time.
    site.ask(&conversation).await;
    for _ in 0..3 {
        let told = site.ask(&conversation).await;
        let commits = commits(&told);
        let [(writes, ways)] = commits.as_slice() else { panic!("{commits:#?}") };
        for table in ["INSERT INTO turns", "INSERT INTO ledger"] {
            assert!(writes.iter().any(|text| text.starts_with(table)), "{table}: {writes:#?}");
        }
        let reads = reads(&told);
        println!("{ways} ways to the writer, {} reads", reads.len());
        assert!(*ways <= WAYS && reads.len() <= READS, "{ways}: {writes:#?}, {reads:#?}");
        assert!(!reads.iter().any(|text| text.contains("FROM ledger")), "{reads:#?}");
    }
}
