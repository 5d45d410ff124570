//! `metadata.managedFields`: who holds which fields, read and written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::compare::Difference;
use super::set::FieldSet;
use super::types::Type;

/// How many entries of non-apply writers an object keeps apart.
const UPDATERS_KEPT: usize = 10;

/// Every manager with its holding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Managers {
    held: BTreeMap<Id, Holding>,
}

/// What tells one entry from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) operation: Operation,
    pub(super) name: String,
    /// Empty for those who apply: one of them has one entry, whatever the version.
    pub(super) api_version: String,
    pub(super) subresource: String,
}

/// How the fields came to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Apply,
    Update,
}

/// What a manager holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    pub(super) fields: FieldSet,
    pub(super) api_version: String,
    pub(super) time: Option<String>,
}

impl Id {
    pub(super) fn applier(name: &str, subresource: &str) -> Self {
        Self {
            operation: Operation::Apply,
            name: name.to_owned(),
            api_version: String::new(),
            subresource: subresource.to_owned(),
        }
    }

    pub(super) fn updater(name: &str, api_version: &str, subresource: &str) -> Self {
        Self {
            operation: Operation::Update,
            name: name.to_owned(),
            api_version: api_version.to_owned(),
            subresource: subresource.to_owned(),
        }
    }

    /// The text by which the real server orders managers: the entry as JSON without fields and time.
    pub(super) fn sort_key(&self) -> String {
        let mut text = String::from("{");
        let operation = self.operation.wire();
        for (key, value) in [
            ("manager", self.name.as_str()),
            ("operation", operation),
            ("apiVersion", &self.api_version),
            ("subresource", &self.subresource),
        ] {
            if !value.is_empty() {
                let comma = if text.len() > 1 { "," } else { "" };
                text.push_str(&format!("{comma}\"{key}\":{}", Value::from(value)));
            }
        }
        text + "}"
    }
}

