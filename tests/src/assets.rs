//! Where the binaries of the control plane and of kwok are.
//!
//! Nothing is built or started here: `tests/cluster/build.sh` and `tests/cluster/build-kwok.sh` build,
//! the launcher starts. The folders are those that the scripts fill, found the same way: by the versions
//! in `tests/cluster/go.mod` and `tests/cluster/kwok/go.mod`.

use std::env;
use std::path::{Path, PathBuf};

const GO_MOD: &str = include_str!("../cluster/go.mod");
const KWOK_GO_MOD: &str = include_str!("../cluster/kwok/go.mod");
const BUILD: &str = "build them once, about 8 minutes: tests/cluster/build.sh";
const BUILD_KWOK: &str = "build it once, about 2 minutes: tests/cluster/build-kwok.sh";
const NAMES: [&str; 4] = ["kube-apiserver", "etcd", "kube-controller-manager", "kubectl"];

/// A folder that holds all binaries of a control plane.
#[derive(Clone, Debug)]
pub struct Assets {
    folder: PathBuf,
}

impl Assets {
    /// Finds the binaries: in `KUBEBUILDER_ASSETS`, else where `tests/cluster/build.sh` puts them.
    ///
    /// # Errors
    /// The folder lacks a binary, or no folder can be named because the user has no home.
    pub fn find() -> Result<Assets, MissingAssets> {
        let folder = match set("KUBEBUILDER_ASSETS") {
            Some(folder) => PathBuf::from(folder),
            None => cache_folder("k8s", kubernetes_version()).ok_or_else(|| MissingAssets {
                folder: None,
                names: NAMES.to_vec(),
                build: BUILD,
            })?,
        };
        Assets::in_folder(&folder)
    }

    /// Takes the binaries from a folder.
    ///
    /// # Errors
    /// The folder lacks a binary.
    pub fn in_folder(folder: &Path) -> Result<Assets, MissingAssets> {
        let names: Vec<&str> =
            NAMES.into_iter().filter(|name| !folder.join(name).is_file()).collect();
        if names.is_empty() {
            Ok(Assets { folder: folder.to_owned() })
        } else {
            Err(MissingAssets { folder: Some(folder.to_owned()), names, build: BUILD })
        }
    }

    /// The folder that holds the binaries.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of `kube-apiserver`.
    pub fn kube_apiserver(&self) -> PathBuf {
        self.folder.join("kube-apiserver")
    }

    /// The path of `etcd`.
    pub fn etcd(&self) -> PathBuf {
        self.folder.join("etcd")
    }

    /// The path of `kube-controller-manager`.
    pub fn kube_controller_manager(&self) -> PathBuf {
        self.folder.join("kube-controller-manager")
    }

    /// The path of `kubectl`.
    pub fn kubectl(&self) -> PathBuf {
        self.folder.join("kubectl")
    }
}

/// The path of `kwok`: in `KWOK_ASSETS`, else where `tests/cluster/build-kwok.sh` puts it.
///
/// # Errors
/// The folder lacks it, or no folder can be named because the user has no home.
pub fn find_kwok() -> Result<PathBuf, MissingAssets> {
    let folder = match set("KWOK_ASSETS") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => cache_folder("kwok", version_in("sigs.k8s.io/kwok", KWOK_GO_MOD)),
    };
    let program = folder.as_ref().map(|folder| folder.join("kwok")).filter(|path| path.is_file());
    program.ok_or(MissingAssets { folder, names: vec!["kwok"], build: BUILD_KWOK })
}

/// The Kubernetes version that `tests/cluster/build.sh` builds, as `1.36.3`.
pub fn kubernetes_version() -> Option<&'static str> {
    version_in("k8s.io/kubernetes", GO_MOD)
}

fn version_in(module: &str, go_mod: &'static str) -> Option<&'static str> {
    go_mod.lines().find_map(|line| {
        let mut words = line.split_whitespace().filter(|word| *word != "require");
        (words.next()? == module).then(|| words.next()?.strip_prefix('v'))?
    })
}

fn cache_folder(product: &str, version: Option<&str>) -> Option<PathBuf> {
    let cache = match set("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(set("HOME")?).join(".cache"),
    };
    let version = version?;
    let folder = cache.join("kubeclient/envtest").join(product);
    Some(folder.join(format!("{version}-{}-{}", go_os(), go_arch())))
}

/// A variable that is set and not empty, as `${NAME:-...}` in the build script reads it.
fn set(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn go_os() -> &'static str {
    match env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

fn go_arch() -> &'static str {
    match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

/// Binaries are not there; the text says on one line what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}; {build}", describe(.folder.as_deref(), .names))]
pub struct MissingAssets {
    folder: Option<PathBuf>,
    names: Vec<&'static str>,
    build: &'static str,
}

fn describe(folder: Option<&Path>, names: &[&str]) -> String {
    match folder {
        Some(folder) => format!("no {} in {}", names.join(", "), folder.display()),
        None => "no cache folder: neither KUBEBUILDER_ASSETS nor XDG_CACHE_HOME nor HOME is set"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_go_mod() {
        let version = kubernetes_version().unwrap();
        assert!(version.starts_with("1."), "{version}");
        let version_in = |go_mod| version_in("k8s.io/kubernetes", go_mod);
        assert_eq!(version_in("module x\nrequire k8s.io/kubernetes v1.2.3\n"), Some("1.2.3"));
        assert_eq!(
            version_in("tool k8s.io/kubernetes/cmd/kubectl\n\tk8s.io/kubernetes v1.2.3\n"),
            Some("1.2.3")
        );
        assert_eq!(version_in("module x\n"), None);
        assert!(super::version_in("sigs.k8s.io/kwok", KWOK_GO_MOD).is_some());
    }

    #[test]
    fn missing_assets_name_the_folder_the_binaries_and_the_build() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("etcd"), "").unwrap();
        let text = Assets::in_folder(folder.path()).unwrap_err().to_string();
        assert!(text.contains("no kube-apiserver, kube-controller-manager, kubectl in "), "{text}");
        assert!(text.contains(folder.path().to_str().unwrap()), "{text}");
        assert!(text.contains("tests/cluster/build.sh"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
