//! The table of certificates: each case by a call, by a watch, by a log that is followed, by a client derived
//! from another, and by one made without the first one's credentials. Who may be trusted does not depend on which
//! of them asks.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeclient::config::{Pem, SecretPem};
use kubeclient::{Config, ErrorKind, LogParams, Request, RestClient, Stop, WatchParams};
use kubeclient_tests::proxy::{Proxy, Speaks};
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::logs::pods;
use super::{PATIENCE, bookmark, foos};

/// A name that the proxy alone resolves.
const NAME: &str = "https://api.in.example:6443";

/// An address that the proxy alone connects to.
const V6: &str = "https://[fd00::1]:6443";

/// Here, without a proxy.
const HERE: &str = "https://127.0.0.1";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority_params(name), KeyPair::generate().unwrap()).unwrap()
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn server_params(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "server");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// A certificate chain and its key, in PEM.
struct Identity {
    chain: String,
    key: String,
}

fn signed(params: &CertificateParams, by: &Authority) -> Identity {
    signed_with(params, KeyPair::generate().unwrap(), by)
}

fn signed_with(params: &CertificateParams, key: KeyPair, by: &Authority) -> Identity {
    let chain = params.signed_by(&key, by).unwrap().pem();
    Identity { chain, key: key.serialize_pem() }
}

fn roots(authority: &Authority) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    roots
}

/// A server's settings; with an authority, it wants a client certificate of that.
fn server_with(
    identity: &Identity,
    versions: &[&'static SupportedProtocolVersion],
    clients: Option<&Authority>,
) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_slice_iter(identity.chain.as_bytes());
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = match clients {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(authority) => {
            let roots = Arc::new(roots(authority));
            WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider))
                .build()
                .unwrap()
        }
    };
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

fn server(identity: &Identity) -> Arc<ServerConfig> {
    server_with(identity, rustls::ALL_VERSIONS, None)
}

/// What becomes of a case.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Works,
    /// No request gets through: the client refuses the server.
    Refused,
    /// No request gets through: the server refuses the client. Its alert may be overtaken by the end of the
    /// connection.
    Rejected,
    /// Works with the client's certificate, and is [`Outcome::Rejected`] without.
    WorksWithCertificate,
    /// No client is made; this stands in the error.
    NotMade(&'static str),
}
use Outcome::{NotMade, Refused, Rejected, Works, WorksWithCertificate};

struct Case {
    name: &'static str,
    at: &'static str,
    tls: Arc<ServerConfig>,
    config: Config,
    outcome: Outcome,
}

/// The doors by which a server is asked.
const DOORS: [&str; 5] = ["call", "watch", "log", "derived", "anonymous"];

fn answer(request: &RecordedRequest, _: usize) -> Reply {
    match request.query_value("watch") {
        Some(_) => Reply::json(200, format!("{}\n", bookmark(5))),
        None => Reply::text(200, "ok"),
    }
}

