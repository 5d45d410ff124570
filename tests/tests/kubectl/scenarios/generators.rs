//! Objects from a command line: `create KIND`, `run`, `expose`, `autoscale`. Most are sent as protobuf.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("create namespace made"),
        kubectl("get namespace made -o yaml"),
        kubectl("create configmap made --from-literal=a=1 --from-literal=b=2"),
        kubectl("create configmap made --from-literal=a=1"),
        kubectl("create configmap file --from-file=loose.yaml"),
        kubectl("get configmap made file -o yaml"),
        kubectl("create secret generic made --from-literal=password=x"),
        kubectl(
            "create secret docker-registry made2 --docker-server=r.example --docker-username=u --docker-password=p"
        ),
        kubectl("get secret made -o yaml"),
        kubectl("create serviceaccount made"),
        kubectl("get serviceaccount made -o yaml"),
        kubectl("create token made --duration=1h"),
        kubectl("create token made --duration=1s"),
        kubectl("create token nothing"),
        kubectl(
            "create role made --verb=get,list --resource=pods,deployments.apps --resource-name=x"
        ),
        kubectl("create clusterrole made --verb=get --non-resource-url=/metrics"),
        kubectl(
            "create rolebinding made --role=made --user=ada --group=staff --serviceaccount=generators:made"
        ),
        kubectl("create clusterrolebinding made --clusterrole=made --user=ada"),
        kubectl("get role,rolebinding made -o yaml"),
        kubectl("create deployment made --image=web:1 --replicas=2 --port=80 -- sleep 1"),
        kubectl("get deployment made -o yaml"),
        kubectl("create job made --image=web:1 -- true"),
        kubectl("get job made -o yaml"),
        kubectl("create cronjob made --image=web:1 --schedule='*/5 * * * *'"),
        kubectl("create job again --from=cronjob/made"),
        kubectl("get cronjob made -o yaml"),
        kubectl("create service clusterip made --tcp=80:8080"),
        kubectl("create service nodeport made-out --tcp=80"),
        kubectl("create service externalname made-far --external-name=far.example"),
        kubectl("get service made-far -o yaml"),
        kubectl("get services"),
        kubectl("create quota made --hard=cpu=1,pods=2"),
        kubectl("create poddisruptionbudget made --selector=app=made --min-available=1"),
        kubectl("create priorityclass made --value=1000 --description=high"),
        kubectl("get priorityclass made -o yaml"),
        kubectl("create ingress made --rule=made.example/path*=made:80,tls=cert --class=none"),
        kubectl("get ingress made -o yaml"),
        kubectl("autoscale deployment made --min=1 --max=3 --cpu=50%"),
        kubectl("get horizontalpodautoscaler made -o yaml"),
        kubectl("create configmap Bad_Name"),
        kubectl("create deployment made --image=web:1 --dry-run=server -o name"),
        kubectl("create deployment new --image=web:1 --dry-run=server -o yaml"),
        kubectl("create configmap new --from-literal=a=1 --dry-run=client -o yaml"),
        kubectl("delete priorityclass,clusterrole,clusterrolebinding made"),
    ]
}

pub(crate) fn run_and_expose() -> Vec<Step> {
    steps![
        kubectl("run web --image=web:1 --port=80 --labels=app=web --env=A=b"),
        kubectl("get pod web -o yaml"),
        kubectl("run web --image=web:1"),
        kubectl("run bad_name --image=web:1"),
        kubectl("run once --image=web:1 --restart=Never --dry-run=server -o yaml -- sleep 1"),
        kubectl("run both --image=web:1 --port=80 --expose"),
        kubectl("expose pod web --port=80 --target-port=8080 --name=front"),
        kubectl("get service front both -o yaml"),
        kubectl("create -f web.yaml"),
        kubectl("expose deployment web --type=NodePort --name=out"),
        kubectl("get service out -o yaml"),
        kubectl("expose deployment web --name=out --port=1"),
        kubectl("expose service web --name=again --port=8081"),
        kubectl("expose deployment nothing --port=80"),
        kubectl("create -f -").stdin(GENERATED).normal(normal::generated),
        kubectl("get configmap -l generated -o name").normal(normal::generated),
        kubectl("create -f - --edit")
            .stdin(GENERATED)
            .editor("sed -i s/one/two/")
            .normal(normal::generated),
        kubectl("get configmap -l generated -o 'jsonpath={range .items[*]}{.data}{\"\\n\"}{end}'")
            .normal(normal::sorted),
    ]
}

const GENERATED: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {generateName: some-, labels: {generated: yes-indeed}}
data: {k: one}
";
