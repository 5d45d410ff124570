//! What a kubeconfig says, with what the options say in its place.

use std::path::Path;

use super::topics::NONE;
use super::{Description, Source};
use crate::config::choose::{Chosen, choose_context, file_cluster, file_user, named};
use crate::config::exec::Exec;
use crate::config::kubeconfig::{AuthInfo, Cluster};
use crate::config::loader::Loaded;
use crate::config::model::without_userinfo;
use crate::config::options::KubeconfigOptions;

impl Description {
    pub(super) fn kubeconfig(&mut self, loaded: &Loaded, options: &KubeconfigOptions) {
        match (named(&options.context), loaded.kubeconfig.current_context.as_str()) {
            (Some(name), "") => self.set("context", name, Source::Options),
            (Some(name), _) => {
                self.set("context", name, Source::Options);
                let source = current_context(loaded);
                self.pass_over("current-context", source, "the options name another");
            }
            (None, "") => {}
            (None, name) => self.set("context", name, current_context(loaded)),
        }
        let Ok(context) = choose_context(loaded, options) else { return };
        self.shadowed(loaded, &context);
        let Ok(cluster) = file_cluster(loaded, options, &context) else { return };
        self.shadowed(loaded, &cluster);
        let Ok(user) = file_user(loaded, options, &context) else { return };
        self.shadowed(loaded, &user);

        self.cluster(&cluster, options);
        self.user(&user, &options.override_cluster(cluster.entry.clone()), options);
        if !options.override_user(user.entry.clone()).has_credential() {
            self.set(NONE, "none", Source::Default);
        }

        let namespace = context.entry.namespace.as_str();
        match named(&options.namespace) {
            Some(name) => {
                self.set("namespace", name, Source::Options);
                if !namespace.is_empty() {
                    self.pass_over("namespace", field(&context, "namespace"), BEFORE);
                }
            }
            None if namespace.is_empty() => self.set("namespace", "default", Source::Default),
            None => self.set("namespace", namespace, field(&context, "namespace")),
        }
        self.request_timeout(options);
    }

    /// The time that a request may take, one for a list, too.
    pub(super) fn request_timeout(&mut self, options: &KubeconfigOptions) {
        if let Some(time) = options.request_timeout {
            let value = if time.is_zero() { "none".to_owned() } else { format!("{time:?}") };
            self.set("request-timeout", &value, Source::Options);
            self.set("list-timeout", value, Source::Options);
        }
    }

    /// What the entry and the options say of the cluster.
    pub(super) fn cluster(&mut self, cluster: &Chosen<Cluster>, options: &KubeconfigOptions) {
        let merged = options.override_cluster(cluster.entry.clone());
        let is_plain = merged.server_url().is_ok_and(|server| !server.is_tls);
        for (name, show) in CLUSTER {
            let (used, file) = (show(&merged), show(&cluster.entry));
            let is_options = show(&options.cluster_info).is_some();
            let source = if is_options { Source::Options } else { field(cluster, name) };
            if is_options && file.is_some() {
                self.pass_over(name, field(cluster, name), BEFORE);
            }
            match (used, file) {
                (Some(_), _) if is_plain && TLS.contains(name) => {
                    self.pass_over(name, source, NO_TLS);
                }
                (Some(value), _) => self.set(name, value, source),
                (None, Some(_)) => {
                    let reason = match *name {
                        "tls-server-name" => "the options name another server",
                        _ => "the options say how the server is trusted",
                    };
                    self.pass_over(name, field(cluster, name), reason);
                }
                (None, None) => {}
            }
        }
    }

    /// What the entry and the options say of who asks.
    pub(super) fn user(
        &mut self,
        user: &Chosen<AuthInfo>,
        cluster: &Cluster,
        options: &KubeconfigOptions,
    ) {
        let merged = options.override_user(user.entry.clone());
        let is_plain = cluster.server_url().is_ok_and(|server| !server.is_tls);
        let best =
            CREDENTIALS.iter().find(|(_, show)| show(&merged).is_some()).map(|(name, _)| *name);
        for (name, show) in CREDENTIALS.iter().chain(CERTIFICATES).chain(IMPERSONATION) {
            let is_options = show(&options.auth_info).is_some();
            let source = if is_options { Source::Options } else { field(user, name) };
            let is_credential = CREDENTIALS.iter().any(|(credential, _)| credential == name);
            let asks = is_credential || CERTIFICATES.iter().any(|(part, _)| part == name);
            let Some(value) = show(&merged) else {
                if show(&user.entry).is_some() {
                    self.pass_over(name, source, "the options say how to authenticate");
                }
                continue;
            };
            if is_options && show(&user.entry).is_some() {
                self.pass_over(name, field(user, name), BEFORE);
            }
            let has_certificate = merged.has_client_certificate();
            if is_plain && asks {
                self.pass_over(name, source, PLAIN);
            } else if KEYS.contains(name) && !has_certificate && merged.has_way_to_authenticate() {
                self.pass_over(
                    name,
                    source,
                    "there is no client certificate that it is the key of",
                );
            } else if *name == "exec" && best == Some("exec") && has_certificate {
                self.pass_over(name, source, "the client certificate goes before it");
            } else if let Some(best) = best.filter(|best| is_credential && best != name) {
                let reason = match (*name, best) {
                    ("token", "tokenFile") => {
                        "tokenFile goes before it once the file can be read".into()
                    }
                    _ => format!("{best} goes before it"),
                };
                self.pass_over(name, source, reason);
            } else {
                if *name == "exec"
                    && let Some(Ok(exec)) =
                        merged.exec.as_ref().map(|e| Exec::of_kubeconfig(e, cluster))
                {
                    self.exec = Some((exec.bare(), source.clone()));
                }
                self.set(name, value, source);
            }
        }
    }
}

