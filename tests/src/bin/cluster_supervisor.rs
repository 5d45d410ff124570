//! The supervisor that keeps a control plane's processes; the launcher starts it, people need not.

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    kubeclient_tests::supervisor::become_supervisor_if_asked().unwrap_or_else(|| {
        let usage =
            "kubeclient-cluster-supervisor is started by the launcher of kubeclient-tests\n";
        let _ = std::io::stderr().write_all(usage.as_bytes());
        ExitCode::FAILURE
    })
}
