//! What is resident of this process, so that what objects take can be told by a difference.

use std::{fs, io};

/// The resident set in bytes.
pub(crate) fn bytes() -> io::Result<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok())
        .map(|kilobytes: usize| kilobytes * 1024)
        .ok_or_else(|| io::Error::other("/proc/self/status: expected VmRSS and a number of kB"))
}

/// The line that tells the runner how much more is resident than `before`.
pub(crate) fn line(before: usize) -> io::Result<String> {
    Ok(format!("\nkept {} bytes", bytes()?.saturating_sub(before)))
}
