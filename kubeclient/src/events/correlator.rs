//! [`Correlator`]: what the server hears of events in `core/v1`, after client-go's `tools/record`. Pure: time
//! is given.
//!
//! Events that differ by their message alone are told as one when there are many; the same event again is
//! counted in the first one; too many about one object are held back.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use super::event::{Event, MESSAGE_BYTES, Report, Tally};
use super::lru::Lru;
use crate::meta::status::clip;
use crate::meta::time::MicroTime;

/// client-go's figures.
pub(super) const MOST_REMEMBERED: usize = 4096;
const MOST_MESSAGES: usize = 10;
const SIMILAR_FOR: Duration = Duration::from_secs(600);
const BURST: u32 = 25;
const REFILL: Duration = Duration::from_secs(300);
const COMBINED: &str = "(combined from similar events): ";

#[derive(Debug)]
pub(super) struct Correlator {
    similar: Lru<Similar>,
    known: Lru<Known>,
    budgets: Lru<Budget>,
}

/// The messages of one reason about one object.
#[derive(Debug)]
struct Similar {
    /// By their hashes, which take less room: two messages of one hash count as one.
    messages: BTreeSet<u64>,
    last: Instant,
}

/// An event that the server should have.
#[derive(Debug)]
struct Known {
    name: String,
    count: i32,
    first: MicroTime,
}

/// How many events about one object may still be sent.
#[derive(Debug)]
struct Budget {
    /// As the time in which it is refilled.
    credit: Duration,
    at: Instant,
}

impl Correlator {
    pub(super) fn new() -> Self {
        let (similar, known) = (Lru::new(MOST_REMEMBERED), Lru::new(MOST_REMEMBERED));
        Self { similar, known, budgets: Lru::new(MOST_REMEMBERED) }
    }

    /// What the server is to hear of an event; `None` when there were too many.
    pub(super) fn correlate(&mut self, event: Event, now: Instant) -> Option<Report> {
        let (event, key) = self.combine(event, now);
        let report = self.count(event, &key);
        // Those held back are counted, too: the next one says so.
        self.spend(&report.event, now).then_some(report)
    }

    /// The event as it is, or the one that stands for all of its sort; and by what it is known.
    fn combine(&mut self, mut event: Event, now: Instant) -> (Event, String) {
        let similar_key = event.key(&[&event.reason]);
        let hash = hash(&event.message);
        let remembered = self.similar.remove(&similar_key);
        let mut similar = remembered
            .filter(|similar| now.saturating_duration_since(similar.last) <= SIMILAR_FOR)
            .unwrap_or_else(|| Similar { messages: BTreeSet::new(), last: now });
        similar.last = now;
        // The messages that were told by themselves go on being counted by themselves.
        let is_single = similar.messages.len() + 1 < MOST_MESSAGES;
        let is_single =
            similar.messages.contains(&hash) || is_single && similar.messages.insert(hash);
        self.similar.insert(&similar_key, similar);
        if is_single {
            let key = event.key(&[&event.regarding.field_path, &event.reason, &event.message]);
            return (event, key);
        }
        event.message = clip(&format!("{COMBINED}{}", event.message), MESSAGE_BYTES).to_owned();
        (event, similar_key)
    }

    fn count(&mut self, mut event: Event, key: &str) -> Report {
        let Some(known) = self.known.get(key) else {
            let (name, first) = (event.name.clone(), event.at);
            self.known.insert(key, Known { name, count: 1, first });
            return Report { tally: Tally::Count(1, first), event, is_known: false };
        };
        known.count = known.count.saturating_add(1);
        event.name.clone_from(&known.name);
        Report { tally: Tally::Count(known.count, known.first), event, is_known: true }
    }

    /// Takes one event out of the budget for its object; whether there was one.
    fn spend(&mut self, event: &Event, now: Instant) -> bool {
        let key = event.key(&[]);
        let credit = match self.budgets.get(&key) {
            Some(budget) => {
                let passed = now.saturating_duration_since(budget.at);
                budget.credit.saturating_add(passed).min(BURST * REFILL)
            }
            None => BURST * REFILL,
        };
        let left = credit.checked_sub(REFILL);
        self.budgets.insert(&key, Budget { credit: left.unwrap_or(credit), at: now });
        left.is_some()
    }
}

