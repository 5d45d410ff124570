//! `#[resource(..)]` on the struct: from tokens to values that keep their spans.
//!
//! What the values must look like is `names`'; which are required, and what stands in for an absent
//! one, is `model`'s.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Path};

use crate::errors::Errors;
use crate::item::{Form, Item, read_items};
use crate::suggest::{list, nearest};
use crate::value::{Arg, blame, crate_path_of, flag, read_list, string, strings};

/// The keys that a struct takes, in the order in which the messages list them.
pub(crate) const KEYS: &[&str] = &[
    "group",
    "version",
    "kind",
    "plural",
    "singular",
    "short_names",
    "categories",
    "scope",
    "status",
    "subresources",
    "projection",
    "protobuf",
    "crate",
];

/// The subresources: the name in the attribute, and the type in `kubeclient`'s module `subresource`.
pub(crate) const SUBRESOURCES: &[(&str, &str)] = &[
    ("status", "Status"),
    ("scale", "Scale"),
    ("eviction", "Eviction"),
    ("binding", "Binding"),
    ("token", "Token"),
    ("approval", "Approval"),
    ("finalize", "Finalize"),
    ("ephemeralcontainers", "EphemeralContainers"),
    ("resize", "Resize"),
    ("log", "Log"),
    ("exec", "Exec"),
    ("attach", "Attach"),
    ("portforward", "PortForward"),
    ("proxy", "Proxy"),
];

/// All that the struct's `#[resource(..)]` attributes say.
#[derive(Default)]
pub(crate) struct ResourceArgs {
    /// The first of the attributes: where a missing key is reported.
    pub(crate) attribute: Option<Attribute>,
    /// Whether some entry could not be read, so that what looks missing may be in it.
    pub(crate) unreadable: bool,
    pub(crate) group: Arg<LitStr>,
    pub(crate) version: Arg<LitStr>,
    pub(crate) kind: Arg<LitStr>,
    pub(crate) plural: Arg<LitStr>,
    pub(crate) singular: Arg<LitStr>,
    pub(crate) scope: Arg<LitStr>,
    pub(crate) crate_path: Arg<Path>,
    pub(crate) short_names: Vec<LitStr>,
    pub(crate) categories: Vec<LitStr>,
    /// The subresources' types, each with the span of the name that asked for it.
    pub(crate) subresources: Vec<Ident>,
    pub(crate) projection: bool,
    /// The key that says so.
    pub(crate) protobuf: Option<Ident>,
    seen: Vec<&'static str>,
}

