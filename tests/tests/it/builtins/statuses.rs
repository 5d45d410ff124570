//! Statuses, which a server takes through their subresource only: written in protobuf, read in both wires.

use kubeclient::apps_v1::{Deployment, DeploymentCondition, DeploymentSpec};
use kubeclient::autoscaling_v2::{
    CrossVersionObjectReference, HorizontalPodAutoscaler, MetricStatus, MetricValueStatus,
    ResourceMetricStatus,
};
use kubeclient::core_v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStatus, HostIP,
    LoadBalancerIngress, PersistentVolumeClaim, PersistentVolumeClaimCondition, Pod, PodCondition,
    PodIP, PodSpec, PortStatus, ResourceQuota, Service, ServicePort,
};
use kubeclient::internal_apiserver_v1alpha1::{
    ServerStorageVersion, StorageVersion, StorageVersionCondition,
};
use kubeclient::meta_v1::Condition;
use kubeclient::networking_v1::{Ingress, IngressBackend, IngressLoadBalancerIngress};
use kubeclient::networking_v1::{IngressPortStatus, IngressServiceBackend, ServiceBackendPort};
use kubeclient::resource_v1alpha3::{
    PoolStatus, ResourcePoolStatusRequest, ResourcePoolStatusRequestStatus,
};
use kubeclient::storage_v1::{VolumeAttachment, VolumeError};
use kubeclient::{
    Api, Clientset, DeleteParams, HasSubresource, Time, retry_on_conflict, subresource,
};

use super::json::check_kept;
use super::parts::{container, named, quantity, selector, some, strings, template};
use super::plane::{Plane, ROOM, plane};
use super::trip::{Kind, same};
use crate::common::eventually;

/// Checks that a status that is set is kept whole, and is the same over both wires.
#[track_caller]
fn check<T: Kind + HasSubresource<subresource::Status>>(
    plane: &Plane,
    accessor: impl Fn(&Clientset) -> Api<T>,
    object: &T,
    set: impl Fn(&mut T),
) {
    let [json, protobuf] = [&plane.clientset, &plane.clientset.with_protobuf()].map(accessor);
    let name = &object.metadata().name;
    protobuf.create(object).unwrap();
    let (sent, kept) = retry_on_conflict(|| {
        let mut sent = protobuf.get_status(name)?;
        set(&mut sent);
        let kept = protobuf.replace_status(&sent)?;
        Ok((sent, kept))
    })
    .unwrap();
    let status = |object: &T| serde_json::to_value(object).unwrap()["status"].clone();
    check_kept(&status(&sent), &status(&kept), "the status that is sent is kept");
    let (read, same_read) = eventually("both read one version", || {
        let (json, protobuf) = (json.get_status(name).unwrap(), protobuf.get(name).unwrap());
        let versions = (&json.metadata().resource_version, &protobuf.metadata().resource_version);
        (versions.0 == versions.1).then_some((json, protobuf))
    });
    same(&same_read, &read, "a status in protobuf and in JSON");
    protobuf.delete(name, &DeleteParams::default().grace_period(0)).unwrap();
}

fn time() -> Option<Time> {
    Some("2026-01-02T03:04:05Z".parse().unwrap())
}

fn condition(name: &str) -> Condition {
    Condition {
        type_: name.into(),
        status: "True".into(),
        observed_generation: 1,
        last_transition_time: time(),
        reason: "Known".into(),
        message: "as expected".into(),
    }
}

