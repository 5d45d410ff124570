//! Certificates, keys and authorities that are rotated in their files while a client is at work.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use kubeclient::config::{Pem, SecretPem};
use kubeclient::{Api, Config, ErrorKind, Request, RestClient, WatchParams};
use kubeclient_fake::{ClientCertificate, FakeServer};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::stub::{Reply, Stub};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde_json::{Value, json};

use super::timed;
use crate::common::{Ends, eventually, told, watch};
use crate::foo::ConfigMap;

/// A server that wants certificates, and a client with one in these files.
fn server_and_client(folder: &Path) -> (FakeServer, RestClient) {
    let server = FakeServer::builder().tls(true).require_authentication().start().unwrap();
    write(folder, &server.client_certificate("user-0", None).unwrap());
    let config = Config::new(server.url())
        .with_certificate_authority(Pem::Data(server.authority().unwrap().into()))
        .with_client_certificate(
            Pem::File(folder.join("tls.crt")),
            SecretPem::File(folder.join("tls.key")),
        );
    (server, RestClient::new(config).unwrap())
}

/// One after the other, as everybody does it: for a moment they don't go together.
fn write(folder: &Path, pair: &ClientCertificate) {
    fs::write(folder.join("tls.crt"), &pair.certificate).unwrap();
    fs::write(folder.join("tls.key"), &pair.key).unwrap();
}

fn who(client: &RestClient) -> Result<String, kubeclient::Error> {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer: Value = client.send(&Request::post(path).json(&review))?.json()?;
    Ok(answer["status"]["userInfo"]["username"].as_str().unwrap().to_owned())
}

/// Twenty rotations under load, and no request fails.
#[test]
fn a_client_certificate_may_be_rotated_in_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let (server, client) = server_and_client(folder.path());
    let (ended, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    who(&client).unwrap();
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let _ends = Ends(&ended);
        for rotation in 1..=20 {
            let name = format!("user-{rotation}");
            write(folder.path(), &server.client_certificate(&name, None).unwrap());
            eventually(&name, || (who(&client).unwrap() == name).then_some(()));
        }
    });
    assert!(asked.load(Ordering::Relaxed) > 20);
    // What can't be used leaves the last one in use.
    fs::write(folder.path().join("tls.key"), "junk").unwrap();
    fs::remove_file(folder.path().join("tls.crt")).unwrap();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(1500) {
        assert_eq!(who(&client).unwrap(), "user-20");
    }
}

/// Nobody calls: the watch itself finds that its certificate was replaced, and goes on with the new one from
/// where it was, within 30 s (the wait here is of twice that). What was kept for calls is closed, too.
#[test]
fn a_watch_goes_on_with_a_rotated_certificate_though_nobody_calls() {
    let folder = tempfile::tempdir().unwrap();
    let (server, client) = server_and_client(folder.path());
    let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
    assert_eq!(who(&client).unwrap(), "user-0");
    let mut watch = watch(&maps, &WatchParams::default());
    assert_eq!(told(&mut watch), "synced");
    // One for the watch, and one for calls, whose first the watch has taken.
    assert_eq!(who(&client).unwrap(), "user-0");
    assert_eq!(server.connections(), 2);

    write(folder.path(), &server.client_certificate("user-1", None).unwrap());
    let asked = |user: &str| server.requests().verb("watch").user(user).count();
    thread::scope(|scope| {
        scope.spawn(|| {
            let (_, took) =
                timed(|| eventually("it is opened again", || (asked("user-1") == 1).then_some(())));
            eprintln!("a watch was opened again after {took:?}");
            server
                .seed("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}}")
        });
        assert_eq!(told(&mut watch), "added a");
    });
    eventually("the old connections are closed", || (server.connections() == 1).then_some(()));
    assert_eq!((asked("user-0"), asked("user-1")), (1, 1));
}

/// A certificate that the server refuses is looked for again at once, and the request sent once more.
#[test]
fn a_refused_certificate_is_read_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (server, client) = server_and_client(folder.path());
    let stranger = FakeServer::builder().tls(true).start().unwrap();
    write(folder.path(), &stranger.client_certificate("al", None).unwrap());
    eventually("the stranger's certificate is refused", || {
        who(&client).err().map(|error| assert!(error.is_unauthorized(), "{error}"))
    });
    write(folder.path(), &server.client_certificate("jane", None).unwrap());
    assert_eq!(who(&client).unwrap(), "jane");
}

