//! What code gets to see of the world when the settings open something, in the real runtimes of this host.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};
use vertice_server::wiring::World;

use super::{
    BOTH, EXECUTE, Site,
    internet::{Host, internet},
    site_with,
};
use crate::{
    client::{PAUSE, Place},
    harness::Server,
};

/// A server whose code may reach `files.test` and what is below it.
struct Open {
    server: Server,
    token: String,
    host: Host,
    runtime: &'static str,
}

impl Open {
    async fn new(runtime: &'static str) -> Self {
        crate::harness::install_tls();
        let dir = tempfile::tempdir().unwrap();
        let host = Host::new(dir.path());
        let open = format!("files.test:{0},*.files.test:{0}", host.port);
        let variables =
            [("ENABLE_SANDBOXING", "true"), ("SANDBOX_RUNTIME", runtime), ("SANDBOX_ALLOWED_HOSTS", &open)];
        let executable = Some(env!("CARGO_BIN_EXE_vertice").into());
        let world = World { executable, internet: internet(), ..World::default() };
        let server = Server::within(&variables, "", world).await;
        let token = server.user("ann@example.com").await;
        Self { server, token, host, runtime }
    }

    /// Runs it with the host's port in the place of `PORT`, beside its certificate.
    async fn run(&self, language: &str, code: &str, timeout_s: u32) -> Value {
        let code = code.replace("PORT", &self.host.port.to_string());
        let files = json!([{"path": "ca.pem", "content": self.host.certificate}]);
        let body = json!({"language": language, "code": code, "files": files, "timeout_s": timeout_s});
        let reply = self.server.post(&self.token, EXECUTE, body).await;
        let told = reply.json();
        assert_eq!(told["runtime"], self.runtime, "{told}");
        told
    }
}

const PYTHON: &str = r#"
import os, socket, ssl, urllib.request
trust = ssl.create_default_context(cafile="ca.pem")
def get(url):
    try: return urllib.request.urlopen(url, context=trust, timeout=10).read().decode()
    except Exception as error: return f"refused: {error}"
for url in ["https://files.test:PORT/a", "https://FILES.Test:PORT/b", "https://x.files.test:PORT/c", "https://files.test:PORT/to/x.files.test",
            "https://files.test:PORT/to/other.test", "https://other.test:PORT/", "https://metadata.files.test:PORT/", "https://127.0.0.2:PORT/", "http://files.test:PORT/"]:
    print(get(url))
def connects(*address):
    try:
        socket.create_connection(address, timeout=2)
        return True
    except OSError: return False
print([connects(*address) for address in [("files.test", PORT), ("127.0.0.1", PORT), ("1.1.1.1", 443), ("169.254.169.254", 80)]])
print(sorted(os.listdir("/proxy")), os.path.exists("/run"), sorted(os.listdir("/sys/class/net")) if os.path.exists("/sys/class/net") else [])
"#;

#[tokio::test]
async fn code_reaches_the_hosts_that_are_open_and_no_others() {
    for runtime in BOTH {
        let open = Open::new(runtime).await;
        let told = open.run("python", PYTHON, 30).await;
        let said: Vec<&str> = told["stdout"].as_str().unwrap().lines().collect();
        let [a, b, c, moved, to_other, other, metadata, address, plain, direct, seen] = said.as_slice()
        else {
            panic!("{told}")
        };
        assert_eq!(
            [*a, *b, *c, *moved],
            ["this is /a", "this is /b", "this is /c", "this is /moved"],
            "{told}"
        );
        for (refused, why) in [
            (to_other, "SANDBOX_ALLOWED_HOSTS"),
            (other, "SANDBOX_ALLOWED_HOSTS"),
            (metadata, "public internet"),
            (address, "not by addresses"),
        ] {
            assert!(refused.contains("403") && refused.contains(why), "{refused}");
        }
        assert!(plain.contains("405"), "{plain}");
        assert_eq!(*direct, "[False, False, False, False]");
        assert!(seen.starts_with("['forward', 'socket'] False"), "{seen}");
        let port = open.host.port;
        let expected = json!([
            {"host": "other.test", "port": port, "reason": "host_not_allowed"},
            {"host": "metadata.files.test", "port": port, "reason": "private_address"},
            {"host": "127.0.0.2", "port": port, "reason": "ip_address"},
            {"host": "files.test", "port": port, "reason": "plain_http"},
        ]);
        assert_eq!(told["denied"], expected);
        assert_eq!(
            (&told["exit_code"], &told["stderr"], &told["files"]),
            (&json!(0), &json!(""), &json!([]))
        );
    }
}

