//! What Kubernetes accepts as a group, a version, a kind and a resource's name, and how it makes plurals.
//!
//! Pure text in, text out: each rule answers with what is wrong and what was expected, and knows
//! nothing of tokens. `model` calls them with the literals that the user wrote.

/// The length limit of a DNS label, which kinds and resource names must fit in.
const LABEL: usize = 63;
/// The length limit of a DNS subdomain, which groups must fit in.
const SUBDOMAIN: usize = 253;

/// Checks an API group: empty for the core group, or a DNS-1123 subdomain.
pub(crate) fn check_group(group: &str) -> Result<(), String> {
    let wrong = |what: &str| {
        Err(format!(
            "group `{group}` {what}: expected a DNS name such as `stable.example.com`, \
             or `\"\"` for the core group"
        ))
    };
    if group.is_empty() {
        return Ok(());
    }
    if group == "core" {
        return Err("the core group has no name: write `group = \"\"`".to_owned());
    }
    if let Some((group, version)) = group.split_once('/') {
        return Err(format!(
            "a group has no `/`: write `group = \"{group}\", version = \"{version}\"`"
        ));
    }
    if group.len() > SUBDOMAIN {
        return Err(too_long("group", group, SUBDOMAIN));
    }
    for part in group.split('.') {
        if part.is_empty() {
            return wrong("has an empty part between its dots");
        }
        if let Err(what) = check_letters(part) {
            return wrong(&what);
        }
    }
    Ok(())
}

/// Checks an API version: `v1`, `v2alpha1`, `v1beta3`.
pub(crate) fn check_version(version: &str) -> Result<(), String> {
    let expected = "expected `v` and a number, with `alpha` or `beta` and a number after it if it is \
                    not stable, such as `v1`, `v1alpha1` or `v2beta3`";
    if let Some((group, version)) = version.rsplit_once('/') {
        return Err(format!(
            "a version has no `/`: write `group = \"{group}\", version = \"{version}\"`"
        ));
    }
    if version.len() > LABEL {
        return Err(too_long("version", version, LABEL));
    }
    let is_number = |text: &str| {
        text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() && !text.starts_with('0')
    };
    let well_formed = version.strip_prefix('v').is_some_and(|rest| {
        let stage = ["alpha", "beta"].iter().find_map(|stage| rest.split_once(stage));
        match stage {
            Some((major, minor)) => is_number(major) && is_number(minor),
            None => is_number(rest),
        }
    });
    if well_formed {
        Ok(())
    } else if version.is_empty() {
        Err(format!("the version is empty: {expected}"))
    } else {
        Err(format!("`{version}` is not a version: {expected}"))
    }
}

/// Checks a kind: upper camel case in ASCII, a DNS-1035 label once in lower case.
pub(crate) fn check_kind(kind: &str) -> Result<(), String> {
    let wrong = |what: &str| {
        Err(format!(
            "kind `{kind}` {what}: expected upper camel case in ASCII letters and digits, such as `CronTab`"
        ))
    };
    let Some(first) = kind.chars().next() else {
        return Err(
            "the kind is empty: expected upper camel case in ASCII letters and digits, such as `CronTab`"
                .to_owned(),
        );
    };
    if let Some(odd) = kind.chars().find(|c| !c.is_ascii_alphanumeric()) {
        return wrong(&format!("has {}", named(odd)));
    }
    if !first.is_ascii_uppercase() {
        return wrong(&format!("begins with {}", named(first)));
    }
    if kind.len() > LABEL {
        return Err(too_long("kind", kind, LABEL));
    }
    Ok(())
}

/// Checks a resource's name (`what` is `plural`, `singular`, `short name` or `category`): a DNS-1035 label.
pub(crate) fn check_label(what: &str, name: &str) -> Result<(), String> {
    let wrong = |found: &str| {
        Err(format!(
            "{what} `{name}` {found}: expected lower-case letters, digits and `-`, \
             beginning with a letter, such as `crontabs`"
        ))
    };
    let Some(first) = name.chars().next() else {
        return Err(format!(
            "the {what} is empty: expected lower-case letters, digits and `-`, \
             beginning with a letter, such as `crontabs`"
        ));
    };
    if let Err(found) = check_letters(name) {
        return wrong(&found);
    }
    if !first.is_ascii_lowercase() {
        return wrong(&format!("begins with {}", named(first)));
    }
    if name.len() > LABEL {
        return Err(too_long(what, name, LABEL));
    }
    Ok(())
}

