//! Leader election on the real server, against client-go's.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use kubeclient::leaderelection::{Election, End, LeaderElector, Leadership};
use kubeclient::{Api, ApiResource, DynamicObject};

use crate::common::{PATIENCE, Sandbox, go_program};

const LEASE: Duration = Duration::from_secs(3);
const RENEW: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(500);

/// Fidelity 85, 87, 88.
#[test]
fn electors_of_both_kinds_follow_each_other() {
    let Some(sandbox) = Sandbox::new() else { return };
    let Some(program) = Program::build() else { return };

    // Killed, client-go's is replaced when its lease has run out.
    let mut first = program.start(&sandbox, "go-1");
    first.hear("leading");
    let (ours, leads) = ours(&sandbox, "ours-1");
    first.child.kill().unwrap();
    let leadership = leads.recv_timeout(PATIENCE).unwrap();
    assert_eq!(leadership.transitions(), 1);
    assert_eq!(ours.elector().leader().as_deref(), Some("ours-1"));

    // Stopped, ours gives the lease to client-go's.
    let mut second = program.start(&sandbox, "go-2");
    second.hear("leader ours-1");
    ours.stop();
    assert_eq!(ours.join().unwrap(), End::Stopped);
    assert!(leadership.check().is_err());
    second.hear("leading");

    // And the other way.
    let (ours, leads) = self::ours(&sandbox, "ours-2");
    drop(second.input.take());
    second.hear("stopped");
    assert_eq!(leads.recv_timeout(PATIENCE).unwrap().transitions(), 3);
    ours.stop();
    assert_eq!(ours.join().unwrap(), End::Stopped);

    let kind = ApiResource::namespaced("coordination.k8s.io", "v1", "Lease", "leases");
    let leases =
        Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &kind, &sandbox.namespace);
    let lease = serde_json::to_value(leases.get("lease").unwrap()).unwrap();
    assert_eq!(lease["spec"]["holderIdentity"], "");
    assert_eq!(lease["spec"]["leaseDurationSeconds"], 1);
    assert_eq!(lease["spec"]["leaseTransitions"], 3);
}

fn ours(sandbox: &Sandbox, identity: &str) -> (Election, mpsc::Receiver<Leadership>) {
    let (sender, receiver) = mpsc::channel();
    let election = LeaderElector::builder(&sandbox.client, &sandbox.namespace, "lease")
        .identity(identity)
        .lease_duration(LEASE)
        .renew_deadline(RENEW)
        .retry_period(RETRY)
        .build()
        .unwrap()
        .spawn(move |leadership| {
            sender.send(leadership.clone()).unwrap();
            leadership.stop().wait();
        })
        .unwrap();
    (election, receiver)
}

/// The Go program `tests/cluster/elector`.
struct Program {
    folder: tempfile::TempDir,
}

impl Program {
    /// Builds it; `None`, said loudly, where Go or its modules are not.
    fn build() -> Option<Self> {
        Some(Self { folder: go_program("elector")? })
    }

    fn start(&self, sandbox: &Sandbox, identity: &str) -> Elector {
        let kubeconfig = kubeclient_tests::cluster().unwrap().kubeconfig_path();
        let mut child = Command::new(self.folder.path().join("elector"))
            .arg(kubeconfig)
            .args([&sandbox.namespace, "lease", identity])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            // Until the program ends, or nobody listens any more.
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Elector { child, input, lines }
    }
}

struct Elector {
    child: Child,
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
}

impl Elector {
    /// Waits until the program says this.
    #[track_caller]
    fn hear(&self, line: &str) {
        while self.lines.recv_timeout(PATIENCE).unwrap() != line {}
    }
}

impl Drop for Elector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
