//! [`Worker`]: the thread that writes events to the server, one after the other, as `correlator` or `series`
//! decides.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::correlator::Correlator;
use super::event::{Event, Report, Tally};
use super::queue::{Entry, Next, Queue};
use super::series::SeriesCache;
use super::wire;
use crate::api::backoff::{chance, jittered};
use crate::cache::report::Reporter;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::meta::status::reason;
use crate::rest::RestClient;
use crate::stop::Stop;

/// client-go's figures.
pub(super) const MOST_TRIES: u32 = 12;
const PAUSE: Duration = Duration::from_secs(10);
const SERIES_JITTER: f64 = 0.25;

/// The cause by which a server says that a namespace takes nothing new.
const NAMESPACE_TERMINATING: &str = "NamespaceTerminating";

pub(super) struct Worker {
    pub(super) queue: Arc<Queue>,
    /// With requests that `end` ends.
    pub(super) client: RestClient,
    pub(super) clock: Clock,
    pub(super) decider: Decider,
    pub(super) reporter: Reporter,
    /// What waits is tried once more, without pauses.
    pub(super) hurry: Stop,
    /// What waits is dropped.
    pub(super) end: Stop,
}

/// What decides what the server hears: one for each API.
pub(super) enum Decider {
    Core(Box<Correlator>),
    Series(Box<SeriesCache>),
}

impl Decider {
    fn hear(&mut self, event: Event, now: Instant) -> Vec<Report> {
        match self {
            Self::Core(correlator) => correlator.correlate(event, now).into_iter().collect(),
            Self::Series(cache) => cache.observe(event, now),
        }
    }

    fn next(&self) -> Option<Instant> {
        match self {
            Self::Core(_) => None,
            Self::Series(cache) => cache.next(),
        }
    }

    fn due(&mut self, now: Instant) -> Vec<Report> {
        match self {
            Self::Core(_) => Vec::new(),
            Self::Series(cache) => cache.due(now),
        }
    }

    fn finish(&mut self) -> Vec<Report> {
        match self {
            Self::Core(_) => Vec::new(),
            Self::Series(cache) => cache.finish(),
        }
    }
}

/// What is to be done about a failure.
#[derive(Debug, PartialEq)]
enum Verdict {
    Again,
    GiveUp,
    /// Not worth a word.
    GiveUpQuietly,
}

impl Worker {
    pub(super) fn run(mut self) {
        let _over = Over(Arc::clone(&self.queue));
        loop {
            if self.end.is_stopped() {
                self.queue.close();
                self.queue.clear();
            }
            let now = self.clock.now();
            self.deliver_all(|decider| decider.due(now));
            match self.queue.next(self.decider.next()) {
                Next::Entry(Entry::Event(event)) => self.hear(*event),
                Next::Entry(Entry::Mistake(error)) => self.reporter.report(&error),
                Next::Dropped(number) => self.report_dropped(number),
                Next::Due => {}
                Next::Over => break,
            }
        }
        if !self.end.is_stopped() {
            self.deliver_all(Decider::finish);
        }
    }

    fn hear(&mut self, event: Event) {
        let now = self.clock.now();
        let reports = self.decider.hear(event, now);
        if reports.is_empty() {
            self.queue.count(|stats| stats.held_back += 1);
        }
        self.deliver_all(|_| reports);
    }

    fn deliver_all(&mut self, reports: impl FnOnce(&mut Decider) -> Vec<Report>) {
        for report in reports(&mut self.decider) {
            self.deliver(&report);
        }
    }

    /// Writes one event, however often it takes.
    fn deliver(&self, report: &Report) {
        for tries in 1.. {
            let error = match self.write(report) {
                Ok(true) => return self.queue.count(|stats| stats.created += 1),
                Ok(false) => return self.queue.count(|stats| stats.patched += 1),
                Err(error) => error,
            };
            let is_last = tries >= MOST_TRIES || self.hurry.is_stopped();
            let verdict = match verdict(&error, report) {
                Verdict::Again if is_last => Verdict::GiveUp,
                verdict => verdict,
            };
            let Event { event_type, reason, regarding, .. } = &report.event;
            let what = format!("event {} {reason} of {regarding}", event_type.as_str());
            match verdict {
                Verdict::GiveUpQuietly => log::debug!("{what}: {error:#}"),
                Verdict::GiveUp => self.reporter.report(&error.at(what)),
                Verdict::Again => {
                    self.reporter.report(&error.at(format_args!("{what}: try {tries}")));
                    self.clock.sleep(&self.hurry, pause(report, tries));
                    continue;
                }
            }
            return self.queue.count(|stats| stats.failed += 1);
        }
    }

    /// One try; whether the event is a new one.
    fn write(&self, report: &Report) -> Result<bool, Error> {
        if report.is_known {
            match self.client.send(&wire::patch(report)) {
                // It may be gone: events are kept for an hour.
                Err(error) if error.is_not_found() => {}
                other => return other.map(|_| false),
            }
        }
        self.client.send(&wire::create(report)).map(|_| true)
    }

    fn report_dropped(&self, number: u64) {
        let why = match self.end.is_stopped() {
            true => "could not be written in the time that was left",
            false => "came faster than they could be written",
        };
        self.reporter
            .report(&Error::new(ErrorKind::TooLarge, format!("{number} events {why}: dropped")));
    }
}

/// client-go does not try again what the server has answered, whatever it said (429 and 503 that say when to
/// come back were tried again underneath).
fn verdict(error: &Error, report: &Report) -> Verdict {
    match error.status() {
        // The first event of a series is just being written by somebody.
        Some(_) if error.is_already_exists() && matches!(report.tally, Tally::Series(..)) => {
            Verdict::Again
        }
        // Written by a try whose answer was lost.
        Some(status) if status.is(reason::ALREADY_EXISTS) => Verdict::GiveUpQuietly,
        Some(status) if status.has_cause(NAMESPACE_TERMINATING) => Verdict::GiveUpQuietly,
        Some(_) => Verdict::GiveUp,
        None => match error.kind() {
            ErrorKind::Invalid | ErrorKind::Config | ErrorKind::TooLarge | ErrorKind::Stopped => {
                Verdict::GiveUp
            }
            _ => Verdict::Again,
        },
    }
}

/// How long to wait before the next try: by chance at first, so that many clients don't come back at once.
fn pause(report: &Report, tries: u32) -> Duration {
    match report.tally {
        Tally::Count(..) if tries == 1 => PAUSE.mul_f64(chance()),
        Tally::Count(..) => PAUSE,
        Tally::Once | Tally::Series(..) => jittered(PAUSE, SERIES_JITTER),
    }
}

/// Says that the thread is over, however it ends.
struct Over(Arc<Queue>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.over();
    }
}
