//! [`TOPICS`]: all that a [`Config`] has, and how it is told where the program has set it.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hash as _;
use std::time::Duration;

use super::print;
use crate::config::model::without_userinfo;
use crate::config::server::ServerUrl;
use crate::config::{Auth, Config, ExecPolicy, Impersonate, Pem, Proxy, SecretPem};

/// One field. Where it is another than it was, none of its names counts any more that was told of it.
pub(super) struct Topic {
    pub(super) names: &'static [&'static str],
    /// Hashes what is to be compared.
    pub(super) hash: fn(&Config, &mut DefaultHasher),
    /// What is set.
    pub(super) shown: fn(&Config) -> Shown,
}

type Shown = Option<(&'static str, String)>;

/// How it is told that there is no credential.
pub(super) const NONE: &str = "credential";

/// The fields that say who asks.
pub(super) const IDENTITY: [&[&str]; 3] = [
    &["tokenFile", "token", "username", "exec", "auth-provider", NONE],
    &["client-certificate", "client-certificate-data"],
    &["client-key", "client-key-data"],
];

/// All that a configuration has; a test sees that none is forgotten.
pub(super) const TOPICS: &[Topic] = &[
    Topic {
        names: &["server"],
        hash: |config, hasher| config.server.hash(hasher),
        shown: |config| Some(("server", without_userinfo(&config.server))),
    },
    Topic {
        names: &["tls-server-name"],
        hash: |config, hasher| config.tls.server_name.hash(hasher),
        shown: |config| Some(("tls-server-name", config.tls.server_name.clone()?)),
    },
    Topic {
        names: &["certificate-authority", "certificate-authority-data"],
        hash: |config, hasher| print::pem(config.tls.certificate_authority.as_ref(), hasher),
        shown: |config| {
            let names = ["certificate-authority", "certificate-authority-data"];
            Some(pem(names, config.tls.certificate_authority.as_ref()?))
        },
    },
    Topic {
        names: &["insecure-skip-tls-verify"],
        hash: |config, hasher| config.tls.insecure_skip_tls_verify.hash(hasher),
        shown: |config| {
            let is_set = config.tls.insecure_skip_tls_verify;
            is_set.then(|| ("insecure-skip-tls-verify", "true: any server is trusted".into()))
        },
    },
    Topic {
        names: &["proxy-url"],
        hash: |config, hasher| print::proxy(&config.proxy, hasher),
        shown: |config| {
            let value = match &config.proxy {
                Proxy::Environment => return None,
                Proxy::Direct => "none".into(),
                Proxy::Url(url) => without_userinfo(url),
                Proxy::Rules(rules) => match ServerUrl::parse(&config.server) {
                    Ok(server) => match rules.choose(&server) {
                        Ok(Some(proxy)) => proxy.to_string(),
                        Ok(None) => "none, by rules".into(),
                        Err(_) => "rules that can't be read".into(),
                    },
                    Err(_) => "by rules".into(),
                },
            };
            Some(("proxy-url", value))
        },
    },
    Topic {
        names: &["disable-compression"],
        hash: |config, hasher| config.compression.hash(hasher),
        shown: |config| Some(("disable-compression", (!config.compression).to_string())),
    },
    Topic {
        names: IDENTITY[0],
        hash: |config, hasher| print::auth(&config.auth, hasher),
        shown: |config| match &config.auth {
            Auth::None => None,
            Auth::Token(_) => Some(("token", "a bearer token".into())),
            Auth::TokenFile { path, .. } => Some(("tokenFile", path.display().to_string())),
            Auth::Basic { username, .. } => {
                Some(("username", format!("{username:?} with a password")))
            }
            Auth::Exec(exec) => {
                Some(("exec", format!("the program {:?}", exec.command.display().to_string())))
            }
            Auth::Oidc(_) => Some(("auth-provider", "\"oidc\"".into())),
        },
    },
    Topic {
        names: IDENTITY[1],
        hash: |config, hasher| print::pem(config.tls.client_certificate.as_ref(), hasher),
        shown: |config| {
            let names = ["client-certificate", "client-certificate-data"];
            Some(pem(names, config.tls.client_certificate.as_ref()?))
        },
    },
    Topic {
        names: IDENTITY[2],
        hash: |config, hasher| print::secret_pem(config.tls.client_key.as_ref(), hasher),
        shown: |config| {
            Some(match config.tls.client_key.as_ref()? {
                SecretPem::File(path) => ("client-key", path.display().to_string()),
                SecretPem::Data(_) => ("client-key-data", "a private key".into()),
            })
        },
    },
    Topic {
        names: &["as"],
        hash: |config, hasher| config.impersonate.as_ref().map(|who| &who.user).hash(hasher),
        shown: |config| Some(("as", config.impersonate.as_ref()?.user.clone())),
    },
    Topic {
        names: &["as-uid"],
        hash: |config, hasher| whom(config, |who| who.uid.clone()).hash(hasher),
        shown: |config| Some(("as-uid", whom(config, |who| who.uid.clone())?)),
    },
    Topic {
        names: &["as-groups"],
        hash: |config, hasher| whom(config, |who| who.groups.clone()).hash(hasher),
        shown: |config| text("as-groups", whom(config, |who| who.groups.join(", "))),
    },
    Topic {
        names: &["as-user-extra"],
        hash: |config, hasher| whom(config, |who| who.extra.clone()).hash(hasher),
        shown: |config| {
            let keys = |who: &Impersonate| {
                let keys: Vec<_> = who.extra.keys().map(String::as_str).collect();
                keys.join(", ")
            };
            text("as-user-extra", whom(config, keys))
        },
    },
    Topic {
        names: &["namespace"],
        hash: |config, hasher| config.namespace.hash(hasher),
        shown: |config| Some(("namespace", config.namespace.clone())),
    },
    Topic {
        names: &["request-timeout"],
        hash: |config, hasher| config.timeouts.request.hash(hasher),
        shown: |config| Some(("request-timeout", time(config.timeouts.request))),
    },
    Topic {
        names: &["list-timeout"],
        hash: |config, hasher| config.timeouts.list.hash(hasher),
        shown: |config| Some(("list-timeout", time(config.timeouts.list))),
    },
    Topic {
        names: &["connect-timeout"],
        hash: |config, hasher| config.timeouts.connect.hash(hasher),
        shown: |config| Some(("connect-timeout", time(Some(config.timeouts.connect)))),
    },
    Topic {
        names: &["watch-idle-timeout"],
        hash: |config, hasher| config.timeouts.watch_idle.hash(hasher),
        shown: |config| Some(("watch-idle-timeout", time(config.timeouts.watch_idle))),
    },
    Topic {
        names: &["object-limit"],
        hash: |config, hasher| config.limits.object.hash(hasher),
        shown: |config| Some(("object-limit", bytes(config.limits.object))),
    },
    Topic {
        names: &["list-limit"],
        hash: |config, hasher| config.limits.list.hash(hasher),
        shown: |config| Some(("list-limit", bytes(config.limits.list))),
    },
    Topic {
        names: &["watch-event-limit"],
        hash: |config, hasher| config.limits.watch_event.hash(hasher),
        shown: |config| Some(("watch-event-limit", bytes(config.limits.watch_event))),
    },
    Topic {
        names: &["log-line-limit"],
        hash: |config, hasher| config.limits.log_line.hash(hasher),
        shown: |config| Some(("log-line-limit", bytes(config.limits.log_line))),
    },
    Topic {
        names: &["throttle"],
        hash: |config, hasher| config.throttle.map(|it| (it.qps.to_bits(), it.burst)).hash(hasher),
        shown: |config| {
            let throttle = config.throttle?;
            let shown = format!("{} a second, {} at once", throttle.qps, throttle.burst);
            Some(("throttle", shown))
        },
    },
    Topic {
        names: &["exec-policy"],
        hash: |config, hasher| print::exec_policy(&config.exec_policy, hasher),
        shown: |config| Some(("exec-policy", exec_policy(&config.exec_policy))),
    },
    Topic {
        names: &["user-agent"],
        hash: |config, hasher| config.user_agent.hash(hasher),
        shown: |config| Some(("user-agent", config.user_agent.clone())),
    },
    Topic {
        names: &["allow-plaintext-credentials"],
        hash: |config, hasher| config.allow_plaintext_credentials.hash(hasher),
        shown: |config| {
            let is_allowed = config.allow_plaintext_credentials;
            Some(("allow-plaintext-credentials", is_allowed.to_string()))
        },
    },
];

/// Something of the user on whose behalf requests are made; nothing where there is none.
fn whom<T: Default>(config: &Config, part: impl Fn(&Impersonate) -> T) -> T {
    config.impersonate.as_ref().map(part).unwrap_or_default()
}

fn text(name: &'static str, text: String) -> Shown {
    (!text.is_empty()).then_some((name, text))
}

fn pem([of_file, of_data]: [&'static str; 2], pem: &Pem) -> (&'static str, String) {
    match pem {
        Pem::File(path) => (of_file, path.display().to_string()),
        Pem::Data(data) => (of_data, bytes(data.len())),
    }
}

pub(super) fn exec_policy(policy: &ExecPolicy) -> String {
    match policy {
        ExecPolicy::AllowAll => "any program may run".into(),
        ExecPolicy::DenyAll => "no program may run".into(),
        ExecPolicy::Allowlist(list) => format!("a list of {} programs", list.len()),
    }
}

fn bytes(count: usize) -> String {
    format!("{count} bytes")
}

fn time(time: Option<Duration>) -> String {
    time.map_or_else(|| "none".into(), |time| format!("{time:?}"))
}
