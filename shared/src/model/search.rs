//! What a person may search for, and the calls that find it.
//!
//! A plan is bounded: it makes at most [`MAX_CALLS`] calls to Stripe and as many to the ledger,
//! whatever is found.

mod parse;

use serde::Serialize;

use crate::model::ledger::{LegKind, OpeningReference, Owner, Reference};
use crate::model::money::Currency;
use crate::model::stripe::resource::Resource;

/// Calls to Stripe, and calls to the ledger, that one search makes at most.
pub const MAX_CALLS: usize = 3;

/// Movements that one search shows at most.
pub const MAX_FOUND: usize = 10;

/// Movements that a search which begins in the ledger reads from Stripe at most.
pub(crate) const MAX_READ_EACH: usize = MAX_CALLS;

/// Customers with one e-mail address whose payments are read at most.
pub(crate) const MAX_CUSTOMERS: usize = 2;

const _: () = assert!(MAX_FOUND * LegKind::ALL.len() <= 100, "one look-up takes 100 references");
const _: () = assert!(MAX_CUSTOMERS < MAX_CALLS, "the list of customers is a call too");

/// The kind of thing that is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueryKind {
    /// A balance transaction of Stripe.
    Movement,
    /// An object of Stripe that moves money: a charge, a refund, a dispute, a payout, a transfer.
    Object,
    /// A payment intent of Stripe.
    PaymentIntent,
    /// A customer of Stripe.
    Customer,
    /// An invoice of Stripe.
    Invoice,
    /// The reference of a ledger entry.
    Reference,
    /// The id of a ledger entry.
    LedgerTransaction,
    /// An e-mail address.
    Email,
    /// An amount in a currency.
    Amount,
}

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// `txn_…` of Stripe.
    Movement(String),
    /// `ch_…`, `re_…`, `du_…`, `po_…` and so on.
    Object(String),
    /// `pi_…`
    PaymentIntent(String),
    /// `cus_…`
    Customer(String),
    /// `in_…`
    Invoice(String),
    /// `stripe:…`
    Reference(String),
    /// `txn_…` of the ledger: with a UUID.
    LedgerTransaction(String),
    /// An e-mail address.
    Email(String),
    /// An amount.
    Amount(AmountQuery),
}

/// An amount that moved in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountQuery {
    /// Minor units, in either direction.
    pub minor: u64,
    /// Its currency.
    pub currency: Currency,
    /// From this Unix second on…
    pub from: i64,
    /// …and before this one.
    pub to: i64,
}

/// A step of a plan. Steps that read Stripe make one call each, unless stated otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Reads a movement at Stripe.
    Movement(String),
    /// Reads the movements of an object at Stripe.
    MovementsOf(String),
    /// Reads the object itself, if it has no movement.
    ObjectWithoutMovement(Resource, String),
    /// Reads the refunds and the disputes of a charge that has a movement, otherwise the charge
    /// itself: two calls at most.
    ChargeDetails(String),
    /// Reads the charges of a payment intent with their movements.
    ChargesOfIntent(String),
    /// Reads the charges of a customer with their movements.
    ChargesOfCustomer(String),
    /// Reads the customers with an e-mail address, then the charges of some of them.
    ChargesOfEmail(String),
    /// Reads the movements behind the entries found so far, one by one.
    MovementsOfEntries,
    /// Reads an entry of the ledger by its id.
    EntryById(String),
    /// Reads an entry of the ledger by its reference.
    EntryByReference(String),
    /// Reads the entries of an amount.
    EntriesOfAmount(AmountQuery),
    /// Looks up the entries of all movements found so far, and of the one that is searched for:
    /// the ledger may have entries of a movement that Stripe does not list.
    EntriesOfMovements(Option<String>),
    /// Reads the names of the accounts of all entries found so far.
    Accounts,
    /// Asks Stripe which payouts settled the movements found so far, with the calls that earlier
    /// steps left.
    PayoutsOfMovements,
}

impl Step {
    /// Calls to Stripe and calls to the ledger, at most.
    #[must_use]
    pub(crate) const fn calls(&self) -> (usize, usize) {
        match self {
            Self::Movement(_)
            | Self::MovementsOf(_)
            | Self::ObjectWithoutMovement(..)
            | Self::ChargesOfIntent(_)
            | Self::ChargesOfCustomer(_) => (1, 0),
            Self::ChargeDetails(_) => (2, 0),
            Self::ChargesOfEmail(_) => (1 + MAX_CUSTOMERS, 0),
            Self::MovementsOfEntries => (MAX_READ_EACH, 0),
            Self::EntryById(_)
            | Self::EntryByReference(_)
            | Self::EntriesOfAmount(_)
            | Self::EntriesOfMovements(_)
            | Self::Accounts => (0, 1),
            Self::PayoutsOfMovements => (0, 0),
        }
    }
}

impl Query {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> QueryKind {
        match self {
            Self::Movement(_) => QueryKind::Movement,
            Self::Object(_) => QueryKind::Object,
            Self::PaymentIntent(_) => QueryKind::PaymentIntent,
            Self::Customer(_) => QueryKind::Customer,
            Self::Invoice(_) => QueryKind::Invoice,
            Self::Reference(_) => QueryKind::Reference,
            Self::LedgerTransaction(_) => QueryKind::LedgerTransaction,
            Self::Email(_) => QueryKind::Email,
            Self::Amount(_) => QueryKind::Amount,
        }
    }

