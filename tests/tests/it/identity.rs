//! Who the real server takes a client for.

use std::fs;

use kubeclient::authentication_v1::TokenRequest;
use kubeclient::config::{
    Description, Impersonate, KubeconfigOptions, Pem, Secret, SecretPem, Source,
};
use kubeclient::core_v1::ServiceAccount;
use kubeclient::meta::status::Status;
use kubeclient::{Api, Config, Error, ErrorKind, ListParams, ObjectMeta, Request, RestClient};
use kubeclient_tests::ControlPlane;
use serde_json::json;

use crate::common::{Sandbox, who};
use crate::foo::ConfigMap;

#[track_caller]
fn name(config: Config) -> String {
    let user = who(&RestClient::new(config).unwrap()).unwrap();
    user["username"].as_str().unwrap().to_owned()
}

/// The address of the control plane and whom to trust; no credential.
fn nobody(plane: &ControlPlane) -> Config {
    Config::new(plane.server_url())
        .with_certificate_authority(Pem::Data(plane.ca_pem().into_bytes()))
}

fn context(plane: &ControlPlane, name: &str) -> Config {
    let options = KubeconfigOptions::default().path(plane.kubeconfig_path()).context(name);
    Config::from_kubeconfig(&options).unwrap()
}

fn secrets_of(config: Config) -> Result<(), Error> {
    let client = RestClient::new(config).unwrap();
    Api::<ConfigMap>::namespaced(&client, "kube-system").list(&ListParams::default()).map(|_| ())
}

#[test]
fn each_context_of_a_kubeconfig_is_another_user() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    assert_eq!(name(context(plane, "admin")), "admin");
    assert_eq!(name(context(plane, "admin-token")), "admin");
    assert_eq!(name(context(plane, "user")), "plain-user");
    let options = KubeconfigOptions::default().path(plane.kubeconfig_path());
    assert_eq!(name(Config::from_kubeconfig(&options.clone().user("user")).unwrap()), "plain-user");
    // A certificate counts more than a token, so the override shows where there is none.
    let options = options.context("user").token(plane.admin_token());
    assert_eq!(name(Config::from_kubeconfig(&options).unwrap()), "admin");
}

fn unused(description: &Description) -> Vec<&str> {
    description.unused.iter().map(|unused| unused.name).collect()
}

/// What is described is what the server then sees.
#[test]
fn the_described_credential_is_the_one_that_counts() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let file = plane.kubeconfig_path().display().to_string();
    for (entry, credential, user) in [
        ("admin", "client-certificate-data", "admin"),
        ("admin-token", "token", "admin"),
        ("user", "token", "plain-user"),
    ] {
        let config = context(plane, entry);
        let description = config.describe();
        let setting = description.setting(credential).unwrap();
        let source = setting.source.to_string();
        assert!(source.contains(&file), "{source}");
        assert_eq!(description.setting("server").unwrap().value, plane.server_url());
        assert_eq!(unused(&description), ["current-context"]);
        assert!(!description.to_string().contains(plane.admin_token()), "{description}");
        let client = RestClient::new(config).unwrap();
        assert_eq!(client.config().describe().to_string(), description.to_string());
        assert_eq!(who(&client).unwrap()["username"], user);
    }
    // The program's own counts, and what it put aside is told.
    let config = context(plane, "admin-token").with_token("no-such-token");
    let description = config.describe();
    assert_eq!(description.setting("token").unwrap().source, Source::Program);
    assert_eq!(unused(&description), ["current-context", "token"]);
    assert!(who(&RestClient::new(config).unwrap()).unwrap_err().is_unauthorized());
}

#[test]
fn a_user_without_rights_is_forbidden() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    secrets_of(context(plane, "admin")).unwrap();
    let error = secrets_of(context(plane, "user")).unwrap_err();
    assert!(error.is_forbidden() && !error.is_unauthorized(), "{error}");
    assert!(error.status().unwrap().message.contains("plain-user"), "{error}");
    assert_eq!(error.status().unwrap().details.as_ref().unwrap().kind, "configmaps");
}

#[test]
fn a_bearer_token_is_a_user_and_a_wrong_one_is_unauthorized() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    assert_eq!(name(nobody(plane).with_token(plane.admin_token())), "admin");
    let client = RestClient::new(nobody(plane).with_token("no-such-token")).unwrap();
    let error = who(&client).unwrap_err();
    assert!(error.is_unauthorized() && !error.is_forbidden(), "{error}");
    assert!(!format!("{error:?} {error} {client:?}").contains("no-such-token"));
}

#[test]
fn a_client_certificate_is_a_user_from_memory_and_from_files() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let identity = plane.pki().issue_client("ada", &["staff"]).unwrap();
    let config = nobody(plane).with_client_certificate(
        Pem::Data(identity.certificate_pem.clone().into_bytes()),
        SecretPem::Data(Secret::new(identity.private_key_pem.clone())),
    );
    let user = who(&RestClient::new(config).unwrap()).unwrap();
    assert_eq!(user["username"], "ada");
    assert_eq!(user["groups"], json!(["staff", "system:authenticated"]));

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let config = Config::new(plane.server_url())
        .with_certificate_authority(Pem::File(file("ca.crt", &plane.ca_pem())))
        .with_client_certificate(
            Pem::File(file("client.crt", &identity.certificate_pem)),
            SecretPem::File(file("client.key", &identity.private_key_pem)),
        );
    assert_eq!(name(config), "ada");
}

