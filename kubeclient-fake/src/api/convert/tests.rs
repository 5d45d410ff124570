use serde_json::{Value, json};

use super::to;
use crate::schema::builtin;

#[track_caller]
fn converted(api_version: &str, value: &Value) -> Value {
    let mut all = builtin::resources().iter();
    let resource = all.find(|known| {
        known.api_version() == api_version && known.kind == value["kind"].as_str().unwrap()
    });
    to(resource.unwrap(), value).unwrap()
}

#[test]
fn an_event_is_the_same_object_in_both_its_groups() {
    let core = json!({
        "kind": "Event", "apiVersion": "v1", "metadata": {"name": "x"},
        "involvedObject": {"kind": "Pod", "name": "p"}, "reason": "R", "message": "m", "source": {},
        "firstTimestamp": null, "lastTimestamp": null, "type": "Normal", "eventTime": null,
        "reportingComponent": "", "reportingInstance": "",
    });
    let events = json!({
        "kind": "Event", "apiVersion": "events.k8s.io/v1", "metadata": {"name": "x"},
        "regarding": {"kind": "Pod", "name": "p"}, "reason": "R", "note": "m", "deprecatedSource": {},
        "deprecatedFirstTimestamp": null, "deprecatedLastTimestamp": null, "type": "Normal",
        "eventTime": null,
    });
    assert_eq!(converted("events.k8s.io/v1", &core), events);
    assert_eq!(converted("v1", &events), core);
}

/// As the real server shows it in version 1; and what it was in version 2.
#[test]
fn an_autoscaler_keeps_in_annotations_what_version_1_has_no_fields_for() {
    let cpu = json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}});
    let metrics = json!([
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "100m"}}},
        {"type": "Pods", "pods": {"metric": {"name": "m", "selector": {"matchLabels": {"a": "b"}}}, "target": {"type": "AverageValue", "averageValue": "3"}}},
        {"type": "Object", "object": {"metric": {"name": "m"}, "describedObject": {"kind": "K", "name": "n", "apiVersion": "v1"}, "target": {"type": "Value", "value": "3"}}},
        {"type": "Object", "object": {"metric": {"name": "m"}, "describedObject": {"kind": "K", "name": "n"}, "target": {"type": "AverageValue", "averageValue": "3"}}},
        {"type": "External", "external": {"metric": {"name": "m", "selector": {"matchLabels": {"a": "b"}}}, "target": {"type": "Value", "value": "3"}}},
        {"type": "External", "external": {"metric": {"name": "m"}, "target": {"type": "AverageValue", "averageValue": "3"}}},
        {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "c", "target": {"type": "Utilization", "averageUtilization": 50}}},
        cpu,
    ]);
    let v2 = json!({
        "kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": {"name": "hh"},
        "spec": {
            "maxReplicas": 3, "minReplicas": 1, "metrics": metrics,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
            "behavior": {
                "scaleUp": {
                    "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
                    "policies": [{"type": "Pods", "value": 1, "periodSeconds": 1}],
                },
                "scaleDown": {
                    "selectPolicy": "Max",
                    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
                },
            },
        },
        "status": {
            "observedGeneration": 3, "currentReplicas": 1, "desiredReplicas": 2,
            "conditions": [{"type": "AbleToScale", "status": "True", "reason": "R", "message": "m", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
            "currentMetrics": [
                {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 10, "averageValue": "5m"}}},
                {"type": "Pods", "pods": {"metric": {"name": "m"}, "current": {"averageValue": "3"}}},
            ],
        },
    });
    let v1 = json!({
        "kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v1",
        "metadata": {"name": "hh", "annotations": {
            "autoscaling.alpha.kubernetes.io/behavior": r#"{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":1}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}}"#,
            "autoscaling.alpha.kubernetes.io/conditions": r#"[{"type":"AbleToScale","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z","reason":"R","message":"m"}]"#,
            "autoscaling.alpha.kubernetes.io/current-metrics": r#"[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":10,"currentAverageValue":"5m"}},{"type":"Pods","pods":{"metricName":"m","currentAverageValue":"3"}}]"#,
            "autoscaling.alpha.kubernetes.io/metrics": r#"[{"type":"Resource","resource":{"name":"cpu","targetAverageValue":"100m"}},{"type":"Pods","pods":{"metricName":"m","targetAverageValue":"3","selector":{"matchLabels":{"a":"b"}}}},{"type":"Object","object":{"target":{"kind":"K","name":"n","apiVersion":"v1"},"metricName":"m","targetValue":"3"}},{"type":"Object","object":{"target":{"kind":"K","name":"n"},"metricName":"m","targetValue":"0","averageValue":"3"}},{"type":"External","external":{"metricName":"m","metricSelector":{"matchLabels":{"a":"b"}},"targetValue":"3"}},{"type":"External","external":{"metricName":"m","targetAverageValue":"3"}},{"type":"ContainerResource","containerResource":{"name":"cpu","targetAverageUtilization":50,"container":"c"}}]"#,
        }},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"},
            "minReplicas": 1, "maxReplicas": 3, "targetCPUUtilizationPercentage": 50,
        },
        "status": {
            "observedGeneration": 3, "currentReplicas": 1, "desiredReplicas": 2,
            "currentCPUUtilizationPercentage": 10,
        },
    });
    assert_eq!(converted("autoscaling/v1", &v2), v1);
    assert_eq!(converted("autoscaling/v2", &v1), v2);
}

#[test]
fn an_autoscaler_without_metrics_aims_at_the_usual_load() {
    let v1 = json!({
        "kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v1", "metadata": {"name": "x"},
        "spec": {"maxReplicas": 3},
    });
    let v2 = converted("autoscaling/v2", &v1);
    let load = "/spec/metrics/0/resource/target/averageUtilization";
    assert_eq!(v2.pointer(load), Some(&json!(80)));
    assert_eq!(v2["status"], json!({"desiredReplicas": 0, "currentMetrics": null}));
    assert_eq!(converted("autoscaling/v1", &v2)["spec"]["targetCPUUtilizationPercentage"], 80);
}

#[test]
fn odd_shapes_do_not_panic() {
    for spec in [
        json!(null),
        json!([]),
        json!({"metrics": 1, "behavior": []}),
        json!({"metrics": [1, {"type": "Pods", "pods": 1}]}),
    ] {
        for version in ["autoscaling/v1", "autoscaling/v2"] {
            let other =
                if version == "autoscaling/v1" { "autoscaling/v2" } else { "autoscaling/v1" };
            let metadata = json!({"annotations": {"autoscaling.alpha.kubernetes.io/metrics": "[{\"type\":\"Pods\"}, 3]"}});
            converted(
                other,
                &json!({"kind": "HorizontalPodAutoscaler", "apiVersion": version, "metadata": metadata, "spec": spec, "status": 1}),
            );
        }
    }
}
