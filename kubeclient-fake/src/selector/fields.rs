//! Field selectors: `a.b=c`, `a.b==c`, `a.b!=c`; which fields a kind lets one select by, and what an object
//! has there.

use std::fmt::Write as _;

use serde_json::Value;

use crate::object::Object;
use crate::resource::ResourceType;

/// What is asked of one field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    source: Source,
    value: String,
    /// `!=`.
    is_negated: bool,
}

impl Term {
    /// Whether the object's field is as asked; an absent field reads as empty.
    pub(super) fn matches(&self, object: &Value) -> bool {
        (self.source.read(object) == self.value) != self.is_negated
    }

    /// The name, where this asks for one.
    pub(super) fn required_name(&self) -> Option<&str> {
        self.required(&Source::Name)
    }

    /// The namespace, where this asks for one.
    pub(super) fn required_namespace(&self) -> Option<&str> {
        self.required(&Source::Namespace)
    }

    fn required(&self, source: &Source) -> Option<&str> {
        let is_asked = self.source == *source && !self.is_negated && !self.value.is_empty();
        is_asked.then_some(self.value.as_str())
    }
}

/// The terms of a selector, or what is wrong with it.
pub(super) fn parse(resource: &ResourceType, text: &str) -> Result<Vec<Term>, String> {
    let mut parts = split_terms(text);
    parts.sort_unstable();
    let mut terms = Vec::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let Some((label, is_negated, value)) = split_term(part) else {
            return Err(format!("invalid selector: '{text}'; can't understand '{part}'"));
        };
        terms.push((label, is_negated, unescape(value)?));
    }
    // `=` asks nothing.
    terms.retain(|(label, _, value)| !label.is_empty() || !value.is_empty());
    let term = |(label, is_negated, value)| {
        source(resource, label).map(|source| Term { source, value, is_negated })
    };
    terms.into_iter().map(term).collect()
}

/// At the commas that no backslash stands before.
fn split_terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut start = 0;
    let mut is_escaped = false;
    for (index, char) in text.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ',' => {
                terms.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    terms.push(&text[start..]);
    terms
}

fn split_term(term: &str) -> Option<(&str, bool, &str)> {
    let index = term.char_indices().map(|(index, _)| index).find(|index| {
        let rest = &term[*index..];
        rest.starts_with("!=") || rest.starts_with('=')
    })?;
    let (label, rest) = term.split_at(index);
    for (operator, is_negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some(value) = rest.strip_prefix(operator) {
            return Some((label, is_negated, value));
        }
    }
    None
}

fn unescape(value: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some(escaped @ ('\\' | ',' | '=')) => text.push(escaped),
                other => {
                    let mut sequence = "\\".to_owned();
                    sequence.extend(other);
                    return Err(format!(
                        "invalid field selector: invalid escape sequence: {sequence}"
                    ));
                }
            },
            ',' | '=' => {
                let code = u32::from(char);
                return Err(format!(
                    "invalid field selector: unescaped character in value: {code}"
                ));
            }
            _ => text.push(char),
        }
    }
    Ok(text)
}

/// Where an object has a field that one can select by.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    Name,
    Namespace,
    /// A path; what is absent reads as the text.
    Path(Vec<String>, &'static str),
    /// `reportingComponent` of an event when its source names no component.
    Emitter,
    /// `status.podIP`, or else the first of `status.podIPs`.
    PodIp,
    /// The server knows the field and has nothing there.
    Nothing,
}

impl Source {
    fn read(&self, object: &Value) -> String {
        match self {
            Self::Name => object.name().to_owned(),
            Self::Namespace => object.namespace().to_owned(),
            Self::Nothing => String::new(),
            Self::Path(path, absent) => at(object, path, absent),
            Self::Emitter => {
                let component = at(object, &["source", "component"], "");
                let otherwise = || at(object, &["reportingComponent"], "");
                if component.is_empty() { otherwise() } else { component }
            }
            Self::PodIp => {
                let address = at(object, &["status", "podIP"], "");
                let first = || object.pointer("/status/podIPs/0/ip").and_then(Value::as_str);
                if address.is_empty() { first().unwrap_or_default().to_owned() } else { address }
            }
        }
    }
}

