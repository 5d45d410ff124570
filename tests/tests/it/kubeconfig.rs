//! Kubeconfigs that kubectl and the client write in turn, and which ones they take. No server is asked.

#[cfg(unix)]
mod corpus;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use kubeclient::config::{Kubeconfig, KubeconfigOptions};
use serde_json::Value;

/// kubectl; `None`, said loudly, without it.
fn kubectl() -> Option<PathBuf> {
    Some(kubeclient_tests::control_plane()?.kubectl().to_owned())
}

fn run(kubectl: &Path, kubeconfig: &Path, arguments: &[&str]) -> Result<String, String> {
    let output =
        Command::new(kubectl).args(arguments).env("KUBECONFIG", kubeconfig).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    match output.status.success() {
        true => Ok(text(output.stdout)),
        false => Err(text(output.stderr)),
    }
}

/// Fidelity 34: what is written says the same to kubectl.
#[test]
fn kubectl_reads_what_is_written_to_the_same_values() {
    let Some(kubectl) = kubectl() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let nasty = [
        "0123",
        "1e5",
        "1_000",
        "0x1F",
        "0b1",
        "0o7",
        "true",
        "yes",
        "n",
        "On",
        "1.50",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "-0",
        ".inf",
        ".NaN",
        "null",
        "~",
        " x ",
        "a: b",
        "a #b",
        "#",
        "-",
        "- a",
        "[a",
        "{a",
        "'",
        "\"",
        "\\",
        "a\nb",
        "a\n",
        "\n",
        "\ttab",
        "\u{7f}",
        "\u{85}",
        "\u{feff}",
        "\u{2028}",
        "é",
        "🦀",
        "@x",
        "`x",
        "%x",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "?",
        "? a",
        ":",
        "a:",
        "1:30",
        "190:20:30",
        "<<",
        "=",
        "\u{1b}[31m",
        "a\r\nb",
        "x=y,z",
        "LS0tLS1CRUdJTi==",
        "a/b+c",
        "---",
        "...",
    ];
    let options = KubeconfigOptions::default().path(&path);
    let mut wrong = Vec::new();
    for text in nasty {
        Kubeconfig::modify(&options, |kubeconfig| {
            kubeconfig.users.clear();
            kubeconfig.contexts.clear();
            kubeconfig.set_user("u", |user| {
                user.token = text.into();
                user.impersonate = text.into();
                user.impersonate_groups = vec![text.into()];
                user.impersonate_user_extra = [(text.into(), vec![text.into()])].into();
            })?;
            kubeconfig.set_context(text, |context| context.namespace = text.into())
        })
        .unwrap();
        let view = match run(&kubectl, &path, &["config", "view", "--raw", "-o", "json"]) {
            Ok(view) => serde_json::from_str::<Value>(&view).unwrap(),
            Err(error) => {
                wrong.push(format!("{text:?}: {error}{}", fs::read_to_string(&path).unwrap()));
                fs::remove_file(&path).unwrap();
                continue;
            }
        };
        let user = &view["users"][0]["user"];
        let same = user["token"] == text
            && user["as"] == text
            && user["as-groups"][0] == text
            && user["as-user-extra"][text][0] == text
            && view["contexts"][0]["name"] == text
            && view["contexts"][0]["context"]["namespace"] == text;
        if !same {
            wrong.push(format!("{text:?}: {view}"));
        }
        // And the other way round.
        if let Err(error) =
            run(&kubectl, &path, &["config", "set-context", "other", "--namespace", text])
        {
            // It writes these two so that it can't read them again itself.
            assert!(["\u{7f}", "\u{85}"].contains(&text), "{text:?}: {error}");
            fs::remove_file(&path).unwrap();
            continue;
        }
        if text == "<<" {
            // As a key it means something else to a reader of YAML, and kubectl does not quote it.
            fs::remove_file(&path).unwrap();
            continue;
        }
        let read = Kubeconfig::read_from(&path).unwrap();
        assert_eq!(read.context("other").unwrap().namespace, text);
        assert_eq!(read.user("u").unwrap().token.expose(), text);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// kubectl writes while we do: all that it wrote is there at the end, and what we wrote while it did not run, and never
/// half a file.
#[test]
fn nothing_that_kubectl_writes_meanwhile_is_lost() {
    let Some(kubectl) = kubectl() else { return };
    const TURNS: usize = 25;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, "apiVersion: v1\nkind: Config\n").unwrap();
    let options = KubeconfigOptions::default().path(&path);
    let ended = AtomicBool::new(false);
    let turns = std::thread::scope(|scope| {
        let ours = scope.spawn(|| {
            let mut turns = 0;
            // The bound only ends what would run for ever.
            while turns < 100_000 && (turns < TURNS || !ended.load(Ordering::Relaxed)) {
                let turn = turns % 10;
                Kubeconfig::modify(&options, |kubeconfig| {
                    kubeconfig.set_context(&format!("ours-{turn}"), |context| {
                        context.namespace = format!("n{turns}");
                    })
                })
                .unwrap();
                turns += 1;
                // The lock is free meanwhile; kubectl's half files may be seen, and are no failure.
                for _ in 0..100 {
                    drop(Kubeconfig::read_from(&path));
                }
            }
            turns
        });
        for turn in 0..TURNS {
            Kubeconfig::modify(&options, |k| k.set_context(&format!("between-{turn}"), |_| ()))
                .unwrap();
            let name = format!("kubectls-{turn}");
            let field = format!("contexts.{name}.namespace");
            let arguments = match turn % 2 {
                0 => ["config", "set", &field, "x"],
                _ => ["config", "set-context", &name, "--namespace=x"],
            };
            let outcome = (0..1000).find_map(|_| {
                match run(&kubectl, &path, &arguments) {
                    // It does not wait for a lock.
                    Err(error) if error.contains(".lock: file exists") => None,
                    outcome => Some(outcome),
                }
            });
            outcome.expect("the lock is free at times").unwrap();
        }
        ended.store(true, Ordering::Relaxed);
        ours.join().unwrap()
    });
    let read = Kubeconfig::read_from(&path).unwrap();
    for turn in 0..TURNS {
        for name in [format!("kubectls-{turn}"), format!("between-{turn}")] {
            assert!(read.context(&name).is_some(), "{name}: {read:?}");
        }
    }
    // kubectl reads before it locks, and so may take back what we wrote while it ran; the last change it did not.
    let last = read.context(&format!("ours-{}", (turns - 1) % 10)).unwrap();
    assert_eq!(last.namespace, format!("n{}", turns - 1));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no lock is left");
}
