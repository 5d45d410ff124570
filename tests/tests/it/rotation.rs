//! Credentials that are rotated in their files while the real server is asked, without a restart.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use kubeclient::config::{KubeconfigOptions, Pem};
use kubeclient::{Api, Config, ErrorKind, ListParams, Request, RestClient, Stop, WatchParams};
use kubeclient_tests::ControlPlane;
use kubeclient_tests::pki::{Identity, Pki};
use kubeclient_tests::proxy::{Proxy, Speaks};
use serde_json::{Value, json};

use crate::common::{Disturbed, Ends, PATIENCE, Sandbox, eventually, told, who};
use crate::foo::ConfigMap;
use crate::robot::{Robot, credential};

/// How soon a changed certificate is used, and ten times that.
const PROMISED: Duration = Duration::from_secs(1);
const BOUND: Duration = PROMISED.saturating_mul(10);

/// Lets a group read the configmaps of the namespace.
fn let_read(sandbox: &Sandbox, group: &str) {
    let path = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}/", sandbox.namespace);
    let create = |resource: &str, object: Value| {
        sandbox.client.send(&Request::post(format!("{path}{resource}")).json(&object)).unwrap();
    };
    let api = "rbac.authorization.k8s.io";
    create(
        "roles",
        json!({
            "apiVersion": format!("{api}/v1"), "kind": "Role", "metadata": {"name": "readers"},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}],
        }),
    );
    create(
        "rolebindings",
        json!({
            "apiVersion": format!("{api}/v1"), "kind": "RoleBinding", "metadata": {"name": "readers"},
            "roleRef": {"apiGroup": api, "kind": "Role", "name": "readers"},
            "subjects": [{"apiGroup": api, "kind": "Group", "name": group}],
        }),
    );
}

/// One after the other, as everybody does it: for a moment they don't go together.
fn write(folder: &Path, identity: &Identity) {
    fs::write(folder.join("client.crt"), &identity.certificate_pem).unwrap();
    fs::write(folder.join("client.key"), &identity.private_key_pem).unwrap();
}

/// Fidelity 18, for certificates. Four threads ask while twenty users follow each other: no call fails, none is
/// answered to an earlier user than the last, and what the new user may not do is refused.
#[test]
fn the_real_server_sees_each_rotated_certificate_and_no_call_fails() {
    const ROTATIONS: usize = 20;

    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let Some(sandbox) = Sandbox::new() else { return };
    let group = format!("readers-{}", sandbox.namespace);
    let_read(&sandbox, &group);
    let folder = tempfile::tempdir().unwrap();
    let user = |number: usize| plane.pki().issue_client(&format!("user-{number}"), &[&group]);
    write(folder.path(), &user(0).unwrap());
    fs::write(folder.path().join("ca.crt"), plane.ca_pem()).unwrap();
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "rotated",
        "clusters": [{
            "name": "plane",
            "cluster": {"server": plane.server_url(), "certificate-authority": "ca.crt"},
        }],
        "users": [{
            "name": "user",
            "user": {"client-certificate": "client.crt", "client-key": "client.key"},
        }],
        "contexts": [{
            "name": "rotated",
            "context": {"cluster": "plane", "user": "user", "namespace": sandbox.namespace},
        }],
    });
    let path = folder.path().join("config");
    fs::write(&path, kubeconfig.to_string()).unwrap();
    let options = KubeconfigOptions::default().path(path);
    let client = RestClient::new(Config::from_kubeconfig(&options).unwrap()).unwrap();
    let maps: Api<ConfigMap> = Api::default_namespaced(&client);
    let list = || maps.list(&ListParams::default()).map(drop);
    eventually("the group may read", || list().ok());

    let number = || -> usize {
        let user = who(&client).unwrap();
        user["username"].as_str().unwrap().trim_start_matches("user-").parse().unwrap()
    };
    let (ended, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut worst = Duration::ZERO;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut last = 0;
                while !ended.load(Ordering::Relaxed) {
                    let seen = number();
                    assert!(seen >= last, "user-{seen} after user-{last}");
                    last = seen;
                    list().unwrap();
                    calls.fetch_add(2, Ordering::Relaxed);
                }
                assert_eq!(number(), ROTATIONS);
            });
        }
        let _ends = Ends(&ended);
        for rotation in 1..=ROTATIONS {
            write(folder.path(), &user(rotation).unwrap());
            let begin = Instant::now();
            eventually("the new user is seen", || (number() == rotation).then_some(()));
            worst = worst.max(begin.elapsed());
        }
    });
    eprintln!("{ROTATIONS} rotations, {calls:?} calls, 0 failures, at most {worst:?}");
    assert!(calls.load(Ordering::Relaxed) > ROTATIONS);
    assert!(worst < BOUND, "{worst:?}");

    write(folder.path(), &plane.pki().issue_client("stranger", &[]).unwrap());
    let refused = eventually("the stranger is refused", || list().err());
    assert!(refused.is_forbidden(), "{refused}");
    assert!(refused.status().unwrap().message.contains("\"stranger\""), "{refused}");
}

