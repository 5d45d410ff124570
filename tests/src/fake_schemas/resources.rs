//! The resources: a line for each, then a line for each of its subresources and of its table's columns.
//! The parts of a line stand between tabs, since names of columns have spaces.
//!
//! ```text
//! apps  v1  deployments  deployment  Deployment  namespaced  deploy  all  create,delete,...
//!  sub  status  apps  v1  Deployment  get,patch,update
//!  column  Name  string  name  0
//! ```

use std::fmt::Write;

use serde_json::Value;

use crate::control_plane::{ControlPlane, ControlPlaneError};
use crate::served::{discovery_documents, json};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

/// The text of all resources, in the order of discovery.
pub(super) fn text(plane: &ControlPlane) -> Result<String, ControlPlaneError> {
    let mut text = String::new();
    for groups in discovery_documents(plane)? {
        for group in list(&groups["items"]) {
            let name = string(&group["metadata"]["name"]);
            for version in list(&group["versions"]) {
                for resource in list(&version["resources"]) {
                    write_resource(&mut text, name, string(&version["version"]), resource);
                    write_columns(&mut text, plane, name, string(&version["version"]), resource)?;
                }
            }
        }
    }
    Ok(text)
}

fn write_resource(text: &mut String, group: &str, version: &str, resource: &Value) {
    let scope = if resource["scope"] == "Namespaced" { "namespaced" } else { "cluster" };
    let line = [
        group,
        version,
        string(&resource["resource"]),
        string(&resource["singularResource"]),
        string(&resource["responseKind"]["kind"]),
        scope,
        &words(&resource["shortNames"]),
        &words(&resource["categories"]),
        &words(&resource["verbs"]),
    ];
    let _ = writeln!(text, "{}", line.join("\t"));
    for sub in list(&resource["subresources"]) {
        let kind = &sub["responseKind"];
        let line = [
            " sub",
            string(&sub["subresource"]),
            string(&kind["group"]),
            string(&kind["version"]),
            string(&kind["kind"]),
            &words(&sub["verbs"]),
        ];
        let _ = writeln!(text, "{}", line.join("\t"));
    }
}

/// The columns of the table that a list of the resource is printed as.
fn write_columns(
    text: &mut String,
    plane: &ControlPlane,
    group: &str,
    version: &str,
    resource: &Value,
) -> Result<(), ControlPlaneError> {
    if !list(&resource["verbs"]).iter().any(|verb| verb == "list") {
        return Ok(());
    }
    let plural = string(&resource["resource"]);
    let path = if group.is_empty() {
        format!("/api/{version}/{plural}?limit=1")
    } else {
        format!("/apis/{group}/{version}/{plural}?limit=1")
    };
    let table = json(plane, &path, TABLE)?;
    for column in list(&table["columnDefinitions"]) {
        let priority = column["priority"].to_string();
        let line = [
            " column",
            string(&column["name"]),
            string(&column["type"]),
            string(&column["format"]),
            &priority,
        ];
        let _ = writeln!(text, "{}", line.join("\t"));
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn words(value: &Value) -> String {
    list(value).iter().map(string).collect::<Vec<_>>().join(",")
}
