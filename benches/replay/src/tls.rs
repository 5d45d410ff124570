//! Fresh certificates, the server's TLS, and the kubeconfig that names them.
//!
//! Called by `main` once. The keys live as long as the process and the folder that it was given.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// The server's side of TLS and what a client needs to reach it.
pub(crate) struct Identity {
    /// Asks for a client certificate, as a kube-apiserver does of a kubeadm user.
    pub(crate) server: Arc<ServerConfig>,
    authority_pem: String,
    client_pem: String,
    client_key_pem: String,
}

impl Identity {
    /// Makes an authority, a certificate for 127.0.0.1 and one for a user.
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let authority = CertifiedIssuer::self_signed(authority_params()?, KeyPair::generate()?)?;

        let server_key = KeyPair::generate()?;
        let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "replay-server");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let server = params.signed_by(&server_key, &authority)?;

        let client_key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "bench");
        params.distinguished_name.push(DnType::OrganizationName, "system:masters");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let client = params.signed_by(&client_key, &authority)?;

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone())?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![server.der().clone()], key)?;
        // One protocol for every client, so that their own choice of it is not measured.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];

        Ok(Self {
            server: Arc::new(config),
            authority_pem: authority.pem(),
            client_pem: client.pem(),
            client_key_pem: client_key.serialize_pem(),
        })
    }

    /// A kubeconfig with everything inline, as kubeadm and kind write it.
    pub(crate) fn kubeconfig(&self, address: SocketAddr) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: replay\npreferences: {{}}\nclusters:\n- name: replay\n  cluster:\n    \
             certificate-authority-data: {}\n    server: https://{address}\ncontexts:\n- name: replay\n  context:\n    \
             cluster: replay\n    user: bench\nusers:\n- name: bench\n  user:\n    client-certificate-data: {}\n    \
             client-key-data: {}\n",
            STANDARD.encode(&self.authority_pem),
            STANDARD.encode(&self.client_pem),
            STANDARD.encode(&self.client_key_pem),
        )
    }

    /// The same in files, for a client that reads no kubeconfig: name and contents.
    pub(crate) fn files(&self, address: SocketAddr) -> [(&'static str, String); 4] {
        [
            ("server", format!("https://{address}")),
            ("ca.pem", self.authority_pem.clone()),
            ("client.pem", self.client_pem.clone()),
            ("client-key.pem", self.client_key_pem.clone()),
        ]
    }
}

fn authority_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "replay-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    Ok(params)
}
