//! Every built-in kind on a real server that serves all of its APIs: through the clientset, in JSON and in
//! protobuf, and both must be the same.
//!
//! A file a group of kinds; each holds a table of `trips!`, a row a kind: the accessor and an object. A kind
//! that is asked and not kept has a row of `answers!`. `rows` are all of them, for the tests in `accessors`.

mod plane;
mod parts;
mod json;
mod trip;
mod answer;
mod accessors;
mod core;
mod storage;
mod workloads;
mod networking;
mod access;
mod machinery;
mod definitions;
mod devices;
mod others;
mod statuses;

use trip::Row;

/// The rows of all tables.
fn rows() -> Vec<Row> {
    [
        core::rows(),
        storage::rows(),
        workloads::rows(),
        networking::rows(),
        access::rows(),
        access::reviews::rows(),
        machinery::rows(),
        definitions::rows(),
        devices::rows(),
        others::rows(),
    ]
    .concat()
}
