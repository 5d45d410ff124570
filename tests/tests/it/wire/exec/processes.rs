//! What a plugin is as a program: it is bounded, ended and reaped, allowed or not, and inherits little.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeclient::config::{ExecPolicy, ExecVersion, KubeconfigOptions};
use kubeclient::{Config, Request, RestClient, Stop};
use kubeclient_tests::pki::{Identity, Pki};
use kubeclient_tests::stub::{Reply, Stub};
use serde_json::json;

use super::super::{SOON, client_with, stub, timed};
use super::{LATER, Plugin, at_once, is_gone, line_of, not_run, ok, refused, says};

#[test]
fn a_program_that_floods_is_ended() {
    let plugin = Plugin::new("echo $$ > pid; exec yes CANARY");
    refused(&plugin, |_| {}, "it wrote more than 1 MiB");
    assert!(is_gone(&line_of(&plugin.path("pid"))));
}

#[test]
fn a_program_that_hangs_is_ended_and_reaped_with_the_request() {
    let plugin = Plugin::new("echo $$ > pid; exec sleep 1000");
    let stub = ok();
    let time = Duration::from_secs(1);
    let client = plugin.client(&stub);
    let (outcome, took) = timed(|| client.send(&Request::get("/x").timeout(time)));
    let error = outcome.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert!(took >= time && took < time + SOON, "{took:?}");
    assert!(is_gone(&line_of(&plugin.path("pid"))));
    assert_eq!(stub.connections(), 0);
}

/// The time that the client gives all requests begins when the credential is there, also for one that was refused;
/// before, a program has its own.
#[test]
fn the_time_of_a_program_is_not_the_requests() {
    let time = Duration::from_millis(1500);
    let token = says(&json!({"token": "t$runs"}));
    let slow = format!("sleep 2\n{token}");
    let stub = stub(|request, _| match (request.header("authorization"), &*request.path) {
        (Some("Bearer t1"), "/refused") => Reply::status(401),
        (_, "/stalls") => Reply::stall(),
        _ => Reply::text(200, "ok"),
    });
    let client = |plugin: &Plugin| {
        client_with(&stub, |config| {
            *config = config.clone().with_exec(plugin.exec()).with_timeout(time);
        })
    };
    let plugin = Plugin::new(&slow);
    let shared = client(&plugin);
    let outcomes = at_once(&shared, 8);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(plugin.runs(), 1);
    shared.send(&Request::post("/refused")).unwrap();
    assert_eq!(plugin.runs(), 2);

    let plugin = Plugin::new(&slow);
    client(&plugin).stream(&Request::get("/x")).unwrap();
    let plugin = Plugin::new(&slow);
    let (outcome, took) = timed(|| client(&plugin).send(&Request::get("/stalls")));
    assert!(outcome.unwrap_err().is_timeout());
    let least = Duration::from_secs(2) + time;
    assert!(took >= least && took < least + Duration::from_secs(4), "{took:?}");
}

/// The one whose call runs the program, and one who waits for it.
#[test]
fn a_call_that_waits_for_a_program_can_be_stopped() {
    let plugin = Plugin::new("echo $$ > pid; exec sleep 1000");
    let stub = ok();
    let client = plugin.client(&stub);
    let (running, waiting) = (Stop::new(), Stop::new());
    let call = |stop: &Stop| client.with_stop(stop).send(&Request::get("/x")).unwrap_err();
    thread::scope(|scope| {
        let runner = scope.spawn(|| call(&running));
        let pid = line_of(&plugin.path("pid"));
        let waiter = scope.spawn(|| call(&waiting));
        // Whenever it is stopped it must end; most likely it waits by then.
        Stop::after(Duration::from_millis(100)).wait();
        for (stop, thread) in [(&waiting, waiter), (&running, runner)] {
            assert!(!is_gone(&pid) || !cfg!(target_os = "linux"));
            let (error, took) = timed(|| {
                stop.stop();
                thread.join().unwrap()
            });
            assert!(error.is_stopped() && took < SOON, "{error:?} after {took:?}");
        }
        assert!(is_gone(&pid), "the program has ended with its call");
    });
    assert_eq!((plugin.runs(), stub.connections()), (1, 0));
}

#[test]
fn the_policy_says_what_may_run() {
    let plugin = Plugin::tokens(LATER);
    for policy in [
        ExecPolicy::DenyAll,
        ExecPolicy::Allowlist(Vec::new()),
        ExecPolicy::Allowlist(vec!["/bin/cat".into(), "cat".into(), "./sh".into()]),
    ] {
        let error = refused(&plugin, |config| config.exec_policy = policy, "the exec policy");
        assert!(error.to_string().contains("exec plugin \"/bin/sh\""), "{error}");
    }
    assert_eq!(plugin.runs(), 0);
    let stub = ok();
    let client = client_with(&stub, |config| {
        let policy = ExecPolicy::Allowlist(vec!["/bin/sh".into()]);
        *config = config.clone().with_exec(plugin.exec()).with_exec_policy(policy);
    });
    client.send(&Request::get("/x")).unwrap();
    assert_eq!(plugin.runs(), 1);
}

