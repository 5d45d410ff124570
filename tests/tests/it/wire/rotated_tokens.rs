//! Tokens that are rotated again and again while many threads call: the old one is good no more at once, and
//! nobody sees a 401.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use kubeclient::{Request, RestClient};
use kubeclient_tests::stub::{Reply, Stub};
use serde_json::json;

use super::exec::{LATER, Plugin};
use super::oidc::{World, metadata, token};
use super::{PATIENCE, client_with, full_size, stub, timed};

const THREADS: usize = 4;

/// Calls of several threads, all the time.
struct Load {
    done: Mutex<[usize; THREADS]>,
    changed: Condvar,
    ended: AtomicBool,
}

impl Load {
    /// Lets threads call while `rotate` works, and gives the number of calls.
    ///
    /// # Panics
    /// A call fails.
    fn run(client: &RestClient, rotate: impl FnOnce(&Load)) -> usize {
        let load =
            Load { done: Mutex::default(), changed: Condvar::new(), ended: AtomicBool::new(false) };
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (load, client) = (&load, client.clone());
                scope.spawn(move || {
                    let _end = EndWith(load);
                    while !load.ended.load(Ordering::Relaxed) {
                        client.send(&Request::post("/x")).unwrap();
                        load.done.lock().unwrap()[thread] += 1;
                        load.changed.notify_all();
                    }
                });
            }
            let _end = EndWith(&load);
            rotate(&load);
        });
        let done = load.done.lock().unwrap();
        done.iter().sum()
    }

    /// Waits until each thread has made a call from its beginning to its end.
    fn pass(&self) {
        let done = self.done.lock().unwrap();
        let before = *done;
        let has_passed = |done: &[usize; THREADS]| {
            done.iter().zip(&before).all(|(now, before)| *now >= before + 2)
        };
        let (done, waited) = self
            .changed
            .wait_timeout_while(done, PATIENCE, |done| {
                !has_passed(done) && !self.ended.load(Ordering::Relaxed)
            })
            .unwrap();
        assert!(has_passed(&done), "a thread calls no more: {waited:?}");
    }
}

/// Ends the load, also when a call or the rotation failed.
struct EndWith<'a>(&'a Load);

impl Drop for EndWith<'_> {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Relaxed);
        self.0.changed.notify_all();
    }
}

/// The tokens that a server takes: one, or two for the moment of a rotation.
#[derive(Clone, Default)]
struct Good(Arc<Mutex<Vec<String>>>);

impl Good {
    fn set(&self, tokens: &[&str]) {
        *self.0.lock().unwrap() = tokens.iter().map(|token| format!("Bearer {token}")).collect();
    }

    fn server(&self) -> Stub {
        let good = self.clone();
        stub(move |request, _| {
            let token = request.header("authorization").unwrap_or_default();
            match good.0.lock().unwrap().iter().any(|good| good == token) {
                true => Reply::text(200, "ok"),
                false => Reply::status(401),
            }
        })
    }
}

/// As most programs replace a file.
fn rename(folder: &Path, token: &str) {
    fs::write(folder.join("new"), token).unwrap();
    fs::rename(folder.join("new"), folder.join("token")).unwrap();
}

/// As the kubelet does it: the file leads through a link to a folder, and the link is replaced.
fn swap(folder: &Path, token: &str) {
    let current = folder.join("..data");
    let old = fs::read_link(&current).ok();
    fs::create_dir(folder.join(format!("..{token}"))).unwrap();
    fs::write(folder.join(format!("..{token}")).join("token"), token).unwrap();
    symlink(format!("..{token}"), folder.join("..data_tmp")).unwrap();
    fs::rename(folder.join("..data_tmp"), current).unwrap();
    match old {
        Some(old) => fs::remove_dir_all(folder.join(old)).unwrap(),
        None => symlink("..data/token", folder.join("token")).unwrap(),
    }
}

/// Fidelity 18.
#[test]
fn a_thousand_rotations_of_a_token_file_are_seen_by_no_caller() {
    let rotations = if full_size() { 1_000 } else { 200 };
    for replace in [rename, swap] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let good = Good::default();
        good.set(&["t0"]);
        replace(folder.path(), "t0");
        let stub = good.server();
        let client = client_with(&stub, |config| *config = config.clone().with_token_file(path));
        let client = client.with_stop(&kubeclient::Stop::new());
        let (calls, took) = timed(|| {
            Load::run(&client, |load| {
                for number in 1..=rotations {
                    let (old, new) = (format!("t{}", number - 1), format!("t{number}"));
                    good.set(&[&old, &new]);
                    replace(folder.path(), &new);
                    good.set(&[&new]);
                    load.pass();
                }
            })
        });
        let refused = stub.requests().len() - calls;
        assert!(refused >= rotations, "{refused}");
        eprintln!("{rotations} rotations, {calls} calls, {refused} of them sent again, {took:?}");
    }
}

/// Fidelity 38. Each rotation is one run of the program, whoever asks.
#[test]
fn rotations_of_a_programs_token_are_seen_by_no_caller_and_run_it_once_each() {
    // A run a second, at most.
    let rotations = if full_size() { 48 } else { 3 };
    let plugin = Plugin::tokens(LATER);
    let good = Good::default();
    good.set(&["t1"]);
    let stub = good.server();
    let client = plugin.client(&stub).with_stop(&kubeclient::Stop::new());
    let calls = Load::run(&client, |load| {
        for number in 2..rotations + 2 {
            load.pass();
            good.set(&[&format!("t{number}")]);
            load.pass();
        }
    });
    assert_eq!(plugin.runs(), rotations + 1);
    eprintln!("{rotations} rotations, {} runs, {calls} calls", plugin.runs());
}

/// Each rotation is one question to the issuer, whoever asks.
#[test]
fn rotations_of_an_issuers_token_are_seen_by_no_caller_and_asked_for_once_each() {
    let rotations = if full_size() { 96 } else { 12 };
    let given = Arc::new(AtomicUsize::new(0));
    let good = Arc::new(AtomicUsize::new(0));
    let (gives, takes) = (Arc::clone(&given), Arc::clone(&good));
    let world = World::with(
        &token(3600, "n0"),
        "r",
        Box::new(move |request, address| match request.path.as_str() {
            "/token/" => {
                let number = gives.fetch_add(1, Ordering::SeqCst) + 1;
                let token = token(3600, &format!("n{number}"));
                Reply::json(200, json!({"id_token": token}).to_string())
            }
            _ => metadata(address),
        }),
        Box::new(move |token| token.ends_with(&format!(".n{}", takes.load(Ordering::SeqCst)))),
    );
    let calls = Load::run(&world.client(), |load| {
        for number in 1..=rotations {
            load.pass();
            good.store(number, Ordering::SeqCst);
            load.pass();
        }
    });
    assert_eq!(given.load(Ordering::SeqCst), rotations);
    assert_eq!(world.issuer.requests().len(), 2 * rotations);
    eprintln!("{rotations} rotations, {calls} calls");
}