impl Case {
    fn check(&self) {
        let Self { name, at, tls, outcome, .. } = self;
        let stub = Stub::start_tls(Arc::clone(tls), answer).unwrap();
        let proxy = Proxy::builder(Speaks::Http).to(stub.address()).start().unwrap();
        let mut config = self.config.clone();
        match *at {
            HERE => config.server = stub.url(),
            _ => {
                config.server = (*at).into();
                config = config.with_proxy_url(proxy.url());
            }
        }
        if let NotMade(expected) = outcome {
            let error = RestClient::new(config).expect_err(name);
            let kind = error.kind();
            assert!(matches!(kind, ErrorKind::Config | ErrorKind::Tls), "{name}: {error:?}");
            assert!(format!("{error:?}").contains(expected), "{name}: {error:?}");
            assert!(!format!("{error:?}").contains("BEGIN"), "{name}: {error:?}");
            assert_eq!(stub.connections(), 0, "{name}");
            return;
        }
        let stop = Stop::after(PATIENCE);
        let made = |config| RestClient::new(config).unwrap().with_stop(&stop);
        for door in DOORS {
            let before = stub.requests().len();
            let client = made(config.clone());
            let asked = match door {
                "call" => client.send(&Request::post("/x")).map(drop),
                "watch" => foos(&client)
                    .watch_raw(&WatchParams::default())
                    .and_then(|mut watch| watch.next().unwrap().map(drop)),
                "log" => pods(&client)
                    .log_lines("p", &LogParams::default().follow())
                    .and_then(|mut lines| lines.next().unwrap().map(drop)),
                "derived" => {
                    let derived = client.with_protobuf().with_stop(&stop.child()).clone();
                    foos(&derived).watch_raw(&WatchParams::default()).map(drop)
                }
                _ => made(config.anonymous()).send(&Request::post("/x")).map(drop),
            };
            let outcome = match outcome {
                WorksWithCertificate if door == "anonymous" => Rejected,
                WorksWithCertificate => Works,
                outcome => *outcome,
            };
            let told = asked.as_ref().copied().map_err(|error| error.kind());
            let is_right = match (outcome, told) {
                (Works, told) => told == Ok(()),
                (Rejected, Err(ErrorKind::Connect | ErrorKind::Connection)) => true,
                (_, told) => told == Err(ErrorKind::Tls),
            };
            assert!(is_right, "{name} by {door}: {asked:?}, expected {outcome:?}");
            let works = outcome == Works;
            let requests = stub.requests().len() - before;
            assert_eq!(requests, usize::from(works), "{name} by {door}");
        }
    }
}

fn trusting(pem: &str) -> Config {
    Config::new("").with_certificate_authority(Pem::Data(pem.into()))
}

fn with_identity(config: Config, identity: &Identity) -> Config {
    config.with_client_certificate(
        Pem::Data(identity.chain.clone().into()),
        SecretPem::Data(identity.key.as_str().into()),
    )
}

/// Who the server is.
fn servers(ca: &Authority) -> Vec<Case> {
    let trusted = trusting(&ca.pem());
    let case = |name, at, identity: &Identity, outcome| {
        let (tls, config) = (server(identity), trusted.clone());
        Case { name, at, tls, config, outcome }
    };
    let of = |names: &[&str]| signed(&server_params(names), ca);
    let changed = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = server_params(&["127.0.0.1"]);
        change(&mut params);
        signed(&params, ca)
    };
    let intermediate = CertifiedIssuer::signed_by(
        authority_params("intermediate"),
        KeyPair::generate().unwrap(),
        ca,
    )
    .unwrap();
    let below = signed(&server_params(&["127.0.0.1"]), &intermediate);
    let chain = Identity {
        chain: format!("{}{}", below.chain, intermediate.pem()),
        key: below.key.clone(),
    };
    let mut common_name = CertificateParams::default();
    common_name.distinguished_name.push(DnType::CommonName, "api.in.example");
    let common_name = signed(&common_name, ca);
    let expired = changed(&|params| params.not_after = date_time_ymd(2020, 1, 1));
    let early = changed(&|params| params.not_before = date_time_ymd(2100, 1, 1));
    let client_only = changed(&|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let here = of(&["127.0.0.1"]);
    vec![
        case("a DNS name", NAME, &of(&["api.in.example"]), Works),
        case("a DNS name among others", NAME, &of(&["127.0.0.1", "x", "api.in.example"]), Works),
        case("a wildcard", NAME, &of(&["*.in.example"]), Works),
        case("an IPv4 address", HERE, &here, Works),
        case("an IPv6 address", V6, &of(&["fd00::1"]), Works),
        case("another name", NAME, &of(&["other.example"]), Refused),
        case("a name below", NAME, &of(&["a.api.in.example"]), Refused),
        case("another IPv4 address", HERE, &of(&["10.0.0.1"]), Refused),
        case("another IPv6 address", V6, &of(&["fd00::2"]), Refused),
        case("an address where a name is wanted", NAME, &here, Refused),
        case("a common name alone", NAME, &common_name, Refused),
        case("expired", HERE, &expired, Refused),
        case("not yet valid", HERE, &early, Refused),
        case("for clients alone", HERE, &client_only, Refused),
        case("an intermediate authority", HERE, &chain, Works),
        case("an intermediate authority that is not shown", HERE, &below, Refused),
        Case {
            config: trusting(&intermediate.pem()),
            ..case("an intermediate alone", HERE, &below, Works)
        },
    ]
}

