//! Which figures make a match, a mismatch or an inconclusive line.

use crate::engine::stages::proof::judge::*;
use crate::model::ledger::Figures;
use crate::model::run::proof_progress::ExpectedFigures;

const AT: Millis = Millis(1_760_000_000_000);

fn usd() -> Currency {
    "usd".parse().unwrap()
}

fn chart() -> Chart {
    Chart::for_mode(crate::model::ledger::Mode::Test)
}

fn figures(debit: i128, credit: i128) -> ExpectedFigures {
    ExpectedFigures {
        figures: Figures { records: 2, legs: 4, debit, credit, digest: 0 },
        pending: 0,
        agreed: 3,
        differing: 0,
    }
}

fn stripe(available: i64, pending: i64) -> Balance {
    serde_json::from_value(serde_json::json!({"object": "balance", "livemode": false,
        "available": [{"amount": available, "currency": "usd"}],
        "pending": [{"amount": pending, "currency": "usd"}]}))
    .unwrap()
}

fn judged(
    expected: ExpectedFigures,
    mirror: (i128, i128),
    stripe: &Balance,
    at: Millis,
    watch: &mut BTreeMap<String, DifferenceWatch>,
) -> Certificate {
    let expected = ExpectedAll::from([((BalanceKind::Payments, usd()), expected)]);
    let mirrors = Mirrors::from([(("@stripe_test".to_owned(), "USD".to_owned()), mirror)]);
    let chart = chart();
    let sides = Sides {
        chart: &chart,
        expected: &expected,
        mirrors: &mirrors,
        stripe,
        at,
        open_problems: 0,
    };
    judge(Ulid::nil(), Ulid::nil(), &sides, watch)
}

#[test]
fn books_that_agree_in_every_figure_match() {
    let certificate =
        judged(figures(1000, 320), (1000, 320), &stripe(600, 80), AT, &mut BTreeMap::new());
    assert_eq!(certificate.verdict, Verdict::Match);
    let line = &certificate.lines[0];
    assert_eq!(
        (line.stripe, line.ledger, line.stripe_difference, line.ledger_difference),
        (Some(Sum(680)), Sum(680), Some(Sum(0)), Sum(0))
    );
}

#[test]
fn a_difference_of_ours_is_a_mismatch_at_once_even_when_the_nets_agree() {
    for mirror in [(1000, 319), (1001, 321), (0, 0), (680, 0)] {
        let certificate =
            judged(figures(1000, 320), mirror, &stripe(600, 80), AT, &mut BTreeMap::new());
        assert_eq!(certificate.verdict, Verdict::Mismatch, "{mirror:?}");
    }
}

#[test]
fn an_hour_whose_entries_differ_is_a_mismatch_although_every_total_agrees() {
    let certificate = judged(
        ExpectedFigures { differing: 1, ..figures(1000, 320) },
        (1000, 320),
        &stripe(600, 80),
        AT,
        &mut BTreeMap::new(),
    );
    assert_eq!(
        (certificate.verdict, certificate.lines[0].ledger_difference),
        (Verdict::Mismatch, Sum(0))
    );
}

#[test]
fn a_stripe_difference_counts_only_when_it_persists() {
    let mut watch = BTreeMap::new();
    let behind = stripe(600, 70);
    for (minutes, verdict) in [
        (0, Verdict::Inconclusive),
        (5, Verdict::Inconclusive),
        (14, Verdict::Inconclusive),
        (16, Verdict::Mismatch),
    ] {
        let certificate = judged(
            figures(1000, 320),
            (1000, 320),
            &behind,
            AT.plus_seconds(minutes * 60),
            &mut watch,
        );
        assert_eq!(certificate.verdict, verdict, "after {minutes} minutes");
        assert_eq!(certificate.lines[0].stripe_difference, Some(Sum(-10)));
    }
    let other = judged(
        figures(1000, 320),
        (1000, 320),
        &stripe(600, 71),
        AT.plus_seconds(1000),
        &mut watch,
    );
    assert_eq!(other.verdict, Verdict::Inconclusive, "a changed value starts a new count");
    judged(figures(1000, 320), (1000, 320), &stripe(600, 80), AT.plus_seconds(1100), &mut watch);
    assert!(watch.is_empty(), "a difference that is gone is forgotten");
}

#[test]
fn a_line_that_only_one_side_has_is_compared_with_zero() {
    let chart = chart();
    let empty = stripe(0, 0);
    let mirrors = Mirrors::from([(("@stripe_test".to_owned(), "EUR".to_owned()), (5, 0))]);
    let expected = ExpectedAll::new();
    let sides = Sides {
        chart: &chart,
        expected: &expected,
        mirrors: &mirrors,
        stripe: &empty,
        at: AT,
        open_problems: 0,
    };
    let certificate = judge(Ulid::nil(), Ulid::nil(), &sides, &mut BTreeMap::new());
    assert_eq!(certificate.verdict, Verdict::Mismatch, "a mirror that should not hold anything");
    let unknown = ExpectedAll::from([((BalanceKind::from_name("treasury"), usd()), figures(7, 0))]);
    let mirrors =
        Mirrors::from([(("@stripe_test_balance_treasury".to_owned(), "USD".to_owned()), (7, 0))]);
    let sides = Sides { expected: &unknown, mirrors: &mirrors, ..sides };
    let certificate = judge(Ulid::nil(), Ulid::nil(), &sides, &mut BTreeMap::new());
    let line = certificate.lines.iter().find(|line| line.balance == "treasury").unwrap();
    assert_eq!(
        (line.verdict, line.stripe_difference, certificate.verdict),
        (LineVerdict::NotCompared, None, Verdict::Match)
    );
}

#[test]
fn issuing_is_compared_with_what_is_available() {
    let chart = chart();
    let balance: Balance = serde_json::from_value(
        serde_json::json!({"object": "balance", "livemode": false, "available": [], "pending": [],
        "issuing": {"available": [{"amount": 900, "currency": "usd"}]}}),
    )
    .unwrap();
    let expected = ExpectedAll::from([(
        (BalanceKind::Issuing, usd()),
        ExpectedFigures { pending: -100, ..figures(1000, 200) },
    )]);
    let mirrors =
        Mirrors::from([(("@stripe_test_issuing".to_owned(), "USD".to_owned()), (1000, 200))]);
    let sides = Sides {
        chart: &chart,
        expected: &expected,
        mirrors: &mirrors,
        stripe: &balance,
        at: AT,
        open_problems: 0,
    };
    assert_eq!(
        judge(Ulid::nil(), Ulid::nil(), &sides, &mut BTreeMap::new()).verdict,
        Verdict::Match
    );
}
