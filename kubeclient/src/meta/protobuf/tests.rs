use super::envelope::{self, MAGIC};
use super::{Input, merge, write};
use crate::meta::byte_string::ByteString;
use crate::meta::int_or_string::IntOrString;
use crate::meta::map::Map;
use crate::meta::message::{Message, message};
use crate::meta::object_meta::ObjectMeta;
use crate::meta::quantity::Quantity;
use crate::meta::raw::RawJson;
use crate::meta::status::{Status, StatusCause, StatusDetails};
use crate::meta::time::{MicroTime, Time};

message! {
    /// A field of each form.
    #[allow(unreachable_pub)]
    pub struct Sample("v1", "Sample") {
        /// A text.
        pub text: String = 1 "text",
        /// A truth value.
        pub yes: bool = 2 "yes" omit,
        /// 32 bits.
        pub small: i32 = 3 "small" omit,
        /// 64 bits, or nothing.
        pub large: Option<i64> = 4 "large" omit,
        /// A number.
        pub double: Option<f64> = 5 "double" omit,
        /// Bytes.
        pub bytes: ByteString = 6 "bytes" omit,
        /// A quantity.
        pub quantity: Quantity = 7 "quantity" omit,
        /// A port.
        pub port: Option<IntOrString> = 8 "port" omit,
        /// An instant.
        pub at: Option<Time> = 9 "at" omit,
        /// An exact instant.
        pub exactly: Option<MicroTime> = 10 "exactly" omit,
        /// Any JSON.
        pub raw: Option<RawJson> = 11 "raw" omit,
        /// A list of lists, by name.
        pub extra: Map<String, Vec<String>> = 12 "extra" omit,
        /// Bytes by name.
        pub data: Map<String, ByteString> = 13 "data" omit secret,
        /// Samples in samples.
        pub children: Vec<Sample> = 14 "children" omit,
        /// In a message of its own.
        pub inlined: String = [15 1] "inlined" omit,
        /// In a message within that one.
        pub deeper: i32 = [15 2 1] "deeper" omit,
        /// Only in JSON.
        pub only_json: String = 0 "onlyJson" omit,
    }
}