/// Whom the client trusts.
fn trusts(ca: &Authority) -> Vec<Case> {
    let here = signed(&server_params(&["127.0.0.1"]), ca);
    let own_key = KeyPair::generate().unwrap();
    let own = server_params(&["127.0.0.1"]).self_signed(&own_key).unwrap();
    let own = Identity { chain: own.pem(), key: own_key.serialize_pem() };
    let other = authority("other");
    let case = |name, identity: &Identity, config: Config, outcome| Case {
        name,
        at: HERE,
        tls: server(identity),
        config,
        outcome,
    };
    let named = |name: &str| {
        let mut config = trusting(&ca.pem());
        config.tls.server_name = Some(name.into());
        config
    };
    let mut insecure = Config::new("");
    insecure.tls.insecure_skip_tls_verify = true;
    let mut both = trusting(&ca.pem());
    both.tls.insecure_skip_tls_verify = true;
    let mut expired = server_params(&["x"]);
    expired.not_after = date_time_ymd(2020, 1, 1);
    let elsewhere = signed(&server_params(&["other.example"]), ca);
    let junk = "-----BEGIN CERTIFICATE-----\nanVuaw==\n-----END CERTIFICATE-----\n";
    let torn = "-----BEGIN CERTIFICATE-----\nanVuaw==\n";
    let among = "certificate_authority: expected";
    vec![
        case("another authority", &here, trusting(&other.pem()), Refused),
        case("one of two authorities", &here, trusting(&(other.pem() + &ca.pem())), Works),
        case("the system's authorities alone", &here, Config::new(""), Refused),
        case("a certificate that signed itself, trusted", &own, trusting(&own.chain), Works),
        case("a certificate that signed itself, not trusted", &own, trusting(&ca.pem()), Refused),
        case("another server name, right", &elsewhere, named("other.example"), Works),
        case("another server name, wrong", &elsewhere, named("third.example"), Refused),
        case("another server name for a good one", &here, named("other.example"), Refused),
        case("no verification, and nothing right", &signed(&expired, &other), insecure, Works),
        case("no verification, and an authority", &here, both, NotMade("insecure_skip_tls_verify")),
        case("junk after an authority", &here, trusting(&(ca.pem() + junk)), NotMade(among)),
        case(
            "junk before an authority",
            &here,
            trusting(&(junk.to_owned() + &ca.pem())),
            NotMade(among),
        ),
        case("a block without an end", &here, trusting(&(ca.pem() + torn)), NotMade("certificate")),
        case("a key for an authority", &here, trusting(&here.key), NotMade("certificate")),
    ]
}

