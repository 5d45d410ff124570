//! Makes a [`Config`] of a kubeconfig's chosen entries; what they mean alone is said in `cluster` and
//! `user`. It only decides: it reads no file and logs nothing.

use super::Config;
use super::choose::{choose_cluster, choose_context, choose_user, named};
use super::cluster::{check_cluster, cluster_proxy, cluster_tls};
use super::kubeconfig::{AuthInfo, Cluster};
use super::loader::Loaded;
use super::options::KubeconfigOptions;
use super::user::{check_user, impersonate, set_credential};
use crate::error::Result;

/// A configuration, and what its user should know.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) config: Config,
    pub(super) warnings: Vec<String>,
}

/// The configuration that this kubeconfig and these options mean.
pub(super) fn resolve(loaded: &Loaded, options: &KubeconfigOptions) -> Result<Resolved> {
    let context = choose_context(loaded, options)?;
    let cluster = choose_cluster(loaded, options, &context)?;
    let user = choose_user(loaded, options, &context)?;

    check_cluster(&cluster.entry).map_err(|error| error.at(&cluster.place))?;
    check_user(&user.entry).map_err(|error| error.at(&user.place))?;

    let server = cluster.entry.server_url().map_err(|error| error.at(&cluster.place))?;

    let mut config = Config::new(server.url);
    let tls = cluster_tls(&cluster.entry).map_err(|error| error.at(&cluster.place))?;
    if server.is_tls {
        config.tls = tls;
    }
    config.proxy = cluster_proxy(&cluster.entry).map_err(|error| error.at(&cluster.place))?;
    config.compression = !cluster.entry.disable_compression;
    config.impersonate = impersonate(&user.entry).map_err(|error| error.at(&user.place))?;
    let mut warnings = Vec::new();
    if cluster.entry.server_without_query() != cluster.entry.server {
        let place = &cluster.place;
        warnings.push(format!("{place}: server: what follows its `?` or `#` is not sent"));
    }
    if server.is_tls {
        let origin = user.origin.clone().map(|file| (file, user.name.clone()));
        set_credential(&mut config, &user.entry, &cluster.entry, origin)
            .map_err(|error| error.at(&user.place))?;
    } else if user.entry.has_credential() {
        warnings.push(format!(
            "{}: server: plain http, so the credential of {} is not sent",
            cluster.place, user.place
        ));
    }

    let namespace = named(&options.namespace).unwrap_or(&context.entry.namespace);
    if !namespace.is_empty() {
        config.namespace = namespace.to_owned();
    }
    set_request_timeout(&mut config, options);
    config.check().map_err(|error| error.at(&context.place))?;
    Ok(Resolved { config, warnings })
}

/// The options' time for a request, if any.
fn set_request_timeout(config: &mut Config, options: &KubeconfigOptions) {
    if let Some(time) = options.request_timeout {
        let time = Some(time).filter(|time| !time.is_zero());
        config.timeouts.request = time;
        config.timeouts.list = time;
    }
}

