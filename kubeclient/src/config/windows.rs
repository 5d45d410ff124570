//! What is otherwise on Windows, decided as Go decides it there: where the home folder is, and which file a command
//! means. The system itself is asked by the caller, so that all of it is tested on any system.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What a folder is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    Missing,
    ReadOnly,
    Writable,
}

/// The home folder, as client-go's `homedir.HomeDir` finds it: the first of `HOME`, `HOMEDRIVE` with `HOMEPATH`, and
/// `USERPROFILE` that holds a kubeconfig; else the first of `HOME`, `USERPROFILE`, and `HOMEDRIVE` with `HOMEPATH` that
/// can be written; else that is there; else that is set.
pub(super) fn home(
    variable: impl Fn(&str) -> Option<OsString>,
    is_there: impl Fn(&Path) -> bool,
    folder: impl Fn(&Path) -> Folder,
) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let home = set("HOME").map(PathBuf::from);
    let profile = set("USERPROFILE").map(PathBuf::from);
    let drive = set("HOMEDRIVE").zip(set("HOMEPATH")).map(|(mut drive, path)| {
        drive.push(path);
        PathBuf::from(drive)
    });
    let has_kubeconfig = |home: &&PathBuf| is_there(&home.join(".kube").join("config"));
    let found = [&home, &drive, &profile].into_iter().flatten().find(has_kubeconfig).cloned();
    let by_need: Vec<_> = [home, profile, drive].into_iter().flatten().collect();
    let first = |is: &dyn Fn(Folder) -> bool| by_need.iter().find(|path| is(folder(path))).cloned();
    found
        .or_else(|| first(&|folder| folder == Folder::Writable))
        .or_else(|| first(&|folder| folder != Folder::Missing))
        .or_else(|| by_need.first().cloned())
}

/// The file that a command means, as Go's `exec.LookPath` finds it: with an extension it may be the file itself, and
/// else it is the file with the first extension of `PATHEXT` with which there is one.
pub(super) fn executable(
    file: &Path,
    extensions: Option<&OsStr>,
    is_file: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    let listed = extensions.map(OsStr::to_string_lossy).filter(|list| !list.is_empty());
    let listed = listed.as_deref().unwrap_or(".com;.exe;.bat;.cmd");
    let has_extension = file.file_name().is_some_and(|name| {
        // A dot in front is one of an extension, too.
        name.to_string_lossy().contains('.')
    });
    if has_extension && is_file(file) {
        return Some(file.to_owned());
    }
    listed.split(';').filter(|extension| !extension.is_empty()).find_map(|extension| {
        let mut name = file.as_os_str().to_owned();
        if !extension.starts_with('.') {
            name.push(".");
        }
        name.push(extension.to_lowercase());
        Some(PathBuf::from(name)).filter(|file| is_file(file))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_folder_is_the_one_with_a_kubeconfig_or_else_one_that_can_be_written() {
        const ALL: &[(&str, &str)] =
            &[("HOME", "h"), ("HOMEDRIVE", "d"), ("HOMEPATH", "p"), ("USERPROFILE", "u")];
        let of = |set: &[(&str, &str)], kubeconfigs: &[&str], there: &[&str], writable: &[&str]| {
            let value = |name: &str| set.iter().find(|(set, _)| *set == name).map(|it| it.1.into());
            let is_there = |path: &Path| {
                kubeconfigs.iter().any(|home| path == Path::new(home).join(".kube").join("config"))
            };
            let folder = |path: &Path| match path.to_str().unwrap() {
                path if writable.contains(&path) => Folder::Writable,
                path if there.contains(&path) => Folder::ReadOnly,
                _ => Folder::Missing,
            };
            let found = home(value, is_there, folder);
            found.map(|path| path.to_str().unwrap().to_owned())
        };
        for (set, kubeconfigs, there, writable, expected) in [
            (ALL, &["h", "dp", "u"][..], &[][..], &[][..], Some("h")),
            (ALL, &["dp", "u"], &[], &["h", "u"], Some("dp")),
            (ALL, &["u"], &[], &["h", "dp"], Some("u")),
            (ALL, &[], &["h"], &["dp", "u"], Some("u")),
            (ALL, &[], &["h"], &["dp"], Some("dp")),
            (ALL, &[], &["dp", "u"], &[], Some("u")),
            (ALL, &[], &["dp"], &[], Some("dp")),
            (ALL, &[], &[], &[], Some("h")),
            (&ALL[1..], &[], &[], &[], Some("u")),
            (&ALL[1..3], &[], &[], &[], Some("dp")),
            // Half of the two is none, and what is empty is not set.
            (&ALL[1..2], &["d"], &[], &["d"], None),
            (&[("HOME", ""), ("USERPROFILE", "u")], &[], &[], &[], Some("u")),
            (&[], &[], &[], &[], None),
        ] {
            let found = of(set, kubeconfigs, there, writable);
            assert_eq!(
                found.as_deref(),
                expected,
                "{set:?} {kubeconfigs:?} {there:?} {writable:?}"
            );
        }
    }

    #[test]
    fn a_command_is_the_file_with_the_first_extension_that_is_there() {
        let all = Some(".COM;.EXE;.BAT;.CMD;ps1;;");
        for (command, extensions, there, expected) in [
            ("p", all, &["p", "p.cmd", "p.exe"][..], Some("p.exe")),
            ("p", all, &["p.cmd", "p.bat"], Some("p.bat")),
            ("p", all, &["p.cmd"], Some("p.cmd")),
            ("p", all, &["p.ps1"], Some("p.ps1")),
            ("p", None, &["p.ps1"], None),
            ("p", None, &["p.cmd"], Some("p.cmd")),
            ("p", Some(""), &["p.com"], Some("p.com")),
            ("p", Some(".exe"), &["p.cmd"], None),
            // Without an extension it is not looked for itself.
            ("p", all, &["p"], None),
            ("p.exe", all, &["p.exe"], Some("p.exe")),
            ("p.sh", all, &["p.sh", "p.sh.exe"], Some("p.sh")),
            ("p.v2", all, &["p.v2.exe"], Some("p.v2.exe")),
            ("f.d/p", all, &["f.d/p", "f.d/p.bat"], Some("f.d/p.bat")),
            ("f.d/p", all, &["f.d/p"], None),
        ] {
            let is_file = |file: &Path| there.iter().any(|there| file == Path::new(there));
            let found = executable(Path::new(command), extensions.map(OsStr::new), is_file);
            assert_eq!(
                found.as_deref(),
                expected.map(Path::new),
                "{command} {extensions:?} {there:?}"
            );
        }
    }
}
