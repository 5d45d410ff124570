//! What is measured of kubeclient, and what the measuring needs of the server.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kubeclient::discovery::{CachedDiscovery as _, DiskCache};
use kubeclient::dynamic::DynamicClient;
use kubeclient::rest::Attempt;
use kubeclient::{Applier, Config, DeleteParams, KubeconfigOptions, Manifests, RestClient};

use super::Result;

/// What the server has, by a cache in this folder.
pub(crate) fn discovery(folder: &str) -> Result<String> {
    let config = Config::from_kubeconfig(&KubeconfigOptions::default())?;
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let observer = move |_: &Attempt<'_>| {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    let client = RestClient::builder(config).observer(observer).build()?;
    let found = DiskCache::at(&client, folder).server_preferred_resources()?;
    let (resources, sent) = (found.resources().count(), sent.load(Ordering::Relaxed));
    Ok(format!("{resources} resources, {sent} requests"))
}

/// Applies a file.
pub(crate) fn apply(file: &str) -> Result<String> {
    let client = RestClient::try_default()?;
    let set = Manifests::from_path(file)?;
    let summary = Applier::new(&client, "bench").apply(&set, |_| {})?.into_result()?;
    Ok(format!("{summary:?}").chars().take(80).collect())
}

/// Refuses to load a server that is not on this machine.
pub(crate) fn check_that_it_is_here() -> Result<()> {
    let config = Config::from_kubeconfig(&KubeconfigOptions::default())?;
    let local = ["https://127.0.0.1:", "https://localhost:", "https://[::1]:"];
    if local.iter().any(|start| config.server.starts_with(start)) {
        return Ok(());
    }
    Err(format!("{}: expected a server on this machine", config.server).into())
}

/// A namespace, and so many objects in it: three of four hold settings, the others are deployments.
pub(crate) fn objects(namespace: &str, count: usize) -> String {
    let mut text = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n");
    for number in 1..count {
        let metadata =
            format!("{{name: n{number}, namespace: {namespace}, labels: {{app: n{number}}}}}");
        // A String takes whatever is written.
        let _ = match number % 4 {
            0 => writeln!(
                text,
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {metadata}\nspec:\n  replicas: 0\n  \
                 selector: {{matchLabels: {{app: n{number}}}}}\n  template:\n    \
                 metadata: {{labels: {{app: n{number}}}}}\n    spec:\n      containers:\n      \
                 - {{name: c, image: i, ports: [{{containerPort: 80}}], env: [{{name: A, value: b}}]}}"
            ),
            1 => writeln!(text, "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {metadata}"),
            _ => writeln!(
                text,
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\ndata:\n  colour: red\n  text: |\n    \
                 some lines\n    of settings"
            ),
        };
    }
    text
}

/// Deletes namespaces; the server's controllers delete what is in them.
pub(crate) fn delete(namespaces: &[String]) -> Result<()> {
    let all = DynamicClient::new(&RestClient::try_default()?).all("namespaces")?;
    for namespace in namespaces {
        all.delete(namespace, &DeleteParams::default())?;
    }
    Ok(())
}