/// Fidelity 18. Until the server refuses it, each client shows the old one, and nobody sees that it was refused.
#[test]
fn the_real_server_refuses_an_old_token_and_no_call_fails() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let Some(sandbox) = Sandbox::new() else { return };
    let robot = Robot::new(&sandbox.client, &sandbox.namespace, "robot");
    let folder = tempfile::tempdir().unwrap();
    let calls = AtomicUsize::new(0);
    let took: Vec<Duration> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (calls, path) = (&calls, folder.path().join(format!("token-{number}")));
                let (old, new) = (format!("old-{number}"), format!("new-{number}"));
                fs::write(&path, robot.token(&old)).unwrap();
                let config = Config::new(plane.server_url())
                    .with_certificate_authority(Pem::Data(plane.ca_pem().into_bytes()))
                    .with_token_file(&path);
                let client = RestClient::new(config).unwrap();
                let robot = &robot;
                scope.spawn(move || {
                    let credential = || {
                        calls.fetch_add(1, Ordering::Relaxed);
                        credential(&client)
                    };
                    let before = credential();
                    assert_eq!(credential(), before);
                    fs::write(&path, robot.token(&new)).unwrap();
                    robot.revoke(&old);
                    let begin = Instant::now();
                    eventually("the new token is shown", || (credential() != before).then_some(()));
                    begin.elapsed()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    eprintln!("4 tokens, {calls:?} calls, 0 failures, after {took:?}");
    // By itself the file is read again after 50 s.
    assert!(took.iter().all(|took| *took < Duration::from_secs(40)), "{took:?}");
}

/// The certificate of the control plane's server; dropped, it is the first one again.
struct Serving<'a>(&'a ControlPlane);

impl Serving<'_> {
    /// Writes it where the server looks, which takes it by itself.
    fn write(&self, identity: &Identity) {
        fs::write(self.0.folder().join("server.crt"), &identity.certificate_pem).unwrap();
        fs::write(self.0.folder().join("server.key"), &identity.private_key_pem).unwrap();
    }

    /// Whether the certificate that it shows by now is one of these authorities.
    fn is_of(&self, authorities: &str) -> bool {
        let config = Config::new(self.0.server_url())
            .with_certificate_authority(Pem::Data(authorities.into()))
            .with_token(self.0.admin_token());
        match who(&RestClient::new(config).unwrap()) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
                false
            }
        }
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.write(self.0.pki().server());
        let (authorities, begin) = (self.0.ca_pem(), Instant::now());
        while !thread::panicking() && !self.is_of(&authorities) && begin.elapsed() < PATIENCE {}
    }
}

/// Fidelity 18, for authorities, in the order in which a cluster changes them: its file has the new one beside the old
/// one, the server's certificate is of the new one, the old one goes. No call fails, of a client that is there and of
/// those that are made meanwhile; a watch goes on. Where the server is first, calls fail until a second after the file.
#[test]
fn the_real_servers_authority_is_replaced_and_no_call_fails() {
    let Some(disturbed) = Disturbed::new() else { return };
    let plane = &*disturbed.plane;
    let serving = Serving(plane);
    let (old, new) = (plane.ca_pem(), Pki::new().unwrap());
    let names = ["127.0.0.1", "::1", "localhost", "kubernetes", "kubernetes.default.svc"];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.crt");
    let write = |authorities: &str| {
        // Whoever starts meanwhile finds one of the two whole.
        fs::write(folder.path().join("half"), authorities).unwrap();
        fs::rename(folder.path().join("half"), &file).unwrap();
    };
    write(&old);
    let config = Config::new(plane.server_url())
        .with_certificate_authority(Pem::File(file.clone()))
        .with_token(plane.admin_token())
        .with_namespace(&disturbed.sandbox.namespace);
    // It counts the connections of one client.
    let server = plane.server_url().trim_start_matches("https://").parse().unwrap();
    let proxy = Proxy::builder(Speaks::Http).to(server).start().unwrap();
    let client = RestClient::new(config.clone().with_proxy_url(proxy.url())).unwrap();
    let maps: Api<ConfigMap> = Api::default_namespaced(&client);
    // Longer than all that is waited for meanwhile.
    let stop = Stop::after(10 * PATIENCE);
    let mut events = maps.with_stop(&stop).watch(&WatchParams::default()).unwrap();
    while told(&mut events) != "synced" {}

    let (ended, calls, fresh) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    who(&client).unwrap();
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                who(&RestClient::new(config.clone()).unwrap()).unwrap();
                fresh.fetch_add(1, Ordering::Relaxed);
            }
        });
        let _ends = Ends(&ended);
        let mut seen = |what: &str| {
            let (connections, before) = (proxy.asked().len(), fresh.load(Ordering::Relaxed));
            eventually(what, || (proxy.asked().len() > connections).then_some(()));
            // The one that was made before the file was written, and one after it.
            eventually(what, || (fresh.load(Ordering::Relaxed) > before + 1).then_some(()));
            maps.create(&ConfigMap::named(what)).unwrap();
            while told(&mut events) != format!("added {what}") {}
        };
        eventually("they call", || (fresh.load(Ordering::Relaxed) > 1).then_some(()));
        write(&format!("{old}{}", new.ca_pem()));
        seen("both");
        serving.write(&new.issue_server(&names).unwrap());
        eventually("the server's is new", || serving.is_of(&new.ca_pem()).then_some(()));
        assert!(!serving.is_of(&old));
        write(&new.ca_pem());
        seen("new");
    });
    eprintln!(
        "{calls:?} calls, {fresh:?} clients, 0 failures, {} connections",
        proxy.asked().len()
    );

    // The server first: of the old authority again, which nobody has told the client of.
    serving.write(plane.pki().server());
    eventually("the server's is old", || serving.is_of(&old).then_some(()));
    let late = RestClient::new(config.clone()).unwrap();
    for _ in 0..3 {
        assert_eq!(who(&late).unwrap_err().kind(), ErrorKind::Tls);
    }
    write(&old);
    let begin = Instant::now();
    eventually("the old authority is trusted", || who(&late).ok());
    let took = begin.elapsed();
    eprintln!("trusted after {took:?}");
    assert!(took < BOUND, "{took:?}");
}
