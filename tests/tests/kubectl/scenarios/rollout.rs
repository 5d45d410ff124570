//! Rollout, over replica sets and a status that the test writes in the controller's place.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("create -f web.yaml"),
        kubectl("get deployment web -o jsonpath={.metadata.uid}").save("UID"),
        kubectl("create -f -").stdin(REPLICA_SETS),
        kubectl("rollout history deployment/web"),
        kubectl("rollout history deployment/web --revision=1"),
        kubectl("rollout history deployment/web --revision=9"),
        kubectl("rollout status deployment/web --timeout=20s").meanwhile(
            "Waiting",
            steps![kubectl(HALF).normal(normal::nothing), kubectl(DONE).normal(normal::nothing),],
        ),
        kubectl("rollout status deployment/web --watch=false"),
        kubectl("get deployments,replicasets -o wide"),
        kubectl("describe deployment web"),
        kubectl("describe replicaset web-2"),
        kubectl("rollout pause deployment/web"),
        kubectl("rollout pause deployment/web"),
        kubectl("rollout undo deployment/web"),
        kubectl("rollout resume deployment/web"),
        kubectl("rollout undo deployment/web --to-revision=1"),
        kubectl("get deployment web -o jsonpath={.spec.template.spec.containers[0].image}"),
        kubectl("rollout restart deployment/web"),
        kubectl("get deployment web -o yaml"),
        kubectl("rollout status deployment/web --timeout=1s"),
        kubectl("rollout status deployment/nothing --timeout=1s"),
        kubectl("rollout status service/web"),
        kubectl("get replicaset web-1 -o yaml"),
        kubectl("delete deployment web --cascade=foreground --timeout=20s"),
        kubectl("get replicasets"),
    ]
}

const REPLICA_SETS: &str = r#"
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-1
  labels: {app: web, pod-template-hash: "1"}
  annotations: {deployment.kubernetes.io/revision: "1", kubernetes.io/change-cause: first}
  ownerReferences: &owner
  - {apiVersion: apps/v1, kind: Deployment, name: web, uid: {UID}, controller: true, blockOwnerDeletion: true}
spec:
  replicas: 0
  selector: {matchLabels: {app: web, pod-template-hash: "1"}}
  template:
    metadata: {labels: {app: web, pod-template-hash: "1"}}
    spec: {containers: [{name: app, image: "web:0"}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-2
  labels: {app: web, pod-template-hash: "2"}
  annotations: {deployment.kubernetes.io/revision: "2"}
  ownerReferences:
  - {apiVersion: apps/v1, kind: Deployment, name: web, uid: {UID}, controller: true, blockOwnerDeletion: true}
spec:
  replicas: 2
  selector: {matchLabels: {app: web, pod-template-hash: "2"}}
  template:
    metadata: {labels: {app: web, pod-template-hash: "2"}}
    spec: {containers: [{name: app, image: "web:1", ports: [{containerPort: 8080, name: http}]}]}
"#;

const HALF: &str = r#"patch deployment web --subresource=status -p '{"status":{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"readyReplicas":1,"availableReplicas":1,"unavailableReplicas":1,"conditions":[{"type":"Progressing","status":"True","reason":"ReplicaSetUpdated"}]}}'"#;
const DONE: &str = r#"patch deployment web --subresource=status -p '{"status":{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2,"unavailableReplicas":0,"conditions":[{"type":"Available","status":"True","reason":"MinimumReplicasAvailable"},{"type":"Progressing","status":"True","reason":"NewReplicaSetAvailable"}]}}'"#;
