//! Code that is run, over real HTTP, in the real runtimes of this host.

mod internet;
mod network;

use std::{os::unix::fs::MetadataExt as _, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::client::{PAUSE, Place, Running};

const EXECUTE: &str = "/api/v1/sandbox/execute";
const BOTH: [&str; 2] = ["bubblewrap", "gvisor"];

pub(crate) struct Site {
    place: Place,
    pub(crate) server: Running,
    pub(crate) token: String,
    runtime: &'static str,
}

pub(crate) async fn site(runtime: &'static str) -> Site {
    site_with(runtime, &[]).await
}

/// The same with more settings.
async fn site_with(runtime: &'static str, more: &[(&str, &str)]) -> Site {
    let place = Place::new().set("ENABLE_SANDBOXING", "true").set("SANDBOX_RUNTIME", runtime);
    let place = more.iter().fold(place, |place, (name, value)| place.set(name, value));
    let place = place.set("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000").set("RATE_LIMIT_BURST", "1000000");
    let token = place.token("ann@example.com").await;
    let server = place.serve().await;
    Site { place, server, token, runtime }
}

impl Site {
    async fn ask(&self, body: Value) -> Value {
        let told = self.server.json("POST", &self.token, EXECUTE, Some(body)).await;
        assert_eq!(told["runtime"], self.runtime, "{told}");
        told
    }

    async fn run(&self, language: &str, code: &str) -> Value {
        self.ask(json!({"language": language, "code": code})).await
    }

    /// Where its runs are.
    fn base(&self) -> String {
        let data = std::fs::metadata(self.place.path().join("data")).unwrap();
        format!("/run/vertice/server-{:x}-{:x}", data.dev(), data.ino())
    }

    /// The command lines of the processes of its runs below this.
    pub(crate) fn processes(&self, below: &str) -> Vec<String> {
        let base = self.base() + below;
        let lines = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).ok()?;
            Some(String::from_utf8_lossy(&line).into_owned())
        });
        lines.filter(|line| line.contains(&base)).collect()
    }

    /// The folders of its runs.
    pub(crate) fn folders(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.base()).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.starts_with("run-"))
            .collect()
    }

    /// Nothing of any run is left: no process, no folder, no mount, no control group.
    pub(crate) fn assert_clean(&self) {
        let base = self.base();
        assert_eq!((self.processes(""), self.folders()), (Vec::new(), Vec::new()));
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        assert!(!mounts.contains(&base), "{mounts}");
        let name = base.rsplit('/').next().unwrap();
        for tree in ["memory", "pids", "cpu", "cpuacct", ""] {
            let groups =
                std::fs::read_dir(Path::new("/sys/fs/cgroup").join(tree)).into_iter().flatten().flatten();
            let left: Vec<_> = groups
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .filter(|group| group.contains(name))
                .collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }
}

#[tokio::test]
async fn every_language_says_hello() {
    for runtime in BOTH {
        let site = site(runtime).await;
        for (language, code) in [
            ("python", "import sys; print('hello', sys.stdin.read())"),
            ("javascript", "console.log('hello', require('fs').readFileSync(0, 'utf8'))"),
            ("javascript", "import fs from 'fs';\nconsole.log('hello', fs.readFileSync(0, 'utf8'))"),
            ("bash", "echo hello $(cat)"),
        ] {
            let told = site.ask(json!({"language": language, "code": code, "stdin": "you"})).await;
            let outcome = (&told["stdout"], &told["stderr"], &told["exit_code"], &told["error"]);
            assert_eq!(outcome, (&json!("hello you\n"), &json!(""), &json!(0), &Value::Null), "{told}");
            assert_eq!((&told["files"], &told["truncated"]), (&json!([]), &json!(false)), "{told}");
        }
        site.assert_clean();
    }
}

