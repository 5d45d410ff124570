//! Builds the programs, Rust's by cargo and Go's by Go, where the runner itself stands.
//!
//! Called by `main`, which runs them.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::matrix::CLIENT_GO;

/// Builds `programs`; answers with those that could not be, for want of Go.
pub(crate) fn build(programs: &BTreeSet<&'static str>, folder: &Path) -> io::Result<Absent> {
    let mut absent = Absent::new();
    for program in programs {
        eprintln!("building {program}");
        let status = if *program == CLIENT_GO {
            match build_by_go(&folder.join(program)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    absent.insert(*program);
                    continue;
                }
                built => built?,
            }
        } else {
            build_by_cargo(program)?
        };
        if !status.success() {
            return Err(io::Error::other(format!("building {program}: {status}")));
        }
    }
    tell(&absent, "there is no `go` on the PATH");
    Ok(absent)
}

/// Of `programs`, those by Go that do not stand in `folder`.
pub(crate) fn missing(programs: &BTreeSet<&'static str>, folder: &Path) -> Absent {
    let mut absent = programs.clone();
    absent.retain(|program| *program == CLIENT_GO && !folder.join(program).exists());
    tell(&absent, "it was not built");
    absent
}

/// The programs whose rows are left out.
pub(crate) type Absent = BTreeSet<&'static str>;

fn tell(absent: &Absent, why: &str) {
    for program in absent {
        eprintln!("\n!!! {program} IS LEFT OUT, with all its rows: {why}.\n");
    }
}

/// One package at a time: built together, they would share the features that any of them turns on.
fn build_by_cargo(package: &str) -> io::Result<ExitStatus> {
    // Where the user stands: a relative CARGO_TARGET_DIR means the same to this cargo as to theirs.
    Command::new("cargo")
        .args(["build", "--release", "--quiet", "--package", package])
        .args(["--manifest-path", MANIFEST])
        .status()
}

fn build_by_go(program: &Path) -> io::Result<ExitStatus> {
    let program: PathBuf = std::path::absolute(program)?;
    Command::new("go")
        .args(["build", "-o"])
        .arg(program)
        .arg(".")
        .current_dir(CLIENT_GO_SOURCE)
        .status()
}

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
const CLIENT_GO_SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../peers/client-go");
