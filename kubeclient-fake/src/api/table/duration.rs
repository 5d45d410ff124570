//! Durations as people read them: two or three digits, `5m3s`, `47h`, `2y10d`.

use jiff::Timestamp;
use serde_json::Value;

/// The time from `then` to `now`.
pub(super) fn since(then: Timestamp, now: Timestamp) -> String {
    human(now.duration_since(then).as_secs())
}

/// The same of a time in JSON; what is none is unknown.
pub(super) fn age(then: Option<&Value>, now: Timestamp) -> String {
    match then.and_then(Value::as_str).and_then(|text| text.parse().ok()) {
        Some(then) => since(then, now),
        None => "<unknown>".to_owned(),
    }
}

/// A duration in seconds.
pub(super) fn human(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    // The second unit is left out when there is none of it.
    let pair = |first: i64, unit: char, second: i64, small: char| match second {
        0 => format!("{first}{unit}"),
        _ => format!("{first}{unit}{second}{small}"),
    };
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => pair(minutes, 'm', seconds % 60, 's'),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => pair(hours, 'h', minutes % 60, 'm'),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => pair(days, 'd', hours % 24, 'h'),
        _ if days < 730 => format!("{days}d"),
        _ if days < 2920 => pair(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn a_duration_has_the_units_that_matter() {
        let (minute, hour, day) = (60, 3600, 86_400);
        for (seconds, expected) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (2 * minute, "2m"),
            (9 * minute + 59, "9m59s"),
            (10 * minute + 59, "10m"),
            (179 * minute, "179m"),
            (3 * hour, "3h"),
            (7 * hour + 59 * minute, "7h59m"),
            (8 * hour + 59 * minute, "8h"),
            (47 * hour, "47h"),
            (48 * hour, "2d"),
            (3 * day + 4 * hour, "3d4h"),
            (8 * day + 4 * hour, "8d"),
            (729 * day, "729d"),
            (730 * day, "2y"),
            (740 * day, "2y10d"),
            (3000 * day, "8y"),
        ] {
            assert_eq!(human(seconds), expected, "{seconds} s");
        }
    }
}
