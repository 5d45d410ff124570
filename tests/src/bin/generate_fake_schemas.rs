//! Writes what kubeclient-fake knows of the built-in kinds, from a real API server that it starts.
//!
//! Run it again for a new Kubernetes version; otherwise it changes nothing. It needs the binaries that
//! `tests/cluster/build.sh` builds.

use std::error::Error;
use std::process::ExitCode;

use kubeclient_tests::Launcher;
use kubeclient_tests::fake_schemas::FakeSchemas;
use kubeclient_tests::supervisor::{SupervisorProgram, become_supervisor_if_asked};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if let Some(code) = become_supervisor_if_asked() {
        return Ok(code);
    }
    let plane = Launcher::new()?.supervisor(SupervisorProgram::this_program()?).start()?;
    FakeSchemas::of(&plane)?.keep()?;
    Ok(ExitCode::SUCCESS)
}
