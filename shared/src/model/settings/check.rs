//! Validates settings against what exists already. Pure.

use jiff::civil::Date;

use crate::model::connection::Connection;
use crate::model::error::{Details, Error, Result};
use crate::model::ledger::{Account, AccountChoice, Chart, Mode, WHOLE_HISTORY, utc_date};
use crate::model::settings::{PayIns, Settings};
use crate::model::time::Millis;

/// The minimum age of a start: records of the last day may still appear.
const START_AGE_SECONDS: i64 = 86_400;

impl Settings {
    /// Where new entries go.
    #[must_use]
    pub fn accounts(&self) -> AccountChoice {
        AccountChoice {
            one_account: self.pay_ins == PayIns::OneAccount,
            names: self.account_names.clone(),
        }
    }

    /// The account behind a key of these settings' account names, by its effective name in a chart.
    #[must_use]
    pub fn account_name(&self, chart: &Chart, account: Account) -> String {
        self.account_names.get(account.key()).cloned().unwrap_or_else(|| chart.account(account))
    }

    /// The Unix time at which a start date begins, its UTC midnight. `None` for an invalid date.
    #[must_use]
    pub fn start_of(date: &str) -> Option<i64> {
        // Only the form in which it is stored and compared is valid.
        let parsed: Date = date.parse().ok().filter(|parsed: &Date| parsed.to_string() == date)?;
        Some(jiff::tz::TimeZone::UTC.to_timestamp(parsed.at(0, 0, 0, 0)).ok()?.as_second())
    }

    /// Validates settings that are to replace `before`.
    ///
    /// # Errors
    /// [`Error::Refused`] naming the field.
    pub fn check(&self, before: &Self, connection: Option<&Connection>, now: Millis) -> Result<()> {
        // Without a connection the mode is unknown, so the names must work for both.
        let charts = match connection {
            Some(connection) => vec![
                Chart::new(connection.mirror.clone())
                    .map_err(Error::internal)?
                    .in_mode(connection.mode),
            ],
            None => vec![Chart::for_mode(Mode::Live), Chart::for_mode(Mode::Test)],
        };
        for chart in charts {
            chart
                .ruled_by(self.account_rules.clone())
                .choosing(&self.accounts())
                .map_err(|error| refused("account_names", error.to_string()))?;
        }
        self.check_start(before, connection, now)?;
        if self.match_by_email && !self.personal_data.email {
            let why = "Matching sends the e-mail address to Blnk to look for it: copy the address \
                too, or do not match.";
            return Err(refused("match_by_email", why));
        }
        for (currency, ceiling) in &self.ceilings {
            if *ceiling == 0 || i64::try_from(*ceiling).is_err() {
                return Err(refused(
                    "ceilings",
                    format!("The ceiling for {currency} must be a positive amount."),
                ));
            }
        }
        Ok(())
    }

    /// Once something was posted, a start can only move to an earlier date: posted entries stay.
    fn check_start(
        &self,
        before: &Self,
        connection: Option<&Connection>,
        now: Millis,
    ) -> Result<()> {
        let Some(date) = &self.start_date else { return Ok(()) };
        let start = Self::start_of(date)
            .ok_or_else(|| refused("start_date", "The start must be a date such as 2026-01-31."))?;
        if self.start_date == before.start_date {
            // A start fixed by an earlier installation may lie before the date given here.
            return Ok(());
        }
        if start > now.seconds() - START_AGE_SECONDS {
            return Err(refused(
                "start_date",
                "The start must lie at least 24 hours back, counted from its midnight in UTC.",
            ));
        }
        let posted_from = connection.and_then(Connection::posted_from);
        if posted_from.is_some_and(|from| start > from) {
            let from = posted_from
                .filter(|from| *from != WHOLE_HISTORY)
                .and_then(|from| utc_date(from).ok());
            let from = from.unwrap_or_else(|| "the beginning of the account".to_owned());
            return Err(refused(
                "start_date",
                format!(
                    "Movements are posted from {from} on: the start cannot be moved to a later \
                     date."
                ),
            ));
        }
        Ok(())
    }
}