/// Servers whose own certificates are given as authorities, as development clusters and `openssl req -x509` have it.
fn pinned(ca: &Authority) -> Vec<Case> {
    let case = |name, identity: &Identity, trusted: &str, outcome| Case {
        name,
        at: HERE,
        tls: server(identity),
        config: trusting(trusted),
        outcome,
    };
    let signs_itself = |name: &str, change: &dyn Fn(&mut CertificateParams)| {
        let mut params = server_params(&[name]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let chain = params.self_signed(&key).unwrap().pem();
        Identity { chain, key: key.serialize_pem() }
    };
    let own = signs_itself("127.0.0.1", &|_| ());
    let another = signs_itself("127.0.0.1", &|_| ());
    let elsewhere = signs_itself("other.example", &|_| ());
    let expired = signs_itself("127.0.0.1", &|params| params.not_after = date_time_ymd(2020, 1, 1));
    let early = signs_itself("127.0.0.1", &|params| params.not_before = date_time_ymd(2100, 1, 1));
    let leaf = signed(&server_params(&["127.0.0.1"]), ca);
    let sibling = signed(&server_params(&["127.0.0.1"]), ca);
    let mut late = server_params(&["127.0.0.1"]);
    late.not_after = date_time_ymd(2020, 1, 1);
    let late = signed(&late, ca);
    vec![
        case("an authority that serves, its own", &own, &own.chain, Works),
        case("the same of another key", &another, &own.chain, Refused),
        case("the same with another name", &elsewhere, &elsewhere.chain, Refused),
        case("the same, expired", &expired, &expired.chain, Refused),
        case("the same, not yet valid", &early, &early.chain, Refused),
        case("a leaf that an authority signed, its own", &leaf, &leaf.chain, Works),
        case("its sibling", &sibling, &leaf.chain, Refused),
        case("the same, expired", &late, &late.chain, Refused),
    ]
}

/// Who the client is, and which TLS is spoken.
fn clients(ca: &Authority) -> Vec<Case> {
    use rustls::version::{TLS12, TLS13};

    let here = signed(&server_params(&["127.0.0.1"]), ca);
    let trusted = trusting(&ca.pem());
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "jane");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let of = |key: KeyPair| signed_with(&params, key, ca);
    let generated = |algorithm| of(KeyPair::generate_for(algorithm).unwrap());
    let wants = |name, versions: &[&'static SupportedProtocolVersion], config, outcome| {
        let tls = server_with(&here, versions, Some(ca));
        Case { name, at: HERE, tls, config, outcome }
    };
    let shows = |name, identity: &Identity, outcome| {
        wants(name, rustls::ALL_VERSIONS, with_identity(trusted.clone(), identity), outcome)
    };
    let jane = generated(&rcgen::PKCS_ECDSA_P256_SHA256);
    let in_sec1 = |identity: &Identity| Identity {
        chain: identity.chain.clone(),
        key: armored("EC PRIVATE KEY", &inner_key(&identity.key)),
    };
    let p384 = generated(&rcgen::PKCS_ECDSA_P384_SHA384);
    // ring makes no RSA keys.
    let rsa = of(KeyPair::from_pem(include_str!("rsa-2048.pem")).unwrap());
    let pkcs1 = Identity {
        chain: rsa.chain.clone(),
        key: armored("RSA PRIVATE KEY", &inner_key(&rsa.key)),
    };
    let mixed = Identity { chain: jane.chain.clone(), key: p384.key.clone() };
    let same_kind = generated(&rcgen::PKCS_ECDSA_P256_SHA256);
    let mixed_alike = Identity { chain: jane.chain.clone(), key: same_kind.key };
    let encrypted =
        Identity { chain: jane.chain.clone(), key: armored("ENCRYPTED PRIVATE KEY", &[48, 0]) };
    let garbled = Identity { chain: jane.chain.clone(), key: armored("PRIVATE KEY", b"junk") };
    let p521 = Identity { chain: jane.chain.clone(), key: include_str!("p-521.pem").into() };
    let stranger = signed(&params, &authority("other"));
    let mut half = with_identity(trusted.clone(), &jane);
    half.tls.client_key = None;
    let known = with_identity(trusted.clone(), &jane);
    let plain = |name, versions: &[&'static SupportedProtocolVersion]| {
        let tls = server_with(&here, versions, None);
        Case { name, at: HERE, tls, config: trusted.clone(), outcome: Works }
    };
    vec![
        plain("TLS 1.2", &[&TLS12]),
        plain("TLS 1.3", &[&TLS13]),
        wants("no client certificate, TLS 1.2", &[&TLS12], trusted.clone(), Rejected),
        wants("no client certificate, TLS 1.3", &[&TLS13], trusted.clone(), Rejected),
        wants("a client certificate, TLS 1.2", &[&TLS12], known.clone(), WorksWithCertificate),
        wants("a client certificate, TLS 1.3", &[&TLS13], known, WorksWithCertificate),
        shows("a client certificate of another authority", &stranger, Rejected),
        shows("a key in PKCS#8", &jane, WorksWithCertificate),
        shows("a key in PKCS#8, P-384", &p384, WorksWithCertificate),
        shows("a key in PKCS#8, Ed25519", &generated(&rcgen::PKCS_ED25519), WorksWithCertificate),
        shows("a key in PKCS#8, RSA", &rsa, WorksWithCertificate),
        shows("a key in PKCS#1", &pkcs1, WorksWithCertificate),
        shows("a key in SEC1", &in_sec1(&jane), WorksWithCertificate),
        shows("a key in SEC1, P-384", &in_sec1(&p384), WorksWithCertificate),
        shows("a key of another certificate", &mixed_alike, NotMade("don't go together")),
        shows("a key of another kind of certificate", &mixed, NotMade("don't go together")),
        shows("a key that is encrypted", &encrypted, NotMade("expected a PEM private key")),
        shows("a key on P-521", &p521, NotMade("client key: the curve P-521 is not supported")),
        shows("a key that is none", &garbled, NotMade("client key: not supported: expected RSA")),
        wants("a certificate without a key", rustls::ALL_VERSIONS, half, NotMade("client_key")),
    ]
}

