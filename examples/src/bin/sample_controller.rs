//! client-go's sample-controller, and its whole story: a Foo gets its deployment, which follows it and goes with
//! it; a deployment that is somebody else's is left alone.
//!
//! With `--serve` it tells no story, but works for all namespaces until SIGTERM or Ctrl-C.

use std::process::ExitCode;
use std::time::Duration;

use kubeclient::apps_v1::Deployment;
use kubeclient::core_v1::Event;
use kubeclient::leaderelection::{End, LeaderElector, Leadership};
use kubeclient::signals::SignalHandler;
use kubeclient::{
    Api, ApiResource, DeleteParams, DynamicObject, ListParams, ObjectMeta, Patch, PatchParams,
    RestClient, Stop,
};
use kubeclient_examples::sample_controller::{Foo, SampleController, definition};
use kubeclient_examples::{Outcome, Session, run, wait_for};
use serde_json::json;

/// How long each step of the story may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    run("sample_controller", |session| {
        let _definition = Definition::install(&session.client)?;
        if session.serve { serve(session) } else { story(session) }
    })
}

/// Works until it is told to end.
fn serve(session: &Session) -> Outcome {
    let stop = Stop::new();
    let _signals = SignalHandler::setup(&stop)?;
    let controller = SampleController::new(&session.client, None)?;
    println!("serving until SIGTERM or Ctrl-C; a second one ends at once");
    let mut outcome = Ok(());
    let end = elector(session)?.run(&stop, |leadership| outcome = controller.run(leadership))?;
    outcome?;
    match end {
        End::Stopped => Ok(()),
        // So that whoever supervises this program starts it again.
        end => Err(format!("the election ended: {end:?}").into()),
    }
}

fn story(session: &Session) -> Outcome {
    let Session { client, namespace, .. } = session;
    let controller = SampleController::new(client, Some(namespace))?;
    let election = elector(session)?.spawn(move |leadership| lead(&controller, leadership))?;
    let foos = Api::<Foo>::namespaced(client, namespace);
    let deployments = Api::<Deployment>::namespaced(client, namespace);

    foos.create(&Foo::new("example-foo", "example-foo", 1))?;
    let deployment = wait_for("the deployment", PATIENCE, || deployments.get_opt("example-foo"))?;
    let owner = deployment.metadata.controller().map(|owner| &owner.name);
    println!("create      a foo, and so a deployment was, controlled by {owner:?}");

    let more = Patch::Merge(json!({"spec": {"replicas": 3}}));
    foos.patch("example-foo", &more, &PatchParams::default())?;
    wait_for("3 replicas", PATIENCE, || {
        let replicas = deployments.get("example-foo")?.spec.replicas;
        Ok(replicas.filter(|replicas| *replicas == 3))
    })?;
    println!("patch       the foo wants 3 replicas, and so does the deployment");

    // The server within this program runs no deployments: what their controller would say.
    if session.server.is_some() {
        let status = Patch::Merge(json!({"status": {"replicas": 3, "availableReplicas": 3}}));
        deployments.patch_status("example-foo", &status, &PatchParams::default())?;
        wait_for("the status", PATIENCE, || {
            let status = foos.get("example-foo")?.status;
            Ok(status.filter(|status| status.available_replicas == 3))
        })?;
        println!("status      the foo knows that 3 replicas are available");
    }
    let synced = wait_for("an event", PATIENCE, || event(session, "example-foo"))?;
    println!("event       {} {}: {}", synced.type_, synced.reason, synced.message);

    let mut foreign = Deployment { metadata: ObjectMeta::named("foreign"), ..deployment };
    foreign.status = Default::default();
    deployments.create(&foreign)?;
    foos.create(&Foo::new("greedy", "foreign", 1))?;
    let warning = wait_for("a warning", PATIENCE, || event(session, "greedy"))?;
    println!("foreign     {} {}: {}", warning.type_, warning.reason, warning.message);

    foos.delete("example-foo", &DeleteParams::default())?;
    wait_for("the end of the deployment", PATIENCE, || {
        Ok(deployments.get_opt("example-foo")?.is_none().then_some(()))
    })?;
    println!("delete      the foo, and its deployment was collected");

    election.stop();
    println!("the election ended: {:?}", election.join(&Stop::after(PATIENCE))?);
    Ok(())
}

fn elector(session: &Session) -> kubeclient::Result<LeaderElector> {
    LeaderElector::builder(&session.client, &session.namespace, "sample-controller").build()
}

/// What the leader does.
fn lead(controller: &SampleController, leadership: &Leadership) {
    if let Err(error) = controller.run(leadership) {
        eprintln!("sample_controller: {error:#}");
    }
}

/// The first event of a Foo.
fn event(session: &Session, name: &str) -> kubeclient::Result<Option<Event>> {
    let events = Api::<Event>::namespaced(&session.client, &session.namespace);
    let all = events.list(&ListParams::default())?.items;
    Ok(all.into_iter().find(|event| event.involved_object.name == name))
}

/// The definition of [`Foo`] on the server; dropped, it is deleted, unless it was there before.
struct Definition {
    definitions: Api<DynamicObject>,
    is_ours: bool,
}

impl Definition {
    const NAME: &str = "foos.samplecontroller.k8s.io";

    /// Makes sure that the server has the definition, and waits until it serves the kind.
    fn install(client: &RestClient) -> Result<Self, Box<dyn std::error::Error>> {
        let resource = ApiResource::cluster(
            "apiextensions.k8s.io",
            "v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
        );
        let definitions: Api<DynamicObject> = Api::dynamic(client, &resource);
        let is_ours = definitions.get_opt(Self::NAME)?.is_none();
        if is_ours {
            definitions.apply(Self::NAME, "sample-controller", &definition())?;
        }
        let installed = Self { definitions, is_ours };
        let foos: Api<Foo> = Api::all(client);
        wait_for("foos are served", PATIENCE, || {
            match foos.list(&ListParams::default().limit(1)) {
                Ok(_) => Ok(Some(())),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        })?;
        Ok(installed)
    }
}

impl Drop for Definition {
    fn drop(&mut self) {
        if self.is_ours
            && let Err(error) = self.definitions.delete(Self::NAME, &DeleteParams::default())
        {
            eprintln!("the definition {} may be left behind: {error}", Self::NAME);
        }
    }
}
