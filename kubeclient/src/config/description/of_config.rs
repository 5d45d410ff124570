//! What a [`Config`] says: what it was made from, and what the program has set since.

use std::sync::Arc;
use std::time::Duration;

use super::{Description, Made, Setting, Source, Unused};
use crate::config::env::Env;
use crate::config::model::without_userinfo;
use crate::config::server::ServerUrl;
use crate::config::{Auth, Config, ExecPolicy, Pem, Proxy, SecretPem};

/// What a configuration was made from, and how it was then.
pub(in crate::config) struct Origin {
    description: Description,
    config: Config,
}

impl Config {
    /// Remembers what it was made from.
    pub(in crate::config) fn described(mut self, description: Description) -> Self {
        self.origin = None;
        let origin = Origin { description, config: self.clone() };
        self.origin = Some(Arc::new(origin));
        self
    }

    /// Says what counts and where it was said: in which file and field, in which variable, by the program; and what
    /// was there and does not count, and why. Files are named as they were when the configuration was made.
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

    pub(super) fn describe_in(&self, env: &Env) -> Description {
        let nothing;
        let (mut description, before) = match self.origin.as_deref() {
            Some(origin) => (origin.description.clone(), &origin.config),
            None => {
                nothing = Config::new("");
                (Description { made: Made::ByProgram, ..Description::default() }, &nothing)
            }
        };
        for topic in TOPICS.iter().filter(|topic| !(topic.is_same)(self, before)) {
            let now = (topic.shown)(self);
            let reason = match now.is_empty() {
                true => "the program took it away",
                false => "the program set another",
            };
            description.pass_over_all(topic.names, reason);
            for (name, value) in now {
                description.set(name, value, Source::Program);
            }
        }
        if self.auth != before.auth {
            description.exec = match &self.auth {
                Auth::Exec(exec) => Some((exec.clone(), Source::Program)),
                _ => None,
            };
        }
        let is_new = self.origin.is_none();
        if is_new && self.namespace == before.namespace {
            description.set("namespace", &self.namespace, Source::Default);
        }
        if is_new || !is_same_identity(self, before) {
            description.tell_no_credential();
        }
        if self.proxy == Proxy::Environment
            && (self.proxy != before.proxy || self.server != before.server)
        {
            description.forget_environment_proxy();
            if let Ok(server) = ServerUrl::parse(&self.server) {
                description.environment_proxy(&server, env);
            }
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
        self.settings.retain(|setting| setting.name != NONE || setting.value != "none");
        if !self.settings.iter().any(|setting| is_identity(setting.name)) {
            let was_there = self.unused.iter().any(|unused| is_identity(unused.name));
            let source = if was_there { Source::Program } else { Source::Default };
            self.set(NONE, "none", source);
        }
    }

    fn forget_environment_proxy(&mut self) {
        let is_it = |name: &str, source: &Source| {
            name == "proxy-url" && matches!(source, Source::Environment(_))
        };
        self.settings.retain(|setting| !is_it(setting.name, &setting.source));
        self.unused.retain(|unused| !is_it(unused.name, &unused.source));
    }
}

/// What belongs together: where one of it is set, the others do not count any more.
struct Topic {
    names: &'static [&'static str],
    is_same: fn(&Config, &Config) -> bool,
    /// What is set.
    shown: fn(&Config) -> Shown,
}

