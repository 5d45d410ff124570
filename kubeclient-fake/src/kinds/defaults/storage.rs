//! Volumes, claims and drivers.

use serde_json::Value;

use super::{at, child, default};

pub(super) fn volume(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "persistentVolumeReclaimPolicy", "Retain");
    default(spec, "volumeMode", "Filesystem");
    source(spec);
    default(child(object, "status"), "phase", "Pending");
}

/// What a volume comes from, in a pod or by itself.
pub(super) fn source(volume: &mut Value) {
    at(volume, "hostPath", |source| {
        if source.get("type").is_none() {
            source["type"] = "".into();
        }
    });
    at(volume, "iscsi", |source| default(source, "iscsiInterface", "default"));
    at(volume, "rbd", |source| {
        default(source, "pool", "rbd");
        default(source, "user", "admin");
        default(source, "keyring", "/etc/ceph/keyring");
    });
    at(volume, "azureDisk", |source| {
        default(source, "cachingMode", "ReadWrite");
        default(source, "fsType", "ext4");
        default(source, "readOnly", false);
        default(source, "kind", "Shared");
    });
    at(volume, "scaleIO", |source| {
        default(source, "storageMode", "ThinProvisioned");
        default(source, "fsType", "xfs");
    });
}

pub(super) fn claim(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "volumeMode", "Filesystem");
    default(spec, "resources", serde_json::json!({}));
    default(child(object, "status"), "phase", "Pending");
}

pub(super) fn csi_driver(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "attachRequired", true);
    default(spec, "podInfoOnMount", false);
    default(spec, "storageCapacity", false);
    default(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    default(spec, "requiresRepublish", false);
    default(spec, "seLinuxMount", false);
    if spec.get("volumeLifecycleModes").is_none() {
        spec["volumeLifecycleModes"] = serde_json::json!(["Persistent"]);
    }
}
