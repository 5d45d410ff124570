//! Get and describe, in every form of output.

use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("create -f zoo.yaml"),
        kubectl("replace --subresource=status -f zoo-status.yaml"),
        kubectl("get pods"),
        kubectl("get pods -o wide"),
        kubectl("get pods --show-labels"),
        kubectl("get pods -L app,tier"),
        kubectl("get pods --no-headers -l app=cat"),
        kubectl("get pods -l 'app in (cat,dog),tier!=back'"),
        kubectl("get pods -l '!tier' -o name"),
        kubectl("get pods -l 'app in'"),
        kubectl("get pods --field-selector=status.phase=Running"),
        kubectl("get pods --field-selector=spec.nodeName=,metadata.name!=cat"),
        kubectl("get pods --field-selector=spec.color=blue"),
        kubectl("get pods -A -l zoo"),
        kubectl("get pods -A --chunk-size=1 -l zoo -o name"),
        kubectl(
            "get pods --sort-by=.metadata.name --no-headers -o custom-columns=N:.metadata.name,P:.status.phase,I:.spec.containers[*].image"
        ),
        kubectl("get pod cat -o jsonpath={.spec.containers[0].image}"),
        kubectl("get pods -o 'jsonpath={range .items[*]}{.metadata.name}{\"\\n\"}{end}'"),
        kubectl("get pods -o 'go-template={{range .items}}{{.metadata.name}} {{end}}'"),
        kubectl("get pod cat -o yaml"),
        kubectl("get pod cat -o json"),
        kubectl("get pods -o yaml"),
        kubectl("get pod cat dog --output=name"),
        kubectl("get pod/cat service/zoo configmap/zoo"),
        kubectl("get pod cat nothing"),
        kubectl("get pod nothing --ignore-not-found"),
        kubectl("get pods -l app=nothing"),
        kubectl("get all"),
        kubectl("get configmaps,secrets,serviceaccounts -l zoo"),
        kubectl("get services,endpointslices,ingresses,networkpolicies,poddisruptionbudgets"),
        kubectl(
            "get replicasets,statefulsets,daemonsets,jobs,cronjobs,horizontalpodautoscalers -o wide"
        ),
        kubectl("get deployments,services,ingresses,endpoints -o wide"),
        kubectl("get roles,rolebindings,resourcequotas,limitranges,leases,persistentvolumeclaims"),
        kubectl(
            "get storageclasses,priorityclasses,runtimeclasses,ingressclasses,persistentvolumes"
        ),
        kubectl("get clusterroles -l zoo"),
        kubectl("get events"),
        kubectl("events"),
        kubectl("events --for pod/cat --types=Warning"),
        kubectl("get -f zoo-status.yaml"),
        kubectl("describe pod cat"),
        kubectl("describe pods -l app=dog"),
        kubectl("describe deployment zoo"),
        kubectl("describe service zoo"),
        kubectl("describe configmap zoo"),
        kubectl("describe secret zoo"),
        kubectl("describe ingress zoo"),
        kubectl("describe cronjob zoo"),
        kubectl("describe job zoo"),
        kubectl("describe statefulset zoo"),
        kubectl("describe networkpolicy zoo"),
        kubectl("describe resourcequota zoo"),
        kubectl("describe limitrange zoo"),
        kubectl("describe role zoo"),
        kubectl("describe horizontalpodautoscaler zoo"),
        kubectl("describe persistentvolumeclaim zoo"),
        kubectl("describe lease zoo"),
        kubectl("describe pod nothing"),
    ]
}
