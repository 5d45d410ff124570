//! Finds the kubeconfig's files and merges them, as kubectl does.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use zeroize::Zeroizing;

use super::env::Env;
use super::kubeconfig::Kubeconfig;
use super::options::KubeconfigOptions;
use super::parse;
use crate::error::{Error, Result};

/// A kubeconfig and where it came from.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) kubeconfig: Kubeconfig,
    /// The files that were there.
    pub(super) found: Vec<PathBuf>,
    /// The files that were not.
    pub(super) missing: Vec<PathBuf>,
    /// What each of the files says alone.
    pub(super) parts: Vec<Part>,
    /// Whether it stood in no file.
    pub(super) is_text: bool,
}

impl Loaded {
    /// Of a kubeconfig that stood in no file.
    pub(super) fn of_text(kubeconfig: Kubeconfig) -> Self {
        Self { kubeconfig, is_text: true, ..Self::default() }
    }
}

/// What one of the files says alone.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) has_current_context: bool,
    /// Its entries: of which list, and their names.
    pub(super) entries: Vec<(&'static str, String)>,
}

impl Part {
    fn of(path: &Path, kubeconfig: &Kubeconfig) -> Self {
        let Kubeconfig { contexts, clusters, users, .. } = kubeconfig;
        let contexts = contexts.iter().map(|entry| ("context", entry.name.clone()));
        let clusters = clusters.iter().map(|entry| ("cluster", entry.name.clone()));
        let users = users.iter().map(|entry| ("user", entry.name.clone()));
        Self {
            path: path.to_owned(),
            has_current_context: !kubeconfig.current_context.is_empty(),
            entries: contexts.chain(clusters).chain(users).collect(),
        }
    }
}

/// Shows the files as `kubeconfig /a:/b`.
impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("kubeconfig")?;
        for (index, path) in self.found.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { ' ' } else { ':' }, path.display())?;
        }
        Ok(())
    }
}

impl Kubeconfig {
    /// Reads and merges what kubectl would: the one file that the options name, else those of
    /// `$KUBECONFIG`, else `~/.kube/config`. Files that are not there are passed over, unless the
    /// options name them; nothing found is an empty kubeconfig.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) naming every file that can't be used, and why.
    pub fn load(options: &KubeconfigOptions) -> Result<Self> {
        load(options, &Env::of_process()).map(|loaded| loaded.kubeconfig)
    }

    /// Reads one file. Its relative paths are relative to its folder.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when it can't be read or is no kubeconfig.
    pub fn read_from(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        read(path).map_err(|failure| failure.into_error(path))
    }

    /// Adds what this kubeconfig does not have: an entry of another one counts only if none here has
    /// its name, and then as a whole.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        let Self {
            api_version,
            kind,
            preferences,
            clusters,
            users,
            contexts,
            current_context,
            extensions,
            other: unknown,
        } = other;
        set_if_empty(&mut self.api_version, api_version);
        set_if_empty(&mut self.kind, kind);
        set_if_empty(&mut self.current_context, current_context);
        if matches!(&self.preferences, Value::Null) {
            self.preferences = preferences;
        }
        add_new(&mut self.clusters, clusters, |entry| &entry.name);
        add_new(&mut self.users, users, |entry| &entry.name);
        add_new(&mut self.contexts, contexts, |entry| &entry.name);
        add_new(&mut self.extensions, extensions, |entry| &entry.name);
        for (key, value) in unknown {
            self.other.entry(key).or_insert(value);
        }
        self
    }
}

fn set_if_empty(text: &mut String, with: String) {
    if text.is_empty() {
        *text = with;
    }
}

fn add_new<T>(entries: &mut Vec<T>, others: Vec<T>, name: impl Fn(&T) -> &String) {
    let mut seen: BTreeSet<_> = entries.iter().map(|entry| name(entry).clone()).collect();
    for other in others {
        if seen.insert(name(&other).clone()) {
            entries.push(other);
        }
    }
}