#[test]
fn of_a_pod() {
    let Some(plane) = plane() else { return };
    let pod = Pod {
        metadata: named("pod-status"),
        spec: PodSpec { containers: vec![container()], ..PodSpec::default() },
        ..Pod::default()
    };
    check(
        plane,
        |set| set.core_v1().pods(ROOM),
        &pod,
        |pod| {
            let status = &mut pod.status;
            status.phase = "Running".into();
            (status.host_ip, status.pod_ip) = ("10.0.0.9".into(), "10.9.0.2".into());
            status.host_ips = vec![HostIP { ip: "10.0.0.9".into() }];
            status.pod_ips = vec![PodIP { ip: "10.9.0.2".into() }];
            status.start_time = time();
            status.conditions = vec![PodCondition {
                type_: "Ready".into(),
                status: "False".into(),
                last_transition_time: time(),
                reason: "Starting".into(),
                ..PodCondition::default()
            }];
            status.container_statuses = vec![ContainerStatus {
                name: "main".into(),
                image: "example.invalid/image:1".into(),
                restart_count: 2,
                started: Some(false),
                state: ContainerState {
                    running: some(ContainerStateRunning { started_at: time() }),
                    ..ContainerState::default()
                },
                last_state: ContainerState {
                    terminated: some(ContainerStateTerminated {
                        exit_code: -1,
                        finished_at: time(),
                        ..ContainerStateTerminated::default()
                    }),
                    ..ContainerState::default()
                },
                allocated_resources: [("cpu", quantity("100m"))].into(),
                ..ContainerStatus::default()
            }];
        },
    );
}

#[test]
fn of_a_service_and_an_ingress() {
    let Some(plane) = plane() else { return };
    let mut service = Service { metadata: named("balanced"), ..Service::default() };
    service.spec.type_ = "LoadBalancer".into();
    service.spec.ports = vec![ServicePort { port: 80, ..ServicePort::default() }];
    check(
        plane,
        |set| set.core_v1().services(ROOM),
        &service,
        |service| {
            service.status.load_balancer.ingress = vec![LoadBalancerIngress {
                ip: "192.0.2.1".into(),
                ip_mode: Some("Proxy".into()),
                ports: vec![PortStatus {
                    port: 80,
                    protocol: "TCP".into(),
                    error: Some("example.com/taken".into()),
                }],
                ..LoadBalancerIngress::default()
            }];
            service.status.conditions = vec![condition("example.com/Known")];
        },
    );
    let mut ingress = Ingress { metadata: named("ingress-status"), ..Ingress::default() };
    ingress.spec.default_backend = some(IngressBackend {
        service: some(IngressServiceBackend {
            name: "web".into(),
            port: ServiceBackendPort { name: "http".into(), ..ServiceBackendPort::default() },
        }),
        ..IngressBackend::default()
    });
    check(
        plane,
        |set| set.networking_v1().ingresses(ROOM),
        &ingress,
        |ingress| {
            ingress.status.load_balancer.ingress = vec![IngressLoadBalancerIngress {
                hostname: "a.example.com".into(),
                ports: vec![IngressPortStatus {
                    port: 443,
                    protocol: "TCP".into(),
                    ..IngressPortStatus::default()
                }],
                ..IngressLoadBalancerIngress::default()
            }];
        },
    );
}

#[test]
fn of_a_claim_and_a_quota() {
    let Some(plane) = plane() else { return };
    let mut claim = PersistentVolumeClaim { metadata: named("claim-status"), ..Default::default() };
    claim.spec.access_modes = strings(["ReadWriteOnce"]);
    claim.spec.resources.requests = [("storage", quantity("1Gi"))].into();
    check(
        plane,
        |set| set.core_v1().persistent_volume_claims(ROOM),
        &claim,
        |claim| {
            let status = &mut claim.status;
            status.phase = "Bound".into();
            status.access_modes = strings(["ReadWriteOnce"]);
            status.capacity = [("storage", quantity("1Gi"))].into();
            status.conditions = vec![PersistentVolumeClaimCondition {
                type_: "Resizing".into(),
                status: "True".into(),
                last_probe_time: time(),
                ..PersistentVolumeClaimCondition::default()
            }];
            status.allocated_resources = [("storage", quantity("2Gi"))].into();
            status.allocated_resource_statuses = [("storage", "NodeResizePending")].into();
        },
    );
    let mut quota = ResourceQuota { metadata: named("quota-status"), ..ResourceQuota::default() };
    quota.spec.hard = [("count/things.example.com", quantity("5"))].into();
    check(
        plane,
        |set| set.core_v1().resource_quotas(ROOM),
        &quota,
        |quota| {
            quota.status.hard = quota.spec.hard.clone();
            quota.status.used = [("count/things.example.com", quantity("0"))].into();
        },
    );
}

