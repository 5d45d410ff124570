//! Programs that give credentials which the real server knows: tokens of service accounts, and certificates of its
//! authority. It says who we are by them, and refuses those that are good no more.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeclient::Config;
use kubeclient::config::KubeconfigOptions;
use kubeclient_tests::ControlPlane;
use kubeclient_tests::pki::{Identity, Pki};
use kubeclient_tests::proxy::{Proxy, Speaks};
use serde_json::{Value, json};

use crate::common::{Attempts, Sandbox, eventually, kubectl_is, observed, who};
use crate::robot::{Robot, credential};

const VERSIONS: [&str; 2] =
    ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

const LATER: &str = "2999-01-01T00:00:00Z";
const LONG_AGO: &str = "2020-01-01T00:00:00Z";

/// A script for `/bin/sh` that counts its runs, and a kubeconfig that names it.
struct Plugin {
    version: &'static str,
    folder: tempfile::TempDir,
}

impl Plugin {
    fn new(plane: &ControlPlane, version: &'static str, proxy: Option<&Proxy>) -> Self {
        let plugin = Self { version, folder: tempfile::tempdir().unwrap() };
        let script = "cd \"$(dirname \"$0\")\" && echo >> runs && cat credential &&\n\
            if [ -e next ]; then mv next credential; fi\n";
        fs::write(plugin.path("plugin.sh"), script).unwrap();
        fs::write(plugin.path("ca.crt"), plane.ca_pem()).unwrap();
        let mut cluster = json!({"server": plane.server_url(), "certificate-authority": "ca.crt"});
        if let Some(proxy) = proxy {
            cluster["proxy-url"] = proxy.url().into();
        }
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"exec": {
                "apiVersion": version,
                "command": "/bin/sh",
                "args": [plugin.path("plugin.sh")],
                "interactiveMode": "Never",
            }}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        });
        fs::write(plugin.path("config"), kubeconfig.to_string()).unwrap();
        plugin
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes what the program gives (`credential`), or what it gives once it has given that (`next`).
    fn write(&self, name: &str, status: &Value) {
        let credential =
            json!({"kind": "ExecCredential", "apiVersion": self.version, "status": status});
        // It may run meanwhile.
        fs::write(self.path("half"), credential.to_string()).unwrap();
        fs::rename(self.path("half"), self.path(name)).unwrap();
    }

    /// Gives the user of the kubeconfig a certificate beside the program.
    fn has(&self, identity: &Identity) {
        let config = fs::read_to_string(self.path("config")).unwrap();
        let mut config: Value = serde_json::from_str(&config).unwrap();
        let user = &mut config["users"][0]["user"];
        user["client-certificate-data"] = STANDARD.encode(&identity.certificate_pem).into();
        user["client-key-data"] = STANDARD.encode(&identity.private_key_pem).into();
        fs::write(self.path("config"), config.to_string()).unwrap();
    }

    fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).map_or(0, |runs| runs.lines().count())
    }

    fn client(&self) -> (kubeclient::RestClient, Attempts) {
        let options = KubeconfigOptions::default().path(self.path("config"));
        observed(Config::from_kubeconfig(&options).unwrap())
    }
}

fn certificate(identity: &Identity, end: &str) -> Value {
    json!({
        "clientCertificateData": identity.certificate_pem,
        "clientKeyData": identity.private_key_pem,
        "expirationTimestamp": end,
    })
}

