//! Credentials that are rotated in their files while the real server is asked, without a restart.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use kubeclient::authentication_v1::{BoundObjectReference, TokenRequest};
use kubeclient::config::{KubeconfigOptions, Pem};
use kubeclient::core_v1::{Secret, ServiceAccount};
use kubeclient::{Api, Config, DeleteParams, Error, ListParams, ObjectMeta, Request, RestClient};
use kubeclient_tests::pki::Identity;
use serde_json::{Value, json};

use crate::common::{Ends, Sandbox, eventually};
use crate::foo::ConfigMap;

/// How soon a changed certificate is used, and ten times that.
const PROMISED: Duration = Duration::from_secs(1);
const BOUND: Duration = PROMISED.saturating_mul(10);

fn who(client: &RestClient) -> Result<Value, Error> {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer: Value = client.send(&Request::post(path).json(&review))?.json()?;
    Ok(answer["status"]["userInfo"].clone())
}

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

/// Fidelity 18. The server keeps a token that it knows for ten seconds, and refuses it then: so long each client shows
/// the old one, and nobody sees that it was refused.
#[test]
fn the_real_server_refuses_an_old_token_and_no_call_fails() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let Some(sandbox) = Sandbox::new() else { return };
    let accounts: Api<ServiceAccount> = Api::namespaced(&sandbox.client, &sandbox.namespace);
    let secrets: Api<Secret> = Api::namespaced(&sandbox.client, &sandbox.namespace);
    let account = ServiceAccount { metadata: ObjectMeta::named("robot"), ..Default::default() };
    accounts.create(&account).unwrap();
    // The token ends with the secret.
    let token = |name: &str| {
        let secret = Secret { metadata: ObjectMeta::named(name), ..Default::default() };
        let secret = secrets.create(&secret).unwrap();
        let mut request = TokenRequest::default();
        let bound = BoundObjectReference {
            kind: "Secret".into(),
            api_version: "v1".into(),
            name: name.into(),
            uid: secret.metadata.uid,
        };
        request.spec.bound_object_ref = Some(Box::new(bound));
        accounts.create_token("robot", &request).unwrap().status.token
    };
    let folder = tempfile::tempdir().unwrap();
    let calls = AtomicUsize::new(0);
    let took: Vec<Duration> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (calls, path) = (&calls, folder.path().join(format!("token-{number}")));
                let (old, new) = (format!("old-{number}"), format!("new-{number}"));
                fs::write(&path, &*token(&old)).unwrap();
                let config = Config::new(plane.server_url())
                    .with_certificate_authority(Pem::Data(plane.ca_pem().into_bytes()))
                    .with_token_file(&path);
                let client = RestClient::new(config).unwrap();
                let (token, secrets) = (&token, &secrets);
                scope.spawn(move || {
                    // Which token it was, of those of one account.
                    let credential = || {
                        calls.fetch_add(1, Ordering::Relaxed);
                        let id = "authentication.kubernetes.io/credential-id";
                        who(&client).unwrap()["extra"][id][0].as_str().unwrap().to_owned()
                    };
                    let before = credential();
                    assert_eq!(credential(), before);
                    fs::write(&path, &*token(&new)).unwrap();
                    secrets.delete(&old, &DeleteParams::default()).unwrap();
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
