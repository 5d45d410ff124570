//! What a program gave: an `ExecCredential` that is checked. No error quotes it. How it is read is in `credential`.

use std::time::SystemTime;

use http::HeaderValue;

use super::credential::ExecCredential;
use crate::auth::bearer;
use crate::config::pem::{check_certificates, check_key};
use crate::config::{ExecVersion, Secret};
use crate::error::{Error, ErrorKind};
use crate::meta::time::Time;
use crate::transport::ClientIdentity;

/// `0001-01-01T00:00:00Z` in seconds after 1970.
const GO_ZERO: i64 = -62_135_596_800;

/// A credential that was checked.
pub(super) struct Output {
    pub(super) header: Option<HeaderValue>,
    pub(super) identity: Option<ClientIdentity>,
    pub(super) expires: Option<SystemTime>,
}

/// Reads what the program wrote.
pub(super) fn parse(text: &[u8], version: ExecVersion) -> Result<Output, Error> {
    let credential = ExecCredential::read(text).map_err(|place| {
        let place = place
            .map_or_else(String::new, |(line, column)| format!(" (line {line}, column {column})"));
        wrong(&format!("an ExecCredential in JSON or YAML{place}"))
    })?;
    let said = |text: &Option<Secret>| text.clone().unwrap_or_default();
    // As in client-go, the kind need not be said; the version must be.
    if !["", "ExecCredential"].contains(&said(&credential.kind).expose()) {
        return Err(wrong("kind ExecCredential"));
    }
    if said(&credential.api_version).expose() != version.as_str() {
        return Err(wrong(&format!("apiVersion {}, as it was asked for", version.as_str())));
    }
    let status = credential.status.ok_or_else(|| wrong("a status with a credential"))?;
    let expires = status.expiration_timestamp.as_ref().map(|text| expiry(text.expose()));
    let expires = expires.transpose()?.flatten();
    let token = status.token.map(|token| token.trimmed()).filter(|token| !token.is_empty());
    let header = token.map(|token| {
        bearer("status.token", token.expose()).map_err(|_| {
            wrong("status.token to be text without line breaks and control characters")
        })
    });
    let identity = identity(
        status.client_certificate_data.filter(|pem| !pem.is_empty()),
        status.client_key_data.filter(|pem| !pem.is_empty()),
    )?;
    let header = header.transpose()?;
    if header.is_none() && identity.is_none() {
        return Err(wrong("status.token, or status.clientCertificateData and clientKeyData"));
    }
    Ok(Output { header, identity, expires })
}

/// The end; there is none where a program in Go writes a time that it has not set.
fn expiry(text: &str) -> Result<Option<SystemTime>, Error> {
    let time: Time = text.parse().map_err(|_| {
        wrong("status.expirationTimestamp to be RFC 3339, such as 2026-01-02T03:04:05Z")
    })?;
    Ok((time.unix_seconds() != GO_ZERO).then(|| time.into()))
}

fn identity(
    certificate: Option<Secret>,
    key: Option<Secret>,
) -> Result<Option<ClientIdentity>, Error> {
    let (certificate, key) = match (certificate, key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate.expose().as_bytes().to_vec(), key),
        (Some(_), None) => {
            return Err(wrong("status.clientKeyData beside status.clientCertificateData"));
        }
        (None, Some(_)) => {
            return Err(wrong("status.clientCertificateData beside status.clientKeyData"));
        }
    };
    check_certificates(&certificate)
        .map_err(|_| wrong("status.clientCertificateData to be certificates in PEM"))?;
    check_key(key.expose()).map_err(|_| wrong("status.clientKeyData to be a key in PEM"))?;
    Ok(Some(ClientIdentity { certificate, key }))
}

