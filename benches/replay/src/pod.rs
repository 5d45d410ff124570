//! One pod as a kube-apiserver 1.36 prints it: field order, spacing and managedFields, about 7.1 KB.
//!
//! Text in, text out: nothing here knows of lists, events or HTTP. Called by `recording`. The same
//! index and revision always give the same bytes.

use std::fmt::Write as _;

/// The namespaces that the pods are spread over, in the order a list prints them.
pub(crate) const NAMESPACES: [&str; 5] =
    ["default", "kube-node-lease", "kube-public", "kube-system", "payments"];

const TEAMS: [&str; 7] = ["atlas", "borealis", "cobalt", "delta", "ember", "fjord", "granite"];

/// Where a pod stands: in a list its kind is the list's, in an event it names its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// An item of a `PodList`, without `kind` and `apiVersion`.
    Item,
    /// The object of a watch event.
    Event,
}

/// Appends pod number `index`, in its `revision`th state, as of `resource_version`.
pub(crate) fn render(
    out: &mut String,
    place: Place,
    index: usize,
    revision: usize,
    resource_version: usize,
) {
    let pod = Pod::numbered(index, revision, resource_version);
    out.push('{');
    if place == Place::Event {
        out.push_str(r#""kind":"Pod","apiVersion":"v1","#);
    }
    pod.metadata(out);
    pod.spec(out);
    pod.status(out);
    out.push('}');
}

/// The namespace of pod number `index`: whole blocks, since the server sorts a list by namespace.
fn namespace_of(index: usize) -> &'static str {
    NAMESPACES[(index / 2_000) % NAMESPACES.len()]
}

struct Pod {
    namespace: &'static str,
    team: &'static str,
    app: String,
    hash: String,
    suffix: String,
    uid: String,
    node: usize,
    address: String,
    revision: usize,
    resource_version: usize,
    clock: String,
}

impl Pod {
    fn numbered(index: usize, revision: usize, resource_version: usize) -> Self {
        let noise = scatter(index as u64);
        let team = TEAMS[index % TEAMS.len()];
        Self {
            namespace: namespace_of(index),
            team,
            app: format!("{team}-api-{:03}", index / 20),
            hash: format!("{:010x}", scatter(index as u64 / 20) & 0xff_ffff_ffff),
            suffix: format!("{index:05}"),
            uid: format!(
                "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                noise >> 32,
                noise >> 16 & 0xffff,
                noise >> 4 & 0xfff,
                noise & 0xfff,
                scatter(noise) & 0xffff_ffff_ffff
            ),
            node: index % 400,
            address: format!(
                "10.{}.{}.{}",
                64 + index / 62_500,
                index / 250 % 250,
                index % 250 + 2
            ),
            revision,
            resource_version,
            clock: format!(
                "2026-03-{:02}T{:02}:{:02}:{:02}Z",
                revision % 28 + 1,
                index % 24,
                index % 60,
                revision % 60
            ),
        }
    }

    fn metadata(&self, out: &mut String) {
        let Self { namespace, team, app, hash, suffix, uid, resource_version, .. } = self;
        let owner = &uid[..23];
        let _ = write!(
            out,
            concat!(
                r#""metadata":{{"name":"{app}-{hash}-{suffix}","generateName":"{app}-{hash}-","namespace":"{namespace}","#,
                r#""uid":"{uid}","resourceVersion":"{rv}","generation":1,"creationTimestamp":"2026-03-01T08:15:30Z","#,
                r#""labels":{{"app.kubernetes.io/component":"api","app.kubernetes.io/name":"{app}","#,
                r#""pod-template-hash":"{hash}","team":"{team}"}},"#,
                r#""annotations":{{"prometheus.io/port":"9102","prometheus.io/scrape":"true"}},"#,
                r#""ownerReferences":[{{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"{app}-{hash}","#,
                r#""uid":"{owner}-{hash}ab","controller":true,"blockOwnerDeletion":true}}],"managedFields":["#,
            ),
            app = app,
            hash = hash,
            suffix = suffix,
            namespace = namespace,
            uid = uid,
            rv = resource_version,
            team = team,
            owner = owner,
        );
        self.managed_fields(out);
        out.push_str("]},");
    }

    fn managed_fields(&self, out: &mut String) {
        out.push_str(CONTROLLER_MANAGER);
        let _ = write!(
            out,
            r#"{{"manager":"kubelet","operation":"Update","apiVersion":"v1","time":"{}","#,
            self.clock
        );
        out.push_str(KUBELET);
    }

