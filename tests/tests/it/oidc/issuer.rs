//! [`Issuer`]: an OpenID Connect issuer on loopback, whose ID tokens a real server can verify.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

const CLIENT: &str = "kubeclient";
const SECRET: &str = "c4n4ry+&=";

/// An issuer that takes each refresh token but once, and gives another one for it.
pub(crate) struct Issuer {
    stub: Stub,
    pki: Pki,
    folder: tempfile::TempDir,
    shared: Arc<Shared>,
}

struct Shared {
    address: OnceLock<String>,
    key: EcdsaKeyPair,
    /// How often it has given tokens; the refresh token that is good has this number.
    given: Mutex<usize>,
}

impl Issuer {
    pub(crate) fn start() -> Self {
        let shared = Shared { address: OnceLock::new(), key: new_key(), given: Mutex::default() };
        let shared = Arc::new(shared);
        let pki = Pki::new().unwrap();
        let answers = Arc::clone(&shared);
        let stub = Stub::start_tls(pki.server_config().unwrap(), move |request, _| {
            answers.answer(request)
        });
        let stub = stub.unwrap();
        shared.address.set(stub.url()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.crt"), pki.ca_pem()).unwrap();
        Self { stub, pki, folder, shared }
    }

    /// What makes an API server take its tokens: their user is `oidc:` and the name.
    pub(crate) fn api_server_args(&self) -> [String; 7] {
        [
            format!("--oidc-issuer-url={}", self.stub.url()),
            format!("--oidc-ca-file={}", self.folder.path().join("ca.crt").display()),
            format!("--oidc-client-id={CLIENT}"),
            "--oidc-signing-algs=ES256".to_owned(),
            "--oidc-username-claim=name".to_owned(),
            "--oidc-username-prefix=oidc:".to_owned(),
            "--oidc-groups-claim=groups".to_owned(),
        ]
    }

    /// An `auth-provider` of a kubeconfig, with this ID token and the refresh token that is good.
    pub(crate) fn provider(&self, id_token: &str) -> Value {
        json!({"name": "oidc", "config": {
            "idp-issuer-url": self.stub.url(),
            "idp-certificate-authority-data": STANDARD.encode(self.pki.ca_pem()),
            "client-id": CLIENT,
            "client-secret": SECRET,
            "id-token": id_token,
            "refresh-token": self.refresh_token(),
        }})
    }

    /// A token of `ada`, of the group `staff`, that ends so many seconds from now.
    pub(crate) fn token(&self, seconds: i64) -> String {
        self.shared.token(&self.shared.key, seconds)
    }

    /// The same as somebody else signs it.
    pub(crate) fn forged(&self) -> String {
        self.shared.token(&new_key(), 3600)
    }

    /// The refresh token that is good.
    pub(crate) fn refresh_token(&self) -> String {
        refresh_token(self.given())
    }

    /// How often it has given tokens.
    pub(crate) fn given(&self) -> usize {
        *self.shared.given.lock().unwrap()
    }
}

fn refresh_token(number: usize) -> String {
    format!("refresh-{number}")
}

fn new_key() -> EcdsaKeyPair {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Shared {
    fn answer(&self, request: &RecordedRequest) -> Reply {
        let address = self.address.get().unwrap();
        let answer = match request.path.as_str() {
            "/.well-known/openid-configuration" => json!({
                "issuer": address,
                "authorization_endpoint": format!("{address}/login"),
                "token_endpoint": format!("{address}/token"),
                "jwks_uri": format!("{address}/keys"),
                "id_token_signing_alg_values_supported": ["ES256"],
            }),
            "/keys" => {
                // A byte for its form, and the two coordinates.
                let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
                json!({"keys": [{
                    "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "key",
                    "x": encode(x), "y": encode(y),
                }]})
            }
            "/token" => return self.refresh(request),
            _ => return Reply::status(404),
        };
        Reply::json(200, answer.to_string())
    }

    fn refresh(&self, request: &RecordedRequest) -> Reply {
        let pair = format!("Basic {}", STANDARD.encode("kubeclient:c4n4ry%2B%26%3D"));
        if request.header("authorization") != Some(&pair) {
            return Reply::json(401, r#"{"error": "invalid_client"}"#);
        }
        let mut given = self.given.lock().unwrap();
        let form = request.text();
        let mut form: Vec<_> = form.split('&').collect();
        form.sort_unstable();
        let good = format!("refresh_token={}", refresh_token(*given));
        if form != ["grant_type=refresh_token", &good] {
            return Reply::json(400, r#"{"error": "invalid_grant"}"#);
        }
        *given += 1;
        let tokens = json!({
            "access_token": "access",
            "token_type": "Bearer",
            "id_token": self.token(&self.key, 3600),
            "refresh_token": refresh_token(*given),
        });
        Reply::json(200, tokens.to_string())
    }

    fn token(&self, key: &EcdsaKeyPair, seconds: i64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({
            "iss": self.address.get().unwrap(), "aud": CLIENT, "sub": "1", "name": "ada",
            "groups": ["staff"], "exp": i64::try_from(now).unwrap() + seconds,
        });
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": "key"});
        let text = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", encode(signature))
    }
}
