//! The cases where the fake is known to differ from the real server, each with the reason. One that no
//! longer differs is an error, too.

/// `file::case` and why.
pub(crate) const KNOWN: &[(&str, &str)] = &[];
