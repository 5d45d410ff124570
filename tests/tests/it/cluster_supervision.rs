//! The processes of a control plane end however the program ends that started them.
//!
//! Each way to end is tried for real when the binaries are there; what the supervisor does with
//! processes that misbehave is tried on small ones, always.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use kubeclient_tests::Launcher;
use kubeclient_tests::assets::Assets;
use kubeclient_tests::supervisor::{Plan, ProcessPlan, Supervisor, SupervisorProgram};
use rustix::process::{Pid, Signal};

/// The grace between SIGTERM and SIGKILL, and some time for a busy machine.
const GONE_BOUND: Duration = Duration::from_secs(15);

#[test]
fn a_killed_program_leaves_no_process() {
    let Some(mut program) = Ending::start("wait") else {
        return;
    };
    program.child.kill().unwrap();
    program.check_nothing_is_left();
}

#[test]
fn an_aborted_program_leaves_no_process() {
    let Some(mut program) = Ending::start("abort") else {
        return;
    };
    program.go_on();
    program.check_nothing_is_left();
}

#[test]
fn a_program_that_exits_without_drop_leaves_no_process() {
    let Some(mut program) = Ending::start("exit") else {
        return;
    };
    program.go_on();
    program.check_nothing_is_left();
}

#[test]
fn a_dropped_control_plane_leaves_no_process() {
    if !have_assets() {
        return;
    }
    let plane = Launcher::new().unwrap().supervisor(supervisor()).start().unwrap();
    let (pids, folder) = (plane.pids(), plane.folder().to_owned());
    assert_eq!(pids.len(), 3);
    drop(plane);
    // Drop has waited: there is nothing to wait for here.
    assert_all_gone(&pids);
    assert!(!folder.exists());
}

#[test]
fn the_control_plane_program_is_its_own_supervisor_and_ends_with_its_input() {
    if !have_assets() {
        return;
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_control-plane"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let kubeconfig = Path::new(line.strip_prefix("export KUBECONFIG=").unwrap().trim());
    assert!(kubeconfig.is_file());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert!(!kubeconfig.exists());
}

#[test]
fn a_process_that_ignores_the_end_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = start(folder.path(), "trap '' TERM; echo ready; while :; do sleep 1; done");
    let pid = supervisor.start_process("child").unwrap();
    wait_for_log(folder.path(), "ready");
    drop(supervisor);
    assert_all_gone(&[pid]);
}

#[test]
fn a_paused_process_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = start(folder.path(), "echo ready; exec sleep 1000");
    let pid = supervisor.start_process("child").unwrap();
    wait_for_log(folder.path(), "ready");
    supervisor.pause("child").unwrap();
    drop(supervisor);
    assert_all_gone(&[pid]);
}

#[test]
fn a_process_of_a_process_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = start(folder.path(), "sleep 1000 & echo $!; wait");
    supervisor.start_process("child").unwrap();
    let grandchild = wait_for_log(folder.path(), "\n").trim().parse().unwrap();
    assert_eq!(alive(&[grandchild]), [grandchild]);
    drop(supervisor);
    wait_until_gone(&[grandchild]);
}

/// The kernel tells the processes; this does not wait for our own Drop.
#[test]
#[cfg(target_os = "linux")]
fn a_killed_supervisor_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = start(folder.path(), "echo ready; exec sleep 1000");
    let pid = supervisor.start_process("child").unwrap();
    wait_for_log(folder.path(), "ready");
    let own = Pid::from_raw(i32::try_from(supervisor.supervisor_pid()).unwrap()).unwrap();
    rustix::process::kill_process(own, Signal::KILL).unwrap();
    wait_until_gone(&[pid]);
    // The child may be gone before the end of the supervisor's pipe is seen.
    let end = Instant::now() + GONE_BOUND;
    let refusal = || supervisor.start_process("child").unwrap_err().to_string();
    while refusal() == "cannot start child: it runs already" && Instant::now() < end {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(refusal(), "the supervisor is gone");
}

#[test]
fn an_early_end_is_reported_with_the_last_lines() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = start(folder.path(), "echo one; echo two >&2; exit 3");
    // It may have ended before we looked, and then this says so.
    let _ = supervisor.start_process("child");
    let exit = supervisor.wait_for_exit("child", GONE_BOUND).unwrap();
    assert_eq!((exit.status.as_str(), exit.expected), ("exit status: 3", false));
    assert_eq!(exit.log_tail, ["one", "two"]);
    assert_eq!(supervisor.early_exit(), Some(exit));
    let log = fs::read_to_string(folder.path().join("supervisor.log")).unwrap();
    assert!(log.contains("child ended early: exit status: 3"), "{log}");
}

