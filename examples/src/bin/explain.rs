//! Explains a kind and its fields, as `kubectl explain` does, from the server's OpenAPI v3.

use std::io::Write;
use std::process::ExitCode;

use kubeclient::discovery::{CachedDiscovery, Schema};
use kubeclient::meta::gvk::{GroupVersion, GroupVersionResource};
use kubeclient_examples::cli::{
    self, Argument, Arguments, Failure, Outcome, Session, printable, wrap,
};

const USAGE: &str = "usage: explain [-R|--recursive] [--api-version GROUP/VERSION] TYPE[.FIELD...] \
    [--kubeconfig FILE] [--context NAME] [--cache-dir FOLDER]";

/// No schema that a person reads is nested deeper.
const DEEPEST: usize = 64;

fn main() -> ExitCode {
    cli::run("explain", USAGE, explain)
}

fn explain(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let (mut recursive, mut api_version, mut asked) = (false, String::new(), Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Flag("R" | "recursive") => recursive = arguments.switch()?,
            Argument::Flag("api-version") => api_version = arguments.value()?,
            Argument::Flag(_) => return Err(arguments.unknown()),
            Argument::Value(value) => asked.push(value),
        }
    }
    let asked = match &asked[..] {
        [asked] => asked.as_str(),
        [] => {
            return Err(Failure::new(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete \
                 list of supported resources.",
            ));
        }
        _ => return Err(Failure::new("We accept only this format: explain RESOURCE")),
    };
    if asked.contains(['[', ']', '*', '@', '?', '\'', '"']) {
        return Err(Failure::new("invalid jsonpath syntax, first node must be field node"));
    }
    let session = arguments.connect()?;
    let (mut resource, path) = resource_and_path(&session, asked, api_version.is_empty())?;
    if !api_version.is_empty() {
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        resource = GroupVersion::new(group, version).with_resource(resource.resource);
    }

    let openapi = session.discovery.client().openapi_v3()?;
    let named = format!("{}/{}, Resource={}", resource.group, resource.version, resource.resource);
    if !openapi.has(&resource.group_version()) {
        return Err(Failure::new(format!("couldn't find resource for \"{named}\"")));
    }
    let document = openapi.document(&resource.group_version())?;
    let kind = document
        .kind(&resource)
        .ok_or_else(|| Failure::new(format!("GVR ({named}) not found in OpenAPI schema")))?;
    if !kind.group.is_empty() {
        writeln!(out, "GROUP:      {}", printable(&kind.group))?;
    }
    let (name, version) = (printable(&kind.kind), printable(&kind.version));
    writeln!(out, "KIND:       {name}\nVERSION:    {version}\n")?;
    let schema = document
        .schema(&kind)
        .ok_or_else(|| Failure::new(format!("GVK {kind} not found in OpenAPI schema")))?;
    let field = schema.field(&path.join(".")).ok_or_else(|| {
        let last = path.last().map(String::as_str).unwrap_or_default();
        Failure::new(format!("field \"{last}\" does not exist"))
    })?;
    if let Some(name) = path.last() {
        writeln!(out, "FIELD: {name} <{}>", printable(&type_of(field, 0)))?;
        writeln!(out, "{}\n", printable(&long_enumeration(field)))?;
    }
    print(field.resolved(), recursive, out)?;
    writeln!(out)?;
    Ok(())
}

/// Takes `deployments.apps.spec.replicas` apart. The type may have its group, if it is written out in full.
fn resource_and_path(
    session: &Session,
    asked: &str,
    with_group: bool,
) -> Result<(GroupVersionResource, Vec<String>), Failure> {
    let first = asked.split('.').find(|part| !part.is_empty()).unwrap_or_default();
    let path_of = |rest: &str| -> Vec<String> {
        rest.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let mapper = session.mapper();
    let resource = mapper.resource(first).map_err(|error| match error.kind() {
        kubeclient::ErrorKind::Invalid => {
            Failure::verbatim(format!("the server doesn't have a resource type {first:?}\n"))
        }
        _ => error.into(),
    })?;
    let discovered = mapper.discovered()?;
    let alike = discovered.resources().map(|found| &found.resource);
    for resource in alike.filter(|found| with_group && found.plural == resource.plural) {
        let dot = if resource.group.is_empty() { "" } else { "." };
        let name = format!("{}{dot}{}", resource.plural, resource.group);
        if let Some(rest) = asked.strip_prefix(&name) {
            return Ok((resource.group_version_resource(), path_of(rest)));
        }
    }
    Ok((resource.group_version_resource(), path_of(asked).split_off(1)))
}

/// What a schema is of, and its fields.
fn print(schema: Schema<'_>, recursive: bool, out: &mut dyn Write) -> Outcome {
    let mut words = String::new();
    describe(schema, &mut Vec::new(), &mut words);
    let words = if words.is_empty() { "<empty>" } else { &words };
    writeln!(out, "DESCRIPTION:\n{}", indented(4, &printable(&wrap(words, 76))))?;
    if let Some(links) = links(schema, 0, 4, 76) {
        write!(out, "\n{}", printable(&links))?;
    }
    let mut fields = String::new();
    list(schema, 1, recursive, &mut Vec::new(), &mut fields);
    if !fields.is_empty() {
        write!(out, "FIELDS:\n{}", printable(&fields))?;
    }
    Ok(())
}

/// What is said of a schema, and of all that it is put together from.
fn describe<'a>(schema: Schema<'a>, above: &mut Vec<&'a str>, words: &mut String) {
    if schema.reference().is_some_and(|name| above.contains(&name)) || above.len() > DEEPEST {
        return;
    }
    above.push(schema.reference().unwrap_or_default());
    let schema = schema.resolved();
    if let Some(description) = schema.description() {
        words.push_str(description);
        words.push('\n');
    }
    for part in parts(schema) {
        describe(part, above, words);
    }
    above.pop();
}

