use proptest::prelude::*;

use super::*;

use crate::model::certificate::kept::Thinned;
use crate::model::certificate::tests::certificate;

const DAY_MS: i64 = SECONDS_PER_DAY * 1000;
/// A UTC midnight.
const MIDNIGHT: i64 = 20_000 * DAY_MS;

/// What a made certificate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Match,
    Mismatch,
    Inconclusive,
    OpenProblem,
    ReadOnly,
    OldLayout,
}

fn made((at, says): (i64, Says), before: Option<&Certificate>) -> Certificate {
    let id = Ulid::from_parts(u64::try_from(at).unwrap(), 7);
    let mut made = Certificate { id, at: Millis(at), ..certificate(0) };
    match says {
        Says::Match => {}
        Says::Mismatch => made.verdict = Verdict::Mismatch,
        Says::Inconclusive => made.verdict = Verdict::Inconclusive,
        Says::OpenProblem => made.open_problems = 1,
        Says::ReadOnly => made.read_only = true,
        Says::OldLayout => made.version = 2,
    }
    made.seal(before).unwrap();
    made
}

fn chain(plan: &[(i64, Says)]) -> Vec<StoredCertificate> {
    let mut chain: Vec<StoredCertificate> = Vec::new();
    for step in plan {
        let before = chain.last().and_then(StoredCertificate::whole);
        let next = made(*step, before);
        chain.push(StoredCertificate::Whole(Box::new(next)));
    }
    chain
}

fn whole(chain: &[StoredCertificate]) -> Vec<bool> {
    let thin: Vec<Ulid> = to_thin(chain).iter().map(|it| it.id).collect();
    chain.iter().map(|it| !thin.contains(&it.id())).collect()
}

/// One every four hours from midnight on.
fn every_four_hours(says: &[Says]) -> Vec<StoredCertificate> {
    let at = |nth: usize| MIDNIGHT + i64::try_from(nth).unwrap() * 4 * 3_600_000;
    let plan: Vec<_> = says.iter().enumerate().map(|(nth, says)| (at(nth), *says)).collect();
    chain(&plan)
}

#[test]
fn the_last_of_a_day_and_each_change_stay_whole() {
    use Says::{Inconclusive, Match, Mismatch, OldLayout, OpenProblem, ReadOnly};
    let day = every_four_hours(&[Match; 14]);
    let kept: Vec<usize> = (0..14).filter(|at| whole(&day)[*at]).collect();
    assert_eq!(kept, [0, 5, 11, 13], "both ends of the segment, and the last of each day");
    for change in [Mismatch, Inconclusive] {
        let day = every_four_hours(&[Match, Match, Match, change, Match, Match]);
        assert_eq!(whole(&day), [true, false, true, true, true, true], "{change:?}");
    }
    for more in [OpenProblem, ReadOnly, OldLayout] {
        let day = every_four_hours(&[Match, Match, more, Match, Match, Match]);
        assert_eq!(whole(&day), [true, false, true, false, false, true], "{more:?}");
    }
}

#[test]
fn a_certificate_that_does_not_verify_is_not_thinned() {
    let mut day = every_four_hours(&[Says::Match; 6]);
    let StoredCertificate::Whole(changed) = &mut day[2] else { panic!("whole") };
    changed.lines[0].records += 1;
    assert_eq!(whole(&day), [true, false, true, false, false, true], "a changed one");
    let mut day = every_four_hours(&[Says::Match; 6]);
    day.remove(2);
    assert_eq!(whole(&day), [true, true, true, false, true], "on both sides of a gap");
}

#[test]
fn a_horizon_is_the_midnight_before_the_hours_that_stay_whole() {
    let horizons = [0, 1, DAY_MS - 1, DAY_MS].map(|after| horizon(Millis(MIDNIGHT + after)).0);
    assert_eq!(horizons, [-2, -2, -2, -1].map(|days| MIDNIGHT + days * DAY_MS));
}

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![
        30 => Just(Says::Match),
        1 => Just(Says::Mismatch),
        1 => Just(Says::Inconclusive),
        1 => Just(Says::OpenProblem),
        1 => Just(Says::ReadOnly),
        1 => Just(Says::OldLayout),
    ]
}

/// Thins what a table holds step by step, as runs do. Returns what is left.
fn thin_in_steps(
    chain: &[StoredCertificate],
    page: usize,
    horizon: Millis,
) -> Vec<StoredCertificate> {
    let mut left = chain.to_vec();
    let mut reached = Reached { until: Millis(0), ..Reached::beginning(chain[0].id()) };
    for _ in 0..=chain.len() {
        if !reached.is_due(horizon) {
            return left;
        }
        let before =
            |it: &&StoredCertificate| it.id() >= reached.after && ulid_time(it.id()) < horizon;
        let segment: Vec<StoredCertificate> =
            left.iter().filter(before).take(page).cloned().collect();
        let all = left.iter().filter(before).count();
        let more = segment.last().filter(|_| segment.len() < all).map(StoredCertificate::id);
        let thin: Vec<Ulid> = to_thin(&segment).iter().map(|it| it.id).collect();
        for kept in left.iter_mut().filter(|it| thin.contains(&it.id())) {
            *kept = StoredCertificate::Thinned(Thinned::of(kept.whole().unwrap()).unwrap());
        }
        let moved = reached.moved(&segment, more, horizon);
        assert!(moved != reached, "each step comes further");
        reached = moved;
    }
    panic!("it never ends")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// State: a chain of some days, with anything in it. Action: thin it, in steps of any size.
    /// What must hold: each hash and each link is as before, all that is left verifies, and exactly
    /// that is whole which the rules name.
    #[test]
    fn a_thinned_chain_is_the_same_chain(
        steps in prop::collection::vec((1..9_i64, says()), 2..40),
        page in 3_usize..12,
    ) {
        let mut at = MIDNIGHT;
        let plan: Vec<_> = steps.iter().map(|(hours, says)| {
            at += hours * 3_600_000;
            (at, *says)
        }).collect();
        let chain = chain(&plan);
        let horizon = horizon(Millis(at + 3 * DAY_MS));
        let left = thin_in_steps(&chain, page, horizon);
        for (at, (before, after)) in chain.iter().zip(&left).enumerate() {
            prop_assert_eq!((before.id(), before.at(), before.verdict()),
                (after.id(), after.at(), after.verdict()));
            prop_assert_eq!((before.previous(), before.hash()), (after.previous(), after.hash()));
            prop_assert!(after.verifies());
            // Said without the code under test.
            let says = |at: usize| plan[at].1;
            let is_match = |at: usize| !matches!(says(at), Says::Mismatch | Says::Inconclusive);
            let last = at + 1 == plan.len() || plan[at + 1].0.div_euclid(DAY_MS) > plan[at].0.div_euclid(DAY_MS)
                || plan[at + 1].0 >= horizon.0;
            let stays = at == 0 || last || says(at) != Says::Match || !is_match(at - 1) || !is_match(at + 1);
            prop_assert_eq!(after.whole().is_some(), stays, "{} of {:?}", at, plan);
        }
    }
}