#[test]
fn a_stopped_process_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = start(folder.path(), "exec sleep 1000");
    let first = supervisor.start_process("child").unwrap();
    assert_eq!(
        supervisor.start_process("child").unwrap_err().to_string(),
        "cannot start child: it runs already"
    );
    supervisor.stop_process("child").unwrap();
    assert_eq!((alive(&[first]), supervisor.pid("child")), (vec![], None));
    let second = supervisor.start_process("child").unwrap();
    assert_eq!(supervisor.pid("child"), Some(second));
    assert_eq!(supervisor.early_exit(), None);
}

#[test]
fn a_process_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("nothing");
    let plan = plan(folder.path(), &program, &[]);
    let supervisor = Supervisor::start(&supervisor(), &plan, folder.path()).unwrap();
    let text = supervisor.start_process("child").unwrap_err().to_string();
    assert!(text.starts_with(&format!("cannot start child: {}: ", program.display())), "{text}");
    let text = supervisor.start_process("other").unwrap_err().to_string();
    assert_eq!(text, "cannot start other: the plan has no such process");
}

fn supervisor() -> SupervisorProgram {
    SupervisorProgram::at(env!("CARGO_BIN_EXE_kubeclient-cluster-supervisor"))
}

fn plan(folder: &Path, program: &Path, args: &[&str]) -> Plan {
    let process = ProcessPlan {
        name: "child".to_owned(),
        program: program.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        log: folder.join("child.log"),
    };
    Plan { processes: vec![process], grace_millis: 300, end_grace_millis: 300, remove: None }
}

/// A supervisor that knows one process, `child`: this shell script.
fn start(folder: &Path, script: &str) -> Supervisor {
    let plan = plan(folder, Path::new("/bin/sh"), &["-c", script]);
    Supervisor::start(&supervisor(), &plan, folder).unwrap()
}

fn have_assets() -> bool {
    match Assets::find() {
        Ok(_) => true,
        Err(error) => {
            let required =
                std::env::var_os("KUBECLIENT_REQUIRE_CLUSTER").is_some_and(|value| value == "1");
            assert!(!required, "no control plane for this test: {error}");
            static SAID: std::sync::Once = std::sync::Once::new();
            SAID.call_once(|| {
                let line =
                    format!("kubeclient-tests: NOT RUN: how a control plane ends: {error}\n");
                let _ = io::stderr().write_all(line.as_bytes());
            });
            false
        }
    }
}

/// A program that has a control plane and is about to end.
struct Ending {
    child: Child,
    input: ChildStdin,
    pids: Vec<i32>,
    folder: PathBuf,
}

impl Ending {
    fn start(way: &str) -> Option<Ending> {
        if !have_assets() {
            return None;
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_cluster-ending"))
            .arg(way)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut words = line.split_whitespace();
        let folder = PathBuf::from(words.next().expect("the control plane did not start"));
        let pids: Vec<i32> = words.map(|word| word.parse().unwrap()).collect();
        assert_eq!(pids.len(), 3);
        assert_eq!(alive(&pids), pids);
        Some(Ending { child, input, pids, folder })
    }

    fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    #[track_caller]
    fn check_nothing_is_left(&mut self) {
        self.child.wait().unwrap();
        wait_until_gone(&self.pids);
        wait_until("the folder is removed", || !self.folder.exists());
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // When the test failed before it ended the program.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Those of the processes that still run.
fn alive(pids: &[i32]) -> Vec<i32> {
    let runs = |pid: i32| {
        // An orphan that has ended and that nobody reaps yet runs no more.
        let is_zombie = fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
            stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
        });
        !is_zombie && rustix::process::test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
    };
    pids.iter().copied().filter(|pid| runs(*pid)).collect()
}

#[track_caller]
fn assert_all_gone(pids: &[i32]) {
    assert_eq!(alive(pids), Vec::<i32>::new(), "they still run");
}

#[track_caller]
fn wait_until_gone(pids: &[i32]) {
    wait_until("the processes are gone", || alive(pids).is_empty());
}

/// Waits until a line of the child's log is complete and has this text, and returns the log.
#[track_caller]
fn wait_for_log(folder: &Path, text: &str) -> String {
    let read = || fs::read_to_string(folder.join("child.log")).unwrap_or_default();
    wait_until("the child has written its line", || read().contains(text));
    read()
}

/// Asks again and again: nobody tells when a foreign process ends.
#[track_caller]
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < GONE_BOUND, "waited {GONE_BOUND:?} until {what}");
        thread::park_timeout(Duration::from_millis(10));
    }
}
