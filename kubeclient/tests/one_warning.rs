//! What costs one warning, however often it is met: a cache folder that can't be written, however much there is to be
//! kept, and no call fails; a server that is not verified; a kubeconfig that new tokens can't be written to. Each case in
//! a process of its own, since it takes the log.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use kubeclient::config::{KubeconfigOptions, Proxy, ProxyRules};
use kubeclient::discovery::{CachedDiscovery as _, DiskCache};
use kubeclient::{Config, Request, RestClient, Stop};
use kubeclient_fake::FakeServer;

struct Warnings(Mutex<Vec<String>>);

impl log::Log for Warnings {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

static WARNINGS: Warnings = Warnings(Mutex::new(Vec::new()));

/// The folder and what the warning has to say, for the process that is started for one case.
const FOLDER: &str = "KUBECLIENT_TEST_FOLDER";
const CAUSE: &str = "KUBECLIENT_TEST_CAUSE";

/// Says so to the process that makes clients of servers that are not verified.
const INSECURE: &str = "KUBECLIENT_TEST_INSECURE";

/// Discovers again and again with this folder as its cache, and counts what is warned of.
fn check(folder: &Path, cause: &str) {
    take_the_log();
    let server = FakeServer::start().unwrap();
    let client = RestClient::new(Config::new(server.url())).unwrap();
    let cache = DiskCache::at(&client, folder);
    for _ in 0..3 {
        assert!(cache.server_groups_and_resources().unwrap().resources().count() > 50);
        cache.invalidate();
    }
    let warnings = warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains(cause), "{cause}: {warnings:?}");
    assert!(warnings[0].ends_with("discovery is not kept on disk"), "{warnings:?}");
    // Whoever comes next is neither helped nor harmed by what was left there.
    let next = DiskCache::at(&client, folder);
    assert!(next.server_groups_and_resources().unwrap().resources().count() > 50);
    for file in files(folder) {
        assert!(fs::metadata(&file).unwrap().len() > 0, "half a file is left: {file:?}");
    }
}

fn take_the_log() {
    log::set_logger(&WARNINGS).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
}

/// What was warned of since.
fn warnings() -> Vec<String> {
    std::mem::take(&mut *WARNINGS.0.lock().unwrap())
}

/// Makes clients that trust anybody, of a kubeconfig and in code, and calls with each and what is derived of it. A proxy
/// with TLS is told of, too, whoever names it.
fn check_insecure() {
    take_the_log();
    let server = FakeServer::builder().tls(true).start().unwrap();
    let kubeconfig = format!(
        "{{current-context: x, contexts: [{{name: x, context: {{cluster: c}}}}],
          clusters: [{{name: c, cluster: {{server: '{}', insecure-skip-tls-verify: true}}}}]}}",
        server.url()
    );
    let mut made = Config::new(server.url());
    made.tls.insecure_skip_tls_verify = true;
    for config in [Config::from_kubeconfig_str(&kubeconfig).unwrap(), made] {
        let client = RestClient::new(config).unwrap();
        for client in [client.clone(), client.with_stop(&Stop::new()), client] {
            client.send(&Request::get("/version")).unwrap();
        }
        let expected =
            format!("whoever answers for {} is trusted (insecure-skip-tls-verify)", server.url());
        assert_eq!(warnings(), [expected]);
    }
    let mut rules = ProxyRules::default();
    (rules.http_proxy, rules.https_proxy) = ("https://p".into(), "https://p".into());
    for proxy in [Proxy::Url("https://p".into()), Proxy::Rules(rules)] {
        for (server, unverified) in [
            ("https://h", "https://h:443 and proxy https://p:443"),
            ("http://h", "proxy https://p:443"),
        ] {
            let mut config = Config::new(server).with_proxy(proxy.clone());
            config.tls.insecure_skip_tls_verify = true;
            RestClient::new(config).unwrap();
            let expected =
                format!("whoever answers for {unverified} is trusted (insecure-skip-tls-verify)");
            assert_eq!(warnings(), [expected]);
        }
    }
}

