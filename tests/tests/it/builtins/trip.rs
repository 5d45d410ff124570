//! The round trip of an object: written, read, listed, replaced and watched over both wires.

use std::fmt::Debug;

use kubeclient::{
    Api, ApiResource, Clientset, Complete, DeleteParams, FieldValidation, ListParams, Manifest,
    Object, ObjectMeta, PostParams, Request, Resource, ResourcePath, WatchEvent, WatchParams,
    retry_on_conflict,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json::{check_kept, check_same};
use super::plane::Plane;
use crate::common::{eventually, watch};

/// What a table says of a kind.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The group-version's module.
    pub(crate) module: &'static str,
    /// The accessor's name.
    pub(crate) accessor: &'static str,
    /// What the type says of itself.
    pub(crate) resource: ApiResource,
    /// The subresources that the type declares.
    pub(crate) subresources: Vec<&'static str>,
}

/// A kind that these tests can send over both wires.
pub(crate) trait Kind:
    Resource
    + Object<Metadata = ObjectMeta>
    + Complete
    + Serialize
    + DeserializeOwned
    + Clone
    + PartialEq
    + Debug
{
}

impl<T> Kind for T where
    T: Resource
        + Object<Metadata = ObjectMeta>
        + Complete
        + Serialize
        + DeserializeOwned
        + Clone
        + PartialEq
        + Debug
{
}

/// A table: for each kind a test of its name, in a module named as the group-version, and a [`Row`].
macro_rules! trips {
    ($($module:ident { $($accessor:ident($($room:ident)?): $kind:ident => $object:expr;)* })*) => {
        $(pub(crate) mod $module {
            #[allow(unused_imports)]
            use super::*;
            use kubeclient::$module::*;

            $(
                #[test]
                fn $accessor() {
                    let Some(plane) = $crate::builtins::plane::plane() else { return };
                    let object: $kind = $object;
                    let accessor = |clientset: &kubeclient::Clientset| {
                        clientset.$module().$accessor($($room)?)
                    };
                    $crate::builtins::trip::check(plane, accessor, &object);
                }
            )*

            pub(crate) fn rows() -> Vec<$crate::builtins::trip::Row> {
                vec![$($crate::builtins::trip::row!($module $accessor $kind)),*]
            }
        })*

        pub(crate) fn rows() -> Vec<$crate::builtins::trip::Row> {
            [$($module::rows()),*].concat()
        }
    };
}

/// The row of a kind.
macro_rules! row {
    ($module:ident $accessor:ident $kind:ident) => {
        $crate::builtins::trip::Row {
            module: stringify!($module),
            accessor: stringify!($accessor),
            resource: <$kind as kubeclient::Resource>::api_resource(),
            subresources: $crate::builtins::accessors::declared!($kind),
        }
    };
}

pub(crate) use row;
pub(crate) use trips;

/// Checks that an object is the same over both wires, whatever is done with it. Fidelity 54.
#[track_caller]
pub(crate) fn check<T: Kind>(plane: &Plane, accessor: impl Fn(&Clientset) -> Api<T>, object: &T) {
    let trip = Trip {
        json: accessor(&plane.clientset),
        protobuf: accessor(&plane.clientset.with_protobuf()),
        name: object.metadata().name.clone(),
    };
    trip.is_created(object);
    trip.is_read();
    trip.is_listed();
    trip.is_watched();
    trip.is_replaced();
    trip.protobuf.delete(&trip.name, &DeleteParams::default().grace_period(0)).unwrap();
}

struct Trip<T> {
    json: Api<T>,
    protobuf: Api<T>,
    name: String,
}

impl<T: Kind> Trip<T> {
    /// What is sent is understood alike in both wires, and none of it is dropped.
    fn is_created(&self, object: &T) {
        let params = PostParams::default().field_validation(FieldValidation::Strict);
        let tried = self.json.create_with(object, &params.clone().dry_run()).unwrap();
        let created = self.protobuf.create_with(object, &params).unwrap();
        assert!(!created.metadata().uid.is_empty());
        same(&of_any_time(&created), &of_any_time(&tried), "created in protobuf and in JSON");
        let mut sent = value(object);
        if let Value::Object(fields) = &mut sent {
            // The server drops it when it creates.
            fields.remove("status");
        }
        check_kept(&sent, &value(&created), "what is sent is kept");
    }

