//! What the service account of a pod says, with what the options say in its place.

use super::{Description, Source};
use crate::config::Config;
use crate::config::env::Env;
use crate::config::in_cluster;
use crate::config::model::without_userinfo;
use crate::config::options::KubeconfigOptions;
use crate::config::server::ServerUrl;

impl Description {
    /// What the kubeconfig's files do not say, so that the pod is asked.
    pub(in crate::config) fn no_context(&mut self) {
        for file in self.files.clone() {
            let (file, entry) = (Some(file), String::new());
            let source = Source::Kubeconfig { file, entry, field: "" };
            self.pass_over("kubeconfig", source, "it has no current-context, and none is named");
        }
    }

    /// What the service account says, whose configuration this is without the options.
    pub(in crate::config) fn service_account(
        &mut self,
        config: &Config,
        options: &KubeconfigOptions,
        env: &Env,
    ) {
        self.in_cluster = true;
        let folder = env.service_account();
        let file = |name: &str| folder.join(name);
        self.set("server", &config.server, Source::Environment(in_cluster::HOST));
        let shown = |name: &str| file(name).display().to_string();
        let given = &options.cluster_info;
        if given.insecure_skip_tls_verify {
            self.set("insecure-skip-tls-verify", "true: any server is trusted", Source::Options);
        } else if !given.certificate_authority.is_empty() {
            self.set("certificate-authority", &given.certificate_authority, Source::Options);
        } else if !given.certificate_authority_data.is_empty() {
            self.set("certificate-authority-data", "PEM", Source::Options);
        } else {
            self.set(
                "certificate-authority",
                shown("ca.crt"),
                Source::ServiceAccount(file("ca.crt")),
            );
        }
        if !given.proxy_url.is_empty() {
            self.set("proxy-url", without_userinfo(&given.proxy_url), Source::Options);
        } else if let Ok(server) = ServerUrl::parse(&config.server) {
            self.environment_proxy(&server, env);
        }
        let token = Source::ServiceAccount(file("token"));
        if options.auth_info.has_credential() {
            self.pass_over("tokenFile", token, "the options say how to authenticate");
            self.set("credential", "of the options", Source::Options);
        } else {
            self.set("tokenFile", shown("token"), token);
        }
        if !options.auth_info.impersonate.is_empty() {
            self.set("as", &options.auth_info.impersonate, Source::Options);
        }
        let source = match &options.namespace {
            Some(name) if !name.is_empty() => Source::Options,
            _ if env.variable("POD_NAMESPACE").is_some() => Source::Environment("POD_NAMESPACE"),
            _ if file("namespace").is_file() => Source::ServiceAccount(file("namespace")),
            _ => Source::Default,
        };
        let namespace = match source {
            Source::Options => options.namespace.clone().unwrap_or_default(),
            _ => config.namespace.clone(),
        };
        self.set("namespace", namespace, source);
        self.request_timeout(options);
    }
}
