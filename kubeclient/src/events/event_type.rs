//! [`EventType`]: whether an event is good news.

/// The type of an event. The server knows these two alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum EventType {
    /// Something went as it should.
    #[default]
    Normal,
    /// Something did not.
    Warning,
}

impl EventType {
    /// The word on the wire.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}
