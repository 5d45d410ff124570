//! Reads and changes how many replicas a deployment has, through the one shape that all scalable kinds share.

use std::process::ExitCode;

use kubeclient::apps_v1::Deployment;
use kubeclient::core_v1::Container;
use kubeclient::{Clientset, ObjectMeta, Patch, PatchParams, retry_on_conflict};
use kubeclient_examples::{Outcome, Session, run};
use serde_json::json;

fn main() -> ExitCode {
    run("scale", scale)
}

fn scale(session: &Session) -> Outcome {
    let deployments = Clientset::new(&session.client).apps_v1().deployments(&session.namespace);
    deployments.create(&web())?;

    let scale = deployments.get_scale("web")?;
    println!("get         {} wanted, {} there", scale.spec.replicas, scale.status.replicas);
    println!("selector    {}", scale.status.selector);

    // Someone else may scale it meanwhile, or its controller write to it: then read and try again.
    let scale = retry_on_conflict(|| {
        let mut scale = deployments.get_scale("web")?;
        scale.spec.replicas += 2;
        deployments.replace_scale("web", &scale)
    })?;
    println!("replace     {} wanted", scale.spec.replicas);

    let none = Patch::Merge(json!({"spec": {"replicas": 0}}));
    let scale = deployments.patch_scale("web", &none, &PatchParams::default())?;
    println!("patch       {} wanted", scale.spec.replicas);
    println!("deployment  {:?} replicas", deployments.get("web")?.spec.replicas);
    Ok(())
}

fn web() -> Deployment {
    let mut web = Deployment { metadata: ObjectMeta::named("web"), ..Deployment::default() };
    web.spec.replicas = Some(1);
    web.spec.selector.get_or_insert_default().match_labels = [("app", "web")].into();
    web.spec.template.metadata.labels = [("app", "web")].into();
    web.spec.template.spec.containers.push(Container {
        name: "web".into(),
        image: "nginx".into(),
        ..Container::default()
    });
    web
}
