//! Timestamps as the ledger reads and writes them: microseconds since the Unix epoch inside, RFC
//! 3339 outside.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// What Go writes for a timestamp that was never set.
pub const GO_ZERO: &str = "0001-01-01T00:00:00Z";

const NANOS_OF_MICRO: i128 = 1000;

/// Reads RFC 3339 as strictly as Core does: a date, `T`, seconds, and `Z` or an offset with a
/// colon.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let shape = b"dddd-dd-ddTdd:dd:dd";
    if bytes.len() < shape.len() || !fits(&bytes[..shape.len()], shape) {
        return None;
    }
    let mut rest = &bytes[shape.len()..];
    if rest.first() == Some(&b'.') {
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        rest = &rest[1 + digits..];
    }
    let zoned = rest == b"Z" || fits(rest, b"+dd:dd") || fits(rest, b"-dd:dd");
    if !zoned {
        return None;
    }
    let stamp: Timestamp = text.parse().ok()?;
    i64::try_from((stamp.as_nanosecond() + NANOS_OF_MICRO / 2).div_euclid(NANOS_OF_MICRO)).ok()
}

/// How Go writes a timestamp that [`parse_rfc3339`] reads: in its own offset, without trailing
/// zeros.
pub fn echo_rfc3339(text: &str) -> String {
    let (wall, rest) = text.split_at(text.len().min("2006-01-02T15:04:05".len()));
    let digits = rest
        .strip_prefix('.')
        .map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count() + 1);
    let (fraction, zone) = rest.split_at(digits);
    let fraction = fraction
        .get(..fraction.len().min(".123456789".len()))
        .unwrap_or_default()
        .trim_end_matches('0')
        .trim_end_matches('.');
    let zone = if matches!(zone, "+00:00" | "-00:00") { "Z" } else { zone };
    format!("{wall}{fraction}{zone}")
}

/// The same in whole seconds.
pub fn echo_seconds(text: &str) -> String {
    let echo = echo_rfc3339(text);
    match echo.split_once('.') {
        Some((wall, rest)) => {
            format!("{wall}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => echo,
    }
}

/// The present as an answer shows it before the database cuts it to microseconds.
pub fn format_fresh(micros: i64) -> String {
    let below = i128::from(micros.rem_euclid(997)) - NANOS_OF_MICRO / 2;
    let nanos = i128::from(micros) * NANOS_OF_MICRO + below;
    Timestamp::from_nanosecond(nanos).map_or_else(|_| GO_ZERO.to_owned(), |t| t.to_string())
}

fn fits(bytes: &[u8], shape: &[u8]) -> bool {
    bytes.len() == shape.len()
        && bytes.iter().zip(shape).all(|(byte, wanted)| match wanted {
            b'd' => byte.is_ascii_digit(),
            wanted => byte == wanted,
        })
}

/// Writes a timestamp as Go does: UTC, with as many digits of the fraction as it needs.
pub fn format_rfc3339(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| GO_ZERO.to_owned(), |t| t.to_string())
}

/// Writes a timestamp in whole seconds.
pub fn format_seconds(micros: i64) -> String {
    format_rfc3339(micros - micros.rem_euclid(1_000_000))
}

/// A timestamp in a filter, with the precision it was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterTime {
    /// Its wall clock, read as UTC.
    pub micros: i64,
    /// How long the unit is that it was written to, in microseconds.
    pub unit: i64,
}

/// Reads a timestamp in a filter: a date, or a date and a time down to any precision.
///
/// The columns have no time zone, so the database ignores an offset: only the wall clock counts.
pub fn parse_filter_time(text: &str) -> Option<FilterTime> {
    let bytes = text.as_bytes();
    if bytes.len() < 10 || !(fits(&bytes[..10], b"dddd-dd-dd") || text == slashed(text)?) {
        return None;
    }
    let date = text.get(..10)?.replace('/', "-").parse::<Date>().ok()?;
    if bytes.len() == 10 {
        return stamp(date.to_datetime(jiff::civil::Time::midnight()), 86_400_000_000);
    }
    let (separator, time) = (bytes[10], text.get(11..)?);
    if separator != b'T' && separator != b' ' {
        return None;
    }
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let wall = &time[..zone];
    let unit = match (wall.matches(':').count(), wall.split_once('.')) {
        (2, Some((_, fraction))) if fraction.len() >= 6 => 1,
        (2, Some(_)) => 1_000,
        (2, None) => 1_000_000,
        (1, None) => 60_000_000,
        _ => return None,
    };
    let time = wall.parse::<jiff::civil::Time>().ok()?;
    stamp(date.to_datetime(time), unit)
}

fn slashed(text: &str) -> Option<&str> {
    let date = text.get(..10)?;
    fits(date.as_bytes(), b"dddd/dd/dd").then_some(date)
}

fn stamp(wall: DateTime, unit: i64) -> Option<FilterTime> {
    let instant = TimeZone::UTC.to_timestamp(wall).ok()?;
    Some(FilterTime { micros: instant.as_microsecond(), unit })
}

impl FilterTime {
    /// The half-open range of instants that an `eq` on it means.
    pub fn range(self) -> (i64, i64) {
        let floor = self.micros - self.micros.rem_euclid(self.unit);
        (floor, floor + self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::{echo_rfc3339, format_fresh, format_rfc3339, parse_filter_time, parse_rfc3339};

    #[test]
    fn only_a_zoned_timestamp_down_to_the_second_is_rfc3339() {
        for good in ["2024-02-15T10:30:00Z", "2024-02-15T10:30:00.123456+02:00"] {
            assert!(parse_rfc3339(good).is_some(), "{good}");
        }
        for bad in [
            "2025-02-15",
            "2025-02-15T10:30:00",
            "2025-02-15T10:30:00+0000",
            "2025-02-15 10:30:00Z",
            "1739615400",
            "2025-02-15T10:30Z",
            "2025-13-15T10:30:00Z",
            "2025-02-15t10:30:00z",
            "",
        ] {
            assert_eq!(parse_rfc3339(bad), None, "{bad}");
        }
        assert_eq!(format_rfc3339(1_500_000), "1970-01-01T00:00:01.5Z");
    }

    #[test]
    fn a_date_is_echoed_in_its_own_offset_and_kept_to_the_nearest_microsecond() {
        assert_eq!(
            echo_rfc3339("2024-02-15T10:30:00.123456700+02:00"),
            "2024-02-15T10:30:00.1234567+02:00"
        );
        assert_eq!(echo_rfc3339("2024-02-15T10:30:00.000+00:00"), "2024-02-15T10:30:00Z");
        assert_eq!(parse_rfc3339("1970-01-01T00:00:00.0000015Z"), Some(2));
        for micros in [0, 1_700_000_000_000_000, 1_700_000_000_123_457] {
            assert_eq!(parse_rfc3339(&format_fresh(micros)), Some(micros));
        }
    }

    #[test]
    fn a_filter_time_means_its_unit_and_ignores_its_offset() {
        let day = parse_filter_time("2024-01-01").unwrap();
        assert_eq!(day.range().1 - day.range().0, 86_400_000_000);
        let zoned = parse_filter_time("2024-01-01T00:00:00+05:00").unwrap();
        assert_eq!(zoned.micros, day.micros);
        assert_eq!(zoned.unit, 1_000_000);
        assert_eq!(parse_filter_time("2024/01/01"), Some(day));
        assert_eq!(parse_filter_time("bln_2024-01-01"), None);
    }
}
