//! [`Kubeconfig`]: what a kubeconfig file says, field by field. Files are found and merged in `loader`,
//! read in `parse`, and made into a [`Config`](super::Config) in `resolve`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::model::model;
use super::secret::Secret;

model! {
    /// A kubeconfig: clusters, users, and the contexts that pair them.
    ///
    /// Nothing that a file says is lost: unknown fields and extensions are kept, and serializing writes
    /// them back, **with the credentials**. `Debug` shows no credential.
    ///
    /// ```
    /// use kubeclient::config::Kubeconfig;
    ///
    /// let kubeconfig = Kubeconfig::from_yaml(
    ///     "clusters:
    ///      - name: here
    ///        cluster: {server: 'https://10.0.0.1:6443', shiny: new}",
    /// )?;
    /// assert_eq!(kubeconfig.cluster("here").unwrap().server, "https://10.0.0.1:6443");
    /// let written = serde_json::to_string(&kubeconfig).unwrap();
    /// assert!(written.contains("\"shiny\":\"new\""));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    Kubeconfig, "a kubeconfig"
    {
        /// `v1`, or empty.
        api_version: String = "apiVersion", plain;
        /// `Config`, or empty.
        kind: String = "kind", plain;
        /// Settings of programs, which nothing reads any more.
        preferences: Value = "preferences", hidden;
        /// The clusters.
        clusters: Vec<NamedCluster> = "clusters", plain;
        /// The users.
        users: Vec<NamedAuthInfo> = "users", plain;
        /// The contexts.
        contexts: Vec<NamedContext> = "contexts", plain;
        /// The context that is used when none is named.
        current_context: String = "current-context", plain;
        /// What other programs keep here.
        extensions: Vec<NamedExtension> = "extensions", plain;
    }
}

model! {
    /// A cluster and its name.
    NamedCluster, "a named cluster"
    {
        /// The name.
        name: String = "name", plain;
        /// The cluster.
        cluster: Cluster = "cluster", plain;
    }
    not_in_file {
        /// The file that defined it.
        location_of_origin: Option<PathBuf>;
    }
}

model! {
    /// A user and its name.
    NamedAuthInfo, "a named user"
    {
        /// The name.
        name: String = "name", plain;
        /// The user.
        user: AuthInfo = "user", plain;
    }
    not_in_file {
        /// The file that defined it.
        location_of_origin: Option<PathBuf>;
    }
}

model! {
    /// A context and its name.
    NamedContext, "a named context"
    {
        /// The name.
        name: String = "name", plain;
        /// The context.
        context: Context = "context", plain;
    }
    not_in_file {
        /// The file that defined it.
        location_of_origin: Option<PathBuf>;
    }
}

model! {
    /// What another program keeps in the kubeconfig.
    NamedExtension, "a named extension"
    {
        /// The name.
        name: String = "name", plain;
        /// Whatever the program wrote.
        extension: Value = "extension", hidden;
    }
}

model! {
    /// Where a server is, and how it is recognized.
    Cluster, "a cluster"
    {
        /// The server's URL.
        server: String = "server", url;
        /// The name that the server's certificate must carry, when it is not the URL's host.
        tls_server_name: String = "tls-server-name", plain;
        /// Trusts any server.
        insecure_skip_tls_verify: bool = "insecure-skip-tls-verify", plain;
        /// The file of the certificate authorities.
        certificate_authority: String = "certificate-authority", plain;
        /// The certificate authorities: base64 of PEM.
        certificate_authority_data: String = "certificate-authority-data", size;
        /// The proxy on the way to the server.
        proxy_url: String = "proxy-url", url;
        /// Asks for answers that are not compressed.
        disable_compression: bool = "disable-compression", plain;
        /// What other programs keep here.
        extensions: Vec<NamedExtension> = "extensions", plain;
    }
}

