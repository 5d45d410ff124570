//! Starts a control plane, says which processes it has, and ends without dropping it: by `exit`, by
//! `abort`, or by whoever kills it (`wait`). `tests/cluster_supervision.rs` runs it.

use std::io::{self, Read, Write};
use std::process::{self, ExitCode};

use kubeclient_tests::ControlPlane;

fn main() -> ExitCode {
    let plane = match ControlPlane::start() {
        Ok(plane) => plane,
        Err(error) => {
            let _ = io::stderr().write_all(format!("cluster-ending: {error}\n").as_bytes());
            return ExitCode::FAILURE;
        }
    };
    let pids: Vec<String> = plane.pids().iter().map(i32::to_string).collect();
    let _ = writeln!(io::stdout(), "{} {}", plane.folder().display(), pids.join(" "));
    let _ = io::stdout().flush();
    // The test takes a look at the processes before this one ends.
    let _ = io::stdin().read(&mut [0_u8; 1]);
    match std::env::args().nth(1).as_deref() {
        Some("exit") => process::exit(0),
        Some("abort") => process::abort(),
        _ => loop {
            std::thread::park();
        },
    }
}