fn sample() -> Sample {
    Sample {
        text: "é".into(),
        yes: true,
        small: -7,
        large: Some(0),
        double: Some(-0.5),
        bytes: ByteString(vec![0xff, 0]),
        quantity: "1500m".parse().unwrap(),
        port: Some("http".into()),
        at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        exactly: Some("1969-12-31T23:59:59.000001Z".parse().unwrap()),
        raw: Some(RawJson::new(r#"{"a":1}"#).unwrap()),
        extra: [("a", vec!["x".to_owned(), String::new()]), ("b", Vec::new())].into(),
        data: [("k", ByteString::default()), ("l", "v".into())].into(),
        children: vec![Sample::default(), Sample { small: i32::MIN, ..Sample::default() }],
        inlined: "i".into(),
        deeper: 300,
        only_json: String::new(),
    }
}

fn bytes_of(message: &dyn Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(message, &mut bytes);
    bytes
}

fn read(bytes: &[u8]) -> Result<Sample, String> {
    let mut sample = Sample::default();
    merge(&mut sample, Input::new(bytes)).map_err(|error| error.to_string())?;
    Ok(sample)
}

#[test]
fn every_form_of_field_comes_back() {
    let bytes = bytes_of(&sample());
    assert_eq!(read(&bytes).unwrap(), sample());
    let json = serde_json::to_string(&sample()).unwrap();
    assert_eq!(serde_json::from_str::<Sample>(&json).unwrap(), sample());
    // The inlined fields stand one level higher in JSON.
    assert!(json.contains(r#""inlined":"i","deeper":300"#), "{json}");
}

#[test]
fn what_is_not_known_is_passed_over() {
    let mut bytes = vec![];
    bytes.extend(b"\xa0\x06\x05"); // 100: varint
    bytes.extend(b"\xa1\x06\x01\x02\x03\x04\x05\x06\x07\x08"); // 100: eight bytes
    bytes.extend(b"\xa5\x06\x01\x02\x03\x04"); // 100: four bytes
    bytes.extend(b"\xa2\x06\x03\xff\xff\xff"); // 100: bytes, not UTF-8
    bytes.extend(b"\xa3\x06\x08\x01\x13\x12\x01x\x14\xa4\x06"); // 100: a group with one in it
    bytes.extend(b"\x0a\x01a\x0a\x01b"); // 1, twice: the last counts
    assert_eq!(read(&bytes).unwrap(), Sample { text: "b".into(), ..Sample::default() });
}

#[test]
fn absence_is_told_from_zero() {
    // An instant and JSON that Go does not have, and a large integer that is 0.
    let read = read(b"\x4a\x00\x5a\x00\x20\x00").unwrap();
    assert_eq!((read.at, read.raw, read.large), (None, None, Some(0)));
    let read = self::read(b"\x4a\x04\x08\x00\x10\x00\x52\x04\x08\x00\x10\x00").unwrap();
    assert_eq!((read.at, read.exactly), (Some(Time::default()), Some(MicroTime::default())));
}

/// Fidelity 55.
#[test]
fn a_mistake_is_told_with_its_field_and_byte() {
    for (bytes, message) in [
        (&b"\x0a\x05abc"[..], "a length beyond the end at byte 2"),
        (b"\x0a", "cut off in a number at byte 1"),
        (b"\x0a\x02\xc3\x28", "text: not UTF-8 at byte 2"),
        (b"\x08\x01", "text: expected bytes of a length, found another wire type at byte 2"),
        (b"\x12\x00", "yes: expected an integer, found another wire type at byte 2"),
        (b"\x28\x01", "double: expected eight bytes, found another wire type at byte 2"),
        (b"\x29\x01", "cut off in a number at byte 1"),
        (
            b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            "a number of more than 64 bits at byte 1",
        ),
        (b"\x00\x01", "a field number beyond what there can be at byte 0"),
        (b"\x0f", "an unknown wire type at byte 0"),
        (b"\x0c", "the end of a group that did not begin at byte 0"),
        (b"\xa3\x06\x08\x01", "cut off in a group at byte 4"),
        (b"\x3a\x03\x0a\x01x", "quantity: not a quantity at byte 2"),
        (b"\x42\x02\x08\x02", "port: neither an integer nor a text at byte 2"),
        (
            b"\x4a\x0a\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
            "at: an instant beyond the year 9999 at byte 2",
        ),
        (b"\x5a\x07\x0a\x05k8s\0x", "raw: expected JSON, found an object in protobuf at byte 4"),
        (b"\x6a\x07\x0a\x01k\x12\x09abc", "data: a length beyond the end at byte 7"),
        (b"\x72\x00\x72\x04\x0a\x02\xc3\x28", "children[1].text: not UTF-8 at byte 6"),
        (b"\x62\x08\x0a\x01k\x12\x03\x0a\x01\xff", "extra.k[0]: not UTF-8 at byte 9"),
        (b"\x7a\x03\x0a\x01\xff", "inlined: not UTF-8 at byte 4"),
    ] {
        assert_eq!(read(bytes).unwrap_err(), message, "{bytes:?}");
    }
}

#[test]
fn what_stands_in_itself_is_bounded() {
    let mut bytes = Vec::new();
    for _ in 0..1_000 {
        let mut outer = vec![0x72];
        let mut length = bytes.len();
        while length >= 0x80 {
            outer.push(length as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        outer.extend(bytes);
        bytes = outer;
    }
    let error = read(&bytes).unwrap_err();
    assert!(error.contains("messages too deep in one another"), "{error}");
    let groups = [&[0xa3, 0x06].repeat(100_000)[..], &[0xa4, 0x06].repeat(100_000)].concat();
    assert!(read(&groups).is_err());
}

/// Fidelity 55.
#[test]
fn an_envelope_says_what_it_holds() {
    let details = StatusDetails {
        causes: vec![StatusCause { field: "spec".into(), ..StatusCause::default() }],
        ..StatusDetails::default()
    };
    let status = Status { code: 404, details: Some(details.into()), ..Status::default() };
    let bytes = envelope::write("v1", "Status", &status);
    let opened = envelope::open(Input::new(&bytes)).unwrap();
    assert_eq!((opened.api_version, opened.kind), ("v1", "Status"));
    let mut read = Status::default();
    merge(&mut read, opened.object).unwrap();
    assert_eq!(read, status);

    let open =
        |bytes: &[u8]| envelope::open(Input::new(bytes)).map(drop).map_err(|e| e.to_string());
    for bytes in [&b""[..], b"k8s", b"k8t\0", b"{}"] {
        let error = open(bytes).unwrap_err();
        assert!(error.starts_with("not an object in protobuf"), "{error}");
    }
    let encoded = [MAGIC, b"\x1a\x04gzip"].concat();
    assert_eq!(
        open(&encoded).unwrap_err(),
        "expected an object that is not encoded further at byte 6"
    );
}

#[test]
fn managed_fields_are_passed_over_where_nobody_wants_them() {
    let text = r#"{"name":"a","managedFields":[{"manager":"m","fieldsV1":{"f:x":{}}}]}"#;
    let whole: ObjectMeta = serde_json::from_str(text).unwrap();
    let bytes = bytes_of(&whole);
    let read = || {
        let mut read = ObjectMeta::default();
        merge(&mut read, Input::new(&bytes)).unwrap();
        [read, serde_json::from_str(text).unwrap()]
    };
    assert_eq!(read(), [whole.clone(), whole.clone()]);
    let stripped = ObjectMeta { managed_fields: Vec::new(), ..whole };
    assert_eq!(
        crate::meta::managed_fields::skipping(true, read),
        [stripped.clone(), stripped.clone()]
    );
    assert!(!crate::meta::managed_fields::are_skipped());
}

#[test]
fn whatever_bytes_come_nothing_breaks() {
    let good = bytes_of(&sample());
    let mut state = 1u64;
    let mut next = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut read_well = 0;
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..next() % 4 + 1 {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        bytes.truncate(next() % (bytes.len() * 2) + 1);
        if let Ok(sample) = read(&bytes) {
            read_well += 1;
            // What was read can be written, and is then read as it was.
            let again = bytes_of(&sample);
            assert_eq!(bytes_of(&read(&again).unwrap()), again);
        }
    }
    assert!(read_well > 100, "{read_well}");
}
