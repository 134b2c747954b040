//! A model of a ledger, simple enough to be right: sums, references, and what may be posted.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use sandbox::core::decimal::Decimal;
use sandbox::core::posting::Refusal;
use sandbox::core::request::Post;
use sandbox::core::state::State;
use sandbox::core::types::{Figures, Parent, Status};

const CURRENCIES: [&str; 3] = ["USD", "usd", "JPY"];
const NAMES: u8 = 4;
/// A side that no balance has.
const UNKNOWN: u8 = NAMES;

/// A post with small numbers, so that references, balances and limits collide often.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) reference: u8,
    amount: i128,
    currency: usize,
    source: u8,
    destination: u8,
    /// The destination by the id of the balance instead of its name.
    by_id: bool,
    overdraft: bool,
    limit: i128,
    pub(crate) inflight: bool,
}

pub(crate) fn spec() -> impl Strategy<Value = Spec> {
    let sides = (0..=UNKNOWN, 0..=UNKNOWN, prop::bool::weighted(0.2));
    let funds = (prop::bool::weighted(0.7), prop_oneof![Just(0), 0..500_i128]);
    let inflight = prop::bool::weighted(0.25);
    (any::<u8>(), 0..300_i128, 0..CURRENCIES.len(), sides, funds, inflight).prop_map(
        |(
            reference,
            amount,
            currency,
            (source, destination, by_id),
            (overdraft, limit),
            inflight,
        )| Spec {
            reference,
            amount,
            currency,
            source,
            destination,
            by_id,
            overdraft,
            limit,
            inflight,
        },
    )
}

fn name(side: u8) -> String {
    if side == UNKNOWN {
        return "bln_00000000-0000-0000-0000-000000000000".to_owned();
    }
    format!("@{side}")
}

impl Spec {
    pub(crate) fn held(&self, inflight: bool) -> Self {
        Self { inflight, ..self.clone() }
    }

    pub(crate) fn reference(&self) -> String {
        format!("r{}", self.reference)
    }

    pub(crate) fn post(&self, state: &State, skip_queue: bool) -> Post {
        let currency = CURRENCIES[self.currency];
        let mut destination = name(self.destination);
        if let (true, Some(at)) = (self.by_id, state.by_indicator(&destination, currency)) {
            destination.clone_from(&state.balances()[at as usize].id);
        }
        Post {
            amount: self.amount,
            precise: true,
            precision: 100,
            currency: currency.to_owned(),
            reference: self.reference(),
            description: "d".to_owned(),
            source: name(self.source),
            destination,
            allow_overdraft: self.overdraft,
            overdraft_limit: self.limit,
            overdraft_limit_sent: Decimal::whole(self.limit),
            skip_queue,
            inflight: self.inflight,
            ..Post::default()
        }
    }
}

/// The outcome of a post.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    Duplicate,
    Unknown,
    Zero,
    Funds,
    Limit,
    Same,
}

pub(crate) fn verdict(outcome: &Result<u32, Refusal>) -> Verdict {
    match outcome {
        Ok(_) => Verdict::Done,
        Err(Refusal::Duplicate(_)) => Verdict::Duplicate,
        Err(Refusal::UnknownBalance(_)) => Verdict::Unknown,
        Err(Refusal::NotPositive) => Verdict::Zero,
        Err(Refusal::InsufficientFunds) => Verdict::Funds,
        Err(Refusal::OverLimit) => Verdict::Limit,
        Err(Refusal::SameBalance(_)) => Verdict::Same,
        Err(other) => panic!("never here: {other:?}"),
    }
}

/// Sums by balance, and the references that are taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Books {
    sums: HashMap<(String, String), Figures>,
    taken: HashSet<String>,
}