/// What a schema is put together from, what its items are, and its values.
fn parts(schema: Schema<'_>) -> Vec<Schema<'_>> {
    let mut parts = schema.all_of();
    parts.extend(schema.items());
    parts.extend(schema.map_values());
    parts
}

/// The fields of a schema, each once on the way down.
fn list<'a>(
    schema: Schema<'a>,
    level: usize,
    recursive: bool,
    above: &mut Vec<&'a str>,
    text: &mut String,
) {
    if schema.reference().is_some_and(|name| above.contains(&name)) || above.len() > DEEPEST {
        return;
    }
    above.push(schema.reference().unwrap_or_default());
    let schema = schema.resolved();
    for (name, field) in schema.properties() {
        detail(schema, name, field, level, recursive, text);
        if recursive {
            list(field, level + 1, recursive, above, text);
        }
    }
    for part in parts(schema) {
        list(part, level, recursive, above, text);
    }
    above.pop();
}

fn detail(
    parent: Schema<'_>,
    name: &str,
    field: Schema<'_>,
    level: usize,
    short: bool,
    text: &mut String,
) {
    let indent = 2 * level;
    text.push_str(&format!("{:indent$}{name}\t<{}>", "", type_of(field, 0)));
    if requires(parent, name) {
        text.push_str(" -required-");
    }
    if !field.enumeration().is_empty() {
        text.push_str(&format!("\n{:indent$}enum: {}", "", short_enumeration(field)));
    }
    text.push('\n');
    if !short {
        let words = field.description().unwrap_or("<no description>");
        text.push_str(&indented(indent + 2, &wrap(words, 78 - indent)));
        text.push('\n');
        if let Some(links) = links(field, indent + 2, indent + 4, 76 - indent) {
            text.push('\n');
            text.push_str(&links);
        }
        text.push('\n');
    }
}

/// Whether this very schema says that a field must be there.
fn requires(schema: Schema<'_>, name: &str) -> bool {
    let names = schema.value().get("required").and_then(|names| names.as_array());
    names.into_iter().flatten().any(|required| required == name)
}

/// A type in few words: `string`, `[]Container`, `map[string]string`, `PodSpec`, `Object`.
fn type_of(schema: Schema<'_>, depth: usize) -> String {
    if depth > DEEPEST {
        return "Object".into();
    }
    if let Some(items) = schema.items() {
        return format!("[]{}", type_of(items, depth + 1));
    }
    if let Some(values) = schema.map_values() {
        return format!("map[string]{}", type_of(values, depth + 1));
    }
    if let ([part], true) = (&schema.all_of()[..], schema.properties().is_empty()) {
        return type_of(*part, depth + 1);
    }
    let own = match schema.reference() {
        None => schema.text("type"),
        Some(reference) => match schema.resolved().text("type") {
            None | Some("object") => reference.rsplit(['/', '.']).next(),
            simple => simple,
        },
    };
    match own {
        None | Some("" | "object") => "Object".into(),
        Some(name) => name.into(),
    }
}

/// Where more is to be read: a heading, and below it what is there.
fn links(schema: Schema<'_>, heading: usize, body: usize, width: usize) -> Option<String> {
    let links = schema.value().get("externalDocs")?;
    let text = |name: &str| links.get(name)?.as_str();
    let words = text("description").map(|words| wrap(words, width));
    let url = text("url").map(|url| format!("URL: {url}"));
    let below = words.into_iter().chain(url).map(|text| indented(body, &text) + "\n");
    Some(indented(heading, "EXTERNAL DOCS:") + "\n" + &below.collect::<String>())
}

fn long_enumeration(schema: Schema<'_>) -> String {
    let values = schema.enumeration();
    if values.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = values.iter().map(|value| format!("\n    {}", shown(value))).collect();
    format!("ENUM:{}", lines.concat())
}

fn short_enumeration(schema: Schema<'_>) -> String {
    let values = schema.enumeration();
    let mut shown: Vec<String> = values.iter().take(4).map(shown).collect();
    if values.len() > 4 {
        shown.push("....".into());
    }
    shown.join(", ")
}

fn shown(value: &serde_json::Value) -> String {
    match value.as_str() {
        Some("") => "\"\"".into(),
        Some(text) => text.into(),
        None => value.to_string(),
    }
}

fn indented(amount: usize, text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| format!("{:amount$}{line}", "")).collect();
    lines.join("\n")
}
