//! Applying transactions: one at a time, all or nothing.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::decimal::major_text;
use super::error::{self, ApiError, classify};
use super::request::Post;
use super::state::{Stamp, State};
use super::types::{Balance, Dates, FIRST_VERSION, Figures, Parent, Status, Txn};

/// Why a transaction was not applied. Nothing of it was written, except balances named `@…` that it
/// was the first to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The reference exists.
    Duplicate(String),
    /// The source holds too little.
    InsufficientFunds,
    /// The source would go below its overdraft limit.
    OverLimit,
    /// The amount is zero.
    NotPositive,
    /// No balance has this id.
    UnknownBalance(String),
    /// Source and destination are the same balance under two names; its id.
    SameBalance(String),
    /// A sum would not fit into 128 bits.
    OutOfRange,
    /// The database cannot write one of its texts.
    Unstorable,
    /// A balance was locked by others for too long.
    Locked,
    /// A refusal that is nothing but its text; the text decides its code.
    Said(String),
}

impl Refusal {
    /// The full text, as it stands in a bulk's error.
    pub fn text(&self) -> String {
        match self {
            Self::Duplicate(reference) => format!(
                "transaction validation failed: reference {reference} has already been used"
            ),
            Self::InsufficientFunds => applying("insufficient funds in source balance"),
            Self::OverLimit => applying("transaction exceeds overdraft limit"),
            Self::NotPositive => applying("transaction precise amount must be positive"),
            Self::Locked => "failed to acquire lock: lock wait timeout".to_owned(),
            Self::Said(text) => text.clone(),
            Self::UnknownBalance(_) => format!(
                "failed to get source and destination balances: NOT_FOUND: {}",
                self.typed_text()
            ),
            Self::SameBalance(_) => format!(
                "failed to persist transaction with balances: CONFLICT: {}",
                self.typed_text()
            ),
            Self::OutOfRange | Self::Unstorable => {
                format!(
                    "failed to persist transaction with balances: INTERNAL_SERVER_ERROR: {}",
                    self.typed_text()
                )
            }
        }
    }

    /// The text without what the layers between added.
    pub(super) fn typed_text(&self) -> String {
        match self {
            Self::UnknownBalance(id) => format!("Balance with ID '{id}' not found"),
            Self::SameBalance(id) => {
                format!(
                    "Optimistic locking failure: balance with ID '{id}' may have been updated or \
                     deleted by another transaction"
                )
            }
            Self::OutOfRange => "Failed to update balance".to_owned(),
            Self::Unstorable => "Failed to record transaction".to_owned(),
            other => other.text(),
        }
    }

    /// The error of a single post.
    pub fn of_single(&self) -> ApiError {
        let code = match self {
            Self::UnknownBalance(_) => error::TXN_NOT_FOUND,
            Self::SameBalance(_) => error::CONFLICT,
            Self::OutOfRange | Self::Unstorable => error::INTERNAL,
            other => classify(&other.text()).unwrap_or(error::TXN_VALIDATION),
        };
        let error = ApiError::new(code, self.typed_text());
        if matches!(self, Self::UnknownBalance(_)) { error.caused() } else { error }
    }
}

fn applying(cause: &str) -> String {
    format!("failed to apply transaction to balances: {cause}")
}

impl State {
    /// Applies a transaction before the answer (`skip_queue`), and gives its row.
    ///
    /// # Errors
    /// Why not, in the order the ledger checks: duplicate, unknown balances, amount, funds, same
    /// balance.
    pub fn apply(
        &mut self,
        post: &Post,
        id: Uuid,
        parent: Option<Parent>,
        stamp: &mut Stamp<'_>,
    ) -> Result<u32, Refusal> {
        if !post.is_storable() {
            return Err(Refusal::Unstorable);
        }
        self.create_named(post, stamp);
        if self.references.contains_key(post.reference.as_str()) {
            return Err(Refusal::Duplicate(post.reference.clone()));
        }
        let (source, destination) = self.sides(post)?;
        self.move_money(post, source, destination)?;
        let txn = self.row(post, id, parent, (source, destination), stamp.now);
        Ok(self.push_txn(txn))
    }

