//! The two forms that an answer is asked for and given in. Used by all who read or write one.

/// JSON, or protobuf in a kube-apiserver's envelope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wire {
    /// `application/json`.
    #[default]
    Json,
    /// `application/vnd.kubernetes.protobuf`.
    Protobuf,
}

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

impl Wire {
    /// The first of the types that `accept` names; there are no other weights in what the clients send.
    pub(crate) fn preferred(accept: &str) -> Self {
        let first = accept.split([',', ';']).next().unwrap_or_default();
        if first.trim() == PROTOBUF { Self::Protobuf } else { Self::Json }
    }

    /// What the header says of an answer, or of a watch's.
    pub(crate) const fn content_type(self, watch: bool) -> &'static str {
        match (self, watch) {
            (Self::Json, _) => "application/json",
            (Self::Protobuf, false) => PROTOBUF,
            (Self::Protobuf, true) => "application/vnd.kubernetes.protobuf;stream=watch",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Wire;

    #[test]
    fn the_type_that_stands_first_is_preferred() {
        for (accept, wire) in [
            ("", Wire::Json),
            ("*/*", Wire::Json),
            ("application/json", Wire::Json),
            ("application/json, application/vnd.kubernetes.protobuf", Wire::Json),
            ("application/vnd.kubernetes.protobuf", Wire::Protobuf),
            ("application/vnd.kubernetes.protobuf,application/json", Wire::Protobuf),
            ("application/vnd.kubernetes.protobuf;stream=watch, application/json", Wire::Protobuf),
        ] {
            assert_eq!(Wire::preferred(accept), wire, "{accept}");
        }
    }
}