/// Reads and merges, in this environment.
pub(super) fn load(options: &KubeconfigOptions, env: &Env) -> Result<Loaded> {
    if let Some(path) = &options.path {
        let kubeconfig = Kubeconfig::read_from(path)?;
        let parts = vec![Part::of(path, &kubeconfig)];
        return Ok(Loaded { kubeconfig, found: vec![path.clone()], parts, ..Loaded::default() });
    }
    let mut loaded = Loaded::default();
    let mut failures = Vec::new();
    for path in files(env) {
        match read(&path) {
            Ok(kubeconfig) => {
                loaded.parts.push(Part::of(&path, &kubeconfig));
                loaded.kubeconfig = loaded.kubeconfig.merge(kubeconfig);
                loaded.found.push(path);
            }
            Err(failure) if failure.is_missing() => loaded.missing.push(path),
            Err(failure) => failures.push(failure.into_error(&path)),
        }
    }
    if env.variable("KUBECONFIG").is_some() && loaded.found.is_empty() && failures.is_empty() {
        log::warn!("KUBECONFIG is set, but none of its files is there");
    }
    match failures.len() {
        0 => Ok(loaded),
        1 => Err(failures.remove(0)),
        count => {
            let failures: Vec<_> = failures.iter().map(|error| format!("{error:?}")).collect();
            Err(Error::config(format!("{count} files can't be used: {}", failures.join("; "))))
        }
    }
}

/// The files of `$KUBECONFIG`, each once, else the one in the home folder.
pub(super) fn files(env: &Env) -> Vec<PathBuf> {
    let Some(list) = env.variable("KUBECONFIG") else {
        return env.home_kubeconfig().into_iter().collect();
    };
    let mut files = Vec::new();
    for path in std::env::split_paths(list) {
        if !path.as_os_str().is_empty() && !files.contains(&path) {
            files.push(path);
        }
    }
    files
}

/// Why a file can't be used.
enum Failure {
    Unreadable(std::io::Error),
    Wrong(Error),
}

impl Failure {
    fn is_missing(&self) -> bool {
        matches!(self, Self::Unreadable(error) if error.kind() == ErrorKind::NotFound)
    }

    fn into_error(self, path: &Path) -> Error {
        let place = format!("kubeconfig {}", path.display());
        match self {
            Self::Unreadable(error) => Error::config("can't be read").because(error).at(place),
            Self::Wrong(error) => error.at(place),
        }
    }
}

