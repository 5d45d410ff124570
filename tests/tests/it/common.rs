//! What every test on the real server begins with: a client, and a namespace of its own.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use kubeclient::api::Watch;
use kubeclient::config::KubeconfigOptions;
use kubeclient::meta::resource::Object;
use kubeclient::rest::Attempt;
use kubeclient::{
    Api, ApiResource, Config, DeleteParams, DynamicObject, Error, ObjectMeta, Request, RestClient,
    Stop, WatchEvent, WatchParams,
};
use kubeclient_tests::{ControlPlane, Launcher};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::foo::{self, ConfigMap, Foo, Namespace};
use crate::oidc::Issuer;

/// How long the tests wait for what a server does in its own time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A client and a namespace; dropped, the namespace is deleted.
pub(crate) struct Sandbox {
    pub(crate) config: Config,
    pub(crate) client: RestClient,
    pub(crate) namespace: String,
}

impl Sandbox {
    /// A namespace of its own for the test; `None`, said loudly, without a cluster.
    pub(crate) fn new() -> Option<Self> {
        let cluster = kubeclient_tests::cluster()?;
        Some(Self::on(&KubeconfigOptions::default().path(cluster.kubeconfig_path())))
    }

    /// As [`Sandbox::new`], on a server that has the kind [`Foo`].
    pub(crate) fn with_foo() -> Option<(Self, Api<Foo>)> {
        let sandbox = Self::new()?;
        install_foo(&sandbox.client);
        let foos = Api::namespaced(&sandbox.client, &sandbox.namespace);
        Some((sandbox, foos))
    }

    /// A namespace on the cluster that a kubeconfig names.
    pub(crate) fn on(options: &KubeconfigOptions) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let config = Config::from_kubeconfig(options).unwrap();
        let client = RestClient::new(config.clone()).unwrap();
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("it-{}-{number}", std::process::id());
        let object = Namespace { metadata: ObjectMeta::named(&namespace) };
        Api::<Namespace>::all(&client).create(&object).unwrap();
        Self { config, client, namespace }
    }

    /// The configmaps of the namespace.
    pub(crate) fn maps(&self) -> Api<ConfigMap> {
        Api::namespaced(&self.client, &self.namespace)
    }

    /// A client that tells what it sends.
    pub(crate) fn observed(&self) -> (RestClient, Attempts) {
        observed(self.config.clone())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let namespaces = Api::<Namespace>::all(&self.client);
        let gone = namespaces.delete(&self.namespace, &DeleteParams::default());
        if !std::thread::panicking() {
            gone.unwrap();
        }
    }
}

/// A control plane that a test may pause, restart and make forget, one test at a time. Its server takes the tokens of
/// an OpenID Connect issuer, too.
pub(crate) struct Disturbed {
    // Dropped before the control plane goes to the next test.
    pub(crate) sandbox: Sandbox,
    pub(crate) plane: MutexGuard<'static, ControlPlane>,
    pub(crate) issuer: &'static Issuer,
}

impl Disturbed {
    /// Starts it on first use; `None`, said loudly, without the binaries.
    pub(crate) fn new() -> Option<Self> {
        static PLANE: OnceLock<(Issuer, Mutex<ControlPlane>)> = OnceLock::new();
        kubeclient_tests::control_plane()?;
        let (issuer, plane) = PLANE.get_or_init(|| {
            let issuer = Issuer::start();
            let plane = Self::start(&issuer);
            (issuer, Mutex::new(plane))
        });
        let plane = plane.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Self { sandbox: Self::sandbox(&plane), plane, issuer })
    }

    fn start(issuer: &Issuer) -> ControlPlane {
        let arguments = issuer.api_server_args().into_iter();
        let launcher = arguments.fold(Launcher::new().unwrap(), Launcher::api_server_arg);
        let plane = launcher.start().unwrap();
        // A controller manager that still starts would end with the server, and that be a failure.
        let sandbox = Self::sandbox(&plane);
        let accounts = ApiResource::namespaced("", "v1", "ServiceAccount", "serviceaccounts");
        let accounts = Api::<DynamicObject>::dynamic_namespaced(
            &sandbox.client,
            &accounts,
            &sandbox.namespace,
        );
        eventually("the controllers run", || accounts.get_opt("default").unwrap());
        plane
    }

    fn sandbox(plane: &ControlPlane) -> Sandbox {
        Sandbox::on(&KubeconfigOptions::default().path(plane.kubeconfig_path()))
    }

    /// Makes the server answer 410 to whoever asks for a version or token from before.
    pub(crate) fn forget(&self) {
        // History ends before the current version, so that must be a later one.
        self.sandbox.maps().create(&ConfigMap::named("later")).unwrap();
        self.plane.compact().unwrap();
        self.plane.restart_api_server().unwrap();
        self.sandbox.maps().delete("later", &DeleteParams::default()).unwrap();
    }
}

