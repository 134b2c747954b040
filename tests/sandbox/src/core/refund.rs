//! Reversals, with the trap of the real ledger: what a call finds to reverse includes the reversals
//! of earlier calls.

use super::meta::MetaInput;
use super::posting::Refusal;
use super::request::Post;
use super::state::State;
use super::types::{Parent, Status, Txn};

/// What the caller of a refund may choose.
#[derive(Debug, Clone, Default)]
pub struct RefundOptions {
    /// Applied before the answer.
    pub skip_queue: bool,
    /// Instead of the original's.
    pub description: Option<String>,
    /// On top of the original's.
    pub meta: MetaInput,
}

impl State {
    /// The rows that a refund of an id tries to reverse: its own, its children, and descendants
    /// queued for it. Newest first, so that an earlier refund is reversed before the original turns
    /// out to be refunded already.
    pub fn refundable(&self, id: &str) -> Vec<u32> {
        let own = self.by_id(id);
        let counts = |row: &u32| match self.txn(*row).status {
            Status::Applied => true,
            Status::Void => {
                Some(*row) != own && self.txn(*row).parent.is_some_and(|parent| parent.text() == id)
            }
            _ => false,
        };
        self.family(id).into_iter().filter(counts).collect()
    }

    /// The post that reverses one row in full, and the row's id as its parent.
    ///
    /// # Errors
    /// The row was reversed before.
    pub fn refund_post(
        &self,
        row: u32,
        options: &RefundOptions,
    ) -> Result<(Post, Parent), Refusal> {
        let txn = self.txn(row);
        let parent = Parent::Txn(txn.id);
        let mut children = self.children_of(parent).map(|child| self.txn(child));
        if children.any(|child| child.source == txn.destination && child.destination == txn.source)
        {
            return Err(Refusal::Said(format!(
                "transaction txn_{} has already been refunded",
                txn.id
            )));
        }
        let mut post = self.reversal(txn);
        post.skip_queue = options.skip_queue;
        if let Some(description) = options.description.as_ref().filter(|text| !text.is_empty()) {
            post.description.clone_from(description);
        }
        post.meta.extend(options.meta.clone());
        Ok((post, parent))
    }

    fn reversal(&self, txn: &Txn) -> Post {
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
            inflight: txn.status == Status::Void,
            meta: meta.collect(),
            ..Post::default()
        }
    }
}