/// Fidelity 37, 38. A token ends with its secret, and with its service account though there is another one of the same
/// name: one run more, and the caller sees nothing of it.
#[test]
fn a_programs_token_that_the_real_server_takes_no_more_is_asked_for_again() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let Some(sandbox) = Sandbox::new() else { return };
    // Both wait for the server to forget what it knows.
    thread::scope(|scope| {
        for (version, way) in VERSIONS.into_iter().zip(["secret", "account"]) {
            let sandbox = &sandbox;
            scope.spawn(move || {
                let robot = Robot::new(&sandbox.client, &sandbox.namespace, way);
                let token = |secret: &str| {
                    json!({"token": robot.token(&format!("{way}-{secret}")), "expirationTimestamp": LATER})
                };
                let plugin = Plugin::new(plane, version, None);
                plugin.write("credential", &token("old"));
                let (client, attempts) = plugin.client();
                assert_eq!(who(&client).unwrap()["username"], robot.user());
                let before = credential(&client);
                match way {
                    "secret" => robot.revoke("secret-old"),
                    _ => robot.replace(),
                }
                plugin.write("credential", &token("new"));
                let begin = Instant::now();
                eventually("it is refused", || (credential(&client) != before).then_some(()));
                let took = begin.elapsed();
                let codes = attempts.codes();
                let refused = codes.iter().filter(|code| **code == 401).count();
                assert_eq!((refused, plugin.runs()), (1, 2), "{way}: {codes:?}");
                assert_eq!(codes.iter().filter(|code| **code == 201).count(), codes.len() - 1);
                assert_eq!(who(&client).unwrap()["username"], robot.user());
                assert_eq!(kubectl_is(plane.kubectl(), &plugin.path("config")), robot.user());
                assert_eq!(plugin.runs(), 3, "{way}: kubectl's own");
                eprintln!("{way}: {} calls, 1 refused after {took:?}, 2 runs", codes.len());
            });
        }
    });
}

/// Fidelity 37, 38. Each certificate is shown by connections of its own, which the proxy counts: one that the server
/// does not know, one that ends, and one that follows it.
#[test]
fn a_programs_certificate_is_shown_to_the_real_server_by_connections_of_its_own() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let server: SocketAddr = plane.server_url().trim_start_matches("https://").parse().unwrap();
    let stranger = Pki::new().unwrap();
    for version in VERSIONS {
        let proxy = Proxy::builder(Speaks::Http).to(server).start().unwrap();
        let plugin = Plugin::new(plane, version, Some(&proxy));
        let ada = |pki: &Pki| pki.issue_client("ada", &["staff"]).unwrap();
        plugin.write("credential", &certificate(&ada(&stranger), LATER));
        plugin.write("next", &certificate(&ada(plane.pki()), LONG_AGO));
        let (client, attempts) = plugin.client();
        let user = who(&client).unwrap();
        assert_eq!((&user["username"], &user["groups"][0]), (&json!("ada"), &json!("staff")));
        assert_eq!(attempts.codes(), [401, 201]);
        // What it gave has ended a second later, and it gives the same again.
        let again = || {
            assert_eq!(who(&client).unwrap(), user);
            (plugin.runs() > 2).then_some(())
        };
        eventually("it is run again", again);
        assert_eq!(who(&client).unwrap(), user);
        assert_eq!(proxy.asked().len(), 2, "of the stranger's, and of ada's");

        let bob = plane.pki().issue_client("bob", &[]).unwrap();
        plugin.write("credential", &certificate(&bob, LATER));
        let name = || who(&client).unwrap()["username"].clone();
        eventually("bob's certificate is shown", || (name() == "bob").then_some(()));
        let runs = plugin.runs();
        for _ in 0..10 {
            assert_eq!(name(), "bob");
        }
        assert_eq!((proxy.asked().len(), plugin.runs()), (3, runs));
        let codes = attempts.codes();
        assert!(codes[1..].iter().all(|code| *code == 201), "{codes:?}");
        assert_eq!(kubectl_is(plane.kubectl(), &plugin.path("config")), "bob");
        assert_eq!((proxy.asked().len(), plugin.runs()), (4, runs + 1));
    }
}

/// Whoever has a certificate of their own needs no program, not even where the server refuses it.
#[test]
fn no_program_is_run_beside_a_certificate_that_is_shown_to_the_real_server() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let stranger = Pki::new().unwrap();
    for version in VERSIONS {
        let plugin = Plugin::new(plane, version, None);
        plugin.write("credential", &json!({"token": plane.admin_token()}));
        plugin.has(&plane.pki().issue_client("carol", &[]).unwrap());
        let (client, attempts) = plugin.client();
        assert_eq!(who(&client).unwrap()["username"], "carol");
        assert_eq!(kubectl_is(plane.kubectl(), &plugin.path("config")), "carol");

        plugin.has(&stranger.issue_client("carol", &[]).unwrap());
        let (refused, more) = plugin.client();
        assert!(who(&refused).unwrap_err().is_unauthorized());
        assert_eq!((attempts.codes(), more.codes(), plugin.runs()), (vec![201], vec![401], 0));
    }
}
