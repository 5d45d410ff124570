//! The benchmark's reads with nothing but ureq, rustls and serde_json: `bench-floor WORKLOAD TYPE`.
//!
//! No client: no kubeconfig, no errors of a server, no resuming. `bytes` receives and drops, `walk`
//! reads the JSON and keeps nothing, `projection` decodes the same ten fields as the others. Reads the
//! files beside the kubeconfig that `KUBECONFIG` names.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    match run() {
        Ok(outcome) => {
            println!("{outcome}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench-floor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let server = Server::beside(&PathBuf::from(std::env::var("KUBECONFIG")?))?;
    let mut tally = Tally::default();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["list", kind] => server.list("/api/v1/pods", kind, &mut tally).map(drop)?,
        ["pages", kind] => {
            let mut token = Some(String::new());
            while let Some(next) = token {
                token = server.list(
                    &format!("/api/v1/pods?limit=500&continue={next}"),
                    kind,
                    &mut tally,
                )?;
            }
        }
        ["watch", kind] => server.watch(kind, &mut tally)?,
        _ => return Err("usage: bench-floor list|pages|watch bytes|walk|projection".into()),
    }
    Ok(tally.text())
}

struct Server {
    agent: Agent,
    address: String,
}

impl Server {
    fn beside(kubeconfig: &Path) -> Result<Self> {
        let read = |name: &str| {
            fs::read(kubeconfig.with_file_name(name)).map_err(|error| format!("{name}: {error}"))
        };
        let authority = Certificate::from_pem(&read("ca.pem")?)?;
        let client = Certificate::from_pem(&read("client.pem")?)?;
        let key = PrivateKey::from_pem(&read("client-key.pem")?)?;
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[authority]))
            .client_cert(Some(ClientCert::new_with_certs(&[client], key)))
            .build();
        let agent = Agent::config_builder().tls_config(tls).build().new_agent();
        Ok(Self { agent, address: String::from_utf8(read("server")?)? })
    }

    /// One list; answers with the token of the next page.
    fn list(&self, path: &str, kind: &str, tally: &mut Tally) -> Result<Option<String>> {
        let mut answer = self.agent.get(format!("{}{path}", self.address)).call()?;
        let length = answer
            .headers()
            .get("content-length")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let mut body = Vec::with_capacity(length.unwrap_or(0));
        answer.body_mut().as_reader().read_to_end(&mut body)?;
        if let Some(list) = decode::<PodList>(&body, kind)? {
            list.items.iter().for_each(|pod| tally.add(pod));
        }
        Ok(next_page(&body))
    }

    fn watch(&self, kind: &str, tally: &mut Tally) -> Result<()> {
        let url = format!("{}/api/v1/pods?watch=true&resourceVersion=1", self.address);
        let mut answer = self.agent.get(url).call()?;
        let mut lines = BufReader::with_capacity(64 * 1024, answer.body_mut().as_reader());
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            if let Some(event) = decode::<Event>(&line, kind)? {
                tally.add(&event.object);
            }
            line.clear();
        }
        Ok(())
    }
}

/// The token stands in the list's first bytes, before the items: no need to walk those for it.
fn next_page(body: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&body[..body.len().min(300)]);
    let (_, rest) = head.split_once(r#""continue":""#)?;
    rest.split_once('"').map(|(token, _)| token.to_owned())
}

fn decode<T: DeserializeOwned>(bytes: &[u8], kind: &str) -> Result<Option<T>> {
    match kind {
        "bytes" => Ok(None),
        "walk" => {
            serde_json::from_str::<IgnoredAny>(str::from_utf8(bytes)?)?;
            Ok(None)
        }
        "projection" => Ok(Some(serde_json::from_str(str::from_utf8(bytes)?)?)),
        _ => Err(format!("the type {kind:?}: expected bytes, walk or projection").into()),
    }
}

#[derive(Deserialize)]
struct PodList {
    items: Vec<Pod>,
}

#[derive(Deserialize)]
struct Event {
    object: Pod,
}

#[derive(Deserialize)]
struct Pod {
    metadata: Metadata,
    spec: Spec,
    status: Status,
}

// Kept as the other programs keep them, though only some count in the tally.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    #[allow(dead_code)]
    namespace: String,
    #[allow(dead_code)]
    resource_version: String,
    #[serde(default)]
    #[allow(dead_code)]
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    node_name: String,
    containers: Vec<Container>,
}

#[derive(Deserialize)]
struct Container {
    name: String,
    image: String,
}

#[derive(Deserialize)]
struct Status {
    phase: String,
}

#[derive(Default)]
struct Tally {
    pods: usize,
    length: usize,
}

impl Tally {
    fn add(&mut self, pod: &Pod) {
        self.pods += 1;
        self.length += pod.metadata.name.len() + pod.spec.node_name.len() + pod.status.phase.len();
        self.length += pod
            .spec
            .containers
            .iter()
            .map(|each| each.name.len() + each.image.len())
            .sum::<usize>();
    }

    /// Nothing where nothing was kept: then there is nothing to compare.
    fn text(&self) -> String {
        if self.pods == 0 {
            String::new()
        } else {
            format!("{} pods, {} bytes of text", self.pods, self.length)
        }
    }
}
