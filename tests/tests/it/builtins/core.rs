//! The core group, without its volumes.

use kubeclient::meta_v1::LabelSelector;

use super::parts::{container, moment, named, pod_reference, quantity, selector, some, strings};
use super::parts::{template, zones};
use super::plane::ROOM;
use super::trip::trips;

trips! {
    core_v1 {
        config_maps(ROOM): ConfigMap => ConfigMap {
            metadata: named("settings"),
            immutable: Some(false),
            data: [("empty", ""), ("text", "a\nb\t\"c\" \u{1f980}")].into(),
            binary_data: [("bytes", &b"\x00\xff\xfe k8s\0"[..])].into(),
        };
        endpoints(ROOM): Endpoints => Endpoints {
            metadata: named("ends"),
            subsets: vec![EndpointSubset {
                addresses: vec![EndpointAddress {
                    ip: "10.1.2.3".into(),
                    hostname: "a".into(),
                    node_name: Some("node".into()),
                    target_ref: some(pod_reference()),
                }],
                not_ready_addresses: vec![EndpointAddress {
                    ip: "10.1.2.4".into(),
                    ..EndpointAddress::default()
                }],
                ports: vec![EndpointPort {
                    name: "http".into(),
                    port: 80,
                    protocol: "TCP".into(),
                    app_protocol: Some("http".into()),
                }],
            }],
        };
        events(ROOM): Event => Event {
            metadata: named("event"),
            involved_object: pod_reference(),
            reason: "Pulled".into(),
            message: "It was there.".into(),
            source: EventSource { component: "kubelet".into(), host: "node".into() },
            first_timestamp: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            last_timestamp: Some("2026-01-02T03:04:06Z".parse().unwrap()),
            count: 2,
            type_: "Normal".into(),
            ..Event::default()
        };
        limit_ranges(ROOM): LimitRange => LimitRange {
            metadata: named("limits"),
            spec: LimitRangeSpec {
                limits: vec![LimitRangeItem {
                    type_: "PersistentVolumeClaim".into(),
                    max: [("storage", quantity("2Ti"))].into(),
                    min: [("storage", quantity("1"))].into(),
                    ..LimitRangeItem::default()
                }],
            },
        };
        namespaces(): Namespace => Namespace {
            metadata: named("another-room"),
            spec: NamespaceSpec { finalizers: strings(["kubernetes"]) },
            ..Namespace::default()
        };
        nodes(): Node => Node {
            metadata: named("node"),
            spec: NodeSpec {
                pod_cidr: "10.9.0.0/24".into(),
                pod_cidrs: strings(["10.9.0.0/24"]),
                provider_id: "example://a/b".into(),
                unschedulable: true,
                taints: vec![Taint {
                    key: "maintenance".into(),
                    value: "soon".into(),
                    effect: "NoSchedule".into(),
                    time_added: Some("2026-01-02T03:04:05Z".parse().unwrap()),
                }],
                ..NodeSpec::default()
            },
            // Unlike other kinds, a node brings its status along.
            status: NodeStatus {
                capacity: [("cpu", quantity("4")), ("memory", quantity("8Gi"))].into(),
                addresses: vec![NodeAddress {
                    type_: "InternalIP".into(),
                    address: "10.0.0.9".into(),
                }],
                conditions: vec![NodeCondition {
                    type_: "Ready".into(),
                    status: "True".into(),
                    last_heartbeat_time: Some("2026-01-02T03:04:05Z".parse().unwrap()),
                    ..NodeCondition::default()
                }],
                images: vec![ContainerImage {
                    names: strings(["example.invalid/image:1"]),
                    size_bytes: 1 << 40,
                }],
                ..NodeStatus::default()
            },
        };
        pods(ROOM): Pod => Pod {
            metadata: named("pod"),
            spec: PodSpec {
                volumes: volumes(),
                init_containers: vec![Container {
                    name: "sidecar".into(),
                    restart_policy: Some("Always".into()),
                    ..container()
                }],
                containers: vec![rich_container()],
                termination_grace_period_seconds: Some(0),
                service_account_name: "robot".into(),
                automount_service_account_token: Some(false),
                security_context: some(PodSecurityContext {
                    run_as_user: Some(1000),
                    run_as_non_root: Some(true),
                    supplemental_groups: vec![1, 2_147_483_647],
                    sysctls: vec![Sysctl {
                        name: "kernel.shm_rmid_forced".into(),
                        value: "0".into(),
                    }],
                    seccomp_profile: some(SeccompProfile {
                        type_: "RuntimeDefault".into(),
                        ..SeccompProfile::default()
                    }),
                    ..PodSecurityContext::default()
                }),
                affinity: some(Affinity {
                    node_affinity: some(NodeAffinity {
                        required_during_scheduling_ignored_during_execution: some(zones()),
                        ..NodeAffinity::default()
                    }),
                    pod_anti_affinity: some(PodAntiAffinity {
                        preferred_during_scheduling_ignored_during_execution: vec![
                            WeightedPodAffinityTerm {
                                weight: 7,
                                pod_affinity_term: PodAffinityTerm {
                                    label_selector: some(selector()),
                                    topology_key: "kubernetes.io/hostname".into(),
                                    namespace_selector: some(LabelSelector::default()),
                                    ..PodAffinityTerm::default()
                                },
                            },
                        ],
                        ..PodAntiAffinity::default()
                    }),
                    ..Affinity::default()
                }),
                tolerations: vec![Toleration {
                    key: "maintenance".into(),
                    operator: "Equal".into(),
                    value: "soon".into(),
                    effect: "NoExecute".into(),
                    toleration_seconds: Some(0),
                }],
                host_aliases: vec![HostAlias {
                    ip: "10.0.0.1".into(),
                    hostnames: strings(["a.example.com"]),
                }],
                dns_config: some(PodDNSConfig {
                    nameservers: strings(["10.0.0.2"]),
                    options: vec![PodDNSConfigOption {
                        name: "ndots".into(),
                        value: Some("2".into()),
                    }],
                    ..PodDNSConfig::default()
                }),
                readiness_gates: vec![PodReadinessGate {
                    condition_type: "example.com/ready".into(),
                }],
                topology_spread_constraints: vec![TopologySpreadConstraint {
                    max_skew: 1,
                    topology_key: "topology.kubernetes.io/zone".into(),
                    when_unsatisfiable: "ScheduleAnyway".into(),
                    label_selector: some(selector()),
                    ..TopologySpreadConstraint::default()
                }],
                scheduling_gates: vec![PodSchedulingGate { name: "example.com/wait".into() }],
                ..PodSpec::default()
            },
            ..Pod::default()
        };
        pod_templates(ROOM): PodTemplate => PodTemplate {
            metadata: named("template"),
            template: template("Always"),
        };
        replication_controllers(ROOM): ReplicationController => ReplicationController {
            metadata: named("controller"),
            spec: ReplicationControllerSpec {
                replicas: Some(0),
                min_ready_seconds: 4,
                selector: [("app", "round")].into(),
                template: some(template("Always")),
            },
            ..ReplicationController::default()
        };
        resource_quotas(ROOM): ResourceQuota => ResourceQuota {
            metadata: named("quota"),
            spec: ResourceQuotaSpec {
                hard: [("requests.storage", quantity("100Ti"))].into(),
                ..ResourceQuotaSpec::default()
            },
            ..ResourceQuota::default()
        };
        secrets(ROOM): Secret => Secret {
            metadata: named("secret"),
            immutable: Some(true),
            data: [("password", &b"\x00hunter2\xff"[..])].into(),
            type_: "example.com/own".into(),
            ..Secret::default()
        };
        service_accounts(ROOM): ServiceAccount => ServiceAccount {
            metadata: named("robot"),
            secrets: vec![ObjectReference { name: "some".into(), ..ObjectReference::default() }],
            image_pull_secrets: vec![LocalObjectReference { name: "pull".into() }],
            automount_service_account_token: Some(false),
        };
        services(ROOM): Service => Service {
            metadata: named("service"),
            spec: ServiceSpec {
                // An address or a node port that the server picks is another one each time.
                cluster_ip: "None".into(),
                selector: [("app", "round")].into(),
                ports: vec![
                    ServicePort {
                        name: "http".into(),
                        port: 80,
                        target_port: "http".into(),
                        app_protocol: Some("http".into()),
                        ..ServicePort::default()
                    },
                    ServicePort {
                        name: "dns".into(),
                        protocol: "UDP".into(),
                        port: 53,
                        target_port: 5353.into(),
                        ..ServicePort::default()
                    },
                ],
                publish_not_ready_addresses: true,
                session_affinity: "ClientIP".into(),
                session_affinity_config: some(SessionAffinityConfig {
                    client_ip: some(ClientIPConfig { timeout_seconds: Some(60) }),
                }),
                ..ServiceSpec::default()
            },
            ..Service::default()
        };
    }
    events_v1 {
        events(ROOM): Event => Event {
            metadata: named("new-event"),
            event_time: Some(moment()),
            series: some(EventSeries { count: 2, last_observed_time: Some(moment()) }),
            reporting_controller: "example.com/controller".into(),
            reporting_instance: "controller-0".into(),
            action: "Pulling".into(),
            reason: "Pulled".into(),
            regarding: pod_reference(),
            related: some(pod_reference()),
            note: "It was there.".into(),
            type_: "Warning".into(),
            ..Event::default()
        };
    }
}

