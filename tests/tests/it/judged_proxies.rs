//! The table of proxies with TLS: who gets through which, kubeclient and kubectl.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeclient::config::KubeconfigOptions;
use kubeclient::{Config, Request, RestClient};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::proxy::{Proxy, Speaks};
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};
use rustls::ServerConfig;
use serde_json::{Value, json};

/// A name that nobody resolves but the proxy.
const SERVER: &str = "https://kubernetes.default.svc:6443";

/// The same at plain http.
const PLAIN: &str = "http://kubernetes.default.svc:8080";

/// A proxy with TLS, what a kubeconfig says of TLS, and who gets through.
struct Judged {
    what: &'static str,
    tls: Arc<ServerConfig>,
    server: &'static str,
    cluster: Value,
    user: Value,
    /// Whom the system trusts.
    system: String,
    kubectl: bool,
    ours: bool,
}

/// Proxies whose certificates others have signed, or for other names; proxies that ask for the client's; and servers
/// behind them with TLS and without. Of a kubeconfig whose server is http, nothing of TLS counts, nor any credential.
fn judged(pki: &Pki, stranger: &Pki, folder: &Path) -> Vec<Judged> {
    let server = |pki: &Pki| pki.server_config().unwrap();
    let named = |name: &str| pki.issue_server(&[name]).unwrap().server_config().unwrap();
    let asks = pki.server_config_with_client_auth().unwrap();
    let jane = pki.issue_client("jane", &[]).unwrap();
    let authority = STANDARD.encode(pki.ca_pem());
    let trusts = json!({"certificate-authority-data": authority});
    let with_name =
        json!({"certificate-authority-data": authority, "tls-server-name": "kubernetes"});
    let insecure = json!({"insecure-skip-tls-verify": true});
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    // Without any, kubectl asks who is there.
    let nobody = json!({"token": "t"});
    let by_data = json!({
        "client-certificate-data": STANDARD.encode(&jane.certificate_pem),
        "client-key-data": STANDARD.encode(&jane.private_key_pem),
    });
    let by_files = json!({
        "client-certificate": write("tls.crt", &jane.certificate_pem),
        "client-key": write("tls.key", &jane.private_key_pem),
    });
    let credential = json!({
        "kind": "ExecCredential",
        "apiVersion": "client.authentication.k8s.io/v1",
        "status": {
            "clientCertificateData": jane.certificate_pem,
            "clientKeyData": jane.private_key_pem,
        },
    });
    let by_program = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "cat",
        "args": [write("credential", &credential.to_string())],
        "interactiveMode": "Never",
    }});
    let other = Pki::new().unwrap().ca_pem();
    let case = |what, tls: &Arc<ServerConfig>, cluster: &Value, user: &Value, passes| Judged {
        what,
        tls: Arc::clone(tls),
        server: SERVER,
        cluster: cluster.clone(),
        user: user.clone(),
        system: other.clone(),
        kubectl: passes,
        ours: passes,
    };
    let (own, theirs) = (server(pki), server(stranger));
    let trusted = |system: &Pki, case| Judged { system: system.ca_pem(), ..case };
    let plain = |case| Judged { server: PLAIN, ..case };
    let here = named("127.0.0.1");
    vec![
        case("the cluster's", &own, &trusts, &nobody, true),
        case("a stranger's", &theirs, &trusts, &nobody, false),
        case("anybody's", &theirs, &insecure, &nobody, true),
        case("of the server's name", &named("kubernetes"), &with_name, &nobody, true),
        case("of its own name", &here, &with_name, &nobody, false),
        case("one that asks for a certificate", &asks, &trusts, &by_data, true),
        case("one that asks for one of files", &asks, &trusts, &by_files, true),
        case("one that asks for one of a program", &asks, &trusts, &by_program, true),
        case("one that asks in vain", &asks, &trusts, &nobody, false),
        case("anybody's, and asks for a certificate", &asks, &insecure, &by_data, true),
        trusted(pki, case("the system's, as the server", &own, &json!({}), &nobody, true)),
        // kubectl goes by the given authorities alone, for a proxy as for the server.
        Judged {
            ours: true,
            ..trusted(stranger, case("the system's", &theirs, &trusts, &nobody, false))
        },
        plain(case("the cluster's, to http", &own, &trusts, &nobody, false)),
        plain(case("anybody's, to http", &theirs, &insecure, &nobody, false)),
        plain(trusted(pki, case("the system's, to http", &own, &trusts, &nobody, true))),
        plain(trusted(pki, case("of its own name, to http", &here, &with_name, &nobody, true))),
        plain(trusted(
            pki,
            case("of the system's, asks, to http", &asks, &trusts, &by_data, false),
        )),
        plain(trusted(pki, case("the same, of a program", &asks, &trusts, &by_program, false))),
    ]
}

