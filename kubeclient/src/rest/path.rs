//! [`ResourcePath`]: where a resource is, as a URL path. Segments can't change the path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;
use crate::meta::api_resource::ApiResource;

/// What a path segment may hold unescaped: RFC 3986's `pchar`, without `%`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// The path of a collection, an object or a subresource.
///
/// ```
/// use kubeclient::rest::ResourcePath;
///
/// let path = ResourcePath::new("apps", "v1", "deployments").namespace("a").name("web").subresource("scale");
/// assert_eq!(path.build()?, "/apis/apps/v1/namespaces/a/deployments/web/scale");
/// assert_eq!(ResourcePath::new("", "v1", "nodes").build()?, "/api/v1/nodes");
/// assert!(ResourcePath::new("", "v1", "nodes").name("../secrets").build().is_err());
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePath {
    group: String,
    version: String,
    plural: String,
    namespace: Option<String>,
    name: Option<String>,
    subresource: Option<String>,
}

impl ResourcePath {
    /// The collection of a resource, across all namespaces or outside of them.
    pub fn new(
        group: impl Into<String>,
        version: impl Into<String>,
        plural: impl Into<String>,
    ) -> Self {
        Self {
            group: group.into(),
            version: version.into(),
            plural: plural.into(),
            namespace: None,
            name: None,
            subresource: None,
        }
    }

    /// The collection of a kind.
    pub fn of(resource: &ApiResource) -> Self {
        Self::new(&resource.group, &resource.version, &resource.plural)
    }

    /// The part of the collection that is in one namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// One object of the collection.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// A subresource of the object; further segments may follow a `/`, as `proxy` needs them.
    #[must_use]
    pub fn subresource(mut self, subresource: impl Into<String>) -> Self {
        self.subresource = Some(subresource.into());
        self
    }

    /// Writes the path.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): a part is empty, is `.` or `..`, or holds `/`, `%` or a
    /// control character; or there is a subresource of no object.
    pub fn build(&self) -> Result<String, Error> {
        let mut path = String::with_capacity(80);
        match self.group.as_str() {
            "" => path.push_str("/api"),
            group => {
                path.push_str("/apis");
                push(&mut path, "group", group)?;
            }
        }
        push(&mut path, "version", &self.version)?;
        if let Some(namespace) = &self.namespace {
            path.push_str("/namespaces");
            push(&mut path, "namespace", namespace)?;
        }
        push(&mut path, "resource", &self.plural)?;
        if let Some(name) = &self.name {
            push(&mut path, "name", name)?;
        }
        if let Some(subresource) = &self.subresource {
            if self.name.is_none() {
                return Err(Error::invalid(format!(
                    "subresource {subresource:?}: expected the name of an object to go with it"
                )));
            }
            for segment in subresource.split('/') {
                push(&mut path, "subresource", segment)?;
            }
        }
        Ok(path)
    }

    /// The path with `{namespace}` and `{name}` in their places: what requests are counted by.
    pub(crate) fn template(&self) -> String {
        let placed = |value: &Option<String>, place: &str| value.as_ref().map(|_| place.to_owned());
        let template = Self {
            namespace: placed(&self.namespace, "{namespace}"),
            name: placed(&self.name, "{name}"),
            ..self.clone()
        };
        let text = template.build().unwrap_or_default();
        text.replace("%7B", "{").replace("%7D", "}")
    }
}

/// Appends `/` and one checked, escaped segment.
fn push(path: &mut String, what: &str, segment: &str) -> Result<(), Error> {
    check_segment(what, segment)?;
    path.push('/');
    path.extend(utf8_percent_encode(segment, SEGMENT));
    Ok(())
}

