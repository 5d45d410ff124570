//! DELETE of one object: answers, options, preconditions, finalizers, grace.

use serde_json::{Value, json};

use crate::objects::{deployment, map, map_with, pod, with_meta};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.6", Raw, [
    a_deleted_object_is_gone [48],
    a_second_delete_is_not_found,
    a_deleted_object_of_a_group_names_its_group,
    a_deleted_custom_object_answers_a_status,
    some_kinds_answer_with_the_object,
    a_finalizer_keeps_the_object [48],
    a_repeated_delete_of_a_kept_object_changes_nothing,
    the_last_finalizer_lets_the_object_go,
    one_of_two_finalizers_is_not_enough,
    no_finalizer_can_be_added_to_a_terminating_object,
    a_terminating_object_can_be_edited,
    a_wrong_uid_is_a_conflict [48],
    a_wrong_version_is_a_conflict,
    the_right_preconditions_hold,
    a_bogus_policy_is_invalid,
    both_policy_and_orphans_are_invalid,
    options_may_stand_in_the_query,
    options_may_be_yaml,
    options_need_no_kind,
    an_unknown_option_is_ignored,
    foreground_sets_a_finalizer,
    orphan_sets_a_finalizer,
    a_job_orphans_by_default,
    an_unscheduled_pod_goes_at_once,
    a_scheduled_pod_has_its_grace,
    a_shorter_grace_moves_the_time,
    grace_zero_removes_a_pod,
    a_negative_grace_is_one_second,
    a_recreated_object_has_a_new_uid,
    a_finalized_object_emits_its_deletion,
    a_delete_with_a_broken_body_is_refused,
    a_dry_run_of_a_finalized_delete_marks_nothing,
]);

const A: &str = "configmaps/a";

fn kept(s: &Server) {
    s.post("configmaps", with_meta(map("a"), "finalizers", json!(["a.b/c"]))).expect(201);
}

fn a_deleted_object_is_gone(s: &Server) {
    let uid = s.post("configmaps", map("a")).expect(201).uid();
    s.delete(A).expect(200).at("", json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": {"name": "a", "kind": "configmaps", "uid": uid},
    }));
    s.get(A).not_found("configmaps", "a");
}

fn a_second_delete_is_not_found(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.delete(A).expect(200);
    s.delete(A).not_found("configmaps", "a");
}

fn a_deleted_object_of_a_group_names_its_group(s: &Server) {
    s.post("apps/v1:deployments", deployment("d")).expect(201);
    let reply = s.delete("apps/v1:deployments/d").expect(200).at("/status", json!("Success"));
    reply.at("/details/group", json!("apps")).at("/details/kind", json!("deployments"));
}

fn a_deleted_custom_object_answers_a_status(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({}))).expect(201);
    let reply = s.delete(&format!("{WIDGETS}/w")).expect(200).at("/status", json!("Success"));
    reply.at("/details/kind", json!("widgets")).at("/details/group", json!("conformance.example"));
}

fn some_kinds_answer_with_the_object(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    s.delete("pods/p").expect(200).at("/kind", json!("Pod"));
    s.post("serviceaccounts", json!({"metadata": {"name": "sa"}})).expect(201);
    s.delete("serviceaccounts/sa").expect(200).at("/kind", json!("ServiceAccount"));
    s.post("services", json!({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}})).expect(201);
    s.delete("services/s").expect(200).at("/kind", json!("Service"));
    s.post("resourcequotas", json!({"metadata": {"name": "q"}, "spec": {"hard": {"pods": "100"}}})).expect(201);
    s.delete("resourcequotas/q").expect(200).at("/kind", json!("ResourceQuota"));
    let template = json!({"metadata": {"name": "t"}, "template": {"spec": pod("p")["spec"]}});
    s.post("podtemplates", template).expect(201);
    s.delete("podtemplates/t").expect(200).at("/kind", json!("PodTemplate"));
}

fn a_finalizer_keeps_the_object(s: &Server) {
    kept(s);
    let reply = s.delete(A).expect(200).at("/kind", json!("ConfigMap"));
    let reply = reply.present("/metadata/deletionTimestamp").at("/metadata/deletionGracePeriodSeconds", json!(0));
    s.get(A).expect(200).at("", reply.json());
}

fn a_repeated_delete_of_a_kept_object_changes_nothing(s: &Server) {
    kept(s);
    let first = s.delete(A).expect(200);
    s.delete(A).expect(200).at("", first.json());
    s.delete_with(A, json!({"gracePeriodSeconds": 0})).expect(200).at("", first.json());
}

