//! Says whether the client may do something, or all that it may do, as `kubectl auth can-i` does.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use kubeclient::authorization_v1::{
    NonResourceAttributes, ResourceAttributes, SelfSubjectAccessReview, SelfSubjectRulesReview,
    SubjectRulesReviewStatus,
};
use kubeclient::{ApiResource, Clientset};
use kubeclient_examples::cli::{
    self, Argument, Arguments, Failure, Outcome, Session, Table, printable,
};

const USAGE: &str = "usage: can_i [--kubeconfig FILE] [--context NAME] [-n NAMESPACE | -A] [-q] \
    [--subresource NAME] VERB TYPE[/NAME] | VERB /URL | --list [--no-headers]";

const VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];
const URL_VERBS: &[&str] = &["get", "put", "post", "head", "options", "delete", "patch", "*"];

fn main() -> ExitCode {
    cli::run("can_i", USAGE, can_i)
}

/// What is asked for.
#[derive(Default)]
struct Asked {
    all_namespaces: bool,
    quiet: bool,
    list: bool,
    no_headers: bool,
    subresource: String,
    values: Vec<String>,
}

fn can_i(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let mut asked = Asked::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Flag("A" | "all-namespaces") => asked.all_namespaces = arguments.switch()?,
            Argument::Flag("q" | "quiet") => asked.quiet = arguments.switch()?,
            Argument::Flag("list") => asked.list = arguments.switch()?,
            Argument::Flag("no-headers") => asked.no_headers = arguments.switch()?,
            Argument::Flag("subresource") => asked.subresource = arguments.value()?,
            Argument::Flag(_) => return Err(arguments.unknown()),
            Argument::Value(value) => asked.values.push(value),
        }
    }
    let session = arguments.connect()?;
    if asked.list {
        if !asked.values.is_empty() {
            return Err(Failure::new("list option must be specified with no arguments"));
        }
        if asked.quiet || asked.all_namespaces || !asked.subresource.is_empty() {
            return Err(Failure::new(
                "list option can't be specified with neither quiet, all-namespaces nor subresource options",
            ));
        }
        return list(&session, asked.no_headers, out);
    }
    let review = review(arguments, &session, &asked)?;
    let reviews = Clientset::new(&session.client).authorization_v1().self_subject_access_reviews();
    let status = reviews.create(&review)?.status;
    if !asked.quiet {
        let mut answer = String::from(if status.allowed { "yes" } else { "no" });
        for reason in [&status.reason, &status.evaluation_error] {
            if !status.allowed && !reason.is_empty() {
                answer.push_str(&format!(" - {}", printable(reason)));
            }
        }
        writeln!(out, "{answer}")?;
    }
    if status.allowed { Ok(()) } else { Err(Failure::verbatim("")) }
}

/// The question, as the server takes it.
fn review(
    arguments: &Arguments,
    session: &Session,
    asked: &Asked,
) -> Result<SelfSubjectAccessReview, Failure> {
    let [verb, object] = &asked.values[..] else {
        return Err(arguments.misused(
            "you must specify two arguments: verb resource or verb resource/resourceName.",
        ));
    };
    let mut review = SelfSubjectAccessReview::default();
    if object.starts_with('/') {
        if !asked.subresource.is_empty() {
            return Err(Failure::new("--subresource can not be used with NonResourceURL"));
        }
        warn_of_verb(verb, URL_VERBS);
        let attributes = NonResourceAttributes { verb: verb.clone(), path: object.clone() };
        review.spec.non_resource_attributes = Some(Box::new(attributes));
    } else {
        let (name, object) = object.split_once('/').unwrap_or((object, ""));
        let resource = resource(session, name);
        if !asked.all_namespaces {
            if let Some(resource) = resource.as_ref().filter(|resource| !resource.namespaced) {
                let group = match resource.group.as_str() {
                    "" => String::new(),
                    group => format!(" in group '{}'", printable(group)),
                };
                let plural = printable(&resource.plural);
                eprintln!("Warning: resource '{plural}' is not namespace scoped{group}\n");
            }
            warn_of_verb(verb, VERBS);
        }
        let mut attributes = ResourceAttributes {
            verb: verb.clone(),
            name: object.into(),
            subresource: asked.subresource.clone(),
            ..ResourceAttributes::default()
        };
        if !asked.all_namespaces {
            attributes.namespace = session.namespace.clone();
        }
        match resource {
            Some(resource) => {
                attributes.group = resource.group;
                attributes.resource = resource.plural;
            }
            None => attributes.resource = name.into(),
        }
        review.spec.resource_attributes = Some(Box::new(attributes));
    }
    if asked.no_headers {
        return Err(Failure::new("--no-headers cannot be set without --list specified"));
    }
    Ok(review)
}

