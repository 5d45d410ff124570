//! What the tests begin with: a client and a namespace, on one server after the other.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, Namespace, Pod, PodSpec, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kubeclient::{Api, Config, DeleteParams, KubeconfigOptions, RestClient, Stop};
use kubeclient_fake::FakeServer;

/// How long the tests wait for what a server does in its own time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A client and a namespace; dropped, the namespace is deleted.
pub(crate) struct Sandbox {
    pub(crate) client: RestClient,
    pub(crate) namespace: String,
}

/// Runs a test on the embedded server; and on a real one, or says loudly that it did not.
#[track_caller]
pub(crate) fn on_each_server(test: impl Fn(&Sandbox)) {
    let server = FakeServer::start().unwrap();
    test(&Sandbox::new(Config::new(server.url())));
    if let Some(cluster) = kubeclient_tests::cluster() {
        let options = KubeconfigOptions::default().path(cluster.kubeconfig_path());
        test(&Sandbox::new(Config::from_kubeconfig(&options).unwrap()));
    }
}

impl Sandbox {
    fn new(config: Config) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let client = RestClient::new(config).unwrap().with_stop(&Stop::after(PATIENCE));
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("k8s-openapi-{}-{number}", std::process::id());
        let object = Namespace { metadata: named(&namespace), ..Namespace::default() };
        Api::all(&client).create(&object).unwrap();
        let sandbox = Self { client, namespace };
        // Pods want it, and a controller makes it in its own time.
        let account = ServiceAccount { metadata: named("default"), ..ServiceAccount::default() };
        sandbox.api::<ServiceAccount>().apply("default", "tests", &account).unwrap();
        sandbox
    }

    /// The objects of a kind in the namespace.
    pub(crate) fn api<T: kubeclient::Namespaced>(&self) -> Api<T> {
        Api::namespaced(&self.client, &self.namespace)
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

/// Metadata with this name and nothing else.
pub(crate) fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() }
}

/// A pod that a server accepts.
pub(crate) fn pod(name: &str) -> Pod {
    let container =
        Container { name: "main".into(), image: Some("nginx".into()), ..Container::default() };
    let spec = PodSpec { containers: vec![container], ..PodSpec::default() };
    Pod { metadata: named(name), spec: Some(spec), status: None }
}
