//! Kubeconfigs that are changed in files: what is written, where, and what is left as it was.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::config::corpus::READABLE;
use crate::config::{AuthInfo, Secret};
use crate::fuzz::Damage;

const COMMENTED: &str = "# Mine, and nobody else's.
apiVersion: v1
kind: Config
clusters:
# Here.
- name: here # at home
  cluster:
    server: https://h:1 # behind the wall
    shiny: [1, 2.50, 0x1F]
# There.
- cluster: {server: 'https://t:1'}
  name: there

contexts:
  - name: dev
    # The namespace below changes.
    context:
      cluster: here
      user: me
  # The last one.
  - name: prod
    context: {cluster: there, user: me}
current-context: dev # for now
users:
- name: me
  user:
    token: 'CANARY # no comment'
# The end.
";

/// Files of a `KUBECONFIG`.
struct Sandbox {
    folder: TempDir,
    env: Env,
}

impl Sandbox {
    fn new(files: &[(&str, &str)], list: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let list = std::env::join_paths(list.iter().map(|name| folder.path().join(name))).unwrap();
        let env = Env::empty().with("KUBECONFIG", list);
        Self { folder, env }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn modify<T>(&self, change: impl FnOnce(&mut Kubeconfig) -> Result<T>) -> Result<T> {
        modify(&KubeconfigOptions::default(), &self.env, &Stop::new(), change)
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn read(text: &str) -> Kubeconfig {
    Kubeconfig::from_yaml(text).unwrap()
}

/// Fidelity 34.
#[test]
fn a_change_leaves_the_rest_of_the_file_as_it_is_written() {
    let sandbox = Sandbox::new(&[("a", COMMENTED)], &["a"]);
    sandbox
        .modify(|kubeconfig| {
            kubeconfig.use_context("prod")?;
            kubeconfig.set_namespace("dev", "web")
        })
        .unwrap();
    let expected = COMMENTED
        .replace("current-context: dev # for now", "current-context: prod # for now")
        .replace(
            "    # The namespace below changes.\n    context:\n      cluster: here\n      user: me\n",
            "    context:\n      cluster: here\n      user: me\n      namespace: web\n",
        );
    assert_eq!(sandbox.text("a"), expected);
    assert_eq!(sandbox.names(), ["a"], "neither a lock nor another file is left");

    sandbox.modify(|kubeconfig| kubeconfig.delete_cluster("here").map(drop)).unwrap();
    let start = expected.find("- name: here").unwrap();
    let end = expected.find("# There.").unwrap();
    assert_eq!(sandbox.text("a"), format!("{}{}", &expected[..start], &expected[end..]));

    sandbox.modify(|kubeconfig| kubeconfig.rename_context("prod", "live")).unwrap();
    let text = sandbox.text("a");
    assert!(text.contains("  - name: live\n    context:\n      cluster: there\n"), "{text}");
    assert!(text.contains("current-context: live # for now\n"), "{text}");
    sandbox
        .modify(|kubeconfig| kubeconfig.set_user("new", |user| user.token = "0123".into()))
        .unwrap();
    let text = sandbox.text("a");
    assert!(text.contains("- name: new\n  user:\n    token: "), "{text}");
    assert!(text.ends_with("# The end.\n"), "{text}");
    let read = read(&text);
    assert_eq!(read.user("new").unwrap().token.expose(), "0123");
    assert_eq!(read.user("me").unwrap().token.expose(), "CANARY # no comment");
}

#[test]
fn what_does_not_differ_is_not_written() {
    let sandbox = Sandbox::new(&[("a", COMMENTED)], &["a"]);
    let before = fs::metadata(sandbox.path("a")).unwrap().modified().unwrap();
    sandbox.modify(|kubeconfig| kubeconfig.use_context("dev")).unwrap();
    let error = sandbox.modify(|kubeconfig| {
        kubeconfig.delete_context("dev")?;
        kubeconfig.use_context("gone")
    });
    assert!(error.unwrap_err().to_string().contains("\"gone\""));
    assert_eq!(sandbox.text("a"), COMMENTED);
    assert_eq!(fs::metadata(sandbox.path("a")).unwrap().modified().unwrap(), before);
}

#[test]
fn each_entry_goes_to_the_file_that_it_came_from() {
    let a = "contexts:\n- name: a\n  context: {user: u}\nusers: []\n";
    let b = "contexts:\n- name: a\n  context: {}\n- name: b\n  context: {}\ncurrent-context: b\n";
    let sandbox = Sandbox::new(&[("a", a), ("b", b)], &["missing", "a", "b"]);
    sandbox.modify(|kubeconfig| kubeconfig.set_namespace("b", "web")).unwrap();
    assert_eq!(sandbox.text("a"), a);
    assert_eq!(
        sandbox.text("b"),
        b.replace("- name: b\n  context: {}", "- name: b\n  context:\n    namespace: web")
    );
    sandbox.modify(|kubeconfig| kubeconfig.rename_context("b", "c")).unwrap();
    assert!(sandbox.text("b").contains("- name: c\n"), "{}", sandbox.text("b"));
    assert!(!sandbox.text("b").contains("- name: b\n"), "{}", sandbox.text("b"));
    // As in kubectl, the current context goes where new entries go.
    assert_eq!(read(&sandbox.text("a")).current_context, "c");
    sandbox
        .modify(|kubeconfig| kubeconfig.set_cluster("new", |c| c.server = "https://n".into()))
        .unwrap();
    assert!(sandbox.text("a").contains("clusters:\n- name: new\n"), "{}", sandbox.text("a"));
    // That of the later file comes up.
    sandbox.modify(|kubeconfig| kubeconfig.delete_context("a").map(drop)).unwrap();
    assert!(sandbox.text("a").contains("contexts: []\n") && sandbox.text("b").contains("name: a"));
    sandbox
        .modify(|kubeconfig| {
            assert!(kubeconfig.context("a").is_some_and(|context| context.user.is_empty()));
            kubeconfig.current_context.clear();
            Ok(())
        })
        .unwrap();
    for file in ["a", "b"] {
        assert_eq!(read(&sandbox.text(file)).current_context, "", "{file}");
    }
    assert_eq!(sandbox.names(), ["a", "b"]);
}

#[test]
fn a_file_that_is_not_there_is_made_for_its_owner_alone() {
    let sandbox = Sandbox::new(&[], &["x/y/config"]);
    sandbox.modify(|kubeconfig| kubeconfig.set_user("u", |user| user.token = "t".into())).unwrap();
    assert_eq!(
        sandbox.text("x/y/config"),
        "apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user:\n    token: t\n"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for (name, mode) in [("x", 0o700), ("x/y/config", 0o600)] {
            let found = fs::metadata(sandbox.path(name)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{name}");
        }
    }
    let path = sandbox.path("whole");
    read("current-context: c").write_to(&path).unwrap();
    assert_eq!(sandbox.text("whole"), "apiVersion: v1\nkind: Config\ncurrent-context: c\n");
    // Without a list, it is the home folder's.
    let env = Env::empty().with_home(sandbox.path("home"));
    modify(&KubeconfigOptions::default(), &env, &Stop::new(), |k| k.set_context("c", |_| ()))
        .unwrap();
    assert!(sandbox.text("home/.kube/config").contains("name: c"));
    let error = modify(&KubeconfigOptions::default(), &Env::empty(), &Stop::new(), |_| Ok(()));
    assert!(error.unwrap_err().to_string().starts_with("no kubeconfig to write to: "));
}

#[cfg(unix)]
#[test]
fn a_link_and_the_mode_of_what_it_leads_to_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let sandbox = Sandbox::new(&[("real", "kind: Config\n")], &["link", "real"]);
    fs::set_permissions(sandbox.path("real"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real", sandbox.path("link")).unwrap();
    sandbox.modify(|kubeconfig| kubeconfig.set_context("c", |_| ())).unwrap();
    assert!(fs::symlink_metadata(sandbox.path("link")).unwrap().is_symlink());
    assert!(sandbox.text("real").contains("name: c"));
    let mode = fs::metadata(sandbox.path("real")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(sandbox.names(), ["link", "real"]);
    // Others may know it by its own name alone.
    fs::write(sandbox.path("real.lock"), "").unwrap();
    let options = KubeconfigOptions::default().path(sandbox.path("link"));
    let error = Kubeconfig::modify(&options, |k| k.set_context("d", |_| ())).unwrap_err();
    assert!(error.to_string().contains("/real.lock is there"), "{error}");

    symlink("nowhere", sandbox.path("broken")).unwrap();
    let options = KubeconfigOptions::default().path(sandbox.path("broken"));
    let error = Kubeconfig::modify(&options, |k| k.set_context("c", |_| ())).unwrap_err();
    assert!(error.to_string().ends_with("/broken: a link that leads nowhere"), "{error}");
}

#[test]
fn a_lock_is_waited_for_named_and_never_removed() {
    let sandbox = Sandbox::new(&[("a", COMMENTED), ("b", "")], &["a", "b"]);
    // Older than the time for which it is waited.
    let made = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    fs::File::create(sandbox.path("b.lock")).unwrap().set_modified(made).unwrap();
    let begin = std::time::Instant::now();
    let error = sandbox.modify(|kubeconfig| kubeconfig.use_context("prod")).unwrap_err();
    let told = error.to_string();
    assert!(begin.elapsed() >= PATIENCE, "{:?}", begin.elapsed());
    let age = told.split_once("/b.lock is there, ").and_then(|(_, age)| age.split_once(" s old"));
    let age: u64 = age.unwrap_or_else(|| panic!("{told}")).0.parse().unwrap();
    assert!(told.contains("/b: locked: ") && (3601..3660).contains(&age), "{told}");
    assert_eq!(sandbox.names(), ["a", "b", "b.lock"]);
    let stop = Stop::new();
    stop.stop();
    let error = modify(&KubeconfigOptions::default(), &sandbox.env, &stop, |_| Ok(()));
    assert!(error.unwrap_err().is_stopped());

    // One that goes in time is taken.
    let lock = sandbox.path("b.lock");
    let remover = std::thread::spawn(move || fs::remove_file(lock).unwrap());
    sandbox.modify(|kubeconfig| kubeconfig.use_context("prod")).unwrap();
    remover.join().unwrap();
}

/// Whoever reads meanwhile has the old file or the new one, and nothing between.
#[test]
fn a_file_that_is_being_read_stays_as_it_was() {
    use std::io::Read as _;

    let sandbox = Sandbox::new(&[("a", COMMENTED)], &["a"]);
    let mut reader = fs::File::open(sandbox.path("a")).unwrap();
    sandbox.modify(|kubeconfig| kubeconfig.use_context("prod")).unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, COMMENTED);
    assert!(sandbox.text("a").contains("current-context: prod"));
}

/// Every thread's change is there at the end.
#[test]
fn threads_that_write_at_once_lose_nothing() {
    let sandbox = Sandbox::new(&[("a", COMMENTED)], &["a"]);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for number in 0..10 {
                    sandbox
                        .modify(|k| k.set_context(&format!("t{thread}-{number}"), |_| ()))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(read(&sandbox.text("a")).contexts.len(), 42);
    assert!(sandbox.text("a").contains("# The last one.\n"));
}

/// Whatever can be read is written so that it reads the same, with a change and without.
#[test]
fn all_that_is_read_is_written_to_the_same_values() {
    let nasty = [
        "0123",
        "1e5",
        "1_000",
        "0x1F",
        "true",
        "yes",
        "n",
        "1.50",
        "2026-01-01",
        "-0",
        ".inf",
        "null",
        "~",
        "",
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
        "\u{2028}",
        "\u{feff}",
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
        "<<",
        "=",
        "\0",
        "\u{1b}[31m",
        "a\r\nb",
    ];
    for text in nasty {
        let mut kubeconfig = Kubeconfig::default();
        kubeconfig
            .set_user("u", |user| {
                user.token = text.into();
                user.username = text.into();
                user.impersonate_groups = vec![text.into(); 2];
                user.impersonate_user_extra = [(text.into(), vec![text.into()])].into();
                user.other =
                    [(format!("x{text}"), serde_json::json!({text: [text, 1, null, 1.5]}))].into();
            })
            .unwrap();
        let yaml = kubeconfig.to_yaml().unwrap();
        assert_eq!(read(yaml.expose()), kubeconfig, "{text:?}: {}", yaml.expose());
    }
    assert!(READABLE.len() >= 10);
    for text in READABLE.iter().copied().chain([COMMENTED]) {
        let kubeconfig = read(text);
        let yaml = kubeconfig.to_yaml().unwrap();
        let yaml = yaml.expose();
        assert_eq!(read(yaml), kubeconfig, "{text:?}");
        let mut changed = kubeconfig.clone();
        changed.set_context("new", |context| context.namespace = "n".into()).unwrap();
        changed.set_cluster("c", |cluster| cluster.server = "https://other".into()).unwrap();
        changed.current_context = "new".into();
        for old in [text, yaml] {
            let new = super::text(old, &kubeconfig, &changed).unwrap();
            assert_eq!(read(&new), changed, "{old:?}");
        }
    }
}

#[test]
fn a_damaged_kubeconfig_that_is_read_is_changed_and_nothing_else_of_it() {
    let examples: Vec<&str> = READABLE.iter().copied().chain([COMMENTED]).collect();
    bolero::check!().with_type::<(Damage, u8)>().for_each(|(damage, change): &(Damage, u8)| {
        let text = damage.text_of(&examples);
        let Ok(before) = Kubeconfig::from_yaml(&text) else { return };
        if before.refuse_repeated_names().is_err() {
            return;
        }
        let mut after = before.clone();
        let first = after.contexts.first().map_or("new".to_owned(), |context| context.name.clone());
        match change % 4 {
            0 if after.set_context(&first, |context| context.namespace = text.clone()).is_ok() => {}
            1 if after.set_cluster("new: #", |new| new.server = "https://h".into()).is_ok() => {}
            2 => after.users.clear(),
            _ => after.current_context = text.lines().next().unwrap_or_default().to_owned(),
        }
        let written = super::text(&text, &before, &after).unwrap();
        let again = read(&written);
        assert_eq!(again, after, "{text:?}");
        // And back again.
        let back = super::text(&written, &again, &before).unwrap();
        assert_eq!(read(&back), before, "{text:?}");
    });
}

/// What the lines seem to say counts for nothing where they say something else.
#[test]
fn lines_that_only_look_like_fields_are_not_mistaken() {
    for text in [
        "note: |\n contexts:\nx: 1\ncontexts:\n- name: a\n",
        "note: 'x\ncontexts:\n- name: b\n'\ncontexts: [{name: a}]\n",
        "contexts:\n- name: a\n  context:\n    extensions:\n    - name: x\n      extension: |\n        - name: z\n        # no comment\n",
        "contexts: &all\n- name: a\nothers: *all\n",
        "? contexts\n: [{name: a}]\n",
        "\"contexts\": [{name: a}]\n",
        "{contexts: [{name: a}]}",
        "contexts:\r\n- name: a\r\n",
        "contexts:\n  -\n    name: a\n",
        "contexts:\n- name: a\n...\n",
    ] {
        let sandbox = Sandbox::new(&[("a", text)], &["a"]);
        let before = read(text);
        sandbox
            .modify(|kubeconfig| {
                kubeconfig.set_context("b", |context| context.user = "u".into())?;
                kubeconfig.set_context("a", |context| context.namespace = "n".into())
            })
            .unwrap();
        let after = read(&sandbox.text("a"));
        assert_eq!(after.contexts.len(), 2, "{text:?}");
        assert_eq!(after.context("a").unwrap().namespace, "n", "{text:?}");
        assert_eq!(after.context("a").unwrap().extensions, before.context("a").unwrap().extensions);
        assert_eq!(after.other, before.other, "{text:?}");
    }
}

#[test]
fn no_error_shows_a_credential() {
    let sandbox = Sandbox::new(&[("a", "users: [{name: u, user: {token: CANARY}, x: [}]")], &["a"]);
    let error = sandbox.modify(|_| Ok(())).unwrap_err();
    assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
    let sandbox = Sandbox::new(&[("a", COMMENTED)], &["a"]);
    let error = sandbox.modify(|kubeconfig| {
        kubeconfig.users.push(kubeconfig.users[0].clone());
        Ok(())
    });
    let told = format!("{:?}", error.unwrap_err());
    assert!(told.contains("two entries are named \"me\"") && !told.contains("CANARY"), "{told}");
    let error = sandbox.modify(|kubeconfig| {
        kubeconfig.preferences = serde_json::json!({"CANARY": 1});
        Ok(())
    });
    assert!(!format!("{:?}", error.unwrap_err()).contains("CANARY"));
    let user = AuthInfo { token: Secret::new("CANARY"), ..AuthInfo::default() };
    assert!(!format!("{user:?}").contains("CANARY"));
}
