//! The product's server with scripted tools and perhaps a clock that is wrong, as a process of its own: this test binary once
//! more. The product itself knows no way to it.

use std::{path::Path, sync::Arc};

use tokio::process::Command;
use vertice_domain::Timestamp;
use vertice_ports::Clock;
use vertice_runtime::SystemClock;
use vertice_server::{
    serve::stop_signal,
    settings::{Settings, Variables},
    telemetry,
    wiring::{Application, World},
};
use vertice_testkit::ScriptedTools;

/// Tells the process where its tools note what they do.
const NOTES: &str = "TEST_TOOLS_NOTES";
/// Tells the process by how many milliseconds its clock is wrong.
pub(crate) const CLOCK: &str = "TEST_CLOCK_MS";

struct Wrong(i64);

impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_millis(self.0)
    }
}

/// What starts it, with an environment that holds nothing else.
pub(crate) fn command(notes: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "scripted::serve_with_tools", "--ignored", "--nocapture"]);
    command.env_clear().env(NOTES, notes);
    command
}

/// Not a test of its own: what the other process does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the tests that need tools"]
async fn serve_with_tools() {
    let Ok(notes) = std::env::var(NOTES) else { return };
    crate::harness::install_tls();
    let settings = Settings::read(&Variables::load().unwrap()).unwrap();
    telemetry::start_log(&settings);
    let wrong = std::env::var(CLOCK).map_or(0, |millis| millis.parse().unwrap());
    let tools = Arc::new(ScriptedTools::noting(Path::new(&notes)));
    let world = World { tools: Some(tools), clock: Arc::new(Wrong(wrong)), ..World::default() };
    Application::within(settings, world).await.unwrap().run(stop_signal()).await.unwrap();
}
