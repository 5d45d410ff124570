//! Delete: by name, by label, all; with what hangs on it, without; waiting or not.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("create -f web.yaml"),
        kubectl("create -f pods.yaml"),
        kubectl("delete pod one"),
        kubectl("delete pod one"),
        kubectl("delete pod one --ignore-not-found"),
        kubectl("delete pod/two configmap/web --now"),
        kubectl("create -f pods.yaml"),
        kubectl("delete pod -l app=one --wait=false"),
        kubectl("delete pods --all --grace-period=0 --force"),
        kubectl("delete pods --all"),
        kubectl("delete service web --dry-run=server"),
        kubectl("delete services --field-selector=metadata.name=web -o name"),
        kubectl("delete all -l app=nothing"),
        // What is owned goes with its owner, or stays when told to.
        kubectl("get deployment web -o jsonpath={.metadata.uid}").save("UID"),
        kubectl("create -f -").stdin(OWNED),
        kubectl("delete deployment web --cascade=orphan"),
        kubectl("get configmaps -l owned -o yaml"),
        kubectl("delete configmap -l owned"),
        kubectl("create -f web.yaml").normal(normal::nothing),
        kubectl("get deployment web -o jsonpath={.metadata.uid}").save("UID"),
        kubectl("create -f -").stdin(OWNED),
        kubectl("delete deployment web --cascade=background"),
        kubectl("wait configmap/owned --for=delete --timeout=20s").normal(normal::nothing),
        kubectl("get configmap owned"),
        // A finalizer holds an object until someone takes it off.
        kubectl("create -f -").stdin(HELD),
        kubectl("delete configmap held --timeout=1s"),
        kubectl("get configmap held -o yaml"),
        kubectl("wait configmap held --for=delete --timeout=20s")
            .meanwhile("", steps![kubectl(FREE)])
            .normal(normal::nothing),
        kubectl("get configmap held"),
        kubectl("delete nothing x"),
        kubectl("delete pod"),
    ]
}

const OWNED: &str = "
apiVersion: v1
kind: ConfigMap
metadata:
  name: owned
  labels: {owned: by-web}
  ownerReferences:
  - {apiVersion: apps/v1, kind: Deployment, name: web, uid: {UID}}
";

const FREE: &str =
    r#"patch configmap held --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'"#;

const HELD: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: held, finalizers: [example.com/hold]}
";
