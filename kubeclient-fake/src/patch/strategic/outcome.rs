//! Why the outcome of a strategic merge patch is no object of the kind, as the real server says it.
//!
//! It reads that outcome from maps, not from JSON, and has other words for what does not fit.

/// The decoder's words (`json: cannot unmarshal string into .. of type int32`) in those for maps.
pub(crate) fn said(why: &str) -> String {
    let parts = why.strip_prefix("json: cannot unmarshal ").and_then(|rest| {
        let (found, rest) = rest.split_once(" into Go ")?;
        Some((found, rest.rsplit_once(" of type ")?.1))
    });
    let Some((found, wanted)) = parts else { return why.to_owned() };
    let found = match found.split(' ').next().unwrap_or_default() {
        "number" => "int64",
        "array" => "slice",
        "object" => "map",
        other => other,
    };
    match wanted {
        "string" if found == "int64" => "cannot convert int64 to string".to_owned(),
        "string" | "bool" | "int32" | "int64" | "float64" => format!("unrecognized type: {wanted}"),
        _ if wanted.starts_with("[]") => format!("cannot restore slice from {found}"),
        _ if wanted.starts_with("map[") => format!("cannot restore map from {found}"),
        _ => format!("cannot restore struct from: {found}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_said_in_the_words_for_maps() {
        let check = |found: &str, wanted: &str, expected: &str| {
            let why = format!(
                "json: cannot unmarshal {found} into Go struct field A.b.c of type {wanted}"
            );
            assert_eq!(said(&why), expected);
        };
        check("string", "int32", "unrecognized type: int32");
        check("number 1", "string", "cannot convert int64 to string");
        check("string", "[]v1.Container", "cannot restore slice from string");
        check("array", "map[string]string", "cannot restore map from slice");
        check("bool", "v1.PodSpec", "cannot restore struct from: bool");
        assert_eq!(said("strict decoding error"), "strict decoding error");
    }
}
