//! [`Config::check`]: what no configuration may be, wherever it came from.

use std::net::IpAddr;
use std::time::Duration;

use super::pem;
use super::secret::Secret;
use super::server::ServerUrl;
use super::{Auth, Config, Impersonate, Pem, SecretPem, Timeouts, Tls};
use crate::error::{Error, Result};

/// Longer than any real token; a server's header would not hold it.
const MAX_TOKEN_BYTES: usize = 64 << 10;

impl Config {
    /// Checks that the parts make sense alone and together. No file is read.
    ///
    /// A [`RestClient`](crate::rest::RestClient) checks its configuration itself.
    ///
    /// ```
    /// use kubeclient::config::Config;
    ///
    /// let config = Config::new("http://10.0.0.1:8080").with_token("t");
    /// let error = config.check().unwrap_err().to_string();
    /// assert!(error.contains("allow_plaintext_credentials"));
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) naming the field, what it should be, and never
    /// what it is.
    pub fn check(&self) -> Result<()> {
        let server = ServerUrl::parse(&self.server)?;
        check_namespace(&self.namespace)?;
        self.tls.check().map_err(|error| error.at("tls"))?;
        self.auth.check().map_err(|error| error.at("auth"))?;
        self.proxy.check().map_err(|error| error.at("proxy"))?;
        if let Some(impersonate) = &self.impersonate {
            impersonate.check().map_err(|error| error.at("impersonate"))?;
        }
        // Rules and the environment lead to this machine directly.
        if self.auth.is_some()
            && !server.is_tls
            && (!server.is_loopback || self.proxy.url().is_some())
            && !self.allow_plaintext_credentials
        {
            return Err(Error::config(
                "server: expected https:// when there is a credential to send; to send it over plain \
                 http all the same, set allow_plaintext_credentials",
            ));
        }
        self.check_numbers()?;
        if self.user_agent.trim().is_empty() {
            return Err(Error::config("user_agent: expected text"));
        }
        check_header(&self.user_agent).map_err(|error| error.at("user_agent"))
    }

    /// Checks the limits, of which none may be zero.
    fn check_numbers(&self) -> Result<()> {
        let Timeouts { connect, request, list, watch_idle } = &self.timeouts;
        let times = [
            ("timeouts.connect", &Some(*connect)),
            ("timeouts.request", request),
            ("timeouts.list", list),
            ("timeouts.watch_idle", watch_idle),
        ];
        for (field, time) in times {
            if *time == Some(Duration::ZERO) {
                return Err(Error::config("expected more than zero").at(field));
            }
        }
        let limits = [
            ("limits.object", self.limits.object),
            ("limits.list", self.limits.list),
            ("limits.watch_event", self.limits.watch_event),
            ("limits.log_line", self.limits.log_line),
        ];
        for (field, limit) in limits {
            if limit == 0 {
                return Err(Error::config("expected more than zero").at(field));
            }
        }
        let Some(throttle) = self.throttle else {
            return Ok(());
        };
        if !throttle.qps.is_finite() || throttle.qps <= 0.0 {
            return Err(Error::config("throttle.qps: expected a number above zero"));
        }
        if throttle.burst == 0 {
            return Err(Error::config("throttle.burst: expected at least 1"));
        }
        Ok(())
    }
}

impl Auth {
    /// Whether a request carries a credential.
    fn is_some(&self) -> bool {
        !matches!(self, Self::None)
    }

    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Token(token) => check_token(token).map_err(|error| error.at("token")),
            Self::TokenFile { path, .. } if path.as_os_str().is_empty() => {
                Err(Error::config("token file: expected a path"))
            }
            Self::TokenFile { fallback: None, .. } => Ok(()),
            Self::TokenFile { fallback: Some(token), .. } => {
                check_token(token).map_err(|error| error.at("token"))
            }
            Self::Basic { username, .. } if username.is_empty() => {
                Err(Error::config("username: expected a name"))
            }
            Self::Basic { username, .. } if username.contains(':') => {
                Err(Error::config("username: expected a name without `:`"))
            }
            Self::Basic { username, password } => {
                check_header(username).map_err(|error| error.at("username"))?;
                check_header(password.expose()).map_err(|error| error.at("password"))
            }
            Self::Exec(exec) => exec.check().map_err(|error| error.at("exec")),
            Self::Oidc(oidc) => oidc.check().map_err(|error| error.at("oidc")),
        }
    }
}

