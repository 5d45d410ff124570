//! Claims, volumes, classes, drivers.

use super::node::{Errors, Node};
use super::volumes;
use crate::field::FieldError;

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
/// What a volume by itself may come from.
const SOURCES: [&str; 23] = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
    "image",
];

fn modes(spec: &Node<'_>, errors: &mut Errors) {
    let modes = spec.at("accessModes");
    let items = modes.items();
    for mode in items.iter().filter(|mode| !MODES.contains(&mode.text())) {
        mode.called(modes.path.clone()).unsupported(&MODES, errors);
    }
    if items.len() > 1 && items.iter().any(|mode| mode.text() == "ReadWriteOncePod") {
        modes.forbidden("may not use ReadWriteOncePod with other access modes", errors);
    }
}

pub(super) fn claim(spec: &Node<'_>, errors: &mut Errors) {
    if spec.at("accessModes").is_empty() {
        spec.at("accessModes").missing("at least 1 access mode is required", errors);
    }
    spec.at("selector").selector(errors);
    modes(spec, errors);
    let amount = spec.at("resources").at("requests").at("storage");
    let amount = amount.called(format!("{}[storage]", spec.at("resources").path));
    if amount.required(errors) {
        amount.positive_amount(errors);
    }
    spec.at("storageClassName").subdomain(errors);
    spec.at("volumeMode").one_of(&["Block", "Filesystem"], errors);
}

pub(super) fn claim_update(spec: &Node<'_>, old: &Node<'_>, errors: &mut Errors) {
    let is_bound = !old.at("volumeName").is_empty();
    let fixed = |spec: &Node<'_>| {
        let mut value = spec.value.clone();
        if let serde_json::Value::Object(map) = &mut value {
            if is_bound {
                if let Some(requests) =
                    map.get_mut("resources").and_then(|all| all.get_mut("requests"))
                {
                    requests["storage"] = 0.into();
                }
                map.remove("volumeAttributesClassName");
            } else {
                map.remove("volumeName");
                // A class may be given to a claim that has none.
                if old.at("storageClassName").is_null() {
                    map.remove("storageClassName");
                }
            }
        }
        value
    };
    if fixed(spec) != fixed(old) {
        let why = "spec is immutable after creation except resources.requests and \
                   volumeAttributesClassName for bound claims";
        spec.forbidden(why, errors);
    }
    volume_mode(spec, old, errors);
}

fn volume_mode(spec: &Node<'_>, old: &Node<'_>, errors: &mut Errors) {
    let mode = spec.at("volumeMode");
    if mode.value != old.at("volumeMode").value {
        mode.called("volumeMode".to_owned()).invalid("field is immutable", errors);
    }
}

pub(super) fn volume(spec: &Node<'_>, errors: &mut Errors) {
    spec.at("accessModes").required(errors);
    modes(spec, errors);
    let capacity = spec.at("capacity");
    if capacity.is_empty() {
        capacity.missing("", errors);
    }
    if capacity.entry("storage").is_null() || capacity.entries().len() > 1 {
        capacity.unsupported(&["storage"], errors);
    }
    for (_, amount) in capacity.entries() {
        amount.positive_amount(errors);
    }
    let policy = spec.at("persistentVolumeReclaimPolicy");
    policy.one_of(&["Delete", "Recycle", "Retain"], errors);
    if volumes::source(spec, &SOURCES, errors) == 0 {
        spec.missing("must specify a volume type", errors);
    }
    let csi = spec.at("csi");
    if !csi.is_null() {
        csi.at("driver").required(errors);
        csi.at("volumeHandle").required(errors);
    }
    if !spec.at("local").is_null() && spec.at("nodeAffinity").is_null() {
        spec.at("nodeAffinity").missing("Local volume requires node affinity", errors);
    }
    if spec.at("hostPath").at("path").text() == "/" && policy.text() == "Recycle" {
        policy.forbidden("may not be 'recycle' for a hostPath mount of '/'", errors);
    }
    spec.at("storageClassName").subdomain(errors);
    spec.at("volumeMode").one_of(&["Block", "Filesystem"], errors);
}

pub(super) fn volume_update(spec: &Node<'_>, old: &Node<'_>, errors: &mut Errors) {
    if SOURCES.iter().any(|key| spec.at(key).value != old.at(key).value) {
        let why = "spec.persistentvolumesource is immutable after creation";
        errors.push(FieldError::forbidden("spec.persistentvolumesource", why));
    }
    volume_mode(spec, old, errors);
}

pub(super) fn class(class: &Node<'_>, errors: &mut Errors) {
    let provisioner = class.at("provisioner");
    if provisioner.required(errors) {
        let lower = serde_json::Value::from(provisioner.text().to_ascii_lowercase());
        Node { value: &lower, path: provisioner.path }.qualified_name(errors);
    }
    let parameters = class.at("parameters");
    if parameters.value.get("").is_some() {
        errors.push(FieldError::invalid(parameters.path, "", "field can not be empty."));
    }
    class.at("reclaimPolicy").one_of(&["Delete", "Retain"], errors);
    class.at("volumeBindingMode").one_of(&["Immediate", "WaitForFirstConsumer"], errors);
}

pub(super) fn driver(spec: &Node<'_>, errors: &mut Errors) {
    let policies = ["File", "None", "ReadWriteOnceWithFSType"];
    spec.at("fsGroupPolicy").one_of(&policies, errors);
    let modes = spec.at("volumeLifecycleModes");
    for mode in modes.items() {
        mode.called(modes.path.clone()).one_of(&["Persistent", "Ephemeral"], errors);
    }
}

pub(super) fn node(spec: &Node<'_>, errors: &mut Errors) {
    for driver in spec.at("drivers").items() {
        driver.at("name").required(errors);
        driver.at("nodeID").required(errors);
    }
}

pub(super) fn attachment(spec: &Node<'_>, errors: &mut Errors) {
    spec.at("attacher").required(errors);
    let source = spec.at("source");
    let keys = ["inlineVolumeSpec", "persistentVolumeName"];
    if keys.iter().filter(|key| !source.at(key).is_null()).count() != 1 {
        let why = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
        source.missing(why, errors);
    }
    spec.at("nodeName").must_be_subdomain(errors);
}

pub(super) fn attributes(class: &Node<'_>, errors: &mut Errors) {
    class.at("driverName").required(errors);
    if class.at("parameters").is_empty() {
        class.at("parameters").missing("must contain at least one key/value pair", errors);
    }
}
