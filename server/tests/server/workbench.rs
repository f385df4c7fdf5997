//! The product's own tools, as a model uses them in a conversation that works on files, over real HTTP, in the real sandbox; and
//! `vertice mcp`, as another host uses them.

use serde_json::{Value, json};
use vertice_testkit::{Script, Upstream};

use crate::{
    client::{Place, Running},
    mcp_turns::ADMIN,
    tools::{Asked, Site},
};

const CONVERSATIONS: &str = "/api/v1/conversations";

async fn site() -> Site {
    let upstream = Upstream::start().await;
    let place =
        Place::new().set("ANTHROPIC_API_KEY", "sk-scripted").set("ANTHROPIC_BASE_URL", &upstream.url());
    let place = place.set("ENABLE_SANDBOXING", "true").set("SANDBOX_RUNTIME", "bubblewrap");
    let place = place.set("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000").set("RATE_LIMIT_BURST", "1000000");
    let token = place.admin_token(ADMIN).await;
    Site { upstream, place, token }
}

impl Site {
    pub(crate) async fn conversation(&self, server: &Running, mode: &str) -> String {
        let made = server.json("POST", &self.token, CONVERSATIONS, Some(json!({"mode": mode}))).await;
        assert_eq!(made["mode"], mode, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// The model uses these tools, one in each step, and says that it is done.
    pub(crate) async fn work(
        &self,
        server: &Running,
        conversation: &str,
        steps: &[(&str, Value)],
    ) -> Vec<Value> {
        for (tool, arguments) in steps {
            self.upstream.script(Script::tool(tool, &arguments.to_string()));
        }
        self.upstream.script(Script::text("Done."));
        let body = json!({"messages": [{"role": "user", "content": "Go on."}], "model": "claude-opus-5-5",
            "conversation_id": conversation});
        let stream = server.open("POST", &self.token, "/api/v1/chat/stream", Some(body)).await;
        let mut asked =
            Asked { stream, events: Vec::new(), turn: String::new(), conversation: conversation.to_owned() };
        let done = asked.until("done").await.data.clone();
        assert_eq!(
            done["finish_reason"],
            "stop",
            "{:?}",
            asked.events.iter().rev().take(3).collect::<Vec<_>>()
        );
        let results = asked.events.iter().filter(|event| event.name == "tool_result");
        let results: Vec<Value> = results.map(|event| event.data.clone()).collect();
        assert!(results.len() >= steps.len(), "{results:?}");
        results
    }

    /// What one tool says, and whether it failed.
    async fn uses(
        &self,
        server: &Running,
        conversation: &str,
        tool: &str,
        arguments: Value,
    ) -> (String, bool) {
        let results = self.work(server, conversation, &[(tool, arguments)]).await;
        said(&results[0])
    }
}

pub(crate) fn said(result: &Value) -> (String, bool) {
    (result["content"].as_str().unwrap().to_owned(), result["is_error"] == true)
}

const BROKEN: &str = "def add(a, b):\n    return a - b\n";
const TEST: &str = "import unittest\nfrom calc import add\n\nclass Add(unittest.TestCase):\n    def test(self):\n        \
    self.assertEqual(add(2, 3), 5)\n";

#[tokio::test]
async fn a_model_mends_a_failing_test_in_a_repository() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "code").await;
    let test = || ("run_code", json!({"language": "bash", "code": "python3 -m unittest -q"}));
    let results = site
        .work(
            &server,
            &conversation,
            &[
                ("write_file", json!({"path": "calc.py", "content": BROKEN})),
                ("write_file", json!({"path": "test_calc.py", "content": TEST})),
                ("run_code", json!({"language": "bash", "code": "git init --quiet"})),
                ("git_commit", json!({"message": "As it was"})),
                test(),
                ("search_files", json!({"pattern": r"return a [-+] b", "glob": "*.py"})),
                ("read_file", json!({"path": "calc.py"})),
                ("git_branch", json!({"name": "mend"})),
                ("edit_file", json!({"path": "calc.py", "old": "a - b", "new": "a + b"})),
                test(),
                ("git_diff", json!({})),
                ("git_commit", json!({"message": "Adds what it should add"})),
                ("git_log", json!({})),
                ("git_status", json!({})),
            ],
        )
        .await;
    let told: Vec<(String, bool)> = results.iter().map(said).collect();
    let contents: Vec<&str> = told.iter().map(|(content, _)| content.as_str()).collect();
    let failed: Vec<usize> =
        told.iter().enumerate().filter(|(_, (_, failed))| *failed).map(|(place, _)| place).collect();
    assert_eq!(failed, [4], "{contents:#?}");
    assert!(contents[3].contains("As it was") && contents[3].contains("2 files changed"), "{}", contents[3]);
    assert!(
        contents[4].contains("AssertionError: -1 != 5") && contents[4].contains("[exit 1, "),
        "{}",
        contents[4]
    );
    assert_eq!(contents[5], "calc.py:2:return a - b");
    assert_eq!(contents[6], "1\tdef add(a, b):\n2\t    return a - b\n");
    assert!(contents[7].starts_with("## mend"), "{}", contents[7]);
    assert_eq!(contents[8], "Edited calc.py, line 2.");
    assert!(contents[9].contains("OK") && contents[9].contains("[exit 0, "), "{}", contents[9]);
    assert!(contents[10].contains("-    return a - b\n+    return a + b"), "{}", contents[10]);
    let log: Vec<&str> = contents[12].lines().collect();
    assert!(log[0].contains("Vertice (HEAD -> mend) Adds what it should add") && log.len() == 2, "{log:?}");
    assert_eq!(contents[13].lines().next(), Some("## mend"));

