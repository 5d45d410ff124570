//! [`Plugin`]: a credential that a program gives (`client.authentication.k8s.io`). When it is run, and how
//! long what it gave is used. How it is run is in `process`, which file in `config::lookup`, what it is told in
//! `info`, what is made of its answer in `output` and `credential`.

mod info;
mod process;
mod credential;
mod output;

use std::io::{IsTerminal as _, stdin};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};

use http::HeaderValue;
use serde_json::Value;

use super::known::Known;
use super::wake_at;
use crate::config::lookup::allowed;
use crate::config::{Config, Exec, ExecPolicy, InteractiveMode};
use crate::error::{Error, ErrorKind};
use crate::sync::{lock, wait_timeout};
use crate::transport::{Bounds, ClientIdentity};
use output::Output;

/// How long before its end a credential is not used any more: clocks differ, and requests take time.
const EARLY: Duration = Duration::from_secs(10);

/// The least time between two runs, whatever the program says of the end of what it gives.
const BETWEEN_RUNS: Duration = Duration::from_secs(1);

/// How long a failure is remembered: twice as long after each further one, up to the second.
const FAILURE: Duration = Duration::from_secs(1);
const LONGEST_FAILURE: Duration = Duration::from_secs(30);

/// How long a program may run, when nobody types at it.
const LIMIT: Duration = Duration::from_secs(60);

/// A program and what it gave last, shared by all clients of one configuration.
pub(crate) struct Plugin(Arc<Shared>);

static KNOWN: Known<Shared> = Known::new();

struct Shared {
    exec: Exec,
    policy: ExecPolicy,
    /// What the program is told of the cluster, if anything.
    cluster: Option<Value>,
    state: Mutex<State>,
    changed: Condvar,
}

/// What a run of the program gave.
pub(crate) struct Issued {
    header: Option<HeaderValue>,
    identity: Option<Arc<ClientIdentity>>,
    expires: Option<SystemTime>,
}

impl Issued {
    /// The bearer token as a header.
    pub(crate) fn header(&self) -> Option<&HeaderValue> {
        self.header.as_ref()
    }

    /// The client certificate; the same one as long as it does not change.
    pub(crate) fn identity(&self) -> Option<&Arc<ClientIdentity>> {
        self.identity.as_ref()
    }
}

#[derive(Default)]
struct State {
    current: Option<Arc<Issued>>,
    /// Whether the server has refused the current one.
    is_refused: bool,
    is_running: bool,
    /// When the last run ended.
    ran_at: Option<Instant>,
    failures: u32,
    failure: Option<Failure>,
}

struct Failure {
    message: String,
    until: Instant,
}

/// What is to be done for a credential.
enum Step {
    Use(Arc<Issued>),
    Fail(String),
    Wait(Duration),
    Run,
}

impl State {
    fn next(&self, now: Instant, clock: SystemTime) -> Step {
        let since_run = self.ran_at.map(|at| now.saturating_duration_since(at));
        let is_new = since_run.is_some_and(|since| since < BETWEEN_RUNS);
        let valid = |early| {
            let current = self.current.as_ref().filter(|_| !self.is_refused)?;
            let lasts = current.expires.is_none_or(|end| clock + early < end);
            lasts.then(|| Arc::clone(current))
        };
        if let Some(current) = valid(EARLY) {
            return Step::Use(current);
        }
        // A clock that is wrong must not make each request run the program.
        if let Some(current) = self.current.as_ref().filter(|_| !self.is_refused && is_new) {
            return Step::Use(Arc::clone(current));
        }
        if let Some(failure) = self.failure.as_ref().filter(|failure| now < failure.until) {
            return valid(Duration::ZERO)
                .map_or_else(|| Step::Fail(failure.message.clone()), Step::Use);
        }
        if self.is_running {
            return Step::Wait(LIMIT);
        }
        match since_run.and_then(|since| BETWEEN_RUNS.checked_sub(since)) {
            Some(left) if !left.is_zero() => Step::Wait(left),
            _ => Step::Run,
        }
    }

    /// Keeps what a run gave.
    fn issue(&mut self, output: Output) -> Arc<Issued> {
        let known = self.current.take().and_then(|current| current.identity.clone());
        let identity = output.identity.map(|identity| match known {
            // Its connections stay in use.
            Some(known) if *known == identity => known,
            _ => Arc::new(identity),
        });
        let issued = Issued { header: output.header, identity, expires: output.expires };
        let issued = Arc::new(issued);
        self.current = Some(Arc::clone(&issued));
        self.is_refused = false;
        (self.failures, self.failure) = (0, None);
        issued
    }

