//! Threads: they end.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{World, patience};

/// Fidelity 93: neither a thread nor a file. In a process of its own, so that no other test's threads are counted.
#[test]
fn stopped_informers_leave_no_thread_and_no_file_behind() {
    const ALONE: &str = "KUBECLIENT_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let name = "cache::tests::threads::stopped_informers_leave_no_thread_and_no_file_behind";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(ALONE, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("1 passed"), "{text}");
        return;
    }
    let world = World::with(&["a", "b"]);
    expect_threads(0);
    let files = own_files();
    for round in 0..50 {
        let informer = world.builder().start().unwrap();
        let handlers: Vec<_> = (0..3).map(|_| informer.add_handler(|_| {}).unwrap()).collect();
        informer.wait_synced(&patience()).unwrap();
        expect_threads(4);
        match round % 3 {
            0 => informer.stop(),
            1 => drop(informer),
            _ => {
                drop(handlers);
                expect_threads(1);
                informer.stopper().stop();
                informer.stop();
            }
        }
        expect_threads(0);
    }
    // The server closes its ends a little later.
    let end = Instant::now() + Duration::from_secs(10);
    while own_files() > files {
        assert!(Instant::now() < end, "{} files, expected {files}", own_files());
        std::thread::yield_now();
    }
}

/// How many files and sockets this process has open.
fn own_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The system lists a thread a little longer than it lives, and names it a little later.
fn expect_threads(count: usize) {
    let end = Instant::now() + Duration::from_secs(10);
    while own_threads() != count {
        assert!(Instant::now() < end, "{} threads, expected {count}", own_threads());
        std::thread::yield_now();
    }
}

/// How many threads of this process are a cache's. The system keeps 15 characters of their names.
fn own_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim_end() == "kubeclient-cach").count()
}
