//! Prints the resources that the server has, as `kubectl api-resources` does.

use std::io::Write;
use std::process::ExitCode;

use kubeclient::discovery::{CachedDiscovery, DiscoveredResource, DiscoveryFailure};
use kubeclient_examples::cli::{self, Argument, Arguments, Failure, Outcome, Table, printable};

const USAGE: &str = "usage: api_resources [--api-group GROUP] [--namespaced[=false]] [--verbs VERB,...] \
    [--categories NAME,...] [--sort-by name|kind] [-o name|wide] [--no-headers] [--cached] \
    [--kubeconfig FILE] [--context NAME] [--cache-dir FOLDER]";

fn main() -> ExitCode {
    cli::run("api_resources", USAGE, api_resources)
}

/// What is to be shown.
#[derive(Default)]
struct Wanted {
    group: Option<String>,
    namespaced: Option<bool>,
    verbs: Vec<String>,
    categories: Vec<String>,
}

/// How it is to be shown.
#[derive(Default, PartialEq)]
enum Form {
    #[default]
    Table,
    Wide,
    Name,
}

fn api_resources(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let (mut wanted, mut form, mut sort_by) = (Wanted::default(), Form::default(), String::new());
    let (mut cached, mut headers) = (false, true);
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Flag("api-group") => wanted.group = Some(arguments.value()?),
            Argument::Flag("namespaced") => wanted.namespaced = Some(arguments.switch()?),
            Argument::Flag("verbs") => wanted.verbs.extend(arguments.list()?),
            Argument::Flag("categories") => wanted.categories.extend(arguments.list()?),
            Argument::Flag("sort-by") => sort_by = arguments.value()?,
            Argument::Flag("cached") => cached = arguments.switch()?,
            Argument::Flag("no-headers") => headers = !arguments.switch()?,
            Argument::Flag("o" | "output") => {
                form = match arguments.value()?.as_str() {
                    "" => Form::Table,
                    "wide" => Form::Wide,
                    "name" => Form::Name,
                    other => {
                        return Err(Failure::new(format!(
                            "unable to match a printer suitable for the output format {other:?}, \
                             allowed formats are: name,wide"
                        )));
                    }
                };
            }
            Argument::Flag(_) => return Err(arguments.unknown()),
            Argument::Value(value) => {
                return Err(arguments.misused(&format!("unexpected arguments: [{value}]")));
            }
        }
    }
    if !["", "name", "kind"].contains(&sort_by.as_str()) {
        return Err(Failure::new("--sort-by accepts only name or kind"));
    }
    let session = arguments.connect()?;
    let discovery = &session.discovery;
    if !cached {
        discovery.invalidate();
    }
    let discovered = discovery.server_preferred_resources()?;
    let mut resources: Vec<&DiscoveredResource> =
        discovered.resources().filter(|found| wanted.has(found)).collect();
    resources.sort_by_key(|found| {
        let first = match sort_by.as_str() {
            "name" => &found.resource.plural,
            "kind" => &found.resource.kind,
            _ => &found.resource.group,
        };
        (first, &found.resource.plural)
    });
    if discovered.resources().next().is_some() {
        print(&resources, &form, headers, out)?;
    }
    match &discovered.failures[..] {
        [] => Ok(()),
        // What could be found out is told, and that it is not all.
        failures => Err(Failure::new(incomplete(failures))),
    }
}

impl Wanted {
    fn has(&self, found: &DiscoveredResource) -> bool {
        let has_category = |name: &String| found.categories.contains(name);
        !found.verbs.is_empty()
            && self.group.as_ref().is_none_or(|group| found.resource.group == *group)
            && self.namespaced.is_none_or(|namespaced| found.resource.namespaced == namespaced)
            && self.verbs.iter().all(|verb| found.supports(verb))
            && self.categories.iter().all(has_category)
    }
}

fn print(
    resources: &[&DiscoveredResource],
    form: &Form,
    headers: bool,
    out: &mut dyn Write,
) -> Outcome {
    let mut table = Table::default();
    let mut row = |cells: [&str; 5], wide: [&str; 2]| {
        let wide = wide.into_iter().filter(|_| *form == Form::Wide);
        table.row(cells.into_iter().chain(wide));
    };
    if headers {
        row(["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"], ["VERBS", "CATEGORIES"]);
    }
    for DiscoveredResource { resource, short_names, categories, verbs, .. } in resources {
        if *form == Form::Name {
            let dot = if resource.group.is_empty() { "" } else { "." };
            let name = format!("{}{dot}{}", resource.plural, resource.group);
            writeln!(out, "{}", printable(&name))?;
            continue;
        }
        row(
            [
                &resource.plural,
                &short_names.join(","),
                &resource.api_version(),
                if resource.namespaced { "true" } else { "false" },
                &resource.kind,
            ],
            [&verbs.join(","), &categories.join(",")],
        );
    }
    if *form != Form::Name {
        table.write(out)?;
    }
    Ok(())
}

/// What kubectl says of versions that could not be found out: their server does not answer.
fn incomplete(failures: &[DiscoveryFailure]) -> String {
    let mut versions: Vec<String> =
        failures.iter().map(|failure| failure.group_version.to_string()).collect();
    versions.sort();
    let versions: Vec<String> = versions
        .iter()
        .map(|version| format!("{version}: stale GroupVersion discovery: {version}"))
        .collect();
    format!("unable to retrieve the complete list of server APIs: {}", versions.join(", "))
}