fn the_last_finalizer_lets_the_object_go(s: &Server) {
    kept(s);
    let version = s.delete(A).expect(200).rv();
    let reply = s.merge(A, json!({"metadata": {"finalizers": null}})).expect(200).absent("/metadata/finalizers");
    assert_eq!(reply.rv(), version);
    s.get(A).not_found("configmaps", "a");
}

fn one_of_two_finalizers_is_not_enough(s: &Server) {
    s.post("configmaps", with_meta(map("a"), "finalizers", json!(["a.b/1", "a.b/2"]))).expect(201);
    let version = s.delete(A).expect(200).rv();
    let reply = s.merge(A, json!({"metadata": {"finalizers": ["a.b/2"]}})).expect(200);
    assert_ne!(reply.rv(), version);
    s.get(A).expect(200).at("/metadata/finalizers", json!(["a.b/2"]));
}

fn no_finalizer_can_be_added_to_a_terminating_object(s: &Server) {
    kept(s);
    s.delete(A).expect(200);
    let why = "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"x/y\"}";
    let cause = json!({"reason": "FieldValueForbidden", "message": why, "field": "metadata.finalizers"});
    let reply = s.merge(A, json!({"metadata": {"finalizers": ["a.b/c", "x/y"]}})).expect(422).reason("Invalid");
    let reply = reply.message(&format!("ConfigMap \"a\" is invalid: metadata.finalizers: {why}"));
    let causes = reply.json()["details"]["causes"].as_array().cloned().unwrap_or_default();
    assert!(causes.iter().all(|found| *found == cause), "{causes:?}");
}

fn a_terminating_object_can_be_edited(s: &Server) {
    kept(s);
    s.delete(A).expect(200);
    s.merge(A, json!({"data": {"k": "v"}})).expect(200).present("/metadata/deletionTimestamp");
}

fn a_wrong_uid_is_a_conflict(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let options = json!({"preconditions": {"uid": "11111111-1111-1111-1111-111111111111"}});
    let reply = s.delete_with(A, options).expect(409).reason("Conflict");
    reply
        .message_has(
            "Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition \
             (11111111-1111-1111-1111-111111111111) does not match the UID in record (",
        )
        .message_has("). The object might have been deleted and then recreated")
        .details(json!({"name": "a", "kind": "ConfigMap"}));
    s.get(A).expect(200);
}

fn a_wrong_version_is_a_conflict(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let reply = s.delete_with(A, json!({"preconditions": {"resourceVersion": "1"}})).expect(409).reason("Conflict");
    reply
        .message_has("the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (")
        .message_has("). The object might have been modified")
        .details(json!({"name": "a", "kind": "ConfigMap"}));
}

fn the_right_preconditions_hold(s: &Server) {
    let created = s.post("configmaps", map("a")).expect(201);
    let options = json!({"preconditions": {"uid": created.uid(), "resourceVersion": created.rv()}});
    s.delete_with(A, options).expect(200);
    s.get(A).expect(404);
}

/// A refusal of DeleteOptions.
#[track_caller]
fn refused_options(reply: crate::server::Reply, field: &str) {
    let reply = reply.expect(422).reason("Invalid").cause_fields(&[field]);
    reply.message_has("DeleteOptions.meta.k8s.io \"\" is invalid: ").at("/details/kind", json!("DeleteOptions"));
}

fn a_bogus_policy_is_invalid(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let reply = s.delete_with(A, json!({"propagationPolicy": "Bogus"}));
    refused_options(reply, "propagationPolicy");
    refused_options(s.delete(&format!("{A}?propagationPolicy=Bogus")), "propagationPolicy");
    s.get(A).expect(200);
}

fn both_policy_and_orphans_are_invalid(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let options = json!({"propagationPolicy": "Background", "orphanDependents": true});
    refused_options(s.delete_with(A, options), "propagationPolicy");
}

fn options_may_stand_in_the_query(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let reply = s.delete(&format!("{A}?propagationPolicy=Foreground")).expect(200);
    reply.at("/metadata/finalizers", json!(["foregroundDeletion"]));
}

fn options_may_be_yaml(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let body = "preconditions:\n  uid: 11111111-1111-1111-1111-111111111111\n";
    s.request("DELETE", A).body("application/yaml", body).send().expect(409).reason("Conflict");
}

fn options_need_no_kind(s: &Server) {
    let uid = "11111111-1111-1111-1111-111111111111";
    for kind in [json!({}), json!({"apiVersion": "v1", "kind": "DeleteOptions"}), json!({"apiVersion": "apps/v1", "kind": "DeleteOptions"})] {
        s.quietly(|| s.post("configmaps", map("a")).any_code());
        let mut options = kind;
        options["preconditions"] = json!({"uid": uid});
        s.delete_with(A, options).expect(409);
    }
}

