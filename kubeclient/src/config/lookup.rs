//! Which file an exec plugin's command is, and whether it may run. What is checked is what is run: an
//! absolute path.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::config::{Exec, ExecPolicy};
use crate::error::{Error, ErrorKind};

/// The file to run.
pub(crate) fn allowed(
    exec: &Exec,
    policy: &ExecPolicy,
    path: Option<&OsStr>,
) -> Result<PathBuf, Error> {
    let failed = |message: String| Err(Error::new(ErrorKind::Auth, message));
    if *policy == ExecPolicy::DenyAll {
        return failed("not run: the exec policy denies all programs".into());
    }
    let Some(program) = find(&exec.command, path) else {
        let missing = match is_path(&exec.command) {
            true => "no such program there",
            false => "no such program in PATH",
        };
        // It comes from a file that may be somebody else's: nothing in it may steer a terminal.
        let hint: String = exec
            .install_hint
            .trim()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let colon = if hint.is_empty() { "" } else { ": " };
        return failed(format!("{missing}{colon}{hint}"));
    };
    match policy {
        ExecPolicy::Allowlist(entries) if !entries.iter().any(|e| is_entry(e, &program, path)) => {
            failed(format!("not run: the exec policy does not list {:?}", program.display()))
        }
        _ => Ok(program),
    }
}

/// Whether an entry of the list means this file.
fn is_entry(entry: &Path, program: &Path, path: Option<&OsStr>) -> bool {
    let can_match = entry.is_absolute() || !is_path(entry);
    can_match && find(entry, path).is_some_and(|found| found == program)
}

/// A path is that file, a name the first of that name in `PATH`. Relative folders of `PATH` are passed
/// over: what stands where the program happens to be is nobody's choice.
pub(super) fn find(command: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
    if is_path(command) {
        return std::path::absolute(command).ok().and_then(executable);
    }
    std::env::split_paths(path?)
        .filter(|folder| folder.is_absolute())
        .find_map(|folder| executable(folder.join(command)))
}

fn is_path(command: &Path) -> bool {
    command.to_string_lossy().chars().any(std::path::is_separator)
}

#[cfg(unix)]
fn executable(file: PathBuf) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;

    let metadata = file.metadata().ok()?;
    (metadata.is_file() && metadata.permissions().mode() & 0o111 != 0).then_some(file)
}

#[cfg(windows)]
fn executable(file: PathBuf) -> Option<PathBuf> {
    let extensions = std::env::var_os("PATHEXT");
    super::windows::executable(&file, extensions.as_deref(), Path::is_file)
}

#[cfg(not(any(unix, windows)))]
fn executable(file: PathBuf) -> Option<PathBuf> {
    Some(file).filter(|file| file.is_file())
}

#[cfg(all(test, unix))]
mod tests;