    /// Remembers that a run failed.
    fn fail(&mut self, error: &Error, now: Instant) {
        // A caller that went away says nothing of the program.
        if error.kind() != ErrorKind::Auth {
            return;
        }
        let wait = FAILURE.saturating_mul(1 << self.failures.min(8)).min(LONGEST_FAILURE);
        self.failures = self.failures.saturating_add(1);
        self.failure =
            now.checked_add(wait).map(|until| Failure { message: format!("{error:?}"), until });
    }
}

impl Plugin {
    /// Reads the certificate authorities that the program is told of; nothing is run yet.
    pub(crate) fn new(exec: &Exec, config: &Config) -> Result<Self, Error> {
        let cluster = exec.provide_cluster_info.then(|| info::cluster(exec, config)).transpose()?;
        let policy = &config.exec_policy;
        let is_same = |shared: &Shared| {
            (&shared.exec, &shared.policy, &shared.cluster) == (exec, policy, &cluster)
        };
        let shared = KNOWN.get_or(is_same, || Shared {
            exec: exec.clone(),
            policy: policy.clone(),
            cluster: cluster.clone(),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        Ok(Self(shared))
    }

    /// The credential to use now. One thread at a time runs the program for all.
    ///
    /// # Blocking
    /// While the program runs, at most 60 s unless it has the terminal, and within the bounds.
    pub(crate) fn credential(&self, bounds: &Bounds) -> Result<Arc<Issued>, Error> {
        let shared = &self.0;
        if let Step::Use(issued) = lock(&shared.state).next(Instant::now(), SystemTime::now()) {
            return Ok(issued);
        }
        let _hook = wake_at(&bounds.stop, shared, |shared| (&shared.state, &shared.changed));
        loop {
            let mut state = lock(&shared.state);
            let wait = match state.next(Instant::now(), SystemTime::now()) {
                Step::Use(issued) => return Ok(issued),
                Step::Fail(message) => return Err(Error::new(ErrorKind::Auth, message)),
                Step::Wait(time) => time,
                Step::Run => {
                    state.is_running = true;
                    drop(state);
                    return shared.run(bounds);
                }
            };
            let left = process::left(bounds)?;
            drop(wait_timeout(&shared.changed, state, wait.min(left)));
        }
    }

    /// After the server refused what was issued: runs the program, unless another thread has by now.
    pub(crate) fn renew(&self, refused: &Arc<Issued>, bounds: &Bounds) -> bool {
        {
            let mut state = lock(&self.0.state);
            if state.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, refused)) {
                state.is_refused = true;
            }
        }
        match self.credential(bounds) {
            Ok(_) => true,
            Err(error) => {
                log::warn!("the server refused the credential, and there is no other: {error}");
                false
            }
        }
    }
}

impl Shared {
    /// Runs the program and tells all who wait.
    fn run(&self, bounds: &Bounds) -> Result<Arc<Issued>, Error> {
        struct Running<'a>(&'a Shared);

        impl Drop for Running<'_> {
            fn drop(&mut self) {
                let mut state = lock(&self.0.state);
                state.is_running = false;
                state.ran_at = Some(Instant::now());
                drop(state);
                self.0.changed.notify_all();
            }
        }

        let _running = Running(self);
        let outcome = self.ask(bounds).map_err(|error| {
            error.at(format_args!("exec plugin {:?}", self.exec.command.display().to_string()))
        });
        let mut state = lock(&self.state);
        match outcome {
            Ok(output) => Ok(state.issue(output)),
            Err(error) => {
                state.fail(&error, Instant::now());
                Err(error)
            }
        }
    }

    fn ask(&self, bounds: &Bounds) -> Result<Output, Error> {
        let exec = &self.exec;
        let program = allowed(exec, &self.policy, std::env::var_os("PATH").as_deref())?;
        let interactive = is_interactive(exec.interactive_mode, stdin().is_terminal())?;
        let info = info::text(exec.api_version, interactive, self.cluster.as_ref());
        let output = process::run(&program, exec, &info, interactive, bounds, limit(interactive))?;
        output::parse(&output, exec.api_version)
    }
}

/// How long the program may run: who types at it is not hurried.
fn limit(interactive: bool) -> Option<Duration> {
    (!interactive).then_some(LIMIT)
}

