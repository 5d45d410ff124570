//! `auth-provider: oidc`: ID tokens of an issuer on loopback, good, bad and late ones.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kubeclient::config::{Kubeconfig, KubeconfigOptions};
use kubeclient::{Config, ErrorKind, Request, RestClient, Stop};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};
use serde_json::json;

use super::SOON;

/// A token that ends so many seconds from now.
pub(super) fn token(seconds: i64, name: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({"exp": now as i64 + seconds, "name": name}).to_string();
    format!("e30.{}.{name}", URL_SAFE_NO_PAD.encode(claims))
}

/// An issuer, an API server, and a kubeconfig with a user of the one for the other.
pub(super) struct World {
    pub(super) issuer: Stub,
    server: Stub,
    folder: tempfile::TempDir,
    /// The tokens that the API server has seen.
    seen: Arc<Mutex<Vec<String>>>,
}

/// What the issuer says: to a request, at its own address.
type Says = dyn Fn(&RecordedRequest, &str) -> Reply + Send + Sync;

/// Whether the API server takes this token.
type Takes = dyn Fn(&str) -> bool + Send + Sync;

impl World {
    /// The API server refuses tokens whose name has `bad` in it.
    fn new(id: &str, refresh: &str, says: Box<Says>) -> Self {
        Self::with(id, refresh, says, Box::new(|token| !token.ends_with("bad")))
    }

    pub(super) fn with(id: &str, refresh: &str, says: Box<Says>, takes: Box<Takes>) -> Self {
        let pki = Pki::new().unwrap();
        let address = Arc::new(OnceLock::<String>::new());
        let known = Arc::clone(&address);
        let issuer = Stub::start_tls(pki.server_config().unwrap(), move |request, _| {
            says(request, known.get().unwrap())
        });
        let issuer = issuer.unwrap();
        address.set(issuer.url()).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&seen);
        let server = Stub::start_tls(pki.server_config().unwrap(), move |request, _| {
            let token = request.header("authorization").unwrap_or_default();
            let token = token.strip_prefix("Bearer ").unwrap_or_default().to_owned();
            let is_good = takes(&token);
            keep.lock().unwrap().push(token);
            if is_good { Reply::text(200, "ok") } else { Reply::status(401) }
        });
        let server = server.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = STANDARD.encode(pki.ca_pem());
        let text = format!(
            "# Mine.
current-context: x
contexts:
- {{name: x, context: {{cluster: c, user: u}}}}
clusters:
- {{name: c, cluster: {{server: '{}', certificate-authority-data: {authority}}}}}
users:
- name: u
  user:
    auth-provider:
      name: oidc
      config:
        idp-issuer-url: {}
        idp-certificate-authority-data: {authority}
        client-id: k8s
        client-secret: c4n4ry+&=
        id-token: '{id}'
        refresh-token: '{refresh}'
        extra: kept
",
            server.url(),
            issuer.url(),
        );
        fs::write(folder.path().join("config"), text).unwrap();
        Self { issuer, server, folder, seen }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    pub(super) fn client(&self) -> RestClient {
        let options = KubeconfigOptions::default().path(self.path());
        RestClient::new(Config::from_kubeconfig(&options).unwrap()).unwrap()
    }

    /// Writes tokens, as another program does.
    fn write(&self, id: &str, refresh: &str) {
        Kubeconfig::modify(&KubeconfigOptions::default().path(self.path()), |kubeconfig| {
            kubeconfig.set_user("u", |user| {
                let config = &mut user.auth_provider.as_mut().unwrap().config;
                config.insert("id-token".into(), id.into());
                config.insert("refresh-token".into(), refresh.into());
            })
        })
        .unwrap();
    }

