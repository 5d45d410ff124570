//! Puts a new text in the place of a file, in one step.

use std::fs::{self, File, Metadata};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Replaces what the path leads to. A new file is for its owner alone; another keeps its mode and owner.
pub(super) fn replace(path: &Path, text: &[u8]) -> Result<()> {
    let failed = |message: &str| {
        let message = message.to_owned();
        move |error: io::Error| Error::config(message).because(error)
    };
    let target = target(path)?;
    let known = match fs::metadata(&target) {
        Ok(metadata) if !metadata.is_file() => {
            return Err(Error::config("expected a regular file"));
        }
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("can't be read")(error)),
    };
    let (mut temporary, mut file) = Temporary::beside(&target)
        .map_err(failed("no file can be made beside it to be put in its place"))?;
    file.write_all(text).map_err(failed("can't be written"))?;
    if let Some(known) = known {
        take_over(&file, &known)
            .map_err(failed("its mode and owner can't be given to a file in its place"))?;
    }
    // Else a crash of the machine could leave an empty file in its place.
    file.sync_all().map_err(failed("can't be written"))?;
    drop(file);
    fs::rename(&temporary.0, &target).map_err(|error| failed(why_it_stays(error.kind()))(error))?;
    temporary.0.clear();
    Ok(())
}

fn why_it_stays(kind: io::ErrorKind) -> &'static str {
    match kind {
        // As a container has it of which the file alone is mounted, and not its folder.
        io::ErrorKind::ResourceBusy => {
            "can't be replaced, as it is a mount of its own: mount the folder that it is in"
        }
        _ => "can't be replaced",
    }
}

/// Makes the folder of a file, for its owner alone.
pub(super) fn make_folder(path: &Path) -> Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| Error::config("its folder can't be made").because(error))
}

/// The file behind all links.
fn target(path: &Path) -> Result<PathBuf> {
    match fs::canonicalize(path) {
        Ok(target) => Ok(target),
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) => {
            Err(Error::config("a link that leads nowhere"))
        }
        Err(_) => Ok(path.to_owned()),
    }
}

#[cfg(unix)]
fn take_over(file: &File, known: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let made = file.metadata()?;
    if (made.uid(), made.gid()) != (known.uid(), known.gid()) {
        std::os::unix::fs::fchown(file, Some(known.uid()), Some(known.gid()))?;
    }
    file.set_permissions(known.permissions())
}

#[cfg(not(unix))]
fn take_over(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// A file that is removed again, unless it was renamed and the path is empty.
struct Temporary(PathBuf);

impl Temporary {
    fn beside(target: &Path) -> io::Result<(Self, File)> {
        let mut name = std::ffi::OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(format!(".{:016x}.tmp", RandomState::new().hash_one(0)));
        let path = target.with_file_name(name);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok((Self(path), file))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // It holds credentials; a failure to remove it leaves it readable by its owner alone.
            let _ = fs::remove_file(&self.0);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The system's word for it is "Device or resource busy", which helps nobody.
    #[test]
    fn a_file_that_is_mounted_by_itself_is_told_of() {
        let busy = io::Error::from_raw_os_error(libc::EBUSY);
        assert!(why_it_stays(busy.kind()).ends_with("mount the folder that it is in"));
        assert_eq!(why_it_stays(io::ErrorKind::PermissionDenied), "can't be replaced");
    }
}
