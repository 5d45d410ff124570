//! Who asks: the headers that carry the credential and the impersonated user.

mod known;
mod token_file;
mod exec;
mod oidc;

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::config::{Auth, Config, Impersonate};
use crate::error::{Error, ErrorKind};
use crate::stop::{Hook, Stop};
use crate::sync::{Condvar, Mutex, lock};
use crate::transport::Bounds;
pub(crate) use exec::Issued;
use exec::Plugin;
use oidc::Provider;
use token_file::TokenFile;

/// Puts the credential on requests, and renews it.
pub(crate) struct Authorizer {
    credential: Credential,
    impersonate: Vec<(HeaderName, HeaderValue)>,
}

enum Credential {
    None,
    /// A header that never changes.
    Fixed(HeaderValue),
    TokenFile(TokenFile),
    Exec(Plugin),
    Oidc(Provider),
}

impl Authorizer {
    /// Reads what the configuration names.
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let credential = match &config.auth {
            Auth::None => Credential::None,
            Auth::Token(token) => Credential::Fixed(bearer("token", token.expose())?),
            Auth::TokenFile { path, fallback } => {
                Credential::TokenFile(TokenFile::new(path.clone(), fallback.as_ref())?)
            }
            Auth::Exec(exec) => Credential::Exec(Plugin::new(exec, config)?),
            Auth::Oidc(oidc) => Credential::Oidc(Provider::new(oidc)?),
            Auth::Basic { username, password } => {
                let pair = Zeroizing::new(format!("{username}:{}", password.expose()));
                let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)));
                Credential::Fixed(sensitive("username and password", &text)?)
            }
        };
        let impersonate = match &config.impersonate {
            Some(impersonate) => impersonation(impersonate)?,
            None => Vec::new(),
        };
        Ok(Self { credential, impersonate })
    }

    /// Adds the headers; a credential that the request brings itself stays. Gives what a program has
    /// issued for the request.
    ///
    /// # Blocking
    /// While a program or an issuer makes the credential, for as long as it may and within the bounds.
    pub(crate) fn authorize(
        &self,
        headers: &mut HeaderMap,
        bounds: &Bounds,
    ) -> Result<Option<Arc<Issued>>, Error> {
        let mut issued = None;
        if !headers.contains_key(AUTHORIZATION) {
            match &self.credential {
                Credential::None => {}
                Credential::Fixed(value) => drop(headers.insert(AUTHORIZATION, value.clone())),
                Credential::TokenFile(file) => drop(headers.insert(AUTHORIZATION, file.header()?)),
                Credential::Oidc(provider) => {
                    drop(headers.insert(AUTHORIZATION, provider.header(bounds)?));
                }
                Credential::Exec(plugin) => {
                    let given = issued.insert(plugin.credential(bounds)?);
                    if let Some(value) = given.header() {
                        headers.insert(AUTHORIZATION, value.clone());
                    }
                }
            }
        }
        if !headers.contains_key(IMPERSONATE_USER) {
            for (name, value) in &self.impersonate {
                headers.append(name, value.clone());
            }
        }
        Ok(issued)
    }

    /// After the server refused a credential: whether there is another one by now.
    ///
    /// # Blocking
    /// As [`Authorizer::authorize`].
    pub(crate) fn renew(
        &self,
        refused: Option<&HeaderValue>,
        issued: Option<&Arc<Issued>>,
        bounds: &Bounds,
    ) -> bool {
        match &self.credential {
            Credential::Exec(plugin) => issued.is_some_and(|issued| plugin.renew(issued, bounds)),
            Credential::TokenFile(file) => file.read_again(refused),
            Credential::Oidc(provider) => provider.renew(refused, bounds),
            Credential::None | Credential::Fixed(_) => false,
        }
    }
}

const IMPERSONATE_USER: &str = "impersonate-user";

fn impersonation(impersonate: &Impersonate) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    let mut headers = Vec::new();
    let mut push = |name: &str, value: &str| {
        let wrong =
            |what: &str| Error::config(format!("impersonation: {what} {name:?} can't be sent"));
        let header = HeaderName::try_from(name).map_err(|_| wrong("the header"))?;
        let value = HeaderValue::try_from(value).map_err(|_| wrong("the value of"))?;
        headers.push((header, value));
        Ok::<_, Error>(())
    };
    push(IMPERSONATE_USER, &impersonate.user)?;
    if let Some(uid) = &impersonate.uid {
        push("impersonate-uid", uid)?;
    }
    for group in &impersonate.groups {
        push("impersonate-group", group)?;
    }
    for (key, values) in &impersonate.extra {
        let name = format!("impersonate-extra-{}", escape_extra(key));
        for value in values {
            push(&name, value)?;
        }
    }
    Ok(headers)
}

