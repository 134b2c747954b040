//! The queued path, as rows: what is written when a queued transaction is taken, and when it is
//! settled.

use uuid::Uuid;

use super::meta::canonical;
use super::request::Post;
use super::state::{Stamp, State};
use super::types::{Parent, Status};

/// A queued transaction whose first row is written.
#[derive(Debug, Clone)]
pub struct Taken {
    row: u32,
    post: Post,
}

impl Taken {
    /// The number of its first row.
    pub fn row(&self) -> u32 {
        self.row
    }

    /// What was requested.
    pub fn post(&self) -> &Post {
        &self.post
    }
}

impl State {
    /// Writes the row `R` (status `QUEUED`, or `SCHEDULED`) of a queued transaction. `None` when it
    /// vanishes without a trace: its reference exists, it names an unknown balance, or its amount
    /// is zero.
    pub fn take(
        &mut self,
        post: Post,
        id: Uuid,
        parent: Option<Parent>,
        stamp: &mut Stamp<'_>,
    ) -> Option<Taken> {
        self.create_named(&post, stamp);
        let sides = self.sides(&post).ok()?;
        if post.amount <= 0 || self.references.contains_key(post.reference.as_str()) {
            return None;
        }
        let mut txn = self.row(&post, id, parent, sides, stamp.now);
        txn.status =
            if post.dates.scheduled_for.is_some() { Status::Scheduled } else { Status::Queued };
        // A part of a split is queued for the whole, an item of a bulk for the bulk; a refund for
        // itself.
        let belongs_to = post.queued_for.unwrap_or(Parent::Txn(id)).text();
        let key = self.intern("QUEUED_PARENT_TRANSACTION");
        txn.meta.set(key, canonical(&belongs_to.into()));
        let pair =
            format!("{}|{}|{}", self.balance(sides.0).id, self.balance(sides.1).id, txn.currency);
        for (key, value) in [("queue_lane", "normal".to_owned()), ("queue_pair_key", pair)] {
            let key = self.intern(key);
            txn.meta.set(key, canonical(&value.into()));
        }
        let row = self.push_txn(txn);
        Some(Taken { row, post })
    }

    /// Writes the row `R_q` of a taken transaction: `APPLIED`, `INFLIGHT`, or `REJECTED` with the
    /// reason in its metadata. `None` when a row with that reference exists. Without `dated` the
    /// row has no effective date.
    pub fn settle(&mut self, taken: &Taken, dated: bool, stamp: &mut Stamp<'_>) -> Option<u32> {
        let reference = format!("{}_q", taken.post.reference);
        if self.references.contains_key(reference.as_str()) {
            return None;
        }
        let mut txn = self.txn(taken.row).clone();
        let moved = self.move_money(&taken.post, txn.source, txn.destination);
        txn.parent = Some(Parent::Txn(txn.id));
        txn.id = (stamp.fresh)();
        txn.reference = reference.into();
        txn.effective = txn.effective.filter(|_| dated);
        txn.status = match &moved {
            Ok(()) if taken.post.inflight => Status::Inflight,
            Ok(()) => Status::Applied,
            Err(refusal) => {
                let key = self.intern("blnk_rejection_reason");
                txn.meta.set(key, canonical(&refusal.text().into()));
                Status::Rejected
            }
        };
        Some(self.push_txn(txn))
    }

    /// Queued rows without a child: what the queue still has to do after a restart. What a row does
    /// not keep (the overdraft limit) is lost.
    pub fn unsettled(&self) -> Vec<Taken> {
        let waiting = (0_u32..).zip(&self.txns).filter(|(_, txn)| {
            let open = matches!(txn.status, Status::Queued | Status::Scheduled);
            open && !self.references.contains_key(format!("{}_q", txn.reference).as_str())
        });
        let taken = waiting.map(|(row, txn)| {
            let flag = |name: &str| txn.meta.get(name) == Some("true");
            let post = Post {
                amount: txn.amount,
                reference: txn.reference.to_string(),
                currency: txn.currency.to_string(),
                allow_overdraft: flag("allow_overdraft"),
                inflight: flag("inflight"),
                atomic: flag("atomic"),
                dates: txn.dates.as_deref().copied().unwrap_or_default(),
                ..Post::default()
            };
            Taken { row, post }
        });
        taken.collect()
    }

    /// What is queued against and for a balance: the rows that have no child yet.
    pub fn queued_sums(&self, balance: u32) -> (i128, i128) {
        let (mut debit, mut credit) = (0, 0);
        for txn in self.balance(balance).txns.iter().map(|row| self.txn(*row)) {
            let open = txn.status == Status::Queued
                && self.children_of(Parent::Txn(txn.id)).next().is_none();
            debit += if open && txn.source == balance { txn.amount } else { 0 };
            credit += if open && txn.destination == balance { txn.amount } else { 0 };
        }
        (debit, credit)
    }
}