fn wrong(expected: &str) -> Error {
    Error::new(ErrorKind::Auth, format!("its output: expected {expected}"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::*;
    use crate::fuzz::{Damage, assert_printable, broken_at};

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";

    const VERSIONS: [ExecVersion; 2] = [ExecVersion::V1, ExecVersion::V1Beta1];

    fn credential(status: Value) -> String {
        credential_in(ExecVersion::V1, status)
    }

    fn credential_in(version: ExecVersion, status: Value) -> String {
        json!({
            "kind": "ExecCredential",
            "apiVersion": version.as_str(),
            "spec": {"interactive": false},
            "status": status,
        })
        .to_string()
    }

    fn parsed(status: Value) -> Output {
        parse(credential(status).as_bytes(), ExecVersion::V1).unwrap()
    }

    #[test]
    fn a_token_a_pair_or_both_are_a_credential() {
        let token =
            parsed(json!({"token": " t\n", "expirationTimestamp": "1970-01-01T01:00:02+01:00"}));
        assert_eq!(token.header.unwrap(), "Bearer t");
        assert_eq!(token.expires, Some(UNIX_EPOCH + Duration::from_secs(2)));
        assert!(token.identity.is_none());
        let pair = json!({"clientCertificateData": CERTIFICATE, "clientKeyData": KEY, "token": ""});
        let pair = parsed(pair);
        assert!(pair.header.is_none() && pair.expires.is_none());
        assert_eq!(pair.identity.unwrap().certificate, CERTIFICATE.as_bytes());
        let both = json!({
            "clientCertificateData": CERTIFICATE, "clientKeyData": KEY, "token": "t",
            "expirationTimestamp": null, "new": 1,
        });
        let both = parsed(both);
        assert!(both.header.is_some_and(|header| header.is_sensitive()));
        assert!(both.identity.is_some());
        let of_go = parsed(json!({"token": "t", "expirationTimestamp": "0001-01-01T00:00:00Z"}));
        assert_eq!(of_go.expires, None, "not set");
    }

    #[test]
    fn a_credential_is_of_the_version_that_was_asked_for() {
        for given in VERSIONS {
            let text = credential_in(given, json!({"token": "t"}));
            for asked in VERSIONS {
                let expected = format!("apiVersion {}, as it was asked for", asked.as_str());
                match parse(text.as_bytes(), asked) {
                    Ok(output) => {
                        assert_eq!(given, asked);
                        assert_eq!(output.header.unwrap(), "Bearer t");
                    }
                    Err(error) => {
                        assert_ne!(given, asked, "{error}");
                        assert!(error.to_string().ends_with(&expected), "{error}");
                    }
                }
            }
        }
    }

    /// Fidelity 40.
    #[test]
    fn what_is_no_credential_is_refused_and_not_quoted() {
        let refused = |text: &str, expected: &str| {
            let Err(error) = parse(text.as_bytes(), ExecVersion::V1) else { panic!("{text}") };
            let told = format!("{error:?}");
            assert!(told.starts_with(&format!("its output: expected {expected}")), "{told}");
            assert!(!told.contains("CANARY"), "{told}");
            assert_eq!(error.kind(), ErrorKind::Auth);
        };
        for text in ["", "CANARY", "{\"token\": CANARY}", "[\"CANARY\"]", "\"CANARY\"", "{} CANARY"]
        {
            refused(text, "an ExecCredential in JSON or YAML");
        }
        let header = |kind: &str, version: &str| {
            json!({"kind": kind, "apiVersion": version, "status": {"token": "CANARY"}}).to_string()
        };
        let version = ExecVersion::V1.as_str();
        refused(&header("CANARY", version), "kind ExecCredential");
        refused("{}", "apiVersion client.authentication.k8s.io/v1,");
        for other in ["CANARY", "", "client.authentication.k8s.io/v1beta1"] {
            refused(
                &header("ExecCredential", other),
                "apiVersion client.authentication.k8s.io/v1,",
            );
        }
        let status = |status: Value, expected: &str| refused(&credential(status), expected);
        status(Value::Null, "a status");
        status(json!({}), "status.token, or");
        status(json!({"token": " "}), "status.token, or");
        status(json!({"token": ["CANARY"]}), "an ExecCredential in JSON or YAML (line 1, column ");
        status(json!({"token": "CANARY\r\nX: y"}), "status.token to be text");
        for time in ["", "soon CANARY", "1700000000", "2026-01-02"] {
            status(json!({"token": "CANARY", "expirationTimestamp": time}), "status.expirationT");
        }
        let pair = |certificate: &str, key: &str| json!({"token": "CANARY", "clientCertificateData": certificate, "clientKeyData": key});
        status(pair(CERTIFICATE, ""), "status.clientKeyData beside");
        status(pair("", KEY), "status.clientCertificateData beside");
        status(pair("CANARY", KEY), "status.clientCertificateData to be");
        status(pair(CERTIFICATE, "CANARY"), "status.clientKeyData to be");
    }

    /// Fidelity 40. As kubectl 1.36.3 takes and refuses them.
    #[test]
    fn what_kubectl_reads_is_read() {
        let version = "\"apiVersion\": \"client.authentication.k8s.io/v1\"";
        let json = |rest: &str| format!("{{{version}, {rest}}}");
        let yaml = |rest: &str| {
            format!("apiVersion: client.authentication.k8s.io/v1\nkind: ExecCredential\n{rest}\n")
        };
        let t = yaml("status:\n  token: t");
        for (text, expected) in [
            (json(r#""status": {"token": "t"}"#), Some("t")),
            (json(r#""kind": "", "status": {"token": "t"}"#), Some("t")),
            (json(r#""kind": null, "status": {"token": "t"}"#), Some("t")),
            (json(r#""kind": "A", "kind": "ExecCredential", "status": {"token": "t"}"#), Some("t")),
            (json(r#""kind": 1, "status": {"token": "t"}"#), None),
            (json(r#""status": {"token": "a", "token": "t"}"#), Some("t")),
            (json(r#""status": {"token": "t", "token": null}"#), Some("t")),
            (json(r#""status": {"token": "t"}, "status": {}"#), Some("t")),
            (json(r#""status": {"token": "t"}, "status": null"#), None),
            (json(r#""status": {"token": 1, "token": "t"}"#), None),
            (json(r#""Status": {"token": "t"}"#), None),
            (json(r#""status": {"token": "t", "x": "\ud800", "y": 1e999}"#), Some("t")),
            (json(r#""status": {"token": "t"}"#) + "{}", None),
            (json("status: {token: t}"), None),
            (format!("\u{feff}{}", json(r#""status": {"token": "t"}"#)), Some("t")),
            (format!("# x\n{}", json(r#""status": {"token": "t"}"#)), Some("t")),
            (format!("hello\n{}", json(r#""status": {"token": "t"}"#)), None),
            (format!("[{}]", json(r#""status": {"token": "t"}"#)), None),
            (t.clone(), Some("t")),
            (t.replace("kind: ExecCredential\n", ""), Some("t")),
            (t.replace('\n', "\r\n"), Some("t")),
            (format!("\u{feff}# x\n\n---\n{t}"), Some("t")),
            (format!("{t}---\n{}", t.replace("token: t", "token: u")), Some("t")),
            (format!("--- # x\n{t}--- [ {{{{\n"), Some("t")),
            (format!("{t}...\n[\n"), Some("t")),
            (format!("---\n---\n{t}"), None),
            (format!("--- {{{version}, status: {{token: t}}}}"), Some("t")),
            (t.clone() + "  token: u\n", Some("u")),
            (t.clone() + "status: {token: u}\n", Some("u")),
            (t.clone() + "status: {}\n", None),
            (t.clone() + "1: x\ntrue: y\n", Some("t")),
            (t.clone() + "? [a]\n: x\n", None),
            (yaml("status: {token: \"1\"}"), Some("1")),
            (yaml("status: {token: !!str 1}"), Some("1")),
            (yaml("status: {token: !foo t}"), Some("t")),
            (yaml("status: {token: 2026-01-01}"), Some("2026-01-01")),
            (yaml("status:\n  token: >-\n    t\n    u"), Some("t u")),
            (yaml("x: &a {token: t}\nstatus: *a"), Some("t")),
            (yaml("x: &a {token: t}\nstatus: {<<: *a}"), Some("t")),
            (yaml("status: {token: t, expirationTimestamp: 2999-01-01T00:00:00Z}"), Some("t")),
            (yaml("status: {token: t, expirationTimestamp: ~}"), Some("t")),
            (yaml("status: {token: t, expirationTimestamp: 2999-01-01}"), None),
            (yaml("status: {token: 1}"), None),
            (yaml("status: {token: 0x1F}"), None),
            (yaml("status: {token: yes}"), None),
            (yaml("status: {token: ~}"), None),
            (yaml("status: {token: t}\n\tx: y"), None),
            (yaml("status: [t]"), None),
            (yaml("status: {token: t\0}"), None),
        ] {
            let read = parse(text.as_bytes(), ExecVersion::V1).ok().and_then(|read| read.header);
            let expected = expected.map(|token| format!("Bearer {token}"));
            assert_eq!(read.as_ref().map(|it| it.to_str().unwrap()), expected.as_deref(), "{text}");
        }
        // What is no text may stand where nobody looks.
        for (field, is_read) in [("x", true), ("kind", false)] {
            let head = format!("{{{version}, \"status\": {{\"token\": \"t\"}}, \"{field}\": \"");
            let text = [head.as_bytes(), b"\xff\"}"].concat();
            assert_eq!(parse(&text, ExecVersion::V1).is_ok(), is_read, "{field}");
        }
        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let text: Vec<_> = format!("\u{feff}{t}").encode_utf16().flat_map(to_bytes).collect();
            assert!(parse(&text, ExecVersion::V1).is_ok());
            assert!(parse(&text[1..], ExecVersion::V1).is_err());
        }
    }

    /// Reliability T18, T27.
    #[test]
    fn no_bomb_in_an_output_is_read() {
        let yaml = |rest: &str| {
            format!(
                "apiVersion: client.authentication.k8s.io/v1\nstatus: {{token: CANARY}}\n{rest}\n"
            )
        };
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (last, next) in "abcdefgh".chars().zip("bcdefghi".chars()) {
            let many = vec![format!("*{last}"); 9].join(", ");
            bomb.push_str(&format!("{next}: &{next} [{many}]\n"));
        }
        for rest in [
            bomb,
            "a: &a [*a]".into(),
            format!("a: {}", "[".repeat(500_000)),
            format!("a: {}", "{a: ".repeat(200_000)),
            format!("a:\n{}", "- ".repeat(400_000)),
            format!("a: [{}]", "x,".repeat(400_000)),
        ] {
            let begin = Instant::now();
            let Err(error) = parse(yaml(&rest).as_bytes(), ExecVersion::V1) else {
                panic!("{}", &rest[..20]);
            };
            let took = begin.elapsed();
            assert!(took < Duration::from_secs(5), "{took:?}: {}", &rest[..10]);
            assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
        }
        let deep = format!(
            r#"{{"apiVersion": "client.authentication.k8s.io/v1", "status": {{"token": "t"}}, "x": {}{}}}"#,
            "[".repeat(400_000),
            "]".repeat(400_000),
        );
        assert!(parse(deep.as_bytes(), ExecVersion::V1).is_ok(), "passed over without a stack");
    }

    /// Each of seven secrets, in twelve ways.
    #[test]
    fn eighty_broken_outputs_show_no_secret() {
        let text = json!({
            "kind": "ExecCredential",
            "apiVersion": "client.authentication.k8s.io/v1",
            "metadata": "CANARY-1",
            "spec": {"interactive": "CANARY-2"},
            "status": {
                "token": "CANARY-3",
                "clientCertificateData": "CANARY-4",
                "clientKeyData": "CANARY-5",
                "expirationTimestamp": "CANARY-6",
            },
            "unknown": "CANARY-7",
        });
        let broken = broken_at(&text.to_string(), "CANARY");
        assert_eq!(broken.len(), 84);
        for text in &broken {
            let Err(error) = parse(text, ExecVersion::V1) else {
                panic!("{}", String::from_utf8_lossy(text));
            };
            for told in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
                assert!(!told.contains("CANARY"), "{told}\n{}", String::from_utf8_lossy(text));
            }
        }
    }

    #[test]
    fn a_damaged_output_is_refused_or_read() {
        let token = json!({"token": "CANARY", "expirationTimestamp": "2026-01-02T03:04:05Z"});
        let pair = json!({"clientCertificateData": CERTIFICATE, "clientKeyData": KEY});
        let texts = VERSIONS.map(|version| {
            [token.clone(), pair.clone()].map(|status| credential_in(version, status))
        });
        let yaml = [&token, &pair].map(|status| {
            let version = ExecVersion::V1.as_str();
            format!(
                "# x\n---\napiVersion: {version}\nstatus: &a {status}\nspec: !x {{<<: *a}}\n...\n"
            )
        });
        let examples: Vec<_> =
            texts.as_flattened().iter().chain(&yaml).map(|text| text.as_bytes()).collect();
        bolero::check!().with_type::<(Damage, bool)>().for_each(
            |(damage, older): &(Damage, bool)| {
                let text = damage.of(&examples);
                match parse(&text, VERSIONS[usize::from(*older)]) {
                    Err(error) => {
                        assert_printable(&error);
                        // Its own words alone, and the version that was asked for.
                        let told = format!("{error} {error:?}");
                        assert!(!told.contains("CANARY") && !told.contains("MAA"), "{told}");
                    }
                    Ok(Output { header, identity, .. }) => {
                        assert!(header.is_some() || identity.is_some());
                        if let Some(header) = header {
                            assert!(
                                header.is_sensitive() && header.as_bytes().starts_with(b"Bearer ")
                            );
                            assert!(!header.as_bytes().ends_with(b" "), "{header:?}");
                        }
                        if let Some(ClientIdentity { certificate, key }) = identity {
                            assert!(check_certificates(&certificate).is_ok());
                            assert!(check_key(key.expose()).is_ok());
                        }
                    }
                }
            },
        );
    }
}
