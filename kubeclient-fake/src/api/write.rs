//! What every write does, in its order: who owns the fields, admission, preparation, validation, storage.
//!
//! It happens inside a transaction, which sees one state and is alone; a dry run is taken back at its end.

use serde_json::Value;

use super::options::WriteOptions;
use super::{Call, Cluster, metadata};
use crate::apply::{self, Manager};
use crate::clock::seconds;
use crate::failure::{Cause, Details, Failure, Result};
use crate::field::FieldError;
use crate::kinds::{self, Around};
use crate::mutation::{self, Mutation};
use crate::object::{Object, metadata_mut};
use crate::random;
use crate::resource::ResourceType;
use crate::store::{Key, Stored, Transaction};

/// A write under way: by whom and how.
pub(crate) struct Write<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) call: &'a Call<'a>,
    pub(crate) options: WriteOptions,
}

/// Whether the fields were counted already, as an apply does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owners {
    /// To be counted from what differs.
    Count,
    /// Counted by the apply.
    Counted,
}

/// How often a generated name may be taken.
const ATTEMPTS: usize = 8;
/// How much of a generated name is given.
const MAX_PREFIX: usize = 58;

impl<'a> Write<'a> {
    pub(crate) fn new(cluster: &'a Cluster, call: &'a Call<'a>, options: WriteOptions) -> Self {
        Self { cluster, call, options }
    }

    /// Runs it; a dry run leaves nothing.
    pub(crate) fn run<T>(&self, run: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        self.cluster.write(self.options.dry_run, run)
    }

    /// Where an object of the call's resource is.
    pub(crate) fn key(&self, name: &str) -> Key {
        Key::new(&self.call.resource.storage(), self.call.namespace.unwrap_or_default(), name)
    }

    /// Who writes.
    pub(crate) fn manager(&self) -> Manager {
        Manager {
            name: self.options.manager.clone(),
            api_version: self.call.resource.api_version(),
            subresource: self.call.subresource.unwrap_or_default().to_owned(),
            time: seconds(self.cluster.clock.now()),
        }
    }

    /// The object that the call names.
    ///
    /// # Errors
    /// 404.
    pub(crate) fn live(&self, transaction: &Transaction<'_>, name: &str) -> Result<Stored> {
        let found = transaction.get(&self.key(name));
        found.ok_or_else(|| Failure::not_found(&self.call.resource, name))
    }