/// Escapes what a header's name can't hold, as the server unescapes it.
fn escape_extra(key: &str) -> String {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&byte);
    key.bytes().fold(String::new(), |mut escaped, byte| {
        match is_token(byte) {
            true => escaped.push(byte.into()),
            false => escaped.push_str(&format!("%{byte:02x}")),
        }
        escaped
    })
}

/// How long the bounds leave to wait for this; an error when that is over.
fn left(bounds: &Bounds, what: &str) -> Result<Duration, Error> {
    if bounds.stop.is_stopped() {
        return Err(Error::stopped());
    }
    let ends = [bounds.deadline, bounds.head, bounds.stop.deadline()];
    let Some(end) = ends.into_iter().flatten().min() else {
        return Ok(Duration::MAX);
    };
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() {
        let message = format!("timed out while waiting for the credential of {what}");
        return Err(Error::new(ErrorKind::Timeout, message));
    }
    Ok(left)
}

/// Wakes those who wait for a change of what is shared when the stop comes, until what it gives is dropped.
fn wake_at<T, S>(stop: &Stop, shared: &Arc<T>, parts: fn(&T) -> (&Mutex<S>, &Condvar)) -> Hook
where
    T: Send + Sync + 'static,
    S: 'static,
{
    let weak = Arc::downgrade(shared);
    stop.on_stop(move || {
        if let Some(shared) = weak.upgrade() {
            let (state, changed) = parts(&shared);
            // Taken so that no thread is between its look at the stop and its wait.
            drop(lock(state));
            changed.notify_all();
        }
    })
}

/// A bearer token as a header; the token is trimmed.
fn bearer(what: &str, token: &str) -> Result<HeaderValue, Error> {
    sensitive(what, &Zeroizing::new(format!("Bearer {}", token.trim())))
}

fn sensitive(what: &str, text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::try_from(text).map_err(|_| {
        Error::config(format!("{what}: expected text without line breaks and control characters"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn headers(config: &Config) -> HeaderMap {
        let mut headers = HeaderMap::new();
        Authorizer::new(config).unwrap().authorize(&mut headers, &Bounds::default()).unwrap();
        headers
    }

    fn config(auth: Auth) -> Config {
        let mut config = Config::new("https://h");
        config.auth = auth;
        config
    }

    #[test]
    fn a_credential_becomes_a_header_that_does_not_show() {
        let token = headers(&config(Auth::Token(Secret::new(" hunter2\n"))));
        assert_eq!(token[AUTHORIZATION], "Bearer hunter2");
        assert!(!format!("{token:?}").contains("hunter2"));
        let basic = Auth::Basic { username: "a".into(), password: Secret::new("b") };
        assert_eq!(headers(&config(basic))[AUTHORIZATION], "Basic YTpi");
        assert!(headers(&config(Auth::None)).is_empty());
    }

    #[test]
    fn a_token_with_a_line_break_is_refused_and_not_shown() {
        let auth = config(Auth::Token(Secret::new("a\r\nX-Remote-User: hunter2")));
        let error = Authorizer::new(&auth).err().unwrap();
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn a_request_may_bring_its_own_credential() {
        let mut own = HeaderMap::new();
        own.insert(AUTHORIZATION, HeaderValue::from_static("Bearer mine"));
        let config = config(Auth::Token(Secret::new("theirs")));
        Authorizer::new(&config).unwrap().authorize(&mut own, &Bounds::default()).unwrap();
        assert_eq!(own[AUTHORIZATION], "Bearer mine");
    }

    /// Fidelity 20.
    #[test]
    fn impersonation_is_one_header_a_fact() {
        let mut config = Config::new("https://h");
        config.impersonate = Some(Impersonate {
            user: "u".into(),
            uid: Some("7".into()),
            groups: vec!["g1".into(), "g2".into()],
            extra: [("a/b".to_owned(), vec!["x".to_owned()])].into(),
        });
        let headers = headers(&config);
        let sent: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        assert_eq!(
            sent,
            [
                "impersonate-user: u",
                "impersonate-uid: 7",
                "impersonate-group: g1",
                "impersonate-group: g2",
                "impersonate-extra-a%2fb: x",
            ]
        );
    }
}
