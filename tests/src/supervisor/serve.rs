//! The supervisor itself: a program that starts the processes of a plan and ends them all when its
//! standard input ends, however the launcher ended.
//!
//! It runs in a process of its own, in a process group of its own: either the program
//! `kubeclient-cluster-supervisor` or any program that calls [`super::become_supervisor_if_asked`].

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Child, ExitCode, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::CHILD_FLAG;
use super::log_tail;
use super::protocol::{Command, Event, Exit, Plan, ProcessPlan};

/// Runs the plan in this file until standard input ends.
pub(super) fn serve(plan: &Path) -> ExitCode {
    let plan = match read_plan(plan) {
        Ok(plan) => plan,
        Err(error) => {
            return complain(&format!("cannot read the plan {}: {error}", plan.display()));
        }
    };
    let (messages, inbox) = mpsc::channel();
    let commands = messages.clone();
    thread::spawn(move || read_commands(&commands));
    let remove = plan.remove.clone();
    let mut keeper = Keeper { plan, messages, running: BTreeMap::new(), next_generation: 0 };
    keeper.run(&inbox);
    keeper.end(&inbox);
    if let Some(folder) = remove {
        // The launcher removes it too; whoever comes second finds nothing.
        let _ = fs::remove_dir_all(folder);
    }
    end_group();
    ExitCode::SUCCESS
}

/// Becomes one process of the plan, which the kernel kills when the supervisor itself is killed.
pub(super) fn become_child(mut words: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    let Some(program) = words.next() else {
        return complain("no program to start");
    };
    #[cfg(target_os = "linux")]
    {
        // Survives the exec below. Whoever is orphaned before this line is caught by the next check.
        if let Err(error) = rustix::process::set_parent_process_death_signal(Some(Signal::KILL)) {
            return complain(&format!("cannot ask for the parent's death signal: {error}"));
        }
        let parent = rustix::process::getppid().map(Pid::as_raw_nonzero).map_or(0, i32::from);
        if std::env::var(PARENT).is_ok_and(|expected| expected != parent.to_string()) {
            return complain("the supervisor is gone");
        }
    }
    let error = process::Command::new(&program).args(words).env_remove(PARENT).exec();
    complain(&format!("cannot start {}: {error}", Path::new(&program).display()))
}

/// Tells a child which process should be its parent.
const PARENT: &str = "KUBECLIENT_CLUSTER_SUPERVISOR_PID";

enum Message {
    Command(Command),
    Ended { name: String, generation: u64 },
    InputEnded,
}

fn read_plan(path: &Path) -> io::Result<Plan> {
    Ok(serde_json::from_reader(io::BufReader::new(File::open(path)?))?)
}

fn read_commands(messages: &Sender<Message>) {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        match serde_json::from_str(&line) {
            Ok(command) => {
                if messages.send(Message::Command(command)).is_err() {
                    return;
                }
            }
            Err(error) => {
                complain(&format!("not a command: {error}"));
            }
        }
    }
    let _ = messages.send(Message::InputEnded);
}

struct Running {
    child: Child,
    generation: u64,
    /// Set once the process has been told to end: when it is killed.
    deadline: Option<Instant>,
}

struct Keeper {
    plan: Plan,
    messages: Sender<Message>,
    running: BTreeMap<String, Running>,
    next_generation: u64,
}

impl Keeper {
    fn run(&mut self, inbox: &Receiver<Message>) {
        loop {
            match self.receive(inbox) {
                Some(Message::Command(Command::Start(name))) => self.start(&name),
                Some(Message::Command(Command::Stop(name))) => {
                    self.stop(&name, self.plan.grace_millis)
                }
                Some(Message::Ended { name, generation }) => self.reap(&name, generation),
                Some(Message::InputEnded) => return,
                None => {}
            }
        }
    }

    /// Ends all processes and waits for them: none is left after the grace.
    fn end(&mut self, inbox: &Receiver<Message>) {
        let names: Vec<String> = self.running.keys().cloned().collect();
        for name in &names {
            self.stop(name, self.plan.end_grace_millis);
        }
        while !self.running.is_empty() {
            if let Some(Message::Ended { name, generation }) = self.receive(inbox) {
                self.reap(&name, generation);
            }
        }
    }

