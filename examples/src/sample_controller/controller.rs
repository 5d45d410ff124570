//! [`SampleController`]: what it looks at, and what it does with each Foo.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use kubeclient::apps_v1::Deployment;
use kubeclient::cache::{InformerFactory, SharedInformer};
use kubeclient::controller::{Action, Controller, ReconcileRequest};
use kubeclient::core_v1::Container;
use kubeclient::events::EventRecorder;
use kubeclient::leaderelection::Leadership;
use kubeclient::{Api, ObjectMeta, RestClient, ToReference};

use super::foo::{Foo, FooStatus};

/// How long what is under way may take when the program is to end.
const GRACE: Duration = Duration::from_secs(5);

type Outcome = Result<Action, Box<dyn Error + Send + Sync>>;

/// Brings deployments to where Foos want them.
pub struct SampleController {
    client: RestClient,
    deployments: Arc<SharedInformer<Deployment>>,
    controller: Controller<Foo>,
    recorder: EventRecorder,
    // Dropped last: it ends the caches.
    _factory: InformerFactory,
}

impl SampleController {
    /// A controller of the Foos in a namespace, or of all.
    pub fn new(client: &RestClient, namespace: Option<&str>) -> kubeclient::Result<Self> {
        let factory = InformerFactory::new(client);
        let foos = factory.informer(|client| match namespace {
            Some(namespace) => Api::<Foo>::namespaced(client, namespace),
            None => Api::all(client),
        });
        let deployments = factory.informer(|client| match namespace {
            Some(namespace) => Api::<Deployment>::namespaced(client, namespace),
            None => Api::all(client),
        });
        let builder = Controller::builder(&foos).owns(&deployments).workers(2).grace(GRACE);
        let controller = builder.build()?;
        let recorder = EventRecorder::builder(client, "sample-controller").start()?;
        Ok(Self { client: client.clone(), deployments, controller, recorder, _factory: factory })
    }

    /// Works until leadership is over, or the election is to end.
    pub fn run(&self, leadership: &Leadership) -> kubeclient::Result<()> {
        self.controller.run(leadership.stopper(), |request| self.sync(request, leadership))
    }

    fn sync(&self, request: &ReconcileRequest<'_, Foo>, leadership: &Leadership) -> Outcome {
        // Gone: the server collects its deployment.
        let Some(object) = request.object() else {
            return Ok(Action::done());
        };
        if object.metadata.deletion_timestamp.is_some() || object.spec.deployment_name.is_empty() {
            return Ok(Action::done());
        }
        let name = &object.spec.deployment_name;
        let client = self.client.with_stop(request.stopper());
        let deployments = Api::<Deployment>::namespaced(&client, request.namespace());
        let found = self.deployments.lister().namespace(request.namespace()).get_opt(name)?;
        let deployment = match found {
            Some(deployment) => deployment,
            None => {
                leadership.check()?;
                match deployments.create(&deployment_of(&object)) {
                    Ok(created) => Arc::new(created),
                    // The cache is about to show it.
                    Err(error) if error.is_already_exists() => {
                        return Ok(Action::requeue_with_backoff());
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let owner = deployment.metadata.controller();
        if owner.is_none_or(|owner| owner.uid != object.metadata.uid) {
            let message = format!("Resource {name:?} already exists and is not managed by Foo");
            self.recorder.warning(&*object, "ErrResourceExists", &message);
            return Err(message.into());
        }
        let wanted =
            object.spec.replicas.filter(|wanted| deployment.spec.replicas != Some(*wanted));
        let deployment = match wanted {
            None => deployment,
            Some(_) => {
                leadership.check()?;
                let mut changed = Deployment::clone(&deployment);
                changed.spec.replicas = wanted;
                // A conflict comes again, with what the cache shows then.
                Arc::new(deployments.replace(&changed)?)
            }
        };
        let available_replicas = deployment.status.available_replicas;
        if object.status != Some(FooStatus { available_replicas }) {
            leadership.check()?;
            let mut changed = Foo::clone(&object);
            changed.status = Some(FooStatus { available_replicas });
            let foos = Api::<Foo>::namespaced(&client, request.namespace());
            foos.replace_status(&changed)?;
        }
        self.recorder.normal(&*object, "Synced", "Foo synced successfully");
        Ok(Action::done())
    }
}

/// The deployment that a Foo asks for, which it controls.
fn deployment_of(object: &Foo) -> Deployment {
    let labels = [("app", "nginx"), ("controller", &object.metadata.name)];
    let metadata = ObjectMeta {
        owner_references: vec![object.controller_owner_ref()],
        ..ObjectMeta::named(&object.spec.deployment_name)
    };
    let mut deployment = Deployment { metadata, ..Deployment::default() };
    deployment.spec.replicas = object.spec.replicas;
    deployment.spec.selector.get_or_insert_default().match_labels = labels.into();
    deployment.spec.template.metadata.labels = labels.into();
    deployment.spec.template.spec.containers.push(Container {
        name: "nginx".into(),
        image: "nginx:latest".into(),
        ..Container::default()
    });
    deployment
}
