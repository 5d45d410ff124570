//! How the server treats the objects of a kind: what the API's schema does not say.

/// The ways of a kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ways {
    /// It has `/status`: create drops `status`, the main PUT ignores it.
    pub(crate) has_status: bool,
    /// `metadata.generation` counts changes of the specification.
    pub(crate) counts_generation: bool,
    /// A PUT may come without a resource version.
    pub(crate) unconditional_update: bool,
    /// A PUT of a missing object creates it.
    pub(crate) create_on_update: bool,
    /// DELETE answers with the object, not with a `Status`.
    pub(crate) delete_returns_object: bool,
    /// The propagation when DELETE names none: `Orphan` for Job and ReplicationController.
    pub(crate) orphans_by_default: bool,
}

/// The ways of a built-in kind.
pub(crate) fn ways(_group: &str, _kind: &str, has_status: bool) -> Ways {
    Ways {
        has_status,
        counts_generation: false,
        unconditional_update: true,
        create_on_update: false,
        delete_returns_object: false,
        orphans_by_default: false,
    }
}
