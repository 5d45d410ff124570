//! What kubeclient-fake knows of the built-in kinds is what the real server says.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

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
        "{name}: run what writes it; the first difference, if not the length: {different:?}"
    );
}

#[test]
fn what_the_types_say_is_kept_as_they_say_it() {
    let generated =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../kubeclient-fake/src/schema/generated");
    for (program, text) in [(".", "zeros.txt"), ("./protobuf", "protobuf.txt")] {
        // They take what `tests/cluster/build.sh` has downloaded, and build nothing where it has not run.
        if !go(&["list", "-deps", program]).output().is_ok_and(|output| output.status.success()) {
            let line = format!("SKIPPED: {text} is not compared: Go or its modules are not here\n");
            // Not with a macro, which the harness would capture.
            let _ = io::stderr().write_all(line.as_bytes());
            return;
        }
        let definitions = File::open(generated.join("definitions.txt")).unwrap();
        let output = go(&["run", program]).stdin(definitions).output().unwrap();
        assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
        let kept = std::fs::read_to_string(generated.join(text)).unwrap();
        check(text, &String::from_utf8(output.stdout).unwrap(), &kept);
    }
}

fn go(arguments: &[&str]) -> Command {
    let mut go = Command::new("go");
    go.args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster/zeros"))
        .envs([("GOFLAGS", "-mod=readonly"), ("GOPROXY", "off")]);
    go
}