#[test]
fn of_a_deployment_and_its_scaler() {
    let Some(plane) = plane() else { return };
    let deployment = Deployment {
        metadata: named("deployment-status"),
        spec: DeploymentSpec {
            selector: some(selector()),
            template: template("Always"),
            ..DeploymentSpec::default()
        },
        ..Deployment::default()
    };
    check(
        plane,
        |set| set.apps_v1().deployments(ROOM),
        &deployment,
        |deployment| {
            let status = &mut deployment.status;
            (status.observed_generation, status.replicas, status.updated_replicas) = (1, 2, 1);
            (status.unavailable_replicas, status.collision_count) = (2, Some(0));
            status.conditions = vec![DeploymentCondition {
                type_: "Progressing".into(),
                status: "Unknown".into(),
                last_update_time: time(),
                message: "\u{e9}".into(),
                ..DeploymentCondition::default()
            }];
        },
    );
    let mut scaler =
        HorizontalPodAutoscaler { metadata: named("scaler-status"), ..Default::default() };
    scaler.spec.max_replicas = 3;
    scaler.spec.scale_target_ref = CrossVersionObjectReference {
        kind: "Deployment".into(),
        name: "web".into(),
        api_version: "apps/v1".into(),
    };
    check(
        plane,
        |set| set.autoscaling_v2().horizontal_pod_autoscalers(ROOM),
        &scaler,
        |scaler| {
            let status = &mut scaler.status;
            (status.current_replicas, status.desired_replicas) = (1, 2);
            status.last_scale_time = time();
            status.current_metrics = vec![MetricStatus {
                type_: "Resource".into(),
                resource: some(ResourceMetricStatus {
                    name: "cpu".into(),
                    current: MetricValueStatus {
                        average_utilization: Some(0),
                        average_value: Some(quantity("1500m")),
                        ..MetricValueStatus::default()
                    },
                }),
                ..MetricStatus::default()
            }];
        },
    );
}

#[test]
fn of_an_attachment() {
    let Some(plane) = plane() else { return };
    let mut attachment =
        VolumeAttachment { metadata: named("attachment-status"), ..Default::default() };
    attachment.spec.attacher = "csi.example.com".into();
    attachment.spec.node_name = "some".into();
    attachment.spec.source.persistent_volume_name = Some("some".into());
    check(
        plane,
        |set| set.storage_v1().volume_attachments(),
        &attachment,
        |attachment| {
            attachment.status.attachment_metadata = [("device", "/dev/x")].into();
            attachment.status.attach_error =
                some(VolumeError { time: time(), message: "busy".into(), error_code: Some(8) });
        },
    );
}

#[test]
fn of_a_storage_version_and_a_pool() {
    let Some(plane) = plane() else { return };
    let version = StorageVersion {
        metadata: named("round.example.com.statuses"),
        ..StorageVersion::default()
    };
    check(
        plane,
        |set| set.internal_apiserver_v1alpha1().storage_versions(),
        &version,
        |version| {
            version.status.storage_versions = vec![ServerStorageVersion {
                api_server_id: "apiserver-1".into(),
                encoding_version: "v1".into(),
                decodable_versions: strings(["v1", "v1beta1"]),
                served_versions: strings(["v1"]),
            }];
            version.status.common_encoding_version = Some("v1".into());
            version.status.conditions = vec![StorageVersionCondition {
                type_: "AllEncodingVersionsEqual".into(),
                status: "True".into(),
                reason: "CommonEncodingVersionSet".into(),
                message: "set".into(),
                last_transition_time: time(),
                ..StorageVersionCondition::default()
            }];
        },
    );
    let mut request =
        ResourcePoolStatusRequest { metadata: named("pool-status"), ..Default::default() };
    request.spec.driver = "gpu.example.com".into();
    check(
        plane,
        |set| set.resource_v1alpha3().resource_pool_status_requests(),
        &request,
        |request| {
            request.status = some(ResourcePoolStatusRequestStatus {
                pool_count: Some(1),
                pools: vec![PoolStatus {
                    driver: "gpu.example.com".into(),
                    pool_name: "some".into(),
                    generation: 1,
                    resource_slice_count: Some(1),
                    total_devices: Some(4),
                    allocated_devices: Some(0),
                    available_devices: Some(4),
                    unavailable_devices: Some(0),
                    ..PoolStatus::default()
                }],
                conditions: vec![condition("Complete")],
            });
        },
    );
}
