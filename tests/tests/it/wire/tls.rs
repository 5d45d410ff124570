//! TLS: who the server must be, and who the client says that it is.

use std::fs;
use std::sync::Arc;

use kubeclient::config::{Pem, SecretPem};
use kubeclient::{Config, ErrorKind, Request, RestClient};
use kubeclient_tests::pki::{Identity, Pki};
use kubeclient_tests::stub::{Reply, Stub};

fn server(identity: &Identity) -> Stub {
    Stub::start_tls(identity.server_config().unwrap(), |_, _| Reply::text(200, "ok")).unwrap()
}

/// A configuration that trusts this authority.
fn config(stub: &Stub, pki: &Pki) -> Config {
    let authority = Pem::Data(pki.ca_pem().into_bytes());
    Config::new(stub.url()).with_certificate_authority(authority)
}

#[track_caller]
fn check(config: Config, expected: Result<(), ErrorKind>) {
    let outcome = RestClient::new(config).and_then(|client| client.send(&Request::post("/x")));
    assert_eq!(outcome.map(drop).map_err(|error| error.kind()), expected);
}

/// Fidelity 22.
#[test]
fn the_server_name_is_what_the_certificate_must_say() {
    let pki = Pki::new().unwrap();
    let stub = server(&pki.issue_server(&["other.example"]).unwrap());
    check(config(&stub, &pki), Err(ErrorKind::Tls));
    let mut named = config(&stub, &pki);
    named.tls.server_name = Some("other.example".into());
    check(named.clone(), Ok(()));
    named.tls.server_name = Some("third.example".into());
    check(named.clone(), Err(ErrorKind::Tls));
    named.tls.server_name = Some("not a name".into());
    check(named, Err(ErrorKind::Config));
    assert_eq!(stub.requests().len(), 1);
    let host = stub.requests()[0].header("host").unwrap().to_owned();
    assert_eq!(host, stub.address().to_string(), "TCP and HTTP go to the server");
}

/// Fidelity 22: the name goes out in the greeting, so that a proxy may route by it.
#[test]
fn the_server_name_is_said_in_the_greeting() {
    use std::sync::Mutex;

    #[derive(Debug)]
    struct Hears(Mutex<Vec<Option<String>>>, Arc<rustls::sign::CertifiedKey>);

    impl rustls::server::ResolvesServerCert for Hears {
        fn resolve(
            &self,
            hello: rustls::server::ClientHello<'_>,
        ) -> Option<Arc<rustls::sign::CertifiedKey>> {
            self.0.lock().unwrap().push(hello.server_name().map(str::to_owned));
            Some(Arc::clone(&self.1))
        }
    }

    let pki = Pki::new().unwrap();
    let (chain, key) = pki.issue_server(&["other.example", "127.0.0.1"]).unwrap().to_der().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::sign::CertifiedKey::from_der(chain, key, &provider).unwrap();
    let hears = Arc::new(Hears(Mutex::default(), Arc::new(key)));
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(&hears) as _);
    let stub = Stub::start_tls(Arc::new(tls), |_, _| Reply::text(200, "ok")).unwrap();
    check(config(&stub, &pki), Ok(()));
    let mut named = config(&stub, &pki);
    named.tls.server_name = Some("other.example".into());
    check(named, Ok(()));
    assert_eq!(*hears.0.lock().unwrap(), [None, Some("other.example".to_owned())]);
}

#[test]
fn a_server_of_another_authority_is_not_trusted() {
    let (ours, theirs) = (Pki::new().unwrap(), Pki::new().unwrap());
    let stub = server(theirs.server());
    check(config(&stub, &ours), Err(ErrorKind::Tls));
    check(Config::new(stub.url()), Err(ErrorKind::Tls));
    check(config(&stub, &theirs), Ok(()));
    let mut insecure = Config::new(stub.url());
    insecure.tls.insecure_skip_tls_verify = true;
    check(insecure, Ok(()));
    assert_eq!(stub.requests().len(), 2);
}

/// Fidelity 23.
#[test]
fn an_authority_and_no_verification_exclude_each_other() {
    let pki = Pki::new().unwrap();
    let stub = server(pki.server());
    let mut both = config(&stub, &pki);
    both.tls.insecure_skip_tls_verify = true;
    check(both, Err(ErrorKind::Config));
    assert_eq!(stub.connections(), 0);
}