    /// Stores a new object; what is answered is what was stored.
    pub(crate) fn create(
        &self,
        transaction: &mut Transaction<'_>,
        mut object: Value,
        owners: Owners,
    ) -> Result<Value> {
        let resource = &self.call.resource;
        for key in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
            metadata_mut(&mut object).remove(key);
        }
        if owners == Owners::Count {
            let ignored = kinds::unowned(resource, "");
            let schema = resource.schema.get();
            apply::update(schema, None, &mut object, &self.manager(), ignored)?;
        }
        self.admit(transaction, &object)?;
        let version = object.resource_version().to_owned();
        self.fill(transaction, &mut object);
        let now = self.cluster.clock.now();
        let mut around = Around { transaction, now, user: &self.call.request.user };
        kinds::prepare_create(&mut around, resource, &mut object)?;
        self.call.warnings.add(metadata::finalizer_warnings(resource, &object, None));
        let mut errors = metadata::create_errors(resource, &object);
        errors.extend(kinds::create_errors(resource, &object)?);
        self.refuse(&object, &errors)?;
        if !matches!(version.as_str(), "" | "0") {
            let why = "resourceVersion should not be set on objects to be created";
            return Err(Failure::internal(why));
        }
        let key = self.key(object.name());
        if let Some(live) = transaction.get(&key) {
            return Err(self.exists(&live.value, &object));
        }
        if self.options.dry_run {
            metadata_mut(&mut object).remove("resourceVersion");
            return Ok(object);
        }
        Ok(transaction.put(key, object).value.clone())
    }

    /// 409: the name is taken.
    fn exists(&self, live: &Value, object: &Value) -> Failure {
        let resource = &self.call.resource;
        let mut message = format!("{} \"{}\" already exists", resource.qualified(), live.name());
        if live.is_terminating() {
            message.insert_str(0, "object is being deleted: ");
        } else if !object.meta_str("generateName").is_empty() {
            message.push_str(", the server was not able to generate a unique name for the object");
        }
        Failure::new(409, "AlreadyExists", message).with_details(Details::of(resource, live.name()))
    }

    /// Refuses what a namespace that is missing or going cannot take.
    fn admit(&self, transaction: &Transaction<'_>, object: &Value) -> Result<()> {
        let resource = &self.call.resource;
        if resource.custom.as_ref().is_some_and(|custom| custom.is_terminating) {
            let why = "create not allowed while custom resource definition is terminating";
            return Err(Failure::forbidden(resource, object.name(), why));
        }
        let Some(namespace) = self.call.namespace else { return Ok(()) };
        let Some(found) = transaction.get(&Key::new("namespaces", "", namespace)) else {
            let message = format!("namespaces \"{namespace}\" not found");
            let details = Details {
                name: namespace.to_owned(),
                kind: "namespaces".to_owned(),
                ..Details::default()
            };
            if mutation::is(Mutation::AnyNamespace) {
                return Ok(());
            }
            return Err(Failure::new(404, "NotFound", message).with_details(details));
        };
        if !found.value.is_terminating() {
            return Ok(());
        }
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        Err(Failure::forbidden(resource, object.name(), &why).caused_by(Cause {
            reason: "NamespaceTerminating".to_owned(),
            message: format!("namespace {namespace} is being terminated"),
            field: "metadata.namespace".to_owned(),
        }))
    }

    /// Sets what the server says of a new object, and its name where it is generated.
    fn fill(&self, transaction: &Transaction<'_>, object: &mut Value) {
        let now = seconds(self.cluster.clock.now());
        let prefix = object.meta_str("generateName").to_owned();
        if object.name().is_empty() && !prefix.is_empty() {
            let prefix: String = prefix.chars().take(MAX_PREFIX).collect();
            let mut name = prefix.clone() + &random::suffix();
            for _ in 1..ATTEMPTS {
                if transaction.get(&self.key(&name)).is_none() {
                    break;
                }
                name = prefix.clone() + &random::suffix();
            }
            metadata_mut(object).insert("name".into(), name.into());
        }
        let metadata = metadata_mut(object);
        metadata.remove("resourceVersion");
        if let Some(namespace) = self.call.namespace {
            metadata.insert("namespace".into(), namespace.into());
        }
        metadata.insert("uid".into(), random::uuid().into());
        metadata.insert("creationTimestamp".into(), now.into());
        if self.call.resource.ways.counts_generation {
            metadata.insert("generation".into(), 1.into());
        } else if metadata.get("generation").is_some_and(|number| number == 0) {
            metadata.remove("generation");
        }
    }

    /// Stores an object in place of the live one; what is answered is what is stored then.
    pub(crate) fn update(
        &self,
        transaction: &mut Transaction<'_>,
        live: &Stored,
        mut object: Value,
        owners: Owners,
    ) -> Result<Value> {
        let resource = &self.call.resource;
        let subresource = self.call.subresource.unwrap_or_default();
        let schema = resource.schema.get();
        if owners == Owners::Count {
            let ignored = kinds::unowned(resource, subresource);
            apply::update(schema, Some(&live.value), &mut object, &self.manager(), ignored)?;
        }
        self.check_version(live, &object)?;
        keep_metadata(&live.value, &mut object);
        let now = self.cluster.clock.now();
        let mut around = Around { transaction, now, user: &self.call.request.user };
        kinds::prepare_update(&mut around, resource, subresource, &mut object, &live.value)?;
        if subresource.is_empty() && resource.ways.counts_generation {
            count_generation(resource, &live.value, &mut object);
        }
        self.call.warnings.add(metadata::finalizer_warnings(resource, &object, Some(&live.value)));
        // The real server looks at the metadata here and again with the kind's rules, and tells of it as often.
        let mut errors = metadata::generic_update_errors(&live.value, &object);
        errors.extend(kinds::update_errors(resource, subresource, &object, &live.value)?);
        self.refuse(&object, &errors)?;
        self.store(transaction, live, object)
    }

    /// Stores what was prepared and found well: over the live object, or not at all when nothing differs,
    /// or by removing it when this was all that it waited for.
    pub(crate) fn store(
        &self,
        transaction: &mut Transaction<'_>,
        live: &Stored,
        mut object: Value,
    ) -> Result<Value> {
        let version = live.value.meta("resourceVersion").cloned().unwrap_or_default();
        metadata_mut(&mut object).insert("resourceVersion".into(), version);
        apply::keep_times(&live.value, &mut object);
        if object == live.value && !mutation::is(Mutation::NoOpWrites) {
            return Ok(object);
        }
        if is_finished(&object, &live.value) {
            transaction.remove(&live.key);
            return Ok(object);
        }
        if self.options.dry_run {
            return Ok(object);
        }
        Ok(transaction.put(live.key.clone(), object).value.clone())
    }

    /// Refuses a write that was made for another state of the object.
    fn check_version(&self, live: &Stored, object: &Value) -> Result<()> {
        let resource = &self.call.resource;
        match object.resource_version() {
            "" | "0" if resource.ways.unconditional_update => Ok(()),
            "" | "0" => {
                let why = "must be specified for an update";
                let error = FieldError::invalid("metadata.resourceVersion", 0, why);
                let (kind, group) = (&resource.plural, &resource.group);
                Err(Failure::invalid(kind, group, live.value.name(), &[error]))
            }
            version => match parse_version(version)? {
                version if version == live.version => Ok(()),
                _ if mutation::is(Mutation::IgnoresResourceVersion) => Ok(()),
                _ => Err(Failure::modified(resource, live.value.name())),
            },
        }
    }

    fn refuse(&self, object: &Value, errors: &[FieldError]) -> Result<()> {
        if errors.is_empty() {
            return Ok(());
        }
        let resource = &self.call.resource;
        Err(Failure::invalid(&resource.kind, &resource.group, object.name(), errors))
    }
}