/// Why a credential does not count, and what is said of TLS; why they did not before the program chose another server.
pub(super) const PLAIN: &str = "the server is plain http, and would get it in the clear";
pub(super) const NO_TLS: &str = "the server is plain http";
pub(super) const WAS_PLAIN: &str = "the server was plain http when the configuration was made";

/// Why a field does not count that the options have, too.
const BEFORE: &str = "the options go before it";

/// A field of an entry, and how it is shown where it is set.
type Field<T> = (&'static str, fn(&T) -> Option<String>);

const CLUSTER: &[Field<Cluster>] = &[
    ("server", |cluster| text(&without_userinfo(cluster.server_without_query()))),
    ("tls-server-name", |cluster| text(&cluster.tls_server_name)),
    ("certificate-authority", |cluster| text(&cluster.certificate_authority)),
    ("certificate-authority-data", |cluster| size(&cluster.certificate_authority_data)),
    ("insecure-skip-tls-verify", |cluster| {
        cluster.insecure_skip_tls_verify.then(|| "true: any server is trusted".to_owned())
    }),
    ("proxy-url", |cluster| text(&without_userinfo(&cluster.proxy_url))),
    ("disable-compression", |cluster| cluster.disable_compression.then(|| "true".to_owned())),
];

/// Those of the cluster's fields that say whom to trust; as in client-go, not even a proxy, where the server is http.
const TLS: &[&str] = &[
    "tls-server-name",
    "certificate-authority",
    "certificate-authority-data",
    "insecure-skip-tls-verify",
];

/// The ways to authenticate of which one counts, the first that is set.
const CREDENTIALS: &[Field<AuthInfo>] = &[
    ("tokenFile", |user| text(&user.token_file)),
    ("token", |user| (!user.token.is_empty()).then(|| "a bearer token".to_owned())),
    ("username", |user| {
        let is_set = !user.username.is_empty() || !user.password.is_empty();
        is_set.then(|| format!("{:?} with a password", user.username))
    }),
    ("exec", |user| user.exec.as_ref().map(|exec| format!("the program {:?}", exec.command))),
    ("auth-provider", |user| {
        user.auth_provider.as_ref().map(|provider| format!("{:?}", provider.name))
    }),
];

const CERTIFICATES: &[Field<AuthInfo>] = &[
    ("client-certificate", |user| text(&user.client_certificate)),
    ("client-certificate-data", |user| size(&user.client_certificate_data)),
    ("client-key", |user| text(&user.client_key)),
    ("client-key-data", |user| {
        (!user.client_key_data.is_empty()).then(|| "a private key".to_owned())
    }),
];

/// Those of [`CERTIFICATES`] that are nothing alone.
const KEYS: [&str; 2] = ["client-key", "client-key-data"];

const IMPERSONATION: &[Field<AuthInfo>] = &[
    ("as", |user| text(&user.impersonate)),
    ("as-uid", |user| text(&user.impersonate_uid)),
    ("as-groups", |user| text(&user.impersonate_groups.join(", "))),
    ("as-user-extra", |user| {
        let keys: Vec<_> = user.impersonate_user_extra.keys().map(String::as_str).collect();
        text(&keys.join(", "))
    }),
];

fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn size(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| format!("{} bytes", value.len()))
}

fn field<T>(chosen: &Chosen<T>, field: &'static str) -> Source {
    Source::Kubeconfig { file: chosen.origin.clone(), entry: chosen.what.clone(), field }
}

/// The first file that has a current context.
fn current_context(loaded: &Loaded) -> Source {
    let first = loaded.parts.iter().find(|part| part.has_current_context);
    let file = first.map(|part| part.path.clone());
    Source::Kubeconfig { file, entry: String::new(), field: "current-context" }
}

impl Description {
    /// Tells of the later files that define this entry, too.
    fn shadowed<T>(&mut self, loaded: &Loaded, chosen: &Chosen<T>) {
        let Some(origin) = chosen.origin.as_deref() else { return };
        let is_origin = |path: &Path| std::path::absolute(path).is_ok_and(|path| path == origin);
        for part in loaded.parts.iter().filter(|part| !is_origin(&part.path)) {
            let is_chosen = |what: &str, name: &str| format!("{what} {name:?}") == chosen.what;
            if let Some((what, _)) = part.entries.iter().find(|(what, name)| is_chosen(what, name))
            {
                let (file, entry) = (Some(part.path.clone()), chosen.what.clone());
                let source = Source::Kubeconfig { file, entry, field: "" };
                self.pass_over(what, source, format!("{} defines it first", origin.display()));
            }
        }
    }
}
