//! The pages of `docs/credentials`: each kubeconfig on them is one that a configuration can be made of.

use std::fs;
use std::path::Path;

use kubeclient::config::{Auth, Config};

/// The blocks of YAML on a page.
fn blocks(page: &str) -> Vec<String> {
    let blocks = page.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// What kind of credential each kubeconfig of a page gives.
fn kinds(name: &str) -> Vec<&'static str> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/credentials");
    let page = fs::read_to_string(folder.join(name)).unwrap();
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

#[test]
fn each_page_stands_in_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/credentials");
    let list = fs::read_to_string(folder.join("README.md")).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "README.md" || list.contains(&format!("({name})")), "{name}");
    }
}
