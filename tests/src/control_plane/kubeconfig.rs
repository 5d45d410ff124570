//! The text of a control plane's kubeconfig.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::pki::Identity;

/// How a user of a kubeconfig shows who they are.
pub(super) enum Credential<'a> {
    Certificate(&'a Identity),
    Token(&'a str),
}

/// A kubeconfig with one cluster and a context of the same name for each user; the first is current.
pub(super) fn kubeconfig(server: &str, ca_pem: &str, users: &[(&str, Credential<'_>)]) -> String {
    let current = users.first().map_or("", |(name, _)| name);
    let mut text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {current}\nclusters:\n- name: control-plane\n  cluster:\n    \
         server: {server}\n    certificate-authority-data: {}\ncontexts:\n",
        STANDARD.encode(ca_pem)
    );
    for (name, _) in users {
        text.push_str(&format!(
            "- name: {name}\n  context:\n    cluster: control-plane\n    user: {name}\n"
        ));
    }
    text.push_str("users:\n");
    for (name, credential) in users {
        text.push_str(&format!("- name: {name}\n  user:\n"));
        match credential {
            Credential::Token(token) => text.push_str(&format!("    token: {token}\n")),
            Credential::Certificate(identity) => text.push_str(&format!(
                "    client-certificate-data: {}\n    client-key-data: {}\n",
                STANDARD.encode(&identity.certificate_pem),
                STANDARD.encode(&identity.private_key_pem)
            )),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_a_context_and_the_first_is_current() {
        let users = [("ada", Credential::Token("t1")), ("bob", Credential::Token("t2"))];
        let text = kubeconfig("https://127.0.0.1:1", "CA", &users);
        let expected = "\
apiVersion: v1
kind: Config
current-context: ada
clusters:
- name: control-plane
  cluster:
    server: https://127.0.0.1:1
    certificate-authority-data: Q0E=
contexts:
- name: ada
  context:
    cluster: control-plane
    user: ada
- name: bob
  context:
    cluster: control-plane
    user: bob
users:
- name: ada
  user:
    token: t1
- name: bob
  user:
    token: t2
";
        assert_eq!(text, expected);
    }
}