/// A container with as much as one can have.
fn rich_container() -> kubeclient::core_v1::Container {
    use kubeclient::core_v1::*;

    let get = HTTPGetAction {
        path: "/ready".into(),
        port: "http".into(),
        scheme: "HTTPS".into(),
        http_headers: vec![HTTPHeader { name: "X-A".into(), value: "b".into() }],
        ..HTTPGetAction::default()
    };
    let field = ObjectFieldSelector { field_path: "metadata.name".into(), ..Default::default() };
    Container {
        env: vec![
            EnvVar { name: "PLAIN".into(), value: "1".into(), ..EnvVar::default() },
            EnvVar {
                name: "OWN_NAME".into(),
                value_from: some(EnvVarSource { field_ref: some(field), ..Default::default() }),
                ..EnvVar::default()
            },
            EnvVar {
                name: "LIMIT".into(),
                value_from: some(EnvVarSource {
                    resource_field_ref: some(ResourceFieldSelector {
                        container_name: "main".into(),
                        resource: "limits.cpu".into(),
                        divisor: quantity("1m"),
                    }),
                    ..EnvVarSource::default()
                }),
                ..EnvVar::default()
            },
        ],
        env_from: vec![EnvFromSource {
            prefix: "P_".into(),
            config_map_ref: some(ConfigMapEnvSource { name: "some".into(), optional: Some(true) }),
            ..EnvFromSource::default()
        }],
        resources: ResourceRequirements {
            limits: [("cpu", quantity("1")), ("memory", quantity("128Mi"))].into(),
            requests: [("cpu", quantity("100m")), ("memory", quantity("64Mi"))].into(),
            ..ResourceRequirements::default()
        },
        volume_mounts: vec![VolumeMount {
            name: "scratch".into(),
            mount_path: "/scratch".into(),
            read_only: true,
            ..VolumeMount::default()
        }],
        liveness_probe: some(Probe {
            tcp_socket: some(TCPSocketAction { port: 8080.into(), ..Default::default() }),
            period_seconds: 7,
            ..Probe::default()
        }),
        readiness_probe: some(Probe {
            http_get: some(get),
            failure_threshold: 5,
            ..Probe::default()
        }),
        startup_probe: some(Probe {
            grpc: some(GRPCAction { port: 8080, service: Some(String::new()) }),
            ..Probe::default()
        }),
        lifecycle: some(Lifecycle {
            pre_stop: some(LifecycleHandler {
                exec: some(ExecAction { command: strings(["stop", "now"]) }),
                ..LifecycleHandler::default()
            }),
            ..Lifecycle::default()
        }),
        security_context: some(SecurityContext {
            capabilities: some(Capabilities { drop: strings(["ALL"]), ..Default::default() }),
            allow_privilege_escalation: Some(false),
            ..SecurityContext::default()
        }),
        tty: true,
        stdin: true,
        ..container()
    }
}

