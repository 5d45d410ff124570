//! Informers on the real server.
//!
//! `plain`: what they hold and tell. `chaos`: the same through a proxy that cuts their connections, beside
//! client-go's. `trace`: what happens meanwhile, and what is made of it.

mod chaos;
mod plain;
mod trace;

use std::time::Duration;

use kubeclient::{Api, RestClient};
use kubeclient_tests::chaos::ChaosProxy;

use crate::common::Sandbox;
use crate::foo::ConfigMap;

/// A proxy before the server, and the sandbox's ConfigMaps through it; a mute connection is given up soon.
fn proxied(sandbox: &Sandbox) -> (ChaosProxy, Api<ConfigMap>) {
    let server = sandbox.config.server.strip_prefix("https://").unwrap();
    let proxy = ChaosProxy::start(server.parse().expect("the server's address")).unwrap();
    let mut config = sandbox.config.clone();
    // Another port of the same address: the server's certificate is as good for it.
    config.server = format!("https://{}", proxy.address());
    config.timeouts.watch_idle = Some(Duration::from_secs(1));
    let maps = Api::namespaced(&RestClient::new(config).unwrap(), &sandbox.namespace);
    (proxy, maps)
}
