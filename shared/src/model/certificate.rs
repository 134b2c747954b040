//! Reconciliation certificates: what was compared, when, and with which result. They form a hash
//! chain ([`chain`]). Old ones are thinned to a line ([`kept`]); [`thinning`] decides which.

pub mod chain;
pub mod kept;
pub mod thinning;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::money::Sum;
use crate::model::payout::PayoutsProven;
use crate::model::time::Millis;

/// The version of the certificate layout. It is part of what is hashed.
pub(crate) const VERSION: u32 = 3;

/// The result of a comparison.
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

/// The result of one line of a comparison.
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
    /// The mirror's debits.
    pub debits: ComparedSum,
    /// The mirror's credits.
    pub credits: ComparedSum,
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
    /// Whether the mirror's debits or credits are not as expected.
    pub(crate) fn sums_differ(&self) -> bool {
        self.debits.differs() || self.credits.differs()
    }

    /// What it is about, as `balance#CURRENCY`.
    pub(crate) fn subject(&self) -> String {
        format!("{}#{}", self.balance, self.currency)
    }

    /// Whether the ledger is wrong, independent of Stripe's own figures.
    pub(crate) fn is_ledger_at_fault(&self) -> bool {
        (self.sums_differ() && !self.incomplete) || self.hours.differing > 0
    }
}

/// One side of a mirror in minor units, as it should be and as it is. Certificates hold it as a
/// pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(Sum, Sum)", into = "(Sum, Sum)")]
pub struct ComparedSum {
    /// What Stripe's records imply.
    pub expected: Sum,
    /// What the ledger holds.
    pub in_ledger: Sum,
}

impl ComparedSum {
    /// Whether the ledger holds something else than expected.
    #[must_use]
    pub fn differs(self) -> bool {
        self.expected != self.in_ledger
    }

    /// Expected less held.
    pub(crate) fn difference(self) -> Sum {
        Sum(self.expected.0.saturating_sub(self.in_ledger.0))
    }
}

impl From<(Sum, Sum)> for ComparedSum {
    fn from((expected, in_ledger): (Sum, Sum)) -> Self {
        Self { expected, in_ledger }
    }
}

impl From<ComparedSum> for (Sum, Sum) {
    fn from(sum: ComparedSum) -> Self {
        (sum.expected, sum.in_ledger)
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

/// Why an entry makes the two sides differ.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
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
    /// The hash of the body: everything except the line that remains when a certificate is thinned.
    /// Absent before version 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// SHA-256, in hexadecimal: see [`chain`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

impl Certificate {
    /// Creates a certificate without causes that is not yet sealed.
    pub(crate) const fn new(
        id: Ulid,
        run: Ulid,
        at: Millis,
        verdict: Verdict,
        lines: Vec<Line>,
        open_problems: u64,
    ) -> Self {
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
            body: None,
            hash: None,
        }
    }

    /// Whether a problem explains every difference: a leg that could not be posted, or a changed
    /// day before the start.
    #[must_use]
    pub fn explained(&self) -> bool {
        let made_up = self.lines.iter().all(|line| {
            let of_line = self
                .causes
                .iter()
                .filter(|cause| cause.mirror == line.mirror && cause.currency == line.currency);
            let moved = |sum: Option<Sum>| sum.map_or(0, |sum| sum.0);
            of_line
                .map(|cause| moved(cause.expected).saturating_sub(moved(cause.found)))
                .sum::<i128>()
                == line.ledger_difference.0
        });
        let kind = |kind| matches!(kind, CauseKind::Missing | CauseKind::BeforeStart);
        let known = self.causes.iter().all(|cause| kind(cause.kind) && cause.problem.is_some());
        !self.causes.is_empty() && !self.more_causes && known && made_up
    }
}

#[cfg(test)]
pub(crate) mod tests;