impl Operation {
    fn wire(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

impl Managers {
    /// The managers that a `managedFields` names.
    pub(super) fn from_wire(entries: Option<&Value>) -> Result<Self, String> {
        let mut held = BTreeMap::new();
        let entries = entries.and_then(Value::as_array).into_iter().flatten();
        for (place, entry) in entries.enumerate() {
            let (id, holding) = read_entry(place, entry)?;
            held.insert(id, holding);
        }
        Ok(Self { held })
    }

    /// The `managedFields`; `None` when nobody holds anything.
    pub(super) fn wire(&self) -> Option<Value> {
        let mut entries: Vec<_> = self.held.iter().collect();
        entries.sort_by_cached_key(|(id, holding)| {
            let place = (id.operation, holding.seconds(), id.name.clone());
            (place, holding.api_version.clone(), id.subresource.clone())
        });
        let entries: Vec<Value> =
            entries.into_iter().map(|(id, holding)| write_entry(id, holding)).collect();
        (!entries.is_empty()).then_some(Value::Array(entries))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Id, &Holding)> {
        self.held.iter()
    }

    pub(super) fn get(&self, id: &Id) -> Option<&Holding> {
        self.held.get(id)
    }

    pub(super) fn put(&mut self, id: Id, holding: Holding) {
        self.held.insert(id, holding);
    }

    /// The fields that anyone holds.
    pub(super) fn all_fields(&self) -> FieldSet {
        self.held.values().fold(FieldSet::default(), |all, holding| all.union(&holding.fields))
    }

    /// Forgets managers of versions that the server does not know, and fits fields to the schema where it
    /// now owns as a whole what it owned in parts.
    pub(super) fn reconcile(&mut self, ty: Type<'_>, api_version: &str) {
        self.held.retain(|_, holding| is_related(&holding.api_version, api_version));
        for holding in self.held.values_mut() {
            holding.fields = as_wholes(ty, &holding.fields);
        }
    }

    /// Takes from all but `writer` what was written, and from all what was removed.
    pub(super) fn take(&mut self, difference: &Difference, writer: Option<&Id>) {
        let written = difference.written();
        for (id, holding) in &mut self.held {
            if Some(id) != writer {
                holding.fields =
                    holding.fields.difference(&written).difference(&difference.removed);
            }
        }
        self.drop_idle();
    }

    /// Forgets the managers that hold nothing.
    pub(super) fn drop_idle(&mut self) {
        self.held.retain(|_, holding| !holding.fields.is_empty());
    }

    /// Merges the oldest entries of non-apply writers while there are too many.
    pub(super) fn cap(&mut self) {
        let mut updaters: Vec<(i64, String, Id)> = self
            .held
            .iter()
            .filter(|(id, _)| id.operation == Operation::Update)
            .map(|(id, holding)| (holding.seconds(), id.sort_key(), id.clone()))
            .collect();
        updaters.sort();
        let mut count = updaters.len();
        let mut firsts: BTreeMap<String, Id> = BTreeMap::new();
        for (_, _, id) in updaters {
            if count <= UPDATERS_KEPT {
                break;
            }
            let Some(holding) = self.held.get(&id).cloned() else { continue };
            let version = holding.api_version.clone();
            let Some(first) = firsts.get(&version) else {
                firsts.insert(version, id);
                continue;
            };
            let bucket = Id::updater("ancient-changes", &version, "");
            if !self.held.contains_key(&bucket)
                && let Some(oldest) = self.held.remove(first)
            {
                self.held.insert(bucket.clone(), oldest);
            }
            let merged = match self.held.get(&bucket) {
                Some(ancient) => holding.fields.union(&ancient.fields),
                None => holding.fields,
            };
            self.held.remove(&id);
            let time = holding.time;
            self.held.insert(bucket, Holding { fields: merged, api_version: version, time });
            count -= 1;
        }
    }
}

impl Holding {
    fn seconds(&self) -> i64 {
        let time = self.time.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
        time.map_or(0, Timestamp::as_second)
    }
}

fn read_entry(place: usize, entry: &Value) -> Result<(Id, Holding), String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let api_version = text("apiVersion");
    let operation = match text("operation") {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        _ => return Err("operation must be `Apply` or `Update`".to_owned()),
    };
    if api_version.is_empty() {
        return Err("apiVersion must not be empty".to_owned());
    }
    match text("fieldsType") {
        "FieldsV1" => {}
        "" => return Err(format!("missing fieldsType in managed fields entry {place}")),
        other => {
            return Err(format!("invalid fieldsType {other:?} in managed fields entry {place}"));
        }
    }
    let id = match operation {
        Operation::Apply => Id::applier(text("manager"), text("subresource")),
        Operation::Update => Id::updater(text("manager"), api_version, text("subresource")),
    };
    let fields = FieldSet::from_wire(entry.get("fieldsV1").unwrap_or(&Value::Null))?;
    let time = entry.get("time").and_then(Value::as_str).map(str::to_owned);
    Ok((id, Holding { fields, api_version: api_version.to_owned(), time }))
}

fn write_entry(id: &Id, holding: &Holding) -> Value {
    let mut entry = Map::new();
    for (key, text) in [
        ("manager", id.name.as_str()),
        ("operation", id.operation.wire()),
        ("apiVersion", &holding.api_version),
        ("time", holding.time.as_deref().unwrap_or_default()),
        ("fieldsType", "FieldsV1"),
        ("subresource", &id.subresource),
    ] {
        if !text.is_empty() {
            entry.insert(key.to_owned(), json!(text));
        }
    }
    entry.insert("fieldsV1".to_owned(), holding.fields.wire());
    entry.into()
}

/// Whether objects of one version can be had in the other: those of one group can, and events are in two.
fn is_related(version: &str, other: &str) -> bool {
    let group = |version: &str| match version.split_once('/') {
        None | Some(("events.k8s.io", _)) => String::new(),
        Some((group, _)) => group.to_owned(),
    };
    group(version) == group(other)
}

/// The set where what the schema owns as a whole is one member.
fn as_wholes(ty: Type<'_>, set: &FieldSet) -> FieldSet {
    let mut fitted = FieldSet::default();
    for (step, member, below) in set.steps() {
        match ty.at(step) {
            Some(child) if !below.is_empty() && child.is_whole() => {
                fitted.put(step.clone(), true, FieldSet::default());
            }
            Some(child) => fitted.put(step.clone(), member, as_wholes(child, below)),
            None => fitted.put(step.clone(), member, below.clone()),
        }
    }
    fitted
}
