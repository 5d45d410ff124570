//! [`Held`]: the threads and files of this process.

use std::time::{Duration, Instant};

/// How long threads may take to be gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a process holds of the system.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) threads: usize,
    pub(crate) files: usize,
}

impl Held {
    pub(crate) fn now() -> Self {
        let count = |folder| std::fs::read_dir(folder).unwrap().count();
        Self { threads: count("/proc/self/task"), files: count("/proc/self/fd") }
    }

    /// Files are closed by now; threads the system lists a little longer than they live.
    pub(crate) fn expect(&self) {
        assert_eq!(Self::now().files, self.files, "open files");
        let end = Instant::now() + PATIENCE;
        while Self::now() != *self {
            assert!(Instant::now() < end, "{:?}, expected {self:?}", Self::now());
            std::thread::yield_now();
        }
    }
}
