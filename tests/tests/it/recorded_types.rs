//! What the generator of the built-in types knows of the real server is what that says.

use kubeclient_tests::recorded_types::RecordedTypes;
use kubeclient_tests::{Launcher, control_plane};

#[test]
fn the_recording_is_what_the_real_server_says() {
    if control_plane().is_none() {
        return;
    }
    // One that serves all group-versions, without the kinds that other tests define.
    let plane = RecordedTypes::launcher(Launcher::new().unwrap()).start().unwrap();
    let fresh = RecordedTypes::of(&plane).unwrap();
    let kept = RecordedTypes::kept().unwrap();
    check("discovery.json", &fresh.discovery, &kept.discovery);
    check("openapi.json", &fresh.openapi, &kept.openapi);
}

#[track_caller]
fn check(name: &str, fresh: &str, kept: &str) {
    let different = fresh.lines().zip(kept.lines()).find(|(fresh, kept)| fresh != kept);
    assert!(
        fresh == kept,
        "{name}: run record-types; the first difference, if not the length: {different:?}"
    );
}
