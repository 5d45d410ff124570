//! The pages of `docs/credentials`: each kubeconfig on them is one that a configuration can be made of, and each error
//! is one that the library says. The code on them is compiled by the examples (`examples/src/lib.rs`).

use std::fs;
use std::path::{Path, PathBuf};

use kubeclient::config::{Auth, Config, ExecPolicy, Kubeconfig};
use regex::Regex;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/credentials")
}

/// Each page: its name and its text.
fn pages() -> Vec<(String, String)> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The blocks of YAML on a page.
fn blocks(page: &str) -> Vec<String> {
    let blocks = page.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// What kind of credential each kubeconfig of a page gives.
fn kinds(name: &str) -> Vec<&'static str> {
    let page = fs::read_to_string(folder().join(name)).unwrap();
    let kubeconfigs = blocks(&page).into_iter().filter(|block| block.contains("kind: Config\n"));
    kubeconfigs
        .map(|text| {
            let config = Config::from_kubeconfig_str(&text);
            let config = config.unwrap_or_else(|error| panic!("{name}: {error:?}\n{text}"));
            config.check().unwrap();
            match &config.auth {
                Auth::None if config.tls.client_certificate.is_some() => "certificate",
                Auth::TokenFile { .. } => "token file",
                Auth::Exec(_) => "exec",
                Auth::Oidc(_) => "oidc",
                _ => "another",
            }
        })
        .collect()
}

#[test]
fn each_kubeconfig_on_a_page_is_one() {
    for (name, expected) in [
        ("client-certificate.md", &["certificate"][..]),
        ("token.md", &["token file"]),
        ("exec-plugin.md", &["exec"; 4]),
        ("oidc.md", &["oidc"]),
        ("in-cluster.md", &["token file"]),
    ] {
        assert_eq!(kinds(name), expected, "{name}");
    }
}

/// The arguments of the providers' programs, as those write them.
#[test]
fn the_plugins_are_called_as_their_providers_say() {
    let page = fs::read_to_string(folder().join("exec-plugin.md")).unwrap();
    let programs = blocks(&page).into_iter().map(|text| {
        let kubeconfig = Kubeconfig::from_yaml(&text).unwrap();
        let mut programs = kubeconfig.programs(&ExecPolicy::DenyAll);
        assert_eq!((programs.len(), programs[0].contexts.len()), (1, 1), "{programs:?}");
        let program = programs.remove(0);
        format!("{} {}", program.command, program.args.join(" ")).trim().to_owned()
    });
    assert_eq!(
        programs.collect::<Vec<_>>(),
        [
            "aws --region eu-west-1 eks get-token --cluster-name prod --output json",
            "gke-gcloud-auth-plugin",
            "kubelogin get-token --login azurecli --server-id 6dae42f8-4368-4678-94ff-3960e28e3630",
            "kubectl oidc-login get-token --oidc-issuer-url=https://issuer.example.com \
             --oidc-client-id=kubernetes --oidc-extra-scope=email",
        ]
    );
}

/// What stands in the first column of a table of errors is said by the library, word by word and in this order: `...`
/// stands for what differs. What follows it or a colon stands behind it in one text, or begins one where the other ends.
#[test]
fn each_error_on_a_page_is_one_that_the_library_says() {
    let mut texts = Vec::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kubeclient/src");
    for part in ["config", "auth", "transport", "rest"] {
        collect(&sources.join(part), &mut texts);
    }
    let mut checked = 0;
    for (name, page) in pages() {
        let tables = page.split("| what you see |").skip(1);
        for row in
            tables.flat_map(|table| table.lines().skip(2)).filter(|row| row.starts_with("| `"))
        {
            let error = row.split('`').nth(1).unwrap();
            let parts = parts(error);
            let is_said = parts.iter().all(|part| texts.iter().any(|it| it.contains(part)));
            assert!(is_said, "{name}: {error}: a part of it is said nowhere");
            let wrong = parts.windows(2).find(|pair| !follows(&texts, &pair[0], &pair[1]));
            assert!(wrong.is_none(), "{name}: {error}: {wrong:?} do not follow each other");
            checked += 1;
        }
    }
    assert!(checked >= 25, "{checked}");
    let swapped = parts("is not sent ... plain http, so the credential of");
    assert!(!follows(&texts, &swapped[0], &swapped[1]));
}

/// What stands between dots and colons.
fn parts(error: &str) -> Vec<String> {
    let parts = error.split("...").flat_map(|part| part.split(": "));
    let parts = parts.map(|part| words(part.trim_matches([':', ' ', ';'])));
    parts.filter(|part| !part.is_empty()).collect()
}

fn follows(texts: &[String], first: &str, second: &str) -> bool {
    // Beside it stand values alone.
    let is_edge = |text: &str| !text.contains(char::is_alphanumeric);
    let within = |text: &String| {
        text.find(first).is_some_and(|at| text[at + first.len()..].contains(second))
    };
    let ends =
        |text: &String| text.rfind(first).is_some_and(|at| is_edge(&text[at + first.len()..]));
    let begins = |text: &String| text.find(second).is_some_and(|at| is_edge(&text[..at]));
    texts.iter().any(within) || (texts.iter().any(ends) && texts.iter().any(begins))
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The texts in the sources of a folder, without their tests; values in them are `{}`.
fn collect(folder: &Path, texts: &mut Vec<String>) {
    let text = Regex::new(r#""((?:[^"\\]|\\.)*)""#).unwrap();
    let broken = Regex::new(r"\\\n\s*").unwrap();
    let value = Regex::new(r"\{[^{}]*\}").unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let source = fs::read_to_string(path).unwrap();
            let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
            // Long texts are written in several lines.
            let source = broken.replace_all(source, "").into_owned();
            let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
            texts.extend(
                lines
                    .flat_map(|line| text.captures_iter(line))
                    .map(|found| words(&value.replace_all(&found[1], "{}")).replace("\\\"", "\"")),
            );
        }
    }
}

#[test]
fn each_page_stands_in_the_list() {
    let list = fs::read_to_string(folder().join("README.md")).unwrap();
    for (name, _) in pages() {
        assert!(name == "README.md" || list.contains(&format!("({name})")), "{name}");
    }
}
