//! [`Oidc`]: what a kubeconfig's `auth-provider` of the name `oidc` means. Nothing is asked here: `auth` does.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash as _, Hasher};
use std::path::{Path, PathBuf};

use super::kubeconfig::{AuthProviderConfig, Kubeconfig};
use super::model::without_userinfo;
use super::pem::{check_certificates, decode_data};
use super::secret::Secret;
use super::server::ServerUrl;
use super::{Pem, cluster};
use crate::error::{Error, Result};
use crate::stop::Stop;

const ISSUER_URL: &str = "idp-issuer-url";
const CLIENT_ID: &str = "client-id";
const CLIENT_SECRET: &str = "client-secret";
const AUTHORITY: &str = "idp-certificate-authority";
const AUTHORITY_DATA: &str = "idp-certificate-authority-data";
const ID_TOKEN: &str = "id-token";
const REFRESH_TOKEN: &str = "refresh-token";

/// An ID token of an OpenID Connect issuer, and what it takes to get the next one.
///
/// The ID token is the bearer token until 10 s before its end. Then the issuer is asked for another one, once
/// for all clients of one configuration, for at most 30 s; redirects are not followed. What comes is
/// written back to the kubeconfig that it is from (default feature `kubeconfig-write`), so that other programs find
/// it; where it can't be, one warning says so. What other programs have written there by then, or within 5 s after
/// the issuer has refused the refresh token, is used. The HTTP library logs the issuer's answers, and so the tokens,
/// at level trace (see `rest`).
///
/// ```
/// use kubeclient::config::{Auth, Config, Oidc};
///
/// let mut oidc = Oidc::new("https://issuer.example.com", "kubernetes");
/// oidc.refresh_token = Some("s3cret".into());
/// let mut config = Config::new("https://10.0.0.1:6443");
/// config.auth = Auth::Oidc(oidc);
/// config.check()?;
/// assert!(!format!("{config:?}").contains("s3cret"));
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Oidc {
    /// The issuer's URL: https, or http on this machine. Another one is not asked: when the ID token has ended, that
    /// is an error.
    pub issuer_url: String,
    /// The client that the tokens are issued for.
    pub client_id: String,
    /// The client's secret, where it has one.
    pub client_secret: Option<Secret>,
    /// The authorities that the issuer's certificate is checked by; the system's when `None`.
    pub certificate_authority: Option<Pem>,
    /// The ID token to begin with.
    pub id_token: Option<Secret>,
    /// What the issuer gives another ID token for.
    pub refresh_token: Option<Secret>,
    /// Where new tokens are written: a kubeconfig and its user.
    origin: Option<(PathBuf, String)>,
}

/// Shows no credential.
impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc")
            .field("issuer_url", &without_userinfo(&self.issuer_url))
            .field("client_id", &self.client_id)
            .field("certificate_authority", &self.certificate_authority)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// The tokens that a kubeconfig holds.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) id: Option<Secret>,
    pub(crate) refresh: Option<Secret>,
}