fn an_unknown_option_is_ignored(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.delete_with(A, json!({"bogus": 1})).expect(200).at("/status", json!("Success")).warnings(&[]);
}

fn foreground_sets_a_finalizer(s: &Server) {
    // Another finalizer keeps it from going before it is looked at.
    kept(s);
    let reply = s.delete_with(A, json!({"propagationPolicy": "Foreground"})).expect(200);
    reply.at("/metadata/finalizers", json!(["a.b/c", "foregroundDeletion"]));
}

fn orphan_sets_a_finalizer(s: &Server) {
    kept(s);
    let reply = s.delete_with(A, json!({"propagationPolicy": "Orphan"})).expect(200);
    reply.at("/metadata/finalizers", json!(["a.b/c", "orphan"]));
}

fn a_job_orphans_by_default(s: &Server) {
    let template = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}});
    let job = json!({"metadata": {"name": "j", "finalizers": ["a.b/c"]}, "spec": {"template": template}});
    s.post("batch/v1:jobs", job).expect(201);
    let reply = s.delete("batch/v1:jobs/j").expect(200);
    let reply = reply.at("/metadata/finalizers", json!(["a.b/c", "orphan"]));
    assert!(reply.first("Warning").is_some_and(|text| text.contains("child pods are preserved by default")));
}

fn an_unscheduled_pod_goes_at_once(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    s.delete("pods/p").expect(200);
    s.get("pods/p").not_found("pods", "p");
}

fn scheduled(s: &Server) {
    let mut object = pod("p");
    object["spec"]["nodeName"] = json!("n");
    s.post("pods", object).expect(201);
}

fn a_scheduled_pod_has_its_grace(s: &Server) {
    scheduled(s);
    let reply = s.delete("pods/p").expect(200).at("/metadata/deletionGracePeriodSeconds", json!(30));
    reply.at("/metadata/generation", json!(2)).present("/metadata/deletionTimestamp");
    s.get("pods/p").expect(200);
}

fn a_shorter_grace_moves_the_time(s: &Server) {
    scheduled(s);
    let first = s.delete("pods/p").expect(200).str("/metadata/deletionTimestamp");
    let reply = s.delete_with("pods/p", json!({"gracePeriodSeconds": 5})).expect(200);
    let reply = reply.at("/metadata/deletionGracePeriodSeconds", json!(5));
    assert!(reply.str("/metadata/deletionTimestamp") < first);
    // A longer one does not.
    let reply = s.delete_with("pods/p", json!({"gracePeriodSeconds": 60})).expect(200);
    reply.at("/metadata/deletionGracePeriodSeconds", json!(5));
}

fn grace_zero_removes_a_pod(s: &Server) {
    scheduled(s);
    s.delete("pods/p").expect(200);
    s.delete_with("pods/p", json!({"gracePeriodSeconds": 0})).expect(200);
    s.get("pods/p").not_found("pods", "p");
}

fn a_negative_grace_is_one_second(s: &Server) {
    scheduled(s);
    let reply = s.delete_with("pods/p", json!({"gracePeriodSeconds": -7})).expect(200);
    reply.at("/metadata/deletionGracePeriodSeconds", json!(1));
}

fn a_recreated_object_has_a_new_uid(s: &Server) {
    let first = s.post("configmaps", map("a")).expect(201).uid();
    s.delete(A).expect(200);
    assert_ne!(s.post("configmaps", map("a")).expect(201).uid(), first);
}

fn a_finalized_object_emits_its_deletion(s: &Server) {
    kept(s);
    let version = s.get(A).expect(200).rv();
    let mut watch = s.watch(&format!("configmaps?watch=1&resourceVersion={version}"));
    s.delete(A).expect(200);
    watch.expect("MODIFIED", "a");
    s.merge(A, json!({"metadata": {"finalizers": []}})).expect(200);
    let event = watch.expect("DELETED", "a");
    assert_ne!(event["object"]["metadata"]["resourceVersion"], Value::from(version));
}

fn a_delete_with_a_broken_body_is_refused(s: &Server) {
    s.post("configmaps", map_with("a", json!({"k": "v"}))).expect(201);
    let reply = s.request("DELETE", A).body("application/json", "{").send();
    reply.expect(400).reason("BadRequest").loosely("the decoder's own words");
    s.get(A).expect(200);
}

fn a_dry_run_of_a_finalized_delete_marks_nothing(s: &Server) {
    kept(s);
    s.delete(&format!("{A}?dryRun=All")).expect(200);
    s.get(A).expect(200).absent("/metadata/deletionTimestamp");
}
