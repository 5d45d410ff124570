//! Electors against the embedded server, by clocks that are moved by hand; one by the machine's, in a process that
//! is paused.

mod edited;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use kubeclient_fake::{FakeServer, Fault};
use serde_json::Value;

use super::{Election, ElectorState, End, LeaderElector, LeaderElectorBuilder, Leadership};
use crate::clock::ManualClock;
use crate::config::Config;
use crate::error::ErrorKind;
use crate::rest::RestClient;
use crate::stop::Stop;

const SECOND: Duration = Duration::from_secs(1);

/// How long a test waits for what must happen.
fn patience() -> Stop {
    Stop::after(60 * SECOND)
}

/// Waits until its election is over.
fn idle(elector: &LeaderElector) {
    let patience = patience();
    while elector.health().state != ElectorState::Idle {
        assert!(!patience.is_stopped(), "{:?}", elector.health());
        std::thread::yield_now();
    }
}

struct Candidate {
    clock: ManualClock,
    builder: LeaderElectorBuilder,
}

fn candidate(server: &FakeServer, identity: &str) -> Candidate {
    let client = RestClient::new(Config::new(server.url())).unwrap();
    let clock = ManualClock::new();
    let builder = LeaderElector::builder(&client, "default", "lease")
        .identity(identity)
        .clock(&clock.clock());
    Candidate { clock, builder }
}

impl Candidate {
    /// Starts it; its leadership comes when it has it, and its work goes on until it is told to end.
    fn start(self) -> (ManualClock, Election, mpsc::Receiver<Leadership>) {
        let (sender, receiver) = mpsc::channel();
        let work = move |leadership: &Leadership| {
            sender.send(leadership.clone()).unwrap();
            leadership.stopper().wait();
        };
        let election = self.builder.build().unwrap().spawn(work).unwrap();
        (self.clock, election, receiver)
    }
}

fn spec(server: &FakeServer) -> Value {
    let lease = server.object("coordination.k8s.io/v1", "Lease", "default", "lease").unwrap();
    lease["spec"].clone()
}

/// Fidelity 85.
#[test]
fn of_two_electors_one_leads_and_when_it_is_dead_the_other_takes_over() {
    let server = FakeServer::start().unwrap();
    let (a_clock, a, a_leads) = candidate(&server, "a").start();
    let a_leadership = a_leads.recv().unwrap();
    assert!(a.elector().is_leader());
    let (b_clock, b, b_leads) = candidate(&server, "b").start();
    b_clock.wait_for_sleepers(1);
    assert!(b_leads.try_recv().is_err());
    assert_eq!(b.elector().leader().as_deref(), Some("a"));
    // To a, no time passes: as if it were paused. b waits as long as the lease says.
    b_clock.advance(14 * SECOND);
    b_clock.wait_for_sleepers(1);
    assert!(b_leads.try_recv().is_err());
    b_clock.advance(5 * SECOND);
    let b_leadership = b_leads.recv().unwrap();
    assert!(b_leadership.transitions() > a_leadership.transitions());
    assert_eq!(
        (&spec(&server)["holderIdentity"], &spec(&server)["leaseTransitions"]),
        (&"b".into(), &1.into())
    );
    // a goes on, 19 s later, and knows at once.
    assert!(a_leadership.check().is_ok());
    a_clock.advance(19 * SECOND);
    assert!(a_leadership.check().unwrap_err().is_stopped());
    assert_eq!(a.join(&patience()).unwrap(), End::Lost);
    assert!(b.elector().is_leader());
    assert_eq!(b.elector().leader().as_deref(), Some("b"));
}

