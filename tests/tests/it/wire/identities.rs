//! Several identities before one server: a connection of the one never carries a call of the other.

use std::thread;

use kubeclient::config::{Pem, SecretPem};
use kubeclient::{Config, ErrorKind, Request, RestClient, Stop};
use kubeclient_tests::pki::{Identity, Pki};
use kubeclient_tests::stub::{Reply, Stub};

use super::{PATIENCE, full_size};

const THREADS: usize = 4;

/// A thousand calls a certificate, all at once, by clones and by clients of derived configurations.
#[test]
fn two_certificates_never_share_a_connection() {
    let calls = if full_size() { 1_000 } else { 200 };
    let pki = Pki::new().unwrap();
    let users = ["ada", "bob"].map(|user| pki.issue_client(user, &[]).unwrap());
    let shown = users.each_ref().map(|user| user.to_der().unwrap().0[0].to_vec());
    let tls = pki.server_config_with_client_auth().unwrap();
    let stub = Stub::start_tls(tls, move |request, nth| {
        let user = usize::from(request.path == "/bob");
        let is_the_users = request.client_certificate.as_ref() == Some(&shown[user]);
        let reply = Reply::text(if is_the_users { 200 } else { 500 }, "x");
        // Some connections come new, so that all don't settle.
        if nth % 50 == 0 { reply.close() } else { reply }
    })
    .unwrap();
    let authority = Pem::Data(pki.ca_pem().into_bytes());
    let config = Config::new(stub.url()).with_certificate_authority(authority);
    let with = |config: &Config, user: &Identity| {
        config.clone().with_client_certificate(
            Pem::Data(user.certificate_pem.clone().into_bytes()),
            SecretPem::Data(user.private_key_pem.clone().into()),
        )
    };
    let ada = with(&config, &users[0]);
    // Made of the other's configuration.
    let bob = with(&ada, &users[1]);
    let anonymous = RestClient::new(ada.anonymous()).unwrap();
    let clients = [("/ada", ada), ("/bob", bob)].map(|(path, config)| {
        let client = RestClient::new(config).unwrap();
        (path, client.with_stop(&Stop::after(PATIENCE * 6)))
    });
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let clients = clients.clone();
            scope.spawn(move || {
                for nth in 0..calls / THREADS {
                    for (path, client) in &clients {
                        let derived = client.with_stop(&Stop::after(PATIENCE));
                        let client = if nth % 2 == 0 { client } else { &derived };
                        client.send(&Request::post(*path)).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(stub.requests().len(), 2 * calls);
    let mut owners = std::collections::BTreeMap::new();
    for request in stub.requests() {
        let owner = owners.entry(request.connection).or_insert_with(|| request.path.clone());
        assert_eq!(*owner, request.path, "connection {}", request.connection);
    }
    // Nor has one that is nobody's a use for theirs.
    let error = anonymous.send(&Request::post("/ada")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Tls | ErrorKind::Connection), "{error:?}");
    assert_eq!(stub.requests().len(), 2 * calls);
}