impl ResourceArgs {
    /// Reads the struct's attributes.
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut args = ResourceArgs::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("resource")) {
            let example = "#[resource(group = \"..\", version = \"..\")]";
            let (items, readable) = read_items(attribute, example, errors);
            args.attribute.get_or_insert_with(|| attribute.clone());
            args.unreadable |= !readable;
            for item in items {
                args.take(item, errors);
            }
        }
        args
    }

    fn take(&mut self, item: Item, errors: &mut Errors) {
        let Some(key) = KEYS.iter().find(|key| **key == item.name) else {
            return self.take_unknown(&item, errors);
        };
        if self.seen.contains(key) {
            return errors.push(&item.key, format!("`{key}` is given twice"));
        }
        self.seen.push(key);
        match *key {
            "group" => self.group = string(&item, "stable.example.com", errors),
            "version" => self.version = string(&item, "v1", errors),
            "kind" => self.kind = string(&item, "CronTab", errors),
            "plural" => self.plural = string(&item, "crontabs", errors),
            "singular" => self.singular = string(&item, "crontab", errors),
            "scope" => self.scope = string(&item, "Namespaced", errors),
            "crate" => self.crate_path = crate_path_of(&item, errors),
            "short_names" => self.short_names = strings(&item, "ct", errors),
            "categories" => self.categories = strings(&item, "all", errors),
            "projection" => self.projection = flag(&item, "", errors),
            "protobuf" => self.protobuf = flag(&item, "", errors).then_some(item.key),
            "status" => {
                if flag(&item, " (the status' type is that of the field `status`)", errors) {
                    self.add_subresource(&item.key, errors);
                }
            }
            _ => self.take_subresources(&item, errors),
        }
    }

    /// Says what an unknown key was meant to be, and does not call that one missing as well.
    fn take_unknown(&mut self, item: &Item, errors: &mut Errors) {
        let name = item.name.as_str();
        let meant = match name {
            "shortname" | "shortnames" | "short_name" => Some("short_names"),
            "category" => Some("categories"),
            "subresource" => Some("subresources"),
            _ => nearest(name, KEYS),
        };
        let hint = match name {
            "namespaced" | "Namespaced" => {
                Some("write `scope = \"Namespaced\"`, or nothing: it is the default")
            }
            "cluster" | "Cluster" | "cluster_scoped" => Some("write `scope = \"Cluster\"`"),
            "api_version" | "apiVersion" => Some("write `group` and `version` apart"),
            "metadata" => Some("it marks a field, so write `#[resource(metadata)]` on that"),
            _ => None,
        };
        let message = match (hint, meant) {
            (Some(hint), _) => format!("unknown key `{name}`: {hint}"),
            (None, Some(meant)) => format!("unknown key `{name}`: did you mean `{meant}`?"),
            (None, None) => format!("unknown key `{name}`: expected {}", list(KEYS)),
        };
        errors.push(&item.key, message);
        match meant {
            Some("group") => broken(&mut self.group),
            Some("version") => broken(&mut self.version),
            Some(_) => {}
            None => self.unreadable = true,
        }
    }

    fn take_subresources(&mut self, item: &Item, errors: &mut Errors) {
        let Form::List(group) = &item.form else {
            return errors.push(blame(item), "expected a list: write `subresources(scale)`");
        };
        let names = read_list(group, "a name without quotes, such as `scale`", errors, |tokens| {
            syn::parse2::<Ident>(tokens.clone()).ok()
        });
        for name in names {
            self.add_subresource(&name, errors);
        }
    }

    fn add_subresource(&mut self, name: &Ident, errors: &mut Errors) {
        let text = name.unraw().to_string();
        let Some((_, type_name)) = SUBRESOURCES.iter().find(|(known, _)| *known == text) else {
            let known: Vec<&str> = SUBRESOURCES.iter().map(|(known, _)| *known).collect();
            let message = match nearest(&text, &known) {
                Some(meant) => format!("unknown subresource `{text}`: did you mean `{meant}`?"),
                None => format!("unknown subresource `{text}`: expected {}", list(&known)),
            };
            return errors.push(name, message);
        };
        let subresource = Ident::new(type_name, name.span());
        if self.subresources.contains(&subresource) {
            return errors.push(name, format!("the subresource `{text}` is given twice"));
        }
        self.subresources.push(subresource);
    }
}

fn broken<T>(arg: &mut Arg<T>) {
    if matches!(arg, Arg::Absent) {
        *arg = Arg::Broken;
    }
}

#[cfg(test)]
mod tests {
    use syn::DeriveInput;

    use super::{Arg, ResourceArgs};
    use crate::errors::Errors;

    fn read(attributes: &str) -> (ResourceArgs, Errors) {
        let source = format!("{attributes} struct Foo {{ metadata: ObjectMeta }}");
        let input: DeriveInput = syn::parse_str(&source).unwrap();
        let mut errors = Errors::default();
        let args = ResourceArgs::read(&input.attrs, &mut errors);
        (args, errors)
    }

    #[track_caller]
    fn check(attributes: &str, expected: &[(&str, &str)]) {
        let (_, errors) = read(attributes);
        let seen = errors.seen();
        let seen: Vec<(&str, &str)> =
            seen.iter().map(|(on, what)| (on.as_str(), what.as_str())).collect();
        assert_eq!(seen, expected, "for {attributes}");
    }

