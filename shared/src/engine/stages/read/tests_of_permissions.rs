//! Tests of the reader against a list in which some or all records need permissions that the key
//! lacks.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::engine::stages::read::tests::fake::{Fake, Poison};
use crate::engine::stages::read::tests::{Walked, ids, walk};
use crate::engine::stages::read::*;

fn denied(mut fake: Fake, at: impl IntoIterator<Item = i64>) -> Fake {
    for at in at {
        fake = fake.poison(&format!("txn_{at}"), Poison::Denied);
    }
    fake
}

/// The error that stopped a walk.
fn stopped(walked: Result<Walked, PageError>) -> StripeError {
    match walked {
        Err(PageError::Error(error)) => error,
        other => panic!("the walk did not stop: {other:?}"),
    }
}

/// An old record needs a permission of its own. It is the only bare record, with the permission's
/// name, wherever in a page it lies.
#[tokio::test]
async fn one_record_that_needs_another_permission_is_found_in_few_calls() {
    for at in [0, 49, 130, 249] {
        let fake = denied(Fake::of(250, 60), [at]);
        let mut hints = Hints::default();
        let walked = walk(&fake, &mut hints).await.unwrap();
        assert_eq!((walked.ids, walked.holes.len()), (ids(&fake), 0));
        assert_eq!(walked.denied, [(format!("txn_{at}"), Some("rak_transfer_read".to_owned()))]);
        assert!(walked.calls <= 24, "{at}: {} calls", walked.calls);
        let again = walk(&fake, &mut hints).await.unwrap();
        assert!(
            again.ids == ids(&fake) && again.calls < walked.calls,
            "{at}: {} calls",
            again.calls
        );
    }
}

/// If the list itself is refused, or all or most records are, the key is the cause. The refusal is
/// passed on unchanged, after a few calls.
#[tokio::test]
async fn a_key_that_lacks_a_permission_altogether_is_refused() {
    let most = (0..30).filter(|at| at % 3 != 0);
    for fake in [
        Fake { forbidden: true, ..Fake::of(30, 60) },
        denied(Fake::of(30, 60), 0..30),
        denied(Fake::of(30, 60), most),
        denied(Fake::of(1, 60), [0]),
    ] {
        let error = stopped(walk(&fake, &mut Hints::default()).await);
        assert_eq!(
            error,
            StripeError::Forbidden { permission: Some("rak_transfer_read".to_owned()) }
        );
    }
}

/// Stripe cannot list the record beside the newest one. The samples that show that the key lacks
/// nothing lie elsewhere.
#[tokio::test]
async fn a_refused_record_is_found_beside_records_that_stripe_cannot_list() {
    for (count, apart, refused, listed) in [
        (30, 1, vec![0], 28),
        (105, 1, vec![5], 103),
        (30, 1, vec![29, 0], 28),
        (40, 4_000, vec![39], 38),
    ] {
        let fake = Fake::of(count, apart).poison(&format!("txn_{listed}"), Poison::Listed);
        let fake = denied(fake, refused.iter().copied());
        let walked = walk(&fake, &mut Hints::default()).await.unwrap();
        let denied: HashSet<String> = walked.denied.into_iter().map(|(id, _)| id).collect();
        assert_eq!(denied, refused.iter().map(|at| format!("txn_{at}")).collect());
        assert_eq!(walked.ids.len() + walked.holes.len(), usize::try_from(count).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// Whatever else cannot be rendered beside it, each record occurs once, bare with its reason or
    /// not, or lies in a hole.
    #[test]
    fn a_refusal_beside_other_failures_loses_nothing(
        count in 30_i64..130,
        apart in prop_oneof![Just(1_i64), Just(4_000)],
        refused in proptest::collection::btree_set(0_i64..130, 1..3),
        poison in proptest::collection::btree_map(
            0_i64..130,
            prop_oneof![Just(Poison::Expanded), Just(Poison::Listed), Just(Poison::Always)],
            0..3,
        ),
    ) {
        let mut fake = Fake::of(count, apart);
        for (at, how) in poison {
            fake = fake.poison(&format!("txn_{at}"), how);
        }
        let fake = denied(fake, refused.iter().copied());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let walked = runtime.block_on(walk(&fake, &mut Hints::default()));
        prop_assert!(walked.is_ok(), "{walked:?}");
        let walked = walked.unwrap();
        let unique: HashSet<&String> = walked.ids.iter().collect();
        prop_assert_eq!(unique.len(), walked.ids.len());
        let denied: HashSet<&String> = walked.denied.iter().map(|(id, _)| id).collect();
        for (id, created) in &fake.records {
            let is_read = unique.contains(id);
            prop_assert!(is_read || walked.holes.iter().any(|hole| hole.oldest <= *created && *created <= hole.newest), "{id} is lost");
            let is_refused = refused.iter().any(|at| *id == format!("txn_{at}"));
            prop_assert_eq!(is_read && is_refused, denied.contains(id), "{}", id);
        }
    }
}