/// The plural of a kind by the rule that Kubernetes' own names follow, in lower case.
pub(crate) fn plural_of(kind: &str) -> String {
    const ES: &[&str] = &["s", "x", "z", "ch", "sh"];
    const VOWELS: &[char] = &['a', 'e', 'i', 'o', 'u'];

    let singular = kind.to_lowercase();
    if singular.ends_with("endpoints") {
        return singular;
    }
    if ES.iter().any(|ending| singular.ends_with(ending)) {
        return singular + "es";
    }
    match singular.strip_suffix('y') {
        Some(stem) if !stem.is_empty() && !stem.ends_with(VOWELS) => format!("{stem}ies"),
        _ => singular + "s",
    }
}

/// `kind` in upper camel case, when that makes it one that Kubernetes accepts.
pub(crate) fn kind_like(kind: &str) -> Option<String> {
    let camel: String = kind
        .split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect();
    (kind.is_ascii() && check_kind(&camel).is_ok()).then_some(camel)
}

/// What a DNS name may hold and end in; where it may begin is the caller's.
fn check_letters(part: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if let Some(odd) = part.chars().find(|c| !is_allowed(*c)) {
        return Err(format!("has {}", named(odd)));
    }
    if part.starts_with('-') {
        return Err("begins with `-`".to_owned());
    }
    if part.ends_with('-') {
        return Err("ends with `-`".to_owned());
    }
    Ok(())
}

fn too_long(what: &str, text: &str, limit: usize) -> String {
    format!("the {what} has {} characters: expected at most {limit}", text.chars().count())
}

