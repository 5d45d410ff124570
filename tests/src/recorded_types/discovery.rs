//! Discovery: a line for each resource, under it a line for each of its subresources.
//!
//! ```json
//! {"kubernetes": "v1.36.3", "resources": [
//! {"group": "apps", "version": "v1", "plural": "deployments", .., "subresources": [
//!  {"name": "scale", "group": "autoscaling", "version": "v1", "kind": "Scale", "verbs": ["get"]}
//! ]},
//! ```

use serde_json::Value;

/// The text of all resources, in the order of group, version and plural.
pub(super) fn text(kubernetes: &Value, documents: &[Value]) -> String {
    let mut resources: Vec<(&str, &str, &Value)> = Vec::new();
    for document in documents {
        for group in list(&document["items"]) {
            for version in list(&group["versions"]) {
                let served = list(&version["resources"]).iter();
                let group = string(&group["metadata"]["name"]);
                resources.extend(served.map(|it| (group, string(&version["version"]), it)));
            }
        }
    }
    resources.sort_by_key(|(group, version, it)| (*group, *version, string(&it["resource"])));
    let lines: Vec<String> =
        resources.iter().map(|(group, version, it)| resource(group, version, it)).collect();
    format!("{{\"kubernetes\": {kubernetes}, \"resources\": [\n{}\n]}}\n", lines.join(",\n"))
}

fn resource(group: &str, version: &str, resource: &Value) -> String {
    let mut below: Vec<&Value> = list(&resource["subresources"]).iter().collect();
    below.sort_by_key(|it| string(&it["subresource"]));
    let below: Vec<String> = below.iter().map(|it| subresource(group, version, it)).collect();
    let below = match below.as_slice() {
        [] => "[]".to_owned(),
        lines => format!("[\n{}\n]", lines.join(",\n")),
    };
    let fields = [
        field("group", &group.into()),
        field("version", &version.into()),
        field("plural", &resource["resource"]),
        field("singular", &resource["singularResource"]),
        field("kind", &resource["responseKind"]["kind"]),
        field("scope", &resource["scope"]),
        field("shortNames", &sorted(&resource["shortNames"])),
        field("categories", &sorted(&resource["categories"])),
        field("verbs", &sorted(&resource["verbs"])),
    ];
    format!("{{{}, \"subresources\": {below}}}", fields.join(", "))
}

/// One whose kind has no group or version has those of its resource.
fn subresource(group: &str, version: &str, subresource: &Value) -> String {
    let kind = &subresource["responseKind"];
    let own = !string(&kind["version"]).is_empty();
    let fields = [
        field("name", &subresource["subresource"]),
        field("group", &if own { kind["group"].clone() } else { group.into() }),
        field("version", &if own { kind["version"].clone() } else { version.into() }),
        field("kind", &kind["kind"]),
        field("verbs", &sorted(&subresource["verbs"])),
    ];
    format!(" {{{}}}", fields.join(", "))
}

fn field(name: &str, value: &Value) -> String {
    format!("\"{name}\": {value}")
}

fn sorted(words: &Value) -> Value {
    let mut words: Vec<&str> = list(words).iter().map(string).collect();
    words.sort_unstable();
    words.into()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