/// The file that is compared with the list is the one that is run, whatever `PATH` the program is to have and whatever
/// stands in the working directory.
#[test]
fn a_variable_of_the_kubeconfig_does_not_change_which_program_runs() {
    use std::os::unix::fs::PermissionsExt as _;

    let plugin = Plugin::tokens(LATER);
    let evil = plugin.path("sh");
    fs::write(&evil, format!("#!/bin/sh\necho > {}\n", plugin.path("evil").display())).unwrap();
    fs::set_permissions(&evil, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", plugin.folder.path().display());
    for policy in [ExecPolicy::AllowAll, ExecPolicy::Allowlist(vec!["sh".into()])] {
        let stub = ok();
        let client = client_with(&stub, |config| {
            let mut exec = plugin.exec();
            exec.command = "sh".into();
            exec.env = vec![("PATH".into(), path.as_str().into())];
            *config = config.clone().with_exec(exec).with_exec_policy(policy);
        });
        client.send(&Request::get("/x")).unwrap();
        assert_eq!(stub.requests().len(), 1);
    }
    assert_eq!((plugin.runs(), plugin.path("evil").exists()), (2, false));
}

/// What a child of this process has without our doing (a harness may leave something open to all its
/// children), it may have; but none of our sockets and pipes.
#[test]
fn a_program_inherits_its_three_files_and_no_more() {
    if !cfg!(target_os = "linux") {
        not_run("there is no /proc to list a program's files");
        return;
    }
    // No pipe here: the shell would hold it for a moment, too.
    let status = says(&json!({"token": "t"}));
    let lists = format!("ls /proc/$$/fd > fds$runs\n{status}");
    let plugin = Plugin::new(&lists);
    let script = plugin.script();
    let mut plain = Command::new("/bin/sh");
    plain.arg(&script).stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    let stub = ok();
    let client = plugin.client(&stub);
    // A pooled connection is open when the program starts.
    client.send(&Request::get("/x").header("Authorization", "Bearer own")).unwrap();
    client.send(&Request::get("/x")).unwrap();
    let files = |name: &str| -> BTreeSet<u32> {
        let list = fs::read_to_string(plugin.path(name)).unwrap();
        list.lines().map(|number| number.parse().unwrap()).collect()
    };
    let ours = files("fds2");
    assert!(ours.is_superset(&BTreeSet::from([0, 1, 2])), "{ours:?}");
    assert_eq!(ours, files("fds1"));
    assert_eq!((stub.connections(), plugin.runs()), (1, 2));
}

/// Certificates and keys, of the kubeconfig and of a program, stay in memory: no file may be written, and none is
/// there afterwards where temporary ones would be. It takes a process, since all of this is a process's.
#[test]
fn no_key_touches_the_disk() {
    const CHILD: &str = "KUBECLIENT_TESTS_WITHOUT_FILES";
    const NAME: &str = "wire::exec::processes::no_key_touches_the_disk";

    if let Ok(kubeconfig) = std::env::var(CHILD) {
        for context in ["data", "program"] {
            let options = KubeconfigOptions::default().path(&kubeconfig).context(context);
            let client = RestClient::new(Config::from_kubeconfig(&options).unwrap()).unwrap();
            client.send(&Request::get("/x")).unwrap();
        }
        return;
    }
    let pki = Pki::new().unwrap();
    let tls = pki.server_config_with_client_auth().unwrap();
    let stub = Stub::start_tls(tls, |_, _| Reply::text(200, "ok")).unwrap();
    let [ada, bob] = ["ada", "bob"].map(|name| pki.issue_client(name, &[]).unwrap());
    let credential = json!({
        "kind": "ExecCredential",
        "apiVersion": ExecVersion::V1.as_str(),
        "status": {
            "clientCertificateData": bob.certificate_pem,
            "clientKeyData": bob.private_key_pem,
        },
    });
    let context = |name: &str| json!({"name": name, "context": {"cluster": "c", "user": name}});
    let kubeconfig = json!({
        "contexts": [context("data"), context("program")],
        "clusters": [{"name": "c", "cluster": {
            "server": stub.url(),
            "certificate-authority-data": STANDARD.encode(pki.ca_pem()),
        }}],
        "users": [
            {"name": "data", "user": {
                "client-certificate-data": STANDARD.encode(&ada.certificate_pem),
                "client-key-data": STANDARD.encode(&ada.private_key_pem),
            }},
            {"name": "program", "user": {"exec": {
                "command": "/bin/sh",
                "args": ["-c", "printf %s \"$CREDENTIAL\""],
                "env": [{"name": "CREDENTIAL", "value": credential.to_string()}],
                "apiVersion": ExecVersion::V1.as_str(),
                "interactiveMode": "Never",
            }}},
        ],
    });
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("config"), kubeconfig.to_string()).unwrap();
    let places = ["temporary", "home", "work"].map(path);
    places.iter().for_each(|place| fs::create_dir(place).unwrap());
    let [temporary, home, work] = &places;
    let mut child = Command::new("/bin/sh");
    // Whoever writes into a file is ended.
    child.args(["-c", "ulimit -f 0; exec \"$@\"", "sh"]).arg(std::env::current_exe().unwrap());
    child.args(["--exact", NAME]).env(CHILD, path("config"));
    child.env("TMPDIR", temporary).env("HOME", home).env_remove("XDG_CACHE_HOME");
    let output = child.current_dir(work).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let seen: Vec<_> = stub.requests().into_iter().map(|it| it.client_certificate).collect();
    let der = |identity: &Identity| Some(identity.to_der().unwrap().0[0].to_vec());
    assert_eq!(seen, [der(&ada), der(&bob)]);
    for place in &places {
        assert_eq!(fs::read_dir(place).unwrap().count(), 0, "{place:?}");
    }
}
