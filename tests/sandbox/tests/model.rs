//! The ledger against a model of it that is too simple to be wrong: random posts and bulks, refused and cut short.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where it is wrong")]

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use proptest::prelude::*;
use sandbox::core::bulk::{Bulk, ITEMS_PER_TURN, process};
use sandbox::core::decimal::Decimal;
use sandbox::core::posting::Refusal;
use sandbox::core::request::Post;
use sandbox::core::state::State;
use sandbox::core::types::{Parent, Status};
use sandbox::core::{Core, Instance};
use uuid::Uuid;

const CURRENCIES: [&str; 3] = ["USD", "usd", "JPY"];
const NAMES: u8 = 4;
/// A side that no balance has.
const UNKNOWN: u8 = NAMES;

/// A post, in small numbers, so that references, balances and limits meet often.
#[derive(Debug, Clone)]
struct Spec {
    reference: u8,
    amount: i128,
    currency: usize,
    source: u8,
    destination: u8,
    /// The destination by the id of the balance instead of its name.
    by_id: bool,
    overdraft: bool,
    limit: i128,
}

fn spec() -> impl Strategy<Value = Spec> {
    let sides = (0..=UNKNOWN, 0..=UNKNOWN, prop::bool::weighted(0.2));
    let funds = (prop::bool::weighted(0.7), prop_oneof![Just(0), 0..500_i128]);
    (any::<u8>(), 0..300_i128, 0..CURRENCIES.len(), sides, funds).prop_map(
        |(reference, amount, currency, (source, destination, by_id), (overdraft, limit))| Spec {
            reference,
            amount,
            currency,
            source,
            destination,
            by_id,
            overdraft,
            limit,
        },
    )
}

#[derive(Debug, Clone)]
enum Step {
    Single(Spec),
    /// A bulk whose caller goes away when it has been polled so many times.
    Bulk(Vec<Spec>, Option<usize>),
    /// Queued and settled at once.
    Queued(Spec),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => spec().prop_map(Step::Single),
        3 => (prop::collection::vec(spec(), 1..30), prop::option::of(0..6_usize))
            .prop_map(|(specs, cut)| Step::Bulk(specs, cut)),
        2 => spec().prop_map(Step::Queued),
    ]
}

fn name(side: u8) -> String {
    if side == UNKNOWN {
        return "bln_00000000-0000-0000-0000-000000000000".to_owned();
    }
    format!("@{side}")
}

fn post(state: &State, spec: &Spec, skip_queue: bool) -> Post {
    let currency = CURRENCIES[spec.currency];
    let mut destination = name(spec.destination);
    if let (true, Some(at)) = (spec.by_id, state.by_indicator(&destination, currency)) {
        destination.clone_from(&state.balances()[at as usize].id);
    }
    Post {
        amount: spec.amount,
        precise: true,
        precision: 100,
        currency: currency.to_owned(),
        reference: format!("r{}", spec.reference),
        description: "d".to_owned(),
        source: name(spec.source),
        destination,
        allow_overdraft: spec.overdraft,
        overdraft_limit: spec.limit,
        overdraft_limit_sent: Decimal::whole(spec.limit),
        skip_queue,
        effective: None,
        meta: serde_json::Map::new(),
    }
}

/// What the ledger must hold: sums by side and currency, and the references that are taken.
#[derive(Debug, Default)]
struct Model {
    sums: HashMap<(u8, usize), (i128, i128)>,
    taken: HashSet<String>,
    rows: Vec<(String, Status)>,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Applied,
    Duplicate,
    Unknown,
    Zero,
    Funds,
    Limit,
    Same,
}

impl Model {
    fn judge(&self, reference: &str, spec: &Spec) -> Verdict {
        if self.taken.contains(reference) {
            return Verdict::Duplicate;
        }
        if spec.source == UNKNOWN || spec.destination == UNKNOWN {
            return Verdict::Unknown;
        }
        self.judge_money(spec)
    }

    fn judge_money(&self, spec: &Spec) -> Verdict {
        if spec.amount == 0 {
            return Verdict::Zero;
        }
        let (debit, credit) = self.sums.get(&(spec.source, spec.currency)).copied().unwrap_or_default();
        let left = credit - debit - spec.amount;
        let unlimited = spec.overdraft && spec.limit == 0;
        if !unlimited && left < 0 && spec.limit == 0 {
            return Verdict::Funds;
        }
        if !unlimited && left < -spec.limit {
            return Verdict::Limit;
        }
        if spec.source == spec.destination {
            return Verdict::Same;
        }
        Verdict::Applied
    }

    fn apply(&mut self, reference: String, spec: &Spec) {
        self.sums.entry((spec.source, spec.currency)).or_default().0 += spec.amount;
        self.sums.entry((spec.destination, spec.currency)).or_default().1 += spec.amount;
        self.write(reference, Status::Applied);
    }

    fn write(&mut self, reference: String, status: Status) {
        self.taken.insert(reference.clone());
        self.rows.push((reference, status));
    }
}

fn verdict(outcome: &Result<u32, Refusal>) -> Verdict {
    match outcome {
        Ok(_) => Verdict::Applied,
        Err(Refusal::Duplicate(_)) => Verdict::Duplicate,
        Err(Refusal::UnknownBalance(_)) => Verdict::Unknown,
        Err(Refusal::NotPositive) => Verdict::Zero,
        Err(Refusal::InsufficientFunds) => Verdict::Funds,
        Err(Refusal::OverLimit) => Verdict::Limit,
        Err(Refusal::SameBalance(_)) => Verdict::Same,
        Err(Refusal::OutOfRange) => panic!("amounts here are small"),
    }
}

