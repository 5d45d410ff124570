//! [`Prints`]: how the fields of a configuration were once, without what they were.

use std::collections::hash_map::{DefaultHasher, RandomState};
use std::hash::{BuildHasher, Hash, Hasher};
use std::mem::discriminant;

use super::topics::{TOPICS, Topic};
use crate::config::{Auth, Config, Exec, ExecPolicy, Pem, Proxy, ProxyRules, Secret, SecretPem};

/// A hash of each topic, with a key of its own: it shows what has changed since, and no credential.
pub(super) struct Prints {
    key: RandomState,
    hashes: Vec<u64>,
}

impl Prints {
    pub(super) fn of(config: &Config) -> Self {
        let key = RandomState::new();
        let hashes = TOPICS.iter().map(|topic| hash(&key, topic, config)).collect();
        Self { key, hashes }
    }

    #[cfg(test)]
    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// What is another by now.
    pub(super) fn changed(&self, config: &Config) -> Vec<&'static Topic> {
        let topics = TOPICS.iter().zip(&self.hashes);
        let changed = topics.filter(|(topic, was)| hash(&self.key, topic, config) != **was);
        changed.map(|(topic, _)| topic).collect()
    }
}

fn hash(key: &RandomState, topic: &Topic, config: &Config) -> u64 {
    let mut hasher = key.build_hasher();
    (topic.hash)(config, &mut hasher);
    hasher.finish()
}

pub(super) fn pem(pem: Option<&Pem>, hasher: &mut DefaultHasher) {
    match pem {
        None => 0.hash(hasher),
        Some(Pem::File(path)) => (1, path).hash(hasher),
        Some(Pem::Data(data)) => (2, data).hash(hasher),
    }
}

pub(super) fn secret_pem(pem: Option<&SecretPem>, hasher: &mut DefaultHasher) {
    match pem {
        None => 0.hash(hasher),
        Some(SecretPem::File(path)) => (1, path).hash(hasher),
        Some(SecretPem::Data(data)) => (2, data.expose()).hash(hasher),
    }
}

pub(super) fn proxy(proxy: &Proxy, hasher: &mut DefaultHasher) {
    discriminant(proxy).hash(hasher);
    match proxy {
        Proxy::Environment | Proxy::Direct => {}
        Proxy::Url(url) => url.hash(hasher),
        Proxy::Rules(rules) => {
            // Taken apart, here and below, so that a new field can't be forgotten.
            let ProxyRules { http_proxy, https_proxy, no_proxy, is_cgi } = rules;
            (http_proxy, https_proxy, no_proxy, is_cgi).hash(hasher);
        }
    }
}

pub(super) fn auth(auth: &Auth, hasher: &mut DefaultHasher) {
    discriminant(auth).hash(hasher);
    match auth {
        Auth::None => {}
        Auth::Token(token) => token.expose().hash(hasher),
        Auth::TokenFile { path, fallback } => {
            (path, fallback.as_ref().map(Secret::expose)).hash(hasher);
        }
        Auth::Basic { username, password } => (username, password.expose()).hash(hasher),
        Auth::Exec(program) => exec(program, hasher),
        Auth::Oidc(oidc) => oidc.print(hasher),
    }
}

fn exec(exec: &Exec, hasher: &mut DefaultHasher) {
    let Exec {
        command,
        args,
        env,
        api_version,
        install_hint,
        interactive_mode,
        provide_cluster_info,
        cluster_config,
    } = exec;
    (command, args, api_version.as_str(), install_hint, provide_cluster_info).hash(hasher);
    discriminant(interactive_mode).hash(hasher);
    env.len().hash(hasher);
    for (name, value) in env {
        (name, value.expose()).hash(hasher);
    }
    cluster_config.to_string().hash(hasher);
}

pub(super) fn exec_policy(policy: &ExecPolicy, hasher: &mut DefaultHasher) {
    discriminant(policy).hash(hasher);
    match policy {
        ExecPolicy::AllowAll | ExecPolicy::DenyAll => {}
        ExecPolicy::Allowlist(list) => list.hash(hasher),
    }
}
