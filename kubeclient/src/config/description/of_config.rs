//! What a [`Config`] says: what it was made from, and what the program has set since.

use std::sync::Arc;

use super::from_kubeconfig::{NO_TLS, PLAIN, WAS_PLAIN};
use super::print::Prints;
use super::topics::{IDENTITY, NONE};
use super::{Description, Made, Setting, Source, Unused};
use crate::config::env::Env;
use crate::config::server::ServerUrl;
use crate::config::{Auth, Config};

/// What a configuration was made from, and how it was then; no credential is in it.
pub(in crate::config) struct Origin {
    pub(super) description: Description,
    prints: Prints,
}

impl Config {
    /// Remembers what it was made from.
    pub(in crate::config) fn described(mut self, description: Description) -> Self {
        let prints = Prints::of(&self);
        self.origin = Some(Arc::new(Origin { description, prints }));
        self
    }

    /// Says what counts and where it was said: in which file and field, in which variable, by the program; and what
    /// was there and does not count, and why. Files are named as they were when the configuration was made; a proxy of
    /// the environment as it is now, and as a client that is made now takes it.
    ///
    /// What can't be made a configuration of is described by
    /// [`KubeconfigOptions::describe`](super::super::KubeconfigOptions::describe).
    ///
    /// ```
    /// use kubeclient::config::{Config, Source};
    ///
    /// let config = Config::from_kubeconfig_str(
    ///     "current-context: test
    /// contexts: [{name: test, context: {cluster: here, user: me}}]
    /// clusters: [{name: here, cluster: {server: 'https://10.0.0.1:6443'}}]
    /// users: [{name: me, user: {token: s3cret}}]",
    /// )?;
    /// let described = config.describe().to_string();
    /// assert!(described.contains("token: a bearer token (from the kubeconfig, user \"me\", token)"));
    ///
    /// let description = config.with_token("oth3r").with_namespace("web").describe();
    /// assert_eq!(description.setting("namespace").unwrap().source, Source::Program);
    /// let expected = "not used: token (in the kubeconfig, user \"me\", token): the program set another";
    /// assert!(description.to_string().contains(expected));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    #[must_use]
    pub fn describe(&self) -> Description {
        self.describe_in(&Env::of_process())
    }

    pub(in crate::config) fn describe_in(&self, env: &Env) -> Description {
        let nothing;
        let (mut description, before) = match self.origin.as_deref() {
            Some(origin) => (origin.description.clone(), &origin.prints),
            None => {
                nothing = Prints::of(&Config::new(""));
                (Description { made: Made::ByProgram, ..Description::default() }, &nothing)
            }
        };
        let changed = before.changed(self);
        for topic in &changed {
            let now = (topic.shown)(self);
            let reason = match now {
                None => "the program took it away",
                Some(_) => "the program set another",
            };
            description.pass_over_all(topic.names, reason);
            if let Some((name, value)) = now {
                description.set(name, value, Source::Program);
            }
        }
        let is_changed = |name: &str| changed.iter().any(|topic| topic.names.contains(&name));
        if is_changed("exec") {
            description.exec = match &self.auth {
                Auth::Exec(exec) => Some((exec.bare(), Source::Program)),
                _ => None,
            };
        }
        let is_new = self.origin.is_none();
        if is_new && !is_changed("namespace") {
            description.set("namespace", &self.namespace, Source::Default);
        }
        if is_new || IDENTITY.iter().any(|names| is_changed(names[0])) {
            description.tell_no_credential();
        }
        description.environment_proxy(self, env);
        if is_changed("server") && ServerUrl::parse(&self.server).is_ok_and(|it| it.is_tls) {
            let is_plain = |unused: &&mut Unused| [PLAIN, NO_TLS].contains(&unused.reason.as_str());
            let plain = description.unused.iter_mut().filter(is_plain);
            plain.for_each(|unused| unused.reason = WAS_PLAIN.into());
        }
        description.problem = self.check().err().map(|error| format!("{error:?}"));
        description.under(&self.exec_policy)
    }
}

impl Description {
    /// What was said of these does not count.
    fn pass_over_all(&mut self, names: &[&str], reason: &str) {
        for unused in self.unused.iter_mut().filter(|unused| names.contains(&unused.name)) {
            unused.reason = reason.into();
        }
        let is_one = |setting: &mut Setting| names.contains(&setting.name);
        for Setting { name, source, .. } in self.settings.extract_if(.., is_one) {
            if source != Source::Default {
                self.unused.push(Unused { name, source, reason: reason.into() });
            }
        }
    }

    /// Says so where nothing is told of who asks.
    fn tell_no_credential(&mut self) {
        let is_identity = |name: &str| IDENTITY.iter().any(|names| names.contains(&name));
        self.settings.retain(|setting| setting.name != NONE);
        if !self.settings.iter().any(|setting| is_identity(setting.name)) {
            let was_there = self.unused.iter().any(|unused| is_identity(unused.name));
            let source = if was_there { Source::Program } else { Source::Default };
            self.set(NONE, "none", source);
        }
    }
}
