//! ID tokens that the real server verifies: those that kubeclient gets at the issuer, and those that kubectl gets.

mod issuer;

use std::fs;
use std::path::Path;

use kubeclient::config::{Kubeconfig, KubeconfigOptions, Pem};
use kubeclient::{Config, RestClient};
use kubeclient_tests::ControlPlane;
use serde_json::json;

use crate::common::{Disturbed, eventually, kubectl_is, observed, who};
pub(crate) use issuer::Issuer;

/// A kubeconfig with a user of the issuer, who has this ID token.
fn write(path: &Path, plane: &ControlPlane, issuer: &Issuer, id_token: &str) {
    fs::write(path.with_file_name("ca.crt"), plane.ca_pem()).unwrap();
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "x",
        "clusters": [{
            "name": "c",
            "cluster": {"server": plane.server_url(), "certificate-authority": "ca.crt"},
        }],
        "users": [{"name": "u", "user": {"auth-provider": issuer.provider(id_token)}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    });
    fs::write(path, kubeconfig.to_string()).unwrap();
}

/// The ID token and the refresh token that a kubeconfig has.
fn kept(path: &Path) -> [String; 2] {
    let kubeconfig = Kubeconfig::read_from(path).unwrap();
    let provider = kubeconfig.user("u").unwrap().auth_provider.as_ref().unwrap();
    ["id-token", "refresh-token"].map(|key| provider.config[key].expose().to_owned())
}

/// What one of kubeclient and kubectl gets and writes, the other takes from the kubeconfig.
#[test]
fn the_real_server_takes_what_an_issuer_gives_to_us_and_to_kubectl() {
    let Some(disturbed) = Disturbed::new() else { return };
    let (plane, issuer) = (&*disturbed.plane, disturbed.issuer);
    let with_token = |token: &str| {
        let config = Config::new(plane.server_url())
            .with_certificate_authority(Pem::Data(plane.ca_pem().into_bytes()))
            .with_token(token);
        who(&RestClient::new(config).unwrap())
    };
    // Once it has asked for its keys.
    eventually("the server knows the issuer", || with_token(&issuer.token(60)).ok());
    let (ended, forged) = (issuer.token(-60), issuer.forged());
    for token in [&ended, &forged] {
        assert!(with_token(token).unwrap_err().is_unauthorized());
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let client = || {
        let options = KubeconfigOptions::default().path(&path);
        observed(Config::from_kubeconfig(&options).unwrap())
    };
    write(&path, plane, issuer, &ended);
    let (ours, attempts) = client();
    let user = who(&ours).unwrap();
    assert_eq!((&user["username"], &user["groups"][0]), (&json!("oidc:ada"), &json!("staff")));
    // The issuer was asked before the server was.
    assert_eq!((attempts.codes(), issuer.given()), (vec![201], 1));
    let [id, refresh] = kept(&path);
    assert_eq!((with_token(&id).unwrap(), refresh), (user, issuer.refresh_token()));

    // kubectl takes it from there, and asks the issuer itself when it has ended.
    let kubectl = || assert_eq!(kubectl_is(plane.kubectl(), &path), "oidc:ada");
    kubectl();
    assert_eq!(issuer.given(), 1);
    write(&path, plane, issuer, &ended);
    kubectl();
    let [id, refresh] = kept(&path);
    assert_eq!((issuer.given(), refresh), (2, issuer.refresh_token()));
    let (ours, attempts) = client();
    assert_eq!(who(&ours).unwrap()["username"], "oidc:ada");
    assert_eq!((attempts.codes(), issuer.given()), (vec![201], 2));
    assert_eq!(kept(&path)[0], id);

    // One that has not ended and that the server refuses all the same.
    write(&path, plane, issuer, &forged);
    let (ours, attempts) = client();
    assert_eq!(who(&ours).unwrap()["username"], "oidc:ada");
    assert_eq!((attempts.codes(), issuer.given()), (vec![401, 201], 3));
    assert_eq!(kept(&path)[1], issuer.refresh_token());
    kubectl();
    assert_eq!(issuer.given(), 3);
}
