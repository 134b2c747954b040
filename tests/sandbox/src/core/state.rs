//! The ledger as a state machine: no HTTP, no clock, no random numbers. Times and ids come in with
//! each operation.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::meta::{Meta, MetaInput, canonical};
use super::types::{Balance, GENERAL_LEDGER, Identity, Ledger, Parent, Status, Txn};
use crate::core::query::metaindex::MetaIndex;

/// The time of an operation and a source of fresh ids for it.
pub struct Stamp<'a> {
    /// Microseconds since the epoch.
    pub now: i64,
    /// Gives a UUID that was never given before.
    pub fresh: &'a mut dyn FnMut() -> Uuid,
}

/// One ledger instance.
#[derive(Debug, Default)]
pub struct State {
    pub(super) ledgers: Vec<Ledger>,
    pub(super) balances: Vec<Balance>,
    pub(super) identities: Vec<Identity>,
    pub(super) txns: Vec<Txn>,
    pub(super) ledger_ids: HashMap<String, u32>,
    pub(super) balance_ids: HashMap<String, u32>,
    pub(super) identity_ids: HashMap<String, u32>,
    pub(super) txn_ids: HashMap<Uuid, u32>,
    pub(super) references: HashMap<Arc<str>, u32>,
    pub(super) children: HashMap<Parent, Vec<u32>>,
    /// Balances of one indicator, one for each currency.
    pub(super) indicators: HashMap<Arc<str>, Vec<u32>>,
    pub(super) txn_meta: MetaIndex,
    pub(super) balance_meta: MetaIndex,
    pub(super) identity_meta: MetaIndex,
    /// When it was written last: no two writes have the same time, as none do in a database that
    /// writes row by row.
    pub(super) last_write: i64,
    /// Set once a row was written with an earlier `created_at` than the row before it.
    pub(super) disordered: bool,
    texts: HashSet<Arc<str>>,
}

/// How many rows of each kind there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Ledgers, the general one included.
    pub ledgers: usize,
    /// Balances.
    pub balances: usize,
    /// Identities.
    pub identities: usize,
    /// Transactions of any status.
    pub transactions: usize,
}

impl State {
    /// An empty ledger; the general ledger always exists.
    pub fn new(now: i64) -> Self {
        let mut state = Self::default();
        state.push_ledger(Ledger {
            id: GENERAL_LEDGER.to_owned(),
            name: "General Ledger".to_owned(),
            created_at: now,
            meta: Some(Meta::default()),
        });
        state
    }

    /// How many rows of each kind there are.
    pub fn counts(&self) -> Counts {
        Counts {
            ledgers: self.ledgers.len(),
            balances: self.balances.len(),
            identities: self.identities.len(),
            transactions: self.txns.len(),
        }
    }

    /// All transaction rows, in the order they were written.
    pub fn txns(&self) -> &[Txn] {
        &self.txns
    }

    /// All balances, in the order they were made.
    pub fn balances(&self) -> &[Balance] {
        &self.balances
    }

    /// The transaction with this reference.
    pub fn by_reference(&self, reference: &str) -> Option<u32> {
        self.references.get(reference).copied()
    }

    /// The balance of this indicator in this currency.
    pub fn by_indicator(&self, indicator: &str, currency: &str) -> Option<u32> {
        let balances = self.indicators.get(indicator)?;
        let matches = |at: &&u32| &*self.balance(**at).currency == currency;
        balances.iter().find(matches).copied()
    }

    /// Debits, credits and currency of a balance at an instant: all applied rows whose effective
    /// date is not later.
    pub fn balance_at(&self, id: &str, at: i64) -> Option<(i128, i128, &str)> {
        let own = *self.balance_ids.get(id)?;
        let balance = self.balance(own);
        let (mut debit, mut credit) = (0, 0);
        for txn in balance.txns.iter().map(|at| self.txn(*at)) {
            let counts = txn.effective.unwrap_or(txn.created_at) <= at;
            if counts && txn.status == Status::Applied {
                debit += if txn.source == own { txn.amount } else { 0 };
                credit += if txn.destination == own { txn.amount } else { 0 };
            }
        }
        Some((debit, credit, &*balance.currency))
    }

    /// The two balances of a row.
    pub fn pair_of(&self, row: u32) -> (u32, u32) {
        let txn = self.txn(row);
        (txn.source, txn.destination)
    }

    /// What a queued row names as the whole it belongs to.
    pub fn queued_for(&self, row: u32) -> String {
        let named = self.txn(row).meta.get("QUEUED_PARENT_TRANSACTION");
        named.and_then(super::meta::as_text).unwrap_or_default()
    }

    pub(super) fn balance(&self, at: u32) -> &Balance {
        &self.balances[at as usize]
    }

    pub(super) fn txn(&self, at: u32) -> &Txn {
        &self.txns[at as usize]
    }

    /// One shared copy of a text that many rows repeat.
    pub(super) fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&shared));
        shared
    }

    pub(super) fn meta_of(&mut self, input: &MetaInput) -> Meta {
        let mut meta = Meta::default();
        self.merge_into(&mut meta, input);
        meta
    }

    pub(super) fn merge_into(&mut self, meta: &mut Meta, input: &MetaInput) {
        for (key, value) in input {
            let key = self.intern(key);
            meta.set(key, canonical(value));
        }
    }

    pub(super) fn push_ledger(&mut self, ledger: Ledger) -> u32 {
        let at = index(self.ledgers.len());
        self.ledger_ids.insert(ledger.id.clone(), at);
        self.ledgers.push(ledger);
        at
    }

    pub(super) fn push_identity(&mut self, identity: Identity) -> u32 {
        let at = index(self.identities.len());
        self.identity_ids.insert(identity.id.clone(), at);
        self.identity_meta.add(at, identity.meta.as_ref());
        self.identities.push(identity);
        at
    }

    pub(super) fn push_balance(&mut self, balance: Balance) -> u32 {
        let at = index(self.balances.len());
        self.balance_ids.insert(balance.id.clone(), at);
        self.balance_meta.add(at, balance.meta.as_ref());
        if let Some(indicator) = &balance.indicator {
            let known = self.indicators.entry(Arc::clone(indicator));
            known.or_default().push(at);
        }
        if let Some(identity) = balance.identity {
            self.identities[identity as usize].balances.push(at);
        }
        self.balances.push(balance);
        at
    }

    pub(super) fn push_txn(&mut self, txn: Txn) -> u32 {
        let at = index(self.txns.len());
        self.txn_ids.insert(txn.id, at);
        self.references.insert(Arc::clone(&txn.reference), at);
        if let Some(parent) = txn.parent {
            self.children.entry(parent).or_default().push(at);
        }
        self.balances[txn.source as usize].txns.push(at);
        if txn.destination != txn.source {
            self.balances[txn.destination as usize].txns.push(at);
        }
        self.txn_meta.add(at, Some(&txn.meta));
        let last = self.txns.last().map(|last| last.created_at);
        self.disordered |= last.is_some_and(|last| last > txn.created_at);
        self.txns.push(txn);
        at
    }
}

/// Rows are numbered in 32 bits: a sandbox never holds four thousand million of them.
pub(super) fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