/// An issuer that gives another refresh token each time, and an ID token that no server knows, so that it is asked often.
fn check_unwritten(folder: &Path) {
    take_the_log();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let (url, asked) = (issuer.clone(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for (number, socket) in listener.incoming().enumerate() {
            let mut socket = socket.unwrap();
            let mut lines = BufReader::new(socket.try_clone().unwrap()).lines().map(Result::unwrap);
            let post = lines.next().is_some_and(|line| line.starts_with("POST"));
            while lines.next().is_some_and(|line| !line.is_empty()) {}
            count.fetch_add(usize::from(post), Ordering::Relaxed);
            // An ID token that ends in the year 2286. Both questions have the same answer.
            let answer = format!(
                r#"{{"token_endpoint":"{url}/token","id_token":"e30.eyJleHAiOjk5OTk5OTk5OTl9.{number}","refresh_token":"CANARY-{number}"}}"#
            );
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            let length = answer.len();
            let _ = write!(socket, "{head}\r\nContent-Length: {length}\r\n\r\n{answer}");
        }
    });
    let server = FakeServer::builder().tls(true).start().unwrap();
    let path = folder.join("config");
    let served = server.kubeconfig();
    let cluster = served.lines().find(|line| line.contains("certificate-authority-data")).unwrap();
    let kubeconfig = format!(
        "current-context: x
contexts:
- {{name: x, context: {{cluster: c, user: u}}}}
clusters:
- name: c
  cluster:
    server: {}
{cluster}
users:
- name: u
  user:
    auth-provider:
      name: oidc
      config: {{idp-issuer-url: '{issuer}', client-id: k, refresh-token: CANARY}}
",
        server.url()
    );
    fs::write(&path, kubeconfig).unwrap();
    fs::write(folder.join("config.lock"), "").unwrap();
    let options = KubeconfigOptions::default().path(&path);
    let client = RestClient::new(Config::from_kubeconfig(&options).unwrap()).unwrap();
    for _ in 0..2 {
        assert!(client.send(&Request::get("/api/v1/pods")).is_err());
    }
    assert!(asked.load(Ordering::Relaxed) > 1);
    let warnings = warnings();
    let about: Vec<_> =
        warnings.iter().filter(|warning| warning.contains("OIDC issuer gave")).collect();
    let [warning] = about[..] else { panic!("{warnings:?}") };
    assert!(warning.starts_with(&format!("kubeconfig {}", path.display())), "{warning}");
    assert!(
        warning.ends_with("kubectl and other programs fail until you log in again"),
        "{warning}"
    );
    assert!(!warnings.concat().contains("CANARY"), "{warnings:?}");
}

#[test]
fn an_unverified_server_costs_one_warning() {
    if std::env::var_os(INSECURE).is_some() {
        return check_insecure();
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "an_unverified_server_costs_one_warning"]).env(INSECURE, "1");
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// A file where a folder is wanted: not even root can write below it.
#[test]
fn a_folder_that_cannot_be_written_costs_one_warning() {
    if let (Some(folder), Ok(cause)) = (std::env::var_os(FOLDER), std::env::var(CAUSE)) {
        return check(folder.as_ref(), &cause);
    }
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, "").unwrap();
    run("exec \"$@\"", &[], &blocked.join("cache"), "Not a directory");
}

/// No file may be larger than nothing, as where a quota is used up.
#[test]
fn a_quota_that_is_used_up_costs_one_warning() {
    let folder = tempfile::tempdir().unwrap();
    // What is ignored stays ignored in the program: it hears of an error instead of being ended.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    run(script, &[], folder.path(), "File too large");
}

/// A file system of a few pages, which the first documents fill.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_costs_one_warning() {
    in_a_file_system("size=32k", "No space left on device");
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_home_costs_one_warning() {
    in_a_file_system("ro", "Read-only file system");
}

/// A kubeconfig that is locked, or, without the feature that writes them, any: each of several refreshes gives another
/// refresh token.
#[test]
fn tokens_that_cannot_be_written_cost_one_warning() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return check_unwritten(folder.as_ref());
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "tokens_that_cannot_be_written_cost_one_warning"]);
    let output = child.env(FOLDER, folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Runs the check on a file system of its own, where namespaces can be had.
#[cfg(target_os = "linux")]
fn in_a_file_system(options: &str, cause: &str) {
    let namespace = ["unshare", "--user", "--map-root-user", "--mount"];
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o {options} none {}", folder.path().display());
    let mut tried = Command::new(namespace[0]);
    tried.args(&namespace[1..]).args(["sh", "-c", &mount]);
    if !tried.output().is_ok_and(|output| output.status.success()) {
        let required =
            std::env::var_os("KUBECLIENT_REQUIRE_NAMESPACES").is_some_and(|it| it == "1");
        assert!(!required, "no mount namespace for this test");
        // Not with a macro, which the harness would capture.
        let line = format!("NOT RUN: {cause}: no file system can be mounted in a namespace here\n");
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
        return;
    }
    run(&format!("{mount} && exec \"$@\""), &namespace, folder.path(), cause);
}

/// Runs the check within this script.
fn run(script: &str, prefix: &[&str], folder: &Path, cause: &str) {
    let words = prefix.iter().copied().chain(["sh", "-c", script, "sh"]);
    let words: Vec<&str> = words.collect();
    let output = Command::new(words[0])
        .args(&words[1..])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "a_folder_that_cannot_be_written_costs_one_warning", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(CAUSE, cause)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{cause}: {said}");
    assert!(said.contains("1 passed"), "{cause}: {said}");
}