    // Nobody was asked, and the model was offered what it used.
    let offered = site.upstream.requests()[0].body["tools"].to_string();
    for tool in ["read_file", "git_clone", "run_code", "stop_job"] {
        assert!(offered.contains(&format!("\"{tool}\"")), "{offered}");
    }
    let listed =
        server.json("GET", &site.token, &format!("{CONVERSATIONS}/{conversation}/workspace"), None).await;
    let paths: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|item| item["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"calc.py") && paths.contains(&".git/HEAD"), "{paths:?}");
}

#[tokio::test]
async fn a_conversation_that_only_talks_has_none_of_them() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let (told, failed) = site.uses(&server, &conversation, "read_file", json!({"path": "a"})).await;
    assert!(failed && told.contains("no tool named"), "{told}");
    let offered = site.upstream.requests()[0].body["tools"].to_string();
    assert!(offered.contains("create_artifact") && !offered.contains("read_file"), "{offered}");
    let path = format!("{CONVERSATIONS}/{conversation}");
    server.json("PATCH", &site.token, &path, Some(json!({"mode": "code"}))).await;
    let (told, failed) = site.uses(&server, &conversation, "read_file", json!({"path": "a"})).await;
    assert_eq!((told.as_str(), failed), ("There is no file \"a\" in the workspace.", true));
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "code").await;
    let hostile = "ln -s /etc/passwd link; ln -s / root; mkfifo pipe; mkdir folder; printf 'a\\0b' > bytes; printf x > $(printf 'n%.0s' $(seq 255))";
    let prepared =
        site.uses(&server, &conversation, "run_code", json!({"language": "bash", "code": hostile})).await;
    assert!(!prepared.1, "{prepared:?}");
    for (tool, arguments, expected) in [
        ("read_file", json!({"path": "link"}), "symbolic link"),
        ("read_file", json!({"path": "root/etc/passwd"}), "symbolic link"),
        ("read_file", json!({"path": "pipe"}), "no file"),
        ("read_file", json!({"path": "folder"}), "is a folder"),
        ("read_file", json!({"path": "../../../secret.key"}), "must not hold . or .."),
        ("read_file", json!({"path": "/etc/passwd"}), "must be relative"),
        ("read_file", json!({"path": "bytes/x"}), "is a file"),
        ("read_file", json!({"file": "x"}), "cannot be read"),
        ("write_file", json!({"path": "link/x", "content": ""}), "symbolic link"),
        ("write_file", json!({"path": "root/tmp/x", "content": ""}), "symbolic link"),
        ("write_file", json!({"path": "folder", "content": ""}), "is a folder"),
        ("edit_file", json!({"path": "bytes", "old": "x", "new": "y"}), "does not hold this text"),
        ("search_files", json!({"pattern": "("}), "cannot be read"),
        ("find_files", json!({"glob": "[" }), "cannot be read"),
        ("run_code", json!({"language": "bash", "code": " "}), "must not be empty"),
        ("run_code", json!({"language": "bash", "code": "x", "timeout_s": 31}), "between 1 and 30"),
        ("run_code", json!({"language": "perl", "code": "x"}), "unknown variant"),
        ("run_code", json!({"language": "bash", "code": "sleep 9", "timeout_s": 1}), "its 1 s were over"),
        ("git_status", json!({}), "not a git repository"),
        ("git_status", json!({"folder": "nowhere"}), "nowhere"),
        ("git_clone", json!({"url": "https://example.com/x.git"}), "example.com"),
        ("job_status", json!({"job": 7}), "no job 7"),
    ] {
        let (told, failed) = site.uses(&server, &conversation, tool, arguments.clone()).await;
        assert!(failed && told.contains(expected), "{tool} {arguments}: {told}");
    }
    // A link that is written over is no link any more; what it led to was never touched.
    let written =
        site.uses(&server, &conversation, "write_file", json!({"path": "link", "content": "mine"})).await;
    assert_eq!(written, ("Wrote link, 1 lines.".to_owned(), false));
    assert_eq!(site.uses(&server, &conversation, "read_file", json!({"path": "link"})).await.0, "1\tmine\n");
}

