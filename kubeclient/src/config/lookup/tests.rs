//! Which file a command is, and which files a list allows.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::config::kubeconfig::{Kubeconfig, NamedAuthInfo};
use crate::config::sample::script;

/// A folder with programs `p` and `q`, a link `l` to `p`, and a text `t`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["p", "q"] {
        script(&folder.path().join(name), "");
    }
    fs::write(folder.path().join("t"), "").unwrap();
    symlink(folder.path().join("p"), folder.path().join("l")).unwrap();
    folder
}

/// The way to a file from the folder that the program happens to be in.
fn from_here(file: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap();
    let up = here.components().skip(1).map(|_| Path::new(".."));
    up.chain([file.strip_prefix("/").unwrap()]).collect()
}

#[test]
fn the_list_is_compared_with_the_path_that_is_run() {
    let (first, second) = (folder(), folder());
    // There is a `p` in the relative folder, too.
    let relative = from_here(second.path());
    assert!(relative.join("p").is_file());
    let path = std::env::join_paths([&*relative, first.path(), second.path()]).unwrap();
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
        (from_here(&one("p")), from_here(&one("p")), false),
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

/// The table of KEP-3104 (kuberc's credentialPluginAllowlist), row by row. Its folders `/usr/local/bin` and `/usr/bin`
/// are two here, in this order in `PATH`.
#[test]
fn the_list_decides_as_the_kep_says() {
    let base = tempfile::tempdir().unwrap();
    let (local, usr) = (base.path().join("usr/local/bin"), base.path().join("usr/bin"));
    let path = std::env::join_paths([&local, &usr]).unwrap();
    let named = PathBuf::from("my-binary");
    let (in_local, in_usr) = (local.join("my-binary"), usr.join("my-binary"));
    for (row, there, entry, command, runs) in [
        (1, &[&in_local, &in_usr][..], &named, &in_usr, false),
        (2, &[&in_local], &named, &in_usr, false),
        (3, &[&in_usr], &named, &in_usr, true),
        (4, &[&in_usr], &in_usr, &in_usr, true),
        (5, &[&in_usr], &in_usr, &named, true),
        (6, &[&in_local, &in_usr], &in_usr, &named, false),
        (7, &[&in_usr], &named, &named, true),
    ] {
        for folder in [&local, &usr] {
            let _ = fs::remove_dir_all(folder);
            fs::create_dir_all(folder).unwrap();
        }
        there.iter().for_each(|program| script(program, ""));
        let policy = ExecPolicy::Allowlist(vec![entry.clone()]);
        let found = allowed(&Exec::new(command), &policy, Some(&path));
        assert_eq!(found.is_ok(), runs, "row {row}: {found:?}");
        assert!(found.is_err() || found.unwrap() == in_usr, "row {row}");
    }
}

/// A user of the kubeconfig `file` whose program is this command.
fn user(file: &Path, command: &str) -> NamedAuthInfo {
    let text =
        serde_json::json!({"users": [{"name": "u", "user": {"exec": {"command": command}}}]});
    let mut kubeconfig = Kubeconfig::from_yaml(&text.to_string()).unwrap();
    kubeconfig.users[0].location_of_origin = Some(file.into());
    kubeconfig.users.remove(0)
}

/// What a kubeconfig may write to get at another program than the one that is listed: 13 commands, each of which would
/// run without the list, and 4 that name no program at all.
#[test]
fn no_way_to_write_a_command_leads_around_the_list() {
    let (ours, theirs) = (folder(), folder());
    let file = theirs.path().join("sub/config");
    for name in ["sub/sub", "sub/~"] {
        fs::create_dir_all(theirs.path().join(name)).unwrap();
    }
    for name in ["sub/p", "sub/~/p", " p", "p ", "p\n", "P", "p; q", "$(p)"] {
        script(&theirs.path().join(name), "");
    }
    symlink(ours.path().join("p"), theirs.path().join("sub/l")).unwrap();
    let path = std::env::join_paths([ours.path(), theirs.path()]).unwrap();
    let swapped = std::env::join_paths([theirs.path(), ours.path()]).unwrap();
    let listed = ours.path().join("p");
    let run_by = |policy: ExecPolicy, command: &str, path: &OsStr| {
        let exec = Exec::new(user(&file, command).exec_command().unwrap());
        allowed(&exec, &policy, Some(path)).ok()
    };
    let run = |command: &str, entry: &Path, path: &OsStr| {
        run_by(ExecPolicy::Allowlist(vec![entry.into()]), command, path)
    };
    let by_name = Path::new("p");
    assert_eq!(run("p", &listed, &path).as_deref(), Some(&*listed));
    assert_eq!(run("p", by_name, &path).as_deref(), Some(&*listed));
    // Another PATH: the path stays what it is, the name means another file, to both sides.
    assert_eq!(run("p", &listed, &swapped), None);
    assert_eq!(run("p", by_name, &swapped), Some(theirs.path().join("p")));
    let parent = theirs.path().parent().unwrap();
    let up = format!("../../{}/p", ours.path().strip_prefix(parent).unwrap().display());
    let twice = listed.display().to_string().replace("/p", "//p");
    let programs = [
        "./p",
        "../p",
        "./sub/../p",
        "./l",
        // It is the very file, under another path.
        up.as_str(),
        "q",
        " p",
        "p ",
        "p\n",
        "P",
        "p; q",
        "$(p)",
        "~/p",
    ];
    let none = ["", ".", "..", "/"];
    for command in programs.into_iter().chain(none) {
        let found = run_by(ExecPolicy::AllowAll, command, &path);
        assert_eq!(found.is_some(), !none.contains(&command), "{command:?}");
        for entry in [by_name, &listed] {
            assert_eq!(run(command, entry, &path), None, "{command:?}");
        }
    }
    // What is compared is what is run, also where it is written otherwise.
    assert_eq!(run(&twice, &listed, &path), Some(listed));
}