/// Fidelity 87.
#[test]
fn a_leader_that_is_stopped_renews_until_its_work_ends_and_hands_over_at_once() {
    let server = FakeServer::start().unwrap();
    let Candidate { clock: a_clock, builder } = candidate(&server, "a");
    let (leads, is_told) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let work = move |leadership: &Leadership| {
        leads.send(leadership.clone()).unwrap();
        leadership.stopper().wait();
        may_end.recv().unwrap();
        assert!(leadership.check().is_ok(), "it leads until its work has ended");
    };
    let a = builder.build().unwrap().spawn(work).unwrap();
    let leadership = is_told.recv().unwrap();
    let (b_clock, b, b_leads) = candidate(&server, "b").start();
    b_clock.wait_for_sleepers(1);
    a.stop();
    assert!(leadership.stopper().is_stopped());
    for _ in 0..8 {
        a_clock.wait_for_sleepers(1);
        let before = leadership.valid_until();
        a_clock.advance(2 * SECOND);
        a_clock.wait_for_sleepers(1);
        assert_eq!(leadership.valid_until() - before, 2 * SECOND);
    }
    end.send(()).unwrap();
    assert_eq!(a.join(&patience()).unwrap(), End::Stopped);
    assert!(leadership.check().is_err());
    let released = spec(&server);
    assert_eq!(released["holderIdentity"], "");
    assert_eq!(released["leaseDurationSeconds"], 1);
    let renewed = released["renewTime"].as_str().unwrap();
    assert!(renewed.ends_with('Z') && renewed.len() == "2026-01-02T03:04:05.000006Z".len());
    // One wait between two attempts, not the lease duration.
    b_clock.advance(Duration::from_millis(4400));
    b_leads.recv().unwrap();
    drop(b);
    assert_eq!(spec(&server)["holderIdentity"], "");
}

/// Fidelity 86.
#[test]
fn a_leader_that_is_cut_off_ends_its_work_before_the_lease_can_be_taken() {
    let server = FakeServer::start().unwrap();
    let Candidate { clock, builder } = candidate(&server, "a");
    let start = clock.clock().now();
    let stopped = Arc::new(AtomicUsize::new(0));
    let errors = Arc::new(AtomicUsize::new(0));
    let builder = {
        let (stopped, errors) = (Arc::clone(&stopped), Arc::clone(&errors));
        builder
            .on_stopped(move || {
                stopped.fetch_add(1, Ordering::SeqCst);
            })
            .on_error(move |_| {
                errors.fetch_add(1, Ordering::SeqCst);
            })
    };
    let (clock, a, leads) = Candidate { clock, builder }.start();
    let leadership = leads.recv().unwrap();
    clock.wait_for_sleepers(1);
    let cut = server.inject(Fault::status(500, "InternalError", "cut").resource("leases"));
    for _ in 0..4 {
        clock.advance(2 * SECOND);
        clock.wait_for_sleepers(1);
        assert!(leadership.check().is_ok() && !leadership.stopper().is_stopped());
    }
    assert_eq!(leadership.valid_until(), start + 10 * SECOND);
    clock.advance(2 * SECOND);
    assert!(leadership.check().is_err());
    assert_eq!(a.join(&patience()).unwrap(), End::Lost);
    assert!(leadership.stopper().is_stopped());
    assert_eq!(stopped.load(Ordering::SeqCst), 1);
    assert!(errors.load(Ordering::SeqCst) >= 8 && cut.strikes() >= 8);
}

#[test]
fn a_machine_that_was_suspended_has_no_leader() {
    let server = FakeServer::start().unwrap();
    let (clock, a, leads) = candidate(&server, "a").start();
    let leadership = leads.recv().unwrap();
    // Else it may find out by itself, before it sleeps, that its term is over.
    clock.wait_for_sleepers(1);
    let start = clock.clock().now();
    clock.suspend(9 * SECOND);
    assert!(leadership.check().is_ok());
    assert_eq!(leadership.valid_until(), start + SECOND);
    clock.suspend(SECOND);
    assert!(leadership.check().is_err() && !a.elector().is_leader());
    clock.advance(2 * SECOND);
    assert_eq!(a.join(&patience()).unwrap(), End::Lost);
}

#[test]
fn callbacks_hear_of_each_leader_once_and_of_an_end_only_if_there_was_a_beginning() {
    let server = FakeServer::start().unwrap();
    let (_clock, a, leads) = candidate(&server, "a").start();
    leads.recv().unwrap();
    let Candidate { clock, builder } = candidate(&server, "b");
    let (heard, leaders) = mpsc::channel();
    let builder = builder
        .on_new_leader(move |leader| heard.send(leader.to_owned()).unwrap())
        .on_stopped(|| panic!("it never led"));
    let (clock, b, _leads) = Candidate { clock, builder }.start();
    for _ in 0..2 {
        clock.wait_for_sleepers(1);
        clock.advance(5 * SECOND);
    }
    clock.wait_for_sleepers(1);
    b.stop();
    assert_eq!(b.join(&patience()).unwrap(), End::Stopped);
    assert_eq!(leaders.try_iter().collect::<Vec<_>>(), ["a"]);
    assert_eq!(spec(&server)["holderIdentity"], "a");
    drop(a);
}

