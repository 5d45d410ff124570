//! The invariants of ARCHITECTURE.md, read off the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod credentials;
mod supply;

/// The layers, from the bottom: a module may use those of its own line and of the lines before it.
const LAYERS: &[&[&str]] = &[
    &["meta", "stop", "clock", "sync", "thread", "host", "yaml", "fuzz", "testing", "token_bucket"],
    &["types"],
    &["error", "background"],
    &["config"],
    &["transport", "auth"],
    &["rest"],
    &["api", "discovery"],
    &["clientset", "dynamic"],
    &["cache", "leaderelection", "events", "wait"],
    &["controller", "manifests", "signals"],
];

#[test]
fn imports_go_down_the_layers() {
    let mut wrong = Vec::new();
    for source in sources("kubeclient/src") {
        let Some(own) = source.module() else { continue };
        let layer = layer_of(&own);
        for (number, line) in source.code() {
            for used in crate_paths(line) {
                if layer_of(&used) > layer {
                    wrong.push(format!("{}:{number}: {own} uses {used}", source.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports that go up the layers:\n{}", wrong.join("\n"));
}

#[test]
fn foreign_names_stay_in_their_place() {
    for (name, place) in [
        ("ureq::", "kubeclient/src/transport/agent.rs"),
        ("rustls::", "kubeclient/src/transport/tls/"),
        ("thread::Builder", "kubeclient/src/thread.rs"),
        ("std::thread::spawn", "kubeclient/src/thread.rs"),
    ] {
        let found: BTreeSet<String> = sources("kubeclient/src")
            .filter(|source| source.code().iter().any(|(_, line)| names(line, name)))
            .map(|source| source.name)
            .collect();
        let strays: Vec<_> = found.iter().filter(|found| !found.starts_with(place)).collect();
        assert!(strays.is_empty(), "{name} belongs into {place} alone, found in {strays:?}");
    }
}

/// F23: queues, timers and leases go by a clock that nobody sets. The wall clock is read for the ends of credentials,
/// the ages of files, dates in answers, and for times that are written down for others.
#[test]
fn the_wall_clock_is_read_for_dates_alone() {
    let found: Vec<String> = sources("kubeclient/src")
        .filter(|source| {
            let is_read =
                |line: &str| ["Time::now(", "Timestamp::now("].iter().any(|it| line.contains(it));
            source.code().iter().any(|(_, line)| is_read(line))
        })
        .map(|source| source.name)
        .collect();
    let expected = [
        "auth/exec/mod.rs",
        "auth/oidc/mod.rs",
        "discovery/disk/folder.rs",
        "discovery/disk/responses.rs",
        "events/recorder.rs",
        // Written into the lease, never compared with a time.
        "leaderelection/elector.rs",
        "meta/time.rs",
        "rest/retry.rs",
    ];
    assert_eq!(found, expected.map(|name| format!("kubeclient/src/{name}")));
}

#[test]
fn what_can_panic_says_why_it_does_not() {
    let mut wrong = Vec::new();
    let folders = ["kubeclient/src", "kubeclient-derive/src", "kubeclient-fake/src"];
    for source in folders.iter().flat_map(|folder| sources(folder)) {
        let code = source.code();
        for (i, (number, line)) in code.iter().enumerate() {
            let risky = [".unwrap()", ".expect(", "panic!(", "unreachable!(", "todo!("];
            // A type named in a method call of ours is no risk: parse methods may be called `expect`.
            if !risky.iter().any(|risk| line.contains(risk)) {
                continue;
            }
            let said = code[i.saturating_sub(4)..=i]
                .iter()
                .any(|(_, line)| line.contains("// Invariant:"));
            if !said {
                wrong.push(format!("{}:{number}: {}", source.name, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "without an `// Invariant:` beside it:\n{}", wrong.join("\n"));
}

#[test]
fn no_test_is_ignored() {
    let pattern = concat!("#[", "ignore");
    let found: Vec<_> = ["kubeclient", "kubeclient-derive", "kubeclient-fake", "tests", "examples"]
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|source| source.text.contains(pattern))
        .map(|source| source.name)
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_fake_starts_threads_for_connections_alone() {
    let found: Vec<_> = sources("kubeclient-fake/src")
        .filter(|source| {
            let starts = ["thread::Builder", "thread::spawn", "thread::scope"];
            source.code().iter().any(|(_, line)| starts.iter().any(|start| line.contains(start)))
        })
        .map(|source| source.name)
        .collect();
    assert_eq!(found, ["kubeclient-fake/src/http/listener.rs"]);
}

#[test]
fn the_fake_listens_on_loopback_alone() {
    let binds: Vec<_> = sources("kubeclient-fake/src")
        .flat_map(|source| {
            let lines =
                source.code().into_iter().filter(|(_, line)| line.contains("Listener::bind"));
            lines.map(|(_, line)| line.trim().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(binds.len(), 1, "{binds:?}");
    assert!(binds[0].contains("bind((Ipv4Addr::LOCALHOST, port))"), "{binds:?}");
}

#[test]
fn the_fake_knows_nothing_of_the_client_and_has_no_async_runtime() {
    let crates = tree("kubeclient-fake", &["--all-features"]);
    let found: Vec<_> =
        crates.iter().filter(|name| is_runtime(name) || name.starts_with("kubeclient ")).collect();
    assert!(found.is_empty(), "in the fake's tree: {found:?}");
}

#[test]
fn the_default_tree_is_small_and_has_no_async_runtime() {
    let crates = tree("kubeclient", &[]);
    let found: Vec<_> = crates.iter().filter(|name| is_runtime(name)).collect();
    assert!(found.is_empty(), "an async runtime in the default tree: {found:?}");
    assert!(!crates.iter().any(|name| name.starts_with("kubeclient-fake ")), "{crates:?}");
    assert!(crates.len() <= 60, "{} crates: {crates:?}", crates.len());
}

#[test]
fn every_example_stands_in_the_readme() {
    let readme = fs::read_to_string(root().join("examples/README.md")).unwrap();
    let examples: Vec<_> = sources("examples/src/bin").map(|source| source.name).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let name = Path::new(&example).file_stem().unwrap().to_string_lossy().into_owned();
        assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in examples/README.md");
    }
}

/// `tests/THREATS.md` promises nothing that is not there.
#[test]
fn every_threat_names_tests_that_are_there() {
    let mut known = BTreeSet::new();
    for source in ["kubeclient", "kubeclient-derive", "kubeclient-fake", "tests", "examples"]
        .iter()
        .flat_map(|it| sources(it))
    {
        let lines: Vec<_> = source.text.lines().map(str::trim).collect();
        for two in lines.windows(2).filter(|two| two[0] == "#[test]") {
            let name = two[1].strip_prefix("fn ").and_then(|rest| rest.split('(').next());
            known.extend(name.map(str::to_owned));
        }
    }
    let text = fs::read_to_string(root().join("tests/THREATS.md")).unwrap();
    let rows: Vec<Vec<_>> = text
        .lines()
        .filter(|line| line.starts_with("| T"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), 34);
    for (row, number) in rows.iter().zip(1..) {
        let [name, _, done, tests, missing] = row[..] else { panic!("five columns: {row:?}") };
        assert_eq!(name, format!("T{number}"));
        assert!(!done.is_empty(), "{name}");
        // Between backquotes, by turns outside and inside.
        let named: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        let tests: Vec<_> =
            named.iter().filter(|name| name.contains("_") && !name.contains('.')).collect();
        for test in &tests {
            assert!(known.contains(**test), "{name}: there is no test {test}");
        }
        let is_told = !tests.is_empty() || !missing.is_empty() || done.starts_with("there is no");
        assert!(is_told, "{name}: expected a test, or what is missing");
    }
}

#[test]
fn the_changelog_names_the_version_once() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .unwrap()
        .to_owned();
    for dependency in ["kubeclient = {", "kubeclient-derive = {"] {
        let line = manifest.lines().find(|line| line.starts_with(dependency)).unwrap();
        assert!(line.contains(&version), "{line}: expected version {version}");
    }
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let headings: Vec<_> =
        changelog.lines().filter(|line| line.starts_with(&format!("## {version}"))).collect();
    assert_eq!(headings.len(), 1, "CHANGELOG.md: one heading for {version}, found {headings:?}");
}

#[test]
fn the_faults_name_tests_that_exist() {
    let text = fs::read_to_string(root().join("tests/FAULTS.md")).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| {
            line.starts_with("| ") && !line.starts_with("| #") && !line.starts_with("| test")
        })
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let faults = rows.iter().map(|row| row[1]).filter(|name| !name.starts_with('`'));
    let expected: Vec<String> = (1..=40).map(|number| format!("F{number}")).collect();
    assert_eq!(faults.collect::<Vec<_>>(), expected);
    let mut tests = BTreeSet::new();
    let folders = ["kubeclient", "kubeclient-fake/src", "tests", "examples/tests"];
    for source in folders.into_iter().flat_map(sources) {
        let lines: Vec<_> = source.text.lines().map(str::trim).collect();
        let is_test = |pair: &&[&str]| pair[0] == "#[test]";
        let names = lines
            .windows(2)
            .filter(is_test)
            .filter_map(|pair| Some(pair[1].strip_prefix("fn ")?.split('(').next()?.to_owned()));
        tests.extend(names);
    }
    // The tests stand in the fourth column, or in the first of the table below.
    let named = rows.iter().map(|row| if row[1].starts_with('`') { row[1] } else { row[4] });
    let named: Vec<&str> = named.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(named.len() > 80, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !tests.contains(**name)).collect();
    assert!(missing.is_empty(), "named in tests/FAULTS.md, and not there: {missing:?}");
}

/// Whether a crate, by its name and version, is an async runtime or a part of one.
fn is_runtime(name: &str) -> bool {
    let runtimes = ["tokio", "async-std", "smol", "async-io", "futures", "hyper", "mio", "reqwest"];
    runtimes.iter().any(|runtime| {
        let rest = name.strip_prefix(runtime);
        rest.is_some_and(|rest| rest.starts_with([' ', '-']))
    })
}

/// The names of the crates in a crate's normal tree.
fn tree(package: &str, features: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "-p", package, "-e", "normal", "--prefix", "none"])
        .args(features)
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let crates: BTreeSet<_> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?))
        })
        .collect();
    assert!(crates.len() > 10, "{text}");
    crates
}

/// A source file.
struct Source {
    name: String,
    text: String,
}

impl Source {
    /// The top module that the file belongs to.
    fn module(&self) -> Option<String> {
        let path = self.name.strip_prefix("kubeclient/src/")?;
        let first = path.split('/').next()?.trim_end_matches(".rs");
        (first != "lib").then(|| first.to_owned())
    }

    /// The lines that are compiled into the library, numbered: no tests, no comments but invariants.
    fn code(&self) -> Vec<(usize, &str)> {
        if self.is_for_tests() {
            return Vec::new();
        }
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| {
                !line.starts_with("#[cfg(test)]") && !line.starts_with("#[cfg(all(test")
            })
            .map(|(i, line)| (i + 1, line))
            .filter(|(_, line)| {
                let line = line.trim_start();
                !line.starts_with("//") || line.starts_with("// Invariant:")
            })
            .collect()
    }

    /// Whether one of the modules above compiles it for tests only.
    fn is_for_tests(&self) -> bool {
        let path = root().join(&self.name).with_extension("");
        path.ancestors().take_while(|path| **path != root()).any(|module| {
            let Some(name) = module.file_name().map(|name| name.to_string_lossy()) else {
                return false;
            };
            let folder = module.with_file_name("");
            let parents =
                [folder.with_extension("rs"), folder.join("mod.rs"), folder.join("lib.rs")];
            parents.iter().filter_map(|parent| fs::read_to_string(parent).ok()).any(|parent| {
                let lines: Vec<_> = parent.lines().collect();
                lines.windows(2).any(|two| {
                    let is_test = two[0] == "#[cfg(test)]" || two[0].starts_with("#[cfg(all(test");
                    is_test && two[1].ends_with(&format!("mod {name};"))
                })
            })
        })
    }
}

fn sources(folder: &str) -> impl Iterator<Item = Source> + use<> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    assert!(!found.is_empty(), "no source in {folder}");
    found.sort();
    found.into_iter().map(|path| Source {
        name: path.strip_prefix(root()).unwrap().display().to_string(),
        text: fs::read_to_string(&path).unwrap(),
    })
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn layer_of(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| layer.contains(&module))
        .unwrap_or_else(|| panic!("{module} stands in no layer: add it to LAYERS"))
}

/// The modules that a line names by `crate::module`; the root's re-exports are no module.
fn crate_paths(line: &str) -> Vec<String> {
    line.match_indices("crate::")
        .filter(|(at, _)| !line[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .map(|(at, path)| {
            let rest = &line[at + path.len()..];
            rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        })
        .inspect(|name| {
            assert!(
                name.starts_with(|c: char| c.is_lowercase()),
                "`{}`: import from the home module, not from the root",
                line.trim()
            );
        })
        .collect()
}

/// Whether a line names a path, not another one that ends in the same letters.
fn names(line: &str, path: &str) -> bool {
    line.match_indices(path)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

#[test]
fn the_readers_of_sources_see_what_they_should() {
    assert_eq!(
        crate_paths("use crate::rest::Request; pub(crate) use crate::meta::x;"),
        ["rest", "meta"]
    );
    assert!(names("use ureq::config;", "ureq::") && !names("use crate::ureq::x;", "ureq::"));
    assert!(!names("x_ureq::y", "ureq::"));
    assert!(layer_of("api") > layer_of("rest"));
}
