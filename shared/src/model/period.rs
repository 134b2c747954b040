//! The period of a statement: whole UTC days.

use jiff::civil::Date;

use crate::model::closed::month_after;
use crate::model::error::{Error, Result};

/// The longest period that is given in days.
pub const MAX_DAYS: i32 = 92;

/// A period of UTC days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Period {
    /// A calendar month, `yyyy-mm`, in UTC.
    ///
    /// # Errors [`Error::BadRequest`] for an invalid month.
    pub fn month(text: &str) -> Result<Self> {
        let refused = || bad("month", "A month is written as `yyyy-mm`, for example 2026-03.");
        let plain = text.len() == 7 && text.bytes().all(|it| it.is_ascii_digit() || it == b'-');
        let first = Some(text).filter(|_| plain).ok_or_else(refused)?;
        let from: Date = format!("{first}-01").parse().map_err(|_| refused())?;
        Self { from, to: from.last_of_month() }.within_the_calendar("month")
    }

    /// Days, `yyyy-mm-dd`, at most [`MAX_DAYS`] of them.
    ///
    /// # Errors [`Error::BadRequest`] for an invalid date, an end before the start, and more days.
    pub fn days(from: &str, to: &str) -> Result<Self> {
        let period = Self::any(from, to)?;
        if period.length() > MAX_DAYS {
            return Err(bad("to", &format!("A period has at most {MAX_DAYS} days.")));
        }
        Ok(period)
    }

    /// Days, of any number.
    ///
    /// # Errors [`Error::BadRequest`] for an invalid date, and an end before the start.
    pub fn any(from: &str, to: &str) -> Result<Self> {
        let date = |field: &'static str, text: &str| -> Result<Date> {
            let plain = text.len() == 10;
            Some(text).filter(|_| plain).and_then(|text| text.parse().ok()).ok_or_else(|| {
                bad(field, "A date is written as `yyyy-mm-dd`, for example 2026-03-31.")
            })
        };
        let period = Self { from: date("from", from)?, to: date("to", to)? };
        if period.to < period.from {
            return Err(bad("to", "The last day is before the first."));
        }
        period.within_the_calendar("to")
    }

    /// The period, if the calendar has an instant after it.
    fn within_the_calendar(self, field: &'static str) -> Result<Self> {
        let has_end = self.seconds().is_some();
        Some(self).filter(|_| has_end).ok_or_else(|| bad(field, "the date is out of range"))
    }

    /// How many days it has.
    #[must_use]
    pub fn length(&self) -> i32 {
        self.from.until(self.to).map_or(i32::MAX, |span| span.get_days()) + 1
    }

    /// The calendar month, as `yyyy-mm`, if the period is exactly one.
    #[must_use]
    pub fn whole_month(&self) -> Option<String> {
        let is_month = self.from.day() == 1 && self.to == self.from.last_of_month();
        is_month.then(|| self.from.strftime("%Y-%m").to_string())
    }

    /// How many days of a month are in the period: none, some or all.
    #[must_use]
    pub fn covers(&self, month: &str) -> bool {
        let first: Option<Date> = format!("{month}-01").parse().ok();
        first.is_some_and(|first| self.from <= first && first.last_of_month() <= self.to)
    }

    /// The first day after it.
    #[must_use]
    pub fn after(&self) -> Option<Date> {
        self.to.tomorrow().ok()
    }

    /// Its first second, and the first one after it: Unix seconds.
    #[must_use]
    pub fn seconds(&self) -> Option<(i64, i64)> {
        let midnight = |date: Date| {
            let midnight = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
            midnight.ok().map(jiff::Timestamp::as_second)
        };
        Some((midnight(self.from)?, midnight(self.after()?)?))
    }

    /// The months that it touches, in order.
    #[must_use]
    pub fn months(&self) -> Vec<String> {
        let last = self.to.strftime("%Y-%m").to_string();
        let mut months = vec![self.from.strftime("%Y-%m").to_string()];
        while let Some(next) =
            months.last().filter(|month| **month < last).and_then(|it| month_after(it))
        {
            months.push(next);
        }
        months
    }
}

fn bad(field: &'static str, detail: &str) -> Error {
    Error::BadRequest { field: Some(field), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_its_days_and_nothing_else_is_one() {
        let leap = Period::month("2028-02").unwrap();
        assert_eq!((leap.length(), leap.whole_month().as_deref()), (29, Some("2028-02")));
        for text in
            ["9999-12", "2026-13", "2026-3", "26-03", "2026/03", "", "2026-03-01", "+202603"]
        {
            assert!(Period::month(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_at_most_ninety_two_and_in_order() {
        let quarter = Period::days("2026-07-01", "2026-09-30").unwrap();
        assert_eq!(quarter.length(), MAX_DAYS);
        assert_eq!(quarter.months(), ["2026-07", "2026-08", "2026-09"]);
        assert!(quarter.covers("2026-08") && !quarter.covers("2026-10"));
        assert!(Period::days("2026-07-01", "2026-10-01").is_err());
        assert!(Period::days("2026-07-02", "2026-07-01").is_err());
        assert!(Period::days("9999-12-30", "9999-12-31").is_err(), "no instant is after it");
        assert!(Period::any("2026-01-01", "9999-12-31").is_err());
        assert!(Period::days("2026-07-02T00:00", "2026-07-03").is_err());
        assert_eq!(Period::days("2026-07-02", "2026-07-02").unwrap().whole_month(), None);
    }
}
