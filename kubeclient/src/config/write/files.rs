//! [`Files`]: the files that a kubeconfig is merged from, and which of them a change belongs to.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::lock::{self, Lock};
use super::{Filed, Kubeconfig, parse, place, replace};
use crate::config::env::Env;
use crate::config::kubeconfig::{NamedAuthInfo, NamedCluster, NamedContext};
use crate::config::loader;
use crate::config::options::KubeconfigOptions;
use crate::error::{Error, Result};
use crate::stop::Stop;

/// The files, in the order in which they count.
pub(super) struct Files {
    list: Vec<PathBuf>,
    /// Where new entries go.
    default: PathBuf,
    options: KubeconfigOptions,
    env: Env,
}

/// A file that changes.
pub(super) struct Changed {
    pub(super) text: Zeroizing<String>,
    pub(super) before: Kubeconfig,
    pub(super) after: Kubeconfig,
}

impl Files {
    pub(super) fn of(options: &KubeconfigOptions, env: &Env) -> Result<Self> {
        let list =
            options.path.as_ref().map_or_else(|| loader::files(env), |path| vec![path.clone()]);
        let absolute = |path: &PathBuf| {
            std::path::absolute(path)
                .map_err(|error| Error::config("no path").because(error).at(place(path)))
        };
        let list = list.iter().map(absolute).collect::<Result<Vec<_>>>()?;
        let there = |path: &&PathBuf| fs::symlink_metadata(path).is_ok();
        let default = list.iter().find(there).or(list.last()).cloned().ok_or_else(|| {
            Error::config(
                "no kubeconfig to write to: KUBECONFIG names no file and there is no home folder",
            )
        })?;
        Ok(Self { list, default, options: options.clone(), env: env.clone() })
    }

    /// Keeps other programs from writing those that are there, and the one where new entries go.
    pub(super) fn lock(&self, stop: &Stop, patience: Duration) -> Result<Locks> {
        replace::make_folder(&self.default).map_err(|error| error.at(place(&self.default)))?;
        let wanted = self.list.iter().filter(|path| **path == self.default || path.exists());
        // In one order for all, and each once.
        let paths: BTreeMap<PathBuf, &PathBuf> = wanted
            .flat_map(|file| lock::paths(file).into_iter().map(move |path| (path, file)))
            .collect();
        let mut locks = Locks { held: Vec::new(), denied: Vec::new() };
        for (path, file) in paths {
            match lock::take_one(&path, stop, patience) {
                Ok(lock) => locks.held.push(lock),
                // Nobody can write it who is not allowed to; whether we have to is not known yet.
                Err(error) if is_denied(&error) => locks.denied.push((file.clone(), error)),
                Err(error) => return Err(error.at(place(file))),
            }
        }
        Ok(locks)
    }

    /// What the files say together; one that is not there yet says nothing, even if the options name it.
    pub(super) fn load(&self) -> Result<Kubeconfig> {
        if self.options.path.is_some() && !self.default.exists() {
            return Ok(Kubeconfig::default());
        }
        loader::load(&self.options, &self.env).map(|loaded| loaded.kubeconfig)
    }

    /// The files that say something else after the change of what they say together.
    pub(super) fn changed(
        &self,
        before: &Kubeconfig,
        after: Kubeconfig,
    ) -> Result<BTreeMap<PathBuf, Changed>> {
        let same_rest = before.preferences == after.preferences
            && before.extensions == after.extensions
            && before.other == after.other
            && before.api_version == after.api_version
            && before.kind == after.kind;
        if !same_rest {
            return Err(Error::config(
                "expected changes of clusters, users, contexts and the current context alone",
            ));
        }
        let mut files = BTreeMap::new();
        self.entries::<NamedCluster>(before, &after, &mut files)?;
        self.entries::<NamedAuthInfo>(before, &after, &mut files)?;
        self.entries::<NamedContext>(before, &after, &mut files)?;
        if before.current_context != after.current_context {
            if after.current_context.is_empty() {
                // Each file that sets it: else the next one's would come up.
                for path in self.list.iter().filter(|path| path.exists()) {
                    if !read(path)?.1.current_context.is_empty() {
                        self.file(path, &mut files)?.current_context = String::new();
                    }
                }
            } else {
                let current = after.current_context;
                self.file(&self.default, &mut files)?.current_context = current;
            }
        }
        files.retain(|_, file: &mut Changed| file.before != file.after);
        Ok(files)
    }

    fn entries<E: Filed>(
        &self,
        before: &Kubeconfig,
        after: &Kubeconfig,
        files: &mut BTreeMap<PathBuf, Changed>,
    ) -> Result<()> {
        let (old, new) = (E::list(before), E::list(after));
        let find = |entries: &[E], name: &str| entries.iter().find(|e| e.name() == name).cloned();
        for entry in old.iter().filter(|entry| find(new, entry.name()).is_none()) {
            let origin = entry.clone().origin().take();
            let path = origin.as_deref().unwrap_or(&self.default);
            E::list_mut(self.file(path, files)?).retain(|other| other.name() != entry.name());
        }
        for entry in new {
            let mut entry = entry.clone();
            let known = find(old, entry.name());
            let origin =
                known.clone().map_or_else(|| entry.origin().take(), |mut k| k.origin().take());
            // One that was renamed stays in its file; any other place is none of ours.
            let origin = origin.filter(|origin| self.list.contains(origin));
            *entry.origin() = None;
            let is_same = known.is_some_and(|mut known| {
                *known.origin() = None;
                known == entry
            });
            if is_same {
                continue;
            }
            let path = origin.as_deref().unwrap_or(&self.default);
            let list = E::list_mut(self.file(path, files)?);
            match list.iter_mut().find(|other| other.name() == entry.name()) {
                Some(other) => *other = entry,
                None => list.push(entry),
            }
        }
        Ok(())
    }

    /// What this file will say.
    fn file<'a>(
        &self,
        path: &Path,
        files: &'a mut BTreeMap<PathBuf, Changed>,
    ) -> Result<&'a mut Kubeconfig> {
        if !files.contains_key(path) {
            let (text, before) = read(path)?;
            let mut after = before.clone();
            if text.trim().is_empty() {
                after.set_kind();
            }
            files.insert(path.to_owned(), Changed { text, before, after });
        }
        // Invariant: it was put in just now, or was there.
        Ok(&mut files.get_mut(path).expect("a file").after)
    }
}

/// The text of a file and what it says; nothing where there is none.
fn read(path: &Path) -> Result<(Zeroizing<String>, Kubeconfig)> {
    let bytes = match loader::read_bytes(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Zeroizing::default(),
        Err(error) => return Err(Error::config("can't be read").because(error).at(place(path))),
        Ok(bytes) => bytes,
    };
    let text = parse::to_text(&bytes).map_err(|error| error.at(place(path)))?;
    let kubeconfig = parse::from_text(&text, &parse::OWN).map_err(|error| error.at(place(path)))?;
    Ok((text, kubeconfig))
}

fn is_denied(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    source.and_then(|source| source.downcast_ref::<std::io::Error>()).is_some_and(|error| {
        matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    })
}

/// The locks that are held, and the files that can't be locked.
pub(super) struct Locks {
    held: Vec<Lock>,
    denied: Vec<(PathBuf, Error)>,
}

impl Locks {
    /// An error if this file could not be locked.
    pub(super) fn allow(&self, path: &Path) -> Result<()> {
        match self.denied.iter().find(|(file, _)| file == path) {
            None => Ok(()),
            Some((_, error)) => Err(Error::config(format!("{error:?}"))),
        }
    }
}
