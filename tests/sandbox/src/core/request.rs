//! Requests for transactions: what is read, what is refused, and in which words.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::decimal::Decimal;
use super::meta::MetaInput;
use super::time::parse_rfc3339;

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
    /// Not simulated.
    pub inflight: Option<bool>,
    /// Applied before the answer.
    pub skip_queue: Option<bool>,
    /// Of a split.
    pub atomic: Option<bool>,
    /// Not simulated.
    pub dry_run: Option<bool>,
    /// The balance that is debited: its id, or `@name`.
    pub source: Option<String>,
    /// The balance that is credited.
    pub destination: Option<String>,
    /// Not simulated.
    pub sources: Option<Vec<Distribution>>,
    /// Not simulated.
    pub destinations: Option<Vec<Distribution>>,
    /// Unique in the ledger.
    pub reference: Option<String>,
    /// Any text.
    pub description: Option<String>,
    /// Any text; its case matters.
    pub currency: Option<String>,
    /// When the transaction counts in historical balances.
    pub effective_date: Option<EffectiveDate>,
    /// Not simulated.
    pub scheduled_for: Option<String>,
    /// Not simulated.
    pub inflight_expiry_date: Option<String>,
    /// Not simulated.
    pub inflight_commit_date: Option<String>,
    /// Free keys and values.
    pub meta_data: Option<MetaInput>,
}

/// One part of a split transaction.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Distribution {
    /// Whose part it is.
    pub identifier: Option<String>,
}

/// An RFC 3339 timestamp, in microseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectiveDate(pub i64);

impl<'de> Deserialize<'de> for EffectiveDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let micros = parse_rfc3339(&text);
        micros.map(Self).ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 timestamp"))
    }
}

/// A transaction that passed validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// Minor units; zero is refused later, when it is applied.
    pub amount: i128,
    /// Whether the amount was given in minor units: the answer then shows `amount_string`.
    pub precise: bool,
    /// Minor units in one major unit.
    pub precision: i64,
    /// Case-sensitive.
    pub currency: String,
    /// Unique in the ledger.
    pub reference: String,
    /// Any text.
    pub description: String,
    /// Debited.
    pub source: String,
    /// Credited.
    pub destination: String,
    /// Whether the source may go below zero.
    pub allow_overdraft: bool,
    /// How far below zero, in minor units; 0 with `allow_overdraft` = without limit.
    pub overdraft_limit: i128,
    /// The limit as it was sent.
    pub overdraft_limit_sent: Decimal,
    /// Applied before the answer.
    pub skip_queue: bool,
    /// Microseconds since the epoch; absent = the time it is taken.
    pub effective: Option<i64>,
    /// Free keys and values.
    pub meta: MetaInput,
}

/// Why a request was refused before anything was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// A rule of the ledger, in its words.
    Rule(String),
    /// Something that the real ledger takes and this one does not.
    NotSimulated(&'static str),
}

impl TxnRequest {
    /// Checks everything that needs no ledger.
    ///
    /// # Errors
    /// All broken rules in one text (`field: message; field: message.`), fields in alphabetical order; or a feature
    /// that is not simulated.
    pub fn validate(self) -> Result<Post, Invalid> {
        let mut broken = BTreeMap::new();
        if let Some(message) = self.broken_amount() {
            broken.insert("amount", message);
        }
        if let Some(message) = self.broken_precision() {
            broken.insert("precision", message);
        }
        self.check_texts(&mut broken);
        self.check_sides(&mut broken);
        self.check_dates(&mut broken);
        if !broken.is_empty() {
            let texts: Vec<_> = broken.iter().map(|(k, v)| format!("{k}: {v}")).collect();
            return Err(Invalid::Rule(format!("{}.", texts.join("; "))));
        }
        if let Some(feature) = self.not_simulated() {
            return Err(Invalid::NotSimulated(feature));
        }
        self.into_post().ok_or_else(|| Invalid::Rule("amount: amount is out of range.".to_owned()))
    }

