use serde_json::{Value, json};

use super::fill;

#[track_caller]
fn check(group: &str, kind: &str, mut object: Value, expected: Value) {
    fill(group, kind, &mut object);
    assert_eq!(object, expected);
}

#[test]
fn a_deployment_gets_what_the_real_server_gives_it() {
    let container = json!({
        "name": "c", "image": "i", "ports": [{"containerPort": 80, "protocol": "TCP"}], "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "Always",
    });
    let expected = json!({
        "replicas": 1,
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {
                "containers": [container], "restartPolicy": "Always",
                "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
                "securityContext": {}, "schedulerName": "default-scheduler",
            },
        },
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
        },
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    });
    let given = json!({"spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80}]}]},
        },
    }});
    check("apps", "Deployment", given, json!({"spec": expected}));
}

#[test]
fn text_of_a_secret_is_stored_with_its_data() {
    let given = json!({"stringData": {"a": "b"}, "data": {"x": "eQ=="}});
    check("", "Secret", given, json!({"data": {"a": "Yg==", "x": "eQ=="}, "type": "Opaque"}));
}

#[test]
fn images_without_a_version_are_pulled_always() {
    for (image, policy) in [
        ("i", "Always"),
        ("h:5000/i", "Always"),
        ("i:latest", "Always"),
        ("i:1", "IfNotPresent"),
        ("i@sha256:0", "IfNotPresent"),
    ] {
        let mut pod = json!({"spec": {"containers": [{"name": "c", "image": image}]}});
        fill("", "Pod", &mut pod);
        assert_eq!(pod["spec"]["containers"][0]["imagePullPolicy"], policy, "{image}");
    }
}

#[test]
fn objects_of_the_wrong_shape_do_not_panic() {
    let kinds = [
        ("", "Pod"),
        ("apps", "StatefulSet"),
        ("", "Service"),
        ("batch", "CronJob"),
        ("", "Secret"),
    ];
    for (group, kind) in kinds {
        for mut object in [
            json!(5),
            json!({"spec": []}),
            json!({"spec": {"template": 1, "ports": 2}}),
            json!({"data": 1, "stringData": {"a": 1}}),
        ] {
            fill(group, kind, &mut object);
        }
    }
}
