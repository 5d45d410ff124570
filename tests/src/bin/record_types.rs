//! Records what the generator of the built-in types needs to know, from a real API server that it starts.
//!
//! Run it again for a new Kubernetes version; otherwise it changes nothing. It needs the binaries that
//! `tests/cluster/build.sh` builds.

use std::error::Error;
use std::process::ExitCode;

use kubeclient_tests::Launcher;
use kubeclient_tests::recorded_types::RecordedTypes;
use kubeclient_tests::supervisor::{SupervisorProgram, become_supervisor_if_asked};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if let Some(code) = become_supervisor_if_asked() {
        return Ok(code);
    }
    let launcher = Launcher::new()?.supervisor(SupervisorProgram::this_program()?);
    let plane = RecordedTypes::launcher(launcher).start()?;
    RecordedTypes::of(&plane)?.keep()?;
    Ok(ExitCode::SUCCESS)
}
