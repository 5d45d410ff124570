//! Programs that serve, told to end by SIGTERM in the midst of their work: they end that, give their lease back,
//! and exit without an error.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use kubeclient::apps_v1::Deployment;
use kubeclient::core_v1::ConfigMap;
use kubeclient::{Api, ApiResource, Config, DynamicObject, ObjectMeta, RestClient, Stop};
use kubeclient_examples::sample_controller::{Foo, definition};
use kubeclient_fake::{FakeServer, Fault};

const PATIENCE: Duration = Duration::from_secs(60);

/// How long the server takes for what is under way when the signal comes.
const UNDER_WAY: Duration = Duration::from_millis(500);

/// Within so long it ends then, after that.
const BOUND: Duration = Duration::from_secs(10);

const FOOS: &str = "foos.samplecontroller.k8s.io";

/// A program, ended with the test.
struct Program {
    child: Child,
    /// What it says, line by line.
    lines: Receiver<String>,
}

impl Program {
    fn serve(path: &str, kubeconfig: &std::path::Path) -> Self {
        let mut child = Command::new(path)
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .arg("--serve")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, lines }
    }

    /// Waits until it serves, and gives back how it says so.
    fn serving(&mut self) -> String {
        let line = self.lines.iter().find(|line| line.starts_with("serving "));
        line.unwrap_or_else(|| panic!("{:?}", self.end()))
    }

    fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits until it has ended: how, and what it said of errors.
    fn end(&mut self) -> (std::process::ExitStatus, String) {
        let end = Instant::now() + PATIENCE;
        let pause = Stop::new();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "it does not end");
            pause.wait_timeout(Duration::from_millis(5));
        };
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (status, said)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server, and a file that names it.
fn server() -> (FakeServer, RestClient, tempfile::NamedTempFile) {
    let server = FakeServer::start().unwrap();
    let kubeconfig = tempfile::NamedTempFile::new().unwrap();
    server.write_kubeconfig(kubeconfig.path()).unwrap();
    let client = RestClient::new(Config::new(server.url())).unwrap();
    (server, client, kubeconfig)
}

/// F33. Fidelity 87.
#[test]
fn a_controller_that_is_told_to_end_ends_its_work_and_gives_the_lease_back() {
    let (server, client, kubeconfig) = server();
    let (foos, deployments) = (
        Api::<Foo>::namespaced(&client, "default"),
        Api::<Deployment>::namespaced(&client, "default"),
    );
    // Else it would take its definition, and all foos, along.
    let resource = ApiResource::cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    );
    let definitions: Api<DynamicObject> = Api::dynamic(&client, &resource);
    definitions.apply(FOOS, "test", &definition()).unwrap();

    let path = env!("CARGO_BIN_EXE_sample_controller");
    let mut program = Program::serve(path, kubeconfig.path());
    program.serving();
    foos.create(&Foo::new("first", "first", 1)).unwrap();
    let synced = server.requests().resource(FOOS).subresource("status").verb("update");
    synced.wait_for(1, PATIENCE).expect("it works");

    let under_way = Fault::latency(UNDER_WAY).verb("create").resource("deployments.apps");
    let under_way = server.inject(under_way.once());
    let before = server.requests().count();
    foos.create(&Foo::new("second", "second", 2)).unwrap();
    assert!(under_way.wait_for(1, PATIENCE), "a deployment is under way");
    program.terminate();
    let began = Instant::now();
    foos.create(&Foo::new("third", "third", 3)).unwrap();
    let (status, said) = program.end();
    assert!(began.elapsed() < UNDER_WAY + BOUND, "{:?}", began.elapsed());
    assert_eq!((status.code(), &*said), (Some(0), ""));

    // Nothing is half done: what was under way was ended, with all that follows from it.
    assert_eq!(deployments.get("second").unwrap().spec.replicas, Some(2));
    assert!(foos.get("second").unwrap().status.is_some());
    // The last that it wrote of its lease gives it back, after all of its work.
    let own: Vec<_> = server.requests().all().into_iter().skip(before).collect();
    let last = |verb: &str, resource: &str| {
        own.iter().rposition(|request| request.verb == verb && request.resource == resource)
    };
    let lease = last("update", "leases.coordination.k8s.io").expect("a lease that is written");
    assert_eq!(own[lease].json().unwrap()["spec"]["holderIdentity"], "");
    assert!(last("update", FOOS) < Some(lease));
}

/// Of three replicas, one leads: none of the others takes over when all are told to end. Fidelity 87.
#[test]
fn replicas_that_are_told_to_end_give_the_lease_back_and_none_takes_it_over() {
    let (server, client, kubeconfig) = server();
    let mut program = Program::serve(env!("CARGO_BIN_EXE_replicas"), kubeconfig.path());
    let line = program.serving();
    let namespace = line.split(' ').nth(2).unwrap();
    let maps = Api::<ConfigMap>::namespaced(&client, namespace);
    let create = |name: &str| {
        maps.create(&ConfigMap { metadata: ObjectMeta::named(name), ..ConfigMap::default() })
    };
    create("first").unwrap();
    let done = server.requests().resource("configmaps").name("first").verb("patch").answered();
    done.wait_for(1, PATIENCE).expect("they work");

    let under_way = Fault::latency(UNDER_WAY).verb("patch").resource("configmaps").name("second");
    let under_way = server.inject(under_way.once());
    create("second").unwrap();
    assert!(under_way.wait_for(1, PATIENCE), "a patch is under way");
    program.terminate();
    let began = Instant::now();
    let (status, said) = program.end();
    assert!(began.elapsed() < UNDER_WAY + BOUND, "{:?}", began.elapsed());
    assert_eq!((status.code(), &*said), (Some(0), ""));
    let stopped = program.lines.iter().filter(|line| line.starts_with("stopped ")).count();
    assert_eq!(stopped, 3);

    let all = server.requests().all();
    let leases = all.iter().enumerate().filter(|(_, request)| {
        let changes = ["create", "update"].contains(&&*request.verb);
        request.resource == "leases.coordination.k8s.io"
            && changes
            && request.status.is_some_and(|status| status < 300)
    });
    let holders = leases.map(|(place, request)| {
        let lease = request.json().unwrap();
        (place, lease["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned())
    });
    let mut holders = holders.collect::<Vec<_>>();
    holders.dedup_by(|next, it| next.1 == it.1);
    let [(_, leader), (last, nobody)] = &*holders else { panic!("{holders:?}") };
    assert!(!leader.is_empty() && nobody.is_empty(), "{holders:?}");
    let patch = all.iter().position(|it| it.verb == "patch" && it.path.ends_with("/second"));
    let answer = &all[patch.expect("a patch")];
    assert!(patch < Some(*last) && answer.status == Some(200), "{answer:?}");
}
