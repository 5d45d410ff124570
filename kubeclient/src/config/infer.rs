//! Where a [`Config`] comes from: the kubeconfig, the pod, or whichever of them is there.

use std::fmt;

use super::check::check_namespace;
use super::choose::{choose_context, is_usable, named};
use super::description::{Description, Source};
use super::env::Env;
use super::loader::{self, Loaded};
use super::options::KubeconfigOptions;
use super::resolve::{Resolved, override_config, resolve};
use super::{Config, in_cluster, parse};
use crate::error::{Error, Result};

impl Config {
    /// Finds the configuration as kubectl does: the kubeconfig (`$KUBECONFIG`, else `~/.kube/config`)
    /// when it has a current context, else the pod's service account.
    ///
    /// In a pod, the namespace is the pod's (`$POD_NAMESPACE`, else the service account's) where the kubeconfig's
    /// context names none.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config). When there is neither,
    /// [`Error::is_no_configuration`] holds and the message tells what was looked at; a kubeconfig that
    /// is there and wrong is never passed over.
    pub fn infer() -> Result<Self> {
        Self::infer_with(&KubeconfigOptions::default())
    }

    /// [`infer`](Self::infer) for a program with kubectl's flags.
    ///
    /// Options that name a file, a context, a cluster, a user or a server must be met by the kubeconfig; the
    /// others apply to the service account, too.
    ///
    /// # Errors
    /// As [`infer`](Self::infer).
    pub fn infer_with(options: &KubeconfigOptions) -> Result<Self> {
        infer(options, &Env::of_process())
    }

    /// The configuration of the kubeconfig, with these options.
    ///
    /// A credential is not taken from it when its server is plain http; a warning is logged then.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) naming the file, the entry and the field.
    pub fn from_kubeconfig(options: &KubeconfigOptions) -> Result<Self> {
        let env = Env::of_process();
        from_loaded(&loader::load(options, &env)?, options)
    }

    /// The configuration of the text of a kubeconfig. It is trusted as a file would be: it may name
    /// programs and other files, and relative ones stand relative to the working directory. One that is not
    /// trusted is read by [`Config::from_untrusted`].
    ///
    /// ```
    /// use kubeclient::config::Config;
    ///
    /// let config = Config::from_kubeconfig_str(
    ///     "current-context: test
    /// contexts: [{name: test, context: {cluster: here, user: me, namespace: web}}]
    /// clusters: [{name: here, cluster: {server: 'https://10.0.0.1:6443'}}]
    /// users: [{name: me, user: {token: s3cret}}]",
    /// )?;
    /// assert_eq!(config.server, "https://10.0.0.1:6443");
    /// assert_eq!(config.namespace, "web");
    /// assert!(!format!("{config:?}").contains("s3cret"));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) naming the line or the entry, and the field.
    pub fn from_kubeconfig_str(text: &str) -> Result<Self> {
        let kubeconfig =
            parse::from_text(text, &parse::OWN).map_err(|error| error.at("kubeconfig"))?;
        from_loaded(&Loaded::of_text(kubeconfig), &KubeconfigOptions::default())
    }

    /// The configuration of the service account of the pod that the program runs in.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when it runs in none, or when the token or the
    /// certificate authorities can't be used.
    pub fn in_cluster() -> Result<Self> {
        let env = Env::of_process();
        let description = Description::default();
        of_pod(description, &KubeconfigOptions::default(), &env)
    }
}

/// Infers in this environment.
pub(super) fn infer(options: &KubeconfigOptions, env: &Env) -> Result<Config> {
    let loaded = loader::load(options, env)?;
    if is_usable(&loaded.kubeconfig, options) {
        let mut config = resolve_and_warn(&loaded, options)?;
        let mut description = Description::of_kubeconfig(&loaded, options);
        if let Some((namespace, source)) = pod_namespace(&loaded, options, env) {
            check_namespace(&namespace).map_err(|error| error.at(&source))?;
            description.pod_namespace(&namespace, source);
            config.namespace = namespace;
        }
        return Ok(config.described(description));
    }
    if let Err(missing) = in_cluster::is_possible(env) {
        return Err(Error::config("no configuration")
            .because(NoConfiguration { kubeconfig: what_was_found(&loaded), missing }));
    }
    log::debug!("no kubeconfig: using the pod's service account");
    let mut description = Description::of_files(&loaded);
    description.no_context();
    of_pod(description, options, env)
}

