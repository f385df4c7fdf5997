//! The scripted server as a program. Each call has a thread, so that one that hangs does not hold up the others. What it is
//! told beside calls, it repeats on its standard error, where tests can read it.

use std::{
    collections::{HashMap, HashSet},
    io::{self, BufRead as _, Write as _},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::{Mode, Scripted, Speaks, leave, tools};

/// Serves until its standard input ends. `mark` stands in the command line of what is left behind, to find it by.
pub fn run(speaks: Speaks, mode: Mode, mark: &str) -> io::Result<()> {
    let program = Arc::new(Program { scripted: Scripted::new(speaks, mode), state: Mutex::default() });
    match mode {
        Mode::DieAtStart => {
            complain("a key is missing: set KEY");
            leave(3);
        }
        Mode::FloodStderr => drop(thread::spawn(flood)),
        Mode::Daemon => leave_a_daemon(mark)?,
        Mode::Stubborn => deaf()?,
        Mode::Normal | Mode::FloodList | Mode::Ansi => {}
    }
    for line in io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        let program = Arc::clone(&program);
        if message["params"]["name"] == "stop_reading" {
            program.hear(&message);
            loop {
                thread::park();
            }
        }
        thread::spawn(move || program.hear(&message));
    }
    if mode == Mode::Stubborn {
        loop {
            thread::park();
        }
    }
    Ok(())
}

struct Program {
    scripted: Scripted,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cancelled: HashSet<String>,
    /// The calls that wait for an answer, by the id of the question.
    asked: HashMap<String, Value>,
    /// The id of the request that wants to hear of changes.
    ears: Option<Value>,
}

fn complain(text: &str) {
    let _unheard = writeln!(io::stderr(), "{text}");
}

fn say(message: &Value) {
    raw(message.to_string().as_bytes());
}

