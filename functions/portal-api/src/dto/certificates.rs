//! Certificates as the portal shows them. Amounts are decimal strings of minor units.

use serde::{Deserialize, Serialize};
use stripe_sync::model::certificate::kept::{StoredCertificate, Thinned};
use stripe_sync::model::certificate::{Cause, CauseKind, Certificate, Line, LineVerdict, Verdict};
use stripe_sync::model::payout::{PayoutsProven, Remainder};
use utoipa::{IntoParams, ToSchema};

use crate::dto::format::{exponent, minor};

/// A comparison of Stripe and the ledger. Amounts are decimal strings of minor units.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proof {
    id: String,
    /// Absent when the certificate is thinned.
    #[schema(required)]
    run_id: Option<String>,
    at: String,
    verdict: Verdict,
    /// Whether only the certificate's line in the chain is kept: `id`, `at`, `verdict`, `previous`
    /// and `hash`. It was only a match, as were those before and after it; `lines` is then empty.
    thinned: bool,
    lines: Vec<ProofLine>,
    /// Whether the run was read-only. Entries that are not in the ledger are then not missing: they
    /// were not posted.
    read_only: bool,
    /// The entries that make the two sides differ, as far as they were found.
    causes: Vec<ProofCause>,
    /// Whether there are more causes than listed.
    more_causes: bool,
    /// Whether problems explain every difference: each is a leg that could not be posted.
    explained: bool,
    open_problems: u64,
    /// The reconciliation of automatic payouts. Absent on the oldest certificates.
    #[schema(required)]
    payouts: Option<ProofPayouts>,
    /// The hash of the previous certificate.
    #[schema(required)]
    previous: Option<String>,
    #[schema(required)]
    hash: Option<String>,
}

/// One balance in one currency, in minor units.
#[derive(Serialize, ToSchema)]
struct ProofLine {
    balance: String,
    mirror: String,
    currency: String,
    exponent: u32,
    /// Stripe's balance. Absent when Stripe reports none.
    #[schema(required)]
    stripe: Option<String>,
    /// The mirror's balance with the opposite sign.
    ledger: String,
    /// The balance that Stripe's records imply.
    expected: String,
    /// Stripe's balance less the sum of Stripe's list.
    #[schema(required)]
    stripe_difference: Option<String>,
    /// Expected less ledger.
    ledger_difference: String,
    /// The mirror's debits: expected, then in the ledger.
    debits: [String; 2],
    /// The mirror's credits: expected, then in the ledger.
    credits: [String; 2],
    verdict: LineVerdict,
    #[schema(required)]
    note: Option<String>,
    records: u64,
    entries: u64,
    /// The number of hours whose entries were compared one by one and agree.
    hours_agreed: u64,
    /// The number of hours that differ.
    hours_differing: u64,
}

/// An existing or missing entry that makes the two sides differ.
#[derive(Serialize, ToSchema)]
struct ProofCause {
    kind: CauseKind,
    mirror: String,
    currency: String,
    exponent: u32,
    reference: String,
    #[schema(required)]
    stripe_id: Option<String>,
    #[schema(required)]
    ledger_id: Option<String>,
    /// The expected movement of the mirror. Debits are positive.
    #[schema(required)]
    expected: Option<String>,
    /// The actual movement.
    #[schema(required)]
    found: Option<String>,
    #[schema(required)]
    at: Option<String>,
    /// The problem that explains it.
    #[schema(required)]
    problem_id: Option<String>,
}

/// The reconciliation of automatic payouts: the members of a payout and its own record add up to
/// zero.
#[derive(Serialize, ToSchema)]
struct ProofPayouts {
    /// The number of payouts that add up to zero, since the account was connected.
    zero: u64,
    /// The number of records that were added up.
    members: u64,
    /// The number of payouts that are not complete at Stripe, or not reconciled yet.
    waiting: u64,
    /// Whether payouts from before the first sync are still to be reconciled, some each day.
    older_to_come: bool,
    /// The number of payouts with a member that cannot be read.
    unreadable: u64,
    /// The newest payouts that do not add up to zero.
    remainders: Vec<PayoutRemainder>,
    /// The number of further payouts with a remainder.
    more_remainders: u64,
}

/// A payout that does not add up to zero.
#[derive(Serialize, ToSchema)]
struct PayoutRemainder {
    /// Stripe's id of the payout.
    payout: String,
    currency: String,
    exponent: u32,
    /// The remainder.
    net: String,
    members: u64,
    at: String,
}

/// A page of certificates, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificatePage {
    pub(crate) certificates: Vec<CertificateSummary>,
    #[schema(required)]
    pub(crate) next: Option<String>,
}

/// A certificate in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificateSummary {
    id: String,
    /// Absent when the certificate is thinned.
    #[schema(required)]
    run_id: Option<String>,
    at: String,
    verdict: Verdict,
    /// Whether only the certificate's line in the chain is kept.
    thinned: bool,
    /// Empty when the certificate is thinned.
    currencies: Vec<String>,
    /// Absent when the certificate is thinned.
    #[schema(required)]
    records: Option<u64>,
    causes: u64,
    explained: bool,
    /// The hash of the previous certificate.
    #[schema(required)]
    previous: Option<String>,
    #[schema(required)]
    hash: Option<String>,
}

