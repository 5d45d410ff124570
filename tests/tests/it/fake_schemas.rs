//! What kubeclient-fake knows of the built-in kinds is what the real server says.

use kubeclient_tests::fake_schemas::FakeSchemas;
use kubeclient_tests::{ControlPlane, control_plane};

#[test]
fn the_kept_schemas_are_the_real_servers() {
    if control_plane().is_none() {
        return;
    }
    // One without the kinds that other tests define.
    let plane = ControlPlane::start().unwrap();
    let fresh = FakeSchemas::of(&plane).unwrap();
    let kept = FakeSchemas::kept().unwrap();
    check("definitions.txt", &fresh.definitions, &kept.definitions);
    check("resources.txt", &fresh.resources, &kept.resources);
}

#[track_caller]
fn check(name: &str, fresh: &str, kept: &str) {
    let different = fresh.lines().zip(kept.lines()).find(|(fresh, kept)| fresh != kept);
    assert!(
        fresh == kept,
        "{name}: run generate-fake-schemas; the first difference, if not the length: {different:?}"
    );
}
