//! [`Verdict`]: what a condition says of an object.

/// What a [`Condition`](super::Condition) says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is met.
    Met,
    /// It is not met yet, and why.
    Waiting(String),
    /// It can't be met any more, and why: the wait ends with an error.
    Never(String),
    /// It says nothing of such an object, neither yes nor no, and why: the wait ends with an error, also within
    /// [`not`](super::not).
    Unknown(String),
}

impl Verdict {
    /// Met, or what there is to say when it is not.
    pub(super) fn when(is_met: bool, why: impl FnOnce() -> String) -> Self {
        if is_met { Self::Met } else { Self::Waiting(why()) }
    }
}