/// Checks a token, which may have space around it.
pub(super) fn check_token(token: &Secret) -> Result<()> {
    let token = token.expose().trim();
    if token.is_empty() {
        return Err(Error::config("expected a token, found nothing but space"));
    }
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Error::config("expected a token of at most 64 KiB"));
    }
    if !token.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
        return Err(Error::config(
            "expected a token of ASCII characters, without a line break or space inside",
        ));
    }
    Ok(())
}

impl Tls {
    fn check(&self) -> Result<()> {
        if self.insecure_skip_tls_verify && self.certificate_authority.is_some() {
            return Err(Error::config(
                "certificate_authority and insecure_skip_tls_verify: expected one of them, not both",
            ));
        }
        match (&self.client_certificate, &self.client_key) {
            (Some(_), None) => {
                return Err(Error::config("client_key: expected the key of client_certificate"));
            }
            (None, Some(_)) => {
                return Err(Error::config(
                    "client_certificate: expected the certificate of client_key",
                ));
            }
            _ => {}
        }
        for (field, pem) in [
            ("certificate_authority", &self.certificate_authority),
            ("client_certificate", &self.client_certificate),
        ] {
            match pem {
                Some(Pem::Data(data)) => {
                    pem::check_certificates(data).map_err(|error| error.at(field))?;
                }
                Some(Pem::File(path)) if path.as_os_str().is_empty() => {
                    return Err(Error::config("expected a path").at(field));
                }
                _ => {}
            }
        }
        match &self.client_key {
            Some(SecretPem::Data(key)) => {
                pem::check_key(key.expose()).map_err(|error| error.at("client_key"))?;
            }
            Some(SecretPem::File(path)) if path.as_os_str().is_empty() => {
                return Err(Error::config("client_key: expected a path"));
            }
            _ => {}
        }
        match &self.server_name {
            Some(name) => check_server_name(name).map_err(|error| error.at("server_name")),
            None => Ok(()),
        }
    }
}

/// Checks the name that a server's certificate should carry.
pub(super) fn check_server_name(name: &str) -> Result<()> {
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let is_label = |label: &str| !label.is_empty() && label.chars().all(is_name_char);
    let labels = name.strip_suffix('.').unwrap_or(name);
    if name.len() <= 253 && labels.split('.').all(is_label) || name.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    Err(Error::config("expected a DNS name or an IP address"))
}

impl Impersonate {
    pub(super) fn check(&self) -> Result<()> {
        if self.user.is_empty() {
            return Err(Error::config("user: expected a name; uid, groups and extra need one"));
        }
        check_header(&self.user).map_err(|error| error.at("user"))?;
        if let Some(uid) = &self.uid {
            check_header(uid).map_err(|error| error.at("uid"))?;
        }
        for group in &self.groups {
            check_header(group).map_err(|error| error.at("groups"))?;
        }
        for (key, values) in &self.extra {
            if key.is_empty() {
                return Err(Error::config("extra: expected a key, found an empty one"));
            }
            for value in values {
                check_header(value).map_err(|error| error.at("extra"))?;
            }
        }
        Ok(())
    }
}

/// Checks what goes into a header.
pub(super) fn check_header(value: &str) -> Result<()> {
    if value.chars().any(char::is_control) {
        return Err(Error::config("expected text without line breaks and control characters"));
    }
    Ok(())
}

