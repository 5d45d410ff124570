//! The forms of an answer, and which one a request accepts.

/// How an answer is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) encoding: Encoding,
    pub(crate) shape: Shape,
}

/// The encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Yaml,
}

/// The object itself, or what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Object,
    /// `as=PartialObjectMetadata` or `as=PartialObjectMetadataList`.
    Partial,
    /// `as=Table`, with the query's `includeObject`.
    Table,
}
