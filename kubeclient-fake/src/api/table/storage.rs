//! The cells of volumes, their claims and their classes.

use serde_json::Value;

use super::cells::{Row, joined, texts};
use super::network::with_default;
use crate::object::Object;

const CLASS: &str = "/metadata/annotations/volume.beta.kubernetes.io~1storage-class";

/// Of the core group.
pub(super) fn core(kind: &str, row: &Row<'_>) -> Option<Vec<Value>> {
    match kind {
        "PersistentVolume" => Some(volume(row)),
        "PersistentVolumeClaim" => Some(claim(row)),
        _ => None,
    }
}

/// Of the group of storage.
pub(super) fn grouped(kind: &str, row: &Row<'_>) -> Option<Vec<Value>> {
    Some(match kind {
        "StorageClass" => {
            let annotations = ["", "beta."].map(|stage| {
                format!("/metadata/annotations/storageclass.{stage}kubernetes.io~1is-default-class")
            });
            vec![
                with_default(row, &annotations.each_ref().map(String::as_str)),
                row.text("/provisioner").into(),
                row.text_or("/reclaimPolicy", "Delete"),
                row.text_or("/volumeBindingMode", "Immediate"),
                row.flag("/allowVolumeExpansion", false),
                row.age(),
            ]
        }
        "VolumeAttachment" => vec![
            row.name(),
            row.text("/spec/attacher").into(),
            row.text("/spec/source/persistentVolumeName").into(),
            row.text("/spec/nodeName").into(),
            row.flag("/status/attached", false),
            row.age(),
        ],
        "VolumeAttributesClass" => vec![row.name(), row.text("/driverName").into(), row.age()],
        "CSINode" => vec![row.name(), row.count("/spec/drivers").into(), row.age()],
        "CSIDriver" => driver(row),
        _ => return None,
    })
}

fn driver(row: &Row<'_>) -> Vec<Value> {
    let modes = texts(row.list("/spec/volumeLifecycleModes")).join(",");
    let requests = "/spec/tokenRequests";
    vec![
        row.name(),
        row.flag("/spec/attachRequired", true),
        row.flag("/spec/podInfoOnMount", false),
        row.flag("/spec/storageCapacity", false),
        match row.has(requests) {
            true => joined(row.list(requests), "/audience", ",").into(),
            false => "<unset>".into(),
        },
        row.flag("/spec/requiresRepublish", false),
        if modes.is_empty() { "<none>".into() } else { modes.into() },
        row.age(),
    ]
}

fn volume(row: &Row<'_>) -> Vec<Value> {
    let claim = match row.has("/spec/claimRef") {
        true => {
            format!("{}/{}", row.text("/spec/claimRef/namespace"), row.text("/spec/claimRef/name"))
        }
        false => String::new(),
    };
    vec![
        row.name(),
        row.quantity("/spec/capacity/storage").into(),
        modes(row.list("/spec/accessModes")),
        row.text("/spec/persistentVolumeReclaimPolicy").into(),
        phase(row),
        claim.into(),
        class(row),
        row.text_or("/spec/volumeAttributesClassName", "<unset>"),
        row.text("/status/reason").into(),
        row.age(),
        row.text_or("/spec/volumeMode", "<unset>"),
    ]
}

fn claim(row: &Row<'_>) -> Vec<Value> {
    let volume = row.text("/spec/volumeName");
    let is_bound = !volume.is_empty();
    vec![
        row.name(),
        phase(row),
        volume.into(),
        if is_bound { row.quantity("/status/capacity/storage").into() } else { "".into() },
        if is_bound { modes(row.list("/status/accessModes")) } else { "".into() },
        class(row),
        row.text_or("/spec/volumeAttributesClassName", "<unset>"),
        row.age(),
        row.text_or("/spec/volumeMode", "<unset>"),
    ]
}

fn phase(row: &Row<'_>) -> Value {
    if row.object.is_terminating() {
        "Terminating".into()
    } else {
        row.text("/status/phase").into()
    }
}

fn class(row: &Row<'_>) -> Value {
    if row.has(CLASS) { row.text(CLASS).into() } else { row.text("/spec/storageClassName").into() }
}

fn modes(modes: &[Value]) -> Value {
    let short = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let has = |mode: &str| modes.iter().any(|item| item.as_str() == Some(mode));
    let shown: Vec<&str> =
        short.into_iter().filter(|(mode, _)| has(mode)).map(|(_, short)| short).collect();
    shown.join(",").into()
}