/// Whether the program gets the terminal.
fn is_interactive(mode: InteractiveMode, is_terminal: bool) -> Result<bool, Error> {
    match mode {
        InteractiveMode::Never => Ok(false),
        InteractiveMode::IfAvailable => Ok(is_terminal),
        InteractiveMode::Always if is_terminal => Ok(true),
        InteractiveMode::Always => Err(Error::new(
            ErrorKind::Auth,
            "interactiveMode Always: expected a terminal as standard input",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(expires: Option<SystemTime>) -> Output {
        Output { header: Some(HeaderValue::from_static("Bearer t")), identity: None, expires }
    }

    fn step(state: &State, now: Instant, clock: SystemTime) -> &'static str {
        match state.next(now, clock) {
            Step::Use(_) => "use",
            Step::Fail(_) => "fail",
            Step::Wait(_) => "wait",
            Step::Run => "run",
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    /// Fidelity 37.
    #[test]
    fn a_credential_is_used_until_ten_seconds_before_its_end() {
        let (now, clock) = (Instant::now(), SystemTime::now());
        let mut state = State::default();
        assert_eq!(step(&state, now, clock), "run");
        state.ran_at = Some(now);
        state.issue(output(Some(clock + 3600 * SECOND)));
        for (seconds, expected) in [(0, "use"), (3589, "use"), (3590, "run"), (7200, "run")] {
            let passed = seconds * SECOND;
            assert_eq!(step(&state, now + passed, clock + passed), expected, "{seconds}");
        }
        state.issue(output(None));
        assert_eq!(step(&state, now + 1_000_000 * SECOND, clock + 1_000_000 * SECOND), "use");
    }

    #[test]
    fn a_clock_that_is_wrong_makes_at_most_one_run_a_second() {
        let (now, clock) = (Instant::now(), SystemTime::now());
        let mut state = State { ran_at: Some(now), ..State::default() };
        state.issue(output(Some(clock - 3600 * SECOND)));
        assert_eq!(step(&state, now + SECOND / 2, clock), "use");
        assert_eq!(step(&state, now + SECOND, clock), "run");
        state.is_running = true;
        assert_eq!(step(&state, now + SECOND, clock), "wait");
    }

    /// Fidelity 38.
    #[test]
    fn a_refused_credential_is_not_used_again() {
        let (now, clock) = (Instant::now(), SystemTime::now());
        let mut state = State { ran_at: Some(now), ..State::default() };
        state.issue(output(None));
        state.is_refused = true;
        let Step::Wait(left) = state.next(now + SECOND / 4, clock) else { panic!("no wait") };
        assert_eq!(left, SECOND * 3 / 4);
        assert_eq!(step(&state, now + SECOND, clock), "run");
        state.issue(output(None));
        assert_eq!(step(&state, now + SECOND, clock), "use");
    }

    #[test]
    fn a_failure_is_remembered_for_longer_each_time() {
        let clock = SystemTime::now();
        let mut now = Instant::now();
        let mut state = State::default();
        for seconds in [1, 2, 4, 8, 16, 30, 30, 30] {
            state.fail(&Error::new(ErrorKind::Auth, "broken"), now);
            state.ran_at = Some(now);
            let end = now + seconds * SECOND;
            assert_eq!(step(&state, end - SECOND / 100, clock), "fail", "{seconds}");
            assert_eq!(step(&state, end, clock), "run", "{seconds}");
            now = end;
        }
        state.issue(output(Some(clock + 5 * SECOND)));
        assert!(state.failures == 0 && state.failure.is_none());
        // What is still valid is used when there is nothing newer.
        state.fail(&Error::new(ErrorKind::Auth, "broken"), now + 2 * SECOND);
        assert_eq!(step(&state, now + 2 * SECOND, clock + 2 * SECOND), "use");
        assert_eq!(step(&state, now + 2 * SECOND, clock + 6 * SECOND), "fail");
        let mut state = State::default();
        state.fail(&Error::stopped(), now);
        assert_eq!(step(&state, now, clock), "run", "a stop is no failure of the program's");
    }

    /// Fidelity 39.
    #[test]
    fn a_program_gets_the_terminal_as_its_mode_says() {
        for (mode, is_terminal, expected) in [
            (InteractiveMode::Never, true, Some(false)),
            (InteractiveMode::Never, false, Some(false)),
            (InteractiveMode::IfAvailable, true, Some(true)),
            (InteractiveMode::IfAvailable, false, Some(false)),
            (InteractiveMode::Always, true, Some(true)),
            (InteractiveMode::Always, false, None),
        ] {
            assert_eq!(is_interactive(mode, is_terminal).ok(), expected, "{mode:?} {is_terminal}");
        }
        assert_eq!((limit(true), limit(false)), (None, Some(60 * SECOND)));
    }
}
