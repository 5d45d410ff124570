//! What of a kubeconfig is shown: client-go's MinifyConfig, RedactSecrets and ShortenConfig.

use super::kubeconfig::Kubeconfig;
use super::secret::Secret;
use crate::error::{Error, Result};

/// What stands where a credential was.
const REDACTED: &str = "REDACTED";
const OMITTED: &str = "DATA+OMITTED";

impl Kubeconfig {
    /// Keeps the current context alone, with its cluster and its user.
    ///
    /// ```
    /// use kubeclient::config::Kubeconfig;
    ///
    /// let mut kubeconfig = Kubeconfig::from_yaml(
    ///     "{current-context: a, contexts: [{name: a, context: {user: u}}, {name: b}],
    ///       users: [{name: u, user: {token: s3cret}}, {name: v}]}",
    /// )?;
    /// kubeconfig.minify()?;
    /// kubeconfig.redact();
    /// assert_eq!((kubeconfig.contexts.len(), kubeconfig.users.len()), (1, 1));
    /// assert_eq!(kubeconfig.user("u").unwrap().token.expose(), "REDACTED");
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): no context is the current one, or it, its cluster or
    /// its user is not there.
    pub fn minify(&mut self) -> Result<()> {
        let name = &self.current_context;
        if name.is_empty() {
            return Err(Error::config("current-context must exist in order to minify"));
        }
        let missing =
            |what: &str, name: &str| Error::config(format!("cannot locate {what} {name}"));
        let context = self.context(name).ok_or_else(|| missing("context", name))?.clone();
        if !context.cluster.is_empty() && self.cluster(&context.cluster).is_none() {
            return Err(missing("cluster", &context.cluster));
        }
        if !context.user.is_empty() && self.user(&context.user).is_none() {
            return Err(missing("user", &context.user));
        }
        self.contexts.retain(|entry| entry.name == self.current_context);
        self.clusters.retain(|entry| entry.name == context.cluster);
        self.users.retain(|entry| entry.name == context.user);
        Ok(())
    }

    /// Puts `REDACTED` and `DATA+OMITTED` in the place of credentials and certificates, as `kubectl config
    /// view` does; also in that of the settings of an `auth-provider` that hold tokens and secrets, and of
    /// the variables of an exec plugin. Passwords in URLs go. Unknown fields and extensions stay as they are.
    pub fn redact(&mut self) {
        for entry in &mut self.clusters {
            let cluster = &mut entry.cluster;
            omit(&mut cluster.certificate_authority_data);
            cluster.server = super::model::without_userinfo(&cluster.server);
            cluster.proxy_url = super::model::without_userinfo(&cluster.proxy_url);
        }
        for entry in &mut self.users {
            let user = &mut entry.user;
            omit(&mut user.client_certificate_data);
            cover(&mut user.client_key_data, OMITTED);
            cover(&mut user.token, REDACTED);
            cover(&mut user.password, REDACTED);
            let settings = user.auth_provider.iter_mut().flat_map(|provider| &mut provider.config);
            for (key, value) in settings {
                if key.contains("token") || key.contains("secret") || key.contains("key") {
                    cover(value, REDACTED);
                }
            }
            for variable in user.exec.iter_mut().flat_map(|exec| &mut exec.env) {
                cover(&mut variable.value, REDACTED);
            }
        }
    }
}

fn omit(data: &mut String) {
    if !data.is_empty() {
        *data = OMITTED.into();
    }
}

fn cover(secret: &mut Secret, with: &str) {
    if !secret.is_empty() {
        *secret = with.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credential_is_left_and_no_field_is_added() {
        let mut kubeconfig = Kubeconfig::from_yaml(
            "{clusters: [{name: c, cluster: {server: 'https://u:CANARY@h', certificate-authority-data: CANARY}}],
              users: [{name: u, user: {token: CANARY, password: CANARY, client-key-data: CANARY,
                client-certificate-data: CANARY, exec: {env: [{name: N, value: CANARY}]}, auth-provider: {name: p,
                config: {id-token: CANARY, client-secret: CANARY, client-id: kept}}}}, {name: empty}]}",
        )
        .unwrap();
        kubeconfig.redact();
        let shown = serde_json::to_string(&kubeconfig).unwrap();
        assert!(!shown.contains("CANARY") && shown.contains("kept"), "{shown}");
        assert_eq!(kubeconfig.user("empty"), Some(&Default::default()));
    }

    #[test]
    fn what_is_kept_must_be_there() {
        let error =
            |text: &str| Kubeconfig::from_yaml(text).unwrap().minify().unwrap_err().to_string();
        assert!(error("").starts_with("current-context must exist"));
        assert_eq!(error("current-context: a"), "cannot locate context a");
        let of = |context: &str| {
            format!("{{current-context: a, contexts: [{{name: a, context: {{{context}}}}}]}}")
        };
        assert_eq!(error(&of("cluster: c")), "cannot locate cluster c");
        assert_eq!(error(&of("user: u")), "cannot locate user u");
    }
}
