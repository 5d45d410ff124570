//! What a kubeconfig's user means: the credential that a request carries, the client's certificate, and on
//! whose behalf it is made.

use std::path::PathBuf;

use super::cluster::{certificates, not_both};
use super::exec::Exec;
use super::kubeconfig::{AuthInfo, AuthProviderConfig, Cluster};
use super::oidc::Oidc;
use super::pem::{check_key, decode_data};
use super::secret::Secret;
use super::{Auth, Config, Impersonate, Pem, SecretPem};
use crate::error::{Error, Result};

/// Checks that no two ways contradict each other.
pub(super) fn check_user(user: &AuthInfo) -> Result<()> {
    if user.has_client_certificate() {
        if !user.client_certificate.is_empty() && !user.client_certificate_data.is_empty() {
            return not_both("client-certificate", "client-certificate-data");
        }
        if !user.client_key.is_empty() && !user.client_key_data.is_empty() {
            return not_both("client-key", "client-key-data");
        }
        if !user.has_client_key() {
            return Err(Error::config(
                "client-key or client-key-data: expected the key of the client certificate",
            ));
        }
    } else if user.has_client_key() && !user.has_way_to_authenticate() {
        // Beside another credential it means nothing, as in client-go.
        return Err(Error::config(
            "client-certificate or client-certificate-data: expected the certificate of the key",
        ));
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

/// Makes requests carry the user's credential, and no other. The cluster is what a program is told of, the
/// origin is the file and the name of the user.
pub(super) fn set_credential(
    config: &mut Config,
    user: &AuthInfo,
    cluster: &Cluster,
    origin: Option<(PathBuf, String)>,
) -> Result<()> {
    let provider = user.auth_provider.as_ref().map(|provider| oidc(provider, origin));
    let provider = provider.transpose().map_err(|error| error.at("auth-provider"))?;
    (config.tls.client_certificate, config.tls.client_key) = client_identity(user)?;
    let exec = user.exec.as_ref().map(|exec| Exec::of_kubeconfig(exec, cluster));
    let exec = exec.transpose().map_err(|error| error.at("exec"))?;
    config.auth = match (auth(user), exec, provider) {
        // As in client-go: no program is asked where there is a credential already, a certificate too, and no issuer
        // where something else goes into the same header.
        (Auth::None, Some(_), _) if user.has_client_certificate() => Auth::None,
        (Auth::None, Some(exec), _) => Auth::Exec(exec),
        (Auth::None, None, Some(oidc)) => Auth::Oidc(oidc),
        (auth, ..) => auth,
    };
    config.auth.check()
}

/// An authentication provider, of which there is one left.
fn oidc(provider: &AuthProviderConfig, origin: Option<(PathBuf, String)>) -> Result<Oidc> {
    let gone = |name: &str, instead: &str| {
        Err(Error::config(format!("{name} is gone from Kubernetes clients since 1.26: {instead}")))
    };
    match provider.name.as_str() {
        "oidc" => Oidc::of_kubeconfig(provider, origin),
        "gcp" => gone(
            "gcp",
            "install gke-gcloud-auth-plugin and run `gcloud container clusters get-credentials`, which writes \
             an exec plugin in its place",
        ),
        "azure" => gone(
            "azure",
            "install kubelogin and run `kubelogin convert-kubeconfig`, which writes an exec plugin in its place",
        ),
        _ => Err(Error::config("name: expected oidc; for all others there are exec plugins")),
    }
}

/// The client's certificate and its key; a key alone is none.
fn client_identity(user: &AuthInfo) -> Result<(Option<Pem>, Option<SecretPem>)> {
    if !user.has_client_certificate() {
        return Ok((None, None));
    }
    let certificate = certificates(
        &user.client_certificate,
        ("client-certificate-data", &user.client_certificate_data),
    )?;
    let key = if user.client_key_data.is_empty() {
        Some(&user.client_key)
            .filter(|path| !path.is_empty())
            .map(|path| SecretPem::File(path.into()))
    } else {
        Some(SecretPem::Data(key_data(&user.client_key_data).map_err(|e| e.at("client-key-data"))?))
    };
    Ok((certificate, key))
}

fn key_data(base64: &Secret) -> Result<Secret> {
    let pem = Secret::from_bytes(decode_data(base64.expose())?);
    check_key(pem.expose())?;
    Ok(pem)
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

/// On whose behalf requests are made.
pub(super) fn impersonate(user: &AuthInfo) -> Result<Option<Impersonate>> {
    if user.impersonate.is_empty() {
        return Ok(None);
    }
    let impersonate = Impersonate {
        user: user.impersonate.clone(),
        uid: Some(user.impersonate_uid.clone()).filter(|uid| !uid.is_empty()),
        groups: user.impersonate_groups.clone(),
        extra: user.impersonate_user_extra.clone(),
    };
    impersonate.check().map_err(|error| error.at("as"))?;
    Ok(Some(impersonate))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_key_may_stand_beside_comments_of_any_encoding() {
        let key = b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        let data = |comment: &[u8]| Secret::from(STANDARD.encode([comment, key].concat()));
        for comment in [&b""[..], b"CN=Caf\xe9\n", "CN=Caf\u{e9}\n".as_bytes()] {
            assert!(key_data(&data(comment)).unwrap().expose().contains("MAA="));
        }
        let error = key_data(&Secret::from(STANDARD.encode(b"CN=Caf\xe9"))).unwrap_err();
        assert_eq!(error.to_string(), "expected a private key in PEM");
    }
}