    fn spec(&self, out: &mut String) {
        let (team, app, node) = (self.team, &self.app, self.node);
        let _ = write!(
            out,
            concat!(
                r#""spec":{{"volumes":[{{"name":"config","configMap":{{"name":"{app}","defaultMode":420}}}},"#,
                r#"{{"name":"cache","emptyDir":{{"sizeLimit":"256Mi"}}}}],"containers":[{{"name":"app","image":"registry.example.com/{team}/{app}:1.{minor}.0","#,
                r#""args":["--listen=:8080","--config=/etc/app/config.yaml"],"#,
                r#""ports":[{{"name":"http","containerPort":8080,"protocol":"TCP"}}],"#,
                r#""env":[{{"name":"LOG_FORMAT","value":"json"}},{{"name":"LOG_LEVEL","value":"info"}}],"#,
                r#""resources":{{"limits":{{"cpu":"500m","memory":"512Mi"}},"requests":{{"cpu":"100m","memory":"256Mi"}}}},"#,
                r#""volumeMounts":[{{"name":"config","mountPath":"/etc/app"}}],"#,
                r#""terminationMessagePath":"/dev/termination-log","#,
                r#""terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}},"#,
                r#"{{"name":"proxy","image":"registry.example.com/mesh/proxy:2.7.4","args":["--port=15001"],"#,
                r#""ports":[{{"name":"metrics","containerPort":9102,"protocol":"TCP"}}],"#,
                r#""resources":{{"limits":{{"memory":"128Mi"}},"requests":{{"cpu":"20m","memory":"64Mi"}}}},"#,
                r#""volumeMounts":[{{"name":"cache","mountPath":"/var/cache/proxy"}}],"#,
                r#""terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}}],"#,
                r#""restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","#,
                r#""serviceAccountName":"{team}","serviceAccount":"{team}","nodeName":"node-{node:03}","#,
                r#""securityContext":{{"runAsNonRoot":true}},"schedulerName":"default-scheduler","#,
                r#""tolerations":[{{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}},"#,
                r#"{{"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}}],"#,
                r#""priority":0,"enableServiceLinks":true,"preemptionPolicy":"PreemptLowerPriority"}},"#,
            ),
            app = app,
            team = team,
            node = node,
            minor = self.node % 40,
        );
    }