/// Checks that it can be a namespace: a DNS label, so that it can't lead a path elsewhere.
pub(super) fn check_namespace(namespace: &str) -> Result<()> {
    let is_label_char =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = (1..=63).contains(&namespace.len())
        && namespace.bytes().all(is_label_char)
        && !namespace.starts_with('-')
        && !namespace.ends_with('-');
    if is_label {
        return Ok(());
    }
    Err(Error::config(
        "namespace: expected at most 63 lower-case letters, digits and `-`, with `-` only inside",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample::{CERTIFICATE, KEY};
    use crate::config::{Proxy, ProxyRules, Throttle};

    fn with(change: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config::new("https://h");
        change(&mut config);
        config
    }

    #[track_caller]
    fn refused(expected: &str, change: impl FnOnce(&mut Config)) {
        let error = with(change).check().expect_err(expected);
        assert_eq!(error.kind(), crate::ErrorKind::Config);
        assert!(error.to_string().starts_with(expected), "{expected}: {error}");
        assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
    }

    #[test]
    fn a_new_configuration_is_sound() {
        Config::new("https://h").check().unwrap();
        Config::new("http://h").check().unwrap();
        with(|config| {
            config.tls.certificate_authority = Some(Pem::Data(CERTIFICATE.into()));
            config.tls.client_certificate = Some(Pem::File("/c".into()));
            config.tls.client_key = Some(SecretPem::Data(KEY.into()));
            config.tls.server_name = Some("10.0.0.1".into());
            config.auth = Auth::Token(" t\n".into());
            config.throttle = Some(Throttle { qps: 5.0, burst: 10 });
        })
        .check()
        .unwrap();
    }

    #[test]
    fn an_empty_server_is_refused() {
        refused("server: expected", |config| config.server = String::new());
        refused("server: expected", |config| config.server = "https://u:CANARY@h".into());
    }

    /// Fidelity 23.
    #[test]
    fn certificate_authorities_and_insecure_are_refused_together() {
        refused("tls: certificate_authority and insecure_skip_tls_verify: ", |config| {
            config.tls.insecure_skip_tls_verify = true;
            config.tls.certificate_authority = Some(Pem::Data(CERTIFICATE.into()));
        });
    }

    /// Fidelity 21.
    #[test]
    fn impersonation_without_a_user_is_refused() {
        for change in [
            (|_: &mut Impersonate| {}) as fn(&mut Impersonate),
            |impersonate| impersonate.uid = Some("1".into()),
            |impersonate| impersonate.groups = vec!["g".into()],
            |impersonate| drop(impersonate.extra.insert("k".into(), vec!["v".into()])),
        ] {
            refused("impersonate: user: expected a name", |config| {
                change(config.impersonate.insert(Impersonate::default()));
            });
        }
    }

    #[test]
    fn what_would_break_a_header_is_refused() {
        for (field, change) in [
            (
                "impersonate: user",
                (|config| config.impersonate.as_mut().unwrap().user = "a\r\nCANARY: b".into())
                    as fn(&mut Config),
            ),
            ("impersonate: uid", |config| {
                config.impersonate.as_mut().unwrap().uid = Some("a\nCANARY".into());
            }),
            ("impersonate: groups", |config| {
                config.impersonate.as_mut().unwrap().groups = vec!["a\0CANARY".into()];
            }),
            ("impersonate: extra", |config| {
                let extra = &mut config.impersonate.as_mut().unwrap().extra;
                extra.insert("k".into(), vec!["a\nCANARY".into()]);
            }),
            ("impersonate: extra: expected a key", |config| {
                let extra = &mut config.impersonate.as_mut().unwrap().extra;
                extra.insert(String::new(), vec!["CANARY".into()]);
            }),
            ("user_agent", |config| config.user_agent = "a\nCANARY".into()),
            ("user_agent", |config| config.user_agent = " ".into()),
        ] {
            refused(field, |config| {
                config.impersonate =
                    Some(Impersonate { user: "u".into(), ..Impersonate::default() });
                change(config);
            });
        }
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_refused() {
        for token in ["", " \n", "CANARY\nX: y", "CANARY b", "CANARY\0", "CANARYé", "CANARY\u{7f}"]
        {
            refused("auth: token: expected a token", |config| {
                config.auth = Auth::Token(token.into());
            });
            refused("auth: token: expected a token", |config| {
                config.auth = Auth::TokenFile { path: "/t".into(), fallback: Some(token.into()) };
            });
        }
        refused("auth: token: expected a token of at most", |config| {
            config.auth = Auth::Token("t".repeat(1 << 20).into());
        });
        refused("auth: token file: expected a path", |config| {
            config.auth = Auth::TokenFile { path: "".into(), fallback: None };
        });
        let basic =
            |username: &str| Auth::Basic { username: username.into(), password: "CANARY\n".into() };
        refused("auth: username", |config| config.auth = basic(""));
        refused("auth: username", |config| config.auth = basic("a:CANARY"));
        refused("auth: password", |config| config.auth = basic("a"));
        refused("auth: exec: command: expected", |config| {
            config.auth = Auth::Exec(crate::config::Exec::new(""));
        });
    }

    /// Fidelity 31.
    #[test]
    fn a_credential_over_http_must_be_asked_for() {
        let credentials = [
            Auth::Token("t".into()),
            Auth::TokenFile { path: "/t".into(), fallback: None },
            Auth::Basic { username: "u".into(), password: "CANARY".into() },
            Auth::Exec(crate::config::Exec::new("p")),
        ];
        for auth in credentials {
            let over_http = |server: &str| {
                let auth = auth.clone();
                let server = server.to_owned();
                move |config: &mut Config| (config.server, config.auth) = (server, auth)
            };
            refused("server: expected https:// when", over_http("http://10.0.0.1"));
            with(over_http("http://127.0.0.1:1")).check().unwrap();
            with(over_http("http://[::1]:1")).check().unwrap();
            let through = |proxy: Proxy| {
                let over_http = over_http("http://127.0.0.1:1");
                move |config: &mut Config| {
                    over_http(config);
                    config.proxy = proxy;
                }
            };
            let url = "http://proxy:3128";
            refused("server: expected https:// when", through(Proxy::Url(url.into())));
            let rules = ProxyRules { http_proxy: url.into(), ..ProxyRules::default() };
            with(through(Proxy::Rules(rules))).check().unwrap();
            with(through(Proxy::Direct)).check().unwrap();
            with(over_http("https://10.0.0.1")).check().unwrap();
            let mut allowed = with(over_http("http://10.0.0.1"));
            allowed.allow_plaintext_credentials = true;
            allowed.check().unwrap();
        }
    }

    #[test]
    fn a_certificate_and_its_key_go_together() {
        refused("tls: client_key: expected", |config| {
            config.tls.client_certificate = Some(Pem::Data(CERTIFICATE.into()));
        });
        refused("tls: client_certificate: expected", |config| {
            config.tls.client_key = Some(SecretPem::Data("CANARY".into()));
        });
        refused("tls: client_key: expected a private key", |config| {
            config.tls.client_certificate = Some(Pem::Data(CERTIFICATE.into()));
            config.tls.client_key = Some(SecretPem::Data("CANARY".into()));
        });
        refused("tls: client_certificate: expected certificates", |config| {
            config.tls.client_certificate = Some(Pem::Data(b"CANARY".into()));
            config.tls.client_key = Some(SecretPem::Data(KEY.into()));
        });
        refused("tls: certificate_authority: expected certificates", |config| {
            config.tls.certificate_authority = Some(Pem::Data(Vec::new()));
        });
        refused("tls: certificate_authority: expected a path", |config| {
            config.tls.certificate_authority = Some(Pem::File("".into()));
        });
        for name in ["", "a b", "a/b", "é", "a\n"] {
            refused("tls: server_name", |config| config.tls.server_name = Some(name.into()));
        }
    }

    #[test]
    fn numbers_must_be_above_zero() {
        refused("timeouts.connect", |config| config.timeouts.connect = Duration::ZERO);
        refused("timeouts.request", |config| config.timeouts.request = Some(Duration::ZERO));
        refused("timeouts.list", |config| config.timeouts.list = Some(Duration::ZERO));
        refused("timeouts.watch_idle", |config| config.timeouts.watch_idle = Some(Duration::ZERO));
        refused("limits.object", |config| config.limits.object = 0);
        refused("limits.list", |config| config.limits.list = 0);
        refused("limits.watch_event", |config| config.limits.watch_event = 0);
        refused("limits.log_line", |config| config.limits.log_line = 0);
        for qps in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            refused("throttle.qps", |config| config.throttle = Some(Throttle { qps, burst: 1 }));
        }
        refused("throttle.burst", |config| config.throttle = Some(Throttle { qps: 1.0, burst: 0 }));
    }

    #[test]
    fn a_namespace_is_a_dns_label() {
        let long = "a".repeat(64);
        for namespace in ["", ".", "..", "../x", "a/b", "a%2fb", "A", "-a", "a-", "a.b", "é", &long]
        {
            refused("namespace: ", |config| config.namespace = namespace.into());
        }
        for namespace in ["a", "0", "kube-system", &long[1..]] {
            with(|config| config.namespace = namespace.into()).check().unwrap();
        }
    }
}