/// Applies the options to a configuration that comes from no kubeconfig.
pub(super) fn override_config(config: &mut Config, options: &KubeconfigOptions) -> Result<()> {
    let cluster = options.override_cluster(Cluster::default());
    let user = options.override_user(AuthInfo::default());
    check_cluster(&cluster)?;
    check_user(&user)?;

    let tls = cluster_tls(&cluster)?;
    if tls.insecure_skip_tls_verify || tls.certificate_authority.is_some() {
        config.tls.insecure_skip_tls_verify = tls.insecure_skip_tls_verify;
        config.tls.certificate_authority = tls.certificate_authority;
    }
    config.tls.server_name = tls.server_name;
    config.proxy = cluster_proxy(&cluster)?;
    config.compression = !cluster.disable_compression;
    if user.has_credential() {
        set_credential(config, &user, &cluster, None)?;
    }
    config.impersonate = impersonate(&user)?;
    if let Some(namespace) = named(&options.namespace) {
        config.namespace = namespace.to_owned();
    }
    set_request_timeout(config, options);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::kubeconfig::Kubeconfig;
    use crate::config::sample::{self, CERTIFICATE, KEY};
    use crate::config::{Auth, Exec, ExecPolicy, Impersonate, Pem, Proxy, SecretPem, Tls};

    /// The kubeconfig of one context with this cluster and user.
    fn kubeconfig(cluster: &str, user: &str) -> Loaded {
        let kubeconfig = Kubeconfig::from_yaml(&sample::one(cluster, user, "")).unwrap();
        Loaded { kubeconfig, ..Loaded::default() }
    }

    fn resolved(cluster: &str, user: &str) -> Result<Resolved> {
        resolve(&kubeconfig(cluster, user), &KubeconfigOptions::default())
    }

    #[track_caller]
    fn config(cluster: &str, user: &str) -> Config {
        resolved(cluster, user).unwrap().config
    }

    const HTTPS: &str = "server: 'https://h'";

    /// Fidelity 19.
    #[test]
    fn a_token_file_goes_before_the_token() {
        let Auth::TokenFile { path, fallback } = config(HTTPS, "token: t, tokenFile: /t").auth
        else {
            panic!("no token file");
        };
        assert_eq!(path.to_str(), Some("/t"));
        assert_eq!(fallback.unwrap().expose(), "t");
    }

    #[test]
    fn each_way_to_authenticate_is_taken() {
        let of = |user| config(HTTPS, user).auth;
        assert!(matches!(of(""), Auth::None));
        assert!(matches!(of("token: ' t '"), Auth::Token(token) if token.expose() == "t"));
        assert!(matches!(of("tokenFile: /t"), Auth::TokenFile { fallback: None, .. }));
        let Auth::Basic { username, password } = of("username: u, password: 0123") else {
            panic!("no password");
        };
        assert_eq!((username.as_str(), password.expose()), ("u", "0123"));
    }

    const EXEC: &str = "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never,
        command: ./p, args: [a], env: [{name: N, value: v}], installHint: h, provideClusterInfo: true}";

    /// Fidelity 29, 36.
    #[test]
    fn every_part_of_a_credential_program_is_taken() {
        let cluster = format!(
            "{HTTPS}, extensions: [{{name: client.authentication.k8s.io/exec, extension: {{k: 1}}}}]"
        );
        let mut loaded = kubeconfig(&cluster, EXEC);
        loaded.kubeconfig.users[0].location_of_origin = Some("/x/config".into());
        let config = resolve(&loaded, &KubeconfigOptions::default()).unwrap().config;
        let Auth::Exec(exec) = config.auth else { panic!("no program") };
        let mut expected = Exec::new("/x/./p");
        expected.args = vec!["a".into()];
        expected.env = vec![("N".into(), "v".into())];
        expected.install_hint = "h".into();
        expected.provide_cluster_info = true;
        expected.cluster_config = serde_json::json!({"k": 1});
        assert_eq!(exec, expected);
        assert_eq!(config.exec_policy, ExecPolicy::AllowAll);
    }

    /// As in client-go's `UpdateTransportConfig`, no program is run where there is a credential already.
    #[test]
    fn any_other_credential_goes_before_a_credential_program() {
        let of = |user: &str| config(HTTPS, &format!("{user}, {EXEC}")).auth;
        assert!(matches!(of("token: t"), Auth::Token(_)));
        assert!(matches!(of("tokenFile: /t"), Auth::TokenFile { .. }));
        assert!(matches!(of("username: u, password: p"), Auth::Basic { .. }));
        let certificate = "client-certificate: /c, client-key: /k";
        assert!(matches!(of(certificate), Auth::None));
        assert!(matches!(of("client-key: /k"), Auth::Exec(_)), "a key is no credential");
        // The options' counts as the file's does.
        let mut options = KubeconfigOptions::default();
        options.auth_info.client_certificate = "/c".into();
        options.auth_info.client_key = "/k".into();
        let config = resolve(&kubeconfig(HTTPS, EXEC), &options).unwrap().config;
        assert!(matches!(config.auth, Auth::None));
        assert_eq!(config.tls.client_certificate, Some(Pem::File("/c".into())));
        // An issuer is asked beside a certificate, and both go to the server.
        let oidc =
            "auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: k}}";
        let beside = resolved(HTTPS, &format!("{certificate}, {oidc}")).unwrap().config;
        assert!(matches!(beside.auth, Auth::Oidc(_)) && beside.tls.client_key.is_some());
    }

    #[test]
    fn a_key_without_its_certificate_means_nothing_beside_a_credential() {
        for key in ["client-key-data: KEY", "client-key: /k, client-key-data: junk-"] {
            for credential in ["token: t", "tokenFile: /t", "username: u", EXEC] {
                let config = config(HTTPS, &format!("{credential}, {key}"));
                assert_eq!((config.tls.client_certificate, config.tls.client_key), (None, None));
            }
        }
    }

    #[test]
    fn certificates_are_decoded_or_named() {
        let tls = config(
            &format!("{HTTPS}, certificate-authority-data: CERTIFICATE"),
            "client-certificate-data: CERTIFICATE, client-key-data: KEY",
        )
        .tls;
        assert_eq!(tls.certificate_authority, Some(Pem::Data(CERTIFICATE.into())));
        assert_eq!(tls.client_certificate, Some(Pem::Data(CERTIFICATE.into())));
        assert_eq!(tls.client_key, Some(SecretPem::Data(KEY.into())));
        let tls = config(
            &format!("{HTTPS}, certificate-authority: /ca"),
            "client-certificate: /c, client-key: /k",
        )
        .tls;
        assert_eq!(tls.certificate_authority, Some(Pem::File("/ca".into())));
        assert_eq!(tls.client_certificate, Some(Pem::File("/c".into())));
        assert_eq!(tls.client_key, Some(SecretPem::File("/k".into())));
    }

    /// Fidelity 20.
    #[test]
    fn every_part_of_an_impersonation_is_taken() {
        let user = "as: jane, as-uid: '7', as-groups: [g, h], as-user-extra: {a/b: [x, y]}";
        assert_eq!(
            config(HTTPS, user).impersonate,
            Some(Impersonate {
                user: "jane".into(),
                uid: Some("7".into()),
                groups: vec!["g".into(), "h".into()],
                extra: [("a/b".to_owned(), vec!["x".to_owned(), "y".to_owned()])].into(),
            })
        );
    }

    /// Fidelity 22.
    #[test]
    fn the_tls_server_name_leaves_the_server_as_it_is() {
        let config = config(&format!("{HTTPS}, tls-server-name: other"), "");
        assert_eq!(config.tls.server_name.as_deref(), Some("other"));
        assert_eq!(config.server, "https://h");
    }

    /// As in client-go: not even a proxy with TLS is judged by it. What can't be is refused all the same.
    #[test]
    fn nothing_of_tls_is_taken_where_the_server_is_http() {
        let of = |fields: &str| resolved(&format!("server: 'http://h', {fields}"), "");
        let insecure = "insecure-skip-tls-verify: true, tls-server-name: other";
        for fields in [insecure, "certificate-authority: /ca"] {
            assert_eq!(of(fields).unwrap().config.tls, Tls::default(), "{fields}");
        }
        assert!(of("certificate-authority-data: '!'").is_err());
    }

    /// Fidelity 25.
    #[test]
    fn compression_can_be_switched_off() {
        assert!(config(HTTPS, "").compression);
        assert!(!config(&format!("{HTTPS}, disable-compression: true"), "").compression);
    }

    #[test]
    fn a_server_without_a_scheme_is_https_only_where_tls_is_set_up() {
        for (cluster, server) in [
            ("server: 'h:1'", "http://h:1"),
            ("server: h, insecure-skip-tls-verify: true", "https://h"),
            ("server: h, certificate-authority: /ca", "https://h"),
            ("server: h, certificate-authority-data: CERTIFICATE", "https://h"),
            ("server: h, tls-server-name: x", "http://h"),
            ("server: 'HTTPS://h/p/'", "https://h/p"),
            ("server: 'https://h/p?CANARY#x'", "https://h/p"),
            ("server: 'h:#x'", "http://h"),
        ] {
            assert_eq!(config(cluster, "").server, server, "{cluster}");
        }
    }

    /// Fidelity 31.
    #[test]
    fn no_credential_goes_over_http_and_one_warning_says_so() {
        for server in ["http://h", "http://127.0.0.1:8001", "http://localhost"] {
            for credential in [
                "token: CANARY",
                "tokenFile: /t",
                "username: u, password: CANARY",
                "client-certificate-data: CERTIFICATE, client-key-data: KEY",
                "exec: {command: x}",
                "auth-provider: {name: oidc}",
            ] {
                let cluster = format!("server: '{server}'");
                let user = format!("{credential}, as: jane");
                let Resolved { config, warnings } = resolved(&cluster, &user).unwrap();
                assert!(matches!(config.auth, Auth::None), "{credential}");
                assert_eq!(config.tls.client_certificate, None);
                assert_eq!(config.tls.client_key, None);
                assert_eq!(config.impersonate.unwrap().user, "jane", "it is no credential");
                assert_eq!(
                    warnings,
                    [
                        r#"kubeconfig: cluster "c": server: plain http, so the credential of kubeconfig: user "u" is not sent"#
                    ]
                );
            }
        }
        assert!(resolved("server: 'http://h'", "").unwrap().warnings.is_empty());
        assert!(resolved(HTTPS, "token: t").unwrap().warnings.is_empty());
    }

    #[test]
    fn a_query_is_not_sent_and_one_warning_says_so() {
        let Resolved { config, warnings } = resolved("server: 'https://h?CANARY'", "").unwrap();
        assert_eq!(config.server, "https://h");
        let expected =
            r#"kubeconfig: cluster "c": server: what follows its `?` or `#` is not sent"#;
        assert_eq!(warnings, [expected]);
    }

    #[test]
    fn the_name_of_a_server_is_a_dns_name_or_an_address() {
        let name = |name: &str| resolved(&format!("{HTTPS}, tls-server-name: '{name}'"), "");
        for (given, taken) in [
            ("h.example", "h.example"),
            ("h.example.", "h.example."),
            ("10.0.0.1", "10.0.0.1"),
            ("fd00::1", "fd00::1"),
            ("[fd00::1]", "fd00::1"),
        ] {
            assert_eq!(name(given).unwrap().config.tls.server_name.as_deref(), Some(taken));
        }
        for wrong in ["*.x", "a..b", ".x", ".", "127.0.0.1:1", "[x]", "[10.0.0.1]", "a b", "é"] {
            let error = name(wrong).unwrap_err().to_string();
            let expected = "cluster \"c\": tls-server-name: expected a DNS name or an IP address";
            assert!(error.ends_with(expected), "{wrong}: {error}");
        }
    }

    #[test]
    fn insecure_is_taken_as_it_is_said() {
        let insecure = resolved(&format!("{HTTPS}, insecure-skip-tls-verify: yes"), "").unwrap();
        assert!(insecure.config.tls.insecure_skip_tls_verify);
        assert!(insecure.warnings.is_empty(), "the client warns of it, wherever it was said");
    }

    /// Fidelity 21, 23, 30.
    #[test]
    fn what_contradicts_itself_is_refused() {
        let cluster = |fields: &str, expected: &str| {
            let error = resolved(&format!("{HTTPS}, {fields}"), "").unwrap_err();
            let expected = format!("kubeconfig: cluster \"c\": {expected}");
            assert!(error.to_string().starts_with(&expected), "{expected}: {error}");
        };
        cluster(
            "certificate-authority: /ca, certificate-authority-data: CERTIFICATE",
            "certificate-authority and certificate-authority-data: expected one of them, not both",
        );
        cluster(
            "certificate-authority: /ca, insecure-skip-tls-verify: true",
            "certificate-authority and insecure-skip-tls-verify: ",
        );
        cluster(
            "certificate-authority-data: CERTIFICATE, insecure-skip-tls-verify: true",
            "certificate-authority-data and insecure-skip-tls-verify: ",
        );
        let user = |fields: &str, expected: &str| {
            let error = resolved(HTTPS, fields).unwrap_err();
            let expected = format!("kubeconfig: user \"u\": {expected}");
            assert!(error.to_string().starts_with(&expected), "{expected}: {error}");
            assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
        };
        user(
            "client-certificate: /c, client-certificate-data: CERTIFICATE, client-key: /k",
            "client-certificate and client-certificate-data: ",
        );
        user(
            "client-certificate: /c, client-key-data: KEY, client-key: /k",
            "client-key and client-key-data: ",
        );
        user("client-certificate: /c", "client-key or client-key-data: expected the key");
        user("client-key-data: KEY", "client-certificate or client-certificate-data: expected the");
        user("token: CANARY, username: u", "token and username: ");
        user("token: CANARY, password: CANARY", "token and password: ");
        user("tokenFile: /t, username: u", "tokenFile and username: ");
        user("exec: {command: x}, auth-provider: {name: y}", "exec and auth-provider: ");
        user("exec: {command: CANARY, apiVersion: v1alpha1}", "exec: apiVersion: expected client.");
        user("as-uid: '1'", "as-uid: expected the user in `as`");
        user("as-groups: [g]", "as-groups: expected the user in `as`");
        user("as-user-extra: {k: [v]}", "as-user-extra: expected the user in `as`");
    }

    /// Fidelity 24.
    #[test]
    fn the_proxy_is_the_clusters_or_else_the_environments() {
        let proxy = |fields: &str| config(&format!("{HTTPS}, {fields}"), "").proxy;
        assert_eq!(proxy(""), Proxy::Environment);
        assert_eq!(proxy("proxy-url: ''"), Proxy::Environment);
        for url in ["http://p:1", "https://u:w@p", "socks5://p", "socks5h://p"] {
            assert_eq!(proxy(&format!("proxy-url: '{url}'")), Proxy::Url(url.into()));
        }
        for (url, expected) in [
            ("ftp://CANARY", "cluster \"c\": proxy-url: expected the scheme http, https, socks5"),
            ("p:3128", "cluster \"c\": proxy-url: expected a URL such as"),
            ("http://u:CANARY@", "cluster \"c\": proxy-url: expected a URL with a host"),
        ] {
            let error = resolved(&format!("{HTTPS}, proxy-url: '{url}'"), "").unwrap_err();
            assert!(error.to_string().contains(expected), "{expected}: {error}");
            assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
        }
    }

    #[test]
    fn an_authentication_provider_is_oidc_or_told_what_to_use_instead() {
        let of = |provider: &str| {
            resolved(
                HTTPS,
                &format!("auth-provider: {{name: {provider}, config: {{id-token: CANARY}}}}"),
            )
        };
        for (provider, expected) in [
            (
                "gcp",
                "gcp is gone from Kubernetes clients since 1.26: install gke-gcloud-auth-plugin",
            ),
            ("azure", "azure is gone from Kubernetes clients since 1.26: install kubelogin"),
            ("CANARY", "name: expected oidc"),
            ("oidc", "client-id: expected the client"),
        ] {
            let error = of(provider).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(told.contains(&format!("user \"u\": auth-provider: {expected}")), "{told}");
            assert!(!told.contains("CANARY"), "{told}");
        }
        let user =
            "auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: k}}";
        assert!(matches!(config(HTTPS, user).auth, Auth::Oidc(oidc) if oidc.client_id == "k"));
        let with_token = config(HTTPS, &format!("token: t, {user}"));
        assert!(matches!(with_token.auth, Auth::Token(_)), "as in client-go");
    }

    #[test]
    fn the_namespace_is_the_options_then_the_contexts_then_default() {
        let mut loaded = kubeconfig(HTTPS, "");
        let namespace = |loaded: &Loaded, options: &KubeconfigOptions| {
            resolve(loaded, options).unwrap().config.namespace
        };
        assert_eq!(namespace(&loaded, &KubeconfigOptions::default()), "default");
        loaded.kubeconfig.contexts[0].context.namespace = "context".into();
        assert_eq!(namespace(&loaded, &KubeconfigOptions::default()), "context");
        assert_eq!(namespace(&loaded, &KubeconfigOptions::default().namespace("flag")), "flag");
        assert_eq!(namespace(&loaded, &KubeconfigOptions::default().namespace("")), "context");
    }

    #[test]
    fn the_options_change_what_the_file_says() {
        let loaded = kubeconfig(
            &format!("{HTTPS}, tls-server-name: x, certificate-authority: /ca"),
            "exec: {command: x}",
        );
        let options = KubeconfigOptions::default()
            .server("https://other")
            .insecure_skip_tls_verify()
            .token("flag")
            .impersonate("jane")
            .request_timeout(std::time::Duration::from_secs(7));
        let config = resolve(&loaded, &options).unwrap().config;
        assert_eq!(config.server, "https://other");
        assert_eq!(config.tls.server_name, None);
        assert!(config.tls.insecure_skip_tls_verify && config.tls.certificate_authority.is_none());
        assert!(matches!(config.auth, Auth::Token(token) if token.expose() == "flag"));
        assert_eq!(config.impersonate.unwrap().user, "jane");
        assert_eq!(config.timeouts.request, Some(std::time::Duration::from_secs(7)));
        let endless = KubeconfigOptions::default().token("t").request_timeout(Default::default());
        let timeouts = resolve(&loaded, &endless).unwrap().config.timeouts;
        assert_eq!((timeouts.request, timeouts.list), (None, None));
    }
}