#[tokio::test]
async fn what_runs_in_the_background_is_looked_at_and_stopped_while_others_work() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "code").await;
    let results = site
        .work(
            &server,
            &conversation,
            &[
                ("write_file", json!({"path": "a.txt", "content": "old"})),
                ("run_code", json!({"language": "bash", "code": "sleep 300", "background": true})),
                ("run_code", json!({"language": "bash", "code": "cat a.txt; sleep 1; echo made > made.txt", "background": true})),
                ("write_file", json!({"path": "a.txt", "content": "new"})),
                ("job_status", json!({"job": 2, "wait_s": 30})),
                ("stop_job", json!({"job": 1})),
                ("run_code", json!({"language": "bash", "code": "cat a.txt made.txt"})),
            ],
        )
        .await;
    let told: Vec<(String, bool)> = results.iter().map(said).collect();
    assert_eq!(told[1], ("Job 1 runs in the background.".to_owned(), false));
    assert!(told[4].0.starts_with("old\n[exit 0, ") && told[4].0.contains("made.txt (5 bytes)"), "{told:?}");
    assert!(told[5].0.contains("[stopped by the person"), "{told:?}");
    // What was written meanwhile stays, and what the job has made is there.
    assert!(told[6].0.starts_with("newmade\n[exit 0, "), "{told:?}");
}

#[tokio::test]
async fn nothing_is_lost_where_many_change_a_workspace_at_once() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "code").await;
    let body = json!({"path": "a.txt", "content": "one\ntwo\n"});
    site.uses(&server, &conversation, "write_file", body).await;
    // Two edits of one file in one answer.
    let edit = |old: &str, new: &str| json!({"path": "a.txt", "old": old, "new": new}).to_string();
    site.upstream
        .script(Script::tool("edit_file", &edit("one", "1")).tool_call("edit_file", &edit("two", "2")));
    site.work(&server, &conversation, &[]).await;
    let read = site.uses(&server, &conversation, "read_file", json!({"path": "a.txt"})).await;
    assert_eq!(read.0, "1\t1\n2\t2\n");

    let bash = |code: &str| json!({"language": "bash", "code": code});
    let job = |code: &str| json!({"language": "bash", "code": code, "background": true});
    let results = site
        .work(
            &server,
            &conversation,
            &[
                // What has no room changes nothing, however little it takes where it runs.
                ("run_code", bash("rm a.txt; truncate -s 100M large; ln large larger")),
                ("read_file", json!({"path": "a.txt"})),
                // Where somebody else has made something meanwhile, that stays, and all the rest is there.
                ("run_code", job("echo begun; sleep 4; echo mine > out; echo mine > other; rm a.txt")),
                ("job_status", json!({"job": 1, "wait_s": 2})),
                ("write_file", json!({"path": "out/x", "content": "theirs"})),
                ("job_status", json!({"job": 1, "wait_s": 30})),
                // What is stopped is as if it had never been.
                ("run_code", job("echo half > half; echo begun; sleep 300")),
                ("job_status", json!({"job": 2, "wait_s": 1})),
                ("stop_job", json!({"job": 2})),
                ("list_files", json!({})),
            ],
        )
        .await;
    let told: Vec<(String, bool)> = results.iter().map(said).collect();
    assert!(told[0].1 && told[0].0.contains("stays as it was before: its files are larger"), "{told:?}");
    assert_eq!(told[1].0, "1\t1\n2\t2\n");
    assert!(told[3].0.contains("begun"), "{told:?}");
    assert!(told[5].1 && told[5].0.contains("something else was made there meanwhile: out"), "{told:?}");
    assert!(told[7].0.contains("begun"), "{told:?}");
    assert_eq!(told[9].0, "other\t5\nout/\nout/x\t6");
}

#[tokio::test]
async fn a_picture_that_code_has_made_is_shown() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "code").await;
    let code = format!("echo {} | base64 -d > plot.png", vertice_testkit::mcp::PNG);
    let results =
        site.work(&server, &conversation, &[("run_code", json!({"language": "bash", "code": code}))]).await;
    assert!(said(&results[0]).0.contains("[made or changed: plot.png ("), "{results:?}");
    let messages = site.messages(&server, &conversation).await;
    let told = messages.as_array().unwrap().last().unwrap()["parts"].as_array().unwrap().clone();
    let told = told.iter().find(|part| part["kind"] == "tool_result").unwrap();
    assert_eq!(told["images"].as_array().map(Vec::len), Some(1), "{told}");
}