/// What a file holds; of one that is too large for a kubeconfig, one byte more than it may hold.
pub(super) fn read_bytes(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let most = (parse::OWN.mebibytes as u64) << 20;
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read(path: &Path) -> Result<Kubeconfig, Failure> {
    let bytes = read_bytes(path).map_err(Failure::Unreadable)?;
    let mut kubeconfig = parse::from_bytes(&bytes).map_err(Failure::Wrong)?;
    locate(&mut kubeconfig, std::path::absolute(path).map_err(Failure::Unreadable)?);
    Ok(kubeconfig)
}

/// Says of each entry that it stands in this file.
pub(super) fn locate(kubeconfig: &mut Kubeconfig, file: PathBuf) {
    let origin = Some(file);
    for entry in &mut kubeconfig.clusters {
        entry.location_of_origin.clone_from(&origin);
    }
    for entry in &mut kubeconfig.users {
        entry.location_of_origin.clone_from(&origin);
    }
    for entry in &mut kubeconfig.contexts {
        entry.location_of_origin.clone_from(&origin);
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use tempfile::TempDir;

    use super::*;

    fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn list(paths: &[&Path]) -> OsString {
        std::env::join_paths(paths).unwrap()
    }

    fn with_list(paths: &[&Path]) -> Result<Loaded> {
        load(&KubeconfigOptions::default(), &Env::empty().with("KUBECONFIG", list(paths)))
    }

    /// Fidelity 27.
    #[test]
    fn the_first_file_that_defines_an_entry_wins_it_whole() {
        let folder = TempDir::new().unwrap();
        let a = write(&folder, "a", "{users: [{name: u, user: {username: a}}], extra: a}");
        let b = write(
            &folder,
            "b",
            "{users: [{name: u, user: {username: b, password: p}}, {name: v, user: {}}],
              current-context: b, extra: b, more: b}",
        );
        let c = write(&folder, "c", "{current-context: c, preferences: {colors: true}}");
        let kubeconfig = with_list(&[&a, &b, &c]).unwrap().kubeconfig;
        let user = kubeconfig.user("u").unwrap();
        assert_eq!(user.username, "a");
        assert!(user.password.is_empty(), "nothing of the second file's entry is mixed in");
        assert!(kubeconfig.user("v").is_some());
        assert_eq!(kubeconfig.current_context, "b");
        assert_eq!(kubeconfig.other["extra"], "a");
        assert_eq!(kubeconfig.other["more"], "b");
        assert_eq!(kubeconfig.preferences["colors"], true);
        assert_eq!(kubeconfig.users[0].location_of_origin.as_deref(), Some(a.as_path()));
        assert_eq!(kubeconfig.users[1].location_of_origin.as_deref(), Some(b.as_path()));
    }

    /// Fidelity 28.
    #[test]
    fn a_missing_file_is_skipped_in_the_list_and_an_error_when_named() {
        let folder = TempDir::new().unwrap();
        let a = write(&folder, "a", "current-context: a");
        let gone = folder.path().join("gone");
        let loaded = with_list(&[&gone, &a, &a]).unwrap();
        assert_eq!(loaded.kubeconfig.current_context, "a");
        assert_eq!((loaded.found, loaded.missing), (vec![a.clone()], vec![gone.clone()]));

        let env = Env::empty().with("KUBECONFIG", list(&[&a]));
        let error = load(&KubeconfigOptions::default().path(&gone), &env).unwrap_err();
        assert_eq!(error.to_string(), format!("kubeconfig {}: can't be read", gone.display()));
        assert_eq!(error.kind(), crate::ErrorKind::Config);
    }

    /// Fidelity 28.
    #[test]
    fn a_named_file_is_never_merged() {
        let folder = TempDir::new().unwrap();
        let a = write(&folder, "a", "users: [{name: a}]");
        let b = write(&folder, "b", "users: [{name: b}]");
        let env = Env::empty().with("KUBECONFIG", list(&[&a]));
        let loaded = load(&KubeconfigOptions::default().path(&b), &env).unwrap();
        assert!(loaded.kubeconfig.user("a").is_none());
        assert!(loaded.kubeconfig.user("b").is_some());
    }

    #[test]
    fn without_the_variable_it_is_the_home_folders() {
        let folder = TempDir::new().unwrap();
        write(&folder, ".kube/config", "current-context: home");
        let env = Env::empty().with_home(folder.path());
        let options = KubeconfigOptions::default();
        assert_eq!(load(&options, &env).unwrap().kubeconfig.current_context, "home");
        let empty = env.clone().with("KUBECONFIG", "");
        assert_eq!(load(&options, &empty).unwrap().kubeconfig.current_context, "home");
        // Set to nothing but separators it is still set, as in kubectl.
        let separators = env.with("KUBECONFIG", list(&[Path::new(""), Path::new("")]));
        assert_eq!(load(&options, &separators).unwrap().kubeconfig, Kubeconfig::default());
    }

    #[test]
    fn every_broken_file_is_named() {
        let folder = TempDir::new().unwrap();
        let a = write(&folder, "a", "clusters: 1");
        let b = write(&folder, "b", "current-context: b");
        let c = write(&folder, "c", "{");
        let error = with_list(&[&a, &b, &c, folder.path()]).unwrap_err().to_string();
        for part in ["3 files", "/a: line 1", "/c: line", "can't be read: "] {
            assert!(error.contains(part), "{error}");
        }
        assert!(!error.contains("/b:"), "{error}");
    }

    #[test]
    fn a_file_may_hold_16_mebibytes_and_no_more() {
        let folder = TempDir::new().unwrap();
        let comment = |size: usize| format!("#{}\n", "x".repeat(size - 2));
        let fits = write(&folder, "fits", &comment(16 << 20));
        assert_eq!(Kubeconfig::read_from(fits).unwrap(), Kubeconfig::default());
        let over = write(&folder, "over", &comment((16 << 20) + 1));
        let error = Kubeconfig::read_from(over).unwrap_err().to_string();
        assert!(error.ends_with("/over: larger than 16 MiB: expected a kubeconfig"), "{error}");
    }
}
