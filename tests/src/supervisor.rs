//! Keeps processes under a supervisor, so that they end however this process ends.
//!
//! The supervisor is a process of its own and holds the read end of a pipe whose write end is here. The
//! kernel closes the write end when this process exits, aborts or is killed; at the end of its input the
//! supervisor ends its whole process group. What the processes are is the caller's matter: the control
//! plane calls this.

mod program;
mod protocol;
mod board;
mod serve;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command as Spawn, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal};

pub use program::{SupervisorProgram, become_supervisor_if_asked};
pub use protocol::{Exit, Plan, ProcessPlan};

use board::{Board, ProcessState};
use protocol::Command;

const SUPERVISOR_FLAG: &str = "--kubeclient-cluster-supervisor";
const CHILD_FLAG: &str = "--kubeclient-cluster-child";
const LOG_TAIL_LINES: usize = 20;
const LOG_TAIL_BYTES: u64 = 16 * 1024;
/// How long the supervisor may take to answer a command, apart from a process's grace.
const ANSWER: Duration = Duration::from_secs(10);

/// A running supervisor and what it has reported.
///
/// Dropping it ends all processes and waits for their end, bounded by the plan's grace for
/// the end and 10 s.
///
/// # Threads
/// All methods take `&self` and may be called from any thread.
#[derive(Debug)]
pub struct Supervisor {
    child: Child,
    commands: Mutex<Option<ChildStdin>>,
    board: Arc<Board>,
    reader: Option<JoinHandle<()>>,
    grace: Duration,
    end_grace: Duration,
}

impl Supervisor {
    /// Starts a supervisor for a plan that is written to `folder/plan.json`; no process of it runs yet.
    ///
    /// # Errors
    /// The plan cannot be written or the supervisor cannot be started.
    pub fn start(
        program: &SupervisorProgram,
        plan: &Plan,
        folder: &Path,
    ) -> io::Result<Supervisor> {
        let file = folder.join("plan.json");
        fs::write(&file, serde_json::to_vec_pretty(plan)?)?;
        let mut child = Spawn::new(&program.path)
            .arg(SUPERVISOR_FLAG)
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Not ours: whoever reads our standard error would wait for the supervisor's end as well.
            .stderr(File::create(folder.join("supervisor.log"))?)
            .process_group(0)
            .spawn()?;
        let board = Arc::new(Board::default());
        let reader = child.stdout.take().map(|events| {
            let board = Arc::clone(&board);
            thread::spawn(move || board.read(events))
        });
        let commands = Mutex::new(child.stdin.take());
        Ok(Supervisor {
            child,
            commands,
            board,
            reader,
            grace: Duration::from_millis(plan.grace_millis),
            end_grace: Duration::from_millis(plan.end_grace_millis),
        })
    }

    /// Starts a process of the plan and returns its process id.
    ///
    /// # Errors
    /// The process cannot be started or the supervisor is gone.
    ///
    /// # Blocking
    /// Until the process was started, at most 10 s.
    pub fn start_process(&self, name: &str) -> io::Result<i32> {
        self.board.forget(name)?;
        self.send(&Command::Start(name.to_owned()))?;
        self.board.wait(name, ANSWER, |process| match process {
            ProcessState::Running(pid) => Some(Ok(*pid)),
            ProcessState::Failed(reason) => {
                Some(Err(io::Error::other(format!("cannot start {name}: {reason}"))))
            }
            // It was started and ended before we looked.
            ProcessState::Exited(exit) => {
                Some(Err(io::Error::other(format!("{name} ended early: {}", exit.status))))
            }
            ProcessState::Unknown => None,
        })?
    }

    /// Ends a process (SIGTERM, then SIGKILL after the grace) and waits for its end.
    ///
    /// # Errors
    /// The process does not run or the supervisor is gone.
    ///
    /// # Blocking
    /// Until the process has ended, at most its grace and 10 s.
    pub fn stop_process(&self, name: &str) -> io::Result<()> {
        self.send(&Command::Stop(name.to_owned()))?;
        self.board.wait(name, self.grace + ANSWER, |process| match process {
            ProcessState::Running(_) => None,
            ProcessState::Exited(_) => Some(Ok(())),
            ProcessState::Failed(_) | ProcessState::Unknown => {
                Some(Err(io::Error::other(format!("{name} does not run"))))
            }
        })?
    }

    /// The process id, while the process runs.
    pub fn pid(&self, name: &str) -> Option<i32> {
        match self.board.lock().processes.get(name)? {
            ProcessState::Running(pid) => Some(*pid),
            _ => None,
        }
    }

    /// How the process ended, if it has.
    pub fn exit(&self, name: &str) -> Option<Exit> {
        match self.board.lock().processes.get(name)? {
            ProcessState::Exited(exit) => Some(exit.clone()),
            _ => None,
        }
    }

    /// How a process ended that nobody told to, if one has.
    pub fn early_exit(&self) -> Option<Exit> {
        self.board.lock().processes.values().find_map(|process| match process {
            ProcessState::Exited(exit) if !exit.expected => Some(exit.clone()),
            _ => None,
        })
    }

    /// Waits until the process has ended and says how.
    ///
    /// # Errors
    /// It has not ended within the bound.
    ///
    /// # Blocking
    /// At most `bound`.
    pub fn wait_for_exit(&self, name: &str, bound: Duration) -> io::Result<Exit> {
        self.board.wait(name, bound, |process| match process {
            ProcessState::Exited(exit) => Some(exit.clone()),
            _ => None,
        })
    }

    /// The supervisor's own process id, which is also its process group.
    pub fn supervisor_pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops a process from running without ending it, as a machine that stalls.
    ///
    /// # Errors
    /// The process does not run.
    pub fn pause(&self, name: &str) -> io::Result<()> {
        self.signal(name, Signal::STOP)
    }

    /// Lets a paused process run on.
    ///
    /// # Errors
    /// The process does not run.
    pub fn resume(&self, name: &str) -> io::Result<()> {
        self.signal(name, Signal::CONT)
    }

    fn signal(&self, name: &str, signal: Signal) -> io::Result<()> {
        let pid = self.pid(name).and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other(format!("{name} does not run")))?;
        Ok(rustix::process::kill_process(pid, signal)?)
    }

    fn send(&self, command: &Command) -> io::Result<()> {
        let mut line = serde_json::to_string(command)?;
        line.push('\n');
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let commands = commands.as_mut().ok_or_else(gone)?;
        commands.write_all(line.as_bytes()).map_err(|_| gone())
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // The end of its input is what the supervisor waits for.
        drop(self.commands.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.board.wait_for_end(self.end_grace + ANSWER);
        // Nothing is left of the group, unless the supervisor was killed or hangs. Its name, the
        // supervisor's id, is not reused before the supervisor is reaped below.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the supervisor is gone")
}

/// The last lines of a log file, as far as it can be read.
pub(crate) fn log_tail(path: &Path) -> Vec<String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(LOG_TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines
        .iter()
        .skip(lines.len().saturating_sub(LOG_TAIL_LINES))
        .map(|line| (*line).to_owned())
        .collect()
}