fn hash(message: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::event::testing::event;
    use super::super::event_type::EventType;
    use super::*;

    struct Bench {
        correlator: Correlator,
        now: Instant,
        number: u32,
    }

    impl Bench {
        fn new() -> Self {
            Self { correlator: Correlator::new(), now: Instant::now(), number: 0 }
        }

        fn pass(&mut self, seconds: u64) {
            self.now += Duration::from_secs(seconds);
        }

        fn hear(&mut self, mut event: Event) -> Option<Report> {
            self.number += 1;
            event.name = format!("web.{}", self.number);
            self.correlator.correlate(event, self.now)
        }

        /// Whether it is a patch, the count, the name and the message.
        fn told(&mut self, reason: &str, message: &str) -> Option<(bool, i32, String, String)> {
            let report = self.hear(event(reason, message))?;
            let Tally::Count(count, _) = report.tally else { panic!("{report:?}") };
            Some((report.is_known, count, report.event.name, report.event.message))
        }
    }

    fn told(
        is_known: bool,
        count: i32,
        name: &str,
        message: &str,
    ) -> Option<(bool, i32, String, String)> {
        Some((is_known, count, name.into(), message.into()))
    }

    /// Fidelity 89.
    #[test]
    fn the_same_event_is_counted_in_the_first_one_up_to_the_burst() {
        let mut bench = Bench::new();
        assert_eq!(bench.told("r", "m"), told(false, 1, "web.1", "m"));
        for count in 2..=25 {
            assert_eq!(bench.told("r", "m"), told(true, count, "web.1", "m"));
        }
        for _ in 26..=30 {
            assert_eq!(bench.told("r", "m"), None);
        }
        // One more each 300 s; it tells of those held back as well.
        bench.pass(299);
        assert_eq!(bench.told("r", "m"), None);
        bench.pass(1);
        assert_eq!(bench.told("r", "m"), told(true, 32, "web.1", "m"));
        assert_eq!(bench.told("r", "m"), None);
        // Never more than the burst.
        bench.pass(1_000_000);
        let allowed = (0..100).filter(|_| bench.told("r", "m").is_some()).count();
        assert_eq!(allowed, 25);
    }

    /// Fidelity 89: client-go's budget is one for each object and type.
    #[test]
    fn each_object_and_each_type_has_a_budget() {
        let mut bench = Bench::new();
        assert_eq!((0..30).filter(|_| bench.hear(event("r", "m")).is_some()).count(), 25);
        let warning = Event { event_type: EventType::Warning, ..event("r", "m") };
        assert!(bench.hear(warning).is_some());
        let mut other = event("r", "m");
        other.regarding.uid = "v".into();
        assert!(bench.hear(other).is_some());
        assert!(bench.hear(event("other reason", "m")).is_none());
    }

    /// Fidelity 89.
    #[test]
    fn the_tenth_message_and_those_after_it_are_combined() {
        let mut bench = Bench::new();
        for number in 1..=9 {
            let name = format!("web.{number}");
            let message = format!("m{number}");
            assert_eq!(bench.told("r", &message), told(false, 1, &name, &message));
        }
        let combined = |message: &str| format!("{COMBINED}{message}");
        assert_eq!(bench.told("r", "m10"), told(false, 1, "web.10", &combined("m10")));
        assert_eq!(bench.told("r", "m11"), told(true, 2, "web.10", &combined("m11")));
        // One of the first nine is still told by itself; another reason is another matter.
        assert_eq!(bench.told("r", "m3"), told(true, 2, "web.3", "m3"));
        assert_eq!(bench.told("s", "m12"), told(false, 1, "web.13", "m12"));
        // The window moves on with each event.
        bench.pass(600);
        assert_eq!(bench.told("r", "m13"), told(true, 3, "web.10", &combined("m13")));
        bench.pass(601);
        assert_eq!(bench.told("r", "m14"), told(false, 1, "web.15", "m14"));
    }

    #[test]
    fn a_combined_message_is_no_longer_than_the_server_allows() {
        let mut bench = Bench::new();
        let long = "é".repeat(512);
        for number in 0..9 {
            bench.told("r", &number.to_string());
        }
        let (_, _, _, message) = bench.told("r", &long).unwrap();
        assert!(message.starts_with(COMBINED) && message.len() <= MESSAGE_BYTES);
    }

    #[test]
    fn when_it_was_first_stays() {
        let mut bench = Bench::new();
        let at = |text: &str| Event { at: text.parse().unwrap(), ..event("r", "m") };
        bench.hear(at("2026-01-02T03:04:05Z"));
        let report = bench.hear(at("2026-01-02T03:04:09Z")).unwrap();
        assert_eq!(report.tally, Tally::Count(2, "2026-01-02T03:04:05Z".parse().unwrap()));
        assert_eq!(report.event.at, "2026-01-02T03:04:09Z".parse().unwrap());
    }

    /// Fidelity 89.
    #[test]
    fn no_more_is_remembered_than_4096_of_each() {
        let mut bench = Bench::new();
        for number in 0..5000 {
            let mut event = event("r", "m");
            event.regarding.name = number.to_string();
            bench.hear(event);
        }
        let Correlator { similar, known, budgets } = &bench.correlator;
        assert_eq!([similar.len(), known.len(), budgets.len()], [4096; 3]);
    }
}
