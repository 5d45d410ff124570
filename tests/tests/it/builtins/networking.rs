//! `networking.k8s.io` and `discovery.k8s.io`.

use kubeclient::core_v1::TypedLocalObjectReference;
use kubeclient::meta_v1::LabelSelector;

use super::parts::{named, pod_reference, selector, some, strings};
use super::plane::ROOM;
use super::trip::trips;

trips! {
    networking_v1 {
        ip_addresses(): IPAddress => IPAddress {
            metadata: named("192.168.7.1"),
            spec: IPAddressSpec {
                parent_ref: some(ParentReference {
                    resource: "services".into(),
                    namespace: ROOM.into(),
                    name: "some".into(),
                    ..ParentReference::default()
                }),
            },
        };
        ingress_classes(): IngressClass => IngressClass {
            metadata: named("outside"),
            spec: IngressClassSpec {
                controller: "example.com/ingress".into(),
                parameters: some(IngressClassParametersReference {
                    api_group: Some("example.com".into()),
                    kind: "Parameters".into(),
                    name: "some".into(),
                    scope: Some("Namespace".into()),
                    namespace: Some(ROOM.into()),
                }),
            },
        };
        ingresses(ROOM): Ingress => Ingress {
            metadata: named("ingress"),
            spec: IngressSpec {
                ingress_class_name: Some("some".into()),
                default_backend: some(IngressBackend {
                    resource: some(TypedLocalObjectReference {
                        api_group: Some("example.com".into()),
                        kind: "Bucket".into(),
                        name: "static".into(),
                    }),
                    ..IngressBackend::default()
                }),
                tls: vec![IngressTLS {
                    hosts: strings(["a.example.com"]),
                    secret_name: "certificate".into(),
                }],
                rules: vec![IngressRule {
                    host: "a.example.com".into(),
                    http: some(HTTPIngressRuleValue {
                        paths: vec![HTTPIngressPath {
                            path: "/x".into(),
                            path_type: Some("Prefix".into()),
                            backend: IngressBackend {
                                service: some(IngressServiceBackend {
                                    name: "web".into(),
                                    port: ServiceBackendPort {
                                        number: 80,
                                        ..ServiceBackendPort::default()
                                    },
                                }),
                                ..IngressBackend::default()
                            },
                        }],
                    }),
                }],
            },
            ..Ingress::default()
        };
        network_policies(ROOM): NetworkPolicy => NetworkPolicy {
            metadata: named("policy"),
            spec: NetworkPolicySpec {
                pod_selector: selector(),
                ingress: vec![
                    NetworkPolicyIngressRule {
                        ports: vec![
                            NetworkPolicyPort {
                                protocol: Some("TCP".into()),
                                port: Some(8000.into()),
                                end_port: Some(8010),
                            },
                            NetworkPolicyPort {
                                protocol: Some("UDP".into()),
                                port: Some("dns".into()),
                                ..NetworkPolicyPort::default()
                            },
                        ],
                        from: vec![
                            // All pods of all namespaces: empty is not absent.
                            NetworkPolicyPeer {
                                pod_selector: some(LabelSelector::default()),
                                namespace_selector: some(LabelSelector::default()),
                                ..NetworkPolicyPeer::default()
                            },
                        ],
                    },
                    // From everywhere.
                    NetworkPolicyIngressRule::default(),
                ],
                egress: vec![NetworkPolicyEgressRule {
                    to: vec![NetworkPolicyPeer {
                        ip_block: some(IPBlock {
                            cidr: "10.0.0.0/8".into(),
                            except: strings(["10.1.0.0/16"]),
                        }),
                        ..NetworkPolicyPeer::default()
                    }],
                    ..NetworkPolicyEgressRule::default()
                }],
                policy_types: strings(["Ingress", "Egress"]),
            },
        };
        service_cidrs(): ServiceCIDR => ServiceCIDR {
            metadata: named("more"),
            spec: ServiceCIDRSpec { cidrs: strings(["10.77.0.0/24"]) },
            ..ServiceCIDR::default()
        };
    }
    networking_v1beta1 {
        ip_addresses(): IPAddress => IPAddress {
            metadata: named("192.168.7.2"),
            spec: IPAddressSpec {
                parent_ref: some(ParentReference {
                    resource: "services".into(),
                    namespace: ROOM.into(),
                    name: "some".into(),
                    ..ParentReference::default()
                }),
            },
        };
        service_cidrs(): ServiceCIDR => ServiceCIDR {
            metadata: named("still-more"),
            spec: ServiceCIDRSpec { cidrs: strings(["10.78.0.0/24"]) },
            ..ServiceCIDR::default()
        };
    }
    discovery_v1 {
        endpoint_slices(ROOM): EndpointSlice => EndpointSlice {
            metadata: named("slice"),
            address_type: "IPv4".into(),
            endpoints: vec![
                Endpoint {
                    addresses: strings(["10.1.2.3"]),
                    conditions: EndpointConditions {
                        ready: Some(false),
                        serving: Some(true),
                        ..EndpointConditions::default()
                    },
                    hostname: Some("a".into()),
                    target_ref: some(pod_reference()),
                    node_name: Some("node".into()),
                    zone: Some("z".into()),
                    hints: some(EndpointHints {
                        for_zones: vec![ForZone { name: "z".into() }],
                        ..EndpointHints::default()
                    }),
                    ..Endpoint::default()
                },
                Endpoint { addresses: strings(["10.1.2.4"]), ..Endpoint::default() },
            ],
            ports: vec![EndpointPort {
                name: Some("http".into()),
                protocol: Some("TCP".into()),
                port: Some(80),
                app_protocol: Some("http".into()),
            }],
        };
    }
}
