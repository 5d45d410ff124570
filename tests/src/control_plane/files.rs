//! What is written to a control plane's folder before anything starts: certificates, tokens,
//! kubeconfigs.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::ControlPlaneError;
use super::arguments::Ports;
use super::kubeconfig::{self, Credential};
use crate::pki::Pki;

/// What is written to the folder before anything starts.
pub(super) struct Files {
    pub(super) admin_token: String,
    pub(super) user_token: String,
    pub(super) kubeconfig: String,
    pub(super) kubeconfig_path: PathBuf,
}

impl Files {
    pub(super) fn write(
        folder: &Path,
        pki: &Pki,
        ports: &Ports,
    ) -> Result<Files, ControlPlaneError> {
        let (admin_token, user_token) = (token()?, token()?);
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).map(|()| path.clone()).map_err(|source| ControlPlaneError::Io {
                doing: format!("write {}", path.display()),
                source,
            })
        };
        let ca = pki.ca_pem();
        write("ca.crt", &ca)?;
        write("server.crt", &pki.server().certificate_pem)?;
        write("server.key", &pki.server().private_key_pem)?;
        write("service-account.key", &pki.service_account().private_key_pem)?;
        write("service-account.pub", &pki.service_account().public_key_pem)?;
        let tokens = format!(
            "{admin_token},admin,admin-uid,\"system:masters\"\n{user_token},plain-user,plain-user-uid,\"testers\"\n"
        );
        write("tokens.csv", &tokens)?;

        let server = ports.server_url();
        // With all rights: its controllers have theirs through service accounts, which would cost a token each.
        let manager = pki.issue_client("system:kube-controller-manager", &["system:masters"])?;
        let manager = [("controller-manager", Credential::Certificate(&manager))];
        write("controller-manager.kubeconfig", &kubeconfig::kubeconfig(&server, &ca, &manager))?;

        let admin = pki.issue_client("admin", &["system:masters"])?;
        let users = [
            ("admin", Credential::Certificate(&admin)),
            ("admin-token", Credential::Token(&admin_token)),
            ("user", Credential::Token(&user_token)),
        ];
        let kubeconfig = kubeconfig::kubeconfig(&server, &ca, &users);
        let kubeconfig_path = write("kubeconfig", &kubeconfig)?;
        Ok(Files { admin_token, user_token, kubeconfig, kubeconfig_path })
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files")
            .field("kubeconfig_path", &self.kubeconfig_path)
            .finish_non_exhaustive()
    }
}

fn token() -> Result<String, ControlPlaneError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| ControlPlaneError::Io {
        doing: "make a token".to_owned(),
        source: io::Error::other(error.to_string()),
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
