//! Chooses the context, the cluster and the user that the options and the kubeconfig name, and makes
//! their paths absolute. What they say is judged in `resolve`.

use std::path::{Path, PathBuf};

use super::kubeconfig::{AuthInfo, Cluster, Context, ExecConfig, Kubeconfig, NamedAuthInfo};
use super::loader::Loaded;
use super::options::KubeconfigOptions;
use crate::error::{Error, Result};

/// An entry that was chosen, with absolute paths.
pub(super) struct Chosen<T> {
    pub(super) entry: T,
    /// What an error about it begins with: the file and the entry's name.
    pub(super) place: String,
    /// The file.
    pub(super) origin: Option<PathBuf>,
    /// The entry, as `user "u"`; nothing where none is named.
    pub(super) what: String,
    /// Its name.
    pub(super) name: String,
}

impl<T: Default> Chosen<T> {
    /// The entry of the list that the file defines.
    fn of(entry: T, origin: Option<&Path>, what: &str, name: &str) -> Self {
        let what = format!("{what} {name:?}");
        let place = match origin {
            Some(path) => format!("kubeconfig {}: {what}", path.display()),
            None => format!("kubeconfig: {what}"),
        };
        Self { entry, place, origin: origin.map(Path::to_owned), what, name: name.into() }
    }

    /// An empty one, where none is named.
    pub(super) fn none(place: String) -> Self {
        Self { entry: T::default(), place, origin: None, what: String::new(), name: String::new() }
    }
}

/// Whether the kubeconfig or the options say what to connect to; if not, the program may be in a pod.
pub(super) fn is_usable(kubeconfig: &Kubeconfig, options: &KubeconfigOptions) -> bool {
    options.name_a_target() || !kubeconfig.current_context.is_empty()
}

/// The context that the options name, or else the current one.
pub(super) fn choose_context(
    loaded: &Loaded,
    options: &KubeconfigOptions,
) -> Result<Chosen<Context>> {
    let kubeconfig = &loaded.kubeconfig;
    let (name, field) = match named(&options.context) {
        Some(name) => (name, "context"),
        None => (kubeconfig.current_context.as_str(), "current-context"),
    };
    if name.is_empty() {
        // A cluster or a server named by the options needs no context.
        if options.cluster.is_some() || !options.cluster_info.server.is_empty() {
            return Ok(Chosen::none(loaded.to_string()));
        }
        let there = there_is("contexts", kubeconfig.contexts.iter().map(|entry| &entry.name));
        return Err(Error::config(format!(
            "current-context: expected the name of a context; {there}"
        ))
        .at(loaded));
    }
    let entry = kubeconfig.contexts.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let there = there_is("contexts", kubeconfig.contexts.iter().map(|entry| &entry.name));
        Error::config(format!("{field}: there is no context {name:?}; {there}")).at(loaded)
    })?;
    let origin = entry.location_of_origin.as_deref();
    Ok(Chosen::of(entry.context.clone(), origin, "context", name))
}

/// The cluster that the options or the context name, with the options' changes.
pub(super) fn choose_cluster(
    loaded: &Loaded,
    options: &KubeconfigOptions,
    context: &Chosen<Context>,
) -> Result<Chosen<Cluster>> {
    let chosen = file_cluster(loaded, options, context)?;
    let entry = options.override_cluster(chosen.entry);
    if entry.server.is_empty() {
        let field = if chosen.what.is_empty() {
            "cluster: expected the name of a cluster"
        } else {
            "server: expected a URL"
        };
        return Err(Error::config(field).at(chosen.place));
    }
    Ok(Chosen { entry, ..chosen })
}

