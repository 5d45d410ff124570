//! Keeps processes under a supervisor, so that they end however this process ends.
//!
//! The supervisor is a process of its own and holds the read end of a pipe whose write end is here. The
//! kernel closes the write end when this process exits, aborts or is killed; at the end of its input the
//! supervisor ends its whole process group. What the processes are is the caller's matter: the control
//! plane calls this.

mod protocol;
mod serve;

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command as Spawn, ExitCode, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

pub use protocol::{Exit, Plan, ProcessPlan};

use protocol::{Command, Event};

const SUPERVISOR_FLAG: &str = "--kubeclient-cluster-supervisor";
const CHILD_FLAG: &str = "--kubeclient-cluster-child";
const BINARY: &str = "kubeclient-cluster-supervisor";
const LOG_TAIL_LINES: usize = 20;
const LOG_TAIL_BYTES: u64 = 16 * 1024;
/// How long the supervisor may take to answer a command, apart from a process's grace.
const ANSWER: Duration = Duration::from_secs(10);

/// Turns this process into a supervisor when it was started as one; call it first in `main`.
///
/// A program that calls this needs no second binary beside it: it passes
/// [`SupervisorProgram::this_program`] to the launcher. Every other start returns `None` at once.
pub fn become_supervisor_if_asked() -> Option<ExitCode> {
    let mut words = env::args_os().skip(1);
    let flag = words.next()?;
    if flag == SUPERVISOR_FLAG {
        Some(
            words
                .next()
                .map_or(ExitCode::FAILURE, |plan| serve::serve(Path::new(&plan))),
        )
    } else if flag == CHILD_FLAG {
        Some(serve::become_child(words))
    } else {
        None
    }
}

/// The program that is started as the supervisor.
#[derive(Clone, Debug)]
pub struct SupervisorProgram {
    path: PathBuf,
}

impl SupervisorProgram {
    /// The program at this path, as `env!("CARGO_BIN_EXE_kubeclient-cluster-supervisor")` names it.
    pub fn at(path: impl Into<PathBuf>) -> SupervisorProgram {
        SupervisorProgram { path: path.into() }
    }

    /// This very program, whose `main` must call [`become_supervisor_if_asked`] first.
    ///
    /// # Errors
    /// The system does not tell this program's path.
    pub fn this_program() -> io::Result<SupervisorProgram> {
        Ok(SupervisorProgram {
            path: env::current_exe()?,
        })
    }

    /// The program that cargo put beside this one or in the folder above: `target/debug`.
    ///
    /// # Errors
    /// It is not there; cargo builds it for the tests of this package, not for other packages.
    pub fn find() -> io::Result<SupervisorProgram> {
        let own = env::current_exe()?;
        own.ancestors()
            .skip(1)
            .take(2)
            .map(|folder| folder.join(BINARY))
            .find(|path| path.is_file())
            .map_or_else(
                || {
                    let text = format!(
                        "no {BINARY} beside {}; cargo build -p kubeclient-tests --bins",
                        own.display()
                    );
                    Err(io::Error::new(io::ErrorKind::NotFound, text))
                },
                |path| Ok(SupervisorProgram { path }),
            )
    }
}

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
            ProcessState::Failed(reason) => Some(Err(io::Error::other(format!(
                "cannot start {name}: {reason}"
            )))),
            // It was started and ended before we looked.
            ProcessState::Exited(exit) => Some(Err(io::Error::other(format!(
                "{name} ended early: {}",
                exit.status
            )))),
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
        self.board
            .wait(name, self.grace + ANSWER, |process| match process {
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
        self.board
            .lock()
            .processes
            .values()
            .find_map(|process| match process {
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
        drop(
            self.commands
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
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

/// What the supervisor has reported, and who waits for it.
#[derive(Debug, Default)]
struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    processes: BTreeMap<String, ProcessState>,
    ended: bool,
}

impl State {
    /// The supervisor is gone, and with it the processes that it has not reported as ended.
    fn end(&mut self) {
        self.ended = true;
        for (name, process) in &mut self.processes {
            if matches!(process, ProcessState::Running(_)) {
                let status = "the supervisor is gone".to_owned();
                *process = ProcessState::Exited(Exit {
                    name: name.clone(),
                    status,
                    expected: false,
                    log_tail: Vec::new(),
                });
            }
        }
    }
}

#[derive(Clone, Debug)]
enum ProcessState {
    Unknown,
    Running(i32),
    Failed(String),
    Exited(Exit),
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clears what is known of a process that does not run.
    fn forget(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        if matches!(state.processes.get(name), Some(ProcessState::Running(_))) {
            return Err(io::Error::other(format!(
                "cannot start {name}: it runs already"
            )));
        }
        state.processes.remove(name);
        Ok(())
    }

    /// Takes events until the supervisor ends.
    fn read(&self, events: impl Read) {
        for line in BufReader::new(events).lines() {
            let Ok(line) = line else { break };
            let Ok(event) = serde_json::from_str(&line) else {
                continue;
            };
            let (name, process) = match event {
                Event::Started { name, pid } => (name, ProcessState::Running(pid)),
                Event::Failed { name, reason } => (name, ProcessState::Failed(reason)),
                Event::Exited(exit) => (exit.name.clone(), ProcessState::Exited(exit)),
            };
            self.lock().processes.insert(name, process);
            self.changed.notify_all();
        }
        self.lock().end();
        self.changed.notify_all();
    }

    fn wait<T>(
        &self,
        name: &str,
        bound: Duration,
        done: impl Fn(&ProcessState) -> Option<T>,
    ) -> io::Result<T> {
        let deadline = Instant::now() + bound;
        let mut state = self.lock();
        loop {
            if let Some(found) = done(state.processes.get(name).unwrap_or(&ProcessState::Unknown)) {
                return Ok(found);
            }
            if state.ended {
                return Err(gone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("{name}: no news within {bound:?}"),
                ));
            }
            (state, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wait_for_end(&self, bound: Duration) {
        let _ = self
            .changed
            .wait_timeout_while(self.lock(), bound, |state| !state.ended);
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
