//! The built-in kinds by `Clientset`: an object of each is created, read, listed, updated, patched and deleted.

use std::process::ExitCode;

use kubeclient::apps_v1::{Deployment, ReplicaSet};
use kubeclient::core_v1::{Container, Namespace, Node, Pod, PodTemplateSpec, Service, ServicePort};
use kubeclient::networking_v1::{Ingress, IngressBackend, IngressServiceBackend};
use kubeclient::{
    Api, Clientset, Complete, DeleteParams, ListParams, Object, ObjectMeta, Patch, PatchParams,
    retry_on_conflict,
};
use kubeclient_examples::{Outcome, Session, run};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

fn main() -> ExitCode {
    run("clientset_crud", clientset_crud)
}

fn clientset_crud(session: &Session) -> Outcome {
    let Session { client, namespace, .. } = session;
    let clientset = Clientset::new(client);
    crud(&clientset.apps_v1().deployments(namespace), deployment())?;
    crud(&clientset.core_v1().services(namespace), service())?;
    crud(&clientset.networking_v1().ingresses(namespace), ingress())?;
    crud(&clientset.apps_v1().replica_sets(namespace), replica_set())?;
    crud(&clientset.core_v1().pods(namespace), pod())?;
    // These two stand beside the namespaces: their names must be the example's own.
    let other = ObjectMeta::named(format!("{namespace}-other"));
    crud(
        &clientset.core_v1().namespaces(),
        Namespace { metadata: other.clone(), ..Default::default() },
    )?;
    crud(&clientset.core_v1().nodes(), Node { metadata: other, ..Default::default() })
}

/// Each verb, on an object of any kind.
fn crud<T>(api: &Api<T>, object: T) -> Outcome
where
    T: Object<Metadata = ObjectMeta> + Complete + Serialize + DeserializeOwned,
{
    let name = &object.metadata().name;
    let created = api.create(&object)?;
    println!("{} {name}", api.resource().kind);
    println!("  create    at version {}", created.metadata().resource_version);
    println!("  get       uid {}", api.get(name)?.metadata().uid);
    let list = api.list(&ListParams::default().fields(format!("metadata.name={name}")))?;
    println!("  list      {} of that name", list.items.len());

    // Controllers write to the object, too: then it is read and changed again.
    let updated = retry_on_conflict(|| {
        let mut object = api.get(name)?;
        object.metadata_mut().labels.insert("team".into(), "night".into());
        api.replace(&object)
    })?;
    println!("  update    labels {:?}", updated.metadata().labels);

    let note = Patch::Merge(json!({"metadata": {"annotations": {"note": "patched"}}}));
    let patched = api.patch(name, &note, &PatchParams::default())?;
    println!("  patch     note {:?}", patched.metadata().annotations["note"]);

    api.delete(name, &DeleteParams::default().background().grace_period(0))?;
    println!("  delete    asked for");
    Ok(())
}

fn deployment() -> Deployment {
    let mut deployment = Deployment { metadata: ObjectMeta::named("web"), ..Default::default() };
    deployment.spec.replicas = Some(1);
    deployment.spec.selector.get_or_insert_default().match_labels = [("app", "web")].into();
    deployment.spec.template = template("web");
    deployment
}

fn replica_set() -> ReplicaSet {
    let mut set = ReplicaSet { metadata: ObjectMeta::named("set"), ..Default::default() };
    set.spec.replicas = Some(1);
    set.spec.selector.get_or_insert_default().match_labels = [("app", "set")].into();
    set.spec.template = template("set");
    set
}

fn service() -> Service {
    let mut service = Service { metadata: ObjectMeta::named("web"), ..Default::default() };
    service.spec.selector = [("app", "web")].into();
    service.spec.ports.push(ServicePort { port: 80, ..Default::default() });
    service
}

fn ingress() -> Ingress {
    let mut to = IngressServiceBackend { name: "web".into(), ..Default::default() };
    to.port.number = 80;
    let backend = IngressBackend { service: Some(Box::new(to)), ..Default::default() };
    let mut ingress = Ingress { metadata: ObjectMeta::named("web"), ..Default::default() };
    ingress.spec.default_backend = Some(Box::new(backend));
    ingress
}

fn pod() -> Pod {
    let mut pod = Pod { metadata: ObjectMeta::named("alone"), ..Default::default() };
    pod.spec = template("alone").spec;
    pod
}

/// Pods with this label.
fn template(app: &str) -> PodTemplateSpec {
    let mut template = PodTemplateSpec::default();
    template.metadata.labels = [("app", app)].into();
    template.spec.containers.push(Container {
        name: "main".into(),
        image: "registry.k8s.io/pause:3.10".into(),
        ..Default::default()
    });
    template
}