    /// A setting of the provider, as the file has it.
    fn kept(&self, key: &str) -> String {
        let kubeconfig = Kubeconfig::read_from(self.path()).unwrap();
        let provider = kubeconfig.user("u").unwrap().auth_provider.as_ref().unwrap();
        provider.config[key].expose().to_owned()
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

pub(super) fn metadata(address: &str) -> Reply {
    Reply::json(200, json!({"token_endpoint": format!("{address}/token/?p=1")}).to_string())
}

/// An issuer that gives these tokens.
fn gives(answer: serde_json::Value) -> Box<Says> {
    Box::new(move |request, address| match request.path.as_str() {
        "/.well-known/openid-configuration" => metadata(address),
        "/token/" => Reply::json(200, answer.to_string()),
        _ => Reply::status(404),
    })
}

fn ask(client: &RestClient) -> Result<(), kubeclient::Error> {
    client.send(&Request::get("/x")).map(drop)
}

#[test]
fn a_token_that_lasts_is_sent_and_nobody_is_asked() {
    let id = token(3600, "first");
    let world = World::new(&id, "c4n4ry", gives(json!({})));
    ask(&world.client()).unwrap();
    assert_eq!(world.seen(), [id]);
    assert!(world.issuer.requests().is_empty());
}

/// Once for all threads, and for the next program, which finds it in the kubeconfig.
#[test]
fn a_token_that_has_ended_is_refreshed_once_and_kept() {
    let next = token(3600, "next");
    let given = gives(json!({"id_token": next, "refresh_token": "r2", "access_token": "c4n4ry"}));
    let world = World::new(&token(5, "old"), "r1", given);
    let client = world.client();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| ask(&client).unwrap());
        }
    });
    assert_eq!(world.seen(), vec![next.clone(); 8]);
    let asked = world.issuer.requests();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!((asked[1].method.as_str(), asked[1].target.as_str()), ("POST", "/token/?p=1"));
    assert_eq!(asked[1].header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(asked[1].text(), "grant_type=refresh_token&refresh_token=r1");
    let pair = format!("Basic {}", STANDARD.encode("k8s:c4n4ry%2B%26%3D"));
    assert_eq!(asked[1].header("authorization"), Some(pair.as_str()));
    assert_eq!((world.kept("id-token"), world.kept("refresh-token")), (next.clone(), "r2".into()));
    assert_eq!(world.kept("extra"), "kept");
    assert!(fs::read_to_string(world.path()).unwrap().starts_with("# Mine.\n"));

    ask(&world.client()).unwrap();
    assert_eq!(world.issuer.requests().len(), 2);
    assert_eq!(world.seen().last(), Some(&next));
}

#[test]
fn a_token_is_never_replaced_by_an_empty_one() {
    for answer in [json!(""), json!(null), json!(" \n")] {
        let next = token(3600, "next");
        let given = gives(json!({"id_token": next, "refresh_token": answer}));
        let world = World::new("", "r1", given);
        ask(&world.client()).unwrap();
        assert_eq!((world.kept("id-token"), world.kept("refresh-token")), (next, "r1".into()));
    }
}

/// What another program wrote meanwhile is used: the refresh token that we know may be good no more.
#[test]
fn tokens_that_another_program_wrote_are_used() {
    let world = World::new(&token(1, "old"), "r1", gives(json!({})));
    let client = world.client();
    let next = token(3600, "theirs");
    let text = fs::read_to_string(world.path()).unwrap();
    let start = text.find("        id-token:").unwrap();
    let end = text.find("        extra:").unwrap();
    let theirs = format!("        id-token: '{next}'\n        refresh-token: r2\n");
    fs::write(world.path(), format!("{}{theirs}{}", &text[..start], &text[end..])).unwrap();
    ask(&client).unwrap();
    assert_eq!(world.seen(), [next]);
    assert!(world.issuer.requests().is_empty());
}

/// Also where the issuer leaves the refresh token as it is.
#[test]
fn two_programs_refresh_once() {
    let next = token(3600, "next");
    let world = World::new(&token(1, "old"), "r1", gives(json!({"id_token": next})));
    let (one, other) = (world.client(), world.client());
    ask(&one).unwrap();
    ask(&other).unwrap();
    assert_eq!(world.seen(), vec![next; 2]);
    assert_eq!(world.issuer.requests().len(), 2);
}