/// The cluster that the options or the context name, as the file has it.
pub(super) fn file_cluster(
    loaded: &Loaded,
    options: &KubeconfigOptions,
    context: &Chosen<Context>,
) -> Result<Chosen<Cluster>> {
    let clusters = &loaded.kubeconfig.clusters;
    let name = named(&options.cluster).unwrap_or(&context.entry.cluster);
    if name.is_empty() {
        return Ok(Chosen::none(context.place.clone()));
    }
    let entry = clusters.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let there = there_is("clusters", clusters.iter().map(|entry| &entry.name));
        Error::config(format!("cluster: there is no cluster {name:?}; {there}")).at(&context.place)
    })?;
    let origin = entry.location_of_origin.as_deref();
    let mut cluster = entry.cluster.clone();
    rebase(&mut cluster.certificate_authority, origin);
    Ok(Chosen::of(cluster, origin, "cluster", name))
}

/// The user that the options or the context name, with the options' changes; an empty one if none.
pub(super) fn choose_user(
    loaded: &Loaded,
    options: &KubeconfigOptions,
    context: &Chosen<Context>,
) -> Result<Chosen<AuthInfo>> {
    let chosen = file_user(loaded, options, context)?;
    Ok(Chosen { entry: options.override_user(chosen.entry), ..chosen })
}

/// The user that the options or the context name, as the file has it; an empty one if none.
pub(super) fn file_user(
    loaded: &Loaded,
    options: &KubeconfigOptions,
    context: &Chosen<Context>,
) -> Result<Chosen<AuthInfo>> {
    let users = &loaded.kubeconfig.users;
    let name = named(&options.user).unwrap_or(&context.entry.user);
    if name.is_empty() {
        return Ok(Chosen::none("the options".into()));
    }
    let entry = users.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let there = there_is("users", users.iter().map(|entry| &entry.name));
        Error::config(format!("user: there is no user {name:?}; {there}")).at(&context.place)
    })?;
    let origin = entry.location_of_origin.as_deref();
    let mut user = entry.user.clone();
    for path in [&mut user.client_certificate, &mut user.client_key, &mut user.token_file] {
        rebase(path, origin);
    }
    if let (Some(exec), Some(command)) = (&mut user.exec, entry.exec_command())
        && let Some(command) = command.to_str()
    {
        exec.command = command.to_owned();
    }
    Ok(Chosen::of(user, origin, "user", name))
}

/// The name, if it is one.
pub(super) fn named(name: &Option<String>) -> Option<&str> {
    name.as_deref().filter(|name| !name.is_empty())
}

