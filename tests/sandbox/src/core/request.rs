//! Requests for transactions: what is read, what is refused, and in which words.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::decimal::Decimal;
use super::meta::MetaInput;
use super::split::Distribution;
use super::time::{echo_rfc3339, parse_rfc3339};
use super::types::{Dates, Parent};
use super::version::Version;

/// Amounts given in major units may not have more digits than a 64-bit float holds.
const MAX_AMOUNT_DIGITS: usize = 15;

/// The body of `POST /transactions`, and one item of a bulk. Fields it does not know are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TxnRequest {
    /// In minor units: a bare JSON integer, nothing else.
    pub precise_amount: Option<i128>,
    /// In major units.
    pub amount: Decimal,
    /// Minor units in one major unit; 0 = 1.
    pub precision: Decimal,
    /// In major units.
    pub overdraft_limit: Decimal,
    /// Whether the source may go below zero.
    pub allow_overdraft: Option<bool>,
    /// Held on both balances until it is committed or voided.
    pub inflight: Option<bool>,
    /// Applied before the answer.
    pub skip_queue: Option<bool>,
    /// Of a split.
    pub atomic: Option<bool>,
    /// Only told what would happen.
    pub dry_run: Option<bool>,
    /// The balance that is debited: its id, or `@name`.
    pub source: Option<String>,
    /// The balance that is credited.
    pub destination: Option<String>,
    /// The balances that share in the debit.
    pub sources: Option<Vec<Distribution>>,
    /// The balances that share in the credit.
    pub destinations: Option<Vec<Distribution>>,
    /// Unique in the ledger.
    pub reference: Option<String>,
    /// Any text.
    pub description: Option<String>,
    /// Any text; its case matters.
    pub currency: Option<String>,
    /// When the transaction counts in historical balances.
    pub effective_date: Option<EffectiveDate>,
    /// When it is applied.
    pub scheduled_for: Option<String>,
    /// When what is left of a hold is given back.
    pub inflight_expiry_date: Option<String>,
    /// When what is left of a hold is committed.
    pub inflight_commit_date: Option<String>,
    /// Free keys and values.
    pub meta_data: Option<MetaInput>,
}

/// An RFC 3339 timestamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveDate {
    /// Microseconds since the epoch.
    micros: i64,
    /// As an answer repeats it.
    echo: String,
}

impl<'de> Deserialize<'de> for EffectiveDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let micros = parse_rfc3339(&text)
            .ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 timestamp"))?;
        Ok(Self { micros, echo: echo_rfc3339(&text) })
    }
}

impl Post {
    /// Whether the database can write it: it has no text with U+0000 in it.
    pub fn is_storable(&self) -> bool {
        let texts =
            [&self.reference, &self.description, &self.currency, &self.source, &self.destination];
        !texts.into_iter().any(|text| text.contains('\0'))
            && self.meta.iter().all(|(key, value)| !key.contains('\0') && !holds_null(value))
    }
}

/// Whether a text with U+0000 in it, which no database stores, is anywhere in a value.
pub(super) fn holds_null(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(values) => values.iter().any(holds_null),
        serde_json::Value::Object(members) => {
            members.iter().any(|(key, value)| key.contains('\0') || holds_null(value))
        }
        _ => false,
    }
}

/// A transaction that passed validation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Post {
    /// Minor units; zero is refused later, when it is applied.
    pub amount: i128,
    /// Whether the amount was given in minor units: the answer then shows `amount_string`.
    pub precise: bool,
    /// The amount in major units as it was sent, when it was.
    pub amount_sent: Decimal,
    /// Minor units in one major unit.
    pub precision: i64,
    /// Case-sensitive.
    pub currency: String,
    /// Unique in the ledger.
    pub reference: String,
    /// Any text.
    pub description: String,
    /// Debited; empty when there are `sources`.
    pub source: String,
    /// Credited; empty when there are `destinations`.
    pub destination: String,
    /// Who shares in the debit.
    pub sources: Vec<Distribution>,
    /// Who shares in the credit.
    pub destinations: Vec<Distribution>,
    /// Whether the source may go below zero.
    pub allow_overdraft: bool,
    /// How far below zero, in minor units; 0 with `allow_overdraft` = without limit.
    pub overdraft_limit: i128,
    /// The limit as it was sent.
    pub overdraft_limit_sent: Decimal,
    /// Applied before the answer.
    pub skip_queue: bool,
    /// Held, not applied.
    pub inflight: bool,
    /// Whether the parts of a split are reversed when one of them is refused.
    pub atomic: bool,
    /// Only told what would happen.
    pub dry_run: bool,
    /// Scheduling, expiry and commit of a hold.
    pub dates: Dates,
    /// The bulk or the split it is a part of.
    pub queued_for: Option<Parent>,
    /// Microseconds since the epoch; absent = the time it is taken.
    pub effective: Option<i64>,
    /// The same as an answer repeats it.
    pub effective_sent: Option<String>,
    /// Free keys and values.
    pub meta: MetaInput,
}

