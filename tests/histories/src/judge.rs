//! Judges certificates: a match needs two sides that agree, a mismatch needs a real difference.

use std::collections::BTreeMap;

use stripe_sync::model::certificate::{Cause, CauseKind, Certificate, LineVerdict, Verdict};

use crate::oracle::Snapshot;

/// A difference within Stripe's own figures counts only when it lasts this long, in milliseconds.
const LASTS_MS: i64 = 15 * 60 * 1000;

/// A period in which Stripe's balance differed from its list by the same amount.
#[derive(Debug, Clone)]
pub struct OffsetPeriod {
    /// Balance and upper-case currency.
    pub balance: (String, String),
    /// By how much, minor units.
    pub amount: i128,
    /// Unix milliseconds.
    pub since: i64,
    /// Unix milliseconds; absent while it lasts.
    pub until: Option<i64>,
}

impl OffsetPeriod {
    /// Whether a certificate may call this difference lasting.
    fn lasted(&self, amount: i128, at: i64) -> bool {
        self.amount == amount
            && at - self.since >= LASTS_MS
            && self.until.is_none_or(|until| until >= at)
    }
}

/// An entry that is wrong on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantedEntry {
    /// Its reference.
    pub reference: String,
    /// The mirror it is on.
    pub mirror: String,
    /// Upper case.
    pub currency: String,
}

impl PlantedEntry {
    /// Whether it is on a mirror in a currency.
    #[must_use]
    pub fn is_on(&self, mirror: &str, currency: &str) -> bool {
        self.mirror == mirror && self.currency == currency
    }
}

/// What is known about the time of a certificate.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The last snapshot before each change since the certificate's sides were read, and the one
    /// after its run.
    pub snapshots: &'a [Snapshot],
    /// What is wrong in the ledger on purpose.
    pub planted: &'a [PlantedEntry],
    /// All periods in which Stripe's balance differed from its list.
    pub offset_periods: &'a [OffsetPeriod],
    /// Nothing changed and no call failed during the run.
    pub quiet: bool,
}

/// What is wrong with a certificate.
#[must_use]
pub fn faults(certificate: &Certificate, evidence: &Evidence<'_>) -> Vec<String> {
    let mut found = Vec::new();
    if !certificate.verifies() {
        found.push("its hash is not that of its content".to_owned());
    }
    match certificate.verdict {
        Verdict::Match => check_match(certificate, evidence, &mut found),
        Verdict::Mismatch => check_mismatch(certificate, evidence, &mut found),
        Verdict::Inconclusive => {
            if evidence.quiet
                && evidence.snapshots.iter().all(|snapshot| snapshot.stripe_offsets.is_empty())
            {
                found.push("it is inconclusive although nothing changed".to_owned());
            }
        }
    }
    if evidence.quiet && certificate.verdict == Verdict::Match && !evidence.planted.is_empty() {
        found.push("it says match although a mirror holds foreign entries".to_owned());
    }
    found
}

/// Both sides agreed in one of the snapshots, and its figures are those of that snapshot.
fn check_match(certificate: &Certificate, evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let Some(snapshot) = evidence.snapshots.iter().find(|snapshot| snapshot.agrees()) else {
        let describe = |snapshot: &Snapshot| {
            format!(
                "{} {:?}, offsets {:?}",
                snapshot.at, snapshot.differences, snapshot.stripe_offsets
            )
        };
        let why: Vec<String> = evidence.snapshots.iter().map(describe).collect();
        found.push(format!("false match: {}", why.join(" / ")));
        return;
    };
    let lines: BTreeMap<(&str, &str), _> = certificate
        .lines
        .iter()
        .map(|line| ((line.balance.as_str(), line.currency.as_str()), line))
        .collect();
    let agreeing: Vec<&Snapshot> =
        evidence.snapshots.iter().filter(|snapshot| snapshot.agrees()).collect();
    for (balance, currency) in snapshot.expected.keys() {
        let Some(line) = lines.get(&(balance.as_str(), currency.as_str())) else {
            found.push(format!("a match without a line for {balance} in {currency}"));
            continue;
        };
        let same = agreeing.iter().any(|snapshot| {
            let sides = snapshot
                .expected
                .get(&(balance.clone(), currency.clone()))
                .copied()
                .unwrap_or_default();
            line.debits.in_ledger.0 == sides.debit
                && line.credits.in_ledger.0 == sides.credit
                && line.ledger.0 == sides.debit - sides.credit
        });
        if !same {
            found.push(format!(
                "its line for {balance} in {currency} shows sums that no snapshot has: {line:?}"
            ));
        }
        if !matches!(line.verdict, LineVerdict::Match | LineVerdict::NotCompared)
            || line.ledger_difference.0 != 0
        {
            found.push(format!("a match with a line that does not match: {line:?}"));
        }
    }
}

