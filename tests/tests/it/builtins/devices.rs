//! `resource.k8s.io` in all its versions.

use kubeclient::meta::raw::RawJson;

use super::parts::{named, quantity, some, strings, zones};
use super::plane::ROOM;
use super::trip::trips;

/// Parameters that only the driver reads.
macro_rules! opaque {
    () => {
        some(OpaqueDeviceConfiguration {
            driver: "gpu.example.com".into(),
            parameters: Some(RawJson::new(r#"{"kind":"Tuning","level":1.5}"#).unwrap()),
        })
    };
}

macro_rules! selectors {
    () => {
        vec![DeviceSelector {
            cel: some(CELDeviceSelector {
                expression: "device.driver == 'gpu.example.com'".into(),
            }),
        }]
    };
}

macro_rules! device_class {
    ($name:literal) => {
        DeviceClass {
            metadata: named($name),
            spec: DeviceClassSpec {
                selectors: selectors!(),
                config: vec![DeviceClassConfiguration { opaque: opaque!() }],
                ..DeviceClassSpec::default()
            },
        }
    };
}

/// A claim; the versions differ in its requests.
macro_rules! claim {
    ($request:expr) => {
        ResourceClaimSpec {
            devices: DeviceClaim {
                requests: vec![
                    $request,
                    DeviceRequest {
                        name: "either".into(),
                        first_available: vec![
                            DeviceSubRequest {
                                name: "large".into(),
                                device_class_name: "gpu.example.com".into(),
                                allocation_mode: "All".into(),
                                ..DeviceSubRequest::default()
                            },
                            DeviceSubRequest {
                                name: "small".into(),
                                device_class_name: "gpu.example.com".into(),
                                allocation_mode: "ExactCount".into(),
                                count: 2,
                                selectors: selectors!(),
                                ..DeviceSubRequest::default()
                            },
                        ],
                        ..DeviceRequest::default()
                    },
                ],
                constraints: vec![DeviceConstraint {
                    requests: strings(["one", "either"]),
                    match_attribute: Some("gpu.example.com/board".into()),
                    ..DeviceConstraint::default()
                }],
                config: vec![DeviceClaimConfiguration {
                    requests: strings(["one"]),
                    opaque: opaque!(),
                }],
            },
        }
    };
}

/// The request of v1 and v1beta2, which stands in a struct of its own.
macro_rules! exactly {
    () => {
        DeviceRequest {
            name: "one".into(),
            exactly: some(ExactDeviceRequest {
                device_class_name: "gpu.example.com".into(),
                selectors: selectors!(),
                allocation_mode: "ExactCount".into(),
                count: 3,
                tolerations: vec![DeviceToleration {
                    key: "example.com/worn".into(),
                    operator: "Exists".into(),
                    effect: "NoExecute".into(),
                    toleration_seconds: Some(0),
                    ..DeviceToleration::default()
                }],
                ..ExactDeviceRequest::default()
            }),
            ..DeviceRequest::default()
        }
    };
}

/// The request of v1beta1.
macro_rules! flat {
    () => {
        DeviceRequest {
            name: "one".into(),
            device_class_name: "gpu.example.com".into(),
            selectors: selectors!(),
            allocation_mode: "ExactCount".into(),
            count: 3,
            ..DeviceRequest::default()
        }
    };
}

macro_rules! claim_template {
    ($name:literal, $request:expr) => {
        ResourceClaimTemplate {
            metadata: named($name),
            spec: ResourceClaimTemplateSpec { metadata: named(""), spec: claim!($request) },
        }
    };
}

/// A slice; the versions differ in its devices.
macro_rules! slice {
    ($name:literal, $device:expr) => {
        ResourceSlice {
            metadata: named($name),
            spec: ResourceSliceSpec {
                driver: "gpu.example.com".into(),
                pool: ResourcePool { name: $name.into(), generation: 0, resource_slice_count: 1 },
                node_selector: some(zones()),
                devices: vec![$device],
                ..ResourceSliceSpec::default()
            },
        }
    };
}

/// A device, or what is basic of it: attributes of each type, capacities, a taint.
macro_rules! device {
    ($kind:ident { $($field:ident: $value:expr)? }) => {
        $kind {
            $($field: $value,)?
            attributes: [
                ("board", DeviceAttribute { int: Some(0), ..DeviceAttribute::default() }),
                ("shared", DeviceAttribute { bool: Some(false), ..DeviceAttribute::default() }),
                ("model", DeviceAttribute {
                    string: Some("a \u{e9}".into()),
                    ..DeviceAttribute::default()
                }),
                ("driver", DeviceAttribute {
                    version: Some("1.2.3".into()),
                    ..DeviceAttribute::default()
                }),
            ]
            .into(),
            capacity: [(
                "memory",
                DeviceCapacity { value: quantity("40Gi"), ..DeviceCapacity::default() },
            )]
            .into(),
            taints: vec![DeviceTaint {
                key: "example.com/worn".into(),
                effect: "NoSchedule".into(),
                time_added: Some("2026-01-02T03:04:05Z".parse().unwrap()),
                ..DeviceTaint::default()
            }],
            ..$kind::default()
        }
    };
}

macro_rules! taint_rule {
    ($name:literal) => {
        DeviceTaintRule {
            metadata: named($name),
            spec: DeviceTaintRuleSpec {
                device_selector: some(DeviceTaintSelector {
                    driver: Some("gpu.example.com".into()),
                    pool: Some("some".into()),
                    ..DeviceTaintSelector::default()
                }),
                taint: DeviceTaint {
                    key: "example.com/worn".into(),
                    value: "very".into(),
                    effect: "NoExecute".into(),
                    time_added: Some("2026-01-02T03:04:05Z".parse().unwrap()),
                },
            },
            ..DeviceTaintRule::default()
        }
    };
}

trips! {
    resource_v1 {
        device_classes(): DeviceClass => device_class!("class");
        resource_claims(ROOM): ResourceClaim => ResourceClaim {
            metadata: named("claim"),
            spec: claim!(exactly!()),
            ..ResourceClaim::default()
        };
        resource_claim_templates(ROOM): ResourceClaimTemplate =>
            claim_template!("template", exactly!());
        resource_slices(): ResourceSlice => slice!("slice", device!(Device { name: "gpu-0".into() }));
    }
    resource_v1alpha3 {
        device_taint_rules(): DeviceTaintRule => taint_rule!("worn-alpha");
        resource_pool_status_requests(): ResourcePoolStatusRequest => ResourcePoolStatusRequest {
            metadata: named("pools"),
            spec: ResourcePoolStatusRequestSpec {
                driver: "gpu.example.com".into(),
                pool_name: Some("some".into()),
                limit: Some(5),
            },
            ..ResourcePoolStatusRequest::default()
        };
    }
    resource_v1beta1 {
        device_classes(): DeviceClass => device_class!("class-beta1");
        resource_claims(ROOM): ResourceClaim => ResourceClaim {
            metadata: named("claim-beta1"),
            spec: claim!(flat!()),
            ..ResourceClaim::default()
        };
        resource_claim_templates(ROOM): ResourceClaimTemplate =>
            claim_template!("template-beta1", flat!());
        resource_slices(): ResourceSlice => slice!("slice-beta1", Device {
            name: "gpu-0".into(),
            basic: some(device!(BasicDevice {})),
        });
    }
    resource_v1beta2 {
        device_classes(): DeviceClass => device_class!("class-beta2");
        device_taint_rules(): DeviceTaintRule => taint_rule!("worn-beta");
        resource_claims(ROOM): ResourceClaim => ResourceClaim {
            metadata: named("claim-beta2"),
            spec: claim!(exactly!()),
            ..ResourceClaim::default()
        };
        resource_claim_templates(ROOM): ResourceClaimTemplate =>
            claim_template!("template-beta2", exactly!());
        resource_slices(): ResourceSlice =>
            slice!("slice-beta2", device!(Device { name: "gpu-0".into() }));
    }
}