#[tokio::test]
async fn files_go_in_and_out_of_a_workspace() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "code").await;
    let files = format!("{CONVERSATIONS}/{conversation}/workspace/files");
    let put = server.open("PUT", &site.token, &format!("{files}/data/a%20b.txt"), Some(json!("ç"))).await;
    assert_eq!(put.status, 204);
    let (told, _) = site
        .uses(
            &server,
            &conversation,
            "run_code",
            json!({"language": "bash", "code": "cat 'data/a b.txt'; ln -s data link; echo 1 > one"}),
        )
        .await;
    assert!(told.starts_with("\"ç\"\n"), "{told}");
    let got = server.open("GET", &site.token, &format!("{files}/data/a%20b.txt"), None).await;
    assert_eq!(got.headers["content-disposition"], "attachment");
    assert_eq!(&got.bytes().await[..], "\"ç\"".as_bytes());
    let archive = server
        .open("GET", &site.token, &format!("{CONVERSATIONS}/{conversation}/workspace/archive"), None)
        .await;
    assert_eq!(archive.headers["content-type"], "application/zip");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(archive.bytes().await)).unwrap();
    let names: Vec<String> =
        (0..zip.len()).map(|place| zip.by_index(place).unwrap().name().unwrap().into_owned()).collect();
    assert_eq!(names, ["data/", "data/a b.txt", "one"]);
    for (path, status) in
        [("../secret.key", 422), ("%2e%2e/x", 422), ("a%00b", 422), ("data/none", 404), ("link/x", 409)]
    {
        let refused = server.open("GET", &site.token, &format!("{files}/{path}"), None).await;
        assert!(refused.status == status || refused.status == 404, "{path}: {}", refused.status);
    }
    let large = "x".repeat(10 * 1024 * 1024);
    let refused = server.open("PUT", &site.token, &format!("{files}/large"), Some(json!(large))).await;
    assert_eq!(refused.status, 413);
    assert_eq!(server.open("DELETE", &site.token, &format!("{files}/data"), None).await.status, 204);
    let listed =
        server.json("GET", &site.token, &format!("{CONVERSATIONS}/{conversation}/workspace"), None).await;
    let kinds: Vec<(&Value, &Value)> =
        listed["items"].as_array().unwrap().iter().map(|item| (&item["path"], &item["kind"])).collect();
    assert_eq!(kinds, [(&json!("link"), &json!("link")), (&json!("one"), &json!("file"))]);
}

#[tokio::test]
async fn other_hosts_use_the_same_tools() {
    let site = site().await;
    let server = site.place.serve().await;
    let folder = site.place.path().join("project");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.txt"), "one\n").unwrap();
    for kit in ["files", "exec", "git"] {
        let arguments = json!(["mcp", kit, "--folder", folder, "--runtime", "bubblewrap"]);
        let body = json!({"name": kit, "transport": "stdio", "command": env!("CARGO_BIN_EXE_vertice"), "args": arguments});
        let item = site.add(&server, body).await;
        assert_eq!((&item["status"], &item["error"]), (&json!("connected"), &Value::Null), "{item}");
    }
    let tools = server.json("GET", &site.token, "/api/v1/tools?limit=100", None).await;
    let tools = tools["items"].as_array().unwrap();
    assert_eq!(tools.len(), 15);
    for tool in tools {
        let path =
            format!("/api/v1/tools/{}/{}", tool["server"].as_str().unwrap(), tool["name"].as_str().unwrap());
        server.json("PATCH", &site.token, &path, Some(json!({"permission": "allow"}))).await;
    }
    let conversation = site.conversation(&server, "chat").await;
    let results = site
        .work(
            &server,
            &conversation,
            &[
                ("files__edit_file", json!({"path": "a.txt", "old": "one", "new": "two"})),
                (
                    "exec__run_code",
                    json!({"language": "bash", "code": "cat a.txt; git init -q; echo three > b.txt"}),
                ),
                ("git__git_commit", json!({"message": "All of it"})),
            ],
        )
        .await;
    assert_eq!(said(&results[0]), ("Edited a.txt, line 1.".to_owned(), false));
    assert!(said(&results[1]).0.starts_with("two\n"), "{results:?}");
    assert!(said(&results[2]).0.contains("2 files changed"), "{results:?}");
    assert_eq!(std::fs::read_to_string(folder.join("b.txt")).unwrap(), "three\n");
    let mut left: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".git", "a.txt", "b.txt"]);
}
