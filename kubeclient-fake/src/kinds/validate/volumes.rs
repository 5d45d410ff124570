//! What the volumes of pods come from, and volumes by themselves.

use std::collections::HashSet;

use super::node::{Errors, Node};

/// The sources that a pod's volume may have, as the server looks at them.
const SOURCES: [&str; 30] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flexVolume",
    "configMap",
    "rbd",
    "flocker",
    "downwardAPI",
    "fc",
    "persistentVolumeClaim",
    "cephfs",
    "quobyte",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
    "cinder",
];

/// A pod's volumes; their names.
pub(super) fn check<'a>(volumes: &Node<'a>, errors: &mut Errors) -> HashSet<&'a str> {
    let mut names = HashSet::new();
    for volume in volumes.items() {
        let name = volume.at("name");
        source(&volume, &SOURCES, errors);
        if name.required(errors) {
            let before = errors.len();
            name.must_be_label(errors);
            if errors.len() == before && !names.insert(name.text()) {
                name.duplicate(errors);
            }
        }
    }
    names
}

/// One source, and what it needs. How many there are.
pub(super) fn source(volume: &Node<'_>, sources: &[&str], errors: &mut Errors) -> usize {
    let mut count = 0;
    for key in sources {
        let source = volume.at(key);
        if source.is_null() {
            continue;
        }
        count += 1;
        if count > 1 {
            source.forbidden("may not specify more than 1 volume type", errors);
            continue;
        }
        match *key {
            "secret" => {
                source.at("secretName").required(errors);
            }
            "configMap" => {
                source.at("name").required(errors);
            }
            "hostPath" => {
                source.at("path").required(errors);
                let kinds = [
                    "",
                    "BlockDevice",
                    "CharDevice",
                    "Directory",
                    "DirectoryOrCreate",
                    "File",
                    "FileOrCreate",
                    "Socket",
                ];
                source.at("type").one_of(&kinds, errors);
            }
            "persistentVolumeClaim" => {
                source.at("claimName").required(errors);
            }
            "nfs" => {
                source.at("server").required(errors);
                let path = source.at("path");
                path.required(errors);
                if !path.text().starts_with('/') {
                    let why = "must be an absolute path";
                    let text = path.text();
                    errors.push(crate::field::FieldError::invalid(path.path.as_str(), text, why));
                }
            }
            _ => {}
        }
    }
    count
}
