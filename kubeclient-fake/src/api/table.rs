//! The Table form: what `kubectl get` prints, column by column, made by the server.
//!
//! Each row's cells come from the object; `cells` knows which function makes them for which kind.

mod cells;
mod custom;
mod duration;
mod jsonpath;
mod network;
mod objects;
mod pod;
mod storage;
mod workloads;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Call;
use crate::failure::{Failure, Result};
use crate::resource::ResourceType;

/// The table of these objects, which are in the call's version; `with_columns` is false for all but the
/// first event of a watch.
pub(crate) fn table(
    call: &Call<'_>,
    metadata: Map<String, Value>,
    items: &[Value],
    with_columns: bool,
) -> Result<Value> {
    let include = Include::parse(call.request.query("includeObject"))?;
    let tables = Tables { resource: &call.resource, include, now: call.clock.now() };
    let not_known =
        || Failure::not_implemented(format_args!("the table of {}", call.resource.qualified()));
    tables.of(metadata, items, with_columns).ok_or_else(not_known)
}

/// What stands beside the cells of a row: the query's `includeObject`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Include {
    Nothing,
    Metadata,
    Object,
}

impl Include {
    /// What the query asks for.
    fn parse(value: Option<&str>) -> Result<Self> {
        match value {
            Some("None") => Ok(Self::Nothing),
            None | Some("" | "Metadata") => Ok(Self::Metadata),
            Some("Object") => Ok(Self::Object),
            Some(other) => Err(Failure::bad_request(format!(
                "Unable to convert to Table as requested: includeObject: Invalid value: {other:?}: must be \
                 'Metadata', 'Object', 'None', or empty"
            ))),
        }
    }
}

/// How tables of one resource are made.
struct Tables<'a> {
    resource: &'a ResourceType,
    include: Include,
    /// What ages are counted to.
    now: Timestamp,
}

impl Tables<'_> {
    /// The Table of these objects, which are in the resource's version, with the list's metadata, or the
    /// object's resource version. Of a watch's events only the first names the columns.
    fn of(
        &self,
        metadata: Map<String, Value>,
        items: &[Value],
        with_columns: bool,
    ) -> Option<Value> {
        let columns = cells::columns(self.resource)?;
        let is_plain = columns.iter().any(|column| column["name"] == "Created At");
        let mut items: Vec<&Value> = items.iter().collect();
        if self.resource.group == "flowcontrol.apiserver.k8s.io"
            && self.resource.kind == "FlowSchema"
        {
            // The only kind that is not printed as it is listed.
            items.sort_by_key(|item| cells::number(item, "/spec/matchingPrecedence"));
        }
        let rows: Vec<Value> = items.into_iter().map(|item| self.row(item)).collect();
        Some(json!({
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "columnDefinitions": if with_columns { columns.into() } else { Value::Null },
            // Where no printer knows the kind, no rows are null.
            "rows": if rows.is_empty() && is_plain { Value::Null } else { rows.into() },
        }))
    }

    fn row(&self, value: &Value) -> Value {
        let object = match self.include {
            Include::Nothing => Value::Null,
            Include::Metadata => json!({
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": value.get("metadata").cloned().unwrap_or_else(|| json!({})),
            }),
            Include::Object => value.clone(),
        };
        let mut row = json!({"cells": cells::of(self.resource, value, self.now), "object": object});
        if let Some(condition) = pod::completed(self.resource, value) {
            row["conditions"] = json!([condition]);
        }
        row
    }
}

#[cfg(test)]
mod tests;
