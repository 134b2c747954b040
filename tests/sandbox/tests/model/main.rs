//! The ledger against a simple model: random histories of posts, bulks that are refused or lose
//! their caller, queued posts, commits, voids and refunds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where it is wrong")]

mod books;

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use books::{Books, Spec, Verdict, spec, verdict};
use proptest::prelude::*;
use sandbox::core::api::bulk::{Bulk, ITEMS_PER_TURN, process};
use sandbox::core::inflight::Action;
use sandbox::core::knobs::Knobs;
use sandbox::core::posting::Refusal;
use sandbox::core::refund::RefundOptions;
use sandbox::core::state::State;
use sandbox::core::types::{Parent, Status};
use sandbox::core::{Core, Instance};
use uuid::Uuid;

#[derive(Debug, Clone)]
enum Step {
    Single(Spec),
    /// A bulk, atomic or not, whose caller may disconnect after this many polls.
    Bulk(Vec<Spec>, bool, Option<usize>),
    /// Queued at once.
    Queued(Vec<Spec>),
    /// A commit of this percentage (0 = the rest), or a void, of one of the holds.
    Finish(prop::sample::Index, Option<u8>),
    /// A refund of one of the rows.
    Refund(prop::sample::Index, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let specs = || prop::collection::vec(spec(), 1..30);
    prop_oneof![
        4 => spec().prop_map(Step::Single),
        3 => (specs(), any::<bool>(), prop::option::of(0..6_usize))
            .prop_map(|(specs, atomic, cut)| Step::Bulk(specs, atomic, cut)),
        2 => prop::collection::vec(spec(), 1..5).prop_map(Step::Queued),
        3 => (any::<prop::sample::Index>(),
            prop::option::of(0..101_u8)).prop_map(|(at, part)| Step::Finish(at, part)),
        2 => (any::<prop::sample::Index>(),
            any::<bool>()).prop_map(|(at, skip)| Step::Refund(at, skip)),
    ]
}

/// Lets the queue finish its work. Time is paused, so this takes none.
async fn drain() {
    tokio::time::sleep(Duration::from_secs(10)).await;
}

async fn single(ledger: &Arc<Instance>, books: &mut Books, spec: &Spec) {
    let expected = books.post(spec.reference(), spec);
    let post = ledger.read(|state| spec.post(state, true));
    let outcome = ledger.apply(&post, Uuid::new_v4(), None).await;
    assert_eq!(verdict(&outcome), expected, "{spec:?}");
}

/// Runs a bulk for `cut` polls, or to its end.
async fn bulk(
    ledger: &Arc<Instance>,
    books: &mut Books,
    specs: &[Spec],
    atomic: bool,
    cut: Option<usize>,
) {
    let inflight = specs[0].inflight;
    let specs: Vec<_> = specs.iter().map(|spec| spec.held(inflight)).collect();
    let posts = ledger.read(|state| specs.iter().map(|spec| spec.post(state, true)).collect());
    let (id, before) = (Uuid::new_v4(), books.clone());
    let (mut polls, mut finished) = (0, None);
    {
        let mut future = pin!(process(ledger, Bulk { posts, id, atomic }));
        let mut cx = Context::from_waker(Waker::noop());
        while finished.is_none() && cut.is_none_or(|cut| polls < cut) {
            polls += 1;
            if let Poll::Ready(outcome) = future.as_mut().poll(&mut cx) {
                finished = Some(outcome);
            }
        }
    }
    // The first poll stops before the first item, and each later one gets one step further.
    let reached = (polls.saturating_sub(1) * ITEMS_PER_TURN).min(specs.len());
    let done = specs
        .iter()
        .take(reached)
        .take_while(|spec| books.post(spec.reference(), spec) == Verdict::Done);
    let expected: Vec<_> = done.map(Spec::reference).collect();
    if let Some(outcome) = &finished {
        assert_eq!(outcome.is_err(), expected.len() < reached, "{outcome:?}");
    }
    let written: Vec<_> = ledger.read(|state| {
        let of_bulk = state.txns().iter().filter(|txn| txn.parent == Some(Parent::Bulk(id)));
        of_bulk.map(|txn| txn.reference.to_string()).collect()
    });
    assert_eq!(written, expected, "a bulk is exactly a prefix");
    if atomic && matches!(finished, Some(Err(_))) {
        if !inflight && !expected.is_empty() {
            ledger.read(|state| {
                assert_eq!(
                    Books::of_balances(state).nets(),
                    books.nets(),
                    "reversals are queued, not done"
                );
            });
        }
        drain().await;
        ledger.read(|state| {
            assert_eq!(
                Books::of_balances(state).nets(),
                before.nets(),
                "an atomic bulk that fails comes to nothing"
            );
        });
        *books = ledger.read(Books::of_balances);
    }
}

async fn queued(ledger: &Arc<Instance>, books: &mut Books, specs: &[Spec]) {
    let before = ledger.counts().transactions;
    for spec in specs {
        let post = ledger.read(|state| spec.post(state, false));
        ledger.enqueue(post, Uuid::new_v4(), None);
    }
    assert_eq!(
        ledger.counts().transactions,
        before,
        "nothing is written before the caller has its answer"
    );
    drain().await;
    let mut kept = Vec::new();
    for spec in specs {
        let vanishes = [Verdict::Duplicate, Verdict::Unknown, Verdict::Zero];
        if !vanishes.contains(&books.judge(&spec.reference(), spec)) {
            books.take(spec.reference());
            kept.push((spec.reference(), format!("{}_q", spec.reference()), spec));
        }
    }
    ledger.read(|state| {
        let rows = &state.txns()[before..];
        let taken: HashSet<_> = rows
            .iter()
            .filter(|row| row.status == Status::Queued)
            .map(|row| row.reference.to_string())
            .collect();
        assert_eq!(taken, kept.iter().map(|(own, _, _)| own.clone()).collect());
        // The queue has no order: each post is decided when it arrives.
        for row in rows.iter().filter(|row| row.status != Status::Queued) {
            let (_, child, spec) =
                kept.iter().find(|(_, child, _)| **child == *row.reference).unwrap();
            let expected = match books.post(child.clone(), spec) {
                Verdict::Done if spec.inflight => Status::Inflight,
                Verdict::Done => Status::Applied,
                _ => Status::Rejected,
            };
            books.take(child.clone());
            assert_eq!(row.status, expected, "{spec:?}");
            let parent = &state.txns()[state.by_reference(&spec.reference()).unwrap() as usize];
            assert_eq!(
                (row.parent, row.created_at),
                (Some(Parent::Txn(parent.id)), parent.created_at)
            );
        }
        assert_eq!(rows.len(), kept.len() * 2, "every taken post has a child");
    });
}

fn finish(ledger: &Instance, at: prop::sample::Index, part: Option<u8>) {
    let rows = ledger.read(|state| {
        (0_u32..)
            .zip(state.txns())
            .filter(|(_, txn)| txn.status == Status::Inflight)
            .map(|(row, _)| row)
            .collect::<Vec<_>>()
    });
    let Some(hold) = rows.get(at.index(rows.len().max(1))).copied() else { return };
    let (whole, left) =
        ledger.read(|state| (state.txns()[hold as usize].amount, state.left_of(hold)));
    let part = part.map(|percent| whole * i128::from(percent) / 100);
    let action =
        part.map_or(Action::Void, |part| Action::Commit(Some(part).filter(|part| *part > 0)));
    let outcome = ledger.write(|state, stamp| state.finish(hold, action, None, stamp));
    let expected = match (left, action) {
        (Err(_) | Ok(0), _) => None,
        (Ok(left), Action::Commit(Some(wanted))) => Some(wanted).filter(|wanted| *wanted <= left),
        (Ok(left), _) => Some(left),
    };
    let moved = outcome.ok().map(|row| ledger.read(|state| state.txns()[row as usize].amount));
    assert_eq!(moved, expected, "{action:?} of {whole}");
}

/// Reverses what a refund finds, as the endpoint does: what is reversed already is refused, the
/// rest is reversed.
async fn refund(ledger: &Arc<Instance>, at: prop::sample::Index, skip_queue: bool) {
    let ids: Vec<_> =
        ledger.read(|state| state.txns().iter().map(|txn| Parent::Txn(txn.id).text()).collect());
    let Some(id) = ids.get(at.index(ids.len().max(1))) else { return };
    let options = RefundOptions { skip_queue, ..RefundOptions::default() };
    for row in ledger.read(|state| state.refundable(id)) {
        let reversed = ledger.read(|state| {
            let txn = &state.txns()[row as usize];
            let turned = |other: &sandbox::core::types::Txn| {
                other.parent == Some(Parent::Txn(txn.id))
                    && (other.source, other.destination) == (txn.destination, txn.source)
            };
            state.txns().iter().any(turned)
        });
        match ledger.read(|state| state.refund_post(row, &options)) {
            Ok((post, parent)) => {
                assert!(!reversed, "{} is reversed twice", post.reference);
                ledger.submit(post, Uuid::new_v4(), Some(parent)).await.unwrap();
            }
            Err(refusal) => {
                assert!(reversed, "{refusal:?}");
                assert!(matches!(refusal, Refusal::Said(text) if text.contains("has already been \
                        refunded")));
            }
        }
    }
    drain().await;
}

/// What must hold after every step.
fn check(state: &State) {
    let balances = Books::of_balances(state).trimmed();
    assert_eq!(balances, Books::of_rows(state).trimmed(), "each balance is the sum of its rows");
    assert!(balances.totals().values().all(|sum| *sum == 0), "{:?}", balances.totals());
}

async fn history(steps: &[Step]) {
    let core = Core::new(Knobs::default());
    core.open("inst_model", "key");
    let ledger = core.by_key("key").unwrap();
    let mut books = Books::default();
    for step in steps {
        match step {
            Step::Single(spec) => single(&ledger, &mut books, spec).await,
            Step::Bulk(specs, atomic, cut) => bulk(&ledger, &mut books, specs, *atomic, *cut).await,
            Step::Queued(specs) => queued(&ledger, &mut books, specs).await,
            Step::Finish(at, part) => finish(&ledger, *at, *part),
            Step::Refund(at, skip_queue) => refund(&ledger, *at, *skip_queue).await,
        }
        ledger.read(check);
        if matches!(step, Step::Finish(..) | Step::Refund(..)) {
            books = ledger.read(Books::of_balances);
        } else {
            ledger.read(|state| {
                assert_eq!(Books::of_balances(state).trimmed(), books.clone().trimmed());
            });
        }
    }
    ledger.read(|state| {
        let saved = serde_json::to_string(&state.snapshot()).unwrap();
        let restored = State::restore(serde_json::from_str(&saved).unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&restored.snapshot()).unwrap(), saved);
        check(&restored);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_histories_agree_with_the_model(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(history(&steps));
    }
}