/// Fidelity 22, 23.
#[test]
fn whom_a_client_trusts_does_not_depend_on_who_asks() {
    let ca = authority("ca");
    let cases: Vec<_> =
        [servers(&ca), trusts(&ca), pinned(&ca), clients(&ca)].into_iter().flatten().collect();
    assert_eq!(cases.len(), 59);
    cases.iter().for_each(Case::check);
}

/// The system's trust store counts where no authority is given, and only there. It is the process's, so it
/// takes a process.
#[cfg(not(any(windows, target_vendor = "apple")))]
#[test]
fn without_an_authority_the_systems_count() {
    use std::process::Command;

    const CHILD: &str = "KUBECLIENT_TESTS_TRUSTED_SERVER";
    const NAME: &str = "wire::tls_table::without_an_authority_the_systems_count";

    if let Ok(server) = std::env::var(CHILD) {
        let config = Config::new(server);
        RestClient::new(config.clone()).unwrap().send(&Request::get("/x")).unwrap();
        let other = Pem::Data(authority("other").pem().into());
        let given = RestClient::new(config.with_certificate_authority(other)).unwrap();
        assert_eq!(given.send(&Request::get("/x")).unwrap_err().kind(), ErrorKind::Tls);
        return;
    }
    let ca = authority("ca");
    let here = signed(&server_params(&["127.0.0.1"]), &ca);
    let stub = Stub::start_tls(server(&here), answer).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, pem: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, pem).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", NAME]).env(CHILD, stub.url());
        child.env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR");
        child.env("SSLKEYLOGFILE", folder.path().join("keys"));
        child.output().unwrap().status.success()
    };
    assert!(run("ca", &ca.pem()));
    assert_eq!(stub.requests().len(), 1);
    assert!(!run("other", &authority("other").pem()));
    assert!(!run("empty", ""));
    assert!(!folder.path().join("keys").exists(), "the keys of a session were written to a file");
    assert_eq!(stub.requests().len(), 1);
}

/// What stands inside of PKCS#8: the key in its own form.
fn inner_key(pkcs8: &str) -> Vec<u8> {
    let key = PrivateKeyDer::from_pem_slice(pkcs8.as_bytes()).unwrap();
    let (sequence, _) = element(key.secret_der());
    let (_version, rest) = element(sequence);
    let (_algorithm, rest) = element(rest);
    element(rest).0.to_vec()
}

/// The contents of the first element of DER, and what follows it.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, head) = match usize::from(der[1]) {
        short @ 0..128 => (short, 2),
        long => {
            let bytes = long - 128;
            let length =
                der[2..2 + bytes].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, 2 + bytes)
        }
    };
    der[head..].split_at(length)
}

fn armored(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}
