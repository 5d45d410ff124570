//! What the service account of a pod says, with what the options say in its place.

use super::{Description, Source};
use crate::config::Config;
use crate::config::choose::{Chosen, named};
use crate::config::env::Env;
use crate::config::in_cluster;
use crate::config::kubeconfig::Cluster;
use crate::config::options::KubeconfigOptions;

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
        let cluster = options.override_cluster(Cluster::default());
        self.cluster(&Chosen::none(String::new()), options);
        let authority = Source::ServiceAccount(file("ca.crt"));
        let is_given = ["certificate-authority", "certificate-authority-data"];
        let is_given = is_given.iter().any(|name| self.setting(name).is_some());
        if is_given || cluster.insecure_skip_tls_verify {
            let reason = "the options say how the server is trusted";
            self.pass_over("certificate-authority", authority, reason);
        } else {
            self.set("certificate-authority", shown("ca.crt"), authority);
        }
        let token = Source::ServiceAccount(file("token"));
        if options.auth_info.has_credential() {
            self.pass_over("tokenFile", token, "the options say how to authenticate");
        } else {
            self.set("tokenFile", shown("token"), token);
        }
        self.user(&Chosen::none(String::new()), &cluster, options);
        match named(&options.namespace) {
            Some(name) => self.set("namespace", name, Source::Options),
            None => {
                let source =
                    in_cluster::namespace(env).map_or(Source::Default, |(_, source)| source);
                self.set("namespace", &config.namespace, source);
            }
        }
        self.request_timeout(options);
    }

    /// The pod's namespace, where the kubeconfig names none.
    pub(in crate::config) fn pod_namespace(&mut self, namespace: &str, source: Source) {
        self.settings.retain(|setting| setting.name != "namespace");
        self.set("namespace", namespace, source);
    }
}
