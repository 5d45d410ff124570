//! The pages of `docs/credentials`: each kubeconfig on them is one that a configuration can be made of, and each error
//! is one that the library says. The code on them is compiled by the examples (`examples/src/lib.rs`).

use std::fs;
use std::path::{Path, PathBuf};

use kubeclient::config::{Auth, Config, ExecPolicy, Kubeconfig};

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

/// What stands in the first column of a table of errors is said somewhere in the library, word by word; `...` stands
/// for what differs.
#[test]
fn each_error_on_a_page_is_one_that_the_library_says() {
    let mut said = String::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kubeclient/src");
    for part in ["config", "auth", "transport", "rest"] {
        collect(&sources.join(part), &mut said);
    }
    // Long texts are written in several lines.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = words(&said.replace("\\\n", ""));
    let mut checked = 0;
    for (name, page) in pages() {
        let tables = page.split("| what you see |").skip(1);
        for row in
            tables.flat_map(|table| table.lines().skip(2)).filter(|row| row.starts_with("| `"))
        {
            let error = row.split('`').nth(1).unwrap();
            for part in error.split("...").flat_map(|part| part.split(": ")) {
                let part = words(part.trim_matches([':', ' ', ';']));
                assert!(said.contains(&part), "{name}: {error}: {part:?} is said nowhere");
            }
            checked += 1;
        }
    }
    assert!(checked >= 25, "{checked}");
}

/// The sources of a folder, without their tests.
fn collect(folder: &Path, said: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, said);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            said.push_str(text.split("#[cfg(test)]\nmod tests {").next().unwrap());
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