model! {
    /// Who asks.
    AuthInfo, "a user"
    {
        /// The file of the client's certificate.
        client_certificate: String = "client-certificate", plain;
        /// The client's certificate: base64 of PEM.
        client_certificate_data: String = "client-certificate-data", size;
        /// The file of the certificate's key.
        client_key: String = "client-key", plain;
        /// The certificate's key: base64 of PEM.
        client_key_data: Secret = "client-key-data", plain;
        /// A bearer token.
        token: Secret = "token", plain;
        /// A file that holds a bearer token; it goes before `token`.
        token_file: String = "tokenFile", plain;
        /// The user on whose behalf requests are made.
        impersonate: String = "as", plain;
        /// That user's identity.
        impersonate_uid: String = "as-uid", plain;
        /// That user's groups.
        impersonate_groups: Vec<String> = "as-groups", plain;
        /// Further facts about that user.
        impersonate_user_extra: BTreeMap<String, Vec<String>> = "as-user-extra", plain;
        /// A name, for basic authentication.
        username: String = "username", plain;
        /// The name's password.
        password: Secret = "password", plain;
        /// The way of authenticating that came before `exec`.
        auth_provider: Option<AuthProviderConfig> = "auth-provider", plain;
        /// A program that gives the credential.
        exec: Option<ExecConfig> = "exec", plain;
        /// What other programs keep here.
        extensions: Vec<NamedExtension> = "extensions", plain;
    }
}

model! {
    /// A cluster, a user and a namespace that go together.
    Context, "a context"
    {
        /// The cluster's name.
        cluster: String = "cluster", plain;
        /// The user's name.
        user: String = "user", plain;
        /// The namespace, where none is named.
        namespace: String = "namespace", plain;
        /// What other programs keep here.
        extensions: Vec<NamedExtension> = "extensions", plain;
    }
}

model! {
    /// An authentication provider and its settings.
    AuthProviderConfig, "an authentication provider"
    {
        /// The provider's name.
        name: String = "name", plain;
        /// Its settings; tokens among them.
        config: BTreeMap<String, Secret> = "config", plain;
    }
}

model! {
    /// A program that gives the credential.
    ExecConfig, "a credential program"
    {
        /// The program. With a path separator in it, it stands relative to the kubeconfig's folder;
        /// without one it is looked for in `PATH`.
        command: String = "command", plain;
        /// Its arguments.
        args: Vec<String> = "args", hidden;
        /// Variables to add to its environment.
        env: Vec<ExecEnvVar> = "env", plain;
        /// The version of the protocol between us and the program.
        api_version: String = "apiVersion", plain;
        /// What to tell the user when the program is not there.
        install_hint: String = "installHint", plain;
        /// Whether the program is told of the cluster.
        provide_cluster_info: bool = "provideClusterInfo", plain;
        /// Whether the program may use the terminal: `Never`, `IfAvailable` or `Always`.
        interactive_mode: String = "interactiveMode", plain;
    }
}

model! {
    /// A variable for a credential program's environment.
    ExecEnvVar, "an environment variable"
    {
        /// The name.
        name: String = "name", plain;
        /// The value.
        value: Secret = "value", plain;
    }
}

impl Kubeconfig {
    /// The cluster of this name.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|entry| entry.name == name).map(|entry| &entry.cluster)
    }

    /// The user of this name.
    pub fn user(&self, name: &str) -> Option<&AuthInfo> {
        self.users.iter().find(|entry| entry.name == name).map(|entry| &entry.user)
    }

    /// The context of this name.
    pub fn context(&self, name: &str) -> Option<&Context> {
        self.contexts.iter().find(|entry| entry.name == name).map(|entry| &entry.context)
    }

    /// Whether it is a key that the format knows, so that it can be named without telling a secret that
    /// stands where a key should.
    pub(super) fn is_known_key(key: &str) -> bool {
        [
            Self::KEYS,
            NamedCluster::KEYS,
            NamedAuthInfo::KEYS,
            NamedContext::KEYS,
            NamedExtension::KEYS,
            Cluster::KEYS,
            AuthInfo::KEYS,
            Context::KEYS,
            AuthProviderConfig::KEYS,
            ExecConfig::KEYS,
            ExecEnvVar::KEYS,
        ]
        .iter()
        .any(|keys| keys.contains(&key))
    }
}
