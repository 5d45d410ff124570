//! The sample controller of the examples on the real server, whose controllers run deployments and collect
//! what has no owner.

use kubeclient::apps_v1::Deployment;
use kubeclient::core_v1::Event;
use kubeclient::leaderelection::{End, LeaderElector, Leadership};
use kubeclient::{Api, DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, Stop};
use kubeclient_examples::sample_controller::{Foo, SampleController};
use serde_json::json;

use crate::common::{PATIENCE, Sandbox, eventually};

#[test]
fn a_foo_has_its_deployment_which_follows_it_and_goes_with_it() {
    let Some((sandbox, _)) = Sandbox::with_foo() else { return };
    let Sandbox { client, namespace, .. } = &sandbox;
    let foos = Api::<Foo>::namespaced(client, namespace);
    let deployments = Api::<Deployment>::namespaced(client, namespace);
    let events = Api::<Event>::namespaced(client, namespace);
    let told = |name: &str, reason: &str| {
        let all = events.list(&ListParams::default()).unwrap().items;
        let is_meant = |event: &Event| event.involved_object.name == name && event.reason == reason;
        all.into_iter().find(is_meant)
    };

    let controller = SampleController::new(client, Some(namespace)).unwrap();
    let elector = LeaderElector::builder(client, namespace, "sample-controller").build().unwrap();
    let work = move |leadership: &Leadership| controller.run(leadership).unwrap();
    let election = elector.spawn(work).unwrap();

    foos.create(&Foo::new("web", "web", 1)).unwrap();
    let deployment = eventually("the deployment", || deployments.get_opt("web").unwrap());
    assert_eq!(deployment.spec.replicas, Some(1));
    assert_eq!(deployment.metadata.controller().unwrap().name, "web");
    let synced = eventually("an event", || told("web", "Synced"));
    assert_eq!((&*synced.type_, &*synced.message), ("Normal", "Foo synced successfully"));
    // What the deployment's own controller says of it goes into the status: nothing runs here.
    let status = eventually("the status", || foos.get("web").unwrap().status);
    assert_eq!(status.available_replicas, 0);

    let more = Patch::Merge(json!({"spec": {"replicas": 3}}));
    foos.patch("web", &more, &PatchParams::default()).unwrap();
    eventually("3 replicas", || {
        deployments.get("web").unwrap().spec.replicas.filter(|replicas| *replicas == 3)
    });
    // Somebody scales it by hand: it goes back to what the Foo says.
    let less = Patch::Merge(json!({"spec": {"replicas": 1}}));
    let scaled = deployments.patch("web", &less, &PatchParams::default()).unwrap();
    eventually("3 replicas again", || {
        let now = deployments.get("web").unwrap();
        let is_later = now.metadata.resource_version != scaled.metadata.resource_version;
        (is_later && now.spec.replicas == Some(3)).then_some(())
    });

    let mut foreign = Deployment { metadata: ObjectMeta::named("foreign"), ..deployment };
    foreign.status = Default::default();
    deployments.create(&foreign).unwrap();
    foos.create(&Foo::new("greedy", "foreign", 5)).unwrap();
    let warning = eventually("a warning", || told("greedy", "ErrResourceExists"));
    assert_eq!(warning.type_, "Warning");
    assert!(warning.message.contains("not managed by Foo"), "{}", warning.message);
    assert_eq!(deployments.get("foreign").unwrap().spec.replicas, Some(1));

    foos.delete("web", &DeleteParams::default()).unwrap();
    eventually("the end of the deployment", || {
        deployments.get_opt("web").unwrap().is_none().then_some(())
    });
    assert!(deployments.get_opt("foreign").unwrap().is_some());
    election.stop();
    assert_eq!(election.join(&Stop::after(PATIENCE)).unwrap(), End::Stopped);
}
