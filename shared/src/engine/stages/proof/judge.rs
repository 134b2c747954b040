//! The proof that both sides agree: always two differences, never one.
//!
//! The *Stripe difference* is Stripe's balance minus the sum of Stripe's own list. It is not ours;
//! it is shown as it is and never posted away. The *ledger difference* is what the entries should
//! have made minus what the ledger holds. It is ours. Equal nets hide half of all errors, so the
//! mirror's debits and credits are compared separately, and each hour's entries by their digest.
//! Pure: figures in, verdict out.

use std::collections::{BTreeMap, BTreeSet};

use ulid::Ulid;

use crate::model::certificate::{Certificate, Hours, Line, LineVerdict, Verdict};
use crate::model::ledger::{Account, BalanceKind, Chart};
use crate::model::money::{Currency, Sum};
use crate::model::run::proof_progress::ExpectedAll;
use crate::model::stripe::types::{Balance, Money};
use crate::model::summary::DifferenceWatch;
use crate::model::time::Millis;
use crate::platform::blnk::LedgerBalance;
use crate::platform::store::days::digest_text;

/// The line for what Stripe holds for connected accounts.
pub(crate) const CONNECT_RESERVED: &str = "connect_reserved";

/// A Stripe difference counts only after it persists this many seconds…
pub(crate) const STRIPE_DIFFERENCE_SECONDS: i64 = 15 * 60;

/// …over this many comparisons.
pub(crate) const STRIPE_DIFFERENCE_COMPARISONS: u32 = 3;

/// What each mirror holds in the ledger: debits, credits.
pub(crate) type Mirrors = BTreeMap<(String, String), (i128, i128)>;

/// The two sides at one point in time.
#[derive(Debug)]
pub(crate) struct Sides<'a> {
    pub(crate) chart: &'a Chart,
    pub(crate) expected: &'a ExpectedAll,
    pub(crate) mirrors: &'a Mirrors,
    pub(crate) stripe: &'a Balance,
    pub(crate) at: Millis,
    pub(crate) open_problems: u64,
}

/// The mirrors' debits and credits from the ledger's rows.
pub(crate) fn mirrors(rows: Vec<LedgerBalance>) -> Mirrors {
    rows.into_iter()
        .filter_map(|row| {
            Some(((row.indicator?, row.currency), (row.debit_balance, row.credit_balance)))
        })
        .collect()
}

/// Judges both sides. Updates `watch`.
pub(crate) fn judge(
    id: Ulid,
    run: Ulid,
    sides: &Sides<'_>,
    watch: &mut BTreeMap<String, DifferenceWatch>,
) -> Certificate {
    let mut lines = Vec::new();
    let mut watched = BTreeMap::new();
    for (kind, currency) in subjects(sides) {
        let line = line(sides, &kind, currency, watch, &mut watched);
        lines.push(line);
    }
    lines.extend(reserve_lines(sides));
    *watch = watched;
    Certificate::new(id, run, sides.at, overall(&lines), lines, sides.open_problems)
}

/// The certificate of a run during which money kept moving: the last figures without a verdict,
/// except for errors in the ledger and for lines in `stands`, which do not disappear by waiting.
pub(crate) fn moving(
    id: Ulid,
    run: Ulid,
    sides: &Sides<'_>,
    stands: impl Fn(&Line) -> bool,
) -> Certificate {
    let mut certificate = judge(id, run, sides, &mut BTreeMap::new());
    for line in &mut certificate.lines {
        if line.is_ledger_at_fault() && stands(line) {
            let note = line.note.take().unwrap_or_default();
            line.note = Some(format!("{note} Money was moving at Stripe during the comparison."));
        } else if line.verdict != LineVerdict::NotCompared {
            line.verdict = LineVerdict::Inconclusive;
            line.note = Some("Money was moving during the comparison.".to_owned());
        }
    }
    certificate.verdict = overall(&certificate.lines);
    if certificate.verdict == Verdict::Match {
        certificate.verdict = Verdict::Inconclusive;
    }
    certificate
}

pub(crate) fn overall(lines: &[Line]) -> Verdict {
    let any = |verdict| lines.iter().any(|line| line.verdict == verdict);
    if any(LineVerdict::Mismatch) {
        Verdict::Mismatch
    } else if any(LineVerdict::Inconclusive) {
        Verdict::Inconclusive
    } else {
        Verdict::Match
    }
}

