//! Starts a control plane in the foreground and prints where its kubeconfig is.
//!
//! It runs until standard input ends or Ctrl-C, and needs the binaries that `tests/cluster/build.sh`
//! builds.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use kubeclient_tests::{ControlPlane, ControlPlaneError};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = io::stderr().write_all(format!("control-plane: {error}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), ControlPlaneError> {
    let plane = ControlPlane::start()?;
    let mut out = io::stdout();
    // Whoever started us may not read; then the control plane runs all the same.
    let _ = writeln!(
        out,
        "export KUBECONFIG={}",
        plane.kubeconfig_path().display()
    );
    let _ = writeln!(
        out,
        "# {} runs until Ctrl-C or the end of standard input",
        plane.server_url()
    );
    let _ = out.flush();
    let mut ignored = [0_u8; 1024];
    while io::stdin()
        .read(&mut ignored)
        .is_ok_and(|length| length > 0)
    {}
    Ok(())
}
