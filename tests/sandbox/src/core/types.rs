//! Rows of the ledger.

use std::sync::Arc;

use uuid::Uuid;

use super::meta::Meta;

/// The ledger that always exists; balances named `@…` live in it.
pub const GENERAL_LEDGER: &str = "general_ledger_id";

/// The version of a balance that was never moved.
pub const FIRST_VERSION: u32 = 1;

/// A ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// `ldg_<uuid>`, or [`GENERAL_LEDGER`].
    pub id: String,
    /// Not unique.
    pub name: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// `None` = never given.
    pub meta: Option<Meta>,
}

/// A balance: raw sums of minor units, whatever the precision of the transactions.
#[derive(Debug, Clone)]
pub struct Balance {
    /// `bln_<uuid>`.
    pub id: String,
    /// `@name`, unique together with the currency.
    pub indicator: Option<Arc<str>>,
    /// Case-sensitive.
    pub currency: Arc<str>,
    /// Index of its ledger.
    pub ledger: u32,
    /// Index of its identity.
    pub identity: Option<u32>,
    /// Sum of what was credited.
    pub credit: i128,
    /// Sum of what was debited.
    pub debit: i128,
    /// Sum of what is held for it and not yet credited.
    pub inflight_credit: i128,
    /// Sum of what is held of it and not yet debited.
    pub inflight_debit: i128,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// `None` = never given.
    pub meta: Option<Meta>,
    /// Kept and shown, without effect.
    pub track_fund_lineage: bool,
    /// Kept and shown, without effect.
    pub allocation_strategy: String,
    /// [`FIRST_VERSION`], and one more each time its sums change.
    pub version: u32,
    /// Indexes of its transactions, in the order they were written.
    pub txns: Vec<u32>,
}

impl Balance {
    /// Credits less debits.
    pub fn balance(&self) -> i128 {
        self.credit - self.debit
    }

    /// Its four sums.
    pub fn figures(&self) -> Figures {
        Figures {
            credit: self.credit,
            debit: self.debit,
            inflight_credit: self.inflight_credit,
            inflight_debit: self.inflight_debit,
        }
    }

    /// Sets its four sums.
    pub fn set_figures(&mut self, figures: Figures) {
        self.version += 1;
        self.credit = figures.credit;
        self.debit = figures.debit;
        self.inflight_credit = figures.inflight_credit;
        self.inflight_debit = figures.inflight_debit;
    }
}

/// The four sums of a balance, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// What was credited.
    pub credit: i128,
    /// What was debited.
    pub debit: i128,
    /// What is held for it.
    pub inflight_credit: i128,
    /// What is held of it.
    pub inflight_debit: i128,
}

impl Figures {
    /// Credits less debits.
    pub fn balance(self) -> i128 {
        self.credit - self.debit
    }

    /// What can be spent: the balance less what is held of it.
    pub fn available(self) -> i128 {
        self.balance() - self.inflight_debit
    }
}

/// Names of an identity's text fields, in the order they are written.
pub const IDENTITY_FIELDS: [&str; 15] = [
    "identity_type",
    "organization_name",
    "category",
    "first_name",
    "last_name",
    "other_names",
    "gender",
    "email_address",
    "phone_number",
    "nationality",
    "street",
    "country",
    "state",
    "post_code",
    "city",
];

/// An identity.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `idt_<uuid>`, chosen by the caller or made.
    pub id: String,
    /// Values of [`IDENTITY_FIELDS`]; empty = not given.
    pub fields: [String; IDENTITY_FIELDS.len()],
    /// Date of birth, in microseconds since the epoch.
    pub dob: Option<i64>,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// `None` = never given.
    pub meta: Option<Meta>,
    /// Indexes of its balances, past ones included.
    pub balances: Vec<u32>,
}

/// The state a transaction is in; rows never change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Accepted; what becomes of it is told by its child.
    Queued,
    /// In the balances.
    Applied,
    /// Refused by the queue; not in the balances.
    Rejected,
    /// Accepted for later; what becomes of it is told by its child.
    Scheduled,
    /// Held on both balances; what was done with it is told by its children.
    Inflight,
    /// What was left of a hold, given back.
    Void,
}

impl Status {
    /// As the ledger writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Applied => "APPLIED",
            Self::Rejected => "REJECTED",
            Self::Scheduled => "SCHEDULED",
            Self::Inflight => "INFLIGHT",
            Self::Void => "VOID",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Queued,
            Self::Applied,
            Self::Rejected,
            Self::Scheduled,
            Self::Inflight,
            Self::Void,
        ];
        all.into_iter().find(|status| status.as_str() == text)
    }
}

/// Dates of a transaction beside the two that every one has; microseconds since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dates {
    /// When it is applied; until then it is `SCHEDULED`.
    pub scheduled_for: Option<i64>,
    /// When what is left of the hold is given back.
    pub inflight_expiry: Option<i64>,
    /// When what is left of the hold is committed.
    pub inflight_commit: Option<i64>,
}

/// What a transaction belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parent {
    /// Another transaction.
    Txn(Uuid),
    /// A bulk.
    Bulk(Uuid),
}

impl Parent {
    /// `txn_<uuid>` or `bulk_<uuid>`.
    pub fn text(self) -> String {
        match self {
            Self::Txn(id) => format!("txn_{id}"),
            Self::Bulk(id) => format!("bulk_{id}"),
        }
    }

    /// Reads an id that a transaction can have as its parent.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, id) = text.split_once('_')?;
        let id = parse_uuid(id)?;
        match prefix {
            "txn" => Some(Self::Txn(id)),
            "bulk" => Some(Self::Bulk(id)),
            _ => None,
        }
    }
}

/// A UUID in the form ids are written in, and no other.
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.to_string() == text).then_some(id)
}

/// A transaction row.
#[derive(Debug, Clone)]
pub struct Txn {
    /// The UUID of `txn_<uuid>`.
    pub id: Uuid,
    /// What it belongs to.
    pub parent: Option<Parent>,
    /// Index of the debited balance.
    pub source: u32,
    /// Index of the credited balance.
    pub destination: u32,
    /// Unique in the ledger.
    pub reference: Arc<str>,
    /// Case-sensitive.
    pub currency: Arc<str>,
    /// Any text.
    pub description: Box<str>,
    /// Minor units.
    pub amount: i128,
    /// Minor units in one major unit.
    pub precision: i64,
    /// Never changes.
    pub status: Status,
    /// Core's fingerprint of the request; nothing can be derived from it.
    pub hash: [u8; 32],
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// When it counts in historical balances; `None` = `created_at`.
    pub effective: Option<i64>,
    /// Further dates; most transactions have none.
    pub dates: Option<Box<Dates>>,
    /// Free keys and values, and the ledger's own.
    pub meta: Meta,
}
