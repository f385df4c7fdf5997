//! Code in the real runtimes of this host.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on shall panic where it stands")]

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Actor, Role, UserId,
    account::Credential,
    sandbox::{ExecuteRequest, Language, RunFault, RunReport, SandboxRuntime},
};
use vertice_ports::Sandbox as _;
use vertice_sandbox::{HostSandbox, Paths, Wanted};

const BOTH: [SandboxRuntime; 2] = [SandboxRuntime::Bubblewrap, SandboxRuntime::Gvisor];

fn keeper() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples/keeper")
}

struct Site {
    sandbox: HostSandbox,
    _data: tempfile::TempDir,
}

async fn site(runtime: SandboxRuntime) -> Site {
    let data = tempfile::tempdir().unwrap();
    let paths = Paths { keeper: keeper(), data: data.path().to_owned() };
    let sandbox = HostSandbox::probe(&paths, Wanted::Only(runtime)).await.unwrap();
    let tier = sandbox.tier();
    assert_eq!(tier.runtime, Some(runtime), "{tier:?}");
    Site { sandbox, _data: data }
}

fn ann() -> Actor {
    Actor { user: UserId::new(uuid::Uuid::from_u128(1)), role: Role::User, credential: Credential::Console }
}

impl Site {
    async fn run(&self, language: &str, code: &str) -> RunReport {
        self.ask(serde_json::json!({"language": language, "code": code})).await
    }

    async fn ask(&self, body: serde_json::Value) -> RunReport {
        let request: ExecuteRequest = serde_json::from_value(body).unwrap();
        let run = request.validate().unwrap();
        self.sandbox.execute(&ann(), run, CancellationToken::new()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_says_hello() {
    for runtime in BOTH {
        let site = site(runtime).await;
        for (language, code) in [
            ("python", "import sys; print('hello', sys.stdin.read())"),
            ("javascript", "console.log('hello', require('fs').readFileSync(0, 'utf8'))"),
            ("javascript", "import fs from 'fs';\nconsole.log('hello', fs.readFileSync(0, 'utf8'))"),
            ("bash", "echo hello $(cat)"),
        ] {
            let body = serde_json::json!({"language": language, "code": code, "stdin": "you"});
            let told = site.ask(body).await;
            assert_eq!((told.stdout.as_str(), told.stderr.as_str(), told.exit_code), ("hello you\n", "", 0), "{runtime:?} {language}: {told:?}");
            assert!(told.files.is_empty() && told.error.is_none(), "{told:?}");
            println!("{runtime:?} {language} {:.3}", told.execution_time);
        }
    }
}