#[tokio::test]
async fn other_programs_find_the_way_out_and_exit_as_they_do() {
    for runtime in BOTH {
        let open = Open::new(runtime).await;
        let code = "curl -sS --cacert ca.pem https://files.test:PORT/curl; echo\n\
            git -c http.sslCAInfo=ca.pem ls-remote https://files.test:PORT/git 2>&1 | tail -n 1\n\
            curl -sS --cacert ca.pem https://other.test:PORT/ 2>&1; exit 7";
        let told = open.run("bash", code, 30).await;
        let said = told["stdout"].as_str().unwrap();
        assert!(said.starts_with("this is /curl\n") && said.contains("403"), "{told}");
        assert_eq!(told["exit_code"], 7, "{told}");
        assert!(open.host.saw("/git/info/refs?service=git-upload-pack"), "{told}");
        let node = "const tunnel = require('http').request({port: 3128, method: 'CONNECT', path: 'files.test:PORT'});\n\
            tunnel.on('connect', (answer, socket) => {\n\
              const ca = require('fs').readFileSync('ca.pem');\n\
              require('https').get({host: 'files.test', path: '/node', socket, ca, agent: false}, (answer) => answer.pipe(process.stdout));\n\
            }).end();";
        let told = open.run("javascript", node, 30).await;
        assert_eq!(told["stdout"], "this is /node", "{told}");
    }
}