/// The namespace of the pod, where neither the options nor the kubeconfig's context name one; as client-go's deferred
/// loading has it.
pub(super) fn pod_namespace(
    loaded: &Loaded,
    options: &KubeconfigOptions,
    env: &Env,
) -> Option<(String, Source)> {
    let is_named = named(&options.namespace).is_some()
        || choose_context(loaded, options).is_ok_and(|it| !it.entry.namespace.is_empty());
    if is_named || in_cluster::is_possible(env).is_err() {
        return None;
    }
    in_cluster::namespace(env)
}

/// The configuration of the service account with these options.
fn of_pod(mut description: Description, options: &KubeconfigOptions, env: &Env) -> Result<Config> {
    let config = in_cluster::in_cluster(env)?;
    description.service_account(&config, options, env);
    Ok(apply(options, config)?.described(description))
}

/// The configuration, and what it was made from.
pub(super) fn from_loaded(loaded: &Loaded, options: &KubeconfigOptions) -> Result<Config> {
    let config = resolve_and_warn(loaded, options)?;
    Ok(config.described(Description::of_kubeconfig(loaded, options)))
}

/// Makes the configuration and says what its user should know.
pub(super) fn resolve_and_warn(loaded: &Loaded, options: &KubeconfigOptions) -> Result<Config> {
    let Resolved { config, warnings } = resolve(loaded, options)?;
    for warning in warnings {
        log::warn!("{warning}");
    }
    Ok(config)
}

/// The options that make sense for a service account.
fn apply(options: &KubeconfigOptions, mut config: Config) -> Result<Config> {
    override_config(&mut config, options)?;
    config.check().map_err(|error| error.at("service account"))?;
    Ok(config)
}

fn what_was_found(loaded: &Loaded) -> String {
    let missing: Vec<_> = loaded.missing.iter().map(|path| path.display().to_string()).collect();
    match (&loaded.found[..], &missing[..]) {
        ([], []) => {
            "there is no kubeconfig: KUBECONFIG names no file and there is no home folder".into()
        }
        ([], missing) => format!("there is no kubeconfig {}", missing.join(", ")),
        _ => format!("{loaded} has no current-context"),
    }
}

/// Neither a kubeconfig nor a service account is there.
#[derive(Debug)]
struct NoConfiguration {
    kubeconfig: String,
    missing: String,
}

impl fmt::Display for NoConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; not in a pod: {}", self.kubeconfig, self.missing)
    }
}

impl std::error::Error for NoConfiguration {}

impl Error {
    /// Whether [`Config::infer`] found no configuration at all, rather than a wrong one.
    pub fn is_no_configuration(&self) -> bool {
        std::error::Error::source(self).is_some_and(|source| source.is::<NoConfiguration>())
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::config::{Auth, Pem};

    const KUBECONFIG: &str = "{current-context: x, contexts: [{name: x, context: {cluster: c}}],
        clusters: [{name: c, cluster: {server: 'https://file'}}]}";