/// What a proxy is makes the same difference to kubectl and to kubeclient, and none whether the kubeconfig names it or
/// the environment. Whom the system trusts, and the environment, are a process's, so kubeclient takes one, too.
#[test]
fn a_proxy_with_tls_is_judged_as_kubectl_judges_it() {
    const CHILD: &str = "KUBECLIENT_TESTS_JUDGED_PROXY";
    const NAME: &str = "judged_proxies::a_proxy_with_tls_is_judged_as_kubectl_judges_it";

    if let Some(path) = std::env::var_os(CHILD) {
        let options = KubeconfigOptions::default().path(Path::new(&path));
        let client = RestClient::new(Config::from_kubeconfig(&options).unwrap()).unwrap();
        client.send(&Request::get("/x")).unwrap();
        return;
    }
    let cluster = kubeclient_tests::cluster();
    let folder = tempfile::tempdir().unwrap();
    let (pki, stranger) = (Pki::new().unwrap(), Pki::new().unwrap());
    let answer = |_: &RecordedRequest, _| Reply::text(200, "ok");
    let secure = Stub::start_tls(pki.server_config().unwrap(), answer).unwrap();
    let plain = Stub::start(answer).unwrap();
    let kubectl = |path: &Path| {
        let mut kubectl = Command::new(cluster?.kubectl());
        kubectl.arg("--kubeconfig").arg(path).args(["get", "--raw", "/x"]);
        Some(kubectl)
    };
    let ours = |path: &Path| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", NAME]).env(CHILD, path);
        Some(child)
    };
    for judged in judged(&pki, &stranger, folder.path()) {
        let Judged { what, tls, server, mut cluster, user, system, .. } = judged;
        let to = if server == SERVER { secure.address() } else { plain.address() };
        let proxy = Proxy::builder(Speaks::Http).to(to).tls(tls).start().unwrap();
        let roots = folder.path().join("system");
        std::fs::write(&roots, system).unwrap();
        let mut passed = 0;
        for is_named in [true, false] {
            cluster["server"] = server.into();
            cluster["proxy-url"] = if is_named { proxy.url().into() } else { Value::Null };
            let kubeconfig = json!({
                "apiVersion": "v1", "kind": "Config", "current-context": "x",
                "clusters": [{"name": "c", "cluster": cluster}],
                "users": [{"name": "u", "user": user}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            });
            let path = folder.path().join("kubeconfig");
            std::fs::write(&path, kubeconfig.to_string()).unwrap();
            for (command, expected) in
                [(kubectl(&path), judged.kubectl), (ours(&path), judged.ours)]
            {
                let Some(mut command) = command else { continue };
                for name in ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
                    command.env_remove(name).env_remove(name.to_ascii_lowercase());
                }
                if !is_named {
                    command.env("HTTP_PROXY", proxy.url()).env("HTTPS_PROXY", proxy.url());
                }
                command.env("SSL_CERT_FILE", &roots).env_remove("SSL_CERT_DIR");
                let output = command.stdin(Stdio::null()).output().unwrap();
                assert_eq!(output.status.success(), expected, "{what}, {is_named}: {output:?}");
                passed += usize::from(expected);
            }
        }
        assert_eq!(proxy.asked().len(), passed, "{what}");
    }
}
