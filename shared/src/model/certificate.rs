//! Reconciliation certificates: what was compared, when, and with which result. They form a hash
//! chain: each holds the hash of its predecessor, so a later change or removal of one leaves a
//! trace.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::money::Sum;
use crate::model::payout::PayoutsProven;
use crate::model::time::Millis;

/// The version of the certificate layout. It is part of what is hashed.
const VERSION: u32 = 2;

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Both sides agree, to the minor unit.
    Match,
    /// Both sides differ.
    Mismatch,
    /// Money moved during the comparison: neither match nor mismatch.
    Inconclusive,
}

/// What one line of a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineVerdict {
    /// Both sides agree.
    Match,
    /// Both sides differ.
    Mismatch,
    /// Money moved during the comparison.
    Inconclusive,
    /// Stripe reports no figure. The expected entries agree with the ledger.
    NotCompared,
}

/// One balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which of Stripe's balances.
    pub balance: String,
    /// The mirror's indicator.
    pub mirror: String,
    /// Upper case.
    pub currency: String,
    /// Decimal places of a minor unit.
    pub exponent: u32,
    /// Stripe's figure, minor units; absent when Stripe reports none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stripe: Option<Sum>,
    /// The mirror's balance with the opposite sign.
    pub ledger: Sum,
    /// What Stripe's records imply: debits less credits.
    pub expected: Sum,
    /// Stripe's figure less the sum of Stripe's list: the Stripe difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "d1")]
    pub stripe_difference: Option<Sum>,
    /// Expected less ledger: the ledger difference.
    #[serde(rename = "d2")]
    pub ledger_difference: Sum,
    /// The mirror's debits: expected, then in the ledger.
    pub debits: (Sum, Sum),
    /// The mirror's credits: expected, then in the ledger.
    pub credits: (Sum, Sum),
    /// Records behind the expected figures.
    pub records: u64,
    /// The entries that these records imply.
    #[serde(default)]
    pub legs: u64,
    /// The sum modulo 2^128 over those entries of the first 16 bytes of SHA-256 of
    /// `reference|CURRENCY|movement of the mirror`.
    #[serde(default)]
    pub digest: String,
    /// The hours whose entries were read back from the ledger.
    #[serde(default)]
    pub hours: Hours,
    /// The result for this line.
    pub verdict: LineVerdict,
    /// A note for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Some of Stripe's records could not be read, of any balance and currency. The sums then
    /// decide nothing; only hours known to be complete do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

impl Line {
    /// Whether the ledger is wrong, independent of Stripe's own figures.
    pub(crate) fn is_ledger_at_fault(&self) -> bool {
        let sums_differ = self.debits.0 != self.debits.1 || self.credits.0 != self.credits.1;
        (sums_differ && !self.incomplete) || self.hours.differing > 0
    }
}

/// Hours of one mirror whose entries were compared one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hours {
    /// The ledger holds exactly what Stripe's records imply.
    pub agreed: u64,
    /// The ledger differs.
    pub differing: u64,
}

/// What is wrong with an entry that makes both sides differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// A Stripe record has no entry.
    Missing,
    /// The entry of a record differs from it.
    Different,
    /// An entry on the mirror that this app did not create for this account.
    Foreign,
    /// An entry with one of our references whose record Stripe does not list.
    Unlisted,
    /// A day before the start that Stripe now lists differently than when the opening entry was
    /// created. The reference names the day and the side of the mirror.
    BeforeStart,
}

/// An entry, or a missing entry, that causes a difference between the two sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The kind of difference.
    pub kind: CauseKind,
    /// The mirror's indicator.
    pub mirror: String,
    /// Upper case.
    pub currency: String,
    /// The reference of the existing or expected entry.
    pub reference: String,
    /// The Stripe record, where the reference names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stripe_id: Option<String>,
    /// The ledger's entry, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger_id: Option<String>,
    /// The expected movement of the mirror in minor units. Positive is a debit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Sum>,
    /// The actual movement of the mirror.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Sum>,
    /// When the entry takes effect, or should take effect, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The problem that explains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A reconciliation certificate, `PROOF`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The version of the layout.
    #[serde(default)]
    pub version: u32,
    /// Its id.
    pub id: Ulid,
    /// The run that issued it.
    pub run: Ulid,
    /// The account: `<account>:<mode>`.
    #[serde(default)]
    pub owner: String,
    /// The ledger's instance.
    #[serde(default)]
    pub instance: String,
    /// When Stripe's balance was read.
    pub at: Millis,
    /// The overall result.
    pub verdict: Verdict,
    /// One line per balance and currency.
    pub lines: Vec<Line>,
    /// The entries found to cause differences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// There are more causes than the certificate names.
    #[serde(default)]
    pub more_causes: bool,
    /// Issued without write permission: an entry that is not in the ledger is not missing, but not
    /// posted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[serde(rename = "shadow")]
    pub read_only: bool,
    /// The number of open problems.
    #[serde(default)]
    pub open_problems: u64,
    /// The sums over the members of automatic payouts. Absent on the oldest certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payouts: Option<PayoutsProven>,
    /// The hash of the previous certificate. Absent on the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// SHA-256, in hexadecimal, of the certificate's JSON without this member: keys sorted, no
    /// white space (RFC 8785).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

