//! The schemas of the built-in kinds, from the generated table.

use super::Schema;

/// The definition of that name; an empty schema (anything goes) when there is none.
pub(crate) fn definition(_name: &str) -> &'static Schema {
    static ANYTHING: std::sync::OnceLock<Schema> = std::sync::OnceLock::new();
    ANYTHING.get_or_init(Schema::default)
}

/// A column of the table as which a resource is printed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// `string`, `integer`, `boolean`, `date`.
    pub(crate) kind: &'static str,
    /// `name`, or empty.
    pub(crate) format: &'static str,
    /// 0, or 1 for what is printed only when a wide table is asked for.
    pub(crate) priority: u8,
}

/// The columns of a resource; none when the real server has no such resource.
pub(crate) fn columns(_group: &str, _version: &str, _plural: &str) -> &'static [Column] {
    &[]
}
