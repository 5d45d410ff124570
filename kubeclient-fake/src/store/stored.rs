//! An object as it is stored, where it is, and what happens to it.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::object::metadata_mut;

/// Where an object is stored. The resource is its storage's name (`configmaps`, `deployments.apps`), so
/// that two resources over one storage (events) share objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) resource: Arc<str>,
    /// Empty for what is cluster-scoped.
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// An object as it is stored, in its storage version, with the resource version of its last write. It
/// never changes; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    shared: Arc<Shared>,
}

/// What a [`Stored`] shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) key: Key,
    pub(crate) value: Value,
    pub(crate) version: u64,
    json: OnceLock<Json>,
}

/// An object's JSON, with `kind` and `apiVersion` first.
#[derive(Debug)]
pub(crate) struct Json {
    bytes: Box<[u8]>,
    /// Where what follows kind and version begins.
    rest: usize,
}

/// What happened to an object.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) version: u64,
    pub(crate) key: Key,
    /// As it was before; `None` when it was created.
    pub(crate) before: Option<Stored>,
    /// As it is after; `None` when it was removed. Then `before` is its last state and `version` the
    /// removal's.
    pub(crate) after: Option<Stored>,
    departed: OnceLock<Option<Stored>>,
}

impl Key {
    /// The key of an object; an empty namespace for what is cluster-scoped.
    pub(crate) fn new(resource: &str, namespace: &str, name: &str) -> Self {
        Self { resource: resource.into(), namespace: namespace.into(), name: name.into() }
    }

    /// The path within the resource, by which objects are ordered: `a-b/x` comes before `a/x`.
    pub(crate) fn path(&self) -> String {
        if self.namespace.is_empty() {
            self.name.clone()
        } else {
            let mut path = String::with_capacity(self.namespace.len() + 1 + self.name.len());
            path.push_str(&self.namespace);
            path.push('/');
            path.push_str(&self.name);
            path
        }
    }
}

impl Stored {
    /// An object under its key; the version is written into its metadata.
    pub(crate) fn new(key: Key, mut value: Value, version: u64) -> Self {
        metadata_mut(&mut value).insert("resourceVersion".into(), version.to_string().into());
        Self { shared: Arc::new(Shared { key, value, version, json: OnceLock::new() }) }
    }

    /// The JSON, made once.
    pub(crate) fn json(&self) -> &Json {
        self.shared.json.get_or_init(|| Json::new(&self.shared.value))
    }
}

impl Deref for Stored {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Json {
    /// Serializes an object.
    pub(crate) fn new(value: &Value) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        let mut rest = 1;
        bytes.push(b'{');
        if let Value::Object(map) = value {
            for key in ["kind", "apiVersion"] {
                if let Some(value) = map.get(key) {
                    entry(&mut bytes, key, value);
                }
            }
            rest = bytes.len();
            for (key, value) in map {
                if key != "kind" && key != "apiVersion" {
                    entry(&mut bytes, key, value);
                }
            }
        }
        bytes.push(b'}');
        Self { bytes: bytes.into(), rest }
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes it without `kind` and `apiVersion`, as lists of built-ins have their items.
    pub(crate) fn write_untyped(&self, to: &mut Vec<u8>) {
        // After kind and version, what follows begins with the comma that parts it from them.
        to.push(b'{');
        let rest = &self.bytes[self.rest..];
        to.extend_from_slice(rest.strip_prefix(b",").unwrap_or(rest));
    }
}

fn entry(bytes: &mut Vec<u8>, key: &str, value: &Value) {
    if bytes.len() > 1 {
        bytes.push(b',');
    }
    // Writing a value to memory does not fail, and its keys are strings.
    let _ = serde_json::to_writer(&mut *bytes, key);
    bytes.push(b':');
    let _ = serde_json::to_writer(&mut *bytes, value);
}

impl Event {
    pub(crate) fn new(
        version: u64,
        key: Key,
        before: Option<Stored>,
        after: Option<Stored>,
    ) -> Self {
        Self { version, key, before, after, departed: OnceLock::new() }
    }

    /// The state before with this event's version, made once: what a watch is told that no longer sees
    /// the object.
    pub(crate) fn departed(&self) -> Option<&Stored> {
        let made = self.departed.get_or_init(|| {
            let before = self.before.as_ref()?;
            Some(Stored::new(self.key.clone(), before.value.clone(), self.version))
        });
        made.as_ref()
    }
}