#[test]
fn a_certificate_of_another_authority_is_unauthorized() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let stranger = kubeclient_tests::pki::Pki::new().unwrap();
    let identity = stranger.issue_client("ada", &["system:masters"]).unwrap();
    let config = nobody(plane).with_client_certificate(
        Pem::Data(identity.certificate_pem.into_bytes()),
        SecretPem::Data(Secret::new(identity.private_key_pem)),
    );
    let error = who(&RestClient::new(config).unwrap()).unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    // And the server is not trusted by who trusts the other authority.
    let config = nobody(plane)
        .with_certificate_authority(Pem::Data(stranger.ca_pem().into_bytes()))
        .with_token(plane.admin_token());
    let error = who(&RestClient::new(config).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
}

/// Fidelity 22.
#[test]
fn a_server_is_trusted_by_the_name_that_it_is_expected_to_have() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let named = |server_name: &str| {
        let mut config = nobody(plane).with_token(plane.admin_token());
        config.tls.server_name = Some(server_name.into());
        who(&RestClient::new(config).unwrap())
    };
    named("kubernetes.default.svc").unwrap();
    assert_eq!(named("other.example.com").unwrap_err().kind(), ErrorKind::Tls);
    let mut config = Config::new(plane.server_url()).with_token(plane.admin_token());
    let error = who(&RestClient::new(config.clone()).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    config.tls.insecure_skip_tls_verify = true;
    assert_eq!(name(config), "admin");
}

/// Fidelity 18: a rotated token is taken up at once when the old one is refused, and a file that is
/// gone leaves the last token in use.
#[test]
fn a_token_file_may_be_rotated_and_removed() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "not-yet").unwrap();
    let client = RestClient::new(nobody(plane).with_token_file(&path)).unwrap();
    assert!(who(&client).unwrap_err().is_unauthorized());
    fs::write(&path, format!("{}\n", plane.admin_token())).unwrap();
    assert_eq!(who(&client).unwrap()["username"], "admin");
    fs::remove_file(&path).unwrap();
    assert_eq!(who(&client).unwrap()["username"], "admin");
}

/// From memory and from a file, where the kubelet would put it.
#[test]
fn the_token_of_a_service_account_is_that_account_and_has_its_rights_alone() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let Some(sandbox) = Sandbox::new() else { return };
    let accounts: Api<ServiceAccount> = Api::namespaced(&sandbox.client, &sandbox.namespace);
    let account = ServiceAccount { metadata: ObjectMeta::named("robot"), ..Default::default() };
    accounts.create(&account).unwrap();
    let made = accounts.create_token("robot", &TokenRequest::default()).unwrap();
    let token = made.status.token;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, &*token).unwrap();
    let robot = format!("system:serviceaccount:{}:robot", sandbox.namespace);
    for config in [nobody(plane).with_token(&*token), nobody(plane).with_token_file(&path)] {
        let user = who(&RestClient::new(config.clone()).unwrap()).unwrap();
        assert_eq!(user["username"], robot);
        let group = format!("system:serviceaccounts:{}", sandbox.namespace);
        assert!(user["groups"].as_array().unwrap().contains(&json!(group)), "{user}");
        let error = secrets_of(config).unwrap_err();
        assert!(error.is_forbidden() && !error.is_unauthorized(), "{error}");
        assert!(error.status().unwrap().message.contains(&robot), "{error}");
    }
}

#[test]
fn an_anonymous_configuration_shows_no_credential() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    for name in ["admin", "user"] {
        let client = RestClient::new(context(plane, name).anonymous()).unwrap();
        assert_eq!(client.send(&Request::get("/readyz")).unwrap().into_text().unwrap(), "ok");
        let error = who(&client).unwrap_err();
        assert!(error.is_forbidden(), "{error}");
        assert!(error.status().unwrap().message.contains("system:anonymous"), "{error}");
    }
}

/// Fidelity 20.
#[test]
fn an_impersonated_user_has_its_identity_groups_and_extra() {
    let Some(sandbox) = Sandbox::new() else { return };
    let extra = [
        ("a/b".to_owned(), vec!["one".to_owned(), "two, three".to_owned()]),
        ("plain".to_owned(), vec!["100% sure".to_owned()]),
    ];
    let config = sandbox.config.clone().with_impersonation(Impersonate {
        user: "ada@example.com".into(),
        uid: Some("u-1".into()),
        groups: vec!["staff".into(), "night shift".into()],
        extra: extra.into(),
    });
    let client = RestClient::new(config).unwrap();
    let user = who(&client).unwrap();
    assert_eq!((&user["username"], &user["uid"]), (&json!("ada@example.com"), &json!("u-1")));
    assert_eq!(user["groups"], json!(["staff", "night shift", "system:authenticated"]));
    let found = &user["extra"];
    assert_eq!(found["a/b"], json!(["one", "two, three"]));
    assert_eq!(found["plain"], json!(["100% sure"]));
    // The rights are the other user's.
    let maps: Api<ConfigMap> = Api::namespaced(&client, &sandbox.namespace);
    let status: Status = maps.list(&ListParams::default()).unwrap_err().status().unwrap().clone();
    assert_eq!(status.reason, "Forbidden");
}

#[test]
fn a_kubeconfig_option_impersonates_and_who_may_not_is_forbidden() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let options = KubeconfigOptions::default().path(plane.kubeconfig_path()).impersonate("bob");
    assert_eq!(name(Config::from_kubeconfig(&options).unwrap()), "bob");
    let options = options.context("user");
    let client = RestClient::new(Config::from_kubeconfig(&options).unwrap()).unwrap();
    let error = who(&client).unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert!(error.status().unwrap().message.contains("impersonate"), "{error}");
}
