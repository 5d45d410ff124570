//! What the launcher and the supervisor say to each other: a plan in a file, commands on the
//! supervisor's standard input, events on its standard output, one JSON text a line.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The processes that a supervisor may be told to start, and how it ends them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The processes; none is started before a command says so.
    pub processes: Vec<ProcessPlan>,
    /// How long a process that is told to stop has between SIGTERM and SIGKILL.
    pub grace_millis: u64,
    /// How long they have when all are ended.
    pub end_grace_millis: u64,
    /// A folder that is removed when everything has ended.
    pub remove: Option<PathBuf>,
}

/// One process of a plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProcessPlan {
    /// What commands and events call it.
    pub name: String,
    /// The program's path.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// The file that takes its standard output and standard error.
    pub log: PathBuf,
}

/// What the launcher asks for. The end of the input asks for the end of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Start the process of this name.
    Start(String),
    /// End the process of this name: SIGTERM, then SIGKILL.
    Stop(String),
}

/// What the supervisor reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A process runs.
    Started {
        /// The process.
        name: String,
        /// Its process id.
        pid: i32,
    },
    /// A process cannot be started.
    Failed {
        /// The process.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A process ended.
    Exited(Exit),
}

/// The end of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The process.
    pub name: String,
    /// Its exit status, in words.
    pub status: String,
    /// Whether it was told to end.
    pub expected: bool,
    /// The last lines of its log.
    pub log_tail: Vec<String>,
}