    /// The steps of the search, in order. Empty for what the app cannot read, and for what belongs
    /// to another owner.
    pub(crate) fn plan(&self, owner: &Owner) -> Vec<Step> {
        let mut steps = match self {
            Self::Movement(id) => vec![Step::Movement(id.clone())],
            Self::Object(id) => {
                let then = match resource_of(id) {
                    Some(Resource::Charges) => Some(Step::ChargeDetails(id.clone())),
                    own => own.map(|own| Step::ObjectWithoutMovement(own, id.clone())),
                };
                [Step::MovementsOf(id.clone())].into_iter().chain(then).collect()
            }
            Self::PaymentIntent(id) => vec![Step::ChargesOfIntent(id.clone())],
            Self::Customer(id) => vec![Step::ChargesOfCustomer(id.clone())],
            Self::Email(email) => vec![Step::ChargesOfEmail(email.clone())],
            Self::LedgerTransaction(id) => {
                vec![Step::EntryById(id.clone()), Step::MovementsOfEntries]
            }
            Self::Amount(amount) => {
                vec![Step::EntriesOfAmount(*amount), Step::MovementsOfEntries]
            }
            Self::Reference(text) => return of_reference(text, owner),
            Self::Invoice(_) => return Vec::new(),
        };
        let searched = match self {
            Self::Movement(id) => Some(id.clone()),
            _ => None,
        };
        steps.extend([
            Step::EntriesOfMovements(searched),
            Step::Accounts,
            Step::PayoutsOfMovements,
        ]);
        steps
    }
}

/// The leg of a record is found by the record. An opening has none.
fn of_reference(text: &str, owner: &Owner) -> Vec<Step> {
    if let Ok(reference) = text.parse::<Reference>() {
        return if reference.owner() == owner {
            Query::Movement(reference.transaction().to_owned()).plan(owner)
        } else {
            Vec::new()
        };
    }
    match text.parse::<OpeningReference>() {
        Ok(opening) if opening.owner() == owner => {
            vec![Step::EntryByReference(text.to_owned()), Step::Accounts]
        }
        _ => Vec::new(),
    }
}

/// The list of Stripe in which an object is found by its id.
fn resource_of(id: &str) -> Option<Resource> {
    match id.split('_').next() {
        Some("ch" | "py") => Some(Resource::Charges),
        Some("re" | "pyr") => Some(Resource::Refunds),
        Some("dp" | "du") => Some(Resource::Disputes),
        Some("po") => Some(Resource::Payouts),
        _ => None,
    }
}

/// The outcome of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchOutcome {
    /// It is shown.
    Found,
    /// Stripe has it. The next sync mirrors it.
    NotMirroredYet,
    /// It is older than the start date: part of an opening entry.
    BeforeTheStart,
    /// The app may not read it.
    NotReadable,
    /// Neither Stripe nor the ledger knows it.
    NotFound,
    /// There are more; the first are shown.
    TooMany,
}

/// How a movement stands in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MovementState {
    /// Every entry is in the ledger.
    Posted,
    /// Some entries are missing.
    PartlyPosted,
    /// No entry is in the ledger, although a sync has read the movement.
    NotPosted,
    /// It is newer than the last sync.
    NotMirroredYet,
    /// It is older than the start: part of an opening entry.
    BeforeTheStart,
    /// It moves nothing, so there is no entry.
    NothingToPost,
}

/// What is known about the payout that a movement belongs to. Stripe's records do not name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    /// It is the payout's own movement, or the one that brought its money back.
    Own,
    /// The automatic payout that settled it is named.
    Settled,
    /// Its money is not available yet, so no payout has settled it.
    NotAvailable,
    /// It could not be determined within the calls of a search: a manual payout, one that Stripe
    /// has not completed, or more movements than could be checked.
    Unknown,
}

/// The range of the mirror, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MirroredRange {
    /// Records are posted from this time on. Absent while none were posted.
    pub(crate) from: Option<i64>,
    /// When the last completed sync began to read.
    pub(crate) watermark: Option<i64>,
}

impl MovementState {
    /// The state of a movement, from the number of its entries that were found.
    pub(crate) fn of(created: i64, expected: usize, posted: usize, reach: MirroredRange) -> Self {
        if expected == 0 {
            Self::NothingToPost
        } else if posted >= expected {
            Self::Posted
        } else if posted > 0 {
            Self::PartlyPosted
        } else if reach.from.is_some_and(|from| created < from) {
            Self::BeforeTheStart
        } else if reach.watermark.is_none_or(|watermark| created >= watermark) {
            Self::NotMirroredYet
        } else {
            Self::NotPosted
        }
    }
}

impl SearchOutcome {
    /// The outcome of a search without a refusal.
    pub(crate) fn of(states: &[MovementState], anything_else: bool, more: bool) -> Self {
        let all = |state| !states.is_empty() && states.iter().all(|one| *one == state);
        if more {
            Self::TooMany
        } else if all(MovementState::NotMirroredYet) {
            Self::NotMirroredYet
        } else if all(MovementState::BeforeTheStart) {
            Self::BeforeTheStart
        } else if !states.is_empty() || anything_else {
            Self::Found
        } else {
            Self::NotFound
        }
    }
}

#[cfg(test)]
mod tests;