impl Oidc {
    /// Tokens of this issuer for this client; there is none yet.
    pub fn new(issuer_url: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            issuer_url: issuer_url.into(),
            client_id: client_id.into(),
            client_secret: None,
            certificate_authority: None,
            id_token: None,
            refresh_token: None,
            origin: None,
        }
    }

    /// What the kubeconfig says for this user.
    pub(super) fn of_kubeconfig(
        provider: &AuthProviderConfig,
        origin: Option<(PathBuf, String)>,
    ) -> Result<Self> {
        let config = &provider.config;
        let text =
            |key| value(config, key).map_or_else(String::new, |text| text.expose().to_owned());
        let (file, data) = (text(AUTHORITY), text(AUTHORITY_DATA));
        if !file.is_empty() && !data.is_empty() {
            cluster::not_both(AUTHORITY, AUTHORITY_DATA)?;
        }
        let certificate_authority = match (file.is_empty(), data.is_empty()) {
            (_, false) => {
                let pem = decode_data(&data).map_err(|error| error.at(AUTHORITY_DATA))?;
                check_certificates(&pem).map_err(|error| error.at(AUTHORITY_DATA))?;
                Some(Pem::Data(pem))
            }
            (false, true) => Some(Pem::File(file.into())),
            (true, true) => None,
        };
        let made = Self {
            issuer_url: text(ISSUER_URL),
            client_id: text(CLIENT_ID),
            client_secret: value(config, CLIENT_SECRET),
            certificate_authority,
            id_token: value(config, ID_TOKEN),
            refresh_token: value(config, REFRESH_TOKEN),
            origin,
        };
        made.check()?;
        Ok(made)
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.client_id.is_empty() {
            return Err(Error::config(format!("{CLIENT_ID}: expected the client of the issuer")));
        }
        // The reader's own error speaks of a server; the issuer's URL may hold a password.
        ServerUrl::parse(&self.issuer_url).map(drop).map_err(|_| {
            Error::config(format!(
                "{ISSUER_URL}: expected an https:// URL without user, query and fragment"
            ))
        })
    }

    /// The tokens to begin with.
    pub(crate) fn tokens(&self) -> Tokens {
        Tokens { id: self.id_token.clone(), refresh: self.refresh_token.clone() }
    }

    /// Whether both are one client of one issuer, kept in one place, whatever their tokens are.
    pub(crate) fn is_same_client(&self, other: &Self) -> bool {
        let bare = |oidc: &Self| Self { id_token: None, refresh_token: None, ..oidc.clone() };
        bare(self) == bare(other)
    }

    /// Whether there is a kubeconfig that the tokens are from.
    pub(crate) fn is_kept(&self) -> bool {
        self.origin.is_some()
    }

    /// Hashes all of it.
    pub(super) fn print(&self, hasher: &mut impl Hasher) {
        // Taken apart so that a new field can't be forgotten.
        let Self {
            issuer_url,
            client_id,
            client_secret,
            certificate_authority,
            id_token,
            refresh_token,
            origin,
        } = self;
        (issuer_url, client_id, origin).hash(hasher);
        for secret in [client_secret, id_token, refresh_token] {
            secret.as_ref().map(Secret::expose).hash(hasher);
        }
        match certificate_authority {
            None => 0.hash(hasher),
            Some(Pem::File(path)) => (1, path).hash(hasher),
            Some(Pem::Data(data)) => (2, data).hash(hasher),
        }
    }

    /// The tokens that stand in the kubeconfig by now: another program may have refreshed them.
    pub(crate) fn read_again(&self) -> Option<Tokens> {
        let (file, user) = self.origin.as_ref()?;
        let kubeconfig = Kubeconfig::read_from(file).ok()?;
        let provider = kubeconfig.user(user)?.auth_provider.as_ref().filter(|p| self.is_of(p))?;
        let value = |key| value(&provider.config, key);
        Some(Tokens { id: value(ID_TOKEN), refresh: value(REFRESH_TOKEN) })
    }

    /// Whether an entry is of the same client of the same issuer.
    fn is_of(&self, provider: &AuthProviderConfig) -> bool {
        let is = |key, expected: &str| {
            provider.config.get(key).is_some_and(|value| value.expose() == expected)
        };
        is(ISSUER_URL, &self.issuer_url) && is(CLIENT_ID, &self.client_id)
    }

    /// Writes new tokens to the kubeconfig that the old ones are from, if there is one. No token is ever
    /// replaced by an empty one.
    ///
    /// # Blocking
    /// As [`Kubeconfig::modify`], until it is stopped.
    pub(crate) fn keep(&self, tokens: &Tokens, stop: &Stop) -> Result<()> {
        let Some((file, user)) = &self.origin else { return Ok(()) };
        self.write(file, user, tokens, stop)
    }

    #[cfg(feature = "kubeconfig-write")]
    fn write(&self, file: &Path, user: &str, tokens: &Tokens, stop: &Stop) -> Result<()> {
        let options = super::KubeconfigOptions::default().path(file);
        super::write::modify(&options, &super::env::Env::of_process(), stop, |kubeconfig| {
            let entry = kubeconfig.users.iter_mut().find(|entry| entry.name == user);
            let provider = entry.and_then(|entry| entry.user.auth_provider.as_mut());
            let provider = provider.filter(|provider| self.is_of(provider)).ok_or_else(|| {
                Error::config(format!("user {user:?}: its auth-provider is another by now"))
            })?;
            for (key, token) in [(ID_TOKEN, &tokens.id), (REFRESH_TOKEN, &tokens.refresh)] {
                if let Some(token) = token.as_ref().filter(|token| !token.is_empty()) {
                    provider.config.insert(key.into(), token.clone());
                }
            }
            Ok(())
        })
    }

    #[cfg(not(feature = "kubeconfig-write"))]
    fn write(&self, file: &Path, _: &str, _: &Tokens, _: &Stop) -> Result<()> {
        let file = file.display();
        Err(Error::config(format!(
            "kubeconfig {file}: not written without feature kubeconfig-write"
        )))
    }
}

