//! The cases, a file a subject.

use crate::suite::Case;

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    SUBJECTS.concat()
}

macro_rules! subjects {
    ($($subject:ident),* $(,)?) => {
        $(mod $subject;)*
        const SUBJECTS: &[&[Case]] = &[$($subject::CASES),*];
    };
}

subjects![
    routing,
    negotiation,
    create,
    names,
    create_options,
    read,
    replace,
    generation,
    merge_patch,
    json_patch,
    strategic_patch,
    apply,
    managed_fields,
    status,
    subresources,
    delete,
    collection,
    garbage,
    list,
    paging,
    selectors,
    watch,
    watch_list,
    definitions,
    custom_objects,
    discovery,
    representations,
    client,
    client_dynamic,
    client_subresources,
    client_builtins,
    protobuf,
];
