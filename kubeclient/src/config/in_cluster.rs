//! The configuration of a program that runs in a pod: its service account.

use std::path::Path;

use super::check::check_token;
use super::description::Source;
use super::env::Env;
use super::file;
use super::pem::check_certificates;
use super::secret::Secret;
use super::{Auth, Config, Pem};
use crate::error::{Error, ErrorKind, Result};

pub(super) const HOST: &str = "KUBERNETES_SERVICE_HOST";
const PORT: &str = "KUBERNETES_SERVICE_PORT";
const POD_NAMESPACE: &str = "POD_NAMESPACE";

/// Whether it looks as if the program runs in a pod; if not, what is missing.
pub(super) fn is_possible(env: &Env) -> Result<(), String> {
    if let Some(name) = [HOST, PORT].into_iter().find(|name| env.variable(name).is_none()) {
        return Err(format!("{name} is not set"));
    }
    let token = env.service_account().join("token");
    if !token.is_file() {
        return Err(format!("there is no file {}", token.display()));
    }
    Ok(())
}

/// The configuration of the service account.
pub(super) fn in_cluster(env: &Env) -> Result<Config> {
    let variable = |name| {
        let value = env.variable(name).ok_or_else(|| {
            Error::config(format!("not in a cluster: {name} is not set, as it is in a pod"))
        })?;
        value.to_str().ok_or_else(|| Error::config(format!("{name}: expected UTF-8 text")))
    };
    let (host, port) = (variable(HOST)?, variable(PORT)?);
    if !matches!(port.parse(), Ok(1u16..)) {
        return Err(Error::config(format!("{PORT}: expected a port from 1 to 65535")));
    }
    if host.contains('/') {
        return Err(Error::config(format!("{HOST}: expected a host name or address")));
    }
    let server = if host.contains(':') && !host.starts_with('[') {
        format!("https://[{host}]:{port}")
    } else {
        format!("https://{host}:{port}")
    };
    let folder = env.service_account();
    let token = folder.join("token");
    let fallback = read_token(&token)?;
    let certificates = folder.join("ca.crt");
    // Checked here because without it the token would go to whoever answers.
    let place = certificates.display();
    let pem =
        file::read(&certificates).map_err(|unread| unread.into_error(ErrorKind::Config, &place))?;
    check_certificates(&pem).map_err(|error| error.at(&place))?;

    let mut config = Config::new(server);
    config.tls.certificate_authority = Some(Pem::File(certificates));
    config.auth = Auth::TokenFile { path: token, fallback: Some(fallback) };
    if let Some((namespace, _)) = namespace(env) {
        config.namespace = namespace;
    }
    config.check().map_err(|error| error.at("service account"))?;
    Ok(config)
}

fn read_token(path: &Path) -> Result<Secret> {
    let place = path.display();
    let text = file::read(path).map_err(|unread| unread.into_error(ErrorKind::Config, &place))?;
    let text = std::str::from_utf8(&text)
        .map_err(|_| Error::config("expected a token in ASCII").at(&place))?;
    let token = Secret::from(text).trimmed();
    check_token(&token).map_err(|error| error.at(&place))?;
    Ok(token)
}