fn single(ledger: &Instance, model: &mut Model, spec: &Spec) {
    let reference = format!("r{}", spec.reference);
    let expected = model.judge(&reference, spec);
    let outcome = ledger.write(|state, stamp| {
        let post = post(state, spec, true);
        state.apply(&post, Uuid::new_v4(), None, stamp)
    });
    let got = verdict(&outcome);
    assert_eq!(got, expected, "{spec:?}");
    if got == Verdict::Applied {
        model.apply(reference, spec);
    }
}

/// Runs a bulk for `cut` polls, or to its end.
fn bulk(ledger: &Arc<Instance>, model: &mut Model, specs: &[Spec], cut: Option<usize>) {
    let posts: Vec<_> = ledger.read(|state| specs.iter().map(|spec| post(state, spec, true)).collect());
    let names: Vec<_> = posts.iter().map(|post: &Post| post.reference.clone()).collect();
    let id = Uuid::new_v4();
    let atomic = false;
    let mut polls = 0;
    let mut finished = None;
    {
        let mut future = pin!(process(ledger, Bulk { posts, id, atomic }));
        let mut cx = Context::from_waker(Waker::noop());
        while finished.is_none() && cut.is_none_or(|cut| polls < cut) {
            polls += 1;
            if let std::task::Poll::Ready(outcome) = future.as_mut().poll(&mut cx) {
                finished = Some(outcome);
            }
        }
    }
    // The first poll stops at the first item's door, each later one goes one turn further.
    let reached = (polls.saturating_sub(1) * ITEMS_PER_TURN).min(specs.len());
    let mut refused = false;
    let mut expected = Vec::new();
    for (spec, reference) in specs.iter().zip(&names).take(reached) {
        if model.judge(reference, spec) != Verdict::Applied {
            refused = true;
            break;
        }
        model.apply(reference.clone(), spec);
        expected.push(reference.clone());
    }
    if let Some(outcome) = finished {
        assert_eq!(outcome.is_err(), refused, "{outcome:?}");
    }
    let written: Vec<String> = ledger.read(|state| {
        let of_bulk = state.txns().iter().filter(|txn| txn.parent == Some(Parent::Bulk(id)));
        of_bulk.map(|txn| txn.reference.to_string()).collect()
    });
    assert_eq!(written, expected, "a bulk is exactly a prefix");
}

fn queued(ledger: &Instance, model: &mut Model, spec: &Spec) {
    let reference = format!("r{}", spec.reference);
    let taken = ledger.write(|state, stamp| {
        let post = post(state, spec, false);
        state.take(post, Uuid::new_v4(), None, stamp)
    });
    let vanishes = [Verdict::Duplicate, Verdict::Unknown];
    if vanishes.contains(&model.judge(&reference, spec)) || spec.amount == 0 {
        assert!(taken.is_none(), "{spec:?} left a trace");
        return;
    }
    let taken = taken.unwrap();
    model.write(reference.clone(), Status::Queued);
    ledger.write(|state, stamp| state.settle(&taken, stamp)).unwrap();
    let child = format!("{reference}_q");
    match model.judge_money(spec) {
        Verdict::Applied => model.apply(child, spec),
        _ => model.write(child, Status::Rejected),
    }
}

/// What must hold after every step, told by the rows alone and by the model.
fn check(state: &State, model: &Model) {
    let mut sums: HashMap<u32, (i128, i128)> = HashMap::new();
    for txn in state.txns().iter().filter(|txn| txn.status == Status::Applied) {
        sums.entry(txn.source).or_default().0 += txn.amount;
        sums.entry(txn.destination).or_default().1 += txn.amount;
    }
    let mut by_currency: HashMap<&str, i128> = HashMap::new();
    for (at, balance) in (0_u32..).zip(state.balances()) {
        let rows = sums.get(&at).copied().unwrap_or_default();
        assert_eq!((balance.debit, balance.credit), rows, "{balance:?}");
        *by_currency.entry(&balance.currency).or_default() += balance.balance();
    }
    assert!(by_currency.values().all(|sum| *sum == 0), "{by_currency:?}");
    for ((side, currency), expected) in &model.sums {
        let at = state.by_indicator(&name(*side), CURRENCIES[*currency]).unwrap();
        let balance = &state.balances()[at as usize];
        assert_eq!((balance.debit, balance.credit), *expected);
    }
    let rows = state.txns().iter().map(|txn| (txn.reference.to_string(), txn.status));
    assert_eq!(rows.collect::<Vec<_>>(), model.rows);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_history_keeps_the_books(steps in prop::collection::vec(step(), 1..40)) {
        let core = Core::new(0);
        core.open("inst_model", "key");
        let ledger = core.by_key("key").unwrap();
        let mut model = Model::default();
        for step in &steps {
            match step {
                Step::Single(spec) => single(&ledger, &mut model, spec),
                Step::Bulk(specs, cut) => bulk(&ledger, &mut model, specs, *cut),
                Step::Queued(spec) => queued(&ledger, &mut model, spec),
            }
            ledger.read(|state| check(state, &model));
        }
    }
}