/// client-go's rule for path segments, and no control characters.
pub(crate) fn check_segment(what: &str, segment: &str) -> Result<(), Error> {
    let wrong = match segment {
        "" => "it is empty",
        "." | ".." => "it may not be `.` or `..`",
        s if s.contains('/') => "it may not hold `/`",
        s if s.contains('%') => "it may not hold `%`",
        s if s.contains(char::is_control) => "it may not hold control characters",
        _ => return Ok(()),
    };
    let shown: String = segment.chars().take(100).collect();
    Err(Error::invalid(format!("{what} {shown:?}: {wrong}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{Damage, assert_printable};

    #[track_caller]
    fn check(path: ResourcePath, expected: &str) {
        assert_eq!(path.build().unwrap(), expected);
    }

    /// Fidelity 1.
    #[test]
    fn the_group_and_the_scope_make_the_path() {
        let pods = ResourcePath::new("", "v1", "pods");
        check(pods.clone().namespace("a").name("p"), "/api/v1/namespaces/a/pods/p");
        check(pods.clone(), "/api/v1/pods");
        check(
            ResourcePath::new("apps", "v1", "deployments").namespace("a"),
            "/apis/apps/v1/namespaces/a/deployments",
        );
        check(ResourcePath::new("", "v1", "nodes").name("n"), "/api/v1/nodes/n");
        check(
            pods.namespace("a").name("p").subresource("proxy/x/y"),
            "/api/v1/namespaces/a/pods/p/proxy/x/y",
        );
        check(
            ResourcePath::new("rbac.authorization.k8s.io", "v1", "clusterroles")
                .name("system:node"),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node",
        );
    }

    /// Fidelity 3.
    #[test]
    fn a_name_can_not_leave_its_segment() {
        for name in ["", ".", "..", "a/b", "/a", "a%b", "a%2fb", "%2e%2e", "a\nb", "a\0b"] {
            let pods = ResourcePath::new("", "v1", "pods");
            assert!(pods.clone().namespace("a").name(name).build().is_err(), "{name:?}");
            assert!(pods.clone().namespace(name).build().is_err(), "{name:?}");
            let in_group = ResourcePath::new(format!("x{name}/"), "v1", "pods");
            assert!(in_group.build().is_err(), "{name:?}");
        }
    }

    #[test]
    fn what_else_a_name_holds_is_escaped() {
        let pods = ResourcePath::new("", "v1", "pods");
        check(pods.clone().name("a?x=1#b"), "/api/v1/pods/a%3Fx=1%23b");
        check(pods.clone().name("a b\\c"), "/api/v1/pods/a%20b%5Cc");
        check(pods.name("é\u{202e}"), "/api/v1/pods/%C3%A9%E2%80%AE");
    }

    #[test]
    fn a_template_names_no_object() {
        let path = ResourcePath::new("", "v1", "pods").namespace("a").name("p").subresource("log");
        assert_eq!(path.template(), "/api/v1/namespaces/{namespace}/pods/{name}/log");
    }

    #[test]
    fn a_damaged_name_is_refused_or_stays_one_segment() {
        const EXAMPLES: &[&str] =
            &["web-0", "system:node:a", "a/b", "..", "%2e%2e", "x?watch=1#f", "\u{e9}"];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let text = damage.text_of(EXAMPLES);
            let of = |group: &str, version: &str, plural: &str| {
                ResourcePath::new(group, version, plural).namespace("n").name("a")
            };
            let right = of("apps", "v1", "deployments");
            let places = [
                (right.clone().name(&text), 7),
                (right.clone().namespace(&text), 5),
                (of("apps", "v1", &text), 6),
                (of("apps", &text, "deployments"), 3),
                (of(&text, "v1", "deployments"), 2),
                (right.subresource(&text), 8),
            ];
            for (path, at) in places {
                match path.build() {
                    Err(error) => assert_printable(&error),
                    // The group that has no name is in no path.
                    Ok(_) if text.is_empty() => assert_eq!(at, 2),
                    Ok(path) => {
                        // A subresource alone may be more than one.
                        let own = if at == 8 { text.split('/').count() } else { 1 };
                        let segments: Vec<&str> = path.split('/').collect();
                        assert_eq!(segments.len(), 8 + if at == 8 { own } else { 0 }, "{path}");
                        let found = segments[at..at + own].join("/");
                        let found = percent_encoding::percent_decode_str(&found);
                        assert_eq!(found.decode_utf8().unwrap(), text);
                        let harmless =
                            |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '\\');
                        assert!(path.chars().all(harmless), "{path}");
                        assert!(!segments.iter().any(|s| matches!(*s, "." | "..")), "{path}");
                    }
                }
            }
        });
    }
}
