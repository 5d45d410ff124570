//! What the crates are made of: no `unsafe`, and nothing packed that a user has no use for. What they depend
//! on is looked at by `.ci/run`, with `deny.toml`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::root;

#[test]
fn unsafe_is_forbidden_in_every_crate() {
    let mut seen = 0;
    for manifest in files("Cargo.toml") {
        let text = read(&manifest);
        if section(&text, "package").is_empty() {
            continue;
        }
        seen += 1;
        let mut lints = section(&text, "lints.rust");
        if section(&text, "lints").iter().any(|line| line == "workspace = true") {
            let above = manifest.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
            let mut above = above
                .filter(|it| it.exists())
                .map(|it| section(&read(&it), "workspace.lints.rust"));
            lints = above.find(|lints| !lints.is_empty()).unwrap_or_default();
        }
        let forbidden = lints.iter().any(|line| line == "unsafe_code = \"forbid\"");
        assert!(forbidden, "{}: {lints:?}", manifest.display());
    }
    assert!(seen >= 16, "{seen} crates");
}

/// The lint does not see what the derives write, nor the cases that are compiled by tests.
#[test]
fn no_source_is_unsafe() {
    let sources = files(".rs");
    assert!(sources.len() > 1000, "{} sources", sources.len());
    let mut found = Vec::new();
    for source in sources {
        for (line, number) in read(&source).lines().zip(1..) {
            if is_unsafe(line) {
                found.push(format!("{}:{number}: {}", source.display(), line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let word = "unsafe";
    assert!(is_unsafe(&format!("    {word} {{ call() }}")) && is_unsafe(&format!("#[{word}(x)]")));
    assert!(!is_unsafe(&format!("// {word} code")) && !is_unsafe(&format!("{word}_code = 1")));
}

#[test]
fn what_is_published_is_sources_a_readme_and_the_licences() {
    let needed = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"];
    // Of cargo's own making.
    let made = [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig"];
    for package in ["kubeclient", "kubeclient-derive", "kubeclient-fake"] {
        let output = Command::new(env!("CARGO"))
            .args(["package", "--list", "--allow-dirty", "-p", package])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let packed: BTreeSet<_> = text.lines().collect();
        for needed in needed {
            assert!(packed.contains(needed), "{package} lacks {needed}: {packed:?}");
        }
        let strays: Vec<_> = packed
            .iter()
            .filter(|file| !needed.contains(file) && !made.contains(file))
            .filter(|file| {
                let is_source = file.starts_with("src/") || file.starts_with("tests/");
                let known = [".rs", ".md", ".json", ".txt"].iter().any(|end| file.ends_with(end));
                !(is_source && known)
            })
            .collect();
        assert!(strays.is_empty(), "{package} packs {strays:?}");
    }
}

/// The files of the repository whose name ends so, but for what was built.
fn files(end: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, end: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().unwrap().is_dir() {
                if name != "target" && !name.starts_with('.') {
                    collect(&entry.path(), end, found);
                }
            } else if name.ends_with(end) {
                found.push(entry.path());
            }
        }
    }
    let mut found = Vec::new();
    collect(&root(), end, &mut found);
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of a table of a manifest.
fn section(manifest: &str, name: &str) -> Vec<String> {
    let heading = format!("[{name}]");
    let lines = manifest.lines().skip_while(|line| *line != heading).skip(1);
    let own = lines.take_while(|line| !line.starts_with('['));
    own.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Whether a line, but for its comment, has the keyword.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.match_indices("unsafe").any(|(at, word)| {
        let is_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || "_-`".contains(c));
        is_word && code[at + word.len()..].starts_with([' ', '(', '{'])
    })
}