    /// Makes the balances named `@…` that do not exist yet, in the general ledger.
    pub(super) fn create_named(&mut self, post: &Post, stamp: &mut Stamp<'_>) {
        for side in [&post.source, &post.destination] {
            if side.starts_with('@') && self.by_indicator(side, &post.currency).is_none() {
                let balance = Balance {
                    id: format!("bln_{}", (stamp.fresh)()),
                    indicator: Some(self.intern(side)),
                    currency: self.intern(&post.currency),
                    ledger: 0,
                    identity: None,
                    credit: 0,
                    debit: 0,
                    inflight_credit: 0,
                    inflight_debit: 0,
                    created_at: stamp.now,
                    meta: None,
                    track_fund_lineage: false,
                    allocation_strategy: "FIFO".to_owned(),
                    version: FIRST_VERSION,
                    txns: Vec::new(),
                };
                self.push_balance(balance);
                stamp.now += 1;
            }
        }
    }

    /// The two balances of a transaction.
    pub(super) fn sides(&self, post: &Post) -> Result<(u32, u32), Refusal> {
        let find = |side: &str| {
            let found = if side.starts_with('@') {
                self.by_indicator(side, &post.currency)
            } else {
                self.balance_ids.get(side).copied()
            };
            found.ok_or_else(|| Refusal::UnknownBalance(side.to_owned()))
        };
        Ok((find(&post.source)?, find(&post.destination)?))
    }

    /// Debits the source and credits the destination (or holds the amount on both), or changes
    /// nothing.
    pub(super) fn move_money(
        &mut self,
        post: &Post,
        source: u32,
        destination: u32,
    ) -> Result<(), Refusal> {
        let (from, to) =
            moved(post, self.balance(source).figures(), self.balance(destination).figures())?;
        if source == destination {
            return Err(Refusal::SameBalance(self.balance(source).id.clone()));
        }
        self.balances[source as usize].set_figures(from);
        self.balances[destination as usize].set_figures(to);
        Ok(())
    }

    /// The row of an applied transaction.
    pub(super) fn row(
        &mut self,
        post: &Post,
        id: Uuid,
        parent: Option<Parent>,
        (source, destination): (u32, u32),
        now: i64,
    ) -> Txn {
        let mut meta = self.meta_of(&post.meta);
        let flags = [
            ("allow_overdraft", post.allow_overdraft),
            ("inflight", post.inflight),
            ("atomic", post.atomic),
        ];
        for (flag, _) in flags.into_iter().filter(|(_, set)| *set) {
            meta.set(self.intern(flag), "true".into());
        }
        Txn {
            id,
            parent,
            source,
            destination,
            reference: post.reference.as_str().into(),
            currency: self.intern(&post.currency),
            description: post.description.as_str().into(),
            amount: post.amount,
            precision: post.precision,
            status: if post.inflight { Status::Inflight } else { Status::Applied },
            hash: fingerprint(post),
            created_at: now,
            effective: Some(post.effective.unwrap_or(now)),
            dates: (post.dates != Dates::default()).then(|| Box::new(post.dates)),
            meta,
        }
    }
}

/// The sums of both sides after a post, whose funds are checked first.
pub(super) fn moved(
    post: &Post,
    mut from: Figures,
    mut to: Figures,
) -> Result<(Figures, Figures), Refusal> {
    if post.amount <= 0 {
        return Err(Refusal::NotPositive);
    }
    check_funds(post, from.available())?;
    let (debit, credit) = if post.inflight {
        (&mut from.inflight_debit, &mut to.inflight_credit)
    } else {
        (&mut from.debit, &mut to.credit)
    };
    *debit = debit.checked_add(post.amount).ok_or(Refusal::OutOfRange)?;
    *credit = credit.checked_add(post.amount).ok_or(Refusal::OutOfRange)?;
    Ok((from, to))
}

fn check_funds(post: &Post, available: i128) -> Result<(), Refusal> {
    if post.allow_overdraft && post.overdraft_limit == 0 {
        return Ok(());
    }
    let left = available.checked_sub(post.amount);
    let left = left.ok_or(Refusal::OutOfRange)?;
    if left >= 0 {
        return Ok(());
    }
    if post.overdraft_limit <= 0 {
        return Err(Refusal::InsufficientFunds);
    }
    if left >= -post.overdraft_limit {
        return Ok(());
    }
    Err(Refusal::OverLimit)
}

/// Core's hash: taken before a precise amount is turned into a decimal one and before `@…` names
/// are resolved.
pub(super) fn fingerprint(post: &Post) -> [u8; 32] {
    let amount =
        if post.precise { "0".to_owned() } else { major_text(post.amount, post.precision) };
    let mut hasher = Sha256::new();
    for part in [amount.as_str(), &post.reference, &post.currency, &post.source, &post.destination]
    {
        hasher.update(part);
    }
    hasher.finalize().into()
}
