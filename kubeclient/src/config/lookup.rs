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
        let place = if is_path(&exec.command) { "there" } else { "in PATH" };
        // It comes from a file that may be somebody else's: nothing in it may steer a terminal.
        let hint: String = exec
            .install_hint
            .trim()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let colon = if hint.is_empty() { "" } else { ": " };
        return failed(format!("no such program {place}{colon}{hint}"));
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
fn find(command: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
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

#[cfg(not(unix))]
fn executable(file: PathBuf) -> Option<PathBuf> {
    let mut with_suffix = file.clone().into_os_string();
    with_suffix.push(".exe");
    [file, with_suffix.into()].into_iter().find(|file| file.is_file())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    /// A folder with programs `p` and `q`, a link `l` to `p`, and a text `t`.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, mode) in [("p", 0o755), ("q", 0o755), ("t", 0o644)] {
            let path = folder.path().join(name);
            fs::write(&path, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        }
        symlink(folder.path().join("p"), folder.path().join("l")).unwrap();
        folder
    }

    #[test]
    fn the_list_is_compared_with_the_path_that_is_run() {
        let (first, second) = (folder(), folder());
        let path = std::env::join_paths([Path::new("."), first.path(), second.path()]).unwrap();
        let name = |name: &str| PathBuf::from(name);
        let (one, two) = (|name| first.path().join(name), |name| second.path().join(name));
        for (command, entry, runs) in [
            (name("p"), name("p"), true),
            (name("p"), one("p"), true),
            (one("p"), name("p"), true),
            (one("p"), one("p"), true),
            // The same name elsewhere, another name, a link, a relative path.
            (two("p"), name("p"), false),
            (name("p"), two("p"), false),
            (name("q"), name("p"), false),
            (one("l"), one("p"), false),
            (one("p"), one("l"), false),
            (one("../p"), one("p"), false),
            (one("p"), name("./p"), false),
            (one("p"), one(""), false),
            (one("p"), name(""), false),
            (one("p"), name("*"), false),
        ] {
            let policy = ExecPolicy::Allowlist(vec![name("nothing"), entry.clone()]);
            let found = allowed(&Exec::new(&command), &policy, Some(&path));
            assert_eq!(found.is_ok(), runs, "{command:?} {entry:?}");
            if let Ok(found) = found {
                assert_eq!(found, one("p"));
            }
        }
        let none = ExecPolicy::Allowlist(Vec::new());
        assert!(allowed(&Exec::new("p"), &none, Some(&path)).is_err());
        assert!(allowed(&Exec::new("p"), &ExecPolicy::DenyAll, Some(&path)).is_err());
        assert_eq!(allowed(&Exec::new("p"), &ExecPolicy::AllowAll, Some(&path)).unwrap(), one("p"));
    }

    /// Fidelity 40.
    #[test]
    fn a_program_that_is_not_there_is_told_with_the_hint() {
        let folder = folder();
        let path = folder.path().as_os_str();
        for (command, expected) in [
            ("nowhere", "no such program in PATH: get it\u{20}[1m"),
            ("t", "no such program in PATH: get it"),
            ("/nowhere/x", "no such program there: get it"),
            ("/", "no such program there: get it"),
        ] {
            let mut exec = Exec::new(command);
            exec.install_hint = " get it\u{1b}[1m\n".into();
            let error = allowed(&exec, &ExecPolicy::AllowAll, Some(path)).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
        }
        let error = allowed(&Exec::new("p"), &ExecPolicy::AllowAll, None).unwrap_err();
        assert_eq!(error.to_string(), "no such program in PATH");
    }
}