#[test]
fn a_client_shows_its_certificate() {
    let pki = Pki::new().unwrap();
    let tls = pki.server_config_with_client_auth().unwrap();
    let stub = Stub::start_tls(tls, |_, _| Reply::text(200, "ok")).unwrap();
    let ada = pki.issue_client("ada", &["staff"]).unwrap();
    let (pem, key) = (ada.certificate_pem.clone(), ada.private_key_pem.clone());
    let shown = config(&stub, &pki).with_client_certificate(
        Pem::Data(pem.clone().into()),
        SecretPem::Data(key.clone().into()),
    );
    check(shown.clone(), Ok(()));
    let expected = ada.to_der().unwrap().0[0].to_vec();
    assert_eq!(stub.requests()[0].client_certificate.as_ref(), Some(&expected));

    let folder = tempfile::tempdir().unwrap();
    let (pem_path, key_path) = (folder.path().join("crt"), folder.path().join("key"));
    fs::write(&pem_path, &pem).unwrap();
    fs::write(&key_path, &key).unwrap();
    let from_files =
        config(&stub, &pki).with_client_certificate(Pem::File(pem_path), SecretPem::File(key_path));
    check(from_files, Ok(()));
    assert_eq!(stub.requests().len(), 2);

    let refused = RestClient::new(config(&stub, &pki)).unwrap().send(&Request::post("/x"));
    assert!(refused.is_err(), "no certificate");
    let bob = pki.issue_client("bob", &[]).unwrap();
    let mixed = config(&stub, &pki).with_client_certificate(
        Pem::Data(pem.into()),
        SecretPem::Data(bob.private_key_pem.into()),
    );
    let error = RestClient::new(mixed).unwrap_err();
    assert!(!format!("{error:?}").contains("BEGIN"), "{error:?}");
    assert_eq!(stub.requests().len(), 2);
}

/// A block that is left out silently is missed only when the server uses it.
#[test]
fn junk_among_the_authorities_is_an_error() {
    let pki = Pki::new().unwrap();
    let stub = server(pki.server());
    let junk = "-----BEGIN CERTIFICATE-----\nanVuaw==\n-----END CERTIFICATE-----\n";
    // This one looks like a certificate at first.
    let empty = junk.replace("anVuaw==", "MAA=");
    let behind = |junk: &str| format!("{}{junk}", pki.ca_pem());
    for text in [behind(junk), behind(&empty), junk.to_owned(), "no PEM".into(), String::new()] {
        let config = Config::new(stub.url()).with_certificate_authority(Pem::Data(text.into()));
        check(config, Err(ErrorKind::Config));
    }
    let absent =
        Config::new(stub.url()).with_certificate_authority(Pem::File("/nowhere/ca".into()));
    let error = RestClient::new(absent).unwrap_err();
    assert!(error.to_string().contains("/nowhere/ca"), "{error}");
    assert_eq!(stub.connections(), 0);
}

#[test]
fn connections_are_kept_and_found_dead_within_tls_too() {
    let pki = Pki::new().unwrap();
    let stub = Stub::start_tls(pki.server_config().unwrap(), |_, nth| match nth {
        49 => Reply::text(200, "ok").close(),
        _ => Reply::text(200, "ok"),
    })
    .unwrap();
    let client = RestClient::new(config(&stub, &pki)).unwrap();
    for nth in 0..100 {
        client.send(&Request::post("/x").json("body")).unwrap();
        if nth == 49 {
            stub.wait_for_disconnect(0);
        }
    }
    assert_eq!((stub.requests().len(), stub.connections()), (100, 2));
}

/// Plain HTTP where TLS is expected, and the other way round.
#[test]
fn a_server_that_speaks_otherwise_is_an_error() {
    let pki = Pki::new().unwrap();
    let plain = super::stub(|_, _| Reply::text(200, "ok"));
    let mut config = config(&plain, &pki);
    config.server = config.server.replace("http://", "https://");
    let error = RestClient::new(config).unwrap().send(&Request::post("/x")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Tls | ErrorKind::Connect), "{error:?}");
    let tls = server(pki.server());
    let config = Config::new(tls.url().replace("https://", "http://"));
    let error = RestClient::new(config).unwrap().send(&Request::post("/x")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::Connection), "{error:?}");
}