/// The pod's namespace, as the pod was told or as the service account knows it, and where that stands.
pub(super) fn namespace(env: &Env) -> Option<(String, Source)> {
    if let Some(namespace) = env.variable(POD_NAMESPACE).and_then(|name| name.to_str()) {
        return Some((namespace.to_owned(), Source::Environment(POD_NAMESPACE)));
    }
    let path = env.service_account().join("namespace");
    let text = file::read(&path).ok()?;
    let namespace = std::str::from_utf8(&text).ok()?.trim().to_owned();
    (!namespace.is_empty()).then_some((namespace, Source::ServiceAccount(path)))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::config::sample::CERTIFICATE;

    /// A service account's folder with these files.
    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn env(folder: &TempDir) -> Env {
        Env::empty().with(HOST, "10.0.0.1").with(PORT, "443").with_service_account(folder.path())
    }

    #[test]
    fn it_is_the_service_accounts() {
        let folder = folder(&[("token", "t\n"), ("ca.crt", CERTIFICATE), ("namespace", " ns\n")]);
        let config = in_cluster(&env(&folder)).unwrap();
        assert_eq!(config.server, "https://10.0.0.1:443");
        assert_eq!(config.namespace, "ns");
        let ca = folder.path().join("ca.crt");
        assert_eq!(config.tls.certificate_authority, Some(Pem::File(ca)));
        let Auth::TokenFile { path, fallback } = config.auth else { panic!("no token file") };
        assert_eq!(path, folder.path().join("token"));
        assert_eq!(fallback.unwrap().expose(), "t");
    }

    #[test]
    fn the_namespace_is_the_variables_then_the_files_then_default() {
        let folder = folder(&[("token", "t"), ("ca.crt", CERTIFICATE), ("namespace", "file")]);
        let in_pod = env(&folder).with("POD_NAMESPACE", "pod");
        assert_eq!(in_cluster(&in_pod).unwrap().namespace, "pod");
        let empty = env(&folder).with("POD_NAMESPACE", "");
        assert_eq!(in_cluster(&empty).unwrap().namespace, "file");
        std::fs::write(folder.path().join("namespace"), "\n").unwrap();
        assert_eq!(in_cluster(&env(&folder)).unwrap().namespace, "default");
        std::fs::remove_file(folder.path().join("namespace")).unwrap();
        assert_eq!(in_cluster(&env(&folder)).unwrap().namespace, "default");
    }

    /// Fidelity 35.
    #[test]
    fn an_ipv6_host_is_put_in_brackets() {
        let folder = folder(&[("token", "t"), ("ca.crt", CERTIFICATE)]);
        for host in ["fd00::1", "[fd00::1]"] {
            let env = env(&folder).with(HOST, host);
            assert_eq!(in_cluster(&env).unwrap().server, "https://[fd00::1]:443");
        }
    }

    #[test]
    fn a_service_account_that_is_not_whole_is_an_error() {
        let all = [("token", "CANARY"), ("ca.crt", CERTIFICATE)];
        for (change, expected) in [
            (("token", None), "/token: can't be read"),
            (("token", Some("")), "/token: expected a token"),
            (("token", Some("CANARY\nx")), "/token: expected a token"),
            (("ca.crt", None), "/ca.crt: can't be read"),
            (("ca.crt", Some("")), "/ca.crt: expected certificates in PEM"),
            (("ca.crt", Some("CANARY")), "/ca.crt: expected certificates in PEM"),
        ] {
            let folder = folder(&all);
            let path = folder.path().join(change.0);
            match change.1 {
                Some(text) => std::fs::write(path, text).unwrap(),
                None => std::fs::remove_file(path).unwrap(),
            }
            let error = in_cluster(&env(&folder)).unwrap_err();
            assert!(error.to_string().contains(expected), "{expected}: {error}");
            assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
        }
        let folder = folder(&all);
        for (name, value, expected) in [
            (HOST, "", "not in a cluster: KUBERNETES_SERVICE_HOST is not set"),
            (PORT, "", "not in a cluster: KUBERNETES_SERVICE_PORT is not set"),
            (PORT, "0", "KUBERNETES_SERVICE_PORT: expected a port"),
            (PORT, "443/x", "KUBERNETES_SERVICE_PORT: expected a port"),
            (HOST, "h/x", "KUBERNETES_SERVICE_HOST: expected a host"),
            (HOST, "a@b", "server: expected a URL without a user"),
            ("POD_NAMESPACE", "../x", "service account: namespace: expected"),
        ] {
            let error = in_cluster(&env(&folder).with(name, value)).unwrap_err().to_string();
            assert!(error.contains(expected), "{name}={value}: {error}");
        }
    }
}