fn at(object: &Value, path: &[impl AsRef<str>], absent: &str) -> String {
    let value = path.iter().try_fold(object, |value, key| value.get(key.as_ref()));
    match value {
        None | Some(Value::Null) => absent.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => {
            let mut text = String::new();
            let _ = write!(text, "{other}");
            text
        }
    }
}

/// The fields that a kind has besides the name; `None` for those with the name and the namespace only.
fn known(resource: &ResourceType) -> Option<&'static [&'static str]> {
    let fields: &[&str] = match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Pod") => &[
            "metadata.namespace",
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "spec.host",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        ("", "Node") => &["spec.unschedulable"],
        ("", "ReplicationController") => &["metadata.namespace", "status.replicas"],
        ("", "Namespace") => &["status.phase"],
        ("", "Secret") => &["metadata.namespace", "type"],
        ("", "Service") => &["metadata.namespace", "spec.clusterIP", "spec.type"],
        ("", "Event") => &[
            "metadata.namespace",
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("events.k8s.io", "Event") => &[
            "metadata.namespace",
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "regarding.apiVersion",
            "regarding.resourceVersion",
            "regarding.fieldPath",
            "reason",
            "reportingController",
            "type",
        ],
        ("batch", "Job") => &["metadata.namespace", "status.successful"],
        ("certificates.k8s.io", "CertificateSigningRequest" | "ClusterTrustBundle") => {
            &["spec.signerName"]
        }
        ("certificates.k8s.io", "PodCertificateRequest") => {
            &["spec.signerName", "spec.podName", "spec.nodeName"]
        }
        ("resource.k8s.io", "ResourceSlice") => &["spec.nodeName", "spec.driver"],
        _ => return None,
    };
    Some(fields)
}

/// Where the objects of a resource have a field; objects are in their storage version.
fn source(resource: &ResourceType, label: &str) -> Result<Source, String> {
    let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    if label == "metadata.name" {
        return Ok(Source::Name);
    }
    if let Some(custom) = &resource.custom {
        if label == "metadata.namespace" && resource.namespaced {
            return Ok(Source::Namespace);
        }
        let mut selectable = custom.selectable_fields.iter();
        if selectable.any(|field| field.strip_prefix('.').unwrap_or(field) == label) {
            return Ok(Source::Path(path(label), ""));
        }
        return Err(format!("field label not supported: {label}"));
    }
    let Some(known) = known(resource) else {
        return match label {
            "metadata.namespace" => Ok(Source::Namespace),
            _ => Err(format!(
                "{label:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
            )),
        };
    };
    if !known.contains(&label) {
        return Err(match resource.kind.as_str() {
            "Job" => format!("field label {label:?} not supported for Job"),
            "ResourceSlice" => format!(
                "field label not supported for {}, Kind=ResourceSlice: {label}",
                resource.api_version()
            ),
            _ => format!("field label not supported: {label}"),
        });
    }
    Ok(match (resource.kind.as_str(), label) {
        (_, "metadata.namespace") => Source::Namespace,
        ("Pod", "spec.host") => Source::Path(path("spec.nodeName"), ""),
        ("Pod", "spec.hostNetwork") | ("Node", "spec.unschedulable") => {
            Source::Path(path(label), "false")
        }
        ("Pod", "status.podIP") => Source::PodIp,
        ("Pod", "status.podIPs") => Source::Nothing,
        ("ReplicationController", "status.replicas") => Source::Path(path(label), "0"),
        ("Job", "status.successful") => Source::Path(path("status.succeeded"), "0"),
        ("Event", "source") => Source::Emitter,
        ("Event", "reportingController") => Source::Path(path("reportingComponent"), ""),
        // Events are stored in the core group's version.
        ("Event", label) => Source::Path(path(&label.replace("regarding.", "involvedObject.")), ""),
        _ => Source::Path(path(label), ""),
    })
}