fn raw(line: &[u8]) {
    let mut out = io::stdout().lock();
    let _gone = out.write_all(line).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

impl Program {
    fn hear(&self, message: &Value) {
        let (method, params) = (message["method"].as_str().unwrap_or_default(), &message["params"]);
        if method.is_empty()
            && let Some(call) = self.state().asked.remove(&message["id"].to_string())
        {
            let text = message["result"].to_string();
            return say(
                &json!({"jsonrpc": "2.0", "id": call, "result": {"content": [{"type": "text", "text": text}]}}),
            );
        }
        let Some(id) = message.get("id").filter(|_| !method.is_empty()) else {
            if method == "notifications/cancelled" {
                self.state().cancelled.insert(params["requestId"].to_string());
            }
            return complain(&format!("heard {method}"));
        };
        match method {
            "tools/call" if self.scripted.speaks != Speaks::Nothing => self.call(id, params),
            "subscriptions/listen" if matches!(self.scripted.speaks, Speaks::Both | Speaks::Stateless) => {
                self.state().ears = Some(id.clone());
                say(
                    &json!({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": {
                        "_meta": {"io.modelcontextprotocol/subscriptionId": id}, "notifications": {"toolsListChanged": true},
                    }}),
                );
            }
            _ => match self.scripted.answer(method, params) {
                Some(Ok(result)) => say(&json!({"jsonrpc": "2.0", "id": id, "result": result})),
                Some(Err((code, why))) => {
                    say(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": why}}));
                }
                None => {}
            },
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, id: &Value, params: &Value) {
        let (name, arguments) = (params["name"].as_str().unwrap_or_default(), &params["arguments"]);
        let text = |text: &str| json!({"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": text}]}});
        match name {
            "hang" => complain("hanging"),
            "die" => {
                complain("out of memory, they say");
                leave(7);
            }
            "twice" => {
                say(&text("first"));
                say(&text("second"));
            }
            "garbage" => {
                let mut line = text("@").to_string().into_bytes();
                let place = line.iter().position(|&byte| byte == b'@').unwrap_or(0);
                line[place] = 0xff;
                raw(&line);
            }
            "noise" => {
                for junk in [&b"Server running on stdio"[..], b"\xff\xfe", b"{\"half\":", b"[1]", b""] {
                    raw(junk);
                }
                say(&json!({"jsonrpc": "2.0", "method": "notifications/unheard_of", "params": 1}));
                say(&text("after the noise"));
            }
            "stop_reading" => say(&text("deaf")),
            "refuse" => say(
                &json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32602, "message": "not \u{1b}[1mlike this"}}),
            ),
            "change" | "storm" => {
                self.scripted.changes.fetch_add(1, Ordering::SeqCst);
                for _ in 0..arguments["times"].as_u64().unwrap_or(1) {
                    self.changed();
                }
                say(&text("changed"));
            }
            "slow" => self.slow(id, params),
            "ask" if params.get("inputResponses").is_none() && params.get("requestState").is_none() => {
                say(&json!({"jsonrpc": "2.0", "id": id, "result": {
                    "resultType": "input_required", "requestState": "opaque",
                    "inputRequests": {"name": {"method": "elicitation/create", "params": {
                        "mode": "form", "message": "Your name?",
                        "requestedSchema": {"type": "object", "properties": {"name": {"type": "string"}}},
                    }}},
                }}));
            }
            // With a handshake the server asks by a request of its own.
            "ask_form" if params["_meta"]["io.modelcontextprotocol/protocolVersion"].is_null() => {
                let question = format!("q{id}");
                self.state().asked.insert(json!(question).to_string(), id.clone());
                say(&json!({
                    "jsonrpc": "2.0", "id": question, "method": "elicitation/create",
                    "params": tools::question(arguments["url"].as_str()),
                }));
            }
            "ask_form" if params.get("inputResponses").is_none() => {
                say(&json!({"jsonrpc": "2.0", "id": id, "result": {
                    "resultType": "input_required", "requestState": "opaque",
                    "inputRequests": {"trip": {"method": "elicitation/create", "params": tools::question(arguments["url"].as_str())}},
                }}));
            }
            "ask_form" => say(&text(&params["inputResponses"]["trip"].to_string())),
            "ask" => say(&text(&format!("{} {}", params["inputResponses"], params["requestState"]))),
            _ => match tools::result(name, arguments) {
                Some(result) => say(&json!({"jsonrpc": "2.0", "id": id, "result": result})),
                None => say(
                    &json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32602, "message": "Unknown tool"}}),
                ),
            },
        }
    }

    fn changed(&self) {
        let mut notice = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
        if let Some(ears) = &self.state().ears {
            notice["params"] = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": ears}});
        }
        say(&notice);
    }

    fn slow(&self, id: &Value, params: &Value) {
        let (arguments, token) = (&params["arguments"], &params["_meta"]["progressToken"]);
        let (steps, ms) = (arguments["steps"].as_u64().unwrap_or(3), arguments["ms"].as_u64().unwrap_or(10));
        for step in 1..=steps {
            thread::sleep(Duration::from_millis(ms));
            if self.state().cancelled.contains(&id.to_string()) {
                return complain("stopped working");
            }
            if arguments["progress"] == true {
                say(&json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {
                    "progressToken": token, "progress": step, "total": steps, "message": format!("step \u{1b}[1m{step}"),
                }}));
            }
        }
        say(&json!({"jsonrpc": "2.0", "id": id, "result": {"content": [{"type": "text", "text": "done"}]}}));
    }
}

fn flood() {
    let noise = "noise ".repeat(1_000);
    while io::stderr().write_all(noise.as_bytes()).is_ok() {}
}

/// A process that is nobody's child, in a session of its own.
#[expect(clippy::disallowed_methods, reason = "what a program leaves behind is what is tested")]
fn leave_a_daemon(mark: &str) -> io::Result<()> {
    let stays = format!("trap \"\" TERM HUP; while :; do sleep 60; done # {mark}");
    let script = format!("setsid sh -c '{stays}' </dev/null >/dev/null 2>&1 &");
    std::process::Command::new("sh").args(["-c", &script]).status().map(drop)
}

/// From now on, nobody can ask it to leave.
fn deaf() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _entered = runtime.enter();
    let heard = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    std::mem::forget(heard);
    Ok(())
}
