//! Runs a program and reads what it writes, within bounds. However that ends, the program has ended, too,
//! and so has the thread that reads.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::config::Exec;
use crate::error::{Error, ErrorKind};
use crate::thread;
use crate::transport::Bounds;

/// The most that a program may write.
const MOST_OUTPUT: usize = 1 << 20;

/// How often the program is looked at: std can't wait for one and hear a stop at once.
const FIRST_LOOK: Duration = Duration::from_millis(1);
const LAST_LOOK: Duration = Duration::from_millis(20);

/// Runs the program and gives its standard output; its standard error is this process's.
///
/// # Blocking
/// Until it ends, at most `limit` and within the bounds.
pub(super) fn run(
    program: &Path,
    exec: &Exec,
    info: &str,
    interactive: bool,
    bounds: &Bounds,
    limit: Option<Duration>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    left(bounds)?;
    let (reader, writer) = io::pipe().map_err(|error| failed("no pipe for its output", error))?;
    let output = Output::start(reader, &writer)?;
    // Dropped at once: it holds the program's end of the pipe.
    let child = {
        let mut command = Command::new(program);
        command.args(&exec.args);
        command.envs(exec.env.iter().map(|(name, value)| (name, value.expose())));
        command.env("KUBERNETES_EXEC_INFO", info);
        command.stdin(if interactive { Stdio::inherit() } else { Stdio::null() });
        command.stdout(writer);
        command.stderr(Stdio::inherit());
        command.spawn()
    };
    let status = child
        .map_err(|error| failed("it can't be started", error))
        .and_then(|child| wait(&mut Ended(child), &output, bounds, limit));
    let text = output.finish();
    let (status, text) = (status?, text?);
    if text.len() > MOST_OUTPUT {
        return Err(too_much());
    }
    if !status.success() {
        return Err(Error::new(ErrorKind::Auth, format!("it failed with {status}")));
    }
    Ok(text)
}

/// How long the bounds leave; an error when that is over.
pub(super) fn left(bounds: &Bounds) -> Result<Duration, Error> {
    super::super::left(bounds, "the exec plugin")
}

/// Waits until the program ends by itself.
fn wait(
    child: &mut Ended,
    output: &Output,
    bounds: &Bounds,
    limit: Option<Duration>,
) -> Result<ExitStatus, Error> {
    let begin = Instant::now();
    let mut look = FIRST_LOOK;
    loop {
        if let Some(status) =
            child.0.try_wait().map_err(|error| failed("it can't be waited for", error))?
        {
            return Ok(status);
        }
        if output.is_too_much() {
            return Err(too_much());
        }
        let mut left = left(bounds)?;
        if let Some(limit) = limit {
            let until_limit = limit.saturating_sub(begin.elapsed());
            if until_limit.is_zero() {
                let message = format!("it gave no credential within {limit:?}, and was ended");
                return Err(Error::new(ErrorKind::Auth, message));
            }
            left = left.min(until_limit);
        }
        bounds.stop.wait_timeout(look.min(left));
        look = (look * 2).min(LAST_LOOK);
    }
}

fn failed(message: &str, error: io::Error) -> Error {
    Error::new(ErrorKind::Auth, message).because(error)
}

fn too_much() -> Error {
    Error::new(ErrorKind::Auth, "it wrote more than 1 MiB")
}

/// A program that has ended when this is dropped, and is no zombie.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The thread that reads what the program writes, so that the pipe is never full.
///
/// The end of the pipe can't tell it when to end: a program that the first one left behind may hold it
/// open for ever. So we write into the pipe ourselves, after all that the program wrote: a mark that it
/// can't know.
struct Output {
    shared: Arc<Reading>,
    mark: Mark,
    writer: PipeWriter,
    thread: JoinHandle<Read>,
}

/// What ends the reading; written at once, since it is shorter than what a pipe takes in one piece.
type Mark = [u8; 16];

#[derive(Default)]
struct Reading {
    is_too_much: AtomicBool,
}

/// What was read. The pipe is kept open until we have written into it.
struct Read {
    text: Zeroizing<Vec<u8>>,
    _pipe: PipeReader,
}

impl Output {
    fn start(reader: PipeReader, writer: &PipeWriter) -> Result<Self, Error> {
        let no_reader = |error| failed("nothing can read its output", error);
        let writer = writer.try_clone().map_err(no_reader)?;
        let shared = Arc::new(Reading::default());
        let reading = Arc::clone(&shared);
        let mark = mark();
        let read = move || read(reader, &reading, &mark);
        let thread = thread::spawn("exec", read).map_err(no_reader)?;
        Ok(Self { shared, mark, writer, thread })
    }

    fn is_too_much(&self) -> bool {
        self.shared.is_too_much.load(Ordering::Relaxed)
    }

    /// What the program wrote until it ended.
    fn finish(mut self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.writer.write_all(&self.mark).map_err(|e| failed("its output can't be read", e))?;
        match self.thread.join() {
            Ok(read) => Ok(read.text),
            Err(_) => Err(Error::new(ErrorKind::Auth, "its output can't be read")),
        }
    }
}

