//! [`Description`]: where each setting of a configuration comes from, and what was passed over.
//!
//! It goes the way of `infer` and `resolve` and remembers; a test compares what both say.

mod source;
mod setting;
mod unused;
mod from_kubeconfig;
mod from_pod;
mod of_config;
mod topics;
mod print;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;

use super::check::check_namespace;
use super::choose::is_usable;
use super::env::Env;
use super::exec::{Exec, ExecPolicy};
use super::in_cluster;
use super::infer;
use super::loader::{self, Loaded};
use super::lookup::allowed;
use super::options::KubeconfigOptions;
use super::server::ServerUrl;
use super::{Config, Proxy};
use crate::error::Result;
use crate::meta::status::Printable;
pub(super) use of_config::Origin;
pub use setting::Setting;
pub use source::Source;
pub use unused::Unused;

/// What a configuration says, and where it says so; for people who wonder.
///
/// No credential is in it: neither in its fields nor printed.
///
/// ```
/// use kubeclient::config::KubeconfigOptions;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("config");
/// # std::fs::write(&path, "{current-context: test, contexts: [{name: test, context: {cluster: c, user: u}}],
/// #   clusters: [{name: c, cluster: {server: 'http://h'}}], users: [{name: u, user: {token: s3cret}}]}").unwrap();
/// let description = KubeconfigOptions::default().path(&path).describe()?;
/// let server = description.setting("server").unwrap();
/// assert_eq!(server.value, "http://h");
/// assert!(server.source.to_string().ends_with("config, cluster \"c\", server"));
/// assert!(description.unused[0].reason.contains("plain http"));
/// assert!(!description.to_string().contains("s3cret"));
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Description {
    /// The kubeconfig's files that were read, in the order in which they count.
    pub files: Vec<PathBuf>,
    /// Those that are named, and not there.
    pub missing: Vec<PathBuf>,
    /// Whether it is the service account of the pod that the program runs in.
    pub in_cluster: bool,
    /// What counts.
    pub settings: Vec<Setting>,
    /// What is there and does not count.
    pub unused: Vec<Unused>,
    /// Why no [`Config`] can be made of it, if none can.
    pub problem: Option<String>,
    /// The program that would be run, without what it is given.
    exec: Option<(Exec, Source)>,
    made: Made,
}

/// What a description is of.
#[derive(Clone, Copy, Debug, Default)]
enum Made {
    /// What is found.
    #[default]
    Found,
    /// A kubeconfig that stood in no file.
    OfText,
    /// What the program says, and nobody else.
    ByProgram,
}

impl KubeconfigOptions {
    /// Says where [`Config::infer_with`](Config::infer_with) finds what it finds, and what it passes
    /// over. It tells what it can of a configuration that is wrong, too.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): a file can't be read or is no kubeconfig.
    pub fn describe(&self) -> Result<Description> {
        describe(self, &Env::of_process())
    }
}

pub(super) fn describe(options: &KubeconfigOptions, env: &Env) -> Result<Description> {
    let loaded = loader::load(options, env)?;
    let mut description = Description::of_files(&loaded);
    let made = if is_usable(&loaded.kubeconfig, options) {
        description.kubeconfig(&loaded, options);
        let mut made = super::resolve::resolve(&loaded, options).map(|resolved| resolved.config);
        if let Some((namespace, source)) = infer::pod_namespace(&loaded, options, env) {
            let checked = check_namespace(&namespace).map_err(|error| error.at(&source));
            made = made.and_then(|config| checked.map(|()| config));
            description.pod_namespace(&namespace, source);
        }
        made
    } else {
        description.no_context();
        if in_cluster::is_possible(env).is_ok() {
            description.in_cluster = true;
            if let Ok(config) = in_cluster::in_cluster(env) {
                description.service_account(&config, options, env);
            }
        }
        infer::infer(options, env)
    };
    match made {
        Ok(config) => description.environment_proxy(&config, env),
        Err(error) => description.problem = Some(format!("{error:?}")),
    }
    Ok(description.under(&ExecPolicy::AllowAll))
}

impl Description {
    /// Of no setting yet.
    pub(super) fn of_files(loaded: &Loaded) -> Self {
        Self { files: loaded.found.clone(), missing: loaded.missing.clone(), ..Self::default() }
    }

    /// What was made of a kubeconfig and these options.
    pub(super) fn of_kubeconfig(loaded: &Loaded, options: &KubeconfigOptions) -> Self {
        let mut description = Self::of_files(loaded);
        if loaded.is_text {
            description.made = Made::OfText;
        }
        description.kubeconfig(loaded, options);
        description
    }

