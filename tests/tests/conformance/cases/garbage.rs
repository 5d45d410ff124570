//! What goes with its owner, and namespaces, which are polled for: kube-controller-manager does it.

use serde_json::{Value, json};

use crate::objects::{map, with_meta};
use crate::server::Server;
use crate::suite::cases;

cases!("2.6", Raw, [
    a_dependent_goes_with_its_owner,
    a_dependent_of_two_owners_stays_while_one_is_there,
    a_dependent_of_a_missing_owner_goes,
    an_orphan_loses_its_owner_and_stays,
    a_foreground_owner_waits_for_its_dependents,
    a_foreground_owner_does_not_wait_for_what_does_not_block,
    a_cascade_goes_down_all_generations,
    an_owner_of_another_uid_is_no_owner,
    a_deleted_namespace_takes_its_content,
    a_terminating_namespace_takes_no_new_objects,
    a_terminating_namespace_keeps_what_has_a_finalizer,
    a_terminating_namespace_can_be_written_in,
    the_default_namespace_stays,
    a_namespace_with_a_finalizer_of_its_own_waits,
    finalize_removes_a_namespace,
    a_deleted_namespace_answers_as_terminating,
]);

fn owner(name: &str, uid: &str, blocks: bool) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, "blockOwnerDeletion": blocks})
}

fn create(s: &Server, name: &str, owners: &[Value]) -> String {
    let object = if owners.is_empty() { map(name) } else { with_meta(map(name), "ownerReferences", json!(owners)) };
    s.post("configmaps", object).expect(201).uid()
}

fn goes(s: &Server, name: &str) {
    s.eventually_answers(&format!("configmaps/{name}"), 404);
}

fn a_dependent_goes_with_its_owner(s: &Server) {
    let uid = create(s, "owner", &[]);
    create(s, "child", &[owner("owner", &uid, false)]);
    s.delete_with("configmaps/owner", json!({"propagationPolicy": "Background"})).expect(200);
    goes(s, "child");
}

fn a_dependent_of_two_owners_stays_while_one_is_there(s: &Server) {
    let (one, two) = (create(s, "one", &[]), create(s, "two", &[]));
    create(s, "child", &[owner("one", &one, false), owner("two", &two, false)]);
    create(s, "witness", &[owner("one", &one, false)]);
    s.delete("configmaps/one").expect(200);
    goes(s, "witness");
    s.eventually("the reference to the gone owner is dropped", || {
        let references = s.get("configmaps/child").expect(200).json()["metadata"]["ownerReferences"].clone();
        (references.as_array().is_some_and(|all| all.len() == 1 && all[0]["name"] == "two")).then_some(())
    });
    s.delete("configmaps/two").expect(200);
    goes(s, "child");
}

fn a_dependent_of_a_missing_owner_goes(s: &Server) {
    s.quietly(|| create(s, "child", &[owner("never", "11111111-1111-1111-1111-111111111111", false)]));
    goes(s, "child");
}

fn an_orphan_loses_its_owner_and_stays(s: &Server) {
    let uid = create(s, "owner", &[]);
    create(s, "child", &[owner("owner", &uid, false)]);
    s.quietly(|| s.delete_with("configmaps/owner", json!({"propagationPolicy": "Orphan"})).expect(200));
    goes(s, "owner");
    s.get("configmaps/child").expect(200).absent("/metadata/ownerReferences");
}

fn a_foreground_owner_waits_for_its_dependents(s: &Server) {
    let uid = create(s, "owner", &[]);
    let child = with_meta(map("child"), "ownerReferences", json!([owner("owner", &uid, true)]));
    s.post("configmaps", with_meta(child, "finalizers", json!(["a.b/c"]))).expect(201);
    // Dependents are found by a watch: the collector must have seen the child before.
    s.eventually("the collector has seen the child", || {
        create_witness(s);
        (s.get("configmaps/witness").any_code() == 404).then_some(())
    });
    s.delete_with("configmaps/owner", json!({"propagationPolicy": "Foreground"})).expect(200);
    s.eventually("the child is being deleted", || {
        let child = s.get("configmaps/child").expect(200).json();
        child["metadata"]["deletionTimestamp"].is_string().then_some(())
    });
    s.get("configmaps/owner").expect(200).at("/metadata/finalizers", json!(["foregroundDeletion"]));
    s.quietly(|| s.merge("configmaps/child", json!({"metadata": {"finalizers": null}})).expect(200));
    goes(s, "child");
    goes(s, "owner");
}

/// A dependent of nobody: when it has gone, the collector has seen what was before it.
fn create_witness(s: &Server) {
    let orphan = owner("never", "11111111-1111-1111-1111-111111111111", false);
    s.post("configmaps", with_meta(map("witness"), "ownerReferences", json!([orphan]))).any_code();
}

fn a_foreground_owner_does_not_wait_for_what_does_not_block(s: &Server) {
    let uid = create(s, "owner", &[]);
    let child = with_meta(map("child"), "ownerReferences", json!([owner("owner", &uid, false)]));
    s.post("configmaps", with_meta(child, "finalizers", json!(["a.b/c"]))).expect(201);
    s.quietly(|| s.delete_with("configmaps/owner", json!({"propagationPolicy": "Foreground"})).expect(200));
    goes(s, "owner");
    s.merge("configmaps/child", json!({"metadata": {"finalizers": null}})).expect(200).uncompared("deleted meanwhile, or not yet");
}