impl TxnRequest {
    /// Checks everything that needs no ledger.
    ///
    /// # Errors
    /// All broken rules in one text (`field: message; field: message.`), fields in alphabetical
    /// order.
    pub fn validate(self, version: Version) -> Result<Post, String> {
        let mut broken = BTreeMap::new();
        if let Some(message) = self.broken_amount(version) {
            broken.insert("amount", message);
        }
        if let Some(message) = self.broken_precision(version) {
            broken.insert("precision", message);
        }
        self.check_texts(&mut broken);
        self.check_sides(&mut broken, version);
        self.check_dates(&mut broken);
        if !broken.is_empty() {
            let texts: Vec<_> = broken.iter().map(|(k, v)| format!("{k}: {v}")).collect();
            return Err(format!("{}.", texts.join("; ")));
        }
        self.into_post().ok_or_else(|| "amount: amount is out of range.".to_owned())
    }

    fn broken_amount(&self, version: Version) -> Option<&'static str> {
        let given = !self.amount.is_zero();
        if given && self.precise_amount.is_some() {
            return Some("either amount or precise_amount should be provided, not both");
        }
        if !given && self.precise_amount.is_none() {
            return Some("either amount or precise_amount is required");
        }
        if self.amount.significant_digits() > MAX_AMOUNT_DIGITS {
            return Some(
                "amount has more than 15 significant digits which may cause rounding errors; use \
                 precise_amount instead",
            );
        }
        if !version.is_newest() {
            return None;
        }
        if self.amount.is_negative() {
            return Some("amount cannot be negative");
        }
        if self.precise_amount.is_some_and(|amount| amount < 0) {
            return Some("precise_amount cannot be negative");
        }
        None
    }

    fn broken_precision(&self, version: Version) -> Option<&'static str> {
        if self.precision.as_whole().is_none() {
            return Some("precision must be an integer value");
        }
        (version.is_newest() && self.precision.is_negative())
            .then_some("precision cannot be negative")
    }

    fn check_texts(&self, broken: &mut BTreeMap<&'static str, &'static str>) {
        let texts = [
            ("currency", &self.currency),
            ("reference", &self.reference),
            ("description", &self.description),
        ];
        for (field, text) in texts {
            if text.as_deref().unwrap_or_default().is_empty() {
                broken.insert(field, "cannot be blank");
            }
        }
    }

    fn check_sides(&self, broken: &mut BTreeMap<&'static str, &'static str>, version: Version) {
        let one = |side: &Option<String>| side.clone().unwrap_or_default();
        let many = |sides: &Option<Vec<Distribution>>| sides.clone().unwrap_or_default();
        let (source, destination) = (one(&self.source), one(&self.destination));
        let (sources, destinations) = (many(&self.sources), many(&self.destinations));
        if source.is_empty() == sources.is_empty() {
            broken.insert("source", "either source or sources is required, not both");
        }
        if destination.is_empty() == destinations.is_empty() {
            let message = "either destination or destinations is required, not both";
            broken.insert("destination", message);
            return;
        }
        let within = |parts: &[Distribution], side: &str| {
            !side.is_empty() && parts.iter().any(|part| part.identifier.as_deref() == Some(side))
        };
        if !version.is_newest() {
            return;
        }
        let same = !source.is_empty() && source == destination;
        if same || within(&destinations, &source) || within(&sources, &destination) {
            let message = "source and destination cannot be the same balance";
            broken.insert("destination", message);
        }
    }

    fn check_dates(&self, broken: &mut BTreeMap<&'static str, &'static str>) {
        let dates = [
            ("scheduled_for", &self.scheduled_for),
            ("inflight_expiry_date", &self.inflight_expiry_date),
            ("inflight_commit_date", &self.inflight_commit_date),
        ];
        for (field, date) in dates {
            let date = date.as_deref().unwrap_or_default();
            if !date.is_empty() && parse_rfc3339(date).is_none() {
                let message = "please format the scheduled date as 'YYYY-MM-DDTHH:MM:SS+00:00' \
                    (e.g., 2024-04-22T15:28:03+00:00)";
                broken.insert(field, message);
            }
        }
    }

    fn into_post(self) -> Option<Post> {
        let precision = i64::try_from(self.precision.as_whole()?).ok()?.max(1);
        let amount = match self.precise_amount {
            Some(amount) => amount,
            None => self.amount.times_rounded(precision.into())?,
        };
        let date = |text: &Option<String>| text.as_deref().and_then(parse_rfc3339);
        let dates = Dates {
            scheduled_for: date(&self.scheduled_for),
            inflight_expiry: date(&self.inflight_expiry_date),
            inflight_commit: date(&self.inflight_commit_date),
        };
        Some(Post {
            amount,
            precise: self.precise_amount.is_some(),
            amount_sent: self.amount,
            precision,
            currency: self.currency?,
            reference: self.reference?,
            description: self.description?,
            source: self.source.unwrap_or_default(),
            destination: self.destination.unwrap_or_default(),
            sources: self.sources.unwrap_or_default(),
            destinations: self.destinations.unwrap_or_default(),
            allow_overdraft: self.allow_overdraft.unwrap_or_default(),
            overdraft_limit: self.overdraft_limit.times_rounded(precision.into())?,
            overdraft_limit_sent: self.overdraft_limit,
            skip_queue: self.skip_queue.unwrap_or_default(),
            inflight: self.inflight.unwrap_or_default(),
            atomic: self.atomic.unwrap_or_default(),
            dry_run: self.dry_run.unwrap_or_default(),
            dates,
            queued_for: None,
            effective: self.effective_date.as_ref().map(|date| date.micros),
            effective_sent: self.effective_date.map(|date| date.echo),
            meta: self.meta_data.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::TxnRequest;
    use crate::core::version::{NEWEST, Version};

    const GOOD: &str = r#"{"precise_amount":1050,"precision":100,"currency":"USD","reference":"r","description":"d","source":"@a","destination":"@b"}"#;

    fn with(field: &str, value: &str) -> Result<TxnRequest, serde_json::Error> {
        let mut body: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(GOOD).unwrap();
        body.remove(field);
        let rest = serde_json::to_string(&body).unwrap();
        serde_json::from_str(&format!("{{\"{field}\":{value},{}", &rest[1..]))
    }

    fn rule(field: &str, value: &str) -> String {
        with(field, value).unwrap().validate(NEWEST).unwrap_err()
    }

    #[test]
    fn precise_amount_is_a_bare_integer_of_any_size() {
        for bad in ["\"1050\"", "1050.0", "10.5", "1e3", "true"] {
            assert!(with("precise_amount", bad).is_err(), "{bad}");
        }
        let post = with("precise_amount", "9007199254740993123").unwrap();
        assert_eq!(post.validate(NEWEST).unwrap().amount, 9_007_199_254_740_993_123);
    }

    #[test]
    fn each_broken_rule_is_named_in_the_ledgers_words() {
        assert_eq!(
            rule("amount", "5"),
            "amount: either amount or precise_amount should be provided, not both."
        );
        assert_eq!(
            rule("precise_amount", "null"),
            "amount: either amount or precise_amount is required."
        );
        assert_eq!(rule("precision", "10.5"), "precision: precision must be an integer value.");
        assert_eq!(rule("currency", "\"\""), "currency: cannot be blank.");
        assert_eq!(
            rule("destination", "\"@a\""),
            "destination: source and destination cannot be the same balance."
        );
        let empty: TxnRequest = serde_json::from_str("{\"precise_amount\":1}").unwrap();
        assert_eq!(
            empty.validate(NEWEST).unwrap_err(),
            "currency: cannot be blank; description: cannot be blank; destination: either \
             destination or destinations is required, not both; reference: cannot be blank; \
             source: either source or sources is required, not both."
        );
    }

    #[test]
    fn an_older_ledger_lets_equal_sides_through() {
        let old: Version = "0.14".parse().unwrap();
        assert!(with("destination", "\"@a\"").unwrap().validate(old).is_ok());
    }

    #[test]
    fn dates_and_metadata_are_refused_by_their_type_and_unknown_fields_are_not_seen() {
        for bad in ["\"2025-02-15\"", "\"\"", "1739615400"] {
            assert!(with("effective_date", bad).is_err(), "{bad}");
        }
        assert!(with("effective_date", "null").is_ok());
        for bad in ["[1]", "\"x\"", "5"] {
            assert!(with("meta_data", bad).is_err(), "{bad}");
        }
        assert!(with("apply_overdraft", "\"whatever\"").unwrap().validate(NEWEST).is_ok());
    }

    #[test]
    fn an_amount_in_major_units_is_rounded_to_the_nearest_minor_unit() {
        let text = GOOD.replace("\"precise_amount\":1050", "\"amount\":1.005");
        let request: TxnRequest = serde_json::from_str(&text).unwrap();
        assert_eq!(request.validate(NEWEST).unwrap().amount, 101);
    }
}