#[test]
fn work_that_ends_or_panics_gives_the_lease_back() {
    let server = FakeServer::start().unwrap();
    let elector = candidate(&server, "a").builder.build().unwrap();
    let stop = Stop::new();
    assert_eq!(elector.run(&stop, |_| ()).unwrap(), End::Finished);
    assert_eq!(spec(&server)["holderIdentity"], "");
    assert_eq!(elector.run(&stop, |_| panic!("a mistake")).unwrap(), End::Panicked);
    assert_eq!(spec(&server)["holderIdentity"], "");
    assert_eq!(spec(&server)["leaseTransitions"], 1);
    assert!(!elector.is_leader());
    let again = elector.run(&stop, |_| {
        assert!(elector.run(&stop, |_| ()).unwrap_err().to_string().contains("running already"));
    });
    assert_eq!(again.unwrap(), End::Finished);
    stop.stop();
    assert_eq!(elector.run(&stop, |_| panic!("not started")).unwrap(), End::Stopped);
}

#[test]
fn a_callback_that_panics_leaves_no_work_behind() {
    let server = FakeServer::start().unwrap();
    let Candidate { clock, builder } = candidate(&server, "a");
    let builder = builder.on_error(|_| panic!("a mistake"));
    let (clock, a, leads) = Candidate { clock, builder }.start();
    let leadership = leads.recv().unwrap();
    clock.wait_for_sleepers(1);
    let _cut = server.inject(Fault::status(500, "InternalError", "cut").resource("leases"));
    clock.advance(2 * SECOND);
    assert!(
        a.join(&patience())
            .unwrap_err()
            .to_string()
            .contains("a callback of the election panicked")
    );
    assert!(leadership.stopper().is_stopped() && leadership.check().is_err());
}

/// Nobody has to wait until the lease has run out.
#[test]
fn a_callback_that_panics_gives_the_lease_back() {
    let server = FakeServer::start().unwrap();
    let Candidate { clock, builder } = candidate(&server, "a");
    let builder = builder.on_new_leader(|_| panic!("a mistake"));
    let (_clock, a, leads) = Candidate { clock, builder }.start();
    let elector = a.elector().clone();
    assert!(
        a.join(&patience())
            .unwrap_err()
            .to_string()
            .contains("a callback of the election panicked")
    );
    assert_eq!(elector.health().state, ElectorState::Idle);
    assert!(leads.recv().is_err(), "the work was not begun");
    assert_eq!(spec(&server)["holderIdentity"], "");
}

#[test]
fn work_is_not_begun_when_its_time_is_over() {
    let server = FakeServer::start().unwrap();
    let Candidate { clock, builder } = candidate(&server, "a");
    let time = clock.clone();
    let builder = builder.on_new_leader(move |_| time.advance(20 * SECOND));
    let (_clock, a, leads) = Candidate { clock, builder }.start();
    assert_eq!(a.join(&patience()).unwrap(), End::Lost);
    assert!(leads.recv().is_err(), "the work was not begun");
}

#[test]
fn a_stop_ends_a_candidate_that_waits_for_an_answer() {
    let server = FakeServer::start().unwrap();
    let hang = server.inject(Fault::stall().resource("leases"));
    let (_clock, a, _leads) = candidate(&server, "a").start();
    assert!(hang.wait_for(1, 10 * SECOND));
    a.stop();
    assert_eq!(a.join(&patience()).unwrap(), End::Stopped);
}

#[test]
fn the_token_of_the_client_ends_the_election() {
    let server = FakeServer::start().unwrap();
    let stop = Stop::new();
    let client = RestClient::new(Config::new(server.url())).unwrap().with_stop(&stop);
    let (leads, is_told) = mpsc::channel();
    let work = move |leadership: &Leadership| {
        leads.send(()).unwrap();
        leadership.stopper().wait();
    };
    let builder = LeaderElector::builder(&client, "default", "lease").identity("a");
    let election = builder.build().unwrap().spawn(work).unwrap();
    is_told.recv().unwrap();
    stop.stop();
    assert_eq!(election.join(&patience()).unwrap(), End::Stopped);
    assert_eq!(spec(&server)["holderIdentity"], "", "it is given back all the same");
}

