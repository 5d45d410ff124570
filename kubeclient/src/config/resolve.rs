//! Makes a [`Config`] of a kubeconfig: picks the context, applies the options, checks what contradicts
//! itself, and says what is not supported yet.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use super::env::Env;
use super::kubeconfig::{AuthInfo, Cluster, Context, ExecConfig, Kubeconfig, NamedAuthInfo};
use super::loader::Loaded;
use super::options::KubeconfigOptions;
use super::pem::decode_data;
use super::secret::Secret;
use super::server::ServerUrl;
use super::{Auth, Config, Impersonate, Pem, SecretPem, Tls};
use crate::error::{Error, Result};

/// An entry that was chosen, with absolute paths.
struct Chosen<T> {
    entry: T,
    /// What an error about it begins with: the file and the entry's name.
    place: String,
}

/// Whether the kubeconfig or the options say what to connect to; if not, the program may be in a pod.
pub(super) fn is_usable(kubeconfig: &Kubeconfig, options: &KubeconfigOptions) -> bool {
    options.name_a_target() || !kubeconfig.current_context.is_empty()
}

/// The configuration that this kubeconfig and these options mean.
pub(super) fn resolve(loaded: &Loaded, options: &KubeconfigOptions, env: &Env) -> Result<Config> {
    let context = choose_context(loaded, options)?;
    let cluster = choose_cluster(loaded, options, &context)?;
    let user = choose_user(loaded, options, &context)?;

    check_cluster(&cluster.entry).map_err(|error| error.at(&cluster.place))?;
    check_user(&user.entry).map_err(|error| error.at(&user.place))?;

    let verifies = !cluster.entry.certificate_authority.is_empty()
        || !cluster.entry.certificate_authority_data.is_empty()
        || cluster.entry.insecure_skip_tls_verify;
    let server = ServerUrl::parse_or_host(&cluster.entry.server, verifies)
        .map_err(|error| error.at(&cluster.place))?;

    let mut config = Config::new(server.url);
    config.tls = cluster_tls(&cluster.entry).map_err(|error| error.at(&cluster.place))?;
    config.compression = !cluster.entry.disable_compression;
    config.impersonate = impersonate(&user.entry);
    if server.is_tls {
        set_credential(&mut config, &user.entry).map_err(|error| error.at(&user.place))?;
    } else if user.entry.has_credential() {
        log::warn!("{}: plain http: the credential of {} is not sent", cluster.place, user.place);
    }
    if server.is_tls && cluster.entry.insecure_skip_tls_verify {
        log::warn!("{}: insecure-skip-tls-verify: any server is trusted", cluster.place);
    }

    let namespace = named(&options.namespace).unwrap_or(&context.entry.namespace);
    if !namespace.is_empty() {
        config.namespace = namespace.to_owned();
    }
    set_request_timeout(&mut config, options);
    env.note_ignored_proxy();
    config.check().map_err(|error| error.at(&context.place))?;
    Ok(config)
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
    config.compression = !cluster.disable_compression;
    if user.has_credential() {
        set_credential(config, &user)?;
    }
    config.impersonate = impersonate(&user);
    if let Some(namespace) = named(&options.namespace) {
        config.namespace = namespace.to_owned();
    }
    set_request_timeout(config, options);
    Ok(())
}

fn choose_context(loaded: &Loaded, options: &KubeconfigOptions) -> Result<Chosen<Context>> {
    let kubeconfig = &loaded.kubeconfig;
    let (name, field) = match named(&options.context) {
        Some(name) => (name, "context"),
        None => (kubeconfig.current_context.as_str(), "current-context"),
    };
    if name.is_empty() {
        // A cluster or a server named by the options needs no context.
        if options.cluster.is_some() || !options.cluster_info.server.is_empty() {
            return Ok(Chosen { entry: Context::default(), place: loaded.to_string() });
        }
        let there = there_is("contexts", kubeconfig.contexts.iter().map(|entry| &entry.name));
        return Err(Error::config(format!("current-context: expected the name of a context; {there}"))
            .at(loaded));
    }
    let entry = kubeconfig.contexts.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let there = there_is("contexts", kubeconfig.contexts.iter().map(|entry| &entry.name));
        Error::config(format!("{field}: there is no context {name:?}; {there}")).at(loaded)
    })?;
    let place = place(entry.location_of_origin.as_deref(), "context", name);
    Ok(Chosen { entry: entry.context.clone(), place })
}

