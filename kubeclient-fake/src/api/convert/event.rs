//! Events: the core group's and the events group's are the same objects.

use serde_json::Value;

use super::rename;

/// The names of the fields, in the core group and in the events group.
const NAMES: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

pub(super) fn to_events(event: &mut Value) {
    NAMES.iter().for_each(|(core, events)| rename(event, core, events));
}

pub(super) fn to_core(event: &mut Value) {
    NAMES.iter().for_each(|(core, events)| rename(event, events, core));
}
