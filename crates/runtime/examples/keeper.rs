//! The keeper alone, for tests: the server's own executable does the same under `keep`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vertice_runtime::keeper::run_if_asked().unwrap_or(ExitCode::FAILURE)
}
