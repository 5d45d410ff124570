//! Starts a control plane in the foreground and prints where its kubeconfig is.
//!
//! It runs until standard input ends or Ctrl-C, and needs the binaries that `tests/cluster/build.sh`
//! builds.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use kubeclient_tests::supervisor::{SupervisorProgram, become_supervisor_if_asked};
use kubeclient_tests::{ControlPlaneError, Launcher};

fn main() -> ExitCode {
    // It is its own supervisor, so that it works wherever it is copied.
    if let Some(code) = become_supervisor_if_asked() {
        return code;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = io::stderr().write_all(format!("control-plane: {error}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), ControlPlaneError> {
    let supervisor = SupervisorProgram::this_program().map_err(|source| ControlPlaneError::Io {
        doing: "find this program's path".to_owned(),
        source,
    })?;
    let plane = Launcher::new()?.supervisor(supervisor).start()?;
    let mut out = io::stdout();
    // Whoever started us may not read; then the control plane runs all the same.
    let _ = writeln!(out, "export KUBECONFIG={}", plane.kubeconfig_path().display());
    let _ =
        writeln!(out, "# {} runs until Ctrl-C or the end of standard input", plane.server_url());
    let _ = out.flush();
    let mut ignored = [0_u8; 1024];
    while io::stdin().read(&mut ignored).is_ok_and(|length| length > 0) {}
    Ok(())
}
