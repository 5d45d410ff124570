//! A custom resource definition from a file, and its objects.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("get widgets"),
        kubectl("apply -f widgets.yaml"),
        kubectl("wait crd/widgets.example.com --for=condition=Established --timeout=20s"),
        kubectl("get --raw /openapi/v3/apis/example.com/v1").retried().normal(normal::nothing),
        kubectl("get widgets").retried(),
        kubectl("get crd widgets.example.com"),
        kubectl("get crd widgets.example.com -o yaml"),
        kubectl("describe crd widgets.example.com"),
        kubectl("api-resources --api-group=example.com"),
        kubectl("explain widget.spec"),
        kubectl("explain widget --recursive"),
        kubectl("apply -f widget.yaml"),
        kubectl("apply -f widget.yaml"),
        kubectl("get wd"),
        kubectl("get widgets -o wide"),
        kubectl("get widget first -o yaml"),
        kubectl("get widgets.v1alpha1.example.com first -o jsonpath={.apiVersion}"),
        kubectl("describe widget first"),
        kubectl("get gadgets"),
        kubectl(r#"patch widget first --type=merge -p '{"spec":{"size":5}}'"#),
        kubectl(r#"patch widget first -p '{"spec":{"size":5}}'"#),
        kubectl(r#"patch widget first --type=merge -p '{"spec":{"size":50}}'"#),
        kubectl(r#"patch widget first --type=merge -p '{"spec":{"color":"pink"}}'"#),
        kubectl(r#"patch widget first --type=merge -p '{"spec":{"name":"other"}}'"#),
        kubectl(
            r#"patch widget first --type=merge --subresource=status -p '{"status":{"phase":"Ready","replicas":2}}'"#
        ),
        kubectl("wait widget/first --for=jsonpath={.status.phase}=Ready --timeout=20s"),
        kubectl("scale widget first --replicas=4"),
        kubectl("get widget first -o yaml --show-managed-fields"),
        kubectl("apply -f -").stdin(UNKNOWN_FIELD),
        kubectl("apply -f - --validate=warn").stdin(UNKNOWN_FIELD),
        kubectl("apply --server-side -f widget.yaml"),
        kubectl(
            "apply --server-side --force-conflicts -f widget.yaml -o yaml --show-managed-fields"
        ),
        kubectl("edit widget first").editor("sed -i 's/size: 3/size: 4/'"),
        kubectl("diff -f widget.yaml"),
        kubectl("get widgets -w --no-headers")
            .lines(2)
            .meanwhile("first", steps![kubectl("label widget first seen=yes")]),
        kubectl("get all,widgets -l seen=yes"),
        kubectl("label widgets --all all=true"),
        kubectl("delete widgets --all"),
        kubectl("apply -f widget.yaml").normal(normal::nothing),
        kubectl("delete -f widgets.yaml --timeout=20s"),
        kubectl("get crd widgets.example.com"),
        kubectl("apply -f -").stdin(BAD_DEFINITION),
    ]
}

const UNKNOWN_FIELD: &str = "
apiVersion: example.com/v1
kind: Widget
metadata: {name: second}
spec: {size: 1, name: second, weight: 3}
";

const BAD_DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: thing, kind: Thing}
  versions:
  - {name: v1, served: true, storage: false}
";
