use serde_json::{Value, json};

use super::*;
use crate::model::run::progress::{Phase, Progress, Walk};

/// The flags in the order in which runs set them.
const FLAGS: [&str; 6] =
    ["retried", "opened", "reread", "added_up", "followed", "counted_balances"];

fn stored(flags: [bool; 6]) -> Value {
    let flags = FLAGS.into_iter().zip(flags).map(|(name, set)| (name.to_owned(), json!(set)));
    Value::Object(flags.collect())
}

fn step_of(stored: Value) -> Step {
    serde_json::from_value::<Progress>(stored).unwrap().step
}

/// State: a run under way that an older version stored, without a step. Action: read it. What must
/// hold: nothing that is done comes again, and nothing that is due is left out.
#[test]
fn a_run_of_an_older_version_continues_at_its_step() {
    let combinations = [
        // A run that writes.
        ([false, false, false, false, false, false], Step::Retry),
        ([true, false, false, false, false, false], Step::Openings),
        ([true, true, false, false, false, false], Step::Objects),
        ([true, true, true, false, false, false], Step::Payouts),
        ([true, true, true, true, false, false], Step::Customers),
        ([true, true, true, true, true, false], Step::Balances),
        ([true, true, true, true, true, true], Step::Proof),
        // Without a start, no opening was posted and the flag stayed unset.
        ([true, false, true, false, false, false], Step::Payouts),
        ([true, false, true, true, false, false], Step::Customers),
        ([true, false, true, true, true, false], Step::Balances),
        ([true, false, true, true, true, true], Step::Proof),
        // A read-only run followed no customers, with a start or without.
        ([true, true, true, true, false, true], Step::Proof),
        ([true, false, true, true, false, true], Step::Proof),
        // The first versions tried nothing again in a read-only run, and counted no balances.
        ([false, true, false, false, false, false], Step::Objects),
        ([false, false, true, false, false, false], Step::Payouts),
        ([false, false, true, true, false, false], Step::Customers),
    ];
    for (flags, step) in combinations {
        assert_eq!(step_of(stored(flags)), step, "{flags:?}");
    }
    assert_eq!(step_of(json!({})), Step::Retry, "a run that no worker has begun");
}

/// State: progress at each step. Action: store it and read it, with the step and without. What must
/// hold: both say the same, so that a worker of an older version continues at the same place.
#[test]
fn the_flags_beside_a_step_say_the_same() {
    for step in Step::ALL {
        let walk = Walk::new(Some(3_600), 7_200);
        let progress = Progress { step, walk, phase: Phase::Proof, ..Progress::default() };
        let mut stored = serde_json::to_value(&progress).unwrap();
        assert_eq!(serde_json::from_value::<Progress>(stored.clone()).unwrap(), progress);
        let set = FLAGS.iter().filter(|flag| stored[**flag] == json!(true)).count();
        assert_eq!(set, Step::ALL.iter().position(|other| *other == step).unwrap(), "{stored}");
        assert!(FLAGS.iter().all(|flag| stored[*flag].is_boolean()), "{stored}");
        stored.as_object_mut().unwrap().remove("step");
        assert_eq!(serde_json::from_value::<Progress>(stored).unwrap(), progress);
    }
}

/// State: a run that workers of both versions continue in turn. Action: read what the older one
/// left. What must hold: whatever is further counts, since no step comes back.
#[test]
fn the_further_of_step_and_flags_counts_whichever_version_wrote_it() {
    for one in Step::ALL {
        for other in Step::ALL {
            let mut stored = serde_json::to_value(StepFlags::before(other)).unwrap();
            stored["step"] = json!(one);
            assert_eq!(step_of(stored), one.max(other), "{one:?} beside the flags of {other:?}");
        }
    }
    let mut newer = serde_json::to_value(StepFlags::before(Step::Payouts)).unwrap();
    newer["step"] = json!("reconcile_invoices");
    assert_eq!(step_of(newer), Step::Payouts, "a step that only a newer version knows");
}

/// State: runs in progress. Action: pass steps, in order and again. What must hold: the step moves
/// on and never back.
#[test]
fn no_step_comes_back() {
    let mut progress = Progress::default();
    for (at, step) in Step::ALL.into_iter().enumerate() {
        assert!(progress.is_due(step), "{step:?}");
        progress.pass(step);
        assert_eq!(progress.is_due(step), step == Step::Proof, "the proof is made again");
        progress.pass(Step::Retry);
        assert_eq!(progress.step, Step::ALL[(at + 1).min(6)]);
    }
    progress.walk_again();
    assert_eq!(progress.step, Step::Proof, "another walk repeats no step");
}