/// An issuer that takes each refresh token once: `r1`, then `r2` and so on. Before it refuses one, it does this.
fn takes_each_once(before_refusal: impl Fn() + Send + Sync + 'static) -> Box<Says> {
    let taken = Mutex::new(0);
    Box::new(move |request, address| match request.path.as_str() {
        "/token/" => {
            let mut taken = taken.lock().unwrap();
            let next = *taken + 1;
            if request.text().ends_with(&format!("refresh_token=r{next}")) {
                *taken = next;
                let next = format!("r{}", next + 1);
                let given = json!({"id_token": token(3600, &next), "refresh_token": next});
                return Reply::json(200, given.to_string());
            }
            drop(taken);
            before_refusal();
            Reply::json(400, r#"{"error": "invalid_grant"}"#)
        }
        _ => metadata(address),
    })
}

/// What several threads ask at the same moment, each as often, and whether it could.
fn all_ask(clients: &[RestClient], threads: usize) -> usize {
    let barrier = Barrier::new(clients.len() * threads);
    thread::scope(|scope| {
        let asking: Vec<_> = clients
            .iter()
            .flat_map(|client| std::iter::repeat_n(client, threads))
            .map(|client| {
                scope.spawn(|| {
                    barrier.wait();
                    ask(client)
                })
            })
            .collect();
        let outcomes: Vec<_> = asking.into_iter().map(|it| it.join().unwrap()).collect();
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        outcomes.len()
    })
}

/// Clients of one kubeconfig, whenever they were made, and however it is found.
#[test]
fn clients_of_one_configuration_refresh_once() {
    const THREADS: usize = 8;
    let world = World::new(&token(1, "old"), "r1", takes_each_once(|| {}));
    let mut clients: Vec<_> = (0..5).map(|_| world.client()).collect();
    clients.push(RestClient::new(clients[0].config().clone()).unwrap());
    assert_eq!(all_ask(&clients, THREADS), 48);
    assert_eq!(world.issuer.requests().len(), 2, "1 refresh");
    // One that has read the new tokens, and one whose configuration is of before them.
    clients.push(world.client());
    clients.push(RestClient::new(clients[0].config().clone()).unwrap());
    assert_eq!(all_ask(&clients, THREADS), 64);
    assert_eq!(world.issuer.requests().len(), 2);
    assert!(world.seen().iter().all(|seen| seen.ends_with("r2")), "{:?}", world.seen());
    assert_eq!(world.kept("refresh-token"), "r2");
}

/// Somebody logs in while a client is there: the next client takes his tokens, and so does the first one.
#[test]
fn a_login_since_is_taken_by_all_clients() {
    let world = World::new(&token(3600, "ada"), "r1", takes_each_once(|| {}));
    let first = world.client();
    ask(&first).unwrap();
    let before = first.config().clone();
    world.write(&token(3600, "bob"), "b1");
    let second = world.client();
    for client in [&second, &first, &RestClient::new(before.clone()).unwrap()] {
        ask(client).unwrap();
    }
    let names: Vec<_> =
        world.seen().iter().map(|seen| seen.rsplit('.').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["ada", "bob", "bob", "bob"]);
    assert!(world.issuer.requests().is_empty());
}

/// Where the new login has a refresh token alone, the ID token of the old one is used by nobody.
#[test]
fn a_login_without_an_id_token_is_asked_for_one() {
    let world = World::new(&token(3600, "ada"), "of-ada", takes_each_once(|| {}));
    let first = world.client();
    ask(&first).unwrap();
    world.write("", "r1");
    let second = world.client();
    for client in [&second, &first] {
        ask(client).unwrap();
    }
    let seen = world.seen();
    let names: Vec<_> = seen.iter().map(|seen| seen.rsplit('.').next().unwrap()).collect();
    assert_eq!(names, ["ada", "r2", "r2"]);
    assert_eq!(world.issuer.requests().len(), 2, "1 refresh");
}

/// As of another program, which has made its client of the same kubeconfig: what this test's clients share, processes
/// don't. The issuer refuses whoever is late, before the tokens of the one who was not are written.
#[test]
fn two_processes_refresh_at_once_and_both_go_on() {
    const CHILD: &str = "KUBECLIENT_TESTS_OIDC_KUBECONFIG";
    const NAME: &str = "wire::oidc::two_processes_refresh_at_once_and_both_go_on";
    const PROCESSES: usize = 4;

    if let Ok(path) = std::env::var(CHILD) {
        let config = Config::from_kubeconfig(&KubeconfigOptions::default().path(path)).unwrap();
        let client = RestClient::new(config).unwrap();
        // All have read it before one may write it.
        std::io::stdout().write_all(b"read\n").unwrap();
        std::io::stdin().read_line(&mut String::new()).unwrap();
        ask(&client).unwrap();
        return;
    }
    let world = World::new(&token(1, "old"), "r1", takes_each_once(|| {}));
    let mut children: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", NAME, "--nocapture"]).env(CHILD, world.path());
            child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut outputs: Vec<_> = children
        .iter_mut()
        .map(|child| {
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            assert!(lines.by_ref().any(|line| line.unwrap().ends_with("read")));
            lines
        })
        .collect();
    // The end of its input lets each go on.
    children.iter_mut().for_each(|child| drop(child.stdin.take()));
    for (child, lines) in children.iter_mut().zip(&mut outputs) {
        let told: Vec<_> = lines.map(Result::unwrap).collect();
        assert!(child.wait().unwrap().success(), "{told:#?}");
    }
    let seen = world.seen();
    assert!(seen.len() == PROCESSES && seen.iter().all(|seen| seen.ends_with("r2")), "{seen:?}");
    assert_eq!(world.kept("refresh-token"), "r2");
}

/// The refusal comes first: what another program has got is written a moment later.
#[test]
fn what_another_program_writes_after_a_refusal_is_used() {
    let (refuses, refused) = channel::<()>();
    let refuses = Mutex::new(refuses);
    let issuer = takes_each_once(move || refuses.lock().unwrap().send(()).unwrap());
    let world = World::new(&token(1, "old"), "spent", issuer);
    let client = world.client();
    let next = token(3600, "theirs");
    thread::scope(|scope| {
        let asking = scope.spawn(|| ask(&client));
        refused.recv().unwrap();
        world.write(&next, "r1");
        asking.join().unwrap().unwrap();
    });
    assert_eq!(world.seen(), [next]);

    // Where it wrote a refresh token alone, that is sent.
    let (refuses, refused) = channel::<()>();
    let refuses = Mutex::new(refuses);
    let issuer = takes_each_once(move || refuses.lock().unwrap().send(()).unwrap());
    let old = token(1, "old");
    let world = World::new(&old, "spent", issuer);
    let client = world.client();
    thread::scope(|scope| {
        let asking = scope.spawn(|| ask(&client));
        refused.recv().unwrap();
        world.write(&old, "r1");
        asking.join().unwrap().unwrap();
    });
    assert!(world.seen()[0].ends_with("r2"));
}

/// The client's own time is that of its requests: the issuer has its own.
#[test]
fn the_time_of_an_issuer_is_not_the_requests() {
    let next = token(3600, "next");
    let given = json!({"id_token": next}).to_string();
    let says = move |request: &RecordedRequest, address: &str| match request.path.as_str() {
        "/token/" => {
            Stop::after(Duration::from_secs(2)).wait();
            Reply::json(200, given.clone())
        }
        _ => metadata(address),
    };
    let world = World::new("", "r1", Box::new(says));
    let config = world.client().config().clone().with_timeout(Duration::from_millis(1500));
    ask(&RestClient::new(config).unwrap()).unwrap();
    assert_eq!(world.seen(), [next]);
}

/// kubectl works, too, as long as it need not ask.
#[test]
fn an_issuer_at_http_elsewhere_is_not_asked() {
    let good = token(3600, "good");
    for (id, is_good) in [(good.as_str(), true), ("", false)] {
        let world = World::new(id, "c4n4ry", gives(json!({})));
        let text = fs::read_to_string(world.path()).unwrap();
        let elsewhere = text.replace(&world.issuer.url(), "http://issuer.invalid");
        fs::write(world.path(), elsewhere).unwrap();
        let outcome = ask(&world.client());
        assert_eq!(outcome.is_ok(), is_good, "{outcome:?}");
        if let Err(error) = outcome {
            let told = format!("{error:?}");
            assert_eq!(error.kind(), ErrorKind::Auth);
            let expected =
                "OIDC issuer http://issuer.invalid: idp-issuer-url: expected an https:// URL";
            assert!(told.contains(expected) && !told.contains("c4n4ry"), "{told}");
        }
    }
}

/// The token in the kubeconfig is the very one that was refused: it is not taken for a new one.
#[test]
fn a_token_of_the_issuer_that_the_server_refuses_is_not_taken_again() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let world = World::new(
        "",
        "r1",
        Box::new(move |request, address| match request.path.as_str() {
            "/token/" => {
                let nth = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let next = token(3600 + nth as i64, if nth == 0 { "bad" } else { "good" });
                Reply::json(200, json!({"id_token": next}).to_string())
            }
            _ => metadata(address),
        }),
    );
    ask(&world.client()).unwrap();
    let seen = world.seen();
    assert!(seen.len() == 2 && seen[0].ends_with("bad") && seen[1].ends_with("good"), "{seen:?}");
}