/// A character as a message names it, so that a blank or an upper-case letter can be seen.
fn named(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        c if c.is_ascii_uppercase() => format!("the upper-case `{c}`"),
        c if c.is_ascii_lowercase() => format!("the lower-case `{c}`"),
        c if c.is_ascii_digit() => format!("the digit `{c}`"),
        c if c.is_control() || !c.is_ascii() => {
            format!("`{}` (U+{:04X})", c.escape_debug(), u32::from(c))
        }
        c => format!("`{c}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_group, check_kind, check_label, check_version, kind_like, plural_of};

    #[track_caller]
    fn refused(answer: Result<(), String>, part: &str) {
        let message = answer.expect_err("must be refused");
        assert!(message.contains(part), "`{message}` does not say `{part}`");
        assert!(
            message.contains("expected") || message.contains("write"),
            "`{message}` does not say what was expected"
        );
    }

    #[test]
    fn groups_are_dns_names_or_empty() {
        for group in [
            "",
            "apps",
            "batch",
            "a",
            "a-b.c1",
            "1.2",
            "rbac.authorization.k8s.io",
            &"a".repeat(253),
        ] {
            assert_eq!(check_group(group), Ok(()), "for `{group}`");
        }
        refused(check_group("Foo.com"), "has the upper-case `F`");
        refused(check_group("-a.com"), "begins with `-`");
        refused(check_group("a-.com"), "ends with `-`");
        refused(check_group("a..b"), "has an empty part");
        refused(check_group(".a"), "has an empty part");
        refused(check_group("a."), "has an empty part");
        refused(check_group("a b"), "has a space");
        refused(check_group("a_b"), "has `_`");
        refused(check_group("é.com"), "has `é` (U+00E9)");
        refused(check_group("a\0"), "U+0000");
        refused(check_group("core"), "write `group = \"\"`");
        refused(check_group("apps/v1"), "write `group = \"apps\", version = \"v1\"`");
        refused(check_group(&"a".repeat(254)), "254 characters");
    }

    #[test]
    fn versions_are_stable_alpha_or_beta() {
        for version in ["v1", "v2", "v10", "v1alpha1", "v1beta2", "v12beta10"] {
            assert_eq!(check_version(version), Ok(()), "for `{version}`");
        }
        for version in [
            "v01",
            "v0",
            "V1",
            "v1beta",
            "1",
            "v",
            "v1alpha01",
            "v1gamma1",
            "v1beta1beta1",
            "v1 ",
            "v-1",
            "v1alpha1x",
            "valpha1",
            "v1.0",
            "version1",
            "v1Beta1",
        ] {
            refused(check_version(version), "is not a version");
        }
        refused(check_version(""), "is empty");
        refused(check_version("apps/v1"), "write `group = \"apps\", version = \"v1\"`");
        refused(check_version(&format!("v{}", "1".repeat(63))), "64 characters");
    }

    #[test]
    fn a_version_may_be_as_long_as_a_label() {
        assert_eq!(check_version(&format!("v{}", "1".repeat(62))), Ok(()));
    }

    #[test]
    fn kinds_are_upper_camel_case() {
        for kind in ["Pod", "CronTab", "A", "HTTPRoute", "Foo2", &format!("A{}", "a".repeat(62))] {
            assert_eq!(check_kind(kind), Ok(()), "for `{kind}`");
        }
        refused(check_kind(""), "is empty");
        refused(check_kind("pod"), "begins with the lower-case `p`");
        refused(check_kind("1Pod"), "begins with the digit `1`");
        refused(check_kind("Po d"), "has a space");
        refused(check_kind("Cron_Tab"), "has `_`");
        refused(check_kind("Cron-Tab"), "has `-`");
        refused(check_kind("Größe"), "U+00F6");
        refused(check_kind(&format!("A{}", "a".repeat(63))), "64 characters");
    }

    #[test]
    fn resource_names_are_dns_labels() {
        for name in ["pods", "a", "a-b", "foo2", &"a".repeat(63)] {
            assert_eq!(check_label("plural", name), Ok(()), "for `{name}`");
        }
        refused(check_label("plural", ""), "the plural is empty");
        refused(check_label("plural", "Foos"), "plural `Foos` has the upper-case `F`");
        refused(check_label("short name", "a/b"), "short name `a/b` has `/`");
        refused(check_label("singular", "1a"), "begins with the digit `1`");
        refused(check_label("singular", "-a"), "begins with `-`");
        refused(check_label("singular", "a-"), "ends with `-`");
        refused(check_label("category", "a.b"), "has `.`");
        refused(check_label("category", &"a".repeat(64)), "64 characters");
    }

    #[test]
    fn plurals_follow_the_names_that_kubernetes_gave() {
        for (kind, plural) in [
            ("Pod", "pods"),
            ("Deployment", "deployments"),
            ("Ingress", "ingresses"),
            ("IngressClass", "ingressclasses"),
            ("NetworkPolicy", "networkpolicies"),
            ("StorageClass", "storageclasses"),
            ("Endpoints", "endpoints"),
            ("EndpointSlice", "endpointslices"),
            ("Gateway", "gateways"),
            ("ComponentStatus", "componentstatuses"),
            ("Box", "boxes"),
            ("Quiz", "quizes"),
            ("Batch", "batches"),
            ("Mesh", "meshes"),
            ("Path", "paths"),
            ("Y", "ys"),
            ("Proxy", "proxies"),
        ] {
            assert_eq!(plural_of(kind), plural, "for `{kind}`");
        }
    }

    #[test]
    fn a_wrong_kind_is_put_right_where_that_is_clear() {
        assert_eq!(kind_like("pod").as_deref(), Some("Pod"));
        assert_eq!(kind_like("cron_tab").as_deref(), Some("CronTab"));
        assert_eq!(kind_like("Po d").as_deref(), Some("PoD"));
        assert_eq!(kind_like("1Pod"), None);
        assert_eq!(kind_like("größe"), None);
        assert_eq!(kind_like(""), None);
    }
}