    fn broken_amount(&self) -> Option<&'static str> {
        let given = !self.amount.is_zero();
        if given && self.precise_amount.is_some() {
            return Some("either amount or precise_amount should be provided, not both");
        }
        if !given && self.precise_amount.is_none() {
            return Some("either amount or precise_amount is required");
        }
        if self.amount.significant_digits() > MAX_AMOUNT_DIGITS {
            return Some("amount has more than 15 significant digits which may cause rounding errors; use precise_amount instead");
        }
        if self.amount.is_negative() {
            return Some("amount cannot be negative");
        }
        if self.precise_amount.is_some_and(|amount| amount < 0) {
            return Some("precise_amount cannot be negative");
        }
        None
    }

    fn broken_precision(&self) -> Option<&'static str> {
        if self.precision.as_whole().is_none() {
            return Some("precision must be an integer value");
        }
        self.precision.is_negative().then_some("precision cannot be negative")
    }

    fn check_texts(&self, broken: &mut BTreeMap<&'static str, &'static str>) {
        let texts = [("currency", &self.currency), ("reference", &self.reference), ("description", &self.description)];
        for (field, text) in texts {
            if text.as_deref().unwrap_or_default().is_empty() {
                broken.insert(field, "cannot be blank");
            }
        }
    }

    fn check_sides(&self, broken: &mut BTreeMap<&'static str, &'static str>) {
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
        let within =
            |parts: &[Distribution], side: &str| !side.is_empty() && parts.iter().any(|part| part.identifier.as_deref() == Some(side));
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
                let message = "please format the scheduled date as 'YYYY-MM-DDTHH:MM:SS+00:00' (e.g., 2024-04-22T15:28:03+00:00)";
                broken.insert(field, message);
            }
        }
    }

    fn not_simulated(&self) -> Option<&'static str> {
        let set = |flag: Option<bool>| flag.unwrap_or_default();
        let given = |date: &Option<String>| date.as_deref().is_some_and(|date| !date.is_empty());
        if self.source.as_deref().unwrap_or_default().is_empty() || self.destination.as_deref().unwrap_or_default().is_empty() {
            return Some("sources and destinations");
        }
        if set(self.inflight) {
            return Some("inflight");
        }
        if set(self.dry_run) {
            return Some("dry_run");
        }
        let dates = [&self.scheduled_for, &self.inflight_expiry_date, &self.inflight_commit_date];
        dates.into_iter().any(given).then_some("scheduled_for and inflight dates")
    }

    fn into_post(self) -> Option<Post> {
        let precision = i64::try_from(self.precision.as_whole()?).ok()?.max(1);
        let amount = match self.precise_amount {
            Some(amount) => amount,
            None => self.amount.times_rounded(precision.into())?,
        };
        Some(Post {
            amount,
            precise: self.precise_amount.is_some(),
            precision,
            currency: self.currency?,
            reference: self.reference?,
            description: self.description?,
            source: self.source?,
            destination: self.destination?,
            allow_overdraft: self.allow_overdraft.unwrap_or_default(),
            overdraft_limit: self.overdraft_limit.times_rounded(precision.into())?,
            overdraft_limit_sent: self.overdraft_limit,
            skip_queue: self.skip_queue.unwrap_or_default(),
            effective: self.effective_date.map(|date| date.0),
            meta: self.meta_data.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Invalid, TxnRequest};

    const GOOD: &str =
        r#"{"precise_amount":1050,"precision":100,"currency":"USD","reference":"r","description":"d","source":"@a","destination":"@b"}"#;

    fn with(field: &str, value: &str) -> Result<TxnRequest, serde_json::Error> {
        let mut body: serde_json::Map<String, serde_json::Value> = serde_json::from_str(GOOD).unwrap();
        body.remove(field);
        let rest = serde_json::to_string(&body).unwrap();
        serde_json::from_str(&format!("{{\"{field}\":{value},{}", &rest[1..]))
    }

    fn rule(field: &str, value: &str) -> String {
        match with(field, value).unwrap().validate() {
            Err(Invalid::Rule(text)) => text,
            other => panic!("{field}={value}: {other:?}"),
        }
    }

    #[test]
    fn precise_amount_is_a_bare_integer_of_any_size() {
        for bad in ["\"1050\"", "1050.0", "10.5", "1e3", "true"] {
            assert!(with("precise_amount", bad).is_err(), "{bad}");
        }
        let post = with("precise_amount", "9007199254740993123").unwrap();
        assert_eq!(post.validate().unwrap().amount, 9_007_199_254_740_993_123);
    }

    #[test]
    fn each_broken_rule_is_named_in_the_ledgers_words() {
        assert_eq!(rule("amount", "5"), "amount: either amount or precise_amount should be provided, not both.");
        assert_eq!(rule("precise_amount", "null"), "amount: either amount or precise_amount is required.");
        assert_eq!(rule("precision", "10.5"), "precision: precision must be an integer value.");
        assert_eq!(rule("currency", "\"\""), "currency: cannot be blank.");
        assert_eq!(rule("destination", "\"@a\""), "destination: source and destination cannot be the same balance.");
        let empty: TxnRequest = serde_json::from_str("{\"precise_amount\":1}").unwrap();
        let Err(Invalid::Rule(text)) = empty.validate() else {
            panic!("an empty request passed");
        };
        assert_eq!(
            text,
            "currency: cannot be blank; description: cannot be blank; destination: either destination or destinations is required, not both; reference: cannot be blank; source: either source or sources is required, not both."
        );
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
        assert!(with("apply_overdraft", "\"whatever\"").unwrap().validate().is_ok());
    }

    #[test]
    fn an_amount_in_major_units_is_rounded_to_the_nearest_minor_unit() {
        let text = GOOD.replace("\"precise_amount\":1050", "\"amount\":1.005");
        let request: TxnRequest = serde_json::from_str(&text).unwrap();
        assert_eq!(request.validate().unwrap().amount, 101);
    }
}