/// A mark that nobody can guess, and that no text holds by chance.
fn mark() -> Mark {
    let mut mark = [0; 16];
    for half in mark.chunks_exact_mut(8) {
        half.copy_from_slice(&RandomState::new().hash_one(0).to_ne_bytes());
    }
    mark
}

/// Reads until the mark comes; what is too much is read, but not kept.
fn read(mut pipe: PipeReader, reading: &Reading, mark: &Mark) -> Read {
    let mut text = Zeroizing::new(Vec::with_capacity(CHUNK));
    // The mark may come in two parts: the end of what came before stays in front of what comes.
    let before = mark.len() - 1;
    let mut window = Zeroizing::new([0; 15 + CHUNK]);
    let mut seen = 0;
    loop {
        let amount = match pipe.read(&mut window[before..]) {
            Ok(amount @ 1..) => amount,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => return Read { text, _pipe: pipe },
        };
        let room = (MOST_OUTPUT + 1).saturating_sub(text.len());
        keep(&mut text, &window[before..before + amount.min(room)]);
        if let Some(at) = memchr::memmem::find(&window[..before + amount], mark) {
            text.truncate((seen + at).saturating_sub(before));
            return Read { text, _pipe: pipe };
        }
        if text.len() > MOST_OUTPUT {
            reading.is_too_much.store(true, Ordering::Relaxed);
        }
        seen += amount;
        window.copy_within(amount..amount + before, 0);
    }
}

const CHUNK: usize = 16 << 10;

/// Appends without leaving a copy of the text behind where there is no room.
fn keep(text: &mut Zeroizing<Vec<u8>>, part: &[u8]) {
    if text.capacity() - text.len() < part.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity(2 * (text.len() + part.len())));
        larger.extend_from_slice(text);
        *text = larger;
    }
    text.extend_from_slice(part);
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::stop::Stop;

    fn sh(
        script: &str,
        bounds: &Bounds,
        limit: Option<Duration>,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut exec = Exec::new("/bin/sh");
        exec.args = vec!["-c".into(), script.into()];
        exec.env = vec![("ADDED".into(), "value".into())];
        run(&exec.command, &exec, "the info", false, bounds, limit)
    }

    fn without_bounds(script: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        sh(script, &Bounds::default(), None)
    }

    fn is_gone(pid: &str) -> bool {
        !Path::new("/proc").join(pid.trim()).exists()
    }

    /// Fidelity 36.
    #[test]
    fn a_program_sees_our_variables_and_its_own() {
        let text =
            without_bounds("echo $ADDED; echo $KUBERNETES_EXEC_INFO; echo $PATH; read x; echo $?")
                .unwrap();
        let path = std::env::var("PATH").unwrap();
        let expected = format!("value\nthe info\n{path}\n1\n");
        assert_eq!(str::from_utf8(&text).unwrap(), expected, "and has nothing to read");
    }

    #[test]
    fn long_output_is_read_whole_and_endless_output_is_not() {
        let text = without_bounds("head -c 1048576 /dev/zero | tr '\\0' x").unwrap();
        assert!(text.len() == 1 << 20 && text.iter().all(|byte| *byte == b'x'));
        for script in ["head -c 1048577 /dev/zero | tr '\\0' x", "exec cat /dev/zero", "exec yes"] {
            let error = without_bounds(script).unwrap_err();
            assert_eq!(error.to_string(), "it wrote more than 1 MiB", "{script}");
        }
    }

    #[test]
    fn a_program_that_hangs_is_ended_and_reaped() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("echo $$ > {}; exec sleep 1000", pid.display());
        let begin = Instant::now();
        let error = sh(&script, &Bounds::default(), Some(Duration::from_secs(1))).unwrap_err();
        assert!(error.to_string().starts_with("it gave no credential within 1s"), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        if cfg!(target_os = "linux") {
            assert!(is_gone(&std::fs::read_to_string(&pid).unwrap()));
        }
    }

    #[test]
    fn the_request_ends_the_wait() {
        let time = Duration::from_millis(200);
        let deadline = Instant::now().checked_add(time);
        let error = sh("exec sleep 1000", &Bounds { deadline, ..Bounds::default() }, None);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Timeout);
        let stop = Stop::after(time);
        let error = sh("exec sleep 1000", &Bounds { stop, ..Bounds::default() }, None);
        assert!(error.unwrap_err().is_stopped());
    }

    /// A program that leaves another one behind, which holds its output open.
    #[test]
    fn what_a_program_leaves_behind_is_not_waited_for() {
        let begin = Instant::now();
        let text = without_bounds("sleep 5 & echo done").unwrap();
        assert_eq!(text.as_slice(), b"done\n");
        // One that writes for ever must not keep us from reading to our own end.
        drop(without_bounds("yes & exit 0"));
        assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    }

    #[test]
    fn a_failure_is_told_without_the_output() {
        let error = without_bounds("echo CANARY; exit 3").unwrap_err();
        assert_eq!(format!("{error:?}"), "it failed with exit status: 3");
        let error = without_bounds("echo CANARY; kill -9 $$").unwrap_err();
        assert!(error.to_string().contains("signal: 9"), "{error}");
        let exec = Exec::new("/");
        let error = run(&exec.command, &exec, "", false, &Bounds::default(), None).unwrap_err();
        assert_eq!(error.to_string(), "it can't be started");
    }
}
