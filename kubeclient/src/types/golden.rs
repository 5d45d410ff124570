//! Every kind, filled in every field, as Go writes it in JSON and in protobuf (`tests/golden/types`): what
//! is read of one is what is read of the other, and what is written is what was read.

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::kinds::each_kind;
use crate::meta::list::ObjectList;
use crate::meta::manifest::Manifest;
use crate::meta::message::Described;
use crate::meta::protobuf::{Input, envelope, merge};
use crate::meta::resource::Resource;
use crate::meta::status::Status;
use crate::meta::typed::Expected;
use crate::rest::wire;
use crate::types::core_v1::Pod;

fn golden(module: &str, file: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/types");
    let path = folder.join(module).join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read<T: Described>(bytes: &[u8]) -> T {
    let opened = envelope::open(Input::new(bytes)).unwrap();
    let mut object = T::default();
    merge(&mut object, opened.object).unwrap_or_else(|error| panic!("{error}"));
    object
}

/// Checks that two values are equal; says only where they are not, since they are large.
#[track_caller]
fn same<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T, what: &str) {
    let (shown, wanted) = (format!("{found:#?}"), format!("{expected:#?}"));
    for (i, (found, expected)) in shown.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(found, expected, "{what}: line {i} of {shown}");
    }
    assert!(found == expected, "{what}");
}

/// Checks that both wires say the same, and that what is written is what was read.
#[track_caller]
fn check_message<T>(module: &str, api_version: &str, kind: &str) -> T
where
    T: Described + DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let what = format!("{module} {kind}");
    let text = String::from_utf8(golden(module, &format!("{kind}.json"))).unwrap();
    let types = format!(r#"{{"kind":"{kind}","apiVersion":"{api_version}","#);
    let fields = text.strip_prefix(&types).unwrap_or_else(|| panic!("{what}: {types}"));
    let text = format!("{{{fields}");
    let object: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what}: {error}"));
    let written: Value = serde_json::to_value(&object).unwrap();
    same(&written, &serde_json::from_str(&text).unwrap(), &format!("{what}: lost in JSON"));

    let bytes = golden(module, &format!("{kind}.pb"));
    let opened = envelope::open(Input::new(&bytes)).unwrap();
    assert_eq!((opened.api_version, opened.kind), (api_version, kind));
    same(&read::<T>(&bytes), &object, &format!("{what}: the wires disagree"));
    let written = envelope::write(api_version, kind, &object);
    same(&read::<T>(&written), &object, &format!("{what}: lost in protobuf"));
    // In another order, but the same fields.
    assert_eq!(written.len(), bytes.len(), "{what}: not what Go writes");
    object
}

/// Checks a kind as calls read it, too, and that whatever is cut off or changed of it breaks nothing.
#[track_caller]
fn check<T>(module: &str)
where
    T: Resource + Described + DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let object: T = check_message(module, T::API_VERSION, T::KIND);
    let text = golden(module, &format!("{}.json", T::KIND));
    assert_eq!(serde_json::from_slice::<Manifest<T>>(&text).unwrap().0, object);
    let expected = Expected { api_version: T::API_VERSION, kind: T::KIND, required: true };
    assert_eq!(wire::object::<T>(&text, expected).unwrap(), object);
    let mut bytes = golden(module, &format!("{}.pb", T::KIND));
    assert_eq!(wire::object::<T>(&bytes, expected).unwrap(), object);
    let step = bytes.len() / 50 + 1;
    for at in (0..bytes.len()).step_by(step) {
        let _ = wire::object::<T>(&bytes[..at], expected);
        let byte = bytes[at];
        for change in [0x7f, 0xff, byte ^ 0x08] {
            bytes[at] = change;
            let _ = wire::object::<T>(&bytes, expected);
        }
        bytes[at] = byte;
    }
}

macro_rules! check_kind {
    ($module:ident $kind:ident) => {
        check::<crate::types::$module::$kind>(stringify!($module))
    };
}

/// Fidelity 54, 55.
#[test]
fn every_kind_survives_both_wires() {
    each_kind!(check_kind);
}

#[test]
fn what_is_no_resource_survives_both_wires() {
    use crate::types::{admission_v1, apiextensions_v1, autoscaling_v1, meta_v1};

    check_message::<admission_v1::AdmissionReview>(
        "admission_v1",
        "admission.k8s.io/v1",
        "AdmissionReview",
    );
    check_message::<apiextensions_v1::ConversionReview>(
        "apiextensions_v1",
        "apiextensions.k8s.io/v1",
        "ConversionReview",
    );
    check_message::<autoscaling_v1::Scale>("autoscaling_v1", "autoscaling/v1", "Scale");
    check_message::<meta_v1::DeleteOptions>("meta_v1", "v1", "DeleteOptions");
    check_message::<Status>("meta_v1", "v1", "Status");
}

#[test]
fn a_list_is_the_same_in_both_wires() {
    let expected = Expected { api_version: "v1", kind: "Pod", required: true };
    let read = |file| -> ObjectList<Pod> {
        wire::list(&golden("core_v1", file), expected).unwrap_or_else(|error| panic!("{error}"))
    };
    let list = read("PodList.json");
    assert_eq!(list.len(), 2);
    assert!(list.has_more() && list.metadata.remaining_item_count.is_some());
    assert_eq!(list, read("PodList.pb"));
}
