//! Prints the versions of API groups that the server has, as `kubectl api-versions` does.

use std::io::Write;
use std::process::ExitCode;

use kubeclient::discovery::CachedDiscovery;
use kubeclient::meta::gvk::GroupVersion;
use kubeclient_examples::cli::{self, Argument, Arguments, Outcome, printable};

const USAGE: &str = "usage: api_versions [--kubeconfig FILE] [--context NAME] [--cache-dir FOLDER]";

fn main() -> ExitCode {
    cli::run("api_versions", USAGE, api_versions)
}

fn api_versions(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    match arguments.next()? {
        None => {}
        Some(Argument::Flag(_)) => return Err(arguments.unknown()),
        Some(Argument::Value(value)) => {
            return Err(arguments.misused(&format!("unexpected arguments: [{value}]")));
        }
    }
    let session = arguments.connect()?;
    let discovery = &session.discovery;
    // What the server has at this moment, not what was kept of it.
    discovery.invalidate();
    let discovered = discovery.server_groups_and_resources()?;
    let groups = discovered.groups.iter();
    let versions = groups.flat_map(|group| {
        group.versions.iter().map(|version| GroupVersion::new(&group.name, &version.version))
    });
    let mut versions: Vec<String> = versions.map(|version| version.to_string()).collect();
    versions.sort();
    for version in versions {
        writeln!(out, "{}", printable(&version))?;
    }
    Ok(())
}