impl Proof {
    pub(crate) fn of_kept(kept: &StoredCertificate) -> Self {
        match kept {
            StoredCertificate::Whole(certificate) => Self::of(certificate),
            StoredCertificate::Thinned(line) => Self::of_line(line),
        }
    }

    /// What remains of a certificate that was only a match: it had no cause and no open problem.
    fn of_line(line: &Thinned) -> Self {
        Self {
            id: line.id.to_string(),
            run_id: None,
            at: line.at.rfc3339(),
            verdict: line.verdict,
            thinned: true,
            lines: Vec::new(),
            read_only: false,
            causes: Vec::new(),
            more_causes: false,
            explained: false,
            open_problems: 0,
            payouts: None,
            previous: line.previous.clone(),
            hash: Some(line.hash.clone()),
        }
    }

    pub(crate) fn of(certificate: &Certificate) -> Self {
        Self {
            id: certificate.id.to_string(),
            run_id: Some(certificate.run.to_string()),
            at: certificate.at.rfc3339(),
            verdict: certificate.verdict,
            thinned: false,
            lines: certificate.lines.iter().map(ProofLine::of).collect(),
            read_only: certificate.read_only,
            causes: certificate.causes.iter().map(ProofCause::of).collect(),
            more_causes: certificate.more_causes,
            explained: certificate.explained(),
            open_problems: certificate.open_problems,
            payouts: certificate.payouts.as_ref().map(ProofPayouts::of),
            previous: certificate.previous.clone(),
            hash: certificate.hash.clone(),
        }
    }
}

impl ProofLine {
    fn of(line: &Line) -> Self {
        Self {
            balance: line.balance.clone(),
            mirror: line.mirror.clone(),
            currency: line.currency.clone(),
            exponent: line.exponent,
            stripe: line.stripe.map(minor),
            ledger: minor(line.ledger),
            expected: minor(line.expected),
            stripe_difference: line.stripe_difference.map(minor),
            ledger_difference: minor(line.ledger_difference),
            debits: [minor(line.debits.expected), minor(line.debits.in_ledger)],
            credits: [minor(line.credits.expected), minor(line.credits.in_ledger)],
            verdict: line.verdict,
            note: line.note.clone(),
            records: line.records,
            entries: line.legs,
            hours_agreed: line.hours.agreed,
            hours_differing: line.hours.differing,
        }
    }
}

impl ProofPayouts {
    fn of(payouts: &PayoutsProven) -> Self {
        let remainder = |left: &Remainder| PayoutRemainder {
            payout: left.payout.clone(),
            currency: left.currency.clone(),
            exponent: exponent(&left.currency),
            net: minor(left.net),
            members: left.members,
            at: left.at.rfc3339(),
        };
        Self {
            zero: payouts.zero,
            members: payouts.members,
            waiting: payouts.waiting,
            older_to_come: payouts.older_to_come,
            unreadable: payouts.unreadable,
            remainders: payouts.remainders.iter().map(remainder).collect(),
            more_remainders: payouts.more_remainders,
        }
    }
}

impl ProofCause {
    fn of(cause: &Cause) -> Self {
        Self {
            kind: cause.kind,
            mirror: cause.mirror.clone(),
            currency: cause.currency.clone(),
            exponent: exponent(&cause.currency),
            reference: cause.reference.clone(),
            stripe_id: cause.stripe_id.clone(),
            ledger_id: cause.ledger_id.clone(),
            expected: cause.expected.map(minor),
            found: cause.found.map(minor),
            at: cause.at.clone(),
            problem_id: cause.problem.clone(),
        }
    }
}

impl CertificateSummary {
    pub(crate) fn of(kept: &StoredCertificate) -> Self {
        let whole = kept.whole();
        let lines = whole.map(|certificate| certificate.lines.as_slice()).unwrap_or_default();
        let mut currencies: Vec<String> = lines.iter().map(|line| line.currency.clone()).collect();
        currencies.sort_unstable();
        currencies.dedup();
        Self {
            id: kept.id().to_string(),
            run_id: whole.map(|certificate| certificate.run.to_string()),
            at: kept.at().rfc3339(),
            verdict: kept.verdict(),
            thinned: whole.is_none(),
            currencies,
            records: whole.map(|_| lines.iter().map(|line| line.records).sum()),
            causes: whole.map_or(0, |certificate| certificate.causes.len() as u64),
            explained: whole.is_some_and(Certificate::explained),
            previous: kept.previous().map(str::to_owned),
            hash: kept.hash().map(str::to_owned),
        }
    }
}

/// Which page of the certificates.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CertificatesQuery {
    /// The `next` of the previous page.
    pub(crate) before: Option<String>,
    /// The maximum number of certificates in the page.
    pub(crate) limit: Option<i32>,
}