/// A setting that is not empty.
fn value(config: &BTreeMap<String, Secret>, key: &str) -> Option<Secret> {
    config.get(key).map(Secret::trimmed).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(settings: &[(&str, &str)]) -> AuthProviderConfig {
        let config = settings.iter().map(|(key, value)| ((*key).into(), (*value).into()));
        AuthProviderConfig { name: "oidc".into(), config: config.collect(), ..Default::default() }
    }

    #[test]
    fn each_setting_is_taken_and_none_is_shown() {
        let taken = Oidc::of_kubeconfig(
            &provider(&[
                (ISSUER_URL, "https://i/realm"),
                (CLIENT_ID, "k"),
                (CLIENT_SECRET, "CANARY-1"),
                (ID_TOKEN, "CANARY-2\n"),
                (REFRESH_TOKEN, "CANARY-3"),
                (AUTHORITY, "/ca"),
                ("extra-scopes", "groups"),
            ]),
            None,
        )
        .unwrap();
        assert_eq!((taken.issuer_url.as_str(), taken.client_id.as_str()), ("https://i/realm", "k"));
        assert_eq!(taken.client_secret.as_ref().unwrap().expose(), "CANARY-1");
        assert_eq!(taken.id_token.as_ref().unwrap().expose(), "CANARY-2");
        assert_eq!(taken.refresh_token.as_ref().unwrap().expose(), "CANARY-3");
        assert_eq!(taken.certificate_authority, Some(Pem::File("/ca".into())));
        assert!(!format!("{taken:?}").contains("CANARY"));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let issuer = (ISSUER_URL, "https://i");
        let client = (CLIENT_ID, "k");
        for (settings, expected) in [
            (&[issuer][..], "client-id: expected the client"),
            (&[client], "idp-issuer-url: expected an https:// URL"),
            (
                &[client, (ISSUER_URL, "https://u:CANARY@i")],
                "idp-issuer-url: expected an https:// URL w",
            ),
            (
                &[client, (ISSUER_URL, "https://i?CANARY")],
                "idp-issuer-url: expected an https:// URL w",
            ),
            (
                &[issuer, client, (AUTHORITY_DATA, "CANARY-")],
                "idp-certificate-authority-data: expected",
            ),
            (
                &[issuer, client, (AUTHORITY_DATA, "Q0E="), (AUTHORITY, "/ca")],
                "idp-certificate-authority and",
            ),
        ] {
            let error = Oidc::of_kubeconfig(&provider(settings), None).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(told.starts_with(expected) && !told.contains("CANARY"), "{expected}: {told}");
        }
        // Whether one may be asked is known when it is asked.
        for url in ["http://127.0.0.1:1", "http://i"] {
            Oidc::of_kubeconfig(&provider(&[client, (ISSUER_URL, url)]), None).unwrap();
        }
    }
}
