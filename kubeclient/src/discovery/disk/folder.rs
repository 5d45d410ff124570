//! [`Folder`]: files that other processes read and write, too, and that may be anybody's. It knows nothing of
//! what is in them.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// No document of a server is larger; what is, is not read.
const LIMIT: u64 = 64 << 20;

/// A folder that need not exist.
///
/// # Threads
/// Clones, and folders below it, warn once together.
#[derive(Clone)]
pub(super) struct Folder {
    path: Option<PathBuf>,
    has_warned: Arc<AtomicBool>,
}

impl Folder {
    /// `None`: nobody knows where it would be; it is empty, and nothing can be written.
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self { path, has_warned: Arc::default() }
    }

    pub(super) fn below(&self, path: &Path) -> Self {
        let path = self.path.as_ref().map(|own| own.join(path));
        Self { path, has_warned: Arc::clone(&self.has_warned) }
    }

    /// What is in a file, if it was written within this time, and not by others.
    pub(super) fn read(&self, path: &Path, within: Option<Duration>) -> Option<Vec<u8>> {
        let path = self.path.as_ref()?.join(path);
        let file = open(&path).ok()?;
        // Of what was opened, links resolved: between a look and the opening it could be swapped.
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.len() > LIMIT {
            return None;
        }
        if !is_trusted(&metadata) {
            log::debug!("{}: not read: not of this user, or writable by everybody", path.display());
            return None;
        }
        if within.is_some_and(|within| !is_within(&metadata, within)) {
            return None;
        }
        let mut text = Vec::new();
        file.take(LIMIT).read_to_end(&mut text).ok()?;
        Some(text)
    }

    /// Writes a file so that it appears whole; whether that was possible. Says once if not.
    pub(super) fn write(&self, path: &Path, text: &[u8]) -> bool {
        let Some(folder) = &self.path else { return false };
        let path = folder.join(path);
        match write(&path, text) {
            Ok(()) => true,
            Err(error) => {
                if !self.has_warned.swap(true, Ordering::Relaxed) {
                    log::warn!("{}: {error}; discovery is not kept on disk", path.display());
                }
                false
            }
        }
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

/// The folder that kubectl keeps a server's discovery in: its URL without the scheme, with `_` for what
/// file systems may not like. `None` where it would lead elsewhere.
pub(super) fn host(server: &str) -> Option<PathBuf> {
    let host = server.replacen("https://", "", 1).replacen("http://", "", 1);
    let is_kept = |c: char| c.is_ascii_alphanumeric() || "_/.()".contains(c);
    let host = host.replace(|c| !is_kept(c), "_");
    let parts: Vec<&str> =
        host.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.iter().collect())
}

fn is_within(metadata: &Metadata, within: Duration) -> bool {
    let Ok(written) = metadata.modified() else { return false };
    match SystemTime::now().duration_since(written) {
        Ok(age) => age <= within,
        // Clocks differ a little; what is of a far future would count forever.
        Err(ahead) => ahead.duration() <= within,
    }
}

/// Opens a file for reading, without waiting where it is a pipe.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mut folders = DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
    folders.create(folder)?;

    let mut temporary = OsString::from(name);
    temporary.push(format!(".{:016x}", RandomState::new().build_hasher().finish()));
    let temporary = folder.join(temporary);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    let written = file.write_all(text).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Whether a file is this user's, and not everybody's to write. kubectl's own can be written by the group.
#[cfg(unix)]
fn is_trusted(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.mode() & 0o002 == 0 && own_user() == Some(metadata.uid())
}

#[cfg(not(unix))]
fn is_trusted(_: &Metadata) -> bool {
    true
}

/// The user whose files this process writes, without a call that is `unsafe`.
#[cfg(unix)]
fn own_user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    use std::sync::OnceLock;
    static OWN: OnceLock<Option<u32>> = OnceLock::new();
    let of_process = || fs::metadata("/proc/self").ok().map(|process| process.uid());
    let of_a_file = || {
        let path = std::env::temp_dir()
            .join(format!("kubeclient-{:016x}", RandomState::new().build_hasher().finish()));
        let file = OpenOptions::new().write(true).create_new(true).open(&path).ok()?;
        let owner = file.metadata().ok().map(|metadata| metadata.uid());
        let _ = fs::remove_file(&path);
        owner
    };
    *OWN.get_or_init(|| of_process().or_else(of_a_file))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fidelity 78: kubectl's rule, with the hosts that its own tests have.
    #[test]
    fn a_server_has_the_folder_that_kubectl_gives_it() {
        for (server, folder) in [
            ("https://127.0.0.1:56443", "127.0.0.1_56443"),
            ("http://localhost:8080/", "localhost_8080"),
            (
                "https://my-host.example.com:6443/k8s/clusters/c-1",
                "my_host.example.com_6443/k8s/clusters/c_1",
            ),
            ("https://[fd00::1]:6443", "_fd00__1__6443"),
            ("localhost:8080", "localhost_8080"),
        ] {
            assert_eq!(host(server), Some(PathBuf::from(folder)), "{server}");
        }
        for server in ["https://h/../x", "https://", "https:///."] {
            assert_eq!(host(server), None, "{server}");
        }
    }
}