/// Volumes of several sources, empty ones among them.
fn volumes() -> Vec<kubeclient::core_v1::Volume> {
    use kubeclient::core_v1::*;

    let token = ServiceAccountTokenProjection {
        audience: "example.com".into(),
        expiration_seconds: Some(7200),
        path: "token".into(),
    };
    vec![
        Volume {
            name: "scratch".into(),
            // Empty, and there.
            empty_dir: some(EmptyDirVolumeSource::default()),
            ..Volume::default()
        },
        Volume {
            name: "settings".into(),
            config_map: some(ConfigMapVolumeSource {
                name: "some".into(),
                items: vec![KeyToPath { key: "k".into(), path: "p".into(), mode: Some(0o400) }],
                default_mode: Some(0o640),
                optional: Some(true),
            }),
            ..Volume::default()
        },
        Volume {
            name: "all".into(),
            projected: some(ProjectedVolumeSource {
                sources: vec![VolumeProjection {
                    service_account_token: some(token),
                    ..VolumeProjection::default()
                }],
                ..ProjectedVolumeSource::default()
            }),
            ..Volume::default()
        },
        Volume {
            name: "claimed".into(),
            persistent_volume_claim: some(PersistentVolumeClaimVolumeSource {
                claim_name: "some".into(),
                read_only: true,
            }),
            ..Volume::default()
        },
    ]
}
