//! Pods and what makes them: `apps`, `batch`, `autoscaling`, `policy`, `scheduling`, `node`.

use kubeclient::IntOrString;
use kubeclient::core_v1::{
    PersistentVolumeClaim, PersistentVolumeClaimSpec, Toleration, VolumeResourceRequirements,
};
use kubeclient::meta::raw::RawJson;

use super::parts::{named, quantity, selector, some, strings, template};
use super::plane::ROOM;
use super::trip::trips;

trips! {
    apps_v1 {
        controller_revisions(ROOM): ControllerRevision => ControllerRevision {
            metadata: named("revision"),
            data: Some(RawJson::new(r#"{"spec":{"n":1.5,"list":[true,null]}}"#).unwrap()),
            revision: 7,
        };
        daemon_sets(ROOM): DaemonSet => DaemonSet {
            metadata: named("set"),
            spec: DaemonSetSpec {
                selector: some(selector()),
                template: template("Always"),
                update_strategy: DaemonSetUpdateStrategy {
                    type_: "RollingUpdate".into(),
                    rolling_update: some(RollingUpdateDaemonSet {
                        max_unavailable: Some("10%".into()),
                        max_surge: Some(0.into()),
                    }),
                },
                min_ready_seconds: 3,
                revision_history_limit: Some(0),
            },
            ..DaemonSet::default()
        };
        deployments(ROOM): Deployment => Deployment {
            metadata: named("deployment"),
            spec: DeploymentSpec {
                replicas: Some(0),
                selector: some(selector()),
                template: template("Always"),
                strategy: DeploymentStrategy {
                    type_: "RollingUpdate".into(),
                    rolling_update: some(RollingUpdateDeployment {
                        max_unavailable: Some(IntOrString::from(1)),
                        max_surge: Some(IntOrString::from("25%")),
                    }),
                },
                paused: true,
                progress_deadline_seconds: Some(60),
                ..DeploymentSpec::default()
            },
            ..Deployment::default()
        };
        replica_sets(ROOM): ReplicaSet => ReplicaSet {
            metadata: named("replicas"),
            spec: ReplicaSetSpec {
                replicas: Some(2),
                min_ready_seconds: 1,
                selector: some(selector()),
                template: template("Always"),
            },
            ..ReplicaSet::default()
        };
        stateful_sets(ROOM): StatefulSet => StatefulSet {
            metadata: named("stateful"),
            spec: StatefulSetSpec {
                replicas: Some(3),
                selector: some(selector()),
                template: template("Always"),
                service_name: "peers".into(),
                pod_management_policy: "Parallel".into(),
                volume_claim_templates: vec![PersistentVolumeClaim {
                    metadata: named("data"),
                    spec: PersistentVolumeClaimSpec {
                        access_modes: strings(["ReadWriteOnce"]),
                        resources: VolumeResourceRequirements {
                            requests: [("storage", quantity("1Gi"))].into(),
                            ..VolumeResourceRequirements::default()
                        },
                        ..PersistentVolumeClaimSpec::default()
                    },
                    ..PersistentVolumeClaim::default()
                }],
                update_strategy: StatefulSetUpdateStrategy {
                    type_: "RollingUpdate".into(),
                    rolling_update: some(RollingUpdateStatefulSetStrategy {
                        partition: Some(1),
                        ..RollingUpdateStatefulSetStrategy::default()
                    }),
                },
                persistent_volume_claim_retention_policy: some(
                    StatefulSetPersistentVolumeClaimRetentionPolicy {
                        when_deleted: "Delete".into(),
                        when_scaled: "Retain".into(),
                    },
                ),
                ordinals: some(StatefulSetOrdinals { start: 5 }),
                ..StatefulSetSpec::default()
            },
            ..StatefulSet::default()
        };
    }
    batch_v1 {
        cron_jobs(ROOM): CronJob => CronJob {
            metadata: named("cron"),
            spec: CronJobSpec {
                schedule: "*/5 * * * *".into(),
                time_zone: Some("Etc/UTC".into()),
                starting_deadline_seconds: Some(10),
                concurrency_policy: "Forbid".into(),
                suspend: Some(true),
                job_template: JobTemplateSpec {
                    metadata: named(""),
                    spec: JobSpec {
                        template: template("OnFailure"),
                        completions: Some(2),
                        ..JobSpec::default()
                    },
                },
                successful_jobs_history_limit: Some(0),
                failed_jobs_history_limit: Some(2),
            },
            ..CronJob::default()
        };
        jobs(ROOM): Job => Job {
            metadata: named("job"),
            spec: JobSpec {
                // A selector that the server makes holds the job's identity, another one each time.
                manual_selector: Some(true),
                selector: some(selector()),
                template: template("Never"),
                parallelism: Some(2),
                completions: Some(4),
                completion_mode: Some("Indexed".into()),
                backoff_limit_per_index: Some(1),
                max_failed_indexes: Some(0),
                active_deadline_seconds: Some(600),
                suspend: Some(true),
                pod_failure_policy: some(PodFailurePolicy {
                    rules: vec![
                        PodFailurePolicyRule {
                            action: "FailIndex".into(),
                            on_exit_codes: some(PodFailurePolicyOnExitCodesRequirement {
                                container_name: Some("main".into()),
                                operator: "In".into(),
                                values: vec![1, 42],
                            }),
                            ..PodFailurePolicyRule::default()
                        },
                        PodFailurePolicyRule {
                            action: "Ignore".into(),
                            on_pod_conditions: vec![PodFailurePolicyOnPodConditionsPattern {
                                type_: "DisruptionTarget".into(),
                                status: "True".into(),
                            }],
                            ..PodFailurePolicyRule::default()
                        },
                    ],
                }),
                success_policy: some(SuccessPolicy {
                    rules: vec![SuccessPolicyRule {
                        succeeded_indexes: Some("0,2-3".into()),
                        succeeded_count: Some(2),
                    }],
                }),
                ..JobSpec::default()
            },
            ..Job::default()
        };
    }
    autoscaling_v1 {
        horizontal_pod_autoscalers(ROOM): HorizontalPodAutoscaler => HorizontalPodAutoscaler {
            metadata: named("scaler-one"),
            spec: HorizontalPodAutoscalerSpec {
                scale_target_ref: CrossVersionObjectReference {
                    kind: "Deployment".into(),
                    name: "web".into(),
                    api_version: "apps/v1".into(),
                },
                min_replicas: Some(2),
                max_replicas: 5,
                target_cpu_utilization_percentage: Some(80),
            },
            ..HorizontalPodAutoscaler::default()
        };
    }
    autoscaling_v2 {
        horizontal_pod_autoscalers(ROOM): HorizontalPodAutoscaler => HorizontalPodAutoscaler {
            metadata: named("scaler-two"),
            spec: HorizontalPodAutoscalerSpec {
                scale_target_ref: CrossVersionObjectReference {
                    kind: "Deployment".into(),
                    name: "web".into(),
                    api_version: "apps/v1".into(),
                },
                min_replicas: Some(1),
                max_replicas: 9,
                metrics: vec![
                    MetricSpec {
                        type_: "Pods".into(),
                        pods: some(PodsMetricSource {
                            metric: MetricIdentifier {
                                name: "requests".into(),
                                selector: some(selector()),
                            },
                            target: MetricTarget {
                                type_: "AverageValue".into(),
                                average_value: Some(quantity("100m")),
                                ..MetricTarget::default()
                            },
                        }),
                        ..MetricSpec::default()
                    },
                    MetricSpec {
                        type_: "ContainerResource".into(),
                        container_resource: some(ContainerResourceMetricSource {
                            name: "memory".into(),
                            container: "main".into(),
                            target: MetricTarget {
                                type_: "Utilization".into(),
                                average_utilization: Some(70),
                                ..MetricTarget::default()
                            },
                        }),
                        ..MetricSpec::default()
                    },
                ],
                behavior: some(HorizontalPodAutoscalerBehavior {
                    scale_down: some(HPAScalingRules {
                        stabilization_window_seconds: Some(0),
                        select_policy: Some("Min".into()),
                        policies: vec![HPAScalingPolicy {
                            type_: "Percent".into(),
                            value: 10,
                            period_seconds: 60,
                        }],
                        tolerance: Some(quantity("50m")),
                    }),
                    ..HorizontalPodAutoscalerBehavior::default()
                }),
            },
            ..HorizontalPodAutoscaler::default()
        };
    }
    policy_v1 {
        pod_disruption_budgets(ROOM): PodDisruptionBudget => PodDisruptionBudget {
            metadata: named("budget"),
            spec: PodDisruptionBudgetSpec {
                min_available: Some("50%".into()),
                selector: some(selector()),
                unhealthy_pod_eviction_policy: Some("AlwaysAllow".into()),
                ..PodDisruptionBudgetSpec::default()
            },
            ..PodDisruptionBudget::default()
        };
    }
    scheduling_v1 {
        priority_classes(): PriorityClass => PriorityClass {
            metadata: named("urgent"),
            value: -10,
            description: "Goes last.".into(),
            preemption_policy: Some("Never".into()),
            ..PriorityClass::default()
        };
    }
    node_v1 {
        runtime_classes(): RuntimeClass => RuntimeClass {
            metadata: named("sandboxed"),
            handler: "sandbox".into(),
            overhead: some(Overhead {
                pod_fixed: [("cpu", quantity("250m")), ("memory", quantity("120Mi"))].into(),
            }),
            scheduling: some(Scheduling {
                node_selector: [("sandbox", "yes")].into(),
                tolerations: vec![Toleration {
                    key: "sandbox".into(),
                    operator: "Exists".into(),
                    effect: "NoExecute".into(),
                    toleration_seconds: Some(0),
                    ..Toleration::default()
                }],
            }),
        };
    }
}
