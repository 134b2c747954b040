//! Formats Stripe's Unix seconds for the ledger and for people. All times are UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::model::ledger::error::LedgerError;

/// An hour of Unix time.
pub const SECONDS_PER_HOUR: i64 = 3600;

/// A UTC day has no leap seconds in Unix time.
pub const SECONDS_PER_DAY: i64 = 24 * SECONDS_PER_HOUR;

/// The start of the UTC hour that contains an instant; both in Unix seconds. The first hour of the
/// clock's range rounds to itself.
pub fn hour_of(unix_seconds: i64) -> i64 {
    unix_seconds.saturating_sub(unix_seconds.rem_euclid(SECONDS_PER_HOUR))
}

/// The UTC midnight of the day that contains an instant; both in Unix seconds.
pub fn day_of(unix_seconds: i64) -> i64 {
    unix_seconds.saturating_sub(unix_seconds.rem_euclid(SECONDS_PER_DAY))
}

/// `2025-09-02T01:00:03Z`.
///
/// # Errors
/// [`LedgerError::InvalidTime`] outside the years −9999 to 9999.
pub fn rfc3339(unix_seconds: i64) -> Result<String, LedgerError> {
    Ok(timestamp(unix_seconds)?.to_string())
}

/// The UTC day, `2025-09-02`.
///
/// # Errors
/// [`LedgerError::InvalidTime`] outside the years −9999 to 9999.
pub fn utc_date(unix_seconds: i64) -> Result<String, LedgerError> {
    Ok(utc_day(unix_seconds)?.to_string())
}

/// The UTC midnight that a day begins with, Unix seconds. `None` for any text that differs from
/// what [`utc_date`] writes.
pub fn day_from(text: &str) -> Option<i64> {
    let day: Date = text.parse().ok()?;
    let midnight = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?.as_second();
    (utc_date(midnight).as_deref() == Ok(text)).then_some(midnight)
}

/// The UTC day as a date of the calendar.
///
/// # Errors
/// [`LedgerError::InvalidTime`] outside the years −9999 to 9999.
pub(crate) fn utc_day(unix_seconds: i64) -> Result<Date, LedgerError> {
    Ok(Offset::UTC.to_datetime(timestamp(unix_seconds)?).date())
}

fn timestamp(unix_seconds: i64) -> Result<Timestamp, LedgerError> {
    Timestamp::from_second(unix_seconds).map_err(|_| LedgerError::InvalidTime)
}
