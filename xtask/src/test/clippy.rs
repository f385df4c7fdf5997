//! Clippy as the compiler: what the tests are built with is looked at by Clippy in the same pass, in place of a second one over
//! all dependencies.

use std::process::Command;

/// What cargo starts in place of rustc for the crates of the workspace; `cargo clippy` does nothing else.
const WRAPPER: (&str, &str) = ("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
/// `-D warnings`, in the form in which `cargo clippy` hands it over.
const ARGUMENTS: (&str, &str) = ("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");

/// The same command, with warnings as errors. What is compiled so is used again only by what is compiled so.
pub(super) fn looking(mut command: Command) -> Command {
    command.envs([WRAPPER, ARGUMENTS]);
    command
}
