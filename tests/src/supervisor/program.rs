//! Which program is started as the supervisor, and how a program becomes one.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{CHILD_FLAG, SUPERVISOR_FLAG, serve};

const BINARY: &str = "kubeclient-cluster-supervisor";

/// Turns this process into a supervisor when it was started as one; call it first in `main`.
///
/// A program that calls this needs no second binary beside it: it passes
/// [`SupervisorProgram::this_program`] to the launcher. Every other start returns `None` at once.
pub fn become_supervisor_if_asked() -> Option<ExitCode> {
    let mut words = env::args_os().skip(1);
    let flag = words.next()?;
    if flag == SUPERVISOR_FLAG {
        Some(words.next().map_or(ExitCode::FAILURE, |plan| serve::serve(Path::new(&plan))))
    } else if flag == CHILD_FLAG {
        Some(serve::become_child(words))
    } else {
        None
    }
}

/// The program that is started as the supervisor.
#[derive(Clone, Debug)]
pub struct SupervisorProgram {
    pub(super) path: PathBuf,
}

impl SupervisorProgram {
    /// The program at this path, as `env!("CARGO_BIN_EXE_kubeclient-cluster-supervisor")` names it.
    pub fn at(path: impl Into<PathBuf>) -> SupervisorProgram {
        SupervisorProgram { path: path.into() }
    }

    /// This very program, whose `main` must call [`become_supervisor_if_asked`] first.
    ///
    /// # Errors
    /// The system does not tell this program's path.
    pub fn this_program() -> io::Result<SupervisorProgram> {
        Ok(SupervisorProgram { path: env::current_exe()? })
    }

    /// The program that cargo put beside this one or in the folder above: `target/debug`.
    ///
    /// # Errors
    /// It is not there; cargo builds it for the tests of this package, not for other packages.
    pub fn find() -> io::Result<SupervisorProgram> {
        let own = env::current_exe()?;
        own.ancestors()
            .skip(1)
            .take(2)
            .map(|folder| folder.join(BINARY))
            .find(|path| path.is_file())
            .map_or_else(
                || {
                    let text = format!(
                        "no {BINARY} beside {}; cargo build -p kubeclient-tests --bins",
                        own.display()
                    );
                    Err(io::Error::new(io::ErrorKind::NotFound, text))
                },
                |path| Ok(SupervisorProgram { path }),
            )
    }
}