    /// A folder with a kubeconfig's text at `config` and a service account, and the environment of a pod.
    fn pod(kubeconfig: &str) -> (TempDir, Env) {
        let folder = TempDir::new().unwrap();
        for (name, text) in [
            ("config", kubeconfig),
            ("token", "t"),
            ("ca.crt", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let env = Env::empty()
            .with("KUBECONFIG", folder.path().join("config"))
            .with("KUBERNETES_SERVICE_HOST", "10.0.0.1")
            .with("KUBERNETES_SERVICE_PORT", "443")
            .with_service_account(folder.path());
        (folder, env)
    }

    fn server(options: &KubeconfigOptions, env: &Env) -> String {
        infer(options, env).unwrap().server
    }

    /// Fidelity 32.
    #[test]
    fn the_kubeconfig_goes_before_the_service_account() {
        let options = KubeconfigOptions::default();
        let (_folder, env) = pod(KUBECONFIG);
        assert_eq!(server(&options, &env), "https://file");
        for unusable in
            ["", "kind: Config", "clusters: [{name: c, cluster: {server: 'https://file'}}]"]
        {
            let (_folder, env) = pod(unusable);
            assert_eq!(server(&options, &env), "https://10.0.0.1:443", "{unusable}");
        }
        let (folder, env) = pod(KUBECONFIG);
        std::fs::remove_file(folder.path().join("config")).unwrap();
        assert_eq!(server(&options, &env), "https://10.0.0.1:443");
    }

    /// As client-go's `DeferredLoadingClientConfig.Namespace`.
    #[test]
    fn in_a_pod_its_namespace_counts_where_the_kubeconfig_names_none() {
        let (folder, env) = pod(KUBECONFIG);
        let options = KubeconfigOptions::default();
        let told = |options: &KubeconfigOptions, env: &Env| {
            let config = infer(options, env).unwrap();
            let described = config.describe_in(env);
            let setting = described.setting("namespace").unwrap().clone();
            assert_eq!(setting.value, config.namespace);
            let found = crate::config::description::describe(options, env).unwrap();
            assert_eq!(found.to_string(), described.to_string());
            assert_eq!(config.server, "https://file");
            (config.namespace, setting.source)
        };
        assert_eq!(told(&options, &env), ("default".into(), Source::Default));
        let file = folder.path().join("namespace");
        std::fs::write(&file, "pods\n").unwrap();
        assert_eq!(told(&options, &env), ("pods".into(), Source::ServiceAccount(file)));
        let variable = env.clone().with("POD_NAMESPACE", "told");
        let source = Source::Environment("POD_NAMESPACE");
        assert_eq!(told(&options, &variable), ("told".into(), source.clone()));
        let named = KubeconfigOptions::default().path(folder.path().join("config"));
        assert_eq!(told(&named, &variable), ("told".into(), source));
        let flag = KubeconfigOptions::default().namespace("flag");
        assert_eq!(told(&flag, &variable), ("flag".into(), Source::Options));

        let wrong = env.clone().with("POD_NAMESPACE", "../x");
        let error = infer(&options, &wrong).unwrap_err().to_string();
        assert!(error.starts_with("the variable POD_NAMESPACE: namespace: expected"), "{error}");
        let found = crate::config::description::describe(&options, &wrong).unwrap();
        assert!(found.problem.unwrap().starts_with("the variable POD_NAMESPACE: "));

        // Not where it is not sure to be a pod, and not where a context says something.
        std::fs::remove_file(folder.path().join("token")).unwrap();
        assert_eq!(told(&options, &variable), ("default".into(), Source::Default));
        for namespace in ["default", "web"] {
            let (_folder, env) = pod(&KUBECONFIG
                .replace("{cluster: c}", &format!("{{cluster: c, namespace: {namespace}}}")));
            let (name, source) = told(&options, &env.with("POD_NAMESPACE", "told"));
            assert_eq!(name, namespace);
            assert!(matches!(source, Source::Kubeconfig { .. }));
        }
        // A kubeconfig alone is asked for nothing else.
        let loaded = loader::load(&options, &env).unwrap();
        assert_eq!(from_loaded(&loaded, &options).unwrap().namespace, "default");
    }

    /// Fidelity 32.
    #[test]
    fn with_neither_the_error_tells_what_was_looked_at() {
        let options = KubeconfigOptions::default();
        let error = infer(&options, &Env::empty()).unwrap_err();
        assert!(error.is_no_configuration());
        assert_eq!(error.kind(), crate::ErrorKind::Config);
        assert_eq!(
            format!("{error:?}"),
            "no configuration: there is no kubeconfig: KUBECONFIG names no file and there is no home \
             folder; not in a pod: KUBERNETES_SERVICE_HOST is not set"
        );

        let env = Env::empty().with_home("/nonexistent/home").with("KUBERNETES_SERVICE_HOST", "h");
        let error = infer(&options, &env).unwrap_err();
        assert_eq!(
            format!("{error:?}"),
            "no configuration: there is no kubeconfig /nonexistent/home/.kube/config; not in a pod: \
             KUBERNETES_SERVICE_PORT is not set"
        );

        let (folder, env) = pod("kind: Config");
        std::fs::remove_file(folder.path().join("token")).unwrap();
        let error = infer(&options, &env).unwrap_err();
        assert!(error.is_no_configuration());
        let error = format!("{error:?}");
        assert!(error.contains("/config has no current-context; not in a pod: there is no file "));
    }

    /// Fidelity 32.
    #[test]
    fn a_wrong_configuration_is_never_passed_over() {
        let options = KubeconfigOptions::default;
        for (kubeconfig, options) in [
            ("clusters: 1", options()),
            ("current-context: gone", options()),
            ("", options().context("gone")),
            ("", options().cluster("gone")),
            ("", options().user("gone")),
            ("", options().path("/nonexistent/config")),
        ] {
            let (_folder, env) = pod(kubeconfig);
            let error = infer(&options, &env).unwrap_err();
            assert!(!error.is_no_configuration(), "{kubeconfig}: {error}");
        }
        let (folder, env) = pod("");
        std::fs::write(folder.path().join("ca.crt"), "junk").unwrap();
        assert!(!infer(&options(), &env).unwrap_err().is_no_configuration());
    }

    /// An entry is one file's as a whole: no other one adds to it or takes from it.
    #[test]
    fn whom_to_trust_is_not_put_together_of_two_files() {
        let context = "current-context: x, contexts: [{name: x, context: {cluster: c}}], ";
        let of = |fields: &str| {
            format!("clusters: [{{name: c, cluster: {{server: 'https://h', {fields}}}}}]")
        };
        let (given, anyone) =
            (of("certificate-authority: /ca"), of("insecure-skip-tls-verify: true"));
        for (first, second, is_insecure) in [(&given, &anyone, false), (&anyone, &given, true)] {
            let folder = TempDir::new().unwrap();
            let paths = [("0", format!("{{{first}}}")), ("1", format!("{{{context}{second}}}"))];
            let paths = paths.map(|(name, text)| {
                let path = folder.path().join(name);
                std::fs::write(&path, text).unwrap();
                path
            });
            let env = Env::empty().with("KUBECONFIG", std::env::join_paths(paths).unwrap());
            let tls = infer(&KubeconfigOptions::default(), &env).unwrap().tls;
            let authority = (!is_insecure).then(|| Pem::File("/ca".into()));
            assert_eq!(
                (tls.insecure_skip_tls_verify, tls.certificate_authority),
                (is_insecure, authority)
            );
        }
    }

    #[test]
    fn the_options_apply_to_a_service_account_too() {
        let (_folder, env) = pod("");
        let options =
            KubeconfigOptions::default().namespace("flag").impersonate("jane").token("mine");
        let config = infer(&options, &env).unwrap();
        assert_eq!(config.namespace, "flag");
        assert_eq!(config.impersonate.unwrap().user, "jane");
        assert!(matches!(config.auth, Auth::Token(token) if token.expose() == "mine"));
        assert!(matches!(config.tls.certificate_authority, Some(Pem::File(_))));

        let insecure = KubeconfigOptions::default().insecure_skip_tls_verify();
        let config = infer(&insecure, &env).unwrap();
        assert!(config.tls.insecure_skip_tls_verify && config.tls.certificate_authority.is_none());
        assert!(matches!(config.auth, Auth::TokenFile { .. }), "the service account's stays");

        let mut wrong = KubeconfigOptions::default();
        wrong.auth_info.impersonate_groups = vec!["g".into()];
        assert!(infer(&wrong, &env).unwrap_err().to_string().contains("as-groups"));
    }
}
