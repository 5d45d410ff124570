//! What is told of configurations of all kinds, and that no credential is. Here is what the tests have in common.

mod of_config;
mod settings;
mod unused;

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::config::sample;

/// A folder with these files, which are the `KUBECONFIG` in this order.
fn files(files: &[&str]) -> (TempDir, Env) {
    let folder = TempDir::new().unwrap();
    let mut paths = Vec::new();
    for (number, text) in files.iter().enumerate() {
        let path = folder.path().join(number.to_string());
        fs::write(&path, text).unwrap();
        paths.push(path);
    }
    let env = Env::empty().with("KUBECONFIG", std::env::join_paths(paths).unwrap());
    (folder, env)
}

fn told(folder: &TempDir, env: &Env, options: &KubeconfigOptions) -> Vec<String> {
    let description = describe(options, env).unwrap();
    for shown in [format!("{description:?}"), description.to_string()] {
        assert!(!shown.contains("CANARY"), "{shown}");
    }
    let folder = format!("{}/", folder.path().display());
    description.to_string().replace(&folder, "").lines().map(str::to_owned).collect()
}

fn one(server: &str, user: &str) -> String {
    sample::one(&format!("server: '{server}'"), user, "")
}
