//! [`Table`]: objects as the server would print them.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::counted::{self, Json};
use super::list::ListMeta;
use super::partial::PartialObjectMetadata;

/// A list or object as rows and columns (`meta.k8s.io/v1` `Table`), as kubectl prints it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Table {
    /// The metadata of the list.
    pub metadata: ListMeta,
    /// What the columns are.
    #[serde(deserialize_with = "counted::list")]
    pub column_definitions: Vec<TableColumn>,
    /// One row an object.
    #[serde(deserialize_with = "counted::list")]
    pub rows: Vec<TableRow>,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TableColumn {
    /// The heading.
    pub name: String,
    /// The type of the cells, as OpenAPI names it.
    #[serde(rename = "type")]
    pub type_: String,
    /// The format within the type; `name` marks the column that names the object.
    pub format: String,
    /// What the column says, in a sentence.
    pub description: String,
    /// 0 for the columns that are always shown, more for those of a wide print.
    pub priority: i32,
}

/// A row of a [`Table`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TableRow {
    /// One value a column.
    #[serde(deserialize_with = "cells")]
    pub cells: Vec<Value>,
    /// The metadata of the row's object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<PartialObjectMetadata>,
}

fn cells<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    let cells: Vec<Json> = counted::list(deserializer)?;
    Ok(cells.into_iter().map(|cell| cell.0).collect())
}
