//! What a program is told, in `KUBERNETES_EXEC_INFO`: an `ExecCredential`, and with it the cluster.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::config::{Config, Exec, ExecVersion, Pem, file};
use crate::error::{Error, ErrorKind};

/// The variable's value.
pub(super) fn text(version: ExecVersion, interactive: bool, cluster: Option<&Value>) -> String {
    let mut spec = json!({"interactive": interactive});
    if let Some(cluster) = cluster {
        spec["cluster"] = cluster.clone();
    }
    json!({"kind": "ExecCredential", "apiVersion": version.as_str(), "spec": spec}).to_string()
}

/// What `spec.cluster` says; a file of certificate authorities is read.
pub(super) fn cluster(exec: &Exec, config: &Config) -> Result<Value, Error> {
    let mut cluster = Map::new();
    cluster.insert("server".into(), config.server.as_str().into());
    if let Some(name) = &config.tls.server_name {
        cluster.insert("tls-server-name".into(), name.as_str().into());
    }
    if config.tls.insecure_skip_tls_verify {
        cluster.insert("insecure-skip-tls-verify".into(), true.into());
    }
    if let Some(authorities) = &config.tls.certificate_authority {
        let data = STANDARD.encode(read(authorities)?);
        cluster.insert("certificate-authority-data".into(), data.into());
    }
    // As in client-go, the environment's is no part of it: the program has the environment.
    if let Some(proxy) = config.proxy.url() {
        cluster.insert("proxy-url".into(), proxy.into());
    }
    if !config.compression {
        cluster.insert("disable-compression".into(), true.into());
    }
    if !exec.cluster_config.is_null() {
        cluster.insert("config".into(), exec.cluster_config.clone());
    }
    Ok(cluster.into())
}

fn read(pem: &Pem) -> Result<Vec<u8>, Error> {
    match pem {
        Pem::Data(data) => Ok(data.clone()),
        Pem::File(path) => {
            let place = format!("certificate authority {}", path.display());
            let data =
                file::read(path).map_err(|unread| unread.into_error(ErrorKind::Config, place))?;
            Ok(data.to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    /// Fidelity 36.
    #[test]
    fn the_cluster_is_told_in_the_words_of_a_kubeconfig() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca");
        std::fs::write(&path, "authorities").unwrap();
        let mut exec = Exec::new("p");
        exec.cluster_config = json!({"audience": "a", "n": [1]});
        let mut config = Config::new("https://h:6443/p");
        assert_eq!(
            cluster(&Exec::new("p"), &config).unwrap(),
            json!({"server": "https://h:6443/p"})
        );
        config.tls.server_name = Some("n".into());
        config.tls.insecure_skip_tls_verify = true;
        config.compression = false;
        config = config.with_proxy_url("http://u:p@proxy:3128");
        for authorities in [Pem::File(path), Pem::Data(b"authorities".to_vec())] {
            config.tls.certificate_authority = Some(authorities);
            assert_eq!(
                cluster(&exec, &config).unwrap(),
                json!({
                    "server": "https://h:6443/p",
                    "tls-server-name": "n",
                    "insecure-skip-tls-verify": true,
                    "certificate-authority-data": "YXV0aG9yaXRpZXM=",
                    "proxy-url": "http://u:p@proxy:3128",
                    "disable-compression": true,
                    "config": {"audience": "a", "n": [1]},
                })
            );
        }
        config.tls.certificate_authority = Some(Pem::File("/nowhere/ca".into()));
        let error = cluster(&exec, &config).unwrap_err();
        assert!(error.to_string().contains("/nowhere/ca"), "{error}");
    }

    /// Fidelity 36.
    #[test]
    fn the_cluster_is_told_only_where_it_should_be() {
        assert_eq!(
            parsed(&text(ExecVersion::V1Beta1, true, None)),
            json!({
                "kind": "ExecCredential",
                "apiVersion": "client.authentication.k8s.io/v1beta1",
                "spec": {"interactive": true},
            })
        );
        let with_cluster = text(ExecVersion::V1, false, Some(&json!({"server": "s"})));
        assert_eq!(
            parsed(&with_cluster)["spec"],
            json!({"interactive": false, "cluster": {"server": "s"}})
        );
    }
}
