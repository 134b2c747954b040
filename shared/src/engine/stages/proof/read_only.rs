//! Read-only mode: without permission to write, a run reads and compares and posts nothing. Its
//! certificate judges Stripe's own figures. Entries that are not in the ledger are shown as not
//! posted and never count as a match.

use std::collections::BTreeMap;

use ulid::Ulid;

use crate::engine::stages::proof::judge::{CONNECT_RESERVED, Mirrors, Sides, judge, moving};
use crate::model::certificate::{Certificate, Hours, Line, LineVerdict, Verdict};
use crate::model::money::Sum;
use crate::model::run::proof_progress::ExpectedAll;
use crate::model::summary::DifferenceWatch;

const NOT_POSTED: &str = "Not posted: the app may not write to this ledger.";

/// Judges both sides of a read-only run. Updates `watch`.
pub(crate) fn judged(
    id: Ulid,
    run: Ulid,
    sides: &Sides<'_>,
    watch: &mut BTreeMap<String, DifferenceWatch>,
) -> Certificate {
    // Stripe's side is judged as if everything had been posted. Then each line states what the
    // ledger really holds.
    let (expected, posted) = as_if_posted(sides);
    let mut certificate =
        judge(id, run, &Sides { expected: &expected, mirrors: &posted, ..*sides }, watch);
    for line in &mut certificate.lines {
        let real = sides.expected.iter().find(|((kind, currency), _)| {
            kind.as_str() == line.balance && currency.as_str() == line.currency
        });
        line.hours = real
            .map(|(_, real)| Hours { agreed: real.agreed, differing: real.differing })
            .unwrap_or_default();
        hold_against(line, sides.mirrors);
    }
    certificate.verdict = overall(&certificate.lines);
    Certificate { read_only: true, ..certificate }
}

/// As [`judged`], while money kept moving.
pub(crate) fn in_motion(id: Ulid, run: Ulid, sides: &Sides<'_>) -> Certificate {
    Certificate { read_only: true, ..moving(id, run, sides, |_| false) }
}

fn as_if_posted(sides: &Sides<'_>) -> (ExpectedAll, Mirrors) {
    let (mut all, mut mirrors) = (sides.expected.clone(), sides.mirrors.clone());
    for ((kind, currency), expected) in &mut all {
        expected.differing = 0;
        mirrors.insert(
            (sides.chart.mirror(kind), currency.to_string()),
            (expected.figures.debit, expected.figures.credit),
        );
    }
    (all, mirrors)
}

fn hold_against(line: &mut Line, mirrors: &Mirrors) {
    if line.balance == CONNECT_RESERVED {
        // What Stripe holds for others is known only from entries, and there may be none.
        line.stripe_difference = None;
        line.note = Some(format!(
            "For information: what Stripe holds for connected accounts. {NOT_POSTED}"
        ));
        return;
    }
    let (debit, credit) =
        mirrors.get(&(line.mirror.clone(), line.currency.clone())).copied().unwrap_or_default();
    if (line.debits.expected, line.credits.expected) == (Sum(debit), Sum(credit))
        && line.hours.differing == 0
    {
        return;
    }
    line.ledger = Sum(debit - credit);
    line.ledger_difference = Sum(line.expected.0 - line.ledger.0);
    (line.debits.in_ledger, line.credits.in_ledger) = (Sum(debit), Sum(credit));
    let agreed = line.verdict == LineVerdict::Match;
    if agreed {
        line.verdict = LineVerdict::NotCompared;
    }
    line.note = Some(match &line.note {
        Some(note) => format!("{note} {NOT_POSTED}"),
        None => format!("Stripe's list adds up to its balance. {NOT_POSTED}"),
    });
}

/// A match only if the ledger lacks nothing either: entries posted while it was permitted may be
/// complete.
fn overall(lines: &[Line]) -> Verdict {
    let any = |verdict| lines.iter().any(|line| line.verdict == verdict);
    let whole = |line: &Line| !line.sums_differ() && line.hours.differing == 0;
    let posted = lines.iter().all(whole);
    if any(LineVerdict::Mismatch) {
        Verdict::Mismatch
    } else if any(LineVerdict::Inconclusive) || !posted {
        Verdict::Inconclusive
    } else {
        Verdict::Match
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::time::Millis;

    use crate::model::ledger::{BalanceKind, Chart, Figures, Mode};

    use crate::model::run::proof_progress::{ExpectedAll, ExpectedFigures};

    fn certificate(
        listed: i64,
        mirror: Option<(i128, i128)>,
        minutes: i64,
        watch: &mut BTreeMap<String, DifferenceWatch>,
    ) -> Certificate {
        let figures = Figures { records: 2, legs: 4, debit: 1_000, credit: 320, digest: 0 };
        let expected = ExpectedAll::from([(
            (BalanceKind::Payments, "usd".parse().unwrap()),
            ExpectedFigures { figures, ..ExpectedFigures::default() },
        )]);
        let mirrors: Mirrors = mirror
            .map(|held| (("@stripe_test".to_owned(), "USD".to_owned()), held))
            .into_iter()
            .collect();
        let balance = serde_json::json!({"object": "balance", "livemode": false, "pending": [],
            "available": [{"amount": listed, "currency": "usd"}]});
        let (chart, stripe) =
            (Chart::for_mode(Mode::Test), serde_json::from_value(balance).unwrap());
        let at = Millis(1_760_000_000_000).plus_seconds(minutes * 60);
        let sides = Sides {
            chart: &chart,
            expected: &expected,
            mirrors: &mirrors,
            stripe: &stripe,
            at,
            open_problems: 0,
        };
        judged(Ulid::nil(), Ulid::nil(), &sides, watch)
    }

    #[test]
    fn unposted_entries_are_no_match_and_no_alarm_while_stripes_own_figures_are_compared() {
        for held in [None, Some((0, 0)), Some((900, 220)), Some((1_000, 321))] {
            let shown = certificate(680, held, 0, &mut BTreeMap::new());
            let (debit, credit) = held.unwrap_or_default();
            let line = &shown.lines[0];
            assert_eq!(
                (shown.read_only, shown.verdict, line.verdict),
                (true, Verdict::Inconclusive, LineVerdict::NotCompared),
                "{held:?}"
            );
            assert_eq!(
                (line.stripe_difference, line.ledger_difference, line.ledger),
                (Some(Sum(0)), Sum(680 - (debit - credit)), Sum(debit - credit))
            );
            assert!(line.note.as_ref().is_some_and(|note| note.contains("Not posted")), "{line:?}");
        }
        let mut watch = BTreeMap::new();
        for (minutes, verdict) in
            [(0, Verdict::Inconclusive), (8, Verdict::Inconclusive), (16, Verdict::Mismatch)]
        {
            let shown = certificate(670, None, minutes, &mut watch);
            assert_eq!(
                (shown.verdict, shown.lines[0].stripe_difference),
                (verdict, Some(Sum(-10))),
                "after {minutes} minutes"
            );
        }
        let whole = certificate(680, Some((1_000, 320)), 0, &mut BTreeMap::new());
        assert_eq!(
            (whole.read_only, whole.verdict),
            (true, Verdict::Match),
            "everything was posted before the permission was taken"
        );
    }
}
