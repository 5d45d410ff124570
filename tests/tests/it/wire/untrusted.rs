//! Kubeconfigs that are not trusted: what they may hold is enough to be served.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeclient::config::{Kubeconfig, Proxy};
use kubeclient::{Config, Request, RestClient, Stop};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::stub::{Reply, Stub};

use super::PATIENCE;

#[test]
fn an_untrusted_kubeconfig_with_its_data_inside_is_served() {
    let pki = Pki::new().unwrap();
    let ada = pki.issue_client("ada", &[]).unwrap();
    let tls = pki.server_config_with_optional_client_auth().unwrap();
    let stub = Stub::start_tls(tls, |_, _| Reply::text(200, "ok")).unwrap();
    let data = |pem: &str| STANDARD.encode(pem);
    let pair = format!(
        "client-certificate-data: {}, client-key-data: {}",
        data(&ada.certificate_pem),
        data(&ada.private_key_pem)
    );
    for (user, header, has_certificate) in [
        ("token: t", Some("Bearer t"), false),
        ("username: a, password: b", Some("Basic YTpi"), false),
        (pair.as_str(), None, true),
        (&format!("{pair}, token: t"), Some("Bearer t"), true),
        ("", None, false),
    ] {
        let text = format!(
            "{{current-context: x, contexts: [{{name: x, context: {{cluster: c, user: u}}}}],
              clusters: [{{name: c, cluster: {{server: '{}/prefix', certificate-authority-data: {}}}}}],
              users: [{{name: u, user: {{{user}}}}}]}}",
            stub.url(),
            data(&pki.ca_pem())
        );
        let config = Config::from_untrusted(&Kubeconfig::from_yaml(&text).unwrap()).unwrap();
        let client = RestClient::new(config.with_proxy(Proxy::Direct)).unwrap();
        client.with_stop(&Stop::after(PATIENCE)).send(&Request::get("/x")).unwrap();
        let request = stub.requests().pop().unwrap();
        assert_eq!(request.path, "/prefix/x");
        assert_eq!(request.header("authorization"), header, "{user}");
        assert_eq!(request.client_certificate.is_some(), has_certificate, "{user}");
    }
}