fn choose_cluster(
    loaded: &Loaded,
    options: &KubeconfigOptions,
    context: &Chosen<Context>,
) -> Result<Chosen<Cluster>> {
    let clusters = &loaded.kubeconfig.clusters;
    let name = named(&options.cluster).unwrap_or(&context.entry.cluster);
    let chosen = if name.is_empty() {
        Chosen { entry: Cluster::default(), place: context.place.clone() }
    } else {
        let entry = clusters.iter().find(|entry| entry.name == name).ok_or_else(|| {
            let there = there_is("clusters", clusters.iter().map(|entry| &entry.name));
            Error::config(format!("cluster: there is no cluster {name:?}; {there}")).at(&context.place)
        })?;
        let origin = entry.location_of_origin.as_deref();
        let mut cluster = entry.cluster.clone();
        rebase(&mut cluster.certificate_authority, origin);
        Chosen { entry: cluster, place: place(origin, "cluster", name) }
    };
    let entry = options.override_cluster(chosen.entry);
    if entry.server.is_empty() {
        let field = if name.is_empty() { "cluster: expected the name of a cluster" } else { "server: expected a URL" };
        return Err(Error::config(field).at(chosen.place));
    }
    Ok(Chosen { entry, place: chosen.place })
}

fn choose_user(
    loaded: &Loaded,
    options: &KubeconfigOptions,
    context: &Chosen<Context>,
) -> Result<Chosen<AuthInfo>> {
    let users = &loaded.kubeconfig.users;
    let name = named(&options.user).unwrap_or(&context.entry.user);
    let chosen = if name.is_empty() {
        Chosen { entry: AuthInfo::default(), place: "the options".into() }
    } else {
        let entry = users.iter().find(|entry| entry.name == name).ok_or_else(|| {
            let there = there_is("users", users.iter().map(|entry| &entry.name));
            Error::config(format!("user: there is no user {name:?}; {there}")).at(&context.place)
        })?;
        let origin = entry.location_of_origin.as_deref();
        let mut user = entry.user.clone();
        for path in [&mut user.client_certificate, &mut user.client_key, &mut user.token_file] {
            rebase(path, origin);
        }
        Chosen { entry: user, place: place(origin, "user", name) }
    };
    Ok(Chosen { entry: options.override_user(chosen.entry), place: chosen.place })
}

fn named(name: &Option<String>) -> Option<&str> {
    name.as_deref().filter(|name| !name.is_empty())
}

/// `kubeconfig /x/y: user "u"`.
fn place(origin: Option<&Path>, what: &str, name: &str) -> String {
    match origin {
        Some(path) => format!("kubeconfig {}: {what} {name:?}", path.display()),
        None => format!("kubeconfig: {what} {name:?}"),
    }
}

/// `there are clusters "a", "b"`.
fn there_is<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> String {
    const SHOWN: usize = 20;
    let names: Vec<_> = names.map(|name| format!("{name:?}")).collect();
    match names.len() {
        0 => format!("there are no {what}"),
        count if count > SHOWN => {
            format!("there are {what} {} and {} more", names[..SHOWN].join(", "), count - SHOWN)
        }
        _ => format!("there are {what} {}", names.join(", ")),
    }
}

/// Makes a path of the file absolute: it is relative to the file's folder.
fn rebase(path: &mut String, origin: Option<&Path>) {
    if !path.is_empty()
        && let Some(folder) = origin.and_then(Path::parent)
        && let Some(joined) = folder.join(&path).to_str()
    {
        *path = joined.to_owned();
    }
}

impl NamedAuthInfo {
    /// The program that [`exec`](AuthInfo::exec) would run: a path when its command holds a separator,
    /// relative to the kubeconfig's folder; else a name to be found in `PATH`.
    pub fn exec_command(&self) -> Option<PathBuf> {
        let ExecConfig { command, .. } = self.user.exec.as_ref()?;
        let is_path = command.chars().any(std::path::is_separator);
        let folder = self.location_of_origin.as_deref().and_then(Path::parent);
        match folder {
            Some(folder) if is_path => Some(folder.join(command)),
            _ => Some(PathBuf::from(command)),
        }
    }
}

fn not_both(one: &str, other: &str) -> Result<()> {
    Err(Error::config(format!("{one} and {other}: expected one of them, not both")))
}

fn check_cluster(cluster: &Cluster) -> Result<()> {
    let has_data = !cluster.certificate_authority_data.is_empty();
    let has_file = !cluster.certificate_authority.is_empty();
    if has_data && has_file {
        return not_both("certificate-authority", "certificate-authority-data");
    }
    if cluster.insecure_skip_tls_verify && has_file {
        return not_both("certificate-authority", "insecure-skip-tls-verify");
    }
    if cluster.insecure_skip_tls_verify && has_data {
        return not_both("certificate-authority-data", "insecure-skip-tls-verify");
    }
    if !cluster.proxy_url.is_empty() {
        return Err(not_yet("proxy-url", "proxies are"));
    }
    Ok(())
}

