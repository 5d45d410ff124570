//! [`Time`] and [`MicroTime`]: the two ways in which Kubernetes writes an instant.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

macro_rules! instant {
    ($(#[$doc:meta])* $name:ident, $digits:literal) => {
        $(#[$doc])*
        ///
        /// The default is 1970-01-01T00:00:00Z.
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Timestamp);

        impl $name {
            /// This moment, by the wall clock.
            pub fn now() -> Self {
                Self(Timestamp::now())
            }

            /// The instant so many seconds after 1970-01-01T00:00:00Z; `None` beyond the years that
            /// RFC 3339 can write.
            pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
                Timestamp::from_second(seconds).ok().map(Self)
            }

            /// The instant so many seconds and nanoseconds after 1970-01-01T00:00:00Z.
            #[cfg(feature = "protobuf")]
            pub(crate) fn from_unix(seconds: i64, nanos: i32) -> Option<Self> {
                Timestamp::new(seconds, nanos).ok().map(Self)
            }

            /// Whole seconds since 1970-01-01T00:00:00Z.
            pub fn unix_seconds(&self) -> i64 {
                self.0.as_second()
            }

            /// Microseconds since 1970-01-01T00:00:00Z.
            pub fn unix_micros(&self) -> i64 {
                self.0.as_microsecond()
            }
        }

        impl From<$name> for SystemTime {
            fn from(time: $name) -> Self {
                time.0.into()
            }
        }

        impl TryFrom<SystemTime> for $name {
            type Error = ParseTimeError;

            fn try_from(time: SystemTime) -> Result<Self, ParseTimeError> {
                Timestamp::try_from(time).map(Self).map_err(|_| ParseTimeError(()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{:.", $digits, "}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseTimeError;

            fn from_str(text: &str) -> Result<Self, ParseTimeError> {
                text.parse().map(Self).map_err(|_| ParseTimeError(()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(TimeVisitor).map(Self)
            }
        }
    };
}

instant! {
    /// An instant, written to the second: `2026-01-02T03:04:05Z` (`metav1.Time`).
    ///
    /// Fractions that a server sends are read and kept, but not written.
    Time, "0"
}

instant! {
    /// An instant, written to the microsecond: `2026-01-02T03:04:05.000006Z` (`metav1.MicroTime`).
    ///
    /// The server refuses any other number of fraction digits.
    MicroTime, "6"
}

/// The text is not an RFC 3339 instant, or the instant is beyond what RFC 3339 can write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an instant: expected RFC 3339, such as 2026-01-02T03:04:05Z")]
pub struct ParseTimeError(());

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instant in RFC 3339, such as 2026-01-02T03:04:05Z")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{Damage, assert_printable};

    #[test]
    fn a_time_is_written_to_the_second() {
        let time: Time = "2026-01-02T03:04:05.987Z".parse().unwrap();
        assert_eq!(time.to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"2026-01-02T03:04:05Z\"");
    }

    /// Fidelity 87.
    #[test]
    fn a_micro_time_has_exactly_six_digits_and_z() {
        for (given, written) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"),
            ("2026-01-02T03:04:05.12Z", "2026-01-02T03:04:05.120000Z"),
            ("2026-01-02T05:04:05.1234567+02:00", "2026-01-02T03:04:05.123456Z"),
        ] {
            assert_eq!(given.parse::<MicroTime>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_is_not_an_instant_is_refused() {
        for text in ["", "yesterday", "2026-01-02", "2026-13-02T03:04:05Z"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Time>("5").is_err());
    }

    #[test]
    fn a_damaged_time_is_refused_or_written_as_it_is() {
        const EXAMPLES: &[&str] = &[
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05.123456789+02:00",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:60Z",
        ];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let text = damage.text_of(EXAMPLES);
            match text.parse::<Time>() {
                Err(error) => assert_printable(&error),
                Ok(time) => {
                    let shown = time.to_string();
                    assert_eq!(shown.parse::<Time>().unwrap().to_string(), shown, "{text}");
                }
            }
            let micro = text.parse::<MicroTime>();
            if let Ok(time) = micro {
                let shown = time.to_string();
                assert_eq!(shown.parse::<MicroTime>().unwrap().to_string(), shown, "{text}");
            }
            // Both read the same, and the way over the system's time loses nothing.
            let time = text.parse::<Time>();
            assert_eq!(time.is_ok(), micro.is_ok(), "{text}");
            if let (Ok(time), Ok(micro)) = (time, micro) {
                assert_eq!(time.unix_micros(), micro.unix_micros(), "{text}");
                assert_eq!(Time::try_from(SystemTime::from(time)), Ok(time), "{text}");
            }
            if let Ok(time) = text.parse::<crate::meta::duration::Duration>() {
                assert_eq!(time.to_string().parse(), Ok(time), "{text}");
            }
        });
    }
}