/// `there are clusters "a", "b"`.
pub(super) fn there_is<N: std::fmt::Debug>(what: &str, names: impl Iterator<Item = N>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "
current-context: a
contexts:
- {name: a, context: {cluster: ca, user: ua}}
- {name: b, context: {cluster: cb, user: ub}}
- {name: lost, context: {cluster: nowhere, user: nobody}}
- {name: bare, context: {}}
clusters:
- {name: ca, cluster: {server: 'https://a'}}
- {name: cb, cluster: {server: 'https://b', certificate-authority: ca.crt}}
- {name: empty, cluster: {}}
users:
- {name: ua, user: {username: a}}
- {name: ub, user: {client-certificate: c.crt, client-key: /k, tokenFile: ../t}}
";

    fn load(text: &str) -> Loaded {
        let mut kubeconfig = Kubeconfig::from_yaml(text).unwrap();
        for entry in &mut kubeconfig.clusters {
            entry.location_of_origin = Some("/x/y/config".into());
        }
        for entry in &mut kubeconfig.users {
            entry.location_of_origin = Some("/z/config".into());
        }
        Loaded { kubeconfig, found: vec!["/x/y/config".into()], ..Loaded::default() }
    }

    fn choose(text: &str, options: &KubeconfigOptions) -> Result<(Cluster, AuthInfo)> {
        let loaded = load(text);
        let context = choose_context(&loaded, options)?;
        let cluster = choose_cluster(&loaded, options, &context)?;
        Ok((cluster.entry, choose_user(&loaded, options, &context)?.entry))
    }

    #[test]
    fn the_options_choose_before_the_file_does() {
        let options = KubeconfigOptions::default;
        for (options, server, username) in [
            (options(), "https://a", "a"),
            (options().context(""), "https://a", "a"),
            (options().context("b"), "https://b", ""),
            (options().context("b").user("ua"), "https://b", "a"),
            (options().cluster("cb"), "https://b", "a"),
            (options().context("lost").cluster("ca").user("ua"), "https://a", "a"),
            (options().context("bare").server("https://o"), "https://o", ""),
            (options().cluster("empty").server("https://o"), "https://o", "a"),
        ] {
            let (cluster, user) = choose(TWO, &options).unwrap();
            assert_eq!((cluster.server.as_str(), user.username.as_str()), (server, username));
        }
    }

    #[test]
    fn options_that_name_a_server_need_no_context() {
        let text = TWO.replace("current-context: a", "");
        let (cluster, user) =
            choose(&text, &KubeconfigOptions::default().server("https://o")).unwrap();
        assert_eq!((cluster.server.as_str(), user), ("https://o", AuthInfo::default()));
        assert!(choose(&text, &KubeconfigOptions::default().cluster("ca")).is_ok());
    }

    #[test]
    fn a_name_that_is_not_there_is_told_with_those_that_are() {
        let options = KubeconfigOptions::default;
        let no_current = TWO.replace("current-context: a", "");
        for (text, options, expected) in [
            (
                no_current.as_str(),
                options(),
                "kubeconfig /x/y/config: current-context: expected the name of a context; there are \
                 contexts \"a\", \"b\", \"lost\", \"bare\"",
            ),
            (
                TWO,
                options().context("c"),
                "kubeconfig /x/y/config: context: there is no context \"c\"; there are contexts \"a\", \
                 \"b\", \"lost\", \"bare\"",
            ),
            (
                "current-context: x",
                options(),
                "kubeconfig /x/y/config: current-context: there is no context \"x\"; there are no contexts",
            ),
            (
                TWO,
                options().context("lost"),
                "kubeconfig: context \"lost\": cluster: there is no cluster \"nowhere\"; there are \
                 clusters \"ca\", \"cb\", \"empty\"",
            ),
            (
                TWO,
                options().user("x"),
                "kubeconfig: context \"a\": user: there is no user \"x\"; there are users \"ua\", \"ub\"",
            ),
            (
                TWO,
                options().context("bare"),
                "kubeconfig: context \"bare\": cluster: expected the name of a cluster",
            ),
            (
                TWO,
                options().cluster("empty"),
                "kubeconfig /x/y/config: cluster \"empty\": server: expected a URL",
            ),
        ] {
            assert_eq!(choose(text, &options).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn many_names_are_not_all_told() {
        let names: Vec<_> = (0..500).map(|number| number.to_string()).collect();
        let told = there_is("contexts", names.iter());
        assert!(told.ends_with("\"19\" and 480 more"), "{told}");
    }

    /// Fidelity 29.
    #[test]
    fn paths_are_relative_to_the_folder_of_the_file_that_defined_the_entry() {
        let (cluster, user) = choose(TWO, &KubeconfigOptions::default().context("b")).unwrap();
        assert_eq!(cluster.certificate_authority, "/x/y/ca.crt");
        assert_eq!(user.client_certificate, "/z/c.crt");
        assert_eq!(user.client_key, "/k");
        assert_eq!(user.token_file, "/z/../t");
        // The options' own are the caller's.
        let mut options = KubeconfigOptions::default().context("b");
        options.auth_info.token_file = "t".into();
        assert_eq!(choose(TWO, &options).unwrap().1.token_file, "t");
    }

    /// Fidelity 29.
    #[test]
    fn a_command_is_relative_only_with_a_separator_in_it() {
        for (command, path) in
            [("p", "p"), ("./p", "/x/y/./p"), ("bin/p", "/x/y/bin/p"), ("/bin/p", "/bin/p")]
        {
            let mut user = NamedAuthInfo {
                location_of_origin: Some("/x/y/config".into()),
                ..NamedAuthInfo::default()
            };
            assert_eq!(user.exec_command(), None);
            user.user.exec.insert(ExecConfig::default()).command = command.into();
            assert_eq!(user.exec_command(), Some(PathBuf::from(path)));
        }
    }
}