#[test]
fn the_servers_authority_may_be_rotated_in_its_file() {
    let (old, new) = (Pki::new().unwrap(), Pki::new().unwrap());
    let stub = |pki: &Pki| {
        let config = pki.server_config().unwrap();
        Stub::start_tls(config, |_, _| Reply::text(200, "ok").close()).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.crt");
    fs::write(&file, old.ca_pem()).unwrap();
    let stub = stub(&old);
    let config = Config::new(stub.url()).with_certificate_authority(Pem::File(file.clone()));
    let client = RestClient::new(config).unwrap();
    let ask = || client.send(&Request::get("/x")).map(drop).map_err(|error| error.kind());
    ask().unwrap();
    fs::write(&file, new.ca_pem()).unwrap();
    eventually("the old authority is not trusted", || ask().err());
    assert_eq!(ask(), Err(ErrorKind::Tls));
    fs::write(&file, format!("{}{}", new.ca_pem(), old.ca_pem())).unwrap();
    eventually("both are", || ask().ok());
    // An empty file keeps the last ones.
    fs::write(&file, "").unwrap();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(1500) {
        assert_eq!(ask(), Ok(()));
    }
}

/// The file is looked at once a second; where TLS fails, at once, and the request goes once more.
#[test]
fn an_authority_that_was_rotated_is_read_at_once_where_tls_fails() {
    let (pki, other) = (Pki::new().unwrap(), Pki::new().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.crt");
    let stub =
        Stub::start_tls(pki.server_config().unwrap(), |_, _| Reply::text(200, "ok")).unwrap();
    for request in [Request::get("/x"), Request::post("/x")] {
        fs::write(&file, other.ca_pem()).unwrap();
        let config = Config::new(stub.url()).with_certificate_authority(Pem::File(file.clone()));
        let client = RestClient::new(config).unwrap();
        assert_eq!(client.send(&request).unwrap_err().kind(), ErrorKind::Tls);
        fs::write(&file, pki.ca_pem()).unwrap();
        client.send(&request).unwrap();
    }
    assert_eq!(stub.requests().len(), 2);
}

/// The same of a client's certificate, of which TLS 1.3 says only after the handshake that it is refused: the
/// requests that may be repeated are.
#[test]
fn a_certificate_that_tls_refuses_is_read_again_at_once() {
    let (pki, other) = (Pki::new().unwrap(), Pki::new().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = ["tls.crt", "tls.key"].map(|name| folder.path().join(name));
    let write = |pki: &Pki| {
        let jane = pki.issue_client("jane", &[]).unwrap();
        fs::write(&certificate, jane.certificate_pem).unwrap();
        fs::write(&key, jane.private_key_pem).unwrap();
    };
    write(&other);
    let tls = pki.server_config_with_client_auth().unwrap();
    let stub = Stub::start_tls(tls, |_, _| Reply::text(200, "ok")).unwrap();
    let config = Config::new(stub.url())
        .with_certificate_authority(Pem::Data(pki.ca_pem().into()))
        .with_client_certificate(Pem::File(certificate.clone()), SecretPem::File(key.clone()));
    let client = RestClient::new(config).unwrap();
    // What it says may be lost where it ends the connection.
    client.send(&Request::get("/x")).unwrap_err();
    write(&pki);
    client.send(&Request::get("/x")).unwrap();
}

/// A server that shows another certificate from some moment on.
#[derive(Debug)]
struct Renewed {
    certificates: [Arc<CertifiedKey>; 2],
    is_renewed: Arc<AtomicBool>,
}

impl ResolvesServerCert for Renewed {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let renewed = usize::from(self.is_renewed.load(Ordering::SeqCst));
        Some(Arc::clone(&self.certificates[renewed]))
    }
}

/// A server that starts again with a certificate of a new authority: the pooled connection is dead, the next one fails
/// by what is known, and the third is made of what stands in the file by now.
#[test]
fn a_server_that_starts_again_with_a_new_authority_costs_no_request() {
    let pkis = [Pki::new().unwrap(), Pki::new().unwrap()];
    let is_renewed = Arc::new(AtomicBool::new(false));
    let certificates = pkis.each_ref().map(|pki| {
        let (chain, key) = pki.server().to_der().unwrap();
        let provider = rustls::crypto::ring::default_provider();
        Arc::new(CertifiedKey::from_der(chain, key, &provider).unwrap())
    });
    let mut tls = (*pkis[0].server_config().unwrap()).clone();
    tls.cert_resolver = Arc::new(Renewed { certificates, is_renewed: Arc::clone(&is_renewed) });
    // A session that is resumed shows no certificate.
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    tls.send_tls13_tickets = 0;
    let renewed = Arc::clone(&is_renewed);
    let stub = Stub::start_tls(Arc::new(tls), move |request, _| {
        match request.connection == 0 && renewed.load(Ordering::SeqCst) {
            true => Reply::disconnect(),
            false => Reply::text(200, "ok"),
        }
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.crt");
    fs::write(&file, pkis[0].ca_pem()).unwrap();
    let config = Config::new(stub.url()).with_certificate_authority(Pem::File(file.clone()));
    let client = RestClient::new(config).unwrap();
    client.send(&Request::get("/x")).unwrap();
    is_renewed.store(true, Ordering::SeqCst);
    fs::write(&file, pkis[1].ca_pem()).unwrap();
    client.send(&Request::get("/x")).unwrap();
}