#[test]
fn a_token_that_the_server_refuses_is_refreshed_and_the_request_sent_again() {
    let next = token(3600, "next");
    let world = World::new(&token(3600, "bad"), "r1", gives(json!({"id_token": next})));
    ask(&world.client()).unwrap();
    assert_eq!(world.seen().len(), 2);
    assert_eq!(world.seen()[1], next);
}

#[test]
fn the_clients_secret_goes_where_the_issuer_wants_it() {
    let next = token(3600, "next");
    let form = "&client_id=k8s&client_secret=c4n4ry%2B%26%3D";
    for says_so in [true, false] {
        let next = next.clone();
        let world = World::new(
            "",
            "r 1",
            Box::new(move |request, address| match request.path.as_str() {
                "/token" | "/token/" if request.header("authorization").is_some() => {
                    Reply::json(400, r#"{"error": "invalid_client"}"#)
                }
                "/token" | "/token/" => Reply::json(200, json!({"id_token": next}).to_string()),
                _ if says_so => {
                    let endpoint = format!("{address}/token");
                    let methods = json!(["client_secret_post"]);
                    let text = json!({"token_endpoint": endpoint, "token_endpoint_auth_methods_supported": methods});
                    Reply::json(200, text.to_string())
                }
                _ => metadata(address),
            }),
        );
        ask(&world.client()).unwrap();
        let asked = world.issuer.requests();
        assert_eq!(asked.len(), if says_so { 2 } else { 3 });
        let last = asked.last().unwrap();
        let expected = format!("grant_type=refresh_token&refresh_token=r%201{form}");
        assert_eq!(last.text(), expected);
    }
}

/// Each mistake is told in words, without what was said; nothing is sent or written.
#[test]
fn what_an_issuer_does_wrong_is_told_without_a_credential() {
    let refuses = |code: u16, error: &'static str| -> Box<Says> {
        Box::new(move |request, address| match request.path.as_str() {
            "/token/" => {
                let text =
                    json!({"error": error, "error_description": "c4n4ry", "id_token": "c4n4ry"});
                Reply::json(code, text.to_string())
            }
            _ => metadata(address),
        })
    };
    let discovers =
        |reply: fn(&str) -> Reply| -> Box<Says> { Box::new(move |_, address| reply(address)) };
    let endpoint = |url: &'static str| -> Box<Says> {
        Box::new(move |_, _| Reply::json(200, json!({"token_endpoint": url}).to_string()))
    };
    let cases: Vec<(Box<Says>, &str)> = vec![
        (discovers(|_| Reply::text(404, "c4n4ry")), "openid-configuration answers with 404"),
        (
            discovers(|address| Reply::status(302).header("Location", format!("{address}/c4n4ry"))),
            "answers with a redirect (302), which is not followed",
        ),
        (
            discovers(|_| Reply::text(200, "c4n4ry")),
            "openid-configuration gives no JSON of the kind",
        ),
        (discovers(|_| Reply::json(200, "{}")), "openid-configuration names no token_endpoint"),
        (discovers(|_| Reply::disconnect()), "it can't be asked"),
        (discovers(|_| Reply::text(200, "x".repeat(2 << 20))), "its answer is larger than 1 MiB"),
        (endpoint("http://example.com/c4n4ry"), "its token_endpoint is no https:// URL"),
        (endpoint("c4n4ry"), "its token_endpoint is no https:// URL"),
        (refuses(400, "invalid_grant"), "log in again"),
        (refuses(401, "invalid_client"), "it does not take client-id and client-secret"),
        (refuses(400, "unsupported_grant_type"), "it does not refresh tokens"),
        (refuses(500, "c4n4ry"), "its token_endpoint answers with 500"),
        (refuses(307, ""), "its token_endpoint answers with a redirect (307)"),
        (gives(json!({"access_token": "c4n4ry"})), "it gave no id_token"),
        (gives(json!({"id_token": ""})), "it gave no id_token"),
        (gives(json!({"id_token": "c4n4ry"})), "the ID token is no JSON web token"),
        (gives(json!({"id_token": 1})), "token_endpoint gives no JSON of the kind"),
        (gives(json!({"id_token": token(-5, "c4n4ry")})), "it gave an ID token that has ended"),
        (
            gives(json!({"id_token": format!("{}\r\nX: c4n4ry", token(99, "x"))})),
            "id-token: expected",
        ),
    ];
    for (says, expected) in cases {
        let world = World::new(&token(-1, "c4n4ry"), "c4n4ry-r", says);
        let before = fs::read_to_string(world.path()).unwrap();
        let client = world.client();
        let error = ask(&client).unwrap_err();
        let told = format!("{error} {error:?} {client:?} {:?}", client.config());
        assert_eq!(error.kind(), ErrorKind::Auth, "{told}");
        assert!(
            told.contains(expected) && told.contains(&world.issuer.url()),
            "{expected}: {told}"
        );
        assert!(!told.contains("c4n4ry"), "{told}");
        // Remembered: the next request does not ask again.
        let asked = world.issuer.requests().len();
        assert!(ask(&client).unwrap_err().to_string().contains(expected), "{expected}");
        assert_eq!(world.issuer.requests().len(), asked, "{expected}");
        assert!(world.server.requests().is_empty());
        assert_eq!(fs::read_to_string(world.path()).unwrap(), before);
    }
}