/// Something was wrong: the ledger, or Stripe's own figures for long enough.
fn check_mismatch(certificate: &Certificate, evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for line in certificate.lines.iter().filter(|line| line.verdict == LineVerdict::Mismatch) {
        let of_ledger = line.debits.differs() || line.credits.differs() || line.hours.differing > 0;
        // Under faults a run may set a record aside and name only a part of the difference. There
        // must be one, and nothing else is named.
        let set_aside = !evidence.quiet && {
            let mut of_line = certificate
                .causes
                .iter()
                .filter(|cause| cause.mirror == line.mirror && cause.currency == line.currency);
            of_line.all(|cause| cause.kind == CauseKind::Missing)
                && evidence
                    .snapshots
                    .iter()
                    .any(|snapshot| snapshot.differs(&line.mirror, &line.currency))
        };
        if of_ledger
            && !set_aside
            && !evidence.planted.iter().any(|entry| entry.is_on(&line.mirror, &line.currency))
        {
            let seen: Vec<_> = evidence
                .snapshots
                .iter()
                .map(|snapshot| (snapshot.at, &snapshot.differences))
                .collect();
            found.push(format!(
                "false mismatch of the ledger: {line:?}, causes {:?}, seen {seen:?}",
                certificate.causes
            ));
        }
        if of_ledger {
            continue;
        }
        let of_line = |period: &&OffsetPeriod| {
            period.balance.0 == line.balance && period.balance.1 == line.currency
        };
        let mut periods = evidence.offset_periods.iter().filter(of_line);
        let lasts = periods.any(|period| {
            line.stripe_difference
                .is_some_and(|difference| period.lasted(difference.0, certificate.at.0))
        });
        if !lasts {
            found.push(format!(
                "false mismatch of Stripe's figures: {line:?} at {}, offsets {:?}",
                certificate.at.0, evidence.offset_periods
            ));
        }
    }
}

/// A certificate names at most this many causes.
const MAX_CAUSES: usize = 40;
/// After this many runs in a row that could not name all causes, the search waits for the daily
/// run.
const MAX_PARTLY: u64 = 3;

/// Planted entries that a certificate must name and does not, and entries that it names although
/// nothing is wrong with them. `partly` is how many runs in a row could not name all causes.
#[must_use]
pub fn wrong_causes(
    certificate: &Certificate,
    planted: &[PlantedEntry],
    partly: u64,
) -> Vec<String> {
    let is_named = |entry: &PlantedEntry| {
        let names = |cause: &&Cause| {
            cause.reference == entry.reference && entry.is_on(&cause.mirror, &cause.currency)
        };
        certificate.causes.iter().filter(names).any(|cause| cause.kind != CauseKind::Missing)
    };
    let innocent = certificate
        .causes
        .iter()
        .filter(|cause| !planted.iter().any(|entry| entry.reference == cause.reference));
    let mut found: Vec<String> =
        innocent.map(|cause| format!("{} is named as {:?}", cause.reference, cause.kind)).collect();
    if planted.len() <= MAX_CAUSES && partly < MAX_PARTLY {
        found.extend(
            planted
                .iter()
                .filter(|entry| !is_named(entry))
                .map(|entry| format!("{} is not named", entry.reference)),
        );
    }
    found
}
