//! The API's own machinery: admission, aggregation, flow control, leases, storage versions.

use super::parts::{moment, named, selector, some, strings};
use super::plane::ROOM;
use super::trip::trips;

/// The rows of the mutating policies, whose types are the same in three versions.
macro_rules! mutating_policy {
    ($name:literal) => {
        MutatingAdmissionPolicy {
            metadata: named($name),
            spec: MutatingAdmissionPolicySpec {
                match_constraints: some(MatchResources {
                    resource_rules: vec![NamedRuleWithOperations {
                        operations: strings(["CREATE"]),
                        api_groups: strings(["example.com"]),
                        api_versions: strings(["v1"]),
                        resources: strings(["things"]),
                        ..NamedRuleWithOperations::default()
                    }],
                    ..MatchResources::default()
                }),
                variables: vec![Variable { name: "n".into(), expression: "1 + 1".into() }],
                mutations: vec![Mutation {
                    patch_type: "JSONPatch".into(),
                    json_patch: some(JSONPatch {
                        expression:
                            r#"[JSONPatch{op: "add", path: "/metadata/labels/x", value: "y"}]"#
                                .into(),
                    }),
                    ..Mutation::default()
                }],
                failure_policy: Some("Ignore".into()),
                reinvocation_policy: "IfNeeded".into(),
                ..MutatingAdmissionPolicySpec::default()
            },
        }
    };
}

macro_rules! mutating_binding {
    ($name:literal) => {
        MutatingAdmissionPolicyBinding {
            metadata: named($name),
            spec: MutatingAdmissionPolicyBindingSpec {
                policy_name: "some".into(),
                param_ref: some(ParamRef {
                    selector: some(selector()),
                    parameter_not_found_action: Some("Allow".into()),
                    ..ParamRef::default()
                }),
                match_resources: some(MatchResources {
                    namespace_selector: some(selector()),
                    ..MatchResources::default()
                }),
            },
        }
    };
}

