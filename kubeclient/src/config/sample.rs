//! A kubeconfig, and what stands in it, for tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Certificates and a key by their look alone.
pub(super) const CERTIFICATE: &str =
    "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
pub(super) const KEY: &str = "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n";

/// The context `x`, with these fields of its cluster `c` and its user `u`, and these after its own. `CERTIFICATE` and
/// `KEY` in them stand for data of such.
pub(super) fn one(cluster: &str, user: &str, context: &str) -> String {
    let text = format!(
        "{{current-context: x, contexts: [{{name: x, context: {{cluster: c, user: u{context}}}}}],
          clusters: [{{name: c, cluster: {{{cluster}}}}}], users: [{{name: u, user: {{{user}}}}}]}}"
    );
    let (certificate, key) = (STANDARD.encode(CERTIFICATE), STANDARD.encode(KEY));
    text.replace("CERTIFICATE", &certificate).replace("KEY", &key)
}

/// Writes a program for `/bin/sh`.
#[cfg(unix)]
pub(super) fn script(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
