//! Decodes values that arrive in more than one shape.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::value::RawValue;

/// An integer of any size, as a JSON number or a string of digits. A fraction is accepted only if
/// it is zero.
///
/// It is read from the raw text: numbers beyond 2^53 must not pass through a float.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    parse_integer(raw.get()).ok_or_else(|| D::Error::custom("an integer amount was expected"))
}

/// Like [`integer`], where the value may be absent or null.
pub(crate) fn optional_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i128>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    if raw.get() == "null" {
        return Ok(None);
    }
    parse_integer(raw.get()).map(Some).ok_or_else(|| D::Error::custom("an integer was expected"))
}

pub(crate) fn parse_integer(json: &str) -> Option<i128> {
    let text = json.strip_prefix('"').map_or(Some(json), |rest| rest.strip_suffix('"'))?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let zero = !fraction.is_empty() && fraction.bytes().all(|b| b == b'0');
    if plain && zero { whole.parse().ok() } else { None }
}

/// A time with or without a zone: the ledger's database keeps UTC without a zone. Empty and null
/// mean no time.
pub(crate) fn time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let zoned = text.parse::<Timestamp>();
    let time = zoned
        .or_else(|_| text.parse::<DateTime>().and_then(|civil| TimeZone::UTC.to_timestamp(civil)));
    time.map(Some).map_err(|_| D::Error::custom("a time was expected"))
}

/// `null` and absence both mean the default.
pub(crate) fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// The empty string and `null` both mean nothing.
pub(crate) fn non_empty<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    proptest! {
        #[test]
        fn every_integer_survives_as_number_and_as_string(n in any::<i128>()) {
            assert_eq!(parse_integer(&n.to_string()), Some(n));
            assert_eq!(parse_integer(&format!("\"{n}\"")), Some(n));
            assert_eq!(parse_integer(&format!("{n}.00")), Some(n));
        }
    }

    #[test]
    fn anything_but_an_integer_is_refused_rather_than_rounded() {
        for bad in [
            "1.5",
            "1e3",
            "\"\"",
            "\"12",
            "null",
            "true",
            "-",
            "1.",
            "\"1,000\"",
            "+1",
            "170141183460469231731687303715884105728",
        ] {
            assert_eq!(parse_integer(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_utc() {
        #[derive(Deserialize)]
        struct Row {
            #[serde(default, deserialize_with = "time")]
            at: Option<Timestamp>,
        }
        let at = |json: &str| serde_json::from_str::<Row>(json).map(|row| row.at);
        let expected: Timestamp = "2026-11-24T10:30:00.123456Z".parse().unwrap();
        for same in [
            "2026-11-24T10:30:00.123456Z",
            "2026-11-24T11:30:00.123456+01:00",
            "2026-11-24T10:30:00.123456",
            "2026-11-24 10:30:00.123456",
        ] {
            assert_eq!(at(&format!("{{\"at\":\"{same}\"}}")).unwrap(), Some(expected), "{same}");
        }
        assert_eq!(at("{}").unwrap(), None);
        assert_eq!(at("{\"at\":null}").unwrap(), None);
        assert!(at("{\"at\":\"yesterday\"}").is_err());
    }
}
