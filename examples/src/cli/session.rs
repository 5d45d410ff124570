//! [`Session`]: a server, and what a program asks of it first.

use std::path::{Path, PathBuf};

use kubeclient::discovery::{DiskCache, RestMapper};
use kubeclient::{Api, ApiResource, Config, DynamicObject, KubeconfigOptions, RestClient};
use kubeclient_fake::FakeServer;

use super::failure::Failure;

/// A server, a namespace, and what is known of what the server has.
pub struct Session {
    /// The client of the server.
    pub client: RestClient,
    /// The namespace: that of `-n`, else of the kubeconfig's context, else `default`.
    pub namespace: String,
    /// What the server has: on disk in kubectl's folder, or that of `--cache-dir`.
    pub discovery: DiskCache,
    /// The server within this program, if no cluster was named.
    pub server: Option<FakeServer>,
    /// The folder that is removed at the end: what that server has is of no use later.
    forgotten: Option<PathBuf>,
}

impl Session {
    pub(super) fn connect(
        cluster: Option<&KubeconfigOptions>,
        namespace: Option<&str>,
        cache: Option<&Path>,
    ) -> Result<Self, Failure> {
        let (config, server) = match cluster {
            Some(options) => (Config::from_kubeconfig(options)?, None),
            None => {
                eprintln!(
                    "no cluster named (--kubeconfig, --context): asking a server within this program"
                );
                let server = FakeServer::start()?;
                (Config::new(server.url()), Some(server))
            }
        };
        let namespace = namespace.unwrap_or(&config.namespace).to_owned();
        let client = RestClient::new(config)?;
        let forgotten = server.as_ref().map(|server| {
            let port = server.address().port();
            let name = format!("kubeclient-examples-{}-{port}", std::process::id());
            std::env::temp_dir().join(name)
        });
        let folder = cache.or(forgotten.as_deref());
        let discovery = match folder {
            Some(folder) => DiskCache::at(&client, folder),
            None => DiskCache::new(&client),
        };
        Ok(Self { client, namespace, discovery, server, forgotten })
    }

    /// What finds a resource by the names that people type; it asks the server when the cache can't tell.
    pub fn mapper(&self) -> RestMapper {
        RestMapper::deferred(&self.discovery)
    }

    /// The objects of a resource: those of the session's namespace, where it has namespaces.
    pub fn objects(&self, resource: &ApiResource) -> Api<DynamicObject> {
        if resource.namespaced {
            Api::dynamic_namespaced(&self.client, resource, &self.namespace)
        } else {
            Api::dynamic(&self.client, resource)
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(folder) = &self.forgotten {
            // It is there only if something was written.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
