//! Volumes, claims and drivers.

use serde_json::Value;

use super::{at, child, default};

pub(super) fn volume(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "persistentVolumeReclaimPolicy", "Retain");
    default(spec, "volumeMode", "Filesystem");
    at(spec, "hostPath", |source| {
        if source.get("type").is_none() {
            source["type"] = "".into();
        }
    });
    default(child(object, "status"), "phase", "Pending");
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
