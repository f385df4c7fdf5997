//! The keeper alone, for tests: the server's own executable does the same under `keep-mcp`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vertice_mcp::keeper::run_if_asked().unwrap_or(ExitCode::FAILURE)
}
