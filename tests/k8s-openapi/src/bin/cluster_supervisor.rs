//! The supervisor that keeps a control plane's processes; the launcher starts it.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubeclient_tests::supervisor::become_supervisor_if_asked().unwrap_or(ExitCode::FAILURE)
}
