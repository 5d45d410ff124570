//! A program that runs while others do: its output is read as it comes, its end is bounded.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A started program.
pub(crate) struct Program {
    child: Child,
    output: Arc<Output>,
    readers: Vec<JoinHandle<()>>,
}

/// What it has printed so far.
#[derive(Default)]
struct Output {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    open: usize,
}

impl Program {
    pub(crate) fn start(command: &mut Command, stdin: Option<&str>) -> Program {
        let input = if stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child =
            command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = Arc::new(Output::default());
        output.state.lock().unwrap().open = 2;
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let readers = vec![
            Output::read(&output, stdout, |state| &mut state.stdout),
            Output::read(&output, stderr, |state| &mut state.stderr),
        ];
        if let (Some(text), Some(mut input)) = (stdin, child.stdin.take()) {
            // A program that ends without reading it says so itself.
            let _ = input.write_all(text.as_bytes());
        }
        Program { child, output, readers }
    }

    /// Waits until its standard output holds `text`, and says whether it came to that.
    pub(crate) fn shows(&self, text: &str, bound: Duration) -> bool {
        let holds = |state: &State| String::from_utf8_lossy(&state.stdout).contains(text);
        self.wait(bound, |state| holds(state) || state.open == 0)
            && holds(&self.output.state.lock().unwrap())
    }

    /// Waits until its standard output has this many lines, and says whether it came to that.
    pub(crate) fn shows_lines(&self, lines: usize, bound: Duration) -> bool {
        let has =
            |state: &State| state.stdout.iter().filter(|byte| **byte == b'\n').count() >= lines;
        self.wait(bound, |state| has(state) || state.open == 0)
            && has(&self.output.state.lock().unwrap())
    }

    /// Waits until it has closed its output, as a program does when it ends.
    pub(crate) fn ends(&self, bound: Duration) -> bool {
        self.wait(bound, |state| state.open == 0)
    }

    /// Ends it if it still runs: standard output, standard error, and the exit code if it had ended.
    pub(crate) fn finish(mut self, ended: bool) -> (String, String, Option<i32>) {
        if !ended {
            let _ = self.child.kill();
        }
        let code = self.child.wait().unwrap().code();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        let state = self.output.state.lock().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&state.stdout), text(&state.stderr), code.filter(|_| ended))
    }

    fn wait(&self, bound: Duration, done: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + bound;
        let mut state = self.output.state.lock().unwrap();
        while !done(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.output.changed.wait_timeout(state, left).unwrap().0;
        }
        true
    }
}

impl Output {
    fn read(
        output: &Arc<Output>,
        mut pipe: impl Read + Send + 'static,
        part: fn(&mut State) -> &mut Vec<u8>,
    ) -> JoinHandle<()> {
        let output = Arc::clone(output);
        thread::spawn(move || {
            let mut chunk = [0_u8; 8192];
            loop {
                let length = pipe.read(&mut chunk).unwrap_or(0);
                let mut state = output.state.lock().unwrap();
                if length == 0 {
                    state.open -= 1;
                } else {
                    part(&mut state).extend_from_slice(&chunk[..length]);
                }
                output.changed.notify_all();
                if length == 0 {
                    return;
                }
            }
        })
    }
}
