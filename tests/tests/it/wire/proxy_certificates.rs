//! Proxies with TLS that want a client certificate: they are shown the one that the server would be, and the one that
//! counts by now.

use std::fs;
use std::path::Path;

use kubeclient::config::{Pem, ProxyRules, SecretPem};
use kubeclient::{Config, Request, RestClient, Stop};
use kubeclient_tests::pki::{Identity, Pki};
use kubeclient_tests::proxy::{Proxy, Speaks};
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};
use serde_json::json;

use super::exec::Plugin;
use super::{PATIENCE, stub};
use crate::common::eventually;

/// A server, and before it a proxy that lets nobody through without a certificate.
struct Setting {
    pki: Pki,
    stub: Stub,
    proxy: Proxy,
    /// Without a certificate.
    config: Config,
}

impl Setting {
    /// Behind the proxy is a server with TLS, which wants a certificate, too; or one without, whose requests the proxy
    /// passes on.
    fn new(
        server_tls: bool,
        answer: impl Fn(&RecordedRequest, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let pki = Pki::new().unwrap();
        let tls = pki.server_config_with_client_auth().unwrap();
        let stub = match server_tls {
            true => Stub::start_tls(tls.clone(), answer).unwrap(),
            false => stub(answer),
        };
        let proxy = Proxy::builder(Speaks::Http).to(stub.address()).tls(tls).start().unwrap();
        let scheme = if server_tls { "https" } else { "http" };
        let mut rules = ProxyRules::default();
        (rules.http_proxy, rules.https_proxy) = (proxy.url(), proxy.url());
        let config = Config::new(format!("{scheme}://kubernetes.default.svc:6443"))
            .with_certificate_authority(Pem::Data(pki.ca_pem().into_bytes()))
            .with_proxy(kubeclient::config::Proxy::Rules(rules));
        Self { pki, stub, proxy, config }
    }

    fn issue(&self, user: &str) -> Identity {
        self.pki.issue_client(user, &[]).unwrap()
    }

    /// The certificates that the proxy has seen, and those that the server has; of equal ones in a row, one.
    fn seen(&self) -> [Vec<Option<Vec<u8>>>; 2] {
        let requests = self.stub.requests().into_iter();
        let by_server = requests.map(|request| request.client_certificate).collect();
        [self.proxy.certificates(), by_server].map(|mut seen| {
            seen.dedup();
            seen
        })
    }
}

fn client(config: Config) -> RestClient {
    RestClient::new(config).unwrap().with_stop(&Stop::after(PATIENCE))
}

fn der(identity: &Identity) -> Option<Vec<u8>> {
    Some(identity.to_der().unwrap().0[0].to_vec())
}

/// The certificates that a proxy and the server behind it see, where these were shown.
fn expected(server_tls: bool, shown: [&Identity; 2]) -> [Vec<Option<Vec<u8>>>; 2] {
    let shown = shown.map(der).to_vec();
    let by_server = if server_tls { shown.clone() } else { vec![None] };
    [shown, by_server]
}

fn write(folder: &Path, identity: &Identity) {
    fs::write(folder.join("tls.crt"), &identity.certificate_pem).unwrap();
    fs::write(folder.join("tls.key"), &identity.private_key_pem).unwrap();
}

/// Without a restart; the connections that were kept are not used again.
#[test]
fn a_proxy_is_shown_the_certificate_that_its_files_hold_by_now() {
    for server_tls in [true, false] {
        let setting = Setting::new(server_tls, |_, _| Reply::text(200, "ok"));
        let (ada, bob) = (setting.issue("ada"), setting.issue("bob"));
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &ada);
        let client = client(setting.config.clone().with_client_certificate(
            Pem::File(folder.path().join("tls.crt")),
            SecretPem::File(folder.path().join("tls.key")),
        ));
        let last = || {
            client.send(&Request::get("/x")).unwrap();
            setting.proxy.certificates().pop().unwrap()
        };
        assert_eq!(last(), der(&ada));
        assert_eq!(last(), der(&ada));
        write(folder.path(), &bob);
        eventually("bob's is shown", || (last() == der(&bob)).then_some(()));
        assert_eq!(setting.seen(), expected(server_tls, [&ada, &bob]), "{server_tls}");
    }
}

/// As client-go does, also where the server itself is plain http and a credential may go there: the certificate then is
/// the proxy's alone to see. One that is replaced after a refusal is replaced before the proxy, too.
#[test]
fn a_proxy_is_shown_the_certificate_that_a_program_gives() {
    for server_tls in [true, false] {
        let setting = Setting::new(server_tls, |request, _| {
            match request.path == "/new" && request.header("authorization") == Some("Bearer t1") {
                true => Reply::status(401),
                false => Reply::text(200, "ok"),
            }
        });
        let (ada, bob) = (setting.issue("ada"), setting.issue("bob"));
        let plugin = Plugin::new("cat $runs");
        for (run, identity) in [("1", &ada), ("2", &bob)] {
            let credential = json!({
                "kind": "ExecCredential",
                "apiVersion": "client.authentication.k8s.io/v1",
                "status": {
                    "token": format!("t{run}"),
                    "clientCertificateData": identity.certificate_pem,
                    "clientKeyData": identity.private_key_pem,
                },
            });
            fs::write(plugin.path(run), credential.to_string()).unwrap();
        }
        let mut config = setting.config.clone().with_exec(plugin.exec());
        config.allow_plaintext_credentials = !server_tls;
        let client = client(config);
        for path in ["/x", "/x", "/new", "/x"] {
            client.send(&Request::post(path)).unwrap();
        }
        assert_eq!(plugin.runs(), 2);
        assert_eq!(setting.seen(), expected(server_tls, [&ada, &bob]), "{server_tls}");
    }
}