fn warn_of_verb(verb: &str, known: &[&str]) {
    if !known.contains(&verb) {
        eprintln!("Warning: verb '{verb}' is not a known verb\n");
    }
}

/// The resource of the name; nothing, said on standard error, where the server has none: one may ask for
/// what can't be discovered, too.
fn resource(session: &Session, name: &str) -> Option<ApiResource> {
    if name == "*" {
        return None;
    }
    let found = session.mapper().resource(&name.to_lowercase()).ok();
    if found.is_none() && !["users", "groups"].contains(&name) {
        match name.split_once('.') {
            Some((name, group)) => eprintln!(
                "Warning: the server doesn't have a resource type '{name}' in group '{group}'\n"
            ),
            None => eprintln!("Warning: the server doesn't have a resource type '{name}'\n"),
        }
    }
    found
}

/// Writes all that the client may do in the namespace.
fn list(session: &Session, no_headers: bool, out: &mut dyn Write) -> Outcome {
    let reviews = Clientset::new(&session.client).authorization_v1().self_subject_rules_reviews();
    let mut review = SelfSubjectRulesReview::default();
    review.spec.namespace = session.namespace.clone();
    let status = reviews.create(&review)?.status;
    if status.incomplete {
        let why = printable(&status.evaluation_error);
        eprintln!("Warning: the list may be incomplete: {why}");
    }
    let mut table = Table::default();
    if !no_headers {
        table.row(["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]);
    }
    for rule in rules(&status) {
        let list = |words: &[String]| format!("[{}]", words.join(" "));
        let (resource, subresource) = rule
            .resource
            .split_once('/')
            .map_or((rule.resource.as_str(), None), |(r, s)| (r, Some(s)));
        let mut name = resource.to_owned();
        if !rule.group.is_empty() {
            name.push_str(&format!(".{}", rule.group));
        }
        if let Some(subresource) = subresource {
            name.push_str(&format!("/{subresource}"));
        }
        table.row([name, list(&rule.urls), list(&rule.names), list(&rule.verbs)]);
    }
    table.write(out)?;
    Ok(())
}

/// A rule for one resource, or one URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rule {
    group: String,
    resource: String,
    names: Vec<String>,
    urls: Vec<String>,
    verbs: Vec<String>,
}

impl Rule {
    /// As Go prints it: that is what kubectl sorts by.
    fn key(&self) -> String {
        let list = |words: &[String]| format!("[{}]", words.join(" "));
        let (group, resource) = match self.urls.is_empty() {
            true => (format!("[{}]", self.group), format!("[{}]", self.resource)),
            false => ("[]".into(), "[]".into()),
        };
        let (verbs, names, urls) = (list(&self.verbs), list(&self.names), list(&self.urls));
        format!(
            "&PolicyRule{{Verbs:{verbs},APIGroups:{group},Resources:{resource},ResourceNames:{names},NonResourceURLs:{urls},}}"
        )
    }
}

/// The server's rules, one for each resource and name with all its verbs, in kubectl's order.
fn rules(status: &SubjectRulesReviewStatus) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut of_resource: BTreeMap<(String, String, Option<String>), Vec<String>> = BTreeMap::new();
    for rule in &status.resource_rules {
        let names: Vec<Option<String>> = match rule.resource_names.is_empty() {
            true => vec![None],
            false => rule.resource_names.iter().cloned().map(Some).collect(),
        };
        for group in &rule.api_groups {
            for resource in &rule.resources {
                for name in &names {
                    let key = (group.clone(), resource.clone(), name.clone());
                    let verbs = of_resource.entry(key).or_default();
                    for verb in &rule.verbs {
                        if !verbs.contains(verb) {
                            verbs.push(verb.clone());
                        }
                    }
                }
            }
        }
    }
    for rule in &status.non_resource_rules {
        for url in &rule.non_resource_urls {
            for verb in &rule.verbs {
                let (urls, verbs) = (vec![url.clone()], vec![verb.clone()]);
                rules.push(Rule { urls, verbs, ..Rule::default() });
            }
        }
    }
    for ((group, resource, name), verbs) in of_resource {
        let names = name.into_iter().collect();
        rules.push(Rule { group, resource, names, verbs, ..Rule::default() });
    }
    rules.sort_by_cached_key(Rule::key);
    rules
}