fn a_cascade_goes_down_all_generations(s: &Server) {
    let one = create(s, "one", &[]);
    let two = create(s, "two", &[owner("one", &one, false)]);
    create(s, "three", &[owner("two", &two, false)]);
    s.delete("configmaps/one").expect(200);
    goes(s, "two");
    goes(s, "three");
}

fn an_owner_of_another_uid_is_no_owner(s: &Server) {
    create(s, "owner", &[]);
    s.quietly(|| create(s, "child", &[owner("owner", "11111111-1111-1111-1111-111111111111", false)]));
    goes(s, "child");
    s.get("configmaps/owner").expect(200);
}

/// A namespace of its own, for a case that deletes it.
fn namespace(s: &Server) -> String {
    let name = s.unique("gone");
    let path = format!("/api/v1/namespaces/{name}");
    s.clean_up(&path);
    s.post("/api/v1/namespaces", json!({"metadata": {"name": name}})).expect(201);
    path
}

fn a_deleted_namespace_takes_its_content(s: &Server) {
    let path = namespace(s);
    s.post(&format!("{path}/configmaps"), map("a")).expect(201);
    s.delete(&path).expect(200);
    s.eventually_answers(&path, 404);
    s.get(&format!("{path}/configmaps/a")).not_found("configmaps", "a");
}

/// A namespace that a kept object keeps Terminating.
fn terminating(s: &Server) -> String {
    let path = namespace(s);
    s.post(&format!("{path}/configmaps"), with_meta(map("kept"), "finalizers", json!(["a.b/c"]))).expect(201);
    s.quietly(|| s.delete(&path).expect(200));
    path
}

fn release(s: &Server, path: &str) {
    s.quietly(|| {
        let kept = format!("{path}/configmaps/kept");
        s.merge(&kept, json!({"metadata": {"finalizers": null}})).expect(200);
    });
    s.eventually_answers(path, 404);
}

fn a_terminating_namespace_takes_no_new_objects(s: &Server) {
    let path = terminating(s);
    let name = path.rsplit('/').next().unwrap_or_default();
    let cause = json!({
        "reason": "NamespaceTerminating", "field": "metadata.namespace",
        "message": format!("namespace {name} is being terminated"),
    });
    s.post(&format!("{path}/configmaps"), map("a")).refused(
        403,
        "Forbidden",
        &format!(
            "configmaps \"a\" is forbidden: unable to create new content in namespace {name} because it is being terminated"
        ),
        json!({"name": "a", "kind": "configmaps", "causes": [cause]}),
    );
    release(s, &path);
}

fn a_terminating_namespace_keeps_what_has_a_finalizer(s: &Server) {
    let path = terminating(s);
    s.eventually("the content is being deleted", || {
        let kept = s.get(&format!("{path}/configmaps/kept")).expect(200).json();
        kept["metadata"]["deletionTimestamp"].is_string().then_some(())
    });
    let reply = s.get(&path).expect(200).uncompared("conditions come in their time");
    reply.at("/status/phase", json!("Terminating"));
    release(s, &path);
}

fn a_terminating_namespace_can_be_written_in(s: &Server) {
    let path = terminating(s);
    let reply = s.merge(&format!("{path}/configmaps/kept"), json!({"data": {"k": "v"}})).expect(200);
    reply.at("/data/k", json!("v")).uncompared("deleted meanwhile, or not yet");
    release(s, &path);
}

fn the_default_namespace_stays(s: &Server) {
    for name in ["default", "kube-system", "kube-public"] {
        let message = format!("namespaces \"{name}\" is forbidden: this namespace may not be deleted");
        let reply = s.delete(&format!("/api/v1/namespaces/{name}"));
        reply.refused(403, "Forbidden", &message, json!({"name": name, "kind": "namespaces"}));
    }
}

fn a_namespace_with_a_finalizer_of_its_own_waits(s: &Server) {
    let path = namespace(s);
    s.merge(&path, json!({"metadata": {"finalizers": ["a.b/c"]}})).expect(200);
    s.quietly(|| s.delete(&path).expect(200));
    s.eventually("the server's own finalizer has gone", || {
        s.get(&path).expect(200).json()["spec"]["finalizers"].is_null().then_some(())
    });
    s.quietly(|| s.merge(&path, json!({"metadata": {"finalizers": null}})).expect(200));
    s.eventually_answers(&path, 404);
}

fn finalize_removes_a_namespace(s: &Server) {
    let path = namespace(s);
    let mut object = s.get(&path).expect(200).json();
    object["spec"]["finalizers"] = json!(["kubernetes", "a.b/c"]);
    s.put(&format!("{path}/finalize"), object).expect(200).at("/spec/finalizers", json!(["kubernetes", "a.b/c"]));
    s.quietly(|| s.delete(&path).expect(200));
    s.eventually("the controller has done its part", || {
        (s.get(&path).expect(200).json()["spec"]["finalizers"] == json!(["a.b/c"])).then_some(())
    });
    let mut object = s.quietly(|| s.get(&path).expect(200).json());
    object["spec"]["finalizers"] = json!([]);
    s.quietly(|| s.put(&format!("{path}/finalize"), object).expect(200));
    s.eventually_answers(&path, 404);
}

fn a_deleted_namespace_answers_as_terminating(s: &Server) {
    let path = namespace(s);
    let reply = s.delete(&path).expect(200).at("/kind", json!("Namespace"));
    reply.at("/status/phase", json!("Terminating")).at("/spec/finalizers", json!(["kubernetes"])).present("/metadata/deletionTimestamp");
}
