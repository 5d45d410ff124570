//! One process, run to its end and measured: wall time, CPU, peak memory, and what it printed.
//!
//! Nothing here knows what the process does. Called by `main`.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use wait4::Wait4 as _;

/// No run takes longer: a client that hangs is an error, not a long night.
const LIMIT: Duration = Duration::from_secs(120);

/// What one process cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// From before the start until the end was seen.
    pub(crate) wall: Duration,
    /// User and system time, all threads, as the kernel counted them for this process.
    pub(crate) cpu: Duration,
    /// The largest resident set in bytes. A process starts as a copy of this one, so nothing under
    /// this one's own few megabytes can be told apart.
    pub(crate) peak: u64,
    /// What the process said that its objects keep resident, in bytes; 0 where it was not asked.
    pub(crate) kept: u64,
}

/// Runs `program` with `arguments` and the environment variable `KUBECONFIG`, and measures it.
pub(crate) fn run(
    program: &Path,
    arguments: &[&str],
    kubeconfig: &Path,
) -> io::Result<(Cost, String)> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .env("KUBECONFIG", kubeconfig)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))?;
    let ended = wait_until_ended(&child)?;
    let wall = start.elapsed();
    if !ended {
        child.kill()?;
    }
    let usage = child.wait4()?;
    let what = || format!("{} {}", program.display(), arguments.join(" "));
    if !ended {
        return Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("{}: still running after {LIMIT:?}", what()),
        ));
    }
    if !usage.status.success() {
        return Err(io::Error::other(format!("{}: {}", what(), usage.status)));
    }
    let mut printed = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut printed)?;
    }
    let cpu = usage.rusage.utime + usage.rusage.stime;
    let mut cost = Cost { wall, cpu, peak: usage.rusage.maxrss, kept: 0 };
    let mut tally = String::new();
    for line in printed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match *words {
            ["kept", bytes, "bytes"] => cost.kept = number(bytes, line, &what())?,
            // What the process did before and after is not what it was asked for.
            ["spent", cpu, "us", "in", wall, "us"] => {
                cost.cpu = Duration::from_micros(number(cpu, line, &what())?);
                cost.wall = Duration::from_micros(number(wall, line, &what())?);
            }
            _ => tally.push_str(line),
        }
    }
    Ok((cost, tally))
}

fn number(text: &str, line: &str, what: &str) -> io::Result<u64> {
    text.parse().map_err(|_| io::Error::other(format!("{what}: {line:?}: expected a number")))
}

/// Waits without reaping, so that `wait4` finds the figures; `false` when the time was up first.
fn wait_until_ended(child: &Child) -> io::Result<bool> {
    let pid =
        i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?;
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    let limit = Timespec { tv_sec: i64::try_from(LIMIT.as_secs()).unwrap_or(i64::MAX), tv_nsec: 0 };
    Ok(poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&limit))? > 0)
}

impl Cost {
    /// The mean of several runs; of memory the highest.
    pub(crate) fn mean(costs: &[Self]) -> Self {
        let count = u32::try_from(costs.len()).unwrap_or(u32::MAX).max(1);
        Self {
            wall: costs.iter().map(|cost| cost.wall).sum::<Duration>() / count,
            cpu: costs.iter().map(|cost| cost.cpu).sum::<Duration>() / count,
            peak: costs.iter().map(|cost| cost.peak).max().unwrap_or_default(),
            kept: costs.iter().map(|cost| cost.kept).max().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::run;

    #[test]
    fn a_process_is_measured_and_its_output_kept() {
        let (cost, printed) =
            run(Path::new("/bin/echo"), &["done"], Path::new("/none")).expect("echo runs");
        assert_eq!(printed, "done");
        assert!(cost.peak > 100_000, "a process of {} bytes", cost.peak);
    }

    #[test]
    fn what_a_process_keeps_is_told_apart_from_its_tally() {
        let (cost, printed) =
            run(Path::new("/bin/echo"), &["5 pods\nkept 4096 bytes"], Path::new("/none"))
                .expect("echo runs");
        assert_eq!((printed.as_str(), cost.kept), ("5 pods", 4096));
        run(Path::new("/bin/echo"), &["5 pods\nkept some bytes"], Path::new("/none"))
            .expect_err("no number");
    }

    #[test]
    fn a_process_may_say_what_the_work_alone_cost() {
        let (cost, printed) =
            run(Path::new("/bin/echo"), &["5 pods\nspent 30 us in 70 us"], Path::new("/none"))
                .expect("echo runs");
        let [cpu, wall] = [30, 70].map(std::time::Duration::from_micros);
        assert_eq!((printed.as_str(), cost.cpu, cost.wall), ("5 pods", cpu, wall));
    }

    #[test]
    fn a_process_that_fails_is_an_error_that_names_it() {
        let error =
            run(Path::new("/bin/false"), &["list"], Path::new("/none")).expect_err("false fails");
        assert!(error.to_string().contains("/bin/false list"), "{error}");
    }
}
