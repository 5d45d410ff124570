//! The suite's own tests: that it sees a difference where there is one, and only there.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::transcript::{Compared, Transcript, differences};
use crate::wire::Head;

/// The tests, for the runner.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("what_is_a_servers_own_is_no_difference", what_is_a_servers_own_is_no_difference),
        ("equal_labels_mean_equal_values", equal_labels_mean_equal_values),
        (
            "a_value_a_code_and_a_header_are_differences",
            a_value_a_code_and_a_header_are_differences,
        ),
        ("what_a_case_leaves_out_is_no_difference", what_a_case_leaves_out_is_no_difference),
        ("a_missing_exchange_is_a_difference", a_missing_exchange_is_a_difference),
        ("made_up_names_are_alike", made_up_names_are_alike),
    ];
    let trial = |(name, test): &(&str, fn())| {
        let test = *test;
        Trial::test(format!("own::{name}"), move || {
            test();
            Ok(())
        })
    };
    tests.iter().map(trial).collect()
}

fn answered(
    transcript: &mut Transcript,
    status: u16,
    headers: &[(&str, &str)],
    body: &Value,
) -> usize {
    let headers =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    transcript.answer("GET /x".to_owned(), &Head { status, headers }, body.to_string().as_bytes())
}

fn of(bodies: &[Value]) -> Transcript {
    let mut transcript = Transcript::default();
    for body in bodies {
        answered(&mut transcript, 200, &[], body);
    }
    transcript
}

fn object(uid: u32, version: &str, time: &str) -> Value {
    let uid = format!("{uid:08x}-aaaa-4aaa-8aaa-aaaaaaaaaaaa");
    json!({"kind": "Pod", "metadata": {
        "uid": uid, "resourceVersion": version, "creationTimestamp": time,
        "managedFields": [{"time": time, "fieldsV1": {(format!("k:{{\"uid\":\"{uid}\"}}")): {}}}],
    }})
}

fn what_is_a_servers_own_is_no_difference() {
    let real = of(&[object(7, "271", "2026-01-01T00:00:00Z")]);
    let fake = of(&[object(8, "1005", "2031-12-24T10:20:30Z")]);
    assert_eq!(differences(&real, &fake), Vec::<String>::new());
}

fn equal_labels_mean_equal_values() {
    let time = "2026-01-01T00:00:00Z";
    let moved = of(&[object(7, "271", time), object(7, "272", time)]);
    let stayed = of(&[object(7, "271", time), object(7, "271", time)]);
    assert!(!differences(&moved, &stayed).is_empty(), "a version that does not move");
    let recreated = of(&[object(7, "271", time), object(9, "272", time)]);
    assert!(!differences(&moved, &recreated).is_empty(), "a uid that does not stay");
}

fn a_value_a_code_and_a_header_are_differences() {
    let one = |status, header: &str, body: Value| {
        let mut transcript = Transcript::default();
        answered(&mut transcript, status, &[("Warning", header)], &body);
        transcript
    };
    let real = one(200, "w", json!({"a": [1, {"b": null}]}));
    assert!(differences(&real, &one(200, "w", json!({"a": [1, {"b": null}]}))).is_empty());
    for other in [
        one(201, "w", json!({"a": [1, {"b": null}]})),
        one(200, "v", json!({"a": [1, {"b": null}]})),
        one(200, "w", json!({"a": [1, {}]})),
        one(200, "w", json!({"a": [1]})),
        one(200, "w", json!({"a": [1, {"b": null}], "c": 1})),
    ] {
        assert!(!differences(&real, &other).is_empty());
    }
}

fn what_a_case_leaves_out_is_no_difference() {
    let with = |compared: Compared, body: Value| {
        let mut transcript = Transcript::default();
        let place = answered(&mut transcript, 400, &[], &body);
        transcript.compare(place, compared);
        transcript
    };
    let (left, right) =
        (json!({"reason": "R", "message": "a"}), json!({"reason": "R", "message": "b"}));
    let compare = |compared: &Compared, right: &Value| {
        differences(&with(compared.clone(), left.clone()), &with(compared.clone(), right.clone()))
            .is_empty()
    };
    assert!(!compare(&Compared::Whole, &right));
    assert!(compare(&Compared::CodeAndReason, &right));
    assert!(!compare(&Compared::CodeAndReason, &json!({"reason": "S"})));
    assert!(compare(&Compared::Without(vec!["/message"]), &right));
    assert!(!compare(&Compared::Without(vec!["/reason"]), &right));
    assert!(compare(&Compared::Nothing, &right));
}

fn a_missing_exchange_is_a_difference() {
    assert!(!differences(&of(&[json!(1), json!(2)]), &of(&[json!(1)])).is_empty());
}

fn made_up_names_are_alike() {
    let made = |name: &str| json!({"metadata": {"generateName": "g-", "name": name}});
    let (real, fake) = (of(&[made("g-x2z4k")]), of(&[made("g-bcd45")]));
    assert_eq!(differences(&real, &fake), Vec::<String>::new());
    let named = of(&[json!({"metadata": {"name": "g-x2z4k"}})]);
    assert!(!differences(&named, &of(&[json!({"metadata": {"name": "g-bcd45"}})])).is_empty());
}