fn refused(field: &'static str, detail: impl Into<String>) -> Error {
    Error::refused("invalid_setting", detail)
        .with(Details { field: Some(field), ..Details::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::connection::Start;

    const NOW: Millis = Millis(1_760_000_000_000); // 2025-10-09T08:53:20Z

    fn named(pairs: &[(&str, &str)]) -> Settings {
        let account_names =
            pairs.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect();
        Settings { account_names, ..Settings::default() }
    }

    fn refusal(settings: &Settings, before: &Settings, connection: Option<&Connection>) -> String {
        match settings.check(before, connection, NOW) {
            Ok(()) => String::new(),
            Err(Error::Refused { more, .. }) => more.field.unwrap().to_owned(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_name_is_a_ledger_indicator_of_its_own_and_never_a_mirror() {
        let before = Settings::default();
        for good in [
            &[("fees", "@costs")][..],
            &[("fees", "@stripe_eu_fees")],
            &[("fees", "@payouts"), ("payouts", "@bank")],
        ] {
            assert_eq!(refusal(&named(good), &before, None), "", "{good:?}");
        }
        let long = format!("@{}", "a".repeat(64));
        for bad in [
            &[("fees", "costs")][..],
            &[("fees", "@")],
            &[("fees", "@co sts")],
            &[("fees", "@co-sts")],
            &[("fees", "@kösten")],
            &[("fees", &long)],
            &[("charges", "@costs")],
            &[("Fees", "@costs")],
            &[("fees", "@stripe")],
            &[("fees", "@stripe_test_issuing")],
            &[("fees", "@stripe_balance_something_new")],
            &[("fees", "@stripe_payouts")],
            &[("fees", "@costs"), ("tax", "@costs")],
            // Without a connection the mode is unknown: a name of one mode's chart belongs to the
            // other.
            &[("fees", "@stripe_fees")],
            &[("fees", "@stripe_test_fees")],
            &[("fees", "@stripe_payouts"), ("payouts", "@bank")],
        ] {
            assert_eq!(refusal(&named(bad), &before, None), "account_names", "{bad:?}");
        }
    }

    #[test]
    fn an_account_name_of_the_other_modes_chart_is_refused() {
        let before = Settings::default();
        let fresh = crate::model::connection::tests::connection();
        let connected =
            |mode, mirror: &str| Connection { mode, mirror: mirror.to_owned(), ..fresh.clone() };
        let charts = [
            (Mode::Test, "@stripe_test", "@stripe"),
            (Mode::Live, "@stripe", "@stripe_test"),
            (Mode::Test, "@stripe_eu", "@stripe"),
            (Mode::Live, "@stripe_eu", "@stripe_test"),
        ];
        for (mode, mirror, other) in charts {
            let connection = connected(mode, mirror);
            for name in [
                "",
                "_issuing",
                "_refund_and_dispute_prefunding",
                "_balance_risk_reserved",
                "_balance_new",
                "_fees",
                "_customers",
                "_opening",
            ] {
                let theirs = format!("{other}{name}");
                for word in ["fees", "customers", "payouts"] {
                    assert_eq!(
                        refusal(&named(&[(word, &theirs)]), &before, Some(&connection)),
                        "account_names",
                        "{mode} {mirror}: {word} on {theirs}"
                    );
                    assert_eq!(
                        refusal(&named(&[(word, &theirs)]), &before, None),
                        "account_names",
                        "not connected: {word} on {theirs}"
                    );
                }
            }
            // Its own names, and names of no chart, stay free to choose.
            for own in [format!("{mirror}_costs"), format!("{mirror}_fees"), "@fees".to_owned()] {
                assert_eq!(
                    refusal(&named(&[("fees", &own)]), &before, Some(&connection)),
                    "",
                    "{mode} {mirror}: {own}"
                );
            }
        }
    }

    #[test]
    fn a_start_is_a_midnight_long_past_and_moves_to_earlier_dates_only_once_something_is_posted() {
        let starting =
            |date: &str| Settings { start_date: Some(date.to_owned()), ..Settings::default() };
        let none = Settings::default();
        let fresh = crate::model::connection::tests::connection();
        let whole = Connection { watermark: Some(NOW), ..fresh.clone() };
        for (date, good) in [
            ("2025-10-08", true),
            ("2025-10-09", false),
            ("2030-01-01", false),
            ("2025-02-30", false),
            ("2025-1-3", false),
            ("", false),
        ] {
            let expected = if good { "" } else { "start_date" };
            for connection in [None, Some(&fresh)] {
                assert_eq!(refusal(&starting(date), &none, connection), expected, "{date}");
            }
        }
        assert_eq!(
            refusal(&starting("2025-01-01"), &none, Some(&whole)),
            "start_date",
            "the whole history is there"
        );
        let before = starting("2025-03-01");
        let start = Start {
            at: Settings::start_of("2025-03-01").unwrap(),
            chosen: before.start_date.clone(),
            opened: true,
            later: None,
        };
        let posted = Connection { start: Some(start), ..whole };
        assert_eq!(refusal(&starting("2025-02-01"), &before, Some(&posted)), "");
        assert_eq!(refusal(&starting("2025-03-01"), &before, Some(&posted)), "");
        assert_eq!(
            refusal(&none, &before, Some(&posted)),
            "",
            "the beginning of the account is earlier than any date"
        );
        assert_eq!(refusal(&starting("2025-03-02"), &before, Some(&posted)), "start_date");
        assert_eq!(refusal(&starting("2025-03-02"), &before, Some(&fresh)), "");
        let later = starting("2025-04-01");
        assert_eq!(
            refusal(&later, &later, Some(&posted)),
            "",
            "other settings can be changed although an earlier installation's start counts"
        );
        assert_eq!(Settings::start_of("1970-01-02"), Some(86_400));
    }

    #[test]
    fn an_address_that_is_not_to_be_sent_is_not_looked_for() {
        let kept = Settings { match_by_email: true, ..Settings::default() };
        assert_eq!(refusal(&kept, &Settings::default(), None), "");
        let mut withheld = kept;
        withheld.personal_data.email = false;
        assert_eq!(refusal(&withheld, &Settings::default(), None), "match_by_email");
    }

    #[test]
    fn a_ceiling_is_a_positive_amount() {
        for (ceiling, good) in
            [(0, false), (1, true), (i64::MAX.unsigned_abs(), true), (u64::MAX, false)]
        {
            let settings = Settings {
                ceilings: [("EUR".parse().unwrap(), ceiling)].into(),
                ..Settings::default()
            };
            assert_eq!(
                refusal(&settings, &Settings::default(), None).is_empty(),
                good,
                "{ceiling}"
            );
        }
    }
}
