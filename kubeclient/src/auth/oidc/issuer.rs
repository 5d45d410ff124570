//! [`Issuer`]: what is asked of an OpenID Connect issuer: where it gives tokens out, and for another one.

use std::io::Read as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::auth::sensitive;
use crate::config::server::ServerUrl;
use crate::config::{Config, Oidc, Secret};
use crate::error::{Error, ErrorKind};
use crate::transport::{Bounds, Origin, Resolver, SecretBody, Transport};

/// The longest answer that is read, and how long one may take.
const LARGEST: u64 = 1 << 20;
const LIMIT: Duration = Duration::from_secs(30);

/// What stays as it is in a form.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');

/// An issuer, as one client of it.
pub(super) struct Issuer<'a>(pub(super) &'a Oidc);

/// Tokens that the issuer has given.
#[derive(Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    pub(super) id_token: Option<Secret>,
    #[serde(default)]
    pub(super) refresh_token: Option<Secret>,
}

/// What the issuer says of itself.
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    token_endpoint: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// Why the issuer refuses (RFC 6749, 5.2). What it says beyond the code could quote what it was sent.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
}

impl Issuer<'_> {
    /// Asks for another ID token; `None` where the issuer does not take the refresh token any more.
    ///
    /// # Blocking
    /// On the issuer, for at most 30 s and within the bounds.
    pub(super) fn refresh(&self, token: &Secret, bounds: &Bounds) -> Result<Option<Given>, Error> {
        let url = ServerUrl::parse(&self.0.issuer_url);
        if !url.is_ok_and(|url| url.is_tls || url.is_loopback) {
            return Err(failed(
                "idp-issuer-url: expected an https:// URL: over http:// an issuer is asked on this machine alone",
            ));
        }
        let end = Instant::now().checked_add(LIMIT);
        let ends = [bounds.deadline, bounds.head, end];
        let deadline = ends.into_iter().flatten().min();
        let stop = bounds.stop.clone();
        let bounds = Bounds { stop, deadline, head: deadline, ..Bounds::default() };

        let place =
            format!("{}/.well-known/openid-configuration", self.0.issuer_url.trim_end_matches('/'));
        let (code, answer) =
            self.send(http::Method::GET, &place, HeaderMap::new(), None, &bounds)?;
        if code != 200 {
            return Err(answered("its /.well-known/openid-configuration", code));
        }
        let metadata: Metadata = json("/.well-known/openid-configuration", &answer)?;
        if metadata.token_endpoint.is_empty() {
            return Err(failed("its /.well-known/openid-configuration names no token_endpoint"));
        }
        self.ask(&metadata, token, &bounds)
    }

    fn ask(
        &self,
        metadata: &Metadata,
        token: &Secret,
        bounds: &Bounds,
    ) -> Result<Option<Given>, Error> {
        let methods = metadata.token_endpoint_auth_methods_supported.as_ref();
        let takes_basic = methods.is_none_or(|m| m.iter().any(|m| m == "client_secret_basic"));
        // The header first, as RFC 6749 prefers; some issuers want the secret in the form and don't say so.
        let mut ways = vec![false];
        if self.0.client_secret.is_some() && takes_basic {
            ways.insert(0, true);
        }
        let last = ways.len() - 1;
        for (number, in_header) in ways.into_iter().enumerate() {
            let (headers, form) = self.form(token, in_header)?;
            let endpoint = &metadata.token_endpoint;
            let (code, answer) =
                self.send(http::Method::POST, endpoint, headers, Some(form), bounds)?;
            if code == 200 {
                return json("token_endpoint", &answer).map(Some);
            }
            let refusal = serde_json::from_slice(&answer)
                .map_or_else(|_| String::new(), |r: Refusal| r.error);
            if number < last && (code == 401 || refusal == "invalid_client") {
                continue;
            }
            return Err(match refusal.as_str() {
                "invalid_grant" => return Ok(None),
                "invalid_client" | "unauthorized_client" => {
                    failed(&format!("it does not take client-id and client-secret ({refusal})"))
                }
                "invalid_request" | "unsupported_grant_type" | "invalid_scope" => {
                    failed(&format!("it does not refresh tokens ({refusal})"))
                }
                _ => answered("its token_endpoint", code),
            });
        }
        Err(failed("it can't be asked"))
    }

    /// The form that asks for a token, with the client's secret in it or in a header.
    fn form(&self, token: &Secret, in_header: bool) -> Result<(HeaderMap, SecretBody), Error> {
        let encode = |text: &str| Zeroizing::new(utf8_percent_encode(text, FORM).to_string());
        let mut form = Zeroizing::new(String::from("grant_type=refresh_token&refresh_token="));
        form.push_str(&encode(token.expose()));
        let mut headers = HeaderMap::new();
        match &self.0.client_secret {
            Some(secret) if in_header => {
                let (id, secret) = (encode(&self.0.client_id), encode(secret.expose()));
                let pair = Zeroizing::new(format!("{}:{}", *id, *secret));
                let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)));
                headers.insert(AUTHORIZATION, sensitive("client-secret", &text)?);
            }
            secret => {
                form.push_str("&client_id=");
                form.push_str(&encode(&self.0.client_id));
                if let Some(secret) = secret {
                    form.push_str("&client_secret=");
                    form.push_str(&encode(secret.expose()));
                }
            }
        }
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form_type);
        Ok((headers, SecretBody(Zeroizing::new(form.as_bytes().to_vec()))))
    }

    /// One exchange: the code of the answer, and what it holds.
    fn send(
        &self,
        method: http::Method,
        url: &str,
        mut headers: HeaderMap,
        form: Option<SecretBody>,
        bounds: &Bounds,
    ) -> Result<(u16, Zeroizing<Vec<u8>>), Error> {
        let wrong = || failed("its token_endpoint is no https:// URL");
        let place = url.split('?').next().unwrap_or(url);
        let parsed = ServerUrl::parse(place).map_err(|_| wrong())?;
        if !parsed.is_tls && !parsed.is_loopback {
            return Err(wrong());
        }
        // A slash at its end stays.
        let uri: http::Uri = url.parse().map_err(|_| wrong())?;
        let host = uri.host().ok_or_else(wrong)?.trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(if parsed.is_tls { 443 } else { 80 });
        let origin = Origin { tls: parsed.is_tls, host, port };
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();

        let mut config = Config::new(parsed.url);
        config.tls.certificate_authority = self.0.certificate_authority.clone();
        let transport = Transport::new(&config, &origin, Resolver::default()).map_err(unasked)?;
        let mut request = http::Request::builder().method(method).uri(path);
        if let Some(form) = form {
            request = request.extension(form);
        }
        let request = request.body(Vec::new()).map_err(|_| wrong())?;
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let (answer, _) = transport.round_trip(&request, &headers, None, bounds);
        let (head, mut body) = answer.map_err(unasked)?.into_parts();
        let mut text = Zeroizing::new(Vec::new());
        if let Err(error) = body.by_ref().take(LARGEST + 1).read_to_end(&mut text) {
            return Err(unasked(body.explain(error)));
        }
        if text.len() as u64 > LARGEST {
            return Err(failed("its answer is larger than 1 MiB"));
        }
        Ok((head.status.as_u16(), text))
    }
}

fn json<T: DeserializeOwned>(what: &str, text: &[u8]) -> Result<T, Error> {
    // The reader's own error could quote it.
    serde_json::from_slice(text)
        .map_err(|_| failed(&format!("its {what} gives no JSON of the kind")))
}

fn answered(what: &str, code: u16) -> Error {
    match code {
        300..=399 => {
            failed(&format!("{what} answers with a redirect ({code}), which is not followed"))
        }
        code => failed(&format!("{what} answers with {code}")),
    }
}

/// An exchange that failed; one with the API server would be tried again for less.
fn unasked(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Stopped | ErrorKind::Timeout => error,
        _ => failed("it can't be asked").because(error),
    }
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::Auth, message)
}