#[tokio::test]
async fn files_go_in_and_come_out() {
    for runtime in BOTH {
        let site = site(runtime).await;
        let code = "import shutil; d = open('in/a.txt').read(); open('b.txt', 'w').write(d.upper());\
            \nimport os; os.makedirs('out/deep'); shutil.copy('c.bin', 'out/deep/c.bin'); os.symlink('/etc/passwd', 'link')";
        let binary = BASE64_STANDARD.encode([0, 159, 146, 150]);
        let files = json!([
            {"path": "in/a.txt", "content": "abc"}, {"path": "c.bin", "content": binary, "encoding": "base64"}
        ]);
        let told = site.ask(json!({"language": "python", "code": code, "files": files})).await;
        assert_eq!((&told["exit_code"], &told["error"]), (&json!(0), &Value::Null), "{told}");
        let expected = json!([
            {"path": "b.txt", "size": 3, "content": "ABC", "encoding": "utf8"},
            {"path": "out/deep/c.bin", "size": 4, "content": binary, "encoding": "base64"},
        ]);
        assert_eq!(told["files"], expected, "{told}");
    }
}

#[tokio::test]
async fn every_limit_is_kept_and_told() {
    for runtime in BOTH {
        let site = site(runtime).await;
        let slow = site.ask(json!({"language": "python", "code": "import time; print('on', flush=True); time.sleep(60)", "timeout_s": 3})).await;
        assert_eq!((&slow["error"], &slow["stdout"]), (&json!("timeout"), &json!("on\n")), "{slow}");
        let greedy = site.run("python", "x = []\nwhile True: x.append(bytearray(16 * 1024 * 1024))").await;
        assert_eq!(greedy["error"], "memory", "{greedy}");
        let loud = site.run("bash", "yes").await;
        assert_eq!((&loud["error"], &loud["truncated"]), (&json!("output"), &json!(true)));
        assert_eq!(loud["stdout"].as_str().unwrap().len(), 1024 * 1024);
        let full = site
            .run("bash", "dd if=/dev/zero of=a bs=1M count=200; dd if=/dev/zero of=b bs=1M count=200; false")
            .await;
        assert_eq!(full["error"], "disk", "{}", full["stderr"]);
        let forks = site.run("bash", "bomb() { bomb | bomb & }; bomb; sleep 2; echo over").await;
        assert!(forks["execution_time"].as_f64().unwrap() < 20.0);
        let busy = site.run("python", "import time; begun = time.time()\nwhile time.time() < begun + 1: pass\nopen('a', 'w').write('x' * 3_000_000)").await;
        let taken = busy["cpu_seconds"].as_f64().unwrap();
        assert!((0.2..1.2).contains(&taken), "{taken} s of the processor");
        let kept = busy["disk_bytes"].as_u64().unwrap();
        assert!((3_000_000..4_000_000).contains(&kept), "{kept} bytes");
        let after = site.run("bash", "echo fine").await;
        assert_eq!(after["stdout"], "fine\n");
        site.assert_clean();
    }
}

#[tokio::test]
async fn nothing_gets_out() {
    // An open host opens nothing else.
    for more in [&[][..], &[("SANDBOX_ALLOWED_HOSTS", "pypi.org")]] {
        for runtime in BOTH {
            let site = site_with(runtime, more).await;
            let told = site.run("python", include_str!("sandbox/escapes.py")).await;
            let said = told["stdout"].as_str().unwrap();
            assert!(!said.contains("ESCAPED"), "{runtime}: {said}");
            let attempts =
                said.trim_end().strip_suffix(" attempts").and_then(|count| count.parse::<u32>().ok());
            assert!(attempts.is_some_and(|count| count >= 50), "{runtime}: {told}");
            if more.is_empty() {
                network::assert_closed(&site).await;
            }
            site.assert_clean();
        }
    }
}