impl Books {
    /// The sums from the rows alone: applied rows move money, holds reserve it, and their children
    /// release it.
    pub(crate) fn of_rows(state: &State) -> Self {
        let mut books = Self::default();
        let holds: HashSet<_> = state
            .txns()
            .iter()
            .filter(|txn| txn.status == Status::Inflight)
            .map(|txn| Parent::Txn(txn.id))
            .collect();
        for txn in state.txns() {
            let of_hold = txn.parent.is_some_and(|parent| holds.contains(&parent));
            let side = |at: u32| {
                let balance = &state.balances()[at as usize];
                (balance.indicator.as_deref().unwrap().to_owned(), balance.currency.to_string())
            };
            let mut add = |side: (String, String),
                           debit: i128,
                           credit: i128,
                           held_debit: i128,
                           held_credit: i128| {
                let sums = books.sums.entry(side).or_default();
                sums.debit += debit;
                sums.credit += credit;
                sums.inflight_debit += held_debit;
                sums.inflight_credit += held_credit;
            };
            let amount = txn.amount;
            let (moved, held) = match txn.status {
                Status::Applied if of_hold => (amount, -amount),
                Status::Applied => (amount, 0),
                Status::Inflight => (0, amount),
                Status::Void => (0, -amount),
                Status::Queued | Status::Scheduled | Status::Rejected => (0, 0),
            };
            add(side(txn.source), moved, 0, held, 0);
            add(side(txn.destination), 0, moved, 0, held);
            assert!(
                books.taken.insert(txn.reference.to_string()),
                "{} is there twice",
                txn.reference
            );
        }
        books
    }

    /// The sums from the balances.
    pub(crate) fn of_balances(state: &State) -> Self {
        let sums = state.balances().iter().map(|balance| {
            let key =
                (balance.indicator.as_deref().unwrap().to_owned(), balance.currency.to_string());
            (key, balance.figures())
        });
        Self {
            sums: sums.collect(),
            taken: state.txns().iter().map(|txn| txn.reference.to_string()).collect(),
        }
    }

    /// Removes balances without movements.
    pub(crate) fn trimmed(mut self) -> Self {
        self.sums.retain(|_, sums| *sums != Figures::default());
        self
    }

    /// The net of every balance, and what is held on it.
    pub(crate) fn nets(&self) -> HashMap<(String, String), (i128, i128, i128)> {
        let net = |sums: &Figures| (sums.balance(), sums.inflight_debit, sums.inflight_credit);
        let nets = self.sums.iter().map(|(key, sums)| (key.clone(), net(sums)));
        nets.filter(|(_, net)| *net != (0, 0, 0)).collect()
    }

    /// The sum of all balances of each currency.
    pub(crate) fn totals(&self) -> HashMap<String, i128> {
        let mut totals = HashMap::new();
        for ((_, currency), sums) in &self.sums {
            *totals.entry(currency.clone()).or_default() += sums.balance();
        }
        totals
    }

    fn key(side: u8, currency: usize) -> (String, String) {
        (name(side), CURRENCIES[currency].to_owned())
    }

    pub(crate) fn judge(&self, reference: &str, spec: &Spec) -> Verdict {
        if self.taken.contains(reference) {
            return Verdict::Duplicate;
        }
        if spec.source == UNKNOWN || spec.destination == UNKNOWN {
            return Verdict::Unknown;
        }
        if spec.amount == 0 {
            return Verdict::Zero;
        }
        let own =
            self.sums.get(&Self::key(spec.source, spec.currency)).copied().unwrap_or_default();
        let left = own.credit - own.debit - own.inflight_debit - spec.amount;
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
        Verdict::Done
    }

    /// Decides a post and applies its outcome.
    pub(crate) fn post(&mut self, reference: String, spec: &Spec) -> Verdict {
        let verdict = self.judge(&reference, spec);
        if verdict == Verdict::Done {
            let from = self.sums.entry(Self::key(spec.source, spec.currency)).or_default();
            *if spec.inflight { &mut from.inflight_debit } else { &mut from.debit } += spec.amount;
            let to = self.sums.entry(Self::key(spec.destination, spec.currency)).or_default();
            *if spec.inflight { &mut to.inflight_credit } else { &mut to.credit } += spec.amount;
            self.taken.insert(reference);
        }
        verdict
    }

    /// Remembers a row that moves nothing.
    pub(crate) fn take(&mut self, reference: String) {
        self.taken.insert(reference);
    }
}
