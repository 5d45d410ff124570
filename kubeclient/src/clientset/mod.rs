//! [`Clientset`]: the built-in kinds by group, version and resource, as client-go has them.

use crate::api::Api;
use crate::meta::resource::{ClusterScoped, Namespaced};
use crate::rest::RestClient;

/// The namespace that stands for all of them (client-go's `metav1.NamespaceAll`).
pub const ALL_NAMESPACES: &str = "";

/// A typed client of each kind that a Kubernetes server has built in.
///
/// `clientset.apps_v1().deployments("default")` is an [`Api<Deployment>`](Api). A namespaced kind takes the
/// namespace, [`ALL_NAMESPACES`] for all; a cluster-scoped one takes none. Which kinds there are is what a
/// Kubernetes 1.36 server serves with all its APIs on; other servers may lack some, and answer 404.
///
/// ```
/// use kubeclient::clientset::Clientset;
/// use kubeclient::core_v1::ConfigMap;
/// use kubeclient::{ListParams, ObjectMeta, RestClient};
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// let clientset = Clientset::new(&client);
/// let maps = clientset.core_v1().config_maps("default");
/// maps.create(&ConfigMap {
///     metadata: ObjectMeta::named("settings"),
///     data: [("colour", "red")].into(),
///     ..ConfigMap::default()
/// })?;
/// assert_eq!(maps.get("settings")?.data["colour"], "red");
/// for namespace in clientset.core_v1().namespaces().list_all(&ListParams::default()) {
///     println!("{}", namespace?.metadata.name);
/// }
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Threads
/// It is a client and costs what a clone of one does; all share its connections.
#[derive(Clone, Debug)]
pub struct Clientset {
    client: RestClient,
}

impl Clientset {
    /// The kinds, asked for through this client.
    pub fn new(client: &RestClient) -> Self {
        Self { client: client.clone() }
    }

    /// The same kinds, in protobuf: see [`RestClient::with_protobuf`].
    #[cfg(feature = "protobuf")]
    #[must_use]
    pub fn with_protobuf(&self) -> Self {
        Self { client: self.client.with_protobuf() }
    }

    /// The client that sends the requests.
    pub fn client(&self) -> &RestClient {
        &self.client
    }
}

/// The objects of a kind in a namespace, or in all.
#[allow(dead_code)] // Some group-versions have kinds of one scope alone.
fn in_namespace<T: Namespaced>(client: &RestClient, namespace: impl Into<String>) -> Api<T> {
    match namespace.into() {
        namespace if namespace == ALL_NAMESPACES => Api::all(client),
        namespace => Api::namespaced(client, namespace),
    }
}

/// The objects of a kind that has no namespaces.
#[allow(dead_code)] // As above.
fn in_cluster<T: ClusterScoped>(client: &RestClient) -> Api<T> {
    Api::all(client)
}

/// Makes the typed client of a group-version: one row a kind.
macro_rules! group {
    (
        $(#[$doc:meta])*
        $feature:literal $module:ident $name:ident {
            $($(#[$kind_doc:meta])* $scope:ident $plural:ident: $kind:ident,)*
        }
    ) => {
        $(#[$doc])*
        #[cfg(feature = $feature)]
        #[derive(Clone, Debug)]
        pub struct $name {
            client: $crate::rest::RestClient,
        }

        #[cfg(feature = $feature)]
        impl $crate::clientset::Clientset {
            $(#[$doc])*
            pub fn $module(&self) -> $name {
                $name { client: self.client.clone() }
            }
        }

        #[cfg(feature = $feature)]
        impl $name {
            $($crate::clientset::accessor! {
                $(#[$kind_doc])* $scope $plural $crate::types::$module::$kind
            })*

            /// Each accessor by its name, with what it asks for: for the tests.
            #[doc(hidden)]
            pub fn accessors(&self) -> Vec<(&'static str, $crate::meta::api_resource::ApiResource)> {
                vec![$((
                    stringify!($plural),
                    $crate::clientset::asked!(self $scope $plural),
                )),*]
            }
        }
    };
}

/// Makes the accessor of a kind, by its scope.
#[allow(unused_macros)] // Where no group-version is switched on.
macro_rules! accessor {
    ($(#[$doc:meta])* namespaced $plural:ident $kind:path) => {
        $(#[$doc])*
        pub fn $plural(&self, namespace: impl Into<String>) -> $crate::api::Api<$kind> {
            $crate::clientset::in_namespace(&self.client, namespace)
        }
    };
    ($(#[$doc:meta])* cluster $plural:ident $kind:path) => {
        $(#[$doc])*
        pub fn $plural(&self) -> $crate::api::Api<$kind> {
            $crate::clientset::in_cluster(&self.client)
        }
    };
}

/// The resource that an accessor asks for, by its scope.
#[allow(unused_macros)] // As above.
macro_rules! asked {
    ($group:ident namespaced $plural:ident) => {
        $group.$plural($crate::clientset::ALL_NAMESPACES).resource().clone()
    };
    ($group:ident cluster $plural:ident) => {
        $group.$plural().resource().clone()
    };
}

#[allow(unused_imports)] // As above.
pub(crate) use accessor;
#[allow(unused_imports)] // As above.
pub(crate) use asked;

mod groups;

#[allow(unused_imports, unreachable_pub)] // As above.
pub use groups::*;