/// The union of the currencies of Stripe, the mirrors and the records. What is absent on one side
/// counts as zero there.
pub(crate) fn subjects(sides: &Sides<'_>) -> BTreeSet<(BalanceKind, Currency)> {
    let mut subjects: BTreeSet<_> = sides.expected.keys().cloned().collect();
    for kind in
        [BalanceKind::Payments, BalanceKind::Issuing, BalanceKind::RefundAndDisputePrefunding]
    {
        for currency in stripe_currencies(sides.stripe, &kind) {
            subjects.insert((kind.clone(), currency));
        }
    }
    let known = [
        BalanceKind::Payments,
        BalanceKind::Issuing,
        BalanceKind::RefundAndDisputePrefunding,
        BalanceKind::RiskReserved,
    ];
    for (indicator, currency) in sides.mirrors.keys() {
        let Ok(currency) = currency.parse() else { continue };
        if let Some(kind) = known.iter().find(|kind| sides.chart.mirror(kind) == *indicator) {
            subjects.insert((kind.clone(), currency));
        }
    }
    subjects
}

pub(crate) fn money<'b>(balance: &'b Balance, kind: &BalanceKind) -> Option<[&'b [Money]; 2]> {
    match kind {
        BalanceKind::Payments => Some([&balance.available, &balance.pending]),
        BalanceKind::Issuing => balance.issuing.as_ref().map(|sub| [sub.available.as_slice(), &[]]),
        BalanceKind::RefundAndDisputePrefunding => balance
            .refund_and_dispute_prefunding
            .as_ref()
            .map(|sub| [sub.available.as_slice(), sub.pending.as_slice()]),
        BalanceKind::RiskReserved | BalanceKind::Other(_) => None,
    }
}

pub(crate) fn stripe_currencies(balance: &Balance, kind: &BalanceKind) -> Vec<Currency> {
    let parts = money(balance, kind).unwrap_or_default();
    parts
        .iter()
        .flat_map(|part| part.iter())
        .filter_map(|money| money.currency.parse().ok())
        .collect()
}

/// Stripe's figure of a balance, if Stripe reports that balance at all.
pub(crate) fn stripe_figure(
    balance: &Balance,
    kind: &BalanceKind,
    currency: Currency,
) -> Option<i128> {
    let sum = |part: &[Money]| {
        part.iter()
            .filter(|money| money.currency.parse() == Ok(currency))
            .map(|money| i128::from(money.amount))
            .sum::<i128>()
    };
    money(balance, kind).map(|parts| parts.iter().map(|part| sum(part)).sum())
}

pub(crate) fn line(
    sides: &Sides<'_>,
    kind: &BalanceKind,
    currency: Currency,
    watch: &BTreeMap<String, DifferenceWatch>,
    watched: &mut BTreeMap<String, DifferenceWatch>,
) -> Line {
    let expected = sides.expected.get(&(kind.clone(), currency)).copied().unwrap_or_default();
    let mirror = sides.chart.mirror(kind);
    let (debit, credit) =
        sides.mirrors.get(&(mirror.clone(), currency.to_string())).copied().unwrap_or_default();
    let net = expected.figures.debit - expected.figures.credit;
    let ledger = debit - credit;
    let stripe = stripe_figure(sides.stripe, kind, currency);
    // Issuing reports only the available balance. Its pending records are in the list but not in
    // the figure.
    let listed = if *kind == BalanceKind::Issuing { net - expected.pending } else { net };
    let difference = stripe.map(|stripe| stripe - listed);
    let totals_agree = expected.figures.debit == debit && expected.figures.credit == credit;
    let (verdict, note) = if !totals_agree || expected.differing > 0 {
        (
            LineVerdict::Mismatch,
            Some(difference_note(net == ledger, totals_agree, sides.open_problems)),
        )
    } else {
        match difference {
            None => (
                LineVerdict::NotCompared,
                Some("Stripe reports no figure for this balance.".to_owned()),
            ),
            Some(0) => (LineVerdict::Match, None),
            Some(value) => observe(&format!("{kind}#{currency}"), value, sides.at, watch, watched),
        }
    };
    Line {
        balance: kind.to_string(),
        mirror,
        currency: currency.to_string(),
        exponent: currency.exponent(),
        stripe: stripe.map(Sum),
        ledger: Sum(ledger),
        expected: Sum(net),
        stripe_difference: difference.map(Sum),
        ledger_difference: Sum(net - ledger),
        debits: (Sum(expected.figures.debit), Sum(debit)).into(),
        credits: (Sum(expected.figures.credit), Sum(credit)).into(),
        records: expected.figures.records,
        legs: expected.figures.legs,
        digest: digest_text(expected.figures.digest),
        hours: Hours { agreed: expected.agreed, differing: expected.differing },
        verdict,
        note,
        incomplete: false,
    }
}

