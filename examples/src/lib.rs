//! What the examples share: their command line, and where they find a server.
//!
//! An example uses a cluster only when `--kubeconfig` or `--context` names one, never the ambient
//! context. Otherwise an API server is started within the program (`kubeclient-fake`), which needs nothing
//! but Rust. With `--protobuf`, the built-in types travel as protobuf. One that writes does so in a namespace
//! of its own, which it deletes at the end.

pub mod sample_controller;

pub mod cli;

/// The code on the pages of `docs/credentials`.
#[cfg(doctest)]
mod credential_pages {
    macro_rules! page {
        ($name:ident, $text:expr) => {
            #[doc = $text]
            struct $name;
        };
    }

    page!(Readme, include_str!("../../docs/credentials/README.md"));
    page!(ClientCertificate, include_str!("../../docs/credentials/client-certificate.md"));
    page!(Token, include_str!("../../docs/credentials/token.md"));
    page!(ExecPlugin, include_str!("../../docs/credentials/exec-plugin.md"));
    page!(Oidc, include_str!("../../docs/credentials/oidc.md"));
    page!(InCluster, include_str!("../../docs/credentials/in-cluster.md"));
}

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use kubeclient::config::KubeconfigOptions;
use kubeclient::{Api, Config, DeleteParams, ObjectMeta, Resource, RestClient, Stop};
use kubeclient_fake::FakeServer;
use serde::{Deserialize, Serialize};

/// What an example's own code gives back.
pub type Outcome = Result<(), Box<dyn Error>>;

/// Runs an example: reads the command line, finds a server, and says what went wrong if something did.
pub fn run(name: &str, example: fn(&Session) -> Outcome) -> ExitCode {
    match connect(name).and_then(|session| example(&session)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{name}: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprint!(": {cause}");
                source = cause.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

/// A server to try things on, and a namespace there.
pub struct Session {
    /// The client of the server.
    pub client: RestClient,
    /// A namespace of the example's own.
    pub namespace: String,
    /// Whether it is to go on until it is told to end, where it can.
    pub serve: bool,
    /// The server that was started for the example, if one was. Dropped last.
    pub server: Option<FakeServer>,
}

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "", version = "v1", scope = "Cluster")]
struct Namespace {
    metadata: ObjectMeta,
}

impl Drop for Session {
    fn drop(&mut self) {
        let namespaces = Api::<Namespace>::all(&self.client);
        if let Err(error) = namespaces.delete(&self.namespace, &DeleteParams::default()) {
            eprintln!("namespace {} may be left behind: {error}", self.namespace);
        }
    }
}

fn connect(name: &str) -> Result<Session, Box<dyn Error>> {
    let Arguments { cluster, protobuf, serve } = arguments(name)?;
    let (config, server) = match cluster {
        Some(options) => (Config::from_kubeconfig(&options)?, None),
        None => {
            println!(
                "no cluster named (--kubeconfig, --context): asking a server within this program"
            );
            let server = FakeServer::start()?;
            (Config::new(server.url()), Some(server))
        }
    };
    let client = RestClient::new(config)?;
    let client = if protobuf { client.with_protobuf() } else { client };
    let metadata = ObjectMeta {
        generate_name: format!("kubeclient-{}-", name.replace('_', "-")),
        ..ObjectMeta::default()
    };
    let namespace = Api::<Namespace>::all(&client).create(&Namespace { metadata })?;
    Ok(Session { client, namespace: namespace.metadata.name, serve, server })
}

/// What the command line says.
#[derive(Default)]
struct Arguments {
    /// The cluster, if one is named.
    cluster: Option<KubeconfigOptions>,
    protobuf: bool,
    serve: bool,
}

fn arguments(name: &str) -> Result<Arguments, Box<dyn Error>> {
    use lexopt::prelude::*;

    let mut arguments = Arguments::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        let named = arguments.cluster.clone().unwrap_or_default();
        match argument {
            Long("kubeconfig") => {
                arguments.cluster = Some(named.path(PathBuf::from(parser.value()?)));
            }
            Long("context") => arguments.cluster = Some(named.context(parser.value()?.string()?)),
            Long("protobuf") => arguments.protobuf = true,
            Long("serve") => arguments.serve = true,
            Short('h') | Long("help") => {
                println!(
                    "usage: {name} [--kubeconfig FILE] [--context NAME] [--protobuf] [--serve]"
                );
                std::process::exit(0);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

/// Asks again and again until the answer is there, at most so long.
pub fn wait_for<T>(
    what: &str,
    most: Duration,
    mut ask: impl FnMut() -> kubeclient::Result<Option<T>>,
) -> Result<T, Box<dyn Error>> {
    let end = Instant::now() + most;
    let pause = Stop::new();
    loop {
        if let Some(found) = ask()? {
            return Ok(found);
        }
        if Instant::now() >= end {
            return Err(format!("not within {most:?}: {what}").into());
        }
        pause.wait_timeout(Duration::from_millis(50));
    }
}
