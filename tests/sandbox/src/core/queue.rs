//! The queued path, as rows: what is written when a queued transaction is taken, and when it is settled.

use uuid::Uuid;

use super::decimal::Decimal;
use super::meta::canonical;
use super::request::Post;
use super::state::{Stamp, State};
use super::types::{Parent, Status, Txn};

/// A queued transaction whose first row is written.
#[derive(Debug, Clone)]
pub struct Taken {
    row: u32,
    post: Post,
}

impl State {
    /// The posts that reverse all rows of a parent, each with the id of the row it reverses.
    pub fn refunds_of(&self, parent: Parent) -> Vec<(Uuid, Post)> {
        let rows = self.children.get(&parent).into_iter().flatten();
        let applied = rows.map(|at| self.txn(*at)).filter(|txn| txn.status == Status::Applied);
        applied.map(|txn| (txn.id, self.refund_of(txn))).collect()
    }

    fn refund_of(&self, txn: &Txn) -> Post {
        let meta = txn.meta.iter().map(|(key, value)| {
            let value = serde_json::from_str(value).unwrap_or_default();
            (key.to_string(), value)
        });
        Post {
            amount: txn.amount,
            precise: true,
            precision: txn.precision,
            currency: txn.currency.to_string(),
            reference: format!("txn_{}_refund", txn.id),
            description: txn.description.to_string(),
            source: self.balance(txn.destination).id.clone(),
            destination: self.balance(txn.source).id.clone(),
            allow_overdraft: true,
            overdraft_limit: 0,
            overdraft_limit_sent: Decimal::default(),
            skip_queue: false,
            effective: txn.effective,
            meta: meta.collect(),
        }
    }

    /// Writes the row `R` (status `QUEUED`) of a queued transaction. `None` when it vanishes without a trace: its
    /// reference exists, it names an unknown balance, or its amount is zero.
    pub fn take(&mut self, post: Post, id: Uuid, parent: Option<Parent>, stamp: &mut Stamp<'_>) -> Option<Taken> {
        self.create_named(&post, stamp);
        let sides = self.sides(&post).ok()?;
        if post.amount <= 0 || self.references.contains_key(post.reference.as_str()) {
            return None;
        }
        let mut txn = self.row(&post, id, parent, sides, stamp.now);
        txn.status = Status::Queued;
        let belongs_to = parent.unwrap_or(Parent::Txn(id)).text();
        let key = self.intern("QUEUED_PARENT_TRANSACTION");
        txn.meta.set(key, canonical(&belongs_to.into()));
        let row = self.push_txn(txn);
        Some(Taken { row, post })
    }

    /// Writes the row `R_q` of a taken transaction: `APPLIED`, or `REJECTED` with the reason in its metadata. `None`
    /// when a row with that reference exists.
    pub fn settle(&mut self, taken: &Taken, stamp: &mut Stamp<'_>) -> Option<u32> {
        let reference = format!("{}_q", taken.post.reference);
        if self.references.contains_key(reference.as_str()) {
            return None;
        }
        let mut txn = self.txn(taken.row).clone();
        let moved = self.move_money(&taken.post, txn.source, txn.destination);
        txn.parent = Some(Parent::Txn(txn.id));
        txn.id = (stamp.fresh)();
        txn.reference = reference.into();
        txn.status = match &moved {
            Ok(()) => Status::Applied,
            Err(refusal) => {
                let key = self.intern("blnk_rejection_reason");
                txn.meta.set(key, canonical(&refusal.text().into()));
                Status::Rejected
            }
        };
        Some(self.push_txn(txn))
    }
}