    fn status(&self, out: &mut String) {
        let (host, address, clock) = (self.node, &self.address, &self.clock);
        out.push_str(r#""status":{"observedGeneration":1,"phase":"Running","conditions":["#);
        for condition in
            ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
        {
            let _ = write!(
                out,
                r#"{{"type":"{condition}","observedGeneration":1,"status":"True","lastProbeTime":null,"lastTransitionTime":"{clock}"}},"#,
            );
        }
        out.pop();
        let _ = write!(
            out,
            concat!(
                r#"],"hostIP":"10.0.{a}.{b}","hostIPs":[{{"ip":"10.0.{a}.{b}"}}],"podIP":"{address}","#,
                r#""podIPs":[{{"ip":"{address}"}}],"startTime":"2026-03-01T08:15:30Z","containerStatuses":["#,
            ),
            a = host / 200,
            b = host % 200 + 10,
            address = address,
        );
        let own = format!("{}/{}:1.{}.0", self.team, self.app, self.node % 40);
        for (name, image) in [("app", own.as_str()), ("proxy", "mesh/proxy:2.7.4")] {
            let id = scatter(self.resource_version as u64 ^ image.len() as u64);
            let _ = write!(
                out,
                concat!(
                    r#"{{"name":"{name}","state":{{"running":{{"startedAt":"{clock}"}}}},"lastState":{{}},"ready":true,"#,
                    r#""restartCount":{restarts},"image":"registry.example.com/{image}","#,
                    r#""imageID":"registry.example.com/mesh@sha256:{id:016x}{id:016x}{id:016x}{id:016x}","#,
                    r#""containerID":"containerd://{id:016x}{id:016x}{id:016x}{id:016x}","started":true}},"#,
                ),
                name = name,
                clock = clock,
                restarts = self.revision,
                image = image,
                id = id,
            );
        }
        out.pop();
        out.push_str(r#"],"qosClass":"Burstable"}"#);
    }
}

/// A number that looks random and is always the same for the same seed (the finalizer of splitmix64).
fn scatter(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

const CONTROLLER_MANAGER: &str = concat!(
    r#"{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","time":"2026-03-01T08:15:30Z","#,
    r#""fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:prometheus.io/port":{},"f:prometheus.io/scrape":{}},"f:generateName":{},"#,
    r#""f:labels":{".":{},"f:app.kubernetes.io/component":{},"f:app.kubernetes.io/name":{},"#,
    r#""f:pod-template-hash":{},"f:team":{}},"f:ownerReferences":{".":{},"#,
    r#""k:{\"uid\":\"9f1c7b52-3c0e-4a7e-9d5b-0f6a1b2c3d4e\"}":{}}},"f:spec":{"f:containers":{"#,
    r#""k:{\"name\":\"app\"}":{".":{},"f:args":{},"f:env":{".":{},"k:{\"name\":\"LOG_FORMAT\"}":{".":{},"f:name":{},"f:value":{}},"k:{\"name\":\"LOG_LEVEL\"}":{".":{},"f:name":{},"f:value":{}}},"f:image":{},"#,
    r#""f:imagePullPolicy":{},"f:name":{},"f:ports":{".":{},"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}":"#,
    r#"{".":{},"f:containerPort":{},"f:name":{},"f:protocol":{}}},"f:resources":{".":{},"f:limits":{".":{},"f:cpu":{},"f:memory":{}},"#,
    r#""f:requests":{".":{},"f:cpu":{},"f:memory":{}}},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{},"#,
    r#""f:volumeMounts":{".":{},"k:{\"mountPath\":\"/etc/app\"}":{".":{},"f:mountPath":{},"f:name":{}}}},"#,
    r#""k:{\"name\":\"proxy\"}":{".":{},"f:args":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"#,
    r#""f:ports":{".":{},"k:{\"containerPort\":9102,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{},"f:name":{},"#,
    r#""f:protocol":{}}},"f:resources":{".":{},"f:limits":{".":{},"f:memory":{}},"f:requests":{".":{},"f:cpu":{},"f:memory":{}}},"#,
    r#""f:terminationMessagePath":{},"f:terminationMessagePolicy":{},"#,
    r#""f:volumeMounts":{".":{},"k:{\"mountPath\":\"/var/cache/proxy\"}":{".":{},"f:mountPath":{},"f:name":{}}}}},"#,
    r#""f:dnsPolicy":{},"f:enableServiceLinks":{},"f:restartPolicy":{},"f:schedulerName":{},"#,
    r#""f:securityContext":{".":{},"f:runAsNonRoot":{}},"f:serviceAccount":{},"f:serviceAccountName":{},"#,
    r#""f:terminationGracePeriodSeconds":{},"f:volumes":{".":{},"k:{\"name\":\"cache\"}":{".":{},"f:emptyDir":{".":{},"#,
    r#""f:sizeLimit":{}},"f:name":{}},"k:{\"name\":\"config\"}":{".":{},"f:configMap":{".":{},"f:defaultMode":{},"f:name":{}},"#,
    r#""f:name":{}}}}}},"#,
);

const KUBELET: &str = concat!(
    r#""fieldsType":"FieldsV1","fieldsV1":{"f:status":{"f:conditions":{"#,
    r#""k:{\"type\":\"ContainersReady\"}":{".":{},"f:lastProbeTime":{},"f:lastTransitionTime":{},"f:observedGeneration":{},"f:status":{},"f:type":{}},"#,
    r#""k:{\"type\":\"Initialized\"}":{".":{},"f:lastProbeTime":{},"f:lastTransitionTime":{},"f:observedGeneration":{},"f:status":{},"f:type":{}},"#,
    r#""k:{\"type\":\"PodReadyToStartContainers\"}":{".":{},"f:lastProbeTime":{},"f:lastTransitionTime":{},"f:observedGeneration":{},"f:status":{},"f:type":{}},"#,
    r#""k:{\"type\":\"Ready\"}":{".":{},"f:lastProbeTime":{},"f:lastTransitionTime":{},"f:observedGeneration":{},"f:status":{},"f:type":{}}},"#,
    r#""f:containerStatuses":{},"f:hostIP":{},"f:hostIPs":{},"f:observedGeneration":{},"f:phase":{},"#,
    r#""f:podIP":{},"f:podIPs":{".":{},"k:{\"ip\":\"10.64.0.2\"}":{".":{},"f:ip":{}}},"f:startTime":{}}},"#,
    r#""subresource":"status"}"#,
);

#[cfg(test)]
mod tests {
    use super::{Place, Pod, render};

    #[test]
    fn a_pod_has_the_size_and_shape_that_the_anchor_was_measured_with() {
        let (mut pod, mut managed) = (String::new(), String::new());
        render(&mut pod, Place::Item, 4_321, 0, 1_004_321);
        Pod::numbered(4_321, 0, 1_004_321).managed_fields(&mut managed);
        assert!((6_900..=7_300).contains(&pod.len()), "a pod takes {} bytes", pod.len());
        assert!(
            (2_950..=3_250).contains(&managed.len()),
            "managedFields take {} bytes",
            managed.len()
        );

        let value: serde_json::Value = serde_json::from_str(&pod).expect("a pod is JSON");
        assert_eq!(value["spec"]["containers"].as_array().map(Vec::len), Some(2));
        assert_eq!(value["status"]["conditions"].as_array().map(Vec::len), Some(5));
        assert_eq!(value["metadata"]["managedFields"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn names_are_unique_and_lists_are_sorted_by_namespace_as_the_server_sorts_them() {
        let names: Vec<String> = (0..10_000)
            .map(|index| {
                let pod = Pod::numbered(index, 0, 1);
                format!("{}/{}-{}-{}", pod.namespace, pod.app, pod.hash, pod.suffix)
            })
            .collect();
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
        assert!((0..10_000).map(|index| Pod::numbered(index, 0, 1).namespace).is_sorted());
    }

    #[test]
    fn an_event_s_object_names_its_kind_and_shows_its_revision() {
        let mut event = String::new();
        render(&mut event, Place::Event, 7, 3, 99);
        let value: serde_json::Value =
            serde_json::from_str(&event).expect("an event's object is JSON");
        assert_eq!(value["kind"], "Pod");
        assert_eq!(value["metadata"]["resourceVersion"], "99");
        assert_eq!(value["status"]["containerStatuses"][0]["restartCount"], 3);
    }
}