trips! {
    admissionregistration_v1 {
        mutating_admission_policies(): MutatingAdmissionPolicy => mutating_policy!("mutating");
        mutating_admission_policy_bindings(): MutatingAdmissionPolicyBinding =>
            mutating_binding!("mutating");
        mutating_webhook_configurations(): MutatingWebhookConfiguration =>
            MutatingWebhookConfiguration {
                metadata: named("mutating"),
                webhooks: vec![MutatingWebhook {
                    name: "hook.example.com".into(),
                    client_config: WebhookClientConfig {
                        url: Some("https://hook.example.invalid/x".into()),
                        ..WebhookClientConfig::default()
                    },
                    rules: vec![rule()],
                    failure_policy: Some("Ignore".into()),
                    side_effects: Some("None".into()),
                    timeout_seconds: Some(1),
                    admission_review_versions: strings(["v1", "v1beta1"]),
                    reinvocation_policy: Some("IfNeeded".into()),
                    match_conditions: vec![MatchCondition {
                        name: "never".into(),
                        expression: "false".into(),
                    }],
                    ..MutatingWebhook::default()
                }],
            };
        validating_admission_policies(): ValidatingAdmissionPolicy => ValidatingAdmissionPolicy {
            metadata: named("validating"),
            spec: ValidatingAdmissionPolicySpec {
                match_constraints: some(MatchResources {
                    resource_rules: vec![NamedRuleWithOperations {
                        operations: strings(["CREATE", "UPDATE"]),
                        api_groups: strings(["example.com"]),
                        api_versions: strings(["v1"]),
                        resources: strings(["things"]),
                        ..NamedRuleWithOperations::default()
                    }],
                    ..MatchResources::default()
                }),
                validations: vec![Validation {
                    expression: "object.spec.replicas <= 5".into(),
                    message: "at most 5".into(),
                    reason: Some("Forbidden".into()),
                    ..Validation::default()
                }],
                audit_annotations: vec![AuditAnnotation {
                    key: "seen".into(),
                    value_expression: "'yes'".into(),
                }],
                ..ValidatingAdmissionPolicySpec::default()
            },
            ..ValidatingAdmissionPolicy::default()
        };
        validating_admission_policy_bindings(): ValidatingAdmissionPolicyBinding =>
            ValidatingAdmissionPolicyBinding {
                metadata: named("validating"),
                spec: ValidatingAdmissionPolicyBindingSpec {
                    policy_name: "some".into(),
                    validation_actions: strings(["Warn", "Audit"]),
                    ..ValidatingAdmissionPolicyBindingSpec::default()
                },
            };
        validating_webhook_configurations(): ValidatingWebhookConfiguration =>
            ValidatingWebhookConfiguration {
                metadata: named("validating"),
                webhooks: vec![ValidatingWebhook {
                    name: "hook.example.com".into(),
                    client_config: WebhookClientConfig {
                        service: some(ServiceReference {
                            namespace: ROOM.into(),
                            name: "hook".into(),
                            path: Some("/x".into()),
                            port: Some(8443),
                        }),
                        ca_bundle: authority().into(),
                        ..WebhookClientConfig::default()
                    },
                    rules: vec![rule()],
                    failure_policy: Some("Ignore".into()),
                    namespace_selector: some(selector()),
                    object_selector: some(selector()),
                    side_effects: Some("NoneOnDryRun".into()),
                    admission_review_versions: strings(["v1"]),
                    ..ValidatingWebhook::default()
                }],
            };
    }
    admissionregistration_v1alpha1 {
        mutating_admission_policies(): MutatingAdmissionPolicy => mutating_policy!("mutating-alpha");
        mutating_admission_policy_bindings(): MutatingAdmissionPolicyBinding =>
            mutating_binding!("mutating-alpha");
    }
    admissionregistration_v1beta1 {
        mutating_admission_policies(): MutatingAdmissionPolicy => mutating_policy!("mutating-beta");
        mutating_admission_policy_bindings(): MutatingAdmissionPolicyBinding =>
            mutating_binding!("mutating-beta");
    }
    apiregistration_v1 {
        api_services(): APIService => APIService {
            metadata: named("v1.aggregated.example.com"),
            spec: APIServiceSpec {
                service: some(ServiceReference {
                    namespace: ROOM.into(),
                    name: "none".into(),
                    port: Some(8443),
                }),
                group: "aggregated.example.com".into(),
                version: "v1".into(),
                insecure_skip_tls_verify: true,
                group_priority_minimum: 1000,
                version_priority: 15,
                ..APIServiceSpec::default()
            },
            ..APIService::default()
        };
    }
    coordination_v1 {
        leases(ROOM): Lease => Lease {
            metadata: named("lease"),
            spec: LeaseSpec {
                holder_identity: Some("me".into()),
                lease_duration_seconds: Some(15),
                acquire_time: Some(moment()),
                renew_time: Some(moment()),
                lease_transitions: Some(0),
                ..LeaseSpec::default()
            },
        };
    }
    coordination_v1alpha2 {
        lease_candidates(ROOM): LeaseCandidate => LeaseCandidate {
            metadata: named("candidate-alpha"),
            spec: LeaseCandidateSpec {
                lease_name: "some".into(),
                renew_time: Some(moment()),
                binary_version: "1.36.0".into(),
                emulation_version: "1.35.0".into(),
                strategy: "OldestEmulationVersion".into(),
                ..LeaseCandidateSpec::default()
            },
        };
    }
    coordination_v1beta1 {
        lease_candidates(ROOM): LeaseCandidate => LeaseCandidate {
            metadata: named("candidate-beta"),
            spec: LeaseCandidateSpec {
                lease_name: "some".into(),
                ping_time: Some(moment()),
                binary_version: "1.36.0".into(),
                emulation_version: "1.36.0".into(),
                strategy: "OldestEmulationVersion".into(),
                ..LeaseCandidateSpec::default()
            },
        };
    }
    flowcontrol_apiserver_v1 {
        flow_schemas(): FlowSchema => FlowSchema {
            metadata: named("flow"),
            spec: FlowSchemaSpec {
                priority_level_configuration: PriorityLevelConfigurationReference {
                    name: "workload-low".into(),
                },
                matching_precedence: 9000,
                distinguisher_method: some(FlowDistinguisherMethod { type_: "ByUser".into() }),
                rules: vec![PolicyRulesWithSubjects {
                    subjects: vec![
                        Subject {
                            kind: "User".into(),
                            user: some(UserSubject { name: "nobody-at-all".into() }),
                            ..Subject::default()
                        },
                        Subject {
                            kind: "ServiceAccount".into(),
                            service_account: some(ServiceAccountSubject {
                                namespace: ROOM.into(),
                                name: "*".into(),
                            }),
                            ..Subject::default()
                        },
                    ],
                    resource_rules: vec![ResourcePolicyRule {
                        verbs: strings(["list"]),
                        api_groups: strings(["apps"]),
                        resources: strings(["deployments"]),
                        cluster_scope: true,
                        namespaces: strings(["*"]),
                    }],
                    non_resource_rules: vec![NonResourcePolicyRule {
                        verbs: strings(["get"]),
                        non_resource_urls: strings(["/metrics"]),
                    }],
                }],
            },
            ..FlowSchema::default()
        };
        priority_level_configurations(): PriorityLevelConfiguration => PriorityLevelConfiguration {
            metadata: named("level"),
            spec: PriorityLevelConfigurationSpec {
                type_: "Limited".into(),
                limited: some(LimitedPriorityLevelConfiguration {
                    // Zero is not absent: the default would be 30.
                    nominal_concurrency_shares: Some(0),
                    limit_response: LimitResponse {
                        type_: "Queue".into(),
                        queuing: some(QueuingConfiguration {
                            queues: 16,
                            hand_size: 4,
                            queue_length_limit: 10,
                        }),
                    },
                    lendable_percent: Some(50),
                    borrowing_limit_percent: Some(0),
                }),
                ..PriorityLevelConfigurationSpec::default()
            },
            ..PriorityLevelConfiguration::default()
        };
    }
    internal_apiserver_v1alpha1 {
        storage_versions(): StorageVersion => StorageVersion {
            metadata: named("round.example.com.trips"),
            ..StorageVersion::default()
        };
    }
}

fn rule() -> kubeclient::admissionregistration_v1::RuleWithOperations {
    kubeclient::admissionregistration_v1::RuleWithOperations {
        operations: strings(["CREATE", "DELETE"]),
        api_groups: strings(["example.com"]),
        api_versions: strings(["*"]),
        resources: strings(["things", "things/status"]),
        scope: Some("Namespaced".into()),
    }
}

fn authority() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
    certificate.pem().into_bytes()
}