#[test]
fn work_that_drops_its_own_election_does_not_wait_for_itself() {
    let server = FakeServer::start().unwrap();
    let (give, is_given) = mpsc::channel::<Election>();
    let (over, is_over) = mpsc::channel();
    let is_given = std::sync::Mutex::new(is_given);
    let work = move |leadership: &Leadership| {
        drop(is_given.lock().unwrap().recv().unwrap());
        leadership.stopper().wait();
        over.send(()).unwrap();
    };
    let election = candidate(&server, "a").builder.build().unwrap().spawn(work).unwrap();
    give.send(election).unwrap();
    is_over.recv_timeout(60 * SECOND).unwrap();
}

/// Fidelity 93, F32: who waits for it may give up, and a drop does after a second; the lease is kept until the work
/// has ended.
#[test]
fn stuck_work_is_left_to_end_by_itself() {
    let server = FakeServer::start().unwrap();
    for drops in [false, true] {
        let elector = candidate(&server, "a").builder.build().unwrap();
        assert_eq!(elector.health().state, ElectorState::Idle);
        let (enter, is_in) = mpsc::channel();
        let (release, gate) = mpsc::channel::<()>();
        let work = move |_: &Leadership| {
            enter.send(()).unwrap();
            let _ = gate.recv();
        };
        let election = elector.spawn(work).unwrap();
        is_in.recv_timeout(60 * SECOND).unwrap();
        let health = elector.health();
        assert_eq!(health.state, ElectorState::Leading);
        assert_eq!(health.leader.as_deref(), Some("a"));
        assert!(health.last_heard.is_some() && health.last_failure.is_none());
        assert!(!election.is_over());
        let start = std::time::Instant::now();
        if drops {
            drop(election);
            // Ten times what is promised.
            assert!(start.elapsed() < 10 * SECOND, "{:?}", start.elapsed());
        } else {
            let error = election.join(&Stop::after(SECOND / 50)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout);
            assert!(error.to_string().starts_with("lease default/lease"), "{error}");
        }
        assert_eq!(elector.health().state, ElectorState::Ending);
        assert_eq!(spec(&server)["holderIdentity"], "a");
        drop(release);
        idle(&elector);
        assert_eq!(spec(&server)["holderIdentity"], "");
    }
}

/// The callback at the end is told that this is none; and one that panicked leaves nothing of it to the next election.
#[test]
fn health_tells_an_end_from_a_beginning() {
    let server = FakeServer::start().unwrap();
    let Candidate { clock, builder } = candidate(&server, "a");
    let (sender, states) = mpsc::channel();
    let own = Arc::new(std::sync::OnceLock::<LeaderElector>::new());
    let elector = {
        let own = Arc::clone(&own);
        let tell = move || {
            sender.send(own.get().unwrap().health().state).unwrap();
            std::panic::resume_unwind(Box::new("planned"));
        };
        builder.on_stopped(tell).build().unwrap()
    };
    own.set(elector.clone()).unwrap();
    let election = elector.spawn(|_| ()).unwrap();
    assert!(election.join(&patience()).unwrap_err().to_string().contains("callback"));
    assert_eq!(states.recv().unwrap(), ElectorState::Ending);
    assert_eq!(elector.health().state, ElectorState::Idle);
    let _cut = server.inject(Fault::status(500, "InternalError", "cut").resource("leases"));
    let election = elector.spawn(|_| ()).unwrap();
    clock.wait_for_sleepers(1);
    assert_eq!(elector.health().state, ElectorState::Standing);
    election.stop();
    assert_eq!(election.join(&patience()).unwrap(), End::Stopped);
}