    /// One object, and the JSON text of it.
    fn is_read(&self) {
        let (json, protobuf, text, read) = eventually("all read one version", || {
            let json = self.json.get(&self.name).unwrap();
            let protobuf = self.protobuf.get(&self.name).unwrap();
            let text = self.text();
            let Manifest(read) = serde_json::from_slice::<Manifest<T>>(&text).unwrap();
            let version = &json.metadata().resource_version;
            let is_one = [&protobuf, &read]
                .iter()
                .all(|object| object.metadata().resource_version == *version);
            is_one.then_some((json, protobuf, text, read))
        });
        same(&protobuf, &json, "read in protobuf and in JSON");
        same(&read, &json, "read by hand and by the client");
        let theirs: Value = serde_json::from_slice(&text).unwrap();
        let ours = serde_json::to_value(Manifest(&read)).unwrap();
        check_same(&theirs, &ours, "JSON read and written");
    }

    /// The object as the server sends it.
    fn text(&self) -> Vec<u8> {
        let mut path = ResourcePath::of(self.json.resource()).name(&self.name);
        if let Some(namespace) = self.json.namespace() {
            path = path.namespace(namespace);
        }
        self.json.client().send(&Request::get(path)).unwrap().into_bytes()
    }

    fn is_listed(&self) {
        let params = ListParams::default().fields(self.field());
        let (json, protobuf) = eventually("both list one version", || {
            let json = self.json.list(&params).unwrap().items;
            let protobuf = self.protobuf.list(&params).unwrap().items;
            (versions(&json) == versions(&protobuf)).then_some((json, protobuf))
        });
        assert_eq!(json.len(), 1);
        same(&protobuf, &json, "listed in protobuf and in JSON");
    }

    fn is_watched(&self) {
        let (added, read) = eventually("a watch begins with the version that is read", || {
            let mut events = watch(&self.protobuf, &WatchParams::default().fields(self.field()));
            let added = match events.next().expect("an event").unwrap() {
                WatchEvent::Added(object) => object,
                other => panic!("expected that it was added, found {other:?}"),
            };
            let read = self.json.get(&self.name).unwrap();
            (added.metadata().resource_version == read.metadata().resource_version)
                .then_some((added, read))
        });
        same(&added, &read, "watched in protobuf and read in JSON");
    }

    /// A replace that only adds a label changes nothing else: what a type or a wire lost would be gone.
    fn is_replaced(&self) {
        let label = ("example.com/seen", "yes");
        let (before, replaced) = retry_on_conflict(|| {
            let before = self.protobuf.get(&self.name)?;
            let mut object = before.clone();
            object.metadata_mut().labels.insert(label.0.into(), label.1.into());
            Ok((before, self.protobuf.replace(&object)?))
        })
        .unwrap();
        assert_eq!(replaced.metadata().labels[label.0], label.1);
        assert_ne!(replaced.metadata().resource_version, before.metadata().resource_version);
        let mut expected = of_any_time(&before);
        if T::KIND == "EndpointSlice" {
            // The only kind whose generation counts its labels, too.
            expected.metadata_mut().generation += 1;
        }
        expected.metadata_mut().labels.insert(label.0.into(), label.1.into());
        same(&of_any_time(&replaced), &expected, "replaced in protobuf");
    }

    fn field(&self) -> String {
        format!("metadata.name={}", self.name)
    }
}

fn versions<T: Kind>(objects: &[T]) -> Vec<&str> {
    objects.iter().map(|object| object.metadata().resource_version.as_str()).collect()
}

/// The object without what is another one whenever it is written.
pub(super) fn of_any_time<T: Kind>(object: &T) -> T {
    let mut object = object.clone();
    let metadata = object.metadata_mut();
    metadata.uid.clear();
    metadata.resource_version.clear();
    metadata.creation_timestamp = None;
    metadata.managed_fields.clear();
    object
}

fn value<T: Kind>(object: &T) -> Value {
    serde_json::to_value(object).unwrap()
}

/// Checks that two values are equal; says only where they are not, since they are large.
#[track_caller]
pub(super) fn same<T: PartialEq + Debug>(found: &T, expected: &T, what: &str) {
    let (shown, wanted) = (format!("{found:#?}"), format!("{expected:#?}"));
    for (found, expected) in shown.lines().zip(wanted.lines()) {
        assert_eq!(found, expected, "{what}, in {shown}");
    }
    assert!(found == expected, "{what}: {shown}");
}
