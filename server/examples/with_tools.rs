//! The product's server with scripted tools, for the browser tests: the same wiring, other tools. It is no part of the product,
//! which knows no way to them; `cargo test` builds it.

use std::{process::ExitCode, sync::Arc};

use vertice_server::{
    serve::stop_signal,
    settings::{Settings, Variables},
    telemetry,
    wiring::{Application, World},
};
use vertice_testkit::ScriptedTools;

fn main() -> ExitCode {
    match vertice_runtime::keeper::run_if_asked() {
        Some(code) => code,
        None => serve().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS),
    }
}

#[tokio::main]
async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    rustls::crypto::ring::default_provider().install_default().expect("nothing else installs one");
    let settings = Settings::read(&Variables::load()?)?;
    telemetry::start_log(&settings);
    let world = World { tools: Some(Arc::new(ScriptedTools::default())), ..World::default() };
    let application = Application::within(settings, world).await?;
    Ok(application.run(stop_signal()).await?)
}
