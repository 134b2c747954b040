//! Holds: amounts that are set aside on both balances, and what becomes of them.

use uuid::Uuid;

use super::decimal::major_two_digits;
use super::posting::Refusal;
use super::state::{Stamp, State};
use super::types::{Figures, Parent, Status, Txn};

/// What is done with a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// All of what is left is applied, or this much of it.
    Commit(Option<i128>),
    /// What is left is given back.
    Void,
}

impl Action {
    /// Its name in paths and references.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commit(_) => "commit",
            Self::Void => "void",
        }
    }
}

impl State {
    /// The row of a transaction, by its full id.
    pub fn by_id(&self, id: &str) -> Option<u32> {
        match Parent::parse(id)? {
            Parent::Txn(id) => self.txn_ids.get(&id).copied(),
            Parent::Bulk(_) => None,
        }
    }

    /// The row itself, its children, and later descendants that name it as the transaction they
    /// were queued for. Newest first.
    pub(super) fn family(&self, id: &str) -> Vec<u32> {
        let Some(parent) = Parent::parse(id) else { return Vec::new() };
        let mut found: Vec<u32> = self.by_id(id).into_iter().collect();
        found.extend(self.children_of(parent));
        let quoted = format!("\"{id}\"");
        let mut open: Vec<u32> = self.children_of(parent).collect();
        while let Some(row) = open.pop() {
            let children: Vec<u32> = self.children_of(Parent::Txn(self.txn(row).id)).collect();
            let named = |row: &&u32| {
                self.txn(**row).meta.get("QUEUED_PARENT_TRANSACTION") == Some(quoted.as_str())
            };
            found.extend(children.iter().filter(named));
            open.extend(children);
        }
        found.sort_unstable_by_key(|row| std::cmp::Reverse((self.txn(*row).created_at, *row)));
        found.dedup();
        found
    }

    pub(super) fn children_of(&self, parent: Parent) -> impl Iterator<Item = u32> {
        self.children.get(&parent).into_iter().flatten().copied()
    }

    /// The holds that an id stands for: its own, those of its parts, those of its bulk.
    pub fn holds(&self, id: &str) -> Vec<u32> {
        let rows = self.family(id).into_iter();
        rows.filter(|row| self.txn(*row).status == Status::Inflight).collect()
    }

    /// What is left of a hold.
    ///
    /// # Errors
    /// It is no hold, or was given back.
    pub fn left_of(&self, hold: u32) -> Result<i128, Refusal> {
        let txn = self.txn(hold);
        if txn.status != Status::Inflight {
            return Err(Refusal::Said("transaction is not in inflight status".to_owned()));
        }
        let children = || self.children_of(Parent::Txn(txn.id)).map(|row| self.txn(row));
        if children().any(|child| child.status == Status::Void) {
            return Err(Refusal::Said("transaction has already been voided".to_owned()));
        }
        let committed: i128 = children()
            .filter(|child| child.status == Status::Applied)
            .map(|child| child.amount)
            .sum();
        Ok(txn.amount - committed)
    }

    /// How much an action moves.
    ///
    /// # Errors
    /// No hold, nothing left, more than there is.
    pub fn amount_of(&self, hold: u32, action: Action) -> Result<i128, Refusal> {
        let left = self.left_of(hold)?;
        if left == 0 {
            return Err(Refusal::Said(format!(
                "cannot {}. Transaction already committed",
                action.name()
            )));
        }
        let Action::Commit(Some(wanted)) = action else { return Ok(left) };
        let txn = self.txn(hold);
        let text = |amount| format!("{}{}", txn.currency, major_two_digits(amount, txn.precision));
        let too_much = |what: &str, name: &str, limit| {
            let message = format!(
                "cannot commit more than the {what} amount. {name}: {}, Requested: {}",
                text(limit),
                text(wanted)
            );
            Err(Refusal::Said(message))
        };
        if wanted > txn.amount {
            return too_much("original transaction", "Original", txn.amount);
        }
        if wanted > left {
            return too_much("remaining", "Available", left);
        }
        Ok(wanted)
    }

    /// How much is left of several holds together.
    ///
    /// # Errors
    /// Nothing.
    pub fn any_left(&self, holds: &[u32], action: Action) -> Result<i128, Refusal> {
        let left = holds.iter().filter_map(|hold| self.left_of(*hold).ok()).sum();
        if left == 0 {
            return Err(Refusal::Said(format!(
                "cannot {}. Transaction already committed",
                action.name()
            )));
        }
        Ok(left)
    }

    /// Commits or voids a hold, and gives the row that says so.
    ///
    /// # Errors
    /// As [`Self::amount_of`]; a reference that exists.
    pub fn finish(
        &mut self,
        hold: u32,
        action: Action,
        reference: Option<String>,
        stamp: &mut Stamp<'_>,
    ) -> Result<u32, Refusal> {
        let amount = self.amount_of(hold, action)?;
        let reference = reference.unwrap_or_else(|| format!("ref_{}", (stamp.fresh)()));
        if self.references.contains_key(reference.as_str()) {
            return Err(Refusal::Duplicate(reference));
        }
        let original = self.txn(hold).clone();
        let (from, to) = released(
            action,
            amount,
            self.balance(original.source).figures(),
            self.balance(original.destination).figures(),
        );
        self.balances[original.source as usize].set_figures(from);
        self.balances[original.destination as usize].set_figures(to);
        let mut meta = original.meta.clone();
        meta.remove("inflight");
        Ok(self.push_txn(Txn {
            id: (stamp.fresh)(),
            parent: Some(Parent::Txn(original.id)),
            reference: reference.into(),
            amount,
            status: if action == Action::Void { Status::Void } else { Status::Applied },
            created_at: stamp.now,
            effective: Some(stamp.now),
            meta,
            ..original
        }))
    }

    /// A fresh reference for an action that the queue carries out: repeated, it is refused as a
    /// duplicate.
    pub fn action_reference(&self, hold: u32, action: Action, call: Uuid) -> String {
        format!("txn_{}_{}_act_{call}", self.txn(hold).id, action.name())
    }
}

/// The sums of both sides after `amount` of a hold is committed or given back.
pub(super) fn released(
    action: Action,
    amount: i128,
    mut from: Figures,
    mut to: Figures,
) -> (Figures, Figures) {
    from.inflight_debit -= amount;
    to.inflight_credit -= amount;
    if action != Action::Void {
        from.debit += amount;
        to.credit += amount;
    }
    (from, to)
}
