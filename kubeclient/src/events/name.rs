//! [`event_name`]: the name of a new event. Pure.

use crate::meta::names::is_dns_subdomain;
use crate::meta::status::clip;

/// The longest name of an object.
const NAME_BYTES: usize = 253;

/// The object's name and a moment in hexadecimal, as client-go has it; of a name that an event may not have,
/// what is left when it is put right (client-go takes a random UUID instead).
pub(super) fn event_name(object: &str, unix_nanos: u64) -> String {
    let name = format!("{object}.{unix_nanos:x}");
    if is_dns_subdomain(&name) {
        return name;
    }
    let moment = format!("{unix_nanos:x}");
    let object = clip(object, NAME_BYTES - 1 - moment.len());
    let labels: Vec<String> = object
        .split('.')
        .map(|label| {
            let label: String = label.chars().map(legal).collect();
            label.trim_matches('-').to_owned()
        })
        .filter(|label| !label.is_empty())
        .chain([moment])
        .collect();
    labels.join(".")
}

fn legal(c: char) -> char {
    match c.to_ascii_lowercase() {
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => c,
        _ => '-',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(object: &str, expected: &str) {
        let name = event_name(object, 0x17f_0000_0000_0001);
        assert_eq!(name, format!("{expected}17f000000000001"));
        assert!(is_dns_subdomain(&name));
    }

    /// Fidelity 89.
    #[test]
    fn it_is_the_objects_name_and_the_moment_and_always_legal() {
        check("web-7c9d", "web-7c9d.");
        check("a.b", "a.b.");
        check("system:node:n1", "system-node-n1.");
        check("A_b..c-.", "a-b.c.");
        check("", "");
        check("äö", "");
        let long = "x".repeat(253);
        check(&long, &format!("{}.", &long[..253 - 16]));
        check(&format!("{}é", &long[..236]), &format!("{}.", &long[..236]));
    }
}
