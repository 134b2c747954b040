//! Certificates, judged: none may say match where the oracle sees a difference, none mismatch where nothing is wrong.

use std::collections::BTreeMap;

use stripe_sync::model::certificate::{Cause, CauseKind, Certificate, LineVerdict, Verdict};

use crate::oracle::Seen;

/// A difference of Stripe's own figures counts only when it stands for so long, in milliseconds.
const STANDS_MS: i64 = 15 * 60 * 1000;

/// A time for which Stripe's balance differed from its list by the same.
#[derive(Debug, Clone)]
pub struct Spell {
    /// Balance and upper-case currency.
    pub of: (String, String),
    /// By how much.
    pub by: i128,
    /// Unix milliseconds.
    pub since: i64,
    /// Unix milliseconds; absent while it lasts.
    pub until: Option<i64>,
}

impl Spell {
    /// Whether a certificate may say that this difference stands.
    fn stood(&self, by: i128, at: i64) -> bool {
        self.by == by && at - self.since >= STANDS_MS && self.until.is_none_or(|until| until >= at)
    }
}

/// An entry that is wrong on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Its reference.
    pub reference: String,
    /// The mirror it is on.
    pub mirror: String,
    /// Upper case.
    pub currency: String,
}

impl Wrong {
    /// Whether it is on a mirror in a currency.
    #[must_use]
    pub fn is_on(&self, mirror: &str, currency: &str) -> bool {
        self.mirror == mirror && self.currency == currency
    }
}

/// What the oracle saw around a certificate.
#[derive(Debug)]
pub struct Around<'a> {
    /// The last look before each change since the certificate's sides were read, and the look after its run.
    pub seen: &'a [Seen],
    /// What is wrong in the ledger on purpose.
    pub wrong: &'a [Wrong],
    /// All times for which Stripe's balance differed from its list.
    pub spells: &'a [Spell],
    /// Nothing changed and no call failed while the run was under way.
    pub quiet: bool,
}

/// What is wrong with a certificate.
#[must_use]
pub fn faults(certificate: &Certificate, around: &Around<'_>) -> Vec<String> {
    let mut found = Vec::new();
    if certificate.digest().ok() != certificate.hash {
        found.push("its hash is not its own".to_owned());
    }
    match certificate.verdict {
        Verdict::Match => of_match(certificate, around, &mut found),
        Verdict::Mismatch => of_mismatch(certificate, around, &mut found),
        Verdict::Inconclusive => {
            if around.quiet && around.seen.iter().all(|seen| seen.off.is_empty()) {
                found.push("nothing moved, and yet it is inconclusive".to_owned());
            }
        }
    }
    if around.quiet && certificate.verdict == Verdict::Match && !around.wrong.is_empty() {
        found.push("it says match, although others' entries are on a mirror".to_owned());
    }
    found
}

/// At one of the moments around it everything agreed, and its figures are those of that moment.
fn of_match(certificate: &Certificate, around: &Around<'_>, found: &mut Vec<String>) {
    let Some(seen) = around.seen.iter().find(|seen| seen.agrees()) else {
        let why: Vec<String> = around.seen.iter().map(|seen| format!("{} {:?}, off {:?}", seen.at, seen.wrong, seen.off)).collect();
        found.push(format!("false match: {}", why.join(" / ")));
        return;
    };
    let lines: BTreeMap<(&str, &str), _> =
        certificate.lines.iter().map(|line| ((line.balance.as_str(), line.currency.as_str()), line)).collect();
    let agreeing: Vec<&Seen> = around.seen.iter().filter(|seen| seen.agrees()).collect();
    for (balance, currency) in seen.expected.keys() {
        let Some(line) = lines.get(&(balance.as_str(), currency.as_str())) else {
            found.push(format!("a match without a line for {balance} in {currency}"));
            continue;
        };
        let same = agreeing.iter().any(|seen| {
            let sides = seen.expected.get(&(balance.clone(), currency.clone())).copied().unwrap_or_default();
            line.debits.1.0 == sides.debit && line.credits.1.0 == sides.credit && line.ledger.0 == sides.debit - sides.credit
        });
        if !same {
            found.push(format!("its line for {balance} in {currency} shows other sums than were there: {line:?}"));
        }
        if !matches!(line.verdict, LineVerdict::Match | LineVerdict::NotCompared) || line.d2.0 != 0 {
            found.push(format!("a match with a line that is none: {line:?}"));
        }
    }
}

/// Something was really wrong: in the ledger, or with Stripe's own figures for long enough.
fn of_mismatch(certificate: &Certificate, around: &Around<'_>, found: &mut Vec<String>) {
    for line in certificate.lines.iter().filter(|line| line.verdict == LineVerdict::Mismatch) {
        let of_ledger = line.debits.0 != line.debits.1 || line.credits.0 != line.credits.1 || line.hours.differing > 0;
        // Under trouble a record may be set aside, and not all that differs be named; but it must be there, and nothing else be named.
        let aside = !around.quiet && {
            let mut of_line = certificate.causes.iter().filter(|cause| cause.mirror == line.mirror && cause.currency == line.currency);
            of_line.all(|cause| cause.kind == CauseKind::Missing)
                && around.seen.iter().any(|seen| seen.differs(&line.mirror, &line.currency))
        };
        if of_ledger && !aside && !around.wrong.iter().any(|wrong| wrong.is_on(&line.mirror, &line.currency)) {
            let seen: Vec<_> = around.seen.iter().map(|seen| (seen.at, &seen.wrong)).collect();
            found.push(format!("false mismatch of the ledger: {line:?}, causes {:?}, seen {seen:?}", certificate.causes));
        }
        if of_ledger {
            continue;
        }
        let of_line = |spell: &&Spell| spell.of.0 == line.balance && spell.of.1 == line.currency;
        let mut spells = around.spells.iter().filter(of_line);
        let stands = spells.any(|spell| line.d1.is_some_and(|d1| spell.stood(d1.0, certificate.at.0)));
        if !stands {
            found.push(format!("false mismatch of Stripe's figures: {line:?} at {}, of {:?}", certificate.at.0, around.spells));
        }
    }
}

/// Causes that a certificate names at most.
const MAX_CAUSES: usize = 40;
/// Runs in a row that look for what differs although not all of it was named; after them it waits for the day's run.
const MAX_PARTLY: u64 = 3;

/// What a certificate must name as others' or as wrong and does not, and what it names although nothing is wrong with it. `partly` is how
/// often not all of it was named.
#[must_use]
pub fn misnamed(certificate: &Certificate, wrong: &[Wrong], partly: u64) -> Vec<String> {
    let named = |wrong: &Wrong| {
        let of = |cause: &&Cause| cause.reference == wrong.reference && wrong.is_on(&cause.mirror, &cause.currency);
        certificate.causes.iter().filter(of).any(|cause| cause.kind != CauseKind::Missing)
    };
    let innocent = certificate.causes.iter().filter(|cause| !wrong.iter().any(|wrong| wrong.reference == cause.reference));
    let mut misnamed: Vec<String> = innocent.map(|cause| format!("{} is named as {:?}", cause.reference, cause.kind)).collect();
    if wrong.len() <= MAX_CAUSES && partly < MAX_PARTLY {
        misnamed.extend(wrong.iter().filter(|wrong| !named(wrong)).map(|wrong| format!("{} is not named", wrong.reference)));
    }
    misnamed
}