#[tokio::test]
async fn what_a_run_had_open_ends_with_it() {
    for runtime in BOTH {
        let open = Open::new(runtime).await;
        let code = "curl -sS --cacert ca.pem https://files.test:PORT/hang";
        let told = open.run("bash", code, 2).await;
        assert_eq!(told["error"], "timeout", "{told}");
        assert!(open.host.saw("/hang"), "{told}");
        while !open.host.saw("ended /hang") {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Where no host is open there is nothing of a way out.
pub(super) async fn assert_closed(site: &Site) {
    let told = site.run("bash", "env | grep -i proxy; ls /proxy; ls -A / | tr '\\n' ' '").await;
    let expected = "bin code.sh dev etc lib lib64 proc sbin tmp usr workspace ";
    let said = told["stdout"].as_str().unwrap().replace("sys ", "");
    assert_eq!((said.as_str(), &told["denied"]), (expected, &json!([])), "{told}");
}

#[tokio::test]
async fn a_runs_way_out_is_its_own_and_every_attempt_is_in_the_log() {
    for runtime in BOTH {
        let site = site_with(runtime, &[("SANDBOX_ALLOWED_HOSTS", "pypi.org, *.example.com:8443")]).await;
        let sleeping = site.run("bash", "sleep 1; ls /proxy");
        let looking = site.run(
            "bash",
            "find / -path /usr -prune -o -path /proc -prune -o -type s -print 2>/dev/null; for file in socket forward new; do (echo x > /proxy/$file) 2>/dev/null && echo writes; done\n\
            rm -f /proxy/socket 2>/dev/null; curl -sS https://evil.example.com 2>&1 | tail -n 1; curl -sS https://evil.test:8443 2>/dev/null",
        );
        let (other, told) = tokio::join!(sleeping, looking);
        assert_eq!(other["stdout"], "forward\nsocket\n", "{other}");
        let said = told["stdout"].as_str().unwrap();
        assert!(said.starts_with("/proxy/socket\ncurl: ") && said.contains("403"), "{told}");
        let expected = json!([
            {"host": "evil.example.com", "port": 443, "reason": "port_not_allowed"},
            {"host": "evil.test", "port": 8443, "reason": "host_not_allowed"},
        ]);
        assert_eq!((&told["denied"], &other["denied"]), (&expected, &json!([])));
        site.assert_clean();
        let ready = site.server.json("GET", &site.token, "/ready", None).await;
        let detail = ready["checks"]["sandbox"]["detail"].as_str().unwrap();
        assert!(detail.contains("code may reach pypi.org, *.example.com:8443"), "{ready}");
        let log = site.server.end().await;
        for host in ["evil.example.com", "evil.test"] {
            let line =
                log.lines().find(|line| line.contains(host)).unwrap_or_else(|| panic!("{host}: {log}"));
            assert!(line.contains("run-") && line.contains("denied") && line.contains("user"), "{line}");
        }
    }
}

/// A folder that others may look into, gone with the test.
fn folder(within: &str) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("vertice-test-").tempdir_in(within).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[tokio::test]
async fn shared_folders_are_read_where_they_are_and_never_written() {
    let shared = folder("/srv");
    let path = shared.path().to_str().unwrap();
    std::fs::write(shared.path().join("data.csv"), "a,b\n").unwrap();
    symlink("/etc/shadow", shared.path().join("link")).unwrap();
    let open = [("SANDBOX_ALLOWED_DIRS", path), ("SANDBOX_ALLOWED_HOSTS", "pypi.org,*.example.com:8443")];
    for runtime in BOTH {
        let site = site_with(runtime, &open).await;
        let code = format!(
            "cd {path} && cat data.csv; cat link || echo hidden; echo x > new || echo kept; echo x > data.csv || echo kept; \
            rm data.csv || echo kept; ls -A /srv | wc -l"
        );
        let told = site.run("bash", &code).await;
        assert_eq!(told["stdout"], "a,b\nhidden\nkept\nkept\nkept\n1\n", "{told}");
        site.assert_clean();
        if runtime == BOTH[0] {
            let doctor = site.place.run(&["doctor"], "").await;
            let openings = format!("code may reach pypi.org, *.example.com:8443; code may read {path}");
            assert!(doctor.stdout.contains(&openings), "{doctor:?}");
        }
    }
    assert_eq!(std::fs::read_to_string(shared.path().join("data.csv")).unwrap(), "a,b\n");
}

#[tokio::test]
async fn settings_that_open_too_much_stop_the_start() {
    let shared = folder("/srv");
    let real = shared.path().join("real");
    std::fs::create_dir_all(real.join("data")).unwrap();
    std::fs::write(shared.path().join("file"), "").unwrap();
    symlink(&real, shared.path().join("link")).unwrap();
    let path = |name: &str| shared.path().join(name).to_str().unwrap().to_owned();
    let data = path("real/data");
    for (name, value, words) in [
        ("SANDBOX_ALLOWED_DIRS", path("link"), "symbolic link"),
        ("SANDBOX_ALLOWED_DIRS", path("link/data"), "symbolic link"),
        ("SANDBOX_ALLOWED_DIRS", path("file"), "no folder"),
        ("SANDBOX_ALLOWED_DIRS", path("real"), "data directory"),
        ("SANDBOX_ALLOWED_DIRS", data.clone(), "data directory"),
        ("SANDBOX_ALLOWED_DIRS", format!("/srv,{}", path("missing")), "data directory"),
        ("SANDBOX_ALLOWED_HOSTS", "a.example,169.254.169.254".to_owned(), "is an address"),
        ("SANDBOX_ALLOWED_HOSTS", "*.com".to_owned(), "top-level domain"),
    ] {
        let outcome = Place::new().set("VERTICE_DATA_DIR", &data).set(name, &value).run(&["serve"], "").await;
        let is_told = outcome.stderr.contains(name) && outcome.stderr.contains(words);
        assert!(outcome.code == Some(2) && is_told, "{value}: {outcome:?}");
    }
}
