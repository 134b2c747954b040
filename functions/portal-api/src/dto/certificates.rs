//! Certificates as the portal shows them. Amounts are decimal strings of minor units.

use serde::{Deserialize, Serialize};
use stripe_sync::model::certificate::{Cause, CauseKind, Certificate, Line, LineVerdict, Verdict};
use stripe_sync::model::payout::{PayoutsProven, Remainder};
use utoipa::{IntoParams, ToSchema};

use crate::dto::format::{exponent, minor};

/// A comparison of both sides. Amounts are decimal strings of minor units.
#[derive(Serialize, ToSchema)]
pub(crate) struct Proof {
    id: String,
    run_id: String,
    at: String,
    verdict: Verdict,
    lines: Vec<ProofLine>,
    /// Made without the right to write: what is not in the ledger is not missing, but not posted.
    shadow: bool,
    /// The entries that make both sides differ, as far as they were found.
    causes: Vec<ProofCause>,
    /// There are more than are named.
    more_causes: bool,
    /// Everything that differs is a leg that could not be posted and stands as a problem.
    explained: bool,
    open_problems: u64,
    /// The members of automatic payouts, added up; absent on the oldest certificates.
    #[schema(required)]
    payouts: Option<ProofPayouts>,
    /// The hash of the certificate before this one.
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
    /// Stripe's own figure; absent when it reports none.
    #[schema(required)]
    stripe: Option<String>,
    /// The mirror, seen from Stripe's side.
    ledger: String,
    /// What Stripe's records should have made.
    expected: String,
    /// Stripe's balance less the sum of Stripe's list.
    #[schema(required)]
    stripe_difference: Option<String>,
    /// Expected less ledger.
    ledger_difference: String,
    /// The mirror's debits: expected, and in the ledger.
    debits: [String; 2],
    /// The mirror's credits: expected, and in the ledger.
    credits: [String; 2],
    verdict: LineVerdict,
    #[schema(required)]
    note: Option<String>,
    records: u64,
    entries: u64,
    /// Hours whose entries were compared one by one and agree.
    hours_agreed: u64,
    /// Those that do not.
    hours_differing: u64,
}

/// An entry, or the want of one, that makes both sides differ.
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
    /// What the mirror should have moved by; positive is a debit.
    #[schema(required)]
    expected: Option<String>,
    /// What it moved by.
    #[schema(required)]
    found: Option<String>,
    #[schema(required)]
    at: Option<String>,
    /// The problem that explains it.
    #[schema(required)]
    problem_id: Option<String>,
}

/// Automatic payouts: what each one settled and its own record add up to zero.
#[derive(Serialize, ToSchema)]
struct ProofPayouts {
    /// Payouts that do, since the account was connected.
    zero: u64,
    /// Records that were added up.
    members: u64,
    /// Payouts that wait for Stripe to finish with them, or for their turn.
    waiting: u64,
    /// Payouts of before the first sync are still to come, some each day.
    older_to_come: bool,
    /// Payouts with a member in a form that cannot be read.
    unreadable: u64,
    /// Those that do not, the newest of them.
    remainders: Vec<PayoutRemainder>,
    /// Those that are not named.
    more_remainders: u64,
}

/// A payout that is left with something.
#[derive(Serialize, ToSchema)]
struct PayoutRemainder {
    /// Stripe's id of the payout.
    payout: String,
    currency: String,
    exponent: u32,
    /// What is left.
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
    run_id: String,
    at: String,
    verdict: Verdict,
    currencies: Vec<String>,
    records: u64,
    causes: u64,
    explained: bool,
    #[schema(required)]
    hash: Option<String>,
}

impl Proof {
    pub(crate) fn of(certificate: &Certificate) -> Self {
        Self {
            id: certificate.id.to_string(),
            run_id: certificate.run.to_string(),
            at: certificate.at.rfc3339(),
            verdict: certificate.verdict,
            lines: certificate.lines.iter().map(ProofLine::of).collect(),
            shadow: certificate.read_only,
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
            debits: [minor(line.debits.0), minor(line.debits.1)],
            credits: [minor(line.credits.0), minor(line.credits.1)],
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
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let mut currencies: Vec<String> = certificate.lines.iter().map(|line| line.currency.clone()).collect();
        currencies.sort_unstable();
        currencies.dedup();
        Self {
            id: certificate.id.to_string(),
            run_id: certificate.run.to_string(),
            at: certificate.at.rfc3339(),
            verdict: certificate.verdict,
            currencies,
            records: certificate.lines.iter().map(|line| line.records).sum(),
            causes: certificate.causes.len() as u64,
            explained: certificate.explained(),
            hash: certificate.hash.clone(),
        }
    }
}

/// Which page of the certificates.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CertificatesQuery {
    /// The `next` of the page before.
    pub(crate) before: Option<String>,
    /// Certificates in the page.
    pub(crate) limit: Option<i32>,
}