/// Who the server says that the client is.
pub(crate) fn who(client: &RestClient) -> Result<Value, Error> {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer: Value = client.send(&Request::post(path).json(&review))?.json()?;
    Ok(answer["status"]["userInfo"].clone())
}

/// Who kubectl is by a kubeconfig.
pub(crate) fn kubectl_is(kubectl: &Path, kubeconfig: &Path) -> String {
    let mut command = Command::new(kubectl);
    command.arg("--kubeconfig").arg(kubeconfig).args(["auth", "whoami"]);
    let output = command.args(["-o", "jsonpath={.status.userInfo.username}"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a client has sent, and what came back.
#[derive(Clone, Default)]
pub(crate) struct Attempts(Arc<Mutex<Vec<Seen>>>);

/// One attempt.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) verb: String,
    pub(crate) template: String,
    pub(crate) code: Option<u16>,
    pub(crate) received: u64,
}

impl Attempts {
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The codes of the answers, in order.
    pub(crate) fn codes(&self) -> Vec<u16> {
        self.0.lock().unwrap().iter().filter_map(|seen| seen.code).collect()
    }
}

/// A client of this configuration that tells what it sends.
pub(crate) fn observed(config: Config) -> (RestClient, Attempts) {
    let attempts = Attempts::default();
    let seen = attempts.clone();
    let client = RestClient::builder(config)
        .observer(move |attempt: &Attempt<'_>| {
            seen.0.lock().unwrap().push(Seen {
                verb: attempt.verb.into(),
                template: attempt.template.into(),
                code: attempt.code,
                received: attempt.bytes_received,
            });
        })
        .build()
        .unwrap();
    (client, attempts)
}

/// Opens a watch that ends by itself, so that a test that waits in vain fails.
#[track_caller]
pub(crate) fn watch<T: Object + DeserializeOwned>(api: &Api<T>, params: &WatchParams) -> Watch<T> {
    api.with_stop(&Stop::after(PATIENCE)).watch(params).unwrap()
}

/// The next event in a word and the name of its object, as `added a`.
#[track_caller]
pub(crate) fn told<T>(watch: &mut Watch<T>) -> String
where
    T: Object<Metadata = ObjectMeta> + DeserializeOwned,
{
    let event = watch.next().expect("the watch ended while an event was awaited").unwrap();
    match event {
        WatchEvent::Added(object) => format!("added {}", object.metadata().name),
        WatchEvent::Modified(object) => format!("modified {}", object.metadata().name),
        WatchEvent::Deleted(object) => format!("deleted {}", object.metadata().name),
        WatchEvent::Synced => "synced".into(),
        WatchEvent::Restarted => "restarted".into(),
        other => panic!("{:?}", std::mem::discriminant(&other)),
    }
}

/// The names of objects, in order.
pub(crate) fn names<T: Object<Metadata = ObjectMeta>>(objects: &[T]) -> Vec<&str> {
    objects.iter().map(|object| object.metadata().name.as_str()).collect()
}

/// Installs the definition of [`Foo`], once a run.
fn install_foo(client: &RestClient) {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let resource = ApiResource::cluster(
            "apiextensions.k8s.io",
            "v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
        );
        let definitions = Api::<DynamicObject>::dynamic(client, &resource);
        let name = format!(
            "{}.{}",
            <Foo as kubeclient::Resource>::PLURAL,
            <Foo as kubeclient::Resource>::GROUP
        );
        definitions.apply(&name, "kubeclient-tests", &foo::definition()).unwrap();
        eventually("the kind Foo is served", || {
            let definition = definitions.get(&name).unwrap();
            let conditions = definition.pointer("/status/conditions")?.as_array()?.clone();
            conditions
                .iter()
                .any(|condition| {
                    condition["type"] == "Established" && condition["status"] == "True"
                })
                .then_some(())
        });
        eventually("foos can be listed", || {
            Api::<Foo>::all(client).list(&Default::default()).ok().map(|_| ())
        });
    });
}

/// Asks again and again until the answer is there; for what controllers do in their own time.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ends what goes on meanwhile, also where the test fails.
pub(crate) struct Ends<'a>(pub(crate) &'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
