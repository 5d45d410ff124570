//! [`Lock`]: `<file>.lock`, by which kubectl keeps other writers of a kubeconfig out.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::stop::Stop;

/// How often a lock that is held is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub(super) struct Lock(PathBuf);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            log::warn!("the lock {} can't be removed: {error}", self.0.display());
        }
    }
}

/// The locks of a file: kubectl's, and that of what it leads to if it is a link.
///
/// # Blocking
/// While another program holds one, at most so long and until it is stopped.
pub(super) fn take(file: &Path, stop: &Stop, patience: Duration) -> Result<Vec<Lock>> {
    paths(file).iter().map(|path| take_one(path, stop, patience)).collect()
}

/// Where the locks of a file are, in the order in which they are taken. The folder's own name is used: by two
/// ways to one folder we would wait for ourselves.
pub(super) fn paths(file: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = [Some(file.to_owned()), fs::canonicalize(file).ok()]
        .into_iter()
        .flatten()
        .map(of)
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn of(file: PathBuf) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()).join(name)
}

pub(super) fn take_one(path: &Path, stop: &Stop, patience: Duration) -> Result<Lock> {
    let begin = Instant::now();
    loop {
        match File::options().write(true).create_new(true).open(path) {
            Ok(_) => return Ok(Lock(path.to_owned())),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                let place = format!("the lock {}", path.display());
                return Err(Error::config("can't be made").because(error).at(place));
            }
            Err(_) if begin.elapsed() >= patience => return Err(held(path)),
            Err(_) if stop.wait_timeout(LOOK) => return Err(Error::stopped()),
            Err(_) => {}
        }
    }
}

fn held(path: &Path) -> Error {
    let age = fs::metadata(path).and_then(|metadata| metadata.modified());
    let age = age.ok().and_then(|made| made.elapsed().ok());
    let age = age.map_or("of unknown age".to_owned(), |age| format!("{} s old", age.as_secs()));
    Error::config(format!(
        "locked: {} is there, {age}; another program is writing, or one that has ended left it behind: \
         remove it if none is",
        path.display()
    ))
}
