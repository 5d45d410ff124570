//! Volumes: those of the core group, and `storage.k8s.io`.

use kubeclient::core_v1::{TopologySelectorLabelRequirement, TopologySelectorTerm};

use super::parts::{named, quantity, selector, some, strings, zones};
use super::plane::ROOM;
use super::trip::trips;

trips! {
    core_v1 {
        persistent_volumes(): PersistentVolume => PersistentVolume {
            metadata: named("volume"),
            spec: PersistentVolumeSpec {
                capacity: [("storage", quantity("5Gi"))].into(),
                csi: some(CSIPersistentVolumeSource {
                    driver: "csi.example.com".into(),
                    volume_handle: "handle".into(),
                    fs_type: "ext4".into(),
                    volume_attributes: [("tier", "gold")].into(),
                    node_stage_secret_ref: some(SecretReference {
                        name: "stage".into(),
                        namespace: ROOM.into(),
                    }),
                    ..CSIPersistentVolumeSource::default()
                }),
                access_modes: strings(["ReadWriteMany", "ReadOnlyMany"]),
                claim_ref: some(ObjectReference {
                    kind: "PersistentVolumeClaim".into(),
                    namespace: ROOM.into(),
                    name: "some".into(),
                    ..ObjectReference::default()
                }),
                persistent_volume_reclaim_policy: "Delete".into(),
                storage_class_name: "fast".into(),
                mount_options: strings(["noatime"]),
                node_affinity: some(VolumeNodeAffinity { required: some(zones()) }),
                ..PersistentVolumeSpec::default()
            },
            ..PersistentVolume::default()
        };
        persistent_volume_claims(ROOM): PersistentVolumeClaim => PersistentVolumeClaim {
            metadata: named("claim"),
            spec: PersistentVolumeClaimSpec {
                access_modes: strings(["ReadWriteOncePod"]),
                selector: some(selector()),
                resources: VolumeResourceRequirements {
                    requests: [("storage", quantity("1536Mi"))].into(),
                    limits: [("storage", quantity("2Gi"))].into(),
                },
                // Empty is not absent: no class, and not the default one.
                storage_class_name: Some(String::new()),
                volume_mode: Some("Block".into()),
                data_source_ref: some(TypedObjectReference {
                    api_group: Some("snapshot.storage.k8s.io".into()),
                    kind: "VolumeSnapshot".into(),
                    name: "some".into(),
                    ..TypedObjectReference::default()
                }),
                ..PersistentVolumeClaimSpec::default()
            },
            ..PersistentVolumeClaim::default()
        };
    }
    storage_v1 {
        csi_drivers(): CSIDriver => CSIDriver {
            metadata: named("csi.example.com"),
            spec: CSIDriverSpec {
                attach_required: Some(false),
                pod_info_on_mount: Some(true),
                volume_lifecycle_modes: strings(["Persistent", "Ephemeral"]),
                storage_capacity: Some(true),
                fs_group_policy: Some("File".into()),
                token_requests: vec![TokenRequest {
                    audience: "example.com".into(),
                    expiration_seconds: Some(3600),
                }],
                requires_republish: Some(true),
                se_linux_mount: Some(false),
                ..CSIDriverSpec::default()
            },
        };
        csi_nodes(): CSINode => CSINode {
            metadata: named("csi-node"),
            spec: CSINodeSpec {
                drivers: vec![CSINodeDriver {
                    name: "csi.example.com".into(),
                    node_id: "id".into(),
                    topology_keys: strings(["example.com/zone"]),
                    allocatable: some(VolumeNodeResources { count: Some(0) }),
                }],
            },
        };
        csi_storage_capacities(ROOM): CSIStorageCapacity => CSIStorageCapacity {
            metadata: named("capacity"),
            node_topology: some(selector()),
            storage_class_name: "fast".into(),
            capacity: Some(quantity("12345678901")),
            maximum_volume_size: Some(quantity("1Ei")),
        };
        storage_classes(): StorageClass => StorageClass {
            metadata: named("fast"),
            provisioner: "csi.example.com".into(),
            parameters: [("tier", "gold")].into(),
            reclaim_policy: Some("Retain".into()),
            mount_options: strings(["noatime"]),
            allow_volume_expansion: Some(false),
            volume_binding_mode: Some("WaitForFirstConsumer".into()),
            allowed_topologies: vec![TopologySelectorTerm {
                match_label_expressions: vec![TopologySelectorLabelRequirement {
                    key: "topology.kubernetes.io/zone".into(),
                    values: strings(["a", "b"]),
                }],
            }],
        };
        volume_attachments(): VolumeAttachment => VolumeAttachment {
            metadata: named("attachment"),
            spec: VolumeAttachmentSpec {
                attacher: "csi.example.com".into(),
                source: VolumeAttachmentSource {
                    persistent_volume_name: Some("some".into()),
                    ..VolumeAttachmentSource::default()
                },
                node_name: "some".into(),
            },
            ..VolumeAttachment::default()
        };
        volume_attributes_classes(): VolumeAttributesClass => VolumeAttributesClass {
            metadata: named("gold"),
            driver_name: "csi.example.com".into(),
            parameters: [("iops", "1000")].into(),
        };
    }
    storage_v1beta1 {
        volume_attributes_classes(): VolumeAttributesClass => VolumeAttributesClass {
            metadata: named("silver"),
            driver_name: "csi.example.com".into(),
            parameters: [("iops", "100")].into(),
        };
    }
}
