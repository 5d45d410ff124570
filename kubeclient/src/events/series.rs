//! [`SeriesCache`]: what the server hears of events in `events.k8s.io/v1`, after client-go's `tools/events`.
//! Pure: time is given.
//!
//! Of what happens again, whatever its message, the first event is told, the second makes it a series, and
//! the others are counted here until there is a time to tell of them.

use std::time::{Duration, Instant};

use super::correlator::MOST_REMEMBERED;
use super::event::{Event, Report, Tally};
use super::lru::Lru;
use crate::meta::object_reference::ObjectReference;
use crate::meta::time::MicroTime;

/// client-go's figures: a series has ended when nothing came for so long, and is told of so often.
const FINISH: Duration = Duration::from_secs(6 * 60);
const REFRESH: Duration = Duration::from_secs(30 * 60);

#[derive(Debug)]
pub(super) struct SeriesCache {
    all: Lru<Series>,
    /// Nothing is to be done before.
    next: Option<Instant>,
}

#[derive(Debug)]
struct Series {
    event: Event,
    count: i32,
    /// The number that the server heard.
    told: i32,
    last: MicroTime,
    seen_at: Instant,
    told_at: Instant,
}

impl Series {
    fn report(&self) -> Report {
        let (tally, is_known) = match self.count {
            1 => (Tally::Once, false),
            count => (Tally::Series(count, self.last), true),
        };
        Report { event: self.event.clone(), tally, is_known }
    }

    /// A report of what the server has not heard, if there is such.
    fn news(&self) -> Option<Report> {
        (self.count > self.told).then(|| self.report())
    }

    fn due(&self) -> Instant {
        let finish = self.seen_at + FINISH;
        match self.count > self.told {
            true => finish.min(self.told_at + REFRESH),
            false => finish,
        }
    }
}

impl SeriesCache {
    pub(super) fn new() -> Self {
        Self { all: Lru::new(MOST_REMEMBERED), next: None }
    }

    /// What the server is to hear now that this happened.
    pub(super) fn observe(&mut self, event: Event, now: Instant) -> Vec<Report> {
        let key = key(&event);
        let at = event.at;
        if let Some(series) = self.all.get(&key) {
            series.count = series.count.saturating_add(1);
            (series.last, series.seen_at) = (at, now);
            if series.count > 2 {
                self.next = Some(self.next.map_or(series.due(), |next| next.min(series.due())));
                return Vec::new();
            }
            (series.told, series.told_at) = (series.count, now);
            return vec![series.report()];
        }
        let series = Series { event, count: 1, told: 1, last: at, seen_at: now, told_at: now };
        self.next = Some(self.next.map_or(series.due(), |next| next.min(series.due())));
        let report = series.report();
        let forgotten = self.all.insert(&key, series);
        forgotten.and_then(|series| series.news()).into_iter().chain([report]).collect()
    }

    /// When something is to be done: at the earliest then.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// What is to be told by now.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Report> {
        let mut reports = Vec::new();
        if self.next.is_none_or(|next| next > now) {
            return reports;
        }
        let mut next: Option<Instant> = None;
        self.all.retain(|series| {
            let is_over = series.seen_at + FINISH <= now;
            if series.due() <= now {
                reports.extend(series.news());
                (series.told, series.told_at) = (series.count, now);
            }
            if !is_over {
                next = Some(next.map_or(series.due(), |next| next.min(series.due())));
            }
            !is_over
        });
        self.next = next;
        reports
    }

    /// All that the server has not heard.
    pub(super) fn finish(&mut self) -> Vec<Report> {
        let mut reports = Vec::new();
        self.all.retain(|series| {
            reports.extend(series.news());
            false
        });
        self.next = None;
        reports
    }
}

/// By what two events are of one series. Unlike client-go's, not by the version of the object: what happens
/// again to an object that changed meanwhile is the same event.
fn key(event: &Event) -> String {
    let none = ObjectReference::default();
    let ObjectReference { kind, namespace, name, uid, api_version, field_path, .. } =
        event.related.as_ref().unwrap_or(&none);
    event.key(&[
        &event.reason,
        &event.action,
        &event.regarding.field_path,
        kind,
        namespace,
        name,
        uid,
        api_version,
        field_path,
    ])
}

#[cfg(test)]
mod tests {
    use super::super::event::testing::event;
    use super::super::event_type::EventType;
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn tallies(reports: &[Report]) -> Vec<(bool, i32)> {
        let count = |report: &Report| match report.tally {
            Tally::Series(count, _) => count,
            _ => 1,
        };
        reports.iter().map(|report| (report.is_known, count(report))).collect()
    }

    #[test]
    fn the_second_makes_a_series_and_the_others_are_told_when_it_ends() {
        let mut cache = SeriesCache::new();
        let now = Instant::now();
        assert_eq!(tallies(&cache.observe(event("r", "m"), now)), [(false, 1)]);
        // Whatever it says, and whatever became of the object.
        let mut second = event("r", "other");
        second.regarding.resource_version = "9".into();
        second.at = "2026-01-02T03:04:05Z".parse().unwrap();
        let reports = cache.observe(second.clone(), now);
        assert_eq!(reports[0].tally, Tally::Series(2, second.at));
        assert_eq!(reports[0].event.message, "m");
        for _ in 3..=7 {
            assert_eq!(cache.observe(event("r", "m"), now), []);
        }
        assert_eq!(tallies(&cache.due(now + 5 * MINUTE)), []);
        assert_eq!(cache.next(), Some(now + 6 * MINUTE));
        assert_eq!(tallies(&cache.due(now + 6 * MINUTE)), [(true, 7)]);
        assert_eq!((cache.all.len(), cache.next()), (0, None));
        assert_eq!(tallies(&cache.observe(event("r", "m"), now + 7 * MINUTE)), [(false, 1)]);
    }

    #[test]
    fn a_long_series_is_told_of_each_half_hour() {
        let mut cache = SeriesCache::new();
        let mut now = Instant::now();
        let mut told = Vec::new();
        for _ in 0..=60 {
            told.extend(tallies(&cache.due(now)));
            told.extend(tallies(&cache.observe(event("r", "m"), now)));
            now += MINUTE;
        }
        assert_eq!(told, [(false, 1), (true, 2), (true, 31)]);
        assert_eq!(tallies(&cache.finish()), [(true, 61)]);
        assert_eq!(tallies(&cache.finish()), []);
    }

    #[test]
    fn what_differs_is_another_series() {
        let mut cache = SeriesCache::new();
        let now = Instant::now();
        let first = event("r", "m");
        let mut related = first.clone();
        related.related = Some(first.regarding.clone());
        let others = [
            event("s", "m"),
            Event { action: "b".into(), ..first.clone() },
            Event { event_type: EventType::Warning, ..first.clone() },
            related,
        ];
        for event in [first].into_iter().chain(others) {
            assert_eq!(tallies(&cache.observe(event, now)), [(false, 1)]);
        }
    }

    #[test]
    fn what_is_forgotten_for_want_of_room_is_told() {
        let mut cache = SeriesCache::new();
        let now = Instant::now();
        for _ in 0..3 {
            cache.observe(event("r", "m"), now);
        }
        for number in 0..MOST_REMEMBERED - 1 {
            assert_eq!(cache.observe(event(&number.to_string(), "m"), now).len(), 1);
        }
        assert_eq!(tallies(&cache.observe(event("last", "m"), now)), [(true, 3), (false, 1)]);
    }
}
