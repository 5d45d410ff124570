//! Changes to one object: patch, label, annotate, scale, edit, set.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("create -f web.yaml"),
        kubectl(
            r#"patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"web:2"}]}}}}'"#
        ),
        kubectl(r#"patch deployment web --type=merge -p '{"metadata":{"annotations":{"a":"b"}}}'"#),
        kubectl(
            r#"patch deployment web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":3}]'"#
        ),
        kubectl(
            r#"patch deployment web --type=json -p '[{"op":"remove","path":"/spec/nothing"}]'"#
        ),
        kubectl(r#"patch deployment web --type=merge -p '{"spec":{"replicas":"three"}}'"#)
            .normal(normal::quoted_json),
        kubectl(r#"patch deployment web -p '{"spec":{"replicas":-1}}'"#),
        kubectl(
            r#"patch deployment web -p '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}'"#
        ),
        kubectl(r#"patch deployment web -p '{}'"#),
        kubectl(
            r#"patch deployment web -p '{"spec":{"replicas":4}}' --dry-run=server -o jsonpath={.spec.replicas}"#
        ),
        kubectl(r#"patch deployment nothing -p '{}'"#),
        kubectl(
            r#"patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'"#
        ),
        kubectl("get deployment web --subresource=scale -o yaml"),
        kubectl("label deployment web tier=front"),
        kubectl("label deployment web tier=back"),
        kubectl("label deployment web tier=back --overwrite"),
        kubectl("label deployment web tier-"),
        kubectl("label deployment web tier-"),
        kubectl("label deployment web tier=-bad-"),
        kubectl("label configmap,service -l app=web seen=yes"),
        kubectl("label service web --list").normal(normal::sorted),
        kubectl("annotate configmap web note='two words' --overwrite"),
        kubectl("annotate configmap web note-"),
        kubectl("annotate configmap --all all=true"),
        kubectl("scale deployment web --replicas=1"),
        kubectl("scale deployment web --current-replicas=9 --replicas=2"),
        kubectl("scale deployment web --current-replicas=1 --replicas=2"),
        kubectl("scale deployment nothing --replicas=2"),
        kubectl("scale service web --replicas=2"),
        kubectl("edit configmap web").editor("sed -i s/blue/green/"),
        kubectl("get configmap web -o jsonpath={.data}"),
        kubectl("edit configmap web").editor("true"),
        kubectl("edit deployment web -o json")
            .editor("sed -i 's/\"replicas\": 2/\"replicas\": 3/'"),
        kubectl("edit deployment web --subresource=status")
            .editor("sed -i 's/status: {}/status: {replicas: 3}/'"),
        kubectl("edit deployment web").editor("sed -i 's/replicas: 3/replicas: -3/'"),
        kubectl("edit configmap nothing").editor("true"),
        kubectl("set image deployment/web app=web:3"),
        kubectl("set image deployment/web nothing=web:3"),
        kubectl("set image deployment/web *=web:4 --record=false"),
        kubectl("set env deployment/web COLOR=red SIZE=1"),
        kubectl("set env deployment/web SIZE- --list"),
        kubectl("set env deployment/web --from=configmap/web --prefix=CM_"),
        kubectl("set resources deployment web --limits=cpu=200m,memory=64Mi --requests=cpu=0.1"),
        kubectl("set serviceaccount deployment web default"),
        kubectl("set selector service web app=other"),
        kubectl("get deployment,service web -o yaml"),
    ]
}