    /// With the policy that comes with the way in which the configuration was made.
    pub(super) fn with_exec_policy(mut self, policy: &ExecPolicy) -> Self {
        self.set("exec-policy", topics::exec_policy(policy), Source::Default);
        self
    }

    /// The setting of this name, if it is set or has a default.
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// The same, where this policy says which programs may run.
    ///
    /// ```
    /// use kubeclient::config::{ExecPolicy, KubeconfigOptions};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("config");
    /// # std::fs::write(&path, "{current-context: test, contexts: [{name: test, context: {cluster: c, user: u}}],
    /// #   clusters: [{name: c, cluster: {server: 'https://h'}}], users: [{name: u, user: {exec: {command: sh,
    /// #   apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}}}]}").unwrap();
    /// let description = KubeconfigOptions::default().path(&path).describe()?;
    /// let description = description.under(&ExecPolicy::DenyAll);
    /// assert!(description.to_string().contains("the exec policy denies all programs"));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    #[must_use]
    pub fn under(mut self, policy: &ExecPolicy) -> Self {
        let Some((exec, source)) = &self.exec else { return self };
        self.unused.retain(|unused| unused.name != "exec" || unused.source != *source);
        if let Err(error) = allowed(exec, policy, std::env::var_os("PATH").as_deref()) {
            let (name, source) = ("exec", source.clone());
            self.unused.push(Unused { name, source, reason: error.to_string() });
        }
        self
    }

    /// The proxy that the environment names on the way to the server, where the configuration leaves it to say.
    fn environment_proxy(&mut self, config: &Config, env: &Env) {
        let server = match &config.proxy {
            Proxy::Environment => ServerUrl::parse(&config.server),
            Proxy::Direct | Proxy::Url(_) | Proxy::Rules(_) => return,
        };
        let Ok(server) = server else { return };
        let rules = env.proxies();
        let (upper, lower, is_named) = match server.is_tls {
            true => ("HTTPS_PROXY", "https_proxy", !rules.https_proxy.is_empty()),
            false => ("HTTP_PROXY", "http_proxy", !rules.http_proxy.is_empty()),
        };
        let is_lower = env.variable(upper).is_none() && env.variable(lower).is_some();
        let source = Source::Environment(if is_lower { lower } else { upper });
        match rules.choose(&server) {
            _ if !is_named => {}
            Ok(Some(proxy)) => self.set("proxy-url", proxy.to_string(), source),
            Ok(None) if server.is_loopback => {
                self.pass_over("proxy-url", source, "the server is this machine");
            }
            Ok(None) => self.pass_over("proxy-url", source, "NO_PROXY names the server"),
            Err(error) => {
                self.pass_over("proxy-url", source, format!("no client can be made: {error}"));
            }
        }
    }

    fn set(&mut self, name: &'static str, value: impl Into<String>, source: Source) {
        self.settings.push(Setting { name, value: value.into(), source });
    }

    fn pass_over(&mut self, name: &'static str, source: Source, reason: impl Into<String>) {
        self.unused.push(Unused { name, source, reason: reason.into() });
    }
}

/// One line for each setting, then what does not count and why. What acts on a terminal, or would make a line of its
/// own, is escaped: it comes from files that may be somebody else's.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        let list = |paths: &[PathBuf]| {
            let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
            paths.join(", ")
        };
        lines.push(match (self.made, self.in_cluster, self.files.is_empty()) {
            (Made::ByProgram, ..) => "what the program says".to_owned(),
            (Made::OfText, ..) => "the text of a kubeconfig".to_owned(),
            (Made::Found, true, _) => "the service account of the pod".to_owned(),
            (Made::Found, false, true) => "no kubeconfig".to_owned(),
            (Made::Found, false, false) => format!("kubeconfig {}", list(&self.files)),
        });
        if !self.missing.is_empty() {
            lines.push(format!("not there: {}", list(&self.missing)));
        }
        for Setting { name, value, source } in &self.settings {
            lines.push(format!("{name}: {value} (from {source})"));
        }
        for Unused { name, source, reason } in &self.unused {
            lines.push(format!("not used: {name} (in {source}): {reason}"));
        }
        if let Some(problem) = &self.problem {
            lines.push(format!("can't be used: {problem}"));
        }
        let lines: Vec<_> = lines.iter().map(|line| Printable(line).to_string()).collect();
        f.write_str(&lines.join("\n"))
    }
}