#[test]
fn a_user_without_a_refresh_token_is_told_to_log_in() {
    let world = World::new(&token(-1, "old"), "", gives(json!({})));
    let error = ask(&world.client()).unwrap_err().to_string();
    assert!(error.contains("there is no refresh-token to get another: log in again"), "{error}");
    assert!(world.issuer.requests().is_empty() && world.server.requests().is_empty());
}

#[test]
fn an_issuer_that_is_not_trusted_gets_no_token() {
    let world = World::new("", "c4n4ry", gives(json!({"id_token": token(99, "x")})));
    let other = STANDARD.encode(Pki::new().unwrap().ca_pem());
    Kubeconfig::modify(&KubeconfigOptions::default().path(world.path()), |kubeconfig| {
        kubeconfig.set_user("u", |user| {
            let provider = user.auth_provider.as_mut().unwrap();
            provider.config.insert("idp-certificate-authority-data".into(), other.into());
        })
    })
    .unwrap();
    let error = ask(&world.client()).unwrap_err();
    assert!(error.to_string().contains("it can't be asked"), "{error}");
    assert!(format!("{error:?}").contains("TLS"), "{error:?}");
    assert!(world.issuer.requests().is_empty());
}

#[test]
fn a_stop_ends_the_wait_for_an_issuer() {
    let world = World::new("", "r", Box::new(|_, _| Reply::stall()));
    let client = world.client();
    let stop = Stop::new();
    let began = thread::scope(|scope| {
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let client = client.with_stop(&stop);
                scope.spawn(move || ask(&client).unwrap_err())
            })
            .collect();
        world.issuer.wait_for_requests(1);
        let began = Instant::now();
        stop.stop();
        for thread in waiting {
            assert!(thread.join().unwrap().is_stopped());
        }
        began
    });
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

/// An issuer may take a refresh token but once.
#[test]
fn what_an_issuer_gives_is_kept_though_who_asked_has_gone() {
    let (answer, may_answer) = channel::<()>();
    let may_answer = Mutex::new(may_answer);
    let given = json!({"id_token": token(3600, "next"), "refresh_token": "r2"});
    let says = move |request: &RecordedRequest, address: &str| match request.path.as_str() {
        "/token/" => {
            may_answer.lock().unwrap().recv().unwrap();
            Reply::json(200, given.to_string())
        }
        _ => metadata(address),
    };
    let world = World::new("", "r1", Box::new(says));
    let client = world.client();
    let stop = Stop::new();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| ask(&client.with_stop(&stop)).unwrap_err());
        world.issuer.wait_for_requests(2);
        stop.stop();
        assert!(waiting.join().unwrap().is_stopped());
    });
    answer.send(()).unwrap();
    ask(&client).unwrap();
    assert_eq!(world.issuer.requests().len(), 2, "nobody has asked again");
    assert_eq!(world.kept("refresh-token"), "r2");
}