type Shown = Vec<(&'static str, String)>;

/// How it is told that there is no credential, or where it comes from if that is not one field.
const NONE: &str = "credential";

/// The fields that say who asks.
const IDENTITY: [&[&str]; 2] = [
    &["tokenFile", "token", "username", "exec", "auth-provider", NONE],
    &["client-certificate", "client-certificate-data", "client-key", "client-key-data"],
];

fn is_same_identity(a: &Config, b: &Config) -> bool {
    a.auth == b.auth && is_same_certificate(a, b)
}

fn is_same_certificate(a: &Config, b: &Config) -> bool {
    (&a.tls.client_certificate, &a.tls.client_key) == (&b.tls.client_certificate, &b.tls.client_key)
}

/// All that a configuration has; a test sees that none is forgotten.
const TOPICS: &[Topic] = &[
    Topic {
        names: &["server"],
        is_same: |a, b| a.server == b.server,
        shown: |config| vec![("server", without_userinfo(&config.server))],
    },
    Topic {
        names: &["tls-server-name"],
        is_same: |a, b| a.tls.server_name == b.tls.server_name,
        shown: |config| one("tls-server-name", config.tls.server_name.clone()),
    },
    Topic {
        names: &["certificate-authority", "certificate-authority-data"],
        is_same: |a, b| a.tls.certificate_authority == b.tls.certificate_authority,
        shown: |config| {
            let names = ["certificate-authority", "certificate-authority-data"];
            pem(names, config.tls.certificate_authority.as_ref())
        },
    },
    Topic {
        names: &["insecure-skip-tls-verify"],
        is_same: |a, b| a.tls.insecure_skip_tls_verify == b.tls.insecure_skip_tls_verify,
        shown: |config| {
            let is_set = config.tls.insecure_skip_tls_verify;
            one("insecure-skip-tls-verify", is_set.then(|| "true: any server is trusted".into()))
        },
    },
    Topic {
        names: &["proxy-url"],
        is_same: |a, b| a.proxy == b.proxy && (a.server == b.server || a.proxy.url().is_some()),
        shown: |config| {
            let value = match &config.proxy {
                Proxy::Environment => None,
                Proxy::Direct => Some("none".into()),
                Proxy::Url(url) => Some(without_userinfo(url)),
                Proxy::Rules(rules) => Some(match ServerUrl::parse(&config.server) {
                    Ok(server) => match rules.choose(&server) {
                        Ok(Some(proxy)) => proxy.to_string(),
                        Ok(None) => "none, by rules".into(),
                        Err(_) => "rules that can't be read".into(),
                    },
                    Err(_) => "by rules".into(),
                }),
            };
            one("proxy-url", value)
        },
    },
    Topic {
        names: &["disable-compression"],
        is_same: |a, b| a.compression == b.compression,
        shown: |config| vec![("disable-compression", (!config.compression).to_string())],
    },
    Topic {
        names: IDENTITY[0],
        is_same: |a, b| a.auth == b.auth,
        shown: |config| match &config.auth {
            Auth::None => Vec::new(),
            Auth::Token(_) => vec![("token", "a bearer token".into())],
            Auth::TokenFile { path, .. } => vec![("tokenFile", path.display().to_string())],
            Auth::Basic { username, .. } => {
                vec![("username", format!("{username:?} with a password"))]
            }
            Auth::Exec(exec) => {
                vec![("exec", format!("the program {:?}", exec.command.display().to_string()))]
            }
            Auth::Oidc(_) => vec![("auth-provider", "\"oidc\"".into())],
        },
    },
    Topic {
        names: IDENTITY[1],
        is_same: is_same_certificate,
        shown: |config| {
            let names = ["client-certificate", "client-certificate-data"];
            let mut shown = pem(names, config.tls.client_certificate.as_ref());
            shown.extend(config.tls.client_key.as_ref().map(|key| match key {
                SecretPem::File(path) => ("client-key", path.display().to_string()),
                SecretPem::Data(_) => ("client-key-data", "a private key".into()),
            }));
            shown
        },
    },
    Topic {
        names: &["as", "as-uid", "as-groups", "as-user-extra"],
        is_same: |a, b| a.impersonate == b.impersonate,
        shown: |config| {
            let Some(who) = &config.impersonate else { return Vec::new() };
            let keys: Vec<_> = who.extra.keys().map(String::as_str).collect();
            let mut shown = vec![("as", who.user.clone())];
            shown.extend(one("as-uid", who.uid.clone()));
            shown.extend(one("as-groups", text(who.groups.join(", "))));
            shown.extend(one("as-user-extra", text(keys.join(", "))));
            shown
        },
    },
    Topic {
        names: &["namespace"],
        is_same: |a, b| a.namespace == b.namespace,
        shown: |config| vec![("namespace", config.namespace.clone())],
    },
    Topic {
        names: &["request-timeout"],
        is_same: |a, b| a.timeouts == b.timeouts,
        shown: |config| {
            let timeouts = &config.timeouts;
            let mut shown = vec![("request-timeout", time(timeouts.request))];
            if timeouts.list != timeouts.request {
                shown.push(("list-timeout", time(timeouts.list)));
            }
            shown.push(("connect-timeout", time(Some(timeouts.connect))));
            shown.push(("watch-idle-timeout", time(timeouts.watch_idle)));
            shown
        },
    },
    Topic {
        names: &["limits"],
        is_same: |a, b| a.limits == b.limits,
        shown: |config| vec![("limits", format!("{:?}", config.limits))],
    },
    Topic {
        names: &["throttle"],
        is_same: |a, b| a.throttle == b.throttle,
        shown: |config| {
            let shown =
                config.throttle.map(|it| format!("{} a second, {} at once", it.qps, it.burst));
            one("throttle", shown)
        },
    },
    Topic {
        names: &["exec-policy"],
        is_same: |a, b| a.exec_policy == b.exec_policy,
        shown: |config| {
            let shown = match &config.exec_policy {
                ExecPolicy::AllowAll => "any program may run".to_owned(),
                ExecPolicy::DenyAll => "no program may run".to_owned(),
                ExecPolicy::Allowlist(list) => format!("a list of {} programs", list.len()),
            };
            vec![("exec-policy", shown)]
        },
    },
    Topic {
        names: &["user-agent"],
        is_same: |a, b| a.user_agent == b.user_agent,
        shown: |config| vec![("user-agent", config.user_agent.clone())],
    },
    Topic {
        names: &["allow-plaintext-credentials"],
        is_same: |a, b| a.allow_plaintext_credentials == b.allow_plaintext_credentials,
        shown: |config| {
            vec![("allow-plaintext-credentials", config.allow_plaintext_credentials.to_string())]
        },
    },
];

fn one(name: &'static str, value: Option<String>) -> Shown {
    value.map(|value| (name, value)).into_iter().collect()
}

fn text(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn pem([of_file, of_data]: [&'static str; 2], pem: Option<&Pem>) -> Shown {
    let shown = pem.map(|pem| match pem {
        Pem::File(path) => (of_file, path.display().to_string()),
        Pem::Data(data) => (of_data, format!("{} bytes", data.len())),
    });
    shown.into_iter().collect()
}

fn time(time: Option<Duration>) -> String {
    time.map_or_else(|| "none".into(), |time| format!("{time:?}"))
}