/// A resource version as a number.
pub(crate) fn parse_version(version: &str) -> Result<u64> {
    version.parse().map_err(|_| {
        Failure::internal(format!("strconv.ParseUint: parsing {version:?}: invalid syntax"))
    })
}

/// Puts back the metadata that a write may leave out or say otherwise without effect.
fn keep_metadata(live: &Value, object: &mut Value) {
    let of_live = |key: &str| live.meta(key).cloned();
    let metadata = metadata_mut(object);
    let is_empty = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || value == "");
    for key in ["creationTimestamp", "generation", "selfLink"] {
        match of_live(key) {
            Some(value) => metadata.insert(key.into(), value),
            None => metadata.remove(key),
        };
    }
    if let Some(value) = of_live("deletionTimestamp") {
        metadata.insert("deletionTimestamp".into(), value);
    }
    for key in ["uid", "deletionGracePeriodSeconds", "namespace"] {
        if let (true, Some(value)) = (is_empty(metadata.get(key)), of_live(key)) {
            metadata.insert(key.into(), value);
        }
    }
}

/// One more when the specification differs: all but metadata and, where it is apart, status. A Deployment's
/// annotations count as well.
fn count_generation(resource: &ResourceType, live: &Value, object: &mut Value) {
    let counted = |value: &Value| {
        let mut value = value.clone();
        if let Value::Object(map) = &mut value {
            map.remove("metadata");
            if resource.ways.has_status {
                map.remove("status");
            }
        }
        value
    };
    let differs = counted(live) != counted(object)
        || resource.group == "apps"
            && resource.kind == "Deployment"
            && live.meta("annotations") != object.meta("annotations");
    if differs && !mutation::is(Mutation::GenerationStays) {
        let number = live.meta("generation").and_then(Value::as_i64).unwrap_or(0);
        metadata_mut(object).insert("generation".into(), number.saturating_add(1).into());
    }
}

/// Whether an object that was to be deleted waits for nothing more after this write.
pub(crate) fn is_finished(object: &Value, live: &Value) -> bool {
    let grace = live.meta("deletionGracePeriodSeconds").and_then(Value::as_i64);
    live.is_terminating()
        && grace.unwrap_or(0) == 0
        && object.finalizers().is_empty()
        && kinds::holds_itself(object).is_none()
}
