//! The one binary, `vertice`: reads the command line and runs the command.

use std::process::ExitCode;

use clap::Parser as _;
use vertice_server::cli;

fn main() -> ExitCode {
    if let Some(code) = vertice_runtime::keeper::run_if_asked() {
        return code;
    }
    if let Some(code) = vertice_files::run_if_asked() {
        return code;
    }
    // Two users of rustls with different defaults would otherwise make the first TLS connection panic.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return fail("the TLS provider was installed twice");
    }
    let cli = cli::Cli::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(cli::run(cli)),
        Err(error) => fail(&format!("the asynchronous runtime could not be started: {error}")),
    }
}

fn fail(text: &str) -> ExitCode {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::FAILURE
}