#[tokio::test]
async fn what_ignores_every_signal_and_cuts_all_ties_is_gone() {
    for runtime in BOTH {
        let site = site(runtime).await;
        let code = "import os, signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except Exception: pass\n\
            if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: os.execvp('sleep', ['sleep', '314159'])\n    os._exit(0)\n\
            print('gone')";
        let told = site.run("python", code).await;
        assert_eq!(told["stdout"], "gone\n", "{told}");
        assert_eq!(site.processes("").len(), 0, "{:?}", site.processes(""));
        site.assert_clean();
    }
}

#[tokio::test]
async fn what_runs_dies_with_the_server() {
    for runtime in BOTH {
        let site = site_with(runtime, &[("SANDBOX_ALLOWED_HOSTS", "pypi.org")]).await;
        let body = json!({"language": "bash", "code": "sleep 271828"});
        let mut asked = Box::pin(site.server.open("POST", &site.token, EXECUTE, Some(body)));
        let runs = async {
            while site.processes("/run-").is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::select! { _ = &mut asked => panic!("it has ended"), () = runs => {} }
        let id = site.server.child.id().unwrap().to_string();
        let killed = tokio::process::Command::new("kill").args(["-9", &id]).status().await.unwrap();
        assert!(killed.success());
        while !site.processes("").is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        drop(asked);
        // The next one clears what it has left behind.
        let server = site.place.serve().await;
        while !site.folders().is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        drop(server);
    }
}

#[tokio::test]
async fn a_conversations_workspace_is_kept_and_is_its_owners() {
    let site = site("bubblewrap").await;
    let made = site.server.json("POST", &site.token, "/api/v1/conversations", Some(json!({}))).await;
    let in_it = |code: &str| json!({"language": "bash", "code": code, "conversation_id": made["id"]});
    site.ask(in_it("mkdir -p a/b; echo one > a/b/c; ln -s a/b/c link; mkfifo pipe; chmod +x a/b/c")).await;
    let told = site.ask(in_it("cat link; ls; test -x a/b/c && echo x")).await;
    assert_eq!((&told["stdout"], &told["files"]), (&json!("one\na\nlink\nx\n"), &json!([])), "{told}");
    let stranger = site.place.token("bob@example.com").await;
    let refused = site.server.open("POST", &stranger, EXECUTE, Some(in_it("ls"))).await;
    assert_eq!(refused.status, 404);
    let other = site.run("bash", "ls -A").await;
    assert_eq!(other["stdout"], "", "{other}");
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_by_field() {
    let site = site("bubblewrap").await;
    let long = "x".repeat(1024 * 1024 + 1);
    for (body, field) in [
        (json!({"language": "perl", "code": "1"}), "language"),
        (json!({"language": "bash", "code": " "}), "code"),
        (json!({"language": "bash", "code": long}), "code"),
        (json!({"language": "bash", "code": "ls", "timeout_s": 31}), "timeout_s"),
        (
            json!({"language": "bash", "code": "ls", "files": [{"path": "../x", "content": ""}]}),
            "files[0].path",
        ),
        (
            json!({"language": "bash", "code": "ls", "files": [{"path": "x", "content": "?", "encoding": "base64"}]}),
            "files[0].content",
        ),
        (json!({"language": "bash", "code": "ls", "more": 1}), "more"),
    ] {
        let refused = site.server.open("POST", &site.token, EXECUTE, Some(body)).await;
        assert_eq!(refused.status, 422, "{field}");
        let refused = refused.json().await;
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
}

#[tokio::test]
async fn a_server_without_a_sandbox_says_so_and_runs_nothing() {
    let place = Place::new();
    let token = place.token("ann@example.com").await;
    let server = place.serve().await;
    let refused = server.open("POST", &token, EXECUTE, Some(json!({"language": "bash", "code": "ls"}))).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.json().await["code"], "sandbox_unavailable");
    let ready = server.json("GET", &token, "/ready", None).await;
    assert_eq!(ready["checks"]["sandbox"]["status"], "off", "{ready}");
}
