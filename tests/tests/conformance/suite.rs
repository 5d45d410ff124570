//! Cases, and what comes of running one on each server.

use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;

use crate::server::Server;
use crate::servers::{Kind, Target};
use crate::transcript::{Transcript, differences};

/// One named behaviour.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// The file that it stands in, as `create`.
    pub(crate) file: &'static str,
    pub(crate) name: &'static str,
    pub(crate) how: How,
    /// The section of the behaviour, as `2.2`.
    pub(crate) section: &'static str,
    /// The statements of fidelity that it proves for the server's side.
    pub(crate) proves: &'static [u8],
    pub(crate) run: fn(&Server),
}

/// How a case speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// HTTP by hand.
    Raw,
    /// Through `kubeclient`.
    Client,
}

impl Case {
    /// `create::an_existing_name_is_a_conflict`.
    pub(crate) fn title(&self) -> String {
        format!("{}::{}", self.file, self.name)
    }
}

/// The table of a file's cases: `cases!("2.2", Raw, [a_case, another [41]])`; the number in brackets is of
/// a fidelity statement.
macro_rules! cases {
    ($section:literal, $how:ident, [$($name:ident $([$($number:literal),*])?),* $(,)?]) => {
        pub(super) const CASES: &[$crate::suite::Case] = &[$(
            $crate::suite::Case {
                file: $crate::suite::last_segment(module_path!()),
                name: stringify!($name),
                how: $crate::suite::How::$how,
                section: $section,
                proves: &[$($($number),*)?],
                run: $name,
            }
        ),*];
    };
}
pub(crate) use cases;

/// `create` of `conformance::cases::create`.
pub(crate) const fn last_segment(path: &str) -> &str {
    let bytes = path.as_bytes();
    let mut start = bytes.len();
    while start > 0 && bytes[start - 1] != b':' {
        start -= 1;
    }
    path.split_at(start).1
}

/// What came of a case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// `None` where the server did not take part; the text is why it failed.
    pub(crate) real: Option<Result<(), String>>,
    pub(crate) fake: Option<Result<(), String>>,
    /// Where the servers differ though both did as expected.
    pub(crate) differences: Vec<String>,
}

impl Outcome {
    /// Whether the fake does what the real server does, as far as both were asked.
    pub(crate) fn is_same(&self) -> bool {
        self.differences.is_empty() && !matches!(self.fake, Some(Err(_)))
    }
}

/// Runs a case on each server and compares what they said.
pub(crate) fn run(case: &Case, number: usize, targets: &[&'static Target]) -> Outcome {
    let mut outcome = Outcome::default();
    let mut transcripts = Vec::new();
    for target in targets {
        let transcript = Rc::new(RefCell::new(Transcript::default()));
        let result = run_on(case, number, target, &transcript);
        if result.is_ok() {
            transcripts.push(transcript);
        }
        match target.kind {
            Kind::Real => outcome.real = Some(result),
            Kind::Fake => outcome.fake = Some(result),
        }
    }
    if let [real, fake] = transcripts.as_slice() {
        outcome.differences = differences(&real.borrow(), &fake.borrow());
    }
    outcome
}

fn run_on(
    case: &Case,
    number: usize,
    target: &'static Target,
    transcript: &Rc<RefCell<Transcript>>,
) -> Result<(), String> {
    FAILURE.take();
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        let server = Server::new(target, number, Rc::clone(transcript));
        (case.run)(&server);
    }));
    if std::env::var_os("KUBECLIENT_CONFORMANCE_SHOW").is_some() {
        let said = transcript.borrow().tail(usize::MAX);
        let _ = std::io::stderr()
            .write_all(format!("{} ({:?})\n{said}", case.title(), target.kind).as_bytes());
    }
    result.map_err(|_| {
        let tail = transcript.borrow().tail(3);
        format!("{}\n  the last exchanges:\n{tail}", failure())
    })
}

thread_local! {
    /// The text of the last panic of this thread.
    static FAILURE: Cell<String> = Cell::default();
}

/// The text of the last panic of this thread, with its place.
pub(crate) fn failure() -> String {
    FAILURE.take()
}

/// Keeps the texts of panics for the report instead of printing each.
pub(crate) fn keep_failures() {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text =
            text.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic");
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        FAILURE.set(format!("{text}\n  at {place}"));
    }));
}
