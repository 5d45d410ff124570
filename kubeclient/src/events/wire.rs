//! The requests by which events are written, in either API. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::event::{Event, Report, Tally};
use crate::meta::object_reference::ObjectReference;
use crate::meta::time::{MicroTime, Time};
use crate::rest::{Request, ResourcePath};

/// The request for a new event.
pub(super) fn create(report: &Report) -> Request {
    let path = collection(report);
    match report.tally {
        Tally::Count(count, first) => {
            Request::post(path).json(&CoreEvent::of(&report.event, count, first))
        }
        Tally::Once => Request::post(path).json(&SeriesEvent::of(&report.event, None)),
        Tally::Series(count, last) => {
            let series = Series { count, last_observed_time: last };
            Request::post(path).json(&SeriesEvent::of(&report.event, Some(series)))
        }
    }
}

/// The request that brings an event up to date: a strategic merge patch of what changes in it.
pub(super) fn patch(report: &Report) -> Request {
    let path = collection(report).name(&report.event.name);
    let patch = match report.tally {
        Tally::Count(count, _) => serde_json::json!({
            "count": count,
            "lastTimestamp": time(report.event.at),
            "message": report.event.message,
        }),
        Tally::Once => serde_json::json!({}),
        Tally::Series(count, last) => serde_json::json!({
            "series": Series { count, last_observed_time: last },
        }),
    };
    Request::patch(path).body("application/strategic-merge-patch+json", patch.to_string())
}

fn collection(report: &Report) -> ResourcePath {
    let path = match report.tally {
        Tally::Count(..) => ResourcePath::new("", "v1", "events"),
        Tally::Once | Tally::Series(..) => ResourcePath::new("events.k8s.io", "v1", "events"),
    };
    path.namespace(&report.event.namespace)
}

fn time(at: MicroTime) -> Option<Time> {
    Time::from_unix_seconds(at.unix_seconds())
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    namespace: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

impl<'a> Metadata<'a> {
    fn of(event: &'a Event) -> Self {
        let Event { name, namespace, annotations, .. } = event;
        Self { name, namespace, annotations }
    }
}

/// An event as client-go's `tools/record` writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CoreEvent<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    involved_object: &'a ObjectReference,
    reason: &'a str,
    message: &'a str,
    source: CoreSource<'a>,
    first_timestamp: Option<Time>,
    last_timestamp: Option<Time>,
    count: i32,
    #[serde(rename = "type")]
    event_type: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<&'a ObjectReference>,
    reporting_component: &'a str,
    reporting_instance: &'a str,
}

#[derive(Serialize)]
struct CoreSource<'a> {
    component: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    host: &'a str,
}

impl<'a> CoreEvent<'a> {
    fn of(event: &'a Event, count: i32, first: MicroTime) -> Self {
        let (component, instance) = (&event.source.component, &event.source.instance);
        Self {
            api_version: "v1",
            kind: "Event",
            metadata: Metadata::of(event),
            involved_object: &event.regarding,
            reason: &event.reason,
            message: &event.message,
            source: CoreSource { component, host: instance },
            first_timestamp: time(first),
            last_timestamp: time(event.at),
            count,
            event_type: event.event_type.as_str(),
            action: &event.action,
            related: event.related.as_ref(),
            reporting_component: component,
            reporting_instance: instance,
        }
    }
}

/// An event as client-go's `tools/events` writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SeriesEvent<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    event_time: MicroTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<Series>,
    reporting_controller: &'a str,
    reporting_instance: &'a str,
    action: &'a str,
    reason: &'a str,
    regarding: &'a ObjectReference,
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<&'a ObjectReference>,
    note: &'a str,
    #[serde(rename = "type")]
    event_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Series {
    count: i32,
    last_observed_time: MicroTime,
}

impl<'a> SeriesEvent<'a> {
    fn of(event: &'a Event, series: Option<Series>) -> Self {
        Self {
            api_version: "events.k8s.io/v1",
            kind: "Event",
            metadata: Metadata::of(event),
            event_time: event.at,
            series,
            reporting_controller: &event.source.component,
            reporting_instance: &event.source.instance,
            // Each event has one here.
            action: if event.action.is_empty() { &event.reason } else { &event.action },
            reason: &event.reason,
            regarding: &event.regarding,
            related: event.related.as_ref(),
            note: &event.message,
            event_type: event.event_type.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::testing::event;
    use super::*;

    #[track_caller]
    fn check(request: Request, line: &str, content_type: &str, body: &str) {
        let request = request.build().unwrap();
        assert_eq!(format!("{} {}", request.method(), request.uri().path()), line);
        assert_eq!(request.headers()["content-type"], content_type);
        assert_eq!(std::str::from_utf8(request.body()).unwrap(), body);
    }

    fn report(tally: Tally) -> Report {
        let at = "2026-01-02T03:04:05.600007Z".parse().unwrap();
        let event = Event { at, action: String::new(), ..event("Reason", "said") };
        Report { event, tally, is_known: true }
    }

    /// Fidelity 89.
    #[test]
    fn in_the_core_group_there_is_a_count() {
        let report = report(Tally::Count(3, "2026-01-02T03:04:01.9Z".parse().unwrap()));
        check(
            create(&report),
            "POST /api/v1/namespaces/a/events",
            "application/json",
            r#"{"apiVersion":"v1","kind":"Event","metadata":{"name":"web.1","namespace":"a"},"involvedObject":{"kind":"ConfigMap","namespace":"a","name":"web","uid":"u","apiVersion":"v1"},"reason":"Reason","message":"said","source":{"component":"tester","host":"i"},"firstTimestamp":"2026-01-02T03:04:01Z","lastTimestamp":"2026-01-02T03:04:05Z","count":3,"type":"Normal","reportingComponent":"tester","reportingInstance":"i"}"#,
        );
        check(
            patch(&report),
            "PATCH /api/v1/namespaces/a/events/web.1",
            "application/strategic-merge-patch+json",
            r#"{"count":3,"lastTimestamp":"2026-01-02T03:04:05Z","message":"said"}"#,
        );
    }

    #[test]
    fn in_the_events_group_there_is_a_series() {
        let mut report = report(Tally::Once);
        report.event.action = "Act".into();
        report.event.related = Some(ObjectReference { name: "b".into(), ..Default::default() });
        check(
            create(&report),
            "POST /apis/events.k8s.io/v1/namespaces/a/events",
            "application/json",
            r#"{"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"web.1","namespace":"a"},"eventTime":"2026-01-02T03:04:05.600007Z","reportingController":"tester","reportingInstance":"i","action":"Act","reason":"Reason","regarding":{"kind":"ConfigMap","namespace":"a","name":"web","uid":"u","apiVersion":"v1"},"related":{"name":"b"},"note":"said","type":"Normal"}"#,
        );
        report.tally = Tally::Series(4, "2026-01-02T03:04:09Z".parse().unwrap());
        check(
            patch(&report),
            "PATCH /apis/events.k8s.io/v1/namespaces/a/events/web.1",
            "application/strategic-merge-patch+json",
            r#"{"series":{"count":4,"lastObservedTime":"2026-01-02T03:04:09.000000Z"}}"#,
        );
        assert!(
            String::from_utf8_lossy(create(&report).build().unwrap().body())
                .contains(r#""series":{"count":4,"#)
        );
    }
}