fn check_user(user: &AuthInfo) -> Result<()> {
    let certificate =
        (!user.client_certificate.is_empty(), !user.client_certificate_data.is_empty());
    let key = (!user.client_key.is_empty(), !user.client_key_data.is_empty());
    if certificate == (true, true) {
        return not_both("client-certificate", "client-certificate-data");
    }
    if key == (true, true) {
        return not_both("client-key", "client-key-data");
    }
    match (certificate.0 || certificate.1, key.0 || key.1) {
        (true, false) => {
            return Err(Error::config(
                "client-key or client-key-data: expected the key of the client certificate",
            ));
        }
        (false, true) => {
            return Err(Error::config(
                "client-certificate or client-certificate-data: expected the certificate of the key",
            ));
        }
        _ => {}
    }
    let basic = if user.username.is_empty() { "password" } else { "username" };
    let has_basic = !user.username.is_empty() || !user.password.is_empty();
    if has_basic && !user.token.is_empty() {
        return not_both("token", basic);
    }
    if has_basic && !user.token_file.is_empty() {
        return not_both("tokenFile", basic);
    }
    if user.exec.is_some() && user.auth_provider.is_some() {
        return not_both("exec", "auth-provider");
    }
    if user.impersonate.is_empty() {
        for (field, is_set) in [
            ("as-uid", !user.impersonate_uid.is_empty()),
            ("as-groups", !user.impersonate_groups.is_empty()),
            ("as-user-extra", !user.impersonate_user_extra.is_empty()),
        ] {
            if is_set {
                return Err(Error::config(format!("{field}: expected the user in `as`, too")));
            }
        }
    }
    Ok(())
}

fn not_yet(field: &str, subject: &str) -> Error {
    Error::config(format!("{field}: {subject} not supported yet"))
}

fn cluster_tls(cluster: &Cluster) -> Result<Tls> {
    let mut tls = Tls {
        insecure_skip_tls_verify: cluster.insecure_skip_tls_verify,
        ..Tls::default()
    };
    if !cluster.tls_server_name.is_empty() {
        tls.server_name = Some(cluster.tls_server_name.clone());
    }
    tls.certificate_authority = certificates(
        &cluster.certificate_authority,
        ("certificate-authority-data", &cluster.certificate_authority_data),
    )?;
    Ok(tls)
}

/// Makes requests carry the user's credential, and no other.
fn set_credential(config: &mut Config, user: &AuthInfo) -> Result<()> {
    if user.exec.is_some() {
        return Err(not_yet("exec", "credential programs are"));
    }
    if user.auth_provider.is_some() {
        return Err(not_yet("auth-provider", "authentication providers are"));
    }
    (config.tls.client_certificate, config.tls.client_key) = client_identity(user)?;
    config.auth = auth(user);
    Ok(())
}

/// The client's certificate and its key.
fn client_identity(user: &AuthInfo) -> Result<(Option<Pem>, Option<SecretPem>)> {
    let certificate = certificates(
        &user.client_certificate,
        ("client-certificate-data", &user.client_certificate_data),
    )?;
    let key = if user.client_key_data.is_empty() {
        Some(&user.client_key).filter(|path| !path.is_empty()).map(|path| SecretPem::File(path.into()))
    } else {
        Some(SecretPem::Data(key_data(&user.client_key_data).map_err(|e| e.at("client-key-data"))?))
    };
    Ok((certificate, key))
}

fn key_data(base64: &Secret) -> Result<Secret> {
    let pem = String::from_utf8(decode_data(base64.expose())?)
        .map_err(|_| Error::config("expected a private key in PEM"))?;
    let pem = Secret::new(pem);
    super::pem::check_key(pem.expose())?;
    Ok(pem)
}

fn certificates(file: &str, (field, data): (&str, &str)) -> Result<Option<Pem>> {
    if data.is_empty() {
        return Ok(Some(file).filter(|file| !file.is_empty()).map(|file| Pem::File(file.into())));
    }
    let decode = || {
        let pem = decode_data(data)?;
        super::pem::check_certificates(&pem)?;
        Ok(Some(Pem::Data(pem)))
    };
    decode().map_err(|error: Error| error.at(field))
}

/// What goes with each request: the token file before the token, as in client-go.
fn auth(user: &AuthInfo) -> Auth {
    let token = Some(&user.token).filter(|token| !token.is_empty()).map(Secret::trimmed);
    match token {
        fallback if !user.token_file.is_empty() => {
            Auth::TokenFile { path: user.token_file.clone().into(), fallback }
        }
        Some(token) => Auth::Token(token),
        None if !user.username.is_empty() || !user.password.is_empty() => {
            Auth::Basic { username: user.username.clone(), password: user.password.clone() }
        }
        None => Auth::None,
    }
}

fn impersonate(user: &AuthInfo) -> Option<Impersonate> {
    if user.impersonate.is_empty() {
        return None;
    }
    Some(Impersonate {
        user: user.impersonate.clone(),
        uid: Some(user.impersonate_uid.clone()).filter(|uid| !uid.is_empty()),
        groups: user.impersonate_groups.clone(),
        extra: user.impersonate_user_extra.clone(),
    })
}

/// Resolves without a file, for text.
pub(super) fn from_text(text: &str, place: impl Display, env: &Env) -> Result<Config> {
    let kubeconfig = Kubeconfig::from_yaml(text).map_err(|error| error.at(place))?;
    let loaded = Loaded { kubeconfig, ..Loaded::default() };
    resolve(&loaded, &KubeconfigOptions::default(), env)
}