impl Certificate {
    /// Creates a certificate without causes that is not yet sealed.
    pub(crate) const fn new(id: Ulid, run: Ulid, at: Millis, verdict: Verdict, lines: Vec<Line>, open_problems: u64) -> Self {
        Self {
            version: VERSION,
            id,
            run,
            owner: String::new(),
            instance: String::new(),
            at,
            verdict,
            lines,
            causes: Vec::new(),
            more_causes: false,
            read_only: false,
            open_problems,
            payouts: None,
            previous: None,
            hash: None,
        }
    }

    /// Appends the certificate to the chain after `previous`.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be encoded as JSON.
    pub(crate) fn seal(&mut self, previous: Option<&Self>) -> Result<()> {
        self.previous = previous.and_then(|before| before.hash.clone());
        self.hash = Some(self.digest()?);
        Ok(())
    }

    /// Computes the hash of the certificate's content.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be encoded as JSON.
    pub fn digest(&self) -> Result<String> {
        let bare = Self { hash: None, ..self.clone() };
        // Objects of this type keep their keys sorted, and all numbers are integers below 2^53.
        let canonical = serde_json::to_value(&bare).map_err(Error::internal)?.to_string();
        Ok(Sha256::digest(canonical.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Whether a problem explains every difference: a leg that could not be posted, or a changed
    /// day before the start.
    #[must_use]
    pub fn explained(&self) -> bool {
        let made_up = self.lines.iter().all(|line| {
            let of_line = self.causes.iter().filter(|cause| cause.mirror == line.mirror && cause.currency == line.currency);
            let moved = |sum: Option<Sum>| sum.map_or(0, |sum| sum.0);
            of_line.map(|cause| moved(cause.expected).saturating_sub(moved(cause.found))).sum::<i128>() == line.ledger_difference.0
        });
        let kind = |kind| matches!(kind, CauseKind::Missing | CauseKind::BeforeStart);
        let known = self.causes.iter().all(|cause| kind(cause.kind) && cause.problem.is_some());
        !self.causes.is_empty() && !self.more_causes && known && made_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(id: u128) -> Certificate {
        let line = Line {
            balance: "payments".into(),
            mirror: "@stripe".into(),
            currency: "USD".into(),
            exponent: 2,
            stripe: Some(Sum(5)),
            ledger: Sum(5),
            expected: Sum(5),
            stripe_difference: Some(Sum(0)),
            ledger_difference: Sum(0),
            debits: (Sum(7), Sum(7)),
            credits: (Sum(2), Sum(2)),
            records: 3,
            legs: 4,
            digest: "00ff".into(),
            hours: Hours { agreed: 2, differing: 0 },
            verdict: LineVerdict::Match,
            note: Some("zwölf ✓ \"quoted\"".into()),
            incomplete: false,
        };
        Certificate::new(Ulid::from(id), Ulid::nil(), Millis(1_760_000_000_000), Verdict::Match, vec![line], 0)
    }

    #[test]
    fn a_changed_or_missing_certificate_breaks_the_chain() {
        let (mut first, mut second) = (certificate(1), certificate(2));
        first.seal(None).unwrap();
        second.seal(Some(&first)).unwrap();
        assert_eq!((first.previous.clone(), second.previous.clone()), (None, first.hash.clone()));
        assert_eq!(second.digest().unwrap(), second.hash.clone().unwrap());
        let changed = Certificate { lines: vec![Line { ledger: Sum(6), ..second.lines[0].clone() }], ..second.clone() };
        assert_ne!(changed.digest().unwrap(), second.hash.clone().unwrap());
        let relinked = Certificate { previous: None, ..second.clone() };
        assert_ne!(relinked.digest().unwrap(), second.hash.clone().unwrap());
        let stored: crate::platform::store::attribute::Item = serde_dynamo::to_item(&second).unwrap();
        let back: Certificate = crate::platform::store::item::from_item(stored).unwrap();
        assert_eq!(back.digest().unwrap(), second.hash.unwrap(), "what comes back from the table hashes the same");
    }
}