/// A worker of a controller can't tell that the election waits for it: it waits for a second.
#[test]
fn a_thread_that_the_work_waits_for_may_drop_the_election() {
    let server = FakeServer::start().unwrap();
    let (give, is_given) = mpsc::channel::<Election>();
    let (over, is_over) = mpsc::channel();
    let work = move |_: &Leadership| {
        let worker = std::thread::spawn(move || drop(is_given.recv().unwrap()));
        worker.join().unwrap();
        over.send(()).unwrap();
    };
    let elector = candidate(&server, "a").builder.build().unwrap();
    give.send(elector.spawn(work).unwrap()).unwrap();
    is_over.recv_timeout(60 * SECOND).unwrap();
    idle(&elector);
    assert_eq!(spec(&server)["holderIdentity"], "");
}

#[test]
fn health_says_when_the_server_was_last_heard_and_what_failed() {
    let server = FakeServer::start().unwrap();
    let refused = server.inject(Fault::status(500, "InternalError", "cut").resource("leases"));
    let Candidate { clock, builder } = candidate(&server, "a");
    let (clock, a, leads) = Candidate { clock, builder: builder.on_error(|_| {}) }.start();
    clock.wait_for_sleepers(1);
    let health = a.elector().health();
    assert_eq!((health.state, health.last_heard), (ElectorState::Standing, None));
    assert!(health.last_failure.unwrap().1.to_string().contains("cut"));
    refused.remove();
    clock.advance(20 * SECOND);
    leads.recv().unwrap();
    assert_eq!(a.elector().health().last_heard, Some(clock.clock().now()));
}

/// F24: the process is stopped for longer than its lease. What it asks first when it goes on, is answered with no.
#[cfg(unix)]
#[test]
fn a_process_that_was_paused_has_no_leader_when_it_goes_on() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    use std::time::Instant;

    const URL: &str = "KUBECLIENT_TEST_PAUSED";
    const NAME: &str =
        "leaderelection::tests::a_process_that_was_paused_has_no_leader_when_it_goes_on";
    // Long enough for a busy machine to renew it.
    let lease = 12 * SECOND;
    if let Ok(url) = std::env::var(URL) {
        let say =
            |word: &str| std::io::stdout().write_all(format!("\n{word}\n").as_bytes()).unwrap();
        let client = RestClient::new(Config::new(url)).unwrap();
        let elector = LeaderElector::builder(&client, "default", "lease")
            .lease_duration(lease)
            .renew_deadline(11 * SECOND)
            .retry_period(SECOND / 10)
            .build()
            .unwrap();
        let (sender, leads) = mpsc::channel();
        let election = elector.spawn(move |leadership: &Leadership| {
            sender.send(leadership.clone()).unwrap();
            leadership.stopper().wait();
        });
        let (election, leadership) = (election.unwrap(), leads.recv().unwrap());
        say("leading");
        let mut last = Instant::now();
        let ask = || [election.elector().is_leader(), leadership.check().is_ok()];
        loop {
            let asked = Instant::now();
            let mut answers = ask();
            if asked.elapsed() > lease {
                // It was stopped between question and answer.
                answers = ask();
            } else if asked - last <= lease {
                if answers != [true; 2] {
                    say(&format!("lost {:?}", election.elector().health()));
                    std::process::exit(0);
                }
                last = asked;
                leadership.stopper().wait_timeout(SECOND / 1000);
                continue;
            }
            say(&format!("paused {answers:?}"));
            std::process::exit(0);
        }
    }

    let paused = || {
        let server = FakeServer::start().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME, "--nocapture", "--test-threads=1"])
            .env(URL, server.url())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut hear = |words: &[&str]| {
            let mut line = String::new();
            while !words.iter().any(|word| line.starts_with(word)) {
                line.clear();
                assert!(output.read_line(&mut line).unwrap() > 0, "it ended before {words:?}");
            }
            line.trim().to_owned()
        };
        let signal = |name: &str| {
            let pid = child.id().to_string();
            assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
        };
        hear(&["leading"]);
        signal("-STOP");
        Stop::new().wait_timeout(lease + SECOND);
        signal("-CONT");
        let heard = hear(&["paused", "lost"]);
        assert!(child.wait().unwrap().success());
        heard
    };
    // On a very busy machine it can lose its lease before it is stopped.
    let mut heard = vec![paused()];
    while heard.len() < 3 && heard[heard.len() - 1].starts_with("lost") {
        heard.push(paused());
    }
    assert_eq!(heard[heard.len() - 1], "paused [false, false]", "{heard:#?}");
}
