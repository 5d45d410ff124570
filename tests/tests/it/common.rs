//! What every test on the real server begins with: a client, and a namespace of its own.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use kubeclient::config::KubeconfigOptions;
use kubeclient::{
    Api, ApiResource, Config, DeleteParams, DynamicObject, ObjectMeta, RestClient,
};
use kubeclient_tests::Cluster;

use crate::foo::{self, Foo, Namespace};

/// How long the tests wait for what a server does in its own time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A client and a namespace; dropped, the namespace is deleted.
pub(crate) struct Sandbox {
    pub(crate) cluster: &'static Cluster,
    pub(crate) client: RestClient,
    pub(crate) namespace: String,
}

impl Sandbox {
    /// A namespace of its own for the test; `None`, said loudly, without a cluster.
    pub(crate) fn new() -> Option<Self> {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let cluster = kubeclient_tests::cluster()?;
        let client = RestClient::new(config(cluster)).unwrap();
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("it-{}-{number}", std::process::id());
        let object = Namespace { metadata: ObjectMeta::named(&namespace) };
        Api::<Namespace>::all(&client).create(&object).unwrap();
        Some(Self { cluster, client, namespace })
    }

    /// As [`Sandbox::new`], on a server that has the kind [`Foo`].
    pub(crate) fn with_foo() -> Option<(Self, Api<Foo>)> {
        let sandbox = Self::new()?;
        install_foo(&sandbox.client);
        let foos = Api::namespaced(&sandbox.client, &sandbox.namespace);
        Some((sandbox, foos))
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

/// The administrator's configuration.
pub(crate) fn config(cluster: &Cluster) -> Config {
    Config::from_kubeconfig(&KubeconfigOptions::default().path(cluster.kubeconfig_path())).unwrap()
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
        let name = format!("{}.{}", <Foo as kubeclient::Resource>::PLURAL, <Foo as kubeclient::Resource>::GROUP);
        definitions.apply(&name, "kubeclient-tests", &foo::definition()).unwrap();
        eventually("the kind Foo is served", || {
            let definition = definitions.get(&name).unwrap();
            let conditions = definition.pointer("/status/conditions")?.as_array()?.clone();
            conditions
                .iter()
                .any(|condition| condition["type"] == "Established" && condition["status"] == "True")
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
