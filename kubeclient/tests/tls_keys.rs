//! Keys and ciphers of each kind, of servers, authorities and clients, beside what Go's own client does with them,
//! which is kubectl's. Run with the feature `aws-lc-rs` and without.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kubeclient::config::{Pem, SecretPem};
use kubeclient::{Config, ErrorKind, Request, RestClient};
use serde_json::Value;

/// What becomes of a case.
#[derive(Clone, Copy)]
enum Outcome {
    Works,
    /// No client is made; this stands in the error.
    NotMade(&'static str),
    /// TLS fails; this stands in the error.
    Fails(&'static str),
}
use Outcome::{Fails, NotMade, Works};

const KNOWN_BY_FEATURE: &str = "; kubeclient's feature aws-lc-rs knows it";
const NOTHING_SHARED: &str = "TLS failed: the server shares nothing with this client, or wants";
const P521_SHARED: &str = "; kubeclient's feature aws-lc-rs knows such keys on P-521, and ML-KEM";
const SHA512: &str = "a certificate's signature is not supported: expected RSA with SHA-256, SHA-384 or SHA-512, \
    ECDSA with SHA-256 or SHA-384, or Ed25519; kubeclient's feature aws-lc-rs knows ECDSA with SHA-512";
const SERVER_P521: &str = "the key of a certificate of the server: the curve P-521 is not supported: expected RSA of 2048 to 8192 bits";
const SERVER_1024: &str =
    "the key of a certificate of the server: RSA of 1024 bits is not supported: expected RSA";
const SERVER_P224: &str =
    "the key of a certificate of the server: the curve P-224 is not supported: expected RSA";
const AUTHORITY_P521: &str =
    "the key of a certificate authority: the curve P-521 is not supported: expected RSA of";
const AUTHORITY_1024: &str =
    "the key of a certificate authority: RSA of 1024 bits is not supported: expected RSA";
const AUTHORITY_P224: &str =
    "the key of a certificate authority: the curve P-224 is not supported: expected RSA";
const CLIENT_P521: &str =
    "client key: the curve P-521 is not supported: expected RSA of 2048 to 4096 bits";
const CLIENT_8192: &str =
    "client key: RSA of 8192 bits is not supported: expected RSA of 2048 to 4096 bits";
const CLIENT_EXPONENT: &str =
    "client key: RSA with the exponent 3 is not supported: expected RSA of 2048";
const CLIENT_2240: &str =
    "client key: RSA of 2240 bits is not supported: expected RSA of 2048 to 4096 bits in steps";
const CLIENT_1024: &str = "client key: RSA of 1024 bits is not supported: expected RSA of 2048";
const FAILED: &str = "TLS failed";
const OTHERS_KEY_1_2: &str = "trusted server in version 1 with another's key, TLS 1.2";
const OTHERS_KEY_1_3: &str = "trusted server in version 1 with another's key, TLS 1.3";
const CLIENT_P224: &str = "client key: the curve P-224 is not supported: expected RSA of 2048";

/// Whatever does not work everywhere: whether it does in Go, and what becomes of it by ring and by aws-lc-rs.
const EXCEPTIONS: [(&str, bool, Outcome, Outcome); 49] = [
    ("server RSA 1024, TLS 1.2", true, Fails(SERVER_1024), Fails(SERVER_1024)),
    ("server RSA 1024, TLS 1.3", true, Fails(SERVER_1024), Fails(SERVER_1024)),
    ("server P-224, TLS 1.2", true, Fails(SERVER_P224), Fails(SERVER_P224)),
    ("server P-224, TLS 1.3", false, Fails(NOTHING_SHARED), Fails(NOTHING_SHARED)),
    ("server P-521, TLS 1.2", true, Fails(SERVER_P521), Works),
    ("server P-521, TLS 1.3", true, Fails(P521_SHARED), Works),
    ("client RSA 1024, TLS 1.2", true, NotMade(CLIENT_1024), NotMade(CLIENT_1024)),
    ("client RSA 1024, TLS 1.3", true, NotMade(CLIENT_1024), NotMade(CLIENT_1024)),
    ("client RSA 2240, TLS 1.2", true, NotMade(CLIENT_2240), Works),
    ("client RSA 2240, TLS 1.3", true, NotMade(CLIENT_2240), Works),
    ("client RSA 8192, TLS 1.2", true, NotMade(CLIENT_8192), Works),
    ("client RSA 8192, TLS 1.3", true, NotMade(CLIENT_8192), Works),
    ("client RSA, exponent 3, TLS 1.2", true, NotMade(CLIENT_EXPONENT), Works),
    ("client RSA, exponent 3, TLS 1.3", true, NotMade(CLIENT_EXPONENT), Works),
    ("client P-224, TLS 1.2", true, NotMade(CLIENT_P224), NotMade(CLIENT_P224)),
    ("client P-224, TLS 1.3", false, NotMade(CLIENT_P224), NotMade(CLIENT_P224)),
    ("client P-521, TLS 1.2", true, NotMade(CLIENT_P521), Works),
    ("client P-521, TLS 1.3", true, NotMade(CLIENT_P521), Works),
    ("authority RSA 1024", true, Fails(AUTHORITY_1024), Fails(AUTHORITY_1024)),
    ("authority P-224", true, Fails(AUTHORITY_P224), Fails(AUTHORITY_P224)),
    ("authority P-521", true, Fails(AUTHORITY_P521), Works),
    ("authority P-521 by ECDSA-SHA256", true, Fails(AUTHORITY_P521), Works),
    ("authority P-256 by ECDSA-SHA512", true, Fails(SHA512), Works),
    ("authority P-384 by ECDSA-SHA512", true, Fails(SHA512), Works),
    ("TLS 1.1", false, Fails("TLS failed"), Fails("TLS failed")),
    ("ciphers of CBC alone", true, Fails(NOTHING_SHARED), Fails(NOTHING_SHARED)),
    ("key exchange on P-521 alone", true, Fails(NOTHING_SHARED), Fails(NOTHING_SHARED)),
    ("key exchange by ML-KEM alone", true, Fails(P521_SHARED), Works),
    ("form PKCS#8, P-521", true, NotMade(CLIENT_P521), Works),
    ("form SEC1, P-521", true, NotMade(CLIENT_P521), Works),
    ("form SEC1 as PKCS#8, P-521", true, NotMade(CLIENT_P521), Works),
    ("form SEC1 without its public part, P-521", true, NotMade(CLIENT_P521), Works),
    ("form PKCS#8 without its public part, P-521", true, NotMade(CLIENT_P521), Works),
    ("server in version 1 RSA 2048, TLS 1.2", false, Fails(FAILED), Fails(FAILED)),
    ("server in version 1 RSA 2048, TLS 1.3", false, Fails(FAILED), Fails(FAILED)),
    ("server in version 1 P-256, TLS 1.2", false, Fails(FAILED), Fails(FAILED)),
    ("server in version 1 P-256, TLS 1.3", false, Fails(FAILED), Fails(FAILED)),
    ("server in version 1 P-384, TLS 1.2", false, Fails(FAILED), Fails(FAILED)),
    ("server in version 1 P-384, TLS 1.3", false, Fails(FAILED), Fails(FAILED)),
    ("server in version 1 P-521, TLS 1.2", false, Fails(FAILED), Fails(FAILED)),
    ("server in version 1 P-521, TLS 1.3", false, Fails(P521_SHARED), Fails(FAILED)),
    ("server in version 1 Ed25519, TLS 1.2", false, Fails(FAILED), Fails(FAILED)),
    ("server in version 1 Ed25519, TLS 1.3", false, Fails(FAILED), Fails(FAILED)),
    ("trusted server in version 1 P-521, TLS 1.2", true, Fails(SERVER_P521), Works),
    ("trusted server in version 1 P-521, TLS 1.3", true, Fails(P521_SHARED), Works),
    (OTHERS_KEY_1_2, false, Fails(FAILED), Fails(FAILED)),
    (OTHERS_KEY_1_3, false, Fails(FAILED), Fails(FAILED)),
    ("client in version 1 P-521, TLS 1.2", true, NotMade(CLIENT_P521), Works),
    ("client in version 1 P-521, TLS 1.3", true, NotMade(CLIENT_P521), Works),
];

/// Fidelity 23.
#[test]
fn keys_of_each_kind_work_as_in_go_or_are_refused_by_their_names() {
    let Some((mut program, cases)) = started() else { return };
    let mut exceptions: BTreeSet<_> = EXCEPTIONS.iter().map(|(name, ..)| *name).collect();
    for case in &cases {
        let text = |field: &str| case[field].as_str().unwrap();
        let name = text("name");
        let (works_in_go, expected) = match EXCEPTIONS.iter().find(|(of, ..)| *of == name) {
            None => (true, Works),
            Some((name, works_in_go, ring, aws_lc_rs)) => {
                exceptions.remove(name);
                (*works_in_go, if cfg!(feature = "aws-lc-rs") { *aws_lc_rs } else { *ring })
            }
        };
        assert_eq!(text("go").is_empty(), works_in_go, "{name} in Go: {}", text("go"));
        let mut config = Config::new(text("server"));
        if !text("key").is_empty() {
            let certificate = Pem::Data(text("certificate").into());
            config =
                config.with_client_certificate(certificate, SecretPem::Data(text("key").into()));
        }
        let is_insecure = case["insecure"].as_bool().unwrap();
        if !is_insecure {
            let authority = Pem::Data(text("authority").into());
            check(name, config.clone().with_certificate_authority(authority), expected);
        }
        // Whoever is trusted must have the key of its certificate.
        if is_insecure
            || !(name.starts_with("authority") || name.starts_with("server in version 1"))
        {
            config.tls.insecure_skip_tls_verify = true;
            check(name, config, expected);
        }
    }
    assert_eq!(cases.len(), 128);
    assert!(exceptions.is_empty(), "no such cases: {exceptions:?}");
    // It ends with its input.
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
}

fn check(name: &str, config: Config, expected: Outcome) {
    let error = match (RestClient::new(config), expected) {
        (Ok(client), Works | Fails(_)) => client.send(&Request::post("/")).err(),
        (Ok(_), NotMade(_)) => panic!("{name}: a client is made"),
        (Err(error), NotMade(_)) => Some(error),
        (Err(error), _) => panic!("{name}: no client is made: {error:?}"),
    };
    match (error, expected) {
        (None, Works) => {}
        (Some(error), NotMade(why) | Fails(why)) => {
            assert_eq!(error.kind(), ErrorKind::Tls, "{name}: {error:?}");
            let told = error.to_string();
            assert!(told.contains(why), "{name}: {told}");
            let is_hinted = told.ends_with(KNOWN_BY_FEATURE);
            let is_of_feature = cfg!(not(feature = "aws-lc-rs"))
                && ["P-521 is", "2240 bits is", "8192 bits is", "exponent 3 is"]
                    .iter()
                    .any(|key| told.contains(key));
            assert_eq!(is_hinted, is_of_feature, "{name}: {told}");
            assert!(error.source().is_some(), "{name}: {error:?}");
        }
        (error, _) => panic!("{name}: {error:?}"),
    }
}

/// The servers, and what clients of them are told; `None`, said loudly, where Go or its program is not.
///
/// # Panics
/// They are not, and `KUBECLIENT_REQUIRE_CLUSTER` is `1`.
fn started() -> Option<(Child, Vec<Value>)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cluster/tlskeys");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    let mut go = Command::new("go");
    go.args(["build", "-o"]).arg(&path).arg(".").current_dir(source);
    match go.output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr))
        }
        Err(error) => {
            let is_required = std::env::var("KUBECLIENT_REQUIRE_CLUSTER").as_deref() == Ok("1");
            assert!(!is_required, "no Go program tlskeys to compare with: {error}");
            // Not with a macro, which the harness would capture.
            let line = format!("SKIPPED: the Go program tlskeys: {error}\n");
            let _ = io::stderr().write_all(line.as_bytes());
            return None;
        }
    }
    let mut program =
        Command::new(path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Some((program, serde_json::from_str(&line).unwrap()))
}