    /// The next message, or none after a process that outlived its grace was killed.
    fn receive(&mut self, inbox: &Receiver<Message>) -> Option<Message> {
        let Some(deadline) = self.running.values().filter_map(|running| running.deadline).min()
        else {
            // The keeper holds a sender itself, so an error is impossible; it would end everything.
            return Some(inbox.recv().unwrap_or(Message::InputEnded));
        };
        match inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Disconnected) => Some(Message::InputEnded),
            Err(RecvTimeoutError::Timeout) => {
                self.kill_the_late();
                None
            }
        }
    }

    fn kill_the_late(&mut self) {
        let now = Instant::now();
        for running in self.running.values_mut() {
            if running.deadline.is_some_and(|deadline| deadline <= now) {
                // It may have ended by itself just now, which is as good.
                let _ = running.child.kill();
                running.deadline = Some(now + Duration::from_secs(3600));
            }
        }
    }

    fn start(&mut self, name: &str) {
        let event = match self.try_start(name) {
            Ok(pid) => Event::Started { name: name.to_owned(), pid },
            Err(reason) => Event::Failed { name: name.to_owned(), reason },
        };
        report(&event);
    }

    fn try_start(&mut self, name: &str) -> Result<i32, String> {
        let process = self.process(name).ok_or("the plan has no such process")?;
        if self.running.contains_key(name) {
            return Err("it runs already".to_owned());
        }
        let child =
            spawn(process).map_err(|error| format!("{}: {error}", process.program.display()))?;
        let id = pid(&child).ok_or("the system gave it no process id")?;
        let generation = self.next_generation;
        self.next_generation += 1;
        self.running.insert(name.to_owned(), Running { child, generation, deadline: None });
        let (messages, name) = (self.messages.clone(), name.to_owned());
        thread::spawn(move || {
            // Only watches: the keeper reaps, so that a process id stays valid until it has.
            let _ = rustix::process::waitid(
                WaitId::Pid(id),
                WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            );
            let _ = messages.send(Message::Ended { name, generation });
        });
        Ok(id.as_raw_nonzero().get())
    }

    fn stop(&mut self, name: &str, grace_millis: u64) {
        let Some(running) = self.running.get_mut(name) else {
            return;
        };
        let deadline = Instant::now() + Duration::from_millis(grace_millis);
        // The end of everything may leave less time than a stop that is under way.
        running.deadline = Some(running.deadline.map_or(deadline, |earlier| earlier.min(deadline)));
        if let Some(id) = pid(&running.child) {
            let _ = rustix::process::kill_process(id, Signal::TERM);
            // A paused process would not see the first signal before its grace is over.
            let _ = rustix::process::kill_process(id, Signal::CONT);
        }
    }

    fn reap(&mut self, name: &str, generation: u64) {
        if self.running.get(name).is_none_or(|running| running.generation != generation) {
            return;
        }
        let Some(mut running) = self.running.remove(name) else {
            return;
        };
        let status = match running.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => format!("unknown status: {error}"),
        };
        let log_tail = self.process(name).map(|process| log_tail(&process.log)).unwrap_or_default();
        let exit =
            Exit { name: name.to_owned(), status, expected: running.deadline.is_some(), log_tail };
        if !exit.expected {
            complain(&format!("{} ended early: {}", exit.name, exit.status));
            for line in &exit.log_tail {
                complain(line);
            }
        }
        report(&Event::Exited(exit));
    }

    fn process(&self, name: &str) -> Option<&ProcessPlan> {
        self.plan.processes.iter().find(|process| process.name == name)
    }
}

fn spawn(process: &ProcessPlan) -> io::Result<Child> {
    // A missing program is told here rather than by the child, whose words go to its log.
    fs::metadata(&process.program)?;
    let log = File::options().create(true).append(true).open(&process.log)?;
    // By way of this program, which asks the kernel for its death signal and then becomes the other.
    process::Command::new(std::env::current_exe()?)
        .arg(CHILD_FLAG)
        .arg(&process.program)
        .args(&process.args)
        .env(PARENT, process::id().to_string())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Ends what the processes left behind in this group; the last deed, since it ends this process too.
fn end_group() {
    let own = rustix::process::getpid();
    if rustix::process::getpgrp() == own {
        let _ = rustix::process::kill_process_group(own, Signal::KILL);
    }
}

/// Tells the launcher, which may be gone.
fn report(event: &Event) {
    if let Ok(mut line) = serde_json::to_string(event) {
        line.push('\n');
        let mut out = io::stdout().lock();
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}

fn complain(text: &str) -> ExitCode {
    let _ = io::stderr().write_all(format!("kubeclient-cluster-supervisor: {text}\n").as_bytes());
    ExitCode::FAILURE
}