    #[test]
    fn every_key_is_read() {
        let (args, errors) = read(
            r#"#[resource(group = "g.io", version = "v1", kind = "Foo", plural = "foos", singular = "foo")]
               #[serde(x)]
               #[resource(short_names("fo", "f"), categories("all"), scope = "Cluster", status)]
               #[resource(subresources(scale, portforward), projection, protobuf, crate = "a::b")]"#,
        );
        assert_eq!(errors.seen(), []);
        let text = |arg: &Arg<syn::LitStr>| match arg {
            Arg::Given(text) => text.value(),
            Arg::Absent | Arg::Broken => panic!("not given"),
        };
        assert_eq!(text(&args.group), "g.io");
        assert_eq!(text(&args.version), "v1");
        assert_eq!(text(&args.kind), "Foo");
        assert_eq!(text(&args.plural), "foos");
        assert_eq!(text(&args.singular), "foo");
        assert_eq!(text(&args.scope), "Cluster");
        assert_eq!(
            args.short_names.iter().map(syn::LitStr::value).collect::<Vec<_>>(),
            ["fo", "f"]
        );
        assert_eq!(args.categories.len(), 1);
        assert_eq!(
            args.subresources.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["Status", "Scale", "PortForward"]
        );
        assert!(args.projection && args.protobuf.is_some() && !args.unreadable);
        assert!(matches!(&args.crate_path, Arg::Given(path) if path.segments.len() == 2));
    }

    #[test]
    fn a_repeated_key_stands_on_the_second() {
        check("#[resource(group = \"a\", group = \"b\")]", &[("group", "`group` is given twice")]);
        check("#[resource(status)] #[resource(status)]", &[("status", "`status` is given twice")]);
        check(
            "#[resource(status, subresources(status))]",
            &[("status", "the subresource `status` is given twice")],
        );
        check(
            "#[resource(subresources(scale, scale))]",
            &[("scale", "the subresource `scale` is given twice")],
        );
    }

    #[test]
    fn an_unknown_key_is_answered_with_what_was_meant() {
        check(
            "#[resource(gruop = \"a\")]",
            &[("gruop", "unknown key `gruop`: did you mean `group`?")],
        );
        check(
            "#[resource(category(\"a\"))]",
            &[("category", "unknown key `category`: did you mean `categories`?")],
        );
        check(
            "#[resource(cluster)]",
            &[("cluster", "unknown key `cluster`: write `scope = \"Cluster\"`")],
        );
        check(
            "#[resource(subresources(Scale))]",
            &[("Scale", "unknown subresource `Scale`: did you mean `scale`?")],
        );
        let (_, errors) = read("#[resource(frobnicate)]");
        assert!(errors.seen()[0].1.ends_with("`protobuf` or `crate`"), "{:?}", errors.seen());
        let (_, errors) = read("#[resource(subresources(nonsense))]");
        assert!(errors.seen()[0].1.contains("expected `status`, `scale`"), "{:?}", errors.seen());
    }

    #[test]
    fn what_an_unknown_key_stands_for_is_not_missing_too() {
        let (args, _) = read("#[resource(gruop = \"a\")]");
        assert!(
            matches!(args.group, Arg::Broken)
                && matches!(args.version, Arg::Absent)
                && !args.unreadable
        );
        let (args, _) = read("#[resource(verison = \"a\")]");
        assert!(matches!(args.version, Arg::Broken));
        let (args, _) = read("#[resource(frobnicate)]");
        assert!(args.unreadable);
        let (args, _) = read("#[resource(group = \"a\", groups = \"b\")]");
        assert!(matches!(args.group, Arg::Given(_)));
    }

    #[test]
    fn every_mistake_is_noted() {
        let (_, errors) = read("#[resource(gruop = \"a\", version = 1, projection = 2)]");
        assert_eq!(errors.seen().len(), 3);
    }

    #[test]
    fn the_list_of_subresources_has_no_name_twice() {
        let mut names: Vec<_> = super::SUBRESOURCES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 14);
        assert!(super::SUBRESOURCES.iter().all(|(name, ty)| *name == ty.to_lowercase()));
    }
}