pub(crate) fn difference_note(nets_agree: bool, totals_agree: bool, open_problems: u64) -> String {
    let mut note = if totals_agree {
        "All totals agree, but the entries behind them do not: some are wrong and others offset \
            them."
            .to_owned()
    } else if nets_agree {
        "The balances agree, but debits and credits do not: entries that cancel each other are \
            missing, doubled or not ours."
            .to_owned()
    } else {
        "The ledger differs from what Stripe's records should have made.".to_owned()
    };
    if open_problems > 0 {
        note.push_str(&format!(" Open problems: {open_problems}."));
    }
    note
}

/// Tracks a difference between Stripe's balance and Stripe's list. The balance may be seconds ahead
/// of or behind the list, so a difference counts only if the same one persists.
pub(crate) fn observe(
    at_key: &str,
    value: i128,
    at: Millis,
    watch: &BTreeMap<String, DifferenceWatch>,
    watched: &mut BTreeMap<String, DifferenceWatch>,
) -> (LineVerdict, Option<String>) {
    let before = watch.get(at_key).filter(|seen| seen.value == Sum(value));
    let now = before
        .map_or(DifferenceWatch { value: Sum(value), first_seen: at, count: 1 }, |seen| {
            DifferenceWatch { count: seen.count + 1, ..*seen }
        });
    watched.insert(at_key.to_owned(), now);
    let stands = now.count >= STRIPE_DIFFERENCE_COMPARISONS
        && at >= now.first_seen.plus_seconds(STRIPE_DIFFERENCE_SECONDS);
    if stands {
        (LineVerdict::Mismatch, Some("Stripe's list does not add up to its balance.".to_owned()))
    } else {
        (
            LineVerdict::Inconclusive,
            Some("Stripe's balance and list differ; money may be moving.".to_owned()),
        )
    }
}

/// Lines with what Stripe holds for connected accounts, and what the entries say about it. For
/// information only.
pub(crate) fn reserve_lines(sides: &Sides<'_>) -> Vec<Line> {
    // After a rename the account exists under several names. The amount held is the sum of all of
    // them.
    let names = sides.chart.ever(Account::ConnectReserved);
    let account = sides.chart.account(Account::ConnectReserved);
    let mut lines = Vec::new();
    for money in &sides.stripe.connect_reserved {
        let Ok(currency) = money.currency.parse::<Currency>() else { continue };
        let held_on = names
            .iter()
            .filter_map(|name| sides.mirrors.get(&(name.clone(), currency.to_string())));
        let (debit, credit) = held_on
            .fold((0, 0), |(debits, credits), (debit, credit)| (debits + debit, credits + credit));
        // Money that is held leaves the mirror: it is debited to this account.
        let held = debit - credit;
        let difference = i128::from(money.amount) - held;
        lines.push(Line {
            balance: CONNECT_RESERVED.to_owned(),
            mirror: account.clone(),
            currency: currency.to_string(),
            exponent: currency.exponent(),
            stripe: Some(Sum(i128::from(money.amount))),
            ledger: Sum(held),
            expected: Sum(held),
            stripe_difference: Some(Sum(difference)),
            ledger_difference: Sum(0),
            debits: (Sum(debit), Sum(debit)).into(),
            credits: (Sum(credit), Sum(credit)).into(),
            records: 0,
            legs: 0,
            digest: String::new(),
            hours: Hours::default(),
            verdict: LineVerdict::NotCompared,
            note: Some("For information: what Stripe holds for connected accounts.".to_owned()),
            incomplete: false,
        });
    }
    lines
}

#[cfg(test)]
mod tests;
