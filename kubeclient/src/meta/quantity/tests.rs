//! The tables come from `resource.ParseQuantity` and its kin in k8s.io/apimachinery v0.36.3.

use std::cmp::Ordering::{self, Equal, Greater, Less};
use std::collections::HashSet;

use super::Format::{self, BinarySI, DecimalExponent, DecimalSI};
use super::Quantity;
use crate::fuzz::{Damage, assert_printable};

#[track_caller]
fn quantity(text: &str) -> Quantity {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn an_optional_quantity_takes_sixteen_bytes() {
    assert_eq!(size_of::<Quantity>(), 16);
    assert_eq!(size_of::<Option<Quantity>>(), 16);
}

#[test]
fn texts_are_read_as_go_reads_them() {
    for &(given, canonical, value, millis, format) in READ {
        let read = quantity(given);
        assert_eq!(read.to_string(), canonical, "{given:?}");
        assert_eq!(read.value(), value, "{given:?}");
        assert_eq!(read.milli_value(), millis, "{given:?}");
        assert_eq!(read.format(), format, "{given:?}");
        assert_eq!(read.signum(), value.signum() as i32, "{given:?}");
        assert_eq!(quantity(canonical), read, "{given:?}");
        assert_eq!(quantity(canonical).to_string(), canonical, "{given:?}");
    }
}

#[test]
fn what_go_refuses_is_refused() {
    for text in REFUSED {
        assert!(text.parse::<Quantity>().is_err(), "{text:?}");
    }
}

#[test]
fn quantities_are_compared_added_subtracted_and_multiplied_as_in_go() {
    #[track_caller]
    fn check(result: Option<Quantity>, expected: &str) {
        assert_eq!(result.map(|result| result.to_string()).unwrap_or_default(), expected);
    }
    for &(left, right, order, sum, difference, triple) in RECKONED {
        let (left, right) = (quantity(left), quantity(right));
        assert_eq!(left.cmp(&right), order, "{left} and {right}");
        assert_eq!(left == right, order == Equal, "{left} and {right}");
        check(left.checked_add(right), sum);
        check(left.checked_sub(right), difference);
        check(left.checked_mul(3), triple);
    }
}

/// Go caps what has a binary suffix only, although it documents the bound for all.
#[test]
fn what_is_beyond_the_bound_is_capped() {
    for text in [
        "9223372036854775808",
        "1e19",
        "1E20",
        "10E",
        "1000E",
        "12345678901234567890123",
        "1e1000000000",
        "123456789012345678901e1000000000",
        "9Ei",
        "9223372036854775807.5",
    ] {
        assert_eq!(quantity(text).value(), i64::MAX, "{text}");
        assert_eq!(quantity(text).milli_value(), i64::MAX, "{text}");
        let lowest = if text.ends_with('i') { -i64::MAX } else { i64::MIN };
        let negative = quantity(&format!("-{text}"));
        assert!(negative.value() == lowest || text.ends_with(".5"), "{text}");
    }
    let (lowest, highest) = (Quantity::from(i64::MIN), Quantity::from(i64::MAX));
    assert_eq!(highest + highest, highest);
    assert_eq!(lowest - highest, lowest);
    assert_eq!(-lowest, highest);
    assert_eq!(highest.checked_mul(i64::MIN), None);
    assert_eq!(highest.checked_add(quantity("1n")), None);
}

#[test]
fn exponents_far_out_take_no_time() {
    for text in ["1e-1000000000", "1e-2147483648", "1.5e-2147483648"] {
        assert_eq!(quantity(text), quantity("1n"), "{text}");
    }
    let long = format!("{}1.{}Gi", "0".repeat(100_000), "0".repeat(100_000));
    assert_eq!(quantity(&long).to_string(), "1Gi");
}

/// Go does so for some, and takes others toward zero.
#[test]
fn negative_fractions_are_rounded_away_from_zero() {
    assert_eq!(quantity("-1.5").value(), -2);
    assert_eq!(quantity("-1.0000000001").value(), -2);
    assert_eq!(quantity("-0.0001").milli_value(), -1);
}

#[test]
fn equal_amounts_are_one_whatever_the_format() {
    let amounts = ["1024", "1Ki", "1024000m", "1.024k", "1024e0", "1.024E3"].map(quantity);
    assert_eq!(amounts.into_iter().collect::<HashSet<_>>().len(), 1);
}

#[test]
fn nothing_is_the_default_and_takes_the_format_of_what_is_added() {
    let nothing = Quantity::default();
    assert!(nothing.is_zero());
    assert_eq!(nothing.to_string(), "0");
    assert_eq!((nothing + quantity("2Ki")).to_string(), "2Ki");
    let memory = ["512Mi", "1Gi", "512Mi"].map(quantity);
    assert_eq!(memory.iter().sum::<Quantity>().to_string(), "2Gi");
    let (mut left, right) = (quantity("1"), quantity("1m"));
    left -= right;
    assert_eq!(left.to_string(), "999m");
    left += right;
    assert_eq!(left.to_string(), "1");
}

#[test]
fn constructors_keep_the_format() {
    assert_eq!(Quantity::new(2048, BinarySI).to_string(), "2Ki");
    assert_eq!(Quantity::new(2000, DecimalExponent).to_string(), "2e3");
    assert_eq!(Quantity::from_milli(-1500, DecimalSI).to_string(), "-1500m");
    assert_eq!(Quantity::from_milli(i64::MIN, DecimalSI).milli_value(), i64::MIN);
    assert_eq!(Quantity::from_milli(500, BinarySI).to_string(), "500m");
}

#[test]
fn floats_are_near() {
    for (text, float) in
        [("0", 0.0), ("100m", 0.1), ("-1.5", -1.5), ("1n", 1e-9), ("16Gi", 17179869184.0)]
    {
        assert_eq!(quantity(text).as_f64(), float);
    }
}

#[test]
fn json_has_strings_and_numbers_and_gets_strings() {
    for (json, written) in [
        ("\"1.5Gi\"", "\"1536Mi\""),
        ("\" 1.5 \"", "\"1500m\""),
        ("5", "\"5\""),
        ("-5", "\"-5\""),
        ("1.5", "\"1500m\""),
        ("18446744073709551615", "\"9223372036854775807\""),
        ("1e300", "\"9223372036854775807\""),
        ("1e-300", "\"1n\""),
    ] {
        let read: Quantity = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
    }
    for json in ["\"\"", "\"secret\"", "true", "null", "[]", "{}"] {
        let error = serde_json::from_str::<Quantity>(json).unwrap_err().to_string();
        assert!(error.contains("quantity"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

/// Given, canonical, `Value()`, `MilliValue()` (capped, which Go's are not), format.
const READ: &[(&str, &str, i64, i64, Format)] = &[
    ("0", "0", 0, 0, DecimalSI),
    ("00", "0", 0, 0, DecimalSI),
    ("-0", "0", 0, 0, DecimalSI),
    ("+0", "0", 0, 0, DecimalSI),
    ("0.0", "0", 0, 0, DecimalSI),
    ("0Ki", "0", 0, 0, BinarySI),
    ("0e5", "0", 0, 0, DecimalExponent),
    (".", "0", 0, 0, DecimalSI),
    ("+", "0", 0, 0, DecimalSI),
    ("-", "0", 0, 0, DecimalSI),
    ("-.", "0", 0, 0, DecimalSI),
    (".5", "500m", 1, 500, DecimalSI),
    ("-.5", "-500m", -1, -500, DecimalSI),
    ("5.", "5", 5, 5_000, DecimalSI),
    ("5.k", "5k", 5_000, 5_000_000, DecimalSI),
    ("5.Ki", "5Ki", 5_120, 5_120_000, BinarySI),
    ("+1", "1", 1, 1_000, DecimalSI),
    ("-1", "-1", -1, -1_000, DecimalSI),
    ("007", "7", 7, 7_000, DecimalSI),
    ("1.500", "1500m", 2, 1_500, DecimalSI),
    ("1.000", "1", 1, 1_000, DecimalSI),
    ("1", "1", 1, 1_000, DecimalSI),
    ("10", "10", 10, 10_000, DecimalSI),
    ("100", "100", 100, 100_000, DecimalSI),
    ("1000", "1k", 1_000, 1_000_000, DecimalSI),
    ("1001", "1001", 1_001, 1_001_000, DecimalSI),
    ("1100", "1100", 1_100, 1_100_000, DecimalSI),
    ("1023", "1023", 1_023, 1_023_000, DecimalSI),
    ("1024", "1024", 1_024, 1_024_000, DecimalSI),
    ("1025", "1025", 1_025, 1_025_000, DecimalSI),
    ("2048", "2048", 2_048, 2_048_000, DecimalSI),
    ("1000000", "1M", 1_000_000, 1_000_000_000, DecimalSI),
    ("1048576", "1048576", 1_048_576, 1_048_576_000, DecimalSI),
    ("100m", "100m", 1, 100, DecimalSI),
    ("1000m", "1", 1, 1_000, DecimalSI),
    ("1500m", "1500m", 2, 1_500, DecimalSI),
    ("2000m", "2", 2, 2_000, DecimalSI),
    ("1m", "1m", 1, 1, DecimalSI),
    ("-1m", "-1m", -1, -1, DecimalSI),
    ("999m", "999m", 1, 999, DecimalSI),
    ("1u", "1u", 1, 1, DecimalSI),
    ("1000u", "1m", 1, 1, DecimalSI),
    ("1500u", "1500u", 1, 2, DecimalSI),
    ("1n", "1n", 1, 1, DecimalSI),
    ("1000n", "1u", 1, 1, DecimalSI),
    ("1500n", "1500n", 1, 1, DecimalSI),
    ("1000000n", "1m", 1, 1, DecimalSI),
    ("1000000000n", "1", 1, 1_000, DecimalSI),
    ("156340393n", "156340393n", 1, 157, DecimalSI),
    ("0.5n", "1n", 1, 1, DecimalSI),
    ("-0.5n", "-1n", -1, -1, DecimalSI),
    ("0.1n", "1n", 1, 1, DecimalSI),
    ("0.1m", "100u", 1, 1, DecimalSI),
    ("0.5m", "500u", 1, 1, DecimalSI),
    ("0.25", "250m", 1, 250, DecimalSI),
    ("0.1", "100m", 1, 100, DecimalSI),
    ("0.001", "1m", 1, 1, DecimalSI),
    ("0.0001", "100u", 1, 1, DecimalSI),
    ("0.000000001", "1n", 1, 1, DecimalSI),
    ("0.0000000001", "1n", 1, 1, DecimalSI),
    ("-0.0000000001", "-1n", -1, -1, DecimalSI),
    ("1.0000000001", "1000000001n", 2, 1_001, DecimalSI),
    ("1.000000001", "1000000001n", 2, 1_001, DecimalSI),
    ("1.0000000010000000000000000000", "1000000001n", 2, 1_001, DecimalSI),
    ("-1.5", "-1500m", -2, -1_500, DecimalSI),
    ("1.1", "1100m", 2, 1_100, DecimalSI),
    ("1.1e-3", "1100e-6", 1, 2, DecimalExponent),
    ("1.5k", "1500", 1_500, 1_500_000, DecimalSI),
    ("1.1M", "1100k", 1_100_000, 1_100_000_000, DecimalSI),
    ("1k", "1k", 1_000, 1_000_000, DecimalSI),
    ("1M", "1M", 1_000_000, 1_000_000_000, DecimalSI),
    ("1G", "1G", 1_000_000_000, 1_000_000_000_000, DecimalSI),
    ("1T", "1T", 1_000_000_000_000, 1_000_000_000_000_000, DecimalSI),
    ("1P", "1P", 1_000_000_000_000_000, 1_000_000_000_000_000_000, DecimalSI),
    ("1E", "1E", 1_000_000_000_000_000_000, i64::MAX, DecimalSI),
    ("-1E", "-1E", -1_000_000_000_000_000_000, i64::MIN, DecimalSI),
    ("9E", "9E", 9_000_000_000_000_000_000, i64::MAX, DecimalSI),
    ("1234k", "1234k", 1_234_000, 1_234_000_000, DecimalSI),
    ("1230k", "1230k", 1_230_000, 1_230_000_000, DecimalSI),
    ("12000k", "12M", 12_000_000, 12_000_000_000, DecimalSI),
    ("1000k", "1M", 1_000_000, 1_000_000_000, DecimalSI),
    ("1000G", "1T", 1_000_000_000_000, 1_000_000_000_000_000, DecimalSI),
    ("1000P", "1E", 1_000_000_000_000_000_000, i64::MAX, DecimalSI),
    ("0.1E", "100P", 100_000_000_000_000_000, i64::MAX, DecimalSI),
    (
        "1.000000000000000001E",
        "1000000000000000001",
        1_000_000_000_000_000_001,
        i64::MAX,
        DecimalSI,
    ),
    ("0.0000000000000000001E", "100m", 1, 100, DecimalSI),
    ("0.1Ki", "102400m", 103, 102_400, BinarySI),
    ("0.5Ki", "512", 512, 512_000, BinarySI),
    ("-0.1Ki", "-102400m", -103, -102_400, BinarySI),
    ("0.0001Ki", "102400u", 1, 103, DecimalSI),
    ("0.0009765625Ki", "1", 1, 1_000, BinarySI),
    ("0.00000000000000000000000000001Ei", "1n", 1, 1, DecimalSI),
    ("1.00048828125Ki", "1024500m", 1_025, 1_024_500, BinarySI),
    ("1.0000000001Ki", "1024000000103n", 1_025, 1_024_001, BinarySI),
    ("1Ki", "1Ki", 1_024, 1_024_000, BinarySI),
    ("1Mi", "1Mi", 1_048_576, 1_048_576_000, BinarySI),
    ("1Gi", "1Gi", 1_073_741_824, 1_073_741_824_000, BinarySI),
    ("1Ti", "1Ti", 1_099_511_627_776, 1_099_511_627_776_000, BinarySI),
    ("1Pi", "1Pi", 1_125_899_906_842_624, 1_125_899_906_842_624_000, BinarySI),
    ("1Ei", "1Ei", 1_152_921_504_606_846_976, i64::MAX, BinarySI),
    ("-1Ei", "-1Ei", -1_152_921_504_606_846_976, i64::MIN, BinarySI),
    ("7Ei", "7Ei", 8_070_450_532_247_928_832, i64::MAX, BinarySI),
    ("8Ei", "9223372036854775807", 9_223_372_036_854_775_807, i64::MAX, BinarySI),
    ("-8Ei", "-9223372036854775807", -9_223_372_036_854_775_807, i64::MIN, BinarySI),
    ("9Ei", "9223372036854775807", 9_223_372_036_854_775_807, i64::MAX, BinarySI),
    ("100Ei", "9223372036854775807", 9_223_372_036_854_775_807, i64::MAX, BinarySI),
    ("8191Pi", "8191Pi", 9_222_246_136_947_933_184, i64::MAX, BinarySI),
    ("8192Pi", "9223372036854775807", 9_223_372_036_854_775_807, i64::MAX, BinarySI),
    (
        "7.9999999999999999999Ei",
        "9223372036854775807",
        9_223_372_036_854_775_807,
        i64::MAX,
        BinarySI,
    ),
    ("1000Ki", "1000Ki", 1_024_000, 1_024_000_000, BinarySI),
    ("1023Ki", "1023Ki", 1_047_552, 1_047_552_000, BinarySI),
    ("1024Ki", "1Mi", 1_048_576, 1_048_576_000, BinarySI),
    ("1025Ki", "1025Ki", 1_049_600, 1_049_600_000, BinarySI),
    ("1536Ki", "1536Ki", 1_572_864, 1_572_864_000, BinarySI),
    ("1.5Ki", "1536", 1_536, 1_536_000, BinarySI),
    ("1.5Mi", "1536Ki", 1_572_864, 1_572_864_000, BinarySI),
    ("1.5Gi", "1536Mi", 1_610_612_736, 1_610_612_736_000, BinarySI),
    ("1.25Ti", "1280Gi", 1_374_389_534_720, 1_374_389_534_720_000, BinarySI),
    ("0.3Gi", "322122547200m", 322_122_548, 322_122_547_200, BinarySI),
    ("0.5Ei", "512Pi", 576_460_752_303_423_488, i64::MAX, BinarySI),
    ("-1.5Gi", "-1536Mi", -1_610_612_736, -1_610_612_736_000, BinarySI),
    ("1.1Gi", "1181116006400m", 1_181_116_007, 1_181_116_006_400, BinarySI),
    ("1000000Ki", "1000000Ki", 1_024_000_000, 1_024_000_000_000, BinarySI),
    ("16777216Ki", "16Gi", 17_179_869_184, 17_179_869_184_000, BinarySI),
    ("16393244Ki", "16393244Ki", 16_786_681_856, 16_786_681_856_000, BinarySI),
    ("263174212Ki", "263174212Ki", 269_490_393_088, 269_490_393_088_000, BinarySI),
    ("+1Ki", "1Ki", 1_024, 1_024_000, BinarySI),
    (
        "3.14159265358979323846Gi",
        "3373259426130504740n",
        3_373_259_427,
        3_373_259_426_131,
        BinarySI,
    ),
    ("123456789012Gi", "9223372036854775807", 9_223_372_036_854_775_807, i64::MAX, BinarySI),
    (
        "99999999999999999999Ki",
        "9223372036854775807",
        9_223_372_036_854_775_807,
        i64::MAX,
        BinarySI,
    ),
    ("1e3", "1e3", 1_000, 1_000_000, DecimalExponent),
    ("1E3", "1e3", 1_000, 1_000_000, DecimalExponent),
    ("1e+3", "1e3", 1_000, 1_000_000, DecimalExponent),
    ("1e-3", "1e-3", 1, 1, DecimalExponent),
    ("1e0", "1", 1, 1_000, DecimalExponent),
    ("1e1", "10", 10, 10_000, DecimalExponent),
    ("1e2", "100", 100, 100_000, DecimalExponent),
    ("1e4", "10e3", 10_000, 10_000_000, DecimalExponent),
    ("1e5", "100e3", 100_000, 100_000_000, DecimalExponent),
    ("1e6", "1e6", 1_000_000, 1_000_000_000, DecimalExponent),
    ("1e-9", "1e-9", 1, 1, DecimalExponent),
    ("1e-10", "1e-9", 1, 1, DecimalExponent),
    ("1e-30", "1e-9", 1, 1, DecimalExponent),
    ("0e1000000000", "0", 0, 0, DecimalExponent),
    ("12e6", "12e6", 12_000_000, 12_000_000_000, DecimalExponent),
    ("-12e6", "-12e6", -12_000_000, -12_000_000_000, DecimalExponent),
    ("1.5e3", "1500", 1_500, 1_500_000, DecimalExponent),
    ("1.5e1", "15", 15, 15_000, DecimalExponent),
    ("15e-1", "1500e-3", 2, 1_500, DecimalExponent),
    ("123456789e-9", "123456789e-9", 1, 124, DecimalExponent),
    ("1234567890123e-12", "1234567891e-9", 2, 1_235, DecimalExponent),
    ("1e18", "1e18", 1_000_000_000_000_000_000, i64::MAX, DecimalExponent),
    ("9e18", "9e18", 9_000_000_000_000_000_000, i64::MAX, DecimalExponent),
    ("0.0000000001e25", "1e15", 1_000_000_000_000_000, 1_000_000_000_000_000_000, DecimalExponent),
    ("1e03", "1e3", 1_000, 1_000_000, DecimalExponent),
    ("1e4294967296", "1", 1, 1_000, DecimalExponent),
    ("1e4294967299", "1e3", 1_000, 1_000_000, DecimalExponent),
    ("5e-4294967293", "5e3", 5_000, 5_000_000, DecimalExponent),
    ("k", "0", 0, 0, DecimalSI),
    ("Ki", "0", 0, 0, BinarySI),
    ("Ti", "0", 0, 0, BinarySI),
    ("m", "0", 0, 0, DecimalSI),
    ("n", "0", 0, 0, DecimalSI),
    ("e3", "0", 0, 0, DecimalExponent),
    ("e-9", "0", 0, 0, DecimalExponent),
    ("-k", "0", 0, 0, DecimalSI),
    (".k", "0", 0, 0, DecimalSI),
    (".M", "0", 0, 0, DecimalSI),
    ("123456789012345678", "123456789012345678", 123_456_789_012_345_678, i64::MAX, DecimalSI),
    ("1234567890123456789", "1234567890123456789", 1_234_567_890_123_456_789, i64::MAX, DecimalSI),
    ("9223372036854775807", "9223372036854775807", 9_223_372_036_854_775_807, i64::MAX, DecimalSI),
    (
        "-9223372036854775807",
        "-9223372036854775807",
        -9_223_372_036_854_775_807,
        i64::MIN,
        DecimalSI,
    ),
    (
        "-9223372036854775808",
        "-9223372036854775808",
        -9_223_372_036_854_775_808,
        i64::MIN,
        DecimalSI,
    ),
    (
        "922337203685477580.7",
        "922337203685477580700m",
        922_337_203_685_477_581,
        i64::MAX,
        DecimalSI,
    ),
    (
        "9223372036854775.807k",
        "9223372036854775807",
        9_223_372_036_854_775_807,
        i64::MAX,
        DecimalSI,
    ),
    ("9223372036854775807n", "9223372036854775807n", 9_223_372_037, 9_223_372_036_855, DecimalSI),
    (
        "12345678901234567890123n",
        "12345678901234567890123n",
        12_345_678_901_235,
        12_345_678_901_234_568,
        DecimalSI,
    ),
    (
        "123456789012345678901234567n",
        "123456789012345678901234567n",
        123_456_789_012_345_679,
        i64::MAX,
        DecimalSI,
    ),
    ("000000000000000000000000000001", "1", 1, 1_000, DecimalSI),
    ("0.000000000000000000000000000000000000000000000001", "1n", 1, 1, DecimalSI),
    ("1.00000000000000000000000000000000000000000000000m", "1m", 1, 1, DecimalSI),
    ("100P", "100P", 100_000_000_000_000_000, i64::MAX, DecimalSI),
];

const REFUSED: &[&str] = &[
    "",
    " 1",
    "1 ",
    " ",
    "1Kb",
    "1KB",
    "1ki",
    "1K",
    "1mi",
    "1MI",
    "1GiB",
    "--1",
    "+-1",
    "1-",
    "1+",
    "1e",
    "1e+",
    "1e-",
    "1E+",
    "1e1.5",
    "1e1e1",
    "1e 3",
    "1ee3",
    "1.2.3",
    "1..2",
    "..",
    "e",
    "i",
    "1i",
    "1x",
    "x",
    "NaN",
    "nan",
    "Inf",
    "-Inf",
    "1,000",
    "1_000",
    "0x10",
    "1e9223372036854775808",
    "1e99999999999999999999",
    "e-10",
    "Pi",
    "Ei",
    ".Ei",
    ".e-10",
    "1 Ki",
    "1Ki1",
    "1m5",
    "1mm",
    "1kk",
    "1nm",
    "½",
    "١",
    "1µ",
    "$1",
    "1%",
];

/// Left, right, left to right, sum, difference, left times three; empty where it is capped.
const RECKONED: &[(&str, &str, Ordering, &str, &str, &str)] = &[
    ("1", "1000m", Equal, "2", "0", "3"),
    ("1", "1001m", Less, "2001m", "-1m", "3"),
    ("1", "999m", Greater, "1999m", "1m", "3"),
    ("1Ki", "1k", Greater, "2024", "24", "3Ki"),
    ("1Ki", "1024", Equal, "2Ki", "0", "3Ki"),
    ("1000m", "1", Equal, "2", "0", "3"),
    ("0", "1Gi", Less, "1Gi", "-1Gi", "0"),
    ("0", "1e3", Less, "1e3", "-1e3", "0"),
    ("0Ki", "1500m", Less, "1500m", "-1500m", "0"),
    ("1Gi", "0", Greater, "1Gi", "1Gi", "3Gi"),
    ("1Gi", "512Mi", Greater, "1536Mi", "512Mi", "3Gi"),
    ("1Gi", "1G", Greater, "2073741824", "73741824", "3Gi"),
    ("1.5Gi", "1536Mi", Equal, "3Gi", "0", "4608Mi"),
    ("1Gi", "1m", Greater, "1073741824001m", "1073741823999m", "3Gi"),
    ("100m", "1n", Greater, "100000001n", "99999999n", "300m"),
    ("1e3", "1Ki", Less, "2024", "-24", "3e3"),
    ("1e3", "500", Greater, "1500", "500", "3e3"),
    ("-1", "1", Less, "0", "-2", "-3"),
    ("-1500m", "-1501m", Greater, "-3001m", "1m", "-4500m"),
    ("-1n", "1n", Less, "0", "-2n", "-3n"),
    ("1n", "-1n", Greater, "0", "2n", "3n"),
    ("-0.1", "-0.2", Greater, "-300m", "100m", "-300m"),
    ("999999999n", "1n", Greater, "1", "999999998n", "2999999997n"),
    ("1023Ki", "1Ki", Greater, "1Mi", "1022Ki", "3069Ki"),
    ("1Ki", "1", Greater, "1025", "1023", "3Ki"),
    ("1Ki", "1023", Greater, "2047", "1", "3Ki"),
    ("1Mi", "1048576", Equal, "2Mi", "0", "3Mi"),
    ("2", "4", Less, "6", "-2", "6"),
    ("3", "1.5", Greater, "4500m", "1500m", "9"),
    ("0.1", "0.2", Less, "300m", "-100m", "300m"),
    ("1E", "1Ei", Less, "2152921504606846976", "-152921504606846976", "3E"),
    ("2E", "1n", Greater, "2000000000000000000000000001n", "1999999999999999999999999999n", "6E"),
    ("9223372036854775807", "9223372036854775806", Greater, "", "1", ""),
    ("-9223372036854775807", "9223372036854775806", Less, "-1", "", ""),
    ("4611686018427387903", "4611686018427387904", Less, "9223372036854775807", "-1", ""),
    ("1Ti", "1T", Greater, "2050304324Ki", "97179324Ki", "3Ti"),
    ("1u", "1000n", Equal, "2u", "0", "3u"),
    ("0", "0Ki", Equal, "0", "0", "0"),
];

/// The billionths that a short text means, by long multiplication; nothing for a long one.
fn billionths(text: &str) -> Option<i128> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let (base, power) = match suffix {
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "" => (10, 0),
        _ if suffix.len() == 2 && suffix.ends_with('i') => {
            (1024, 1 + i32::try_from("KMGTPE".find(&suffix[..1])?).unwrap())
        }
        _ if suffix.len() == 1 => (10, 3 + 3 * i32::try_from("kMGTPE".find(suffix)?).unwrap()),
        _ => (10, suffix[1..].parse().ok()?),
    };
    if digits.len() > 9 || power.unsigned_abs() > 18 {
        return None;
    }
    let (ten, mut times) = (10_i128, digits.parse::<i128>().ok()? * 1_000_000_000);
    let mut by = ten.pow(u32::try_from(fraction.len()).unwrap());
    let factor = i128::from(base).pow(power.unsigned_abs());
    if power < 0 {
        by *= factor
    } else {
        times *= factor
    }
    // What is finer than a billionth counts as one; what is too large, as the largest.
    let lowest = if base == 10 { i64::MIN } else { -i64::MAX };
    let bounds = (i128::from(lowest) * 1_000_000_000, i128::from(i64::MAX) * 1_000_000_000);
    Some((sign * ((times + by - 1) / by)).clamp(bounds.0, bounds.1))
}

#[test]
fn a_damaged_quantity_is_refused_or_written_as_it_is() {
    const EXAMPLES: &[&str] =
        &["1.5Gi", "100m", "-12e6", "9223372036854775807", "0.000000001", "3E", "+7Ki", "1e-9"];
    bolero::check!().with_type::<(Damage, i64)>().for_each(|(damage, other): &(Damage, i64)| {
        let text = damage.text_of(EXAMPLES);
        match text.parse::<Quantity>() {
            Err(error) => assert_printable(&error),
            Ok(read) => {
                let shown = read.to_string();
                assert_eq!(quantity(&shown), read, "{text}");
                assert_eq!(quantity(&shown).to_string(), shown, "{text}");
                if let Some(expected) = billionths(&text) {
                    assert_eq!(read.total(), expected, "{text}");
                }
                let other = Quantity::from_milli(*other, Format::DecimalSI);
                assert_eq!(read.cmp(&other), other.cmp(&read).reverse(), "{text} {other}");
                if let Some(difference) = read.checked_sub(other) {
                    assert_eq!(difference.signum(), read.cmp(&other) as i32, "{text} {other}");
                    assert_eq!(difference.checked_add(other), Some(read), "{text} {other}");
                }
            }
        }
    });
}
