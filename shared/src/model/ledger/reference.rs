//! Unique names of entries: `stripe:<account>:<mode>:<balance transaction>:<leg kind>` for the legs
//! of a record, and `stripe:<account>:<mode>:<balance>:<CURRENCY>:opening` for the balance before a
//! mirror began.
//!
//! The same record always gives the same references, so posting twice is harmless. A reference ends
//! in a suffix that this app defines, never in a Stripe id: the ledger itself derives names that
//! end in `_q`, `_N`, `-N` and `_refund`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::model::ledger::balance_kind::BalanceKind;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::legs::LegKind;
use crate::model::ledger::owner::{Owner, check_id};
use crate::model::money::Currency;

/// The prefix of every reference of this app.
pub const REFERENCE_PREFIX: &str = "stripe:";

/// The reference of one leg of one balance transaction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    owner: Owner,
    transaction: String,
    leg_kind: LegKind,
}

impl Reference {
    /// # Errors
    /// [`LedgerError::InvalidId`] when the balance transaction's id is not valid in a reference.
    pub fn new(owner: &Owner, transaction: &str, leg_kind: LegKind) -> Result<Self, LedgerError> {
        check_id(transaction)?;
        Ok(Self { owner: owner.clone(), transaction: transaction.to_owned(), leg_kind })
    }

    /// The owner of the movement.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The balance transaction's id.
    pub fn transaction(&self) -> &str {
        &self.transaction
    }

    /// Which leg of the transaction.
    pub fn leg_kind(&self) -> LegKind {
        self.leg_kind
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{REFERENCE_PREFIX}{}:{}:{}", self.owner, self.transaction, self.leg_kind)
    }
}

impl FromStr for Reference {
    type Err = LedgerError;

    /// # Errors
    /// [`LedgerError::InvalidId`] for any text that differs from what [`Reference`] displays.
    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let rest = text.strip_prefix(REFERENCE_PREFIX).ok_or(LedgerError::InvalidId)?;
        let mut parts = rest.splitn(4, ':');
        let mut next = || parts.next().ok_or(LedgerError::InvalidId);
        let (account, mode, transaction, leg_kind) = (next()?, next()?, next()?, next()?);
        let owner = Owner::new(account, mode.parse()?)?;
        Self::new(&owner, transaction, leg_kind.parse()?)
    }
}

/// The suffix of the reference of a mirror's first opening entry.
const OPENING: &str = "opening";

/// The suffix of the reference of an entry that moved the opening to an earlier start.
const OPENING_MOVED: &str = "opening_moved";

/// The format of the day of a moved opening in a reference.
const REFERENCE_DAY: &str = "%Y%m%d";

/// The reference of an opening entry. There is one first opening for each owner, balance and
/// currency, and one for each earlier day that the start moved to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OpeningReference {
    owner: Owner,
    kind: BalanceKind,
    currency: Currency,
    moved_to: Option<Date>,
}

impl OpeningReference {
    /// The opening of a balance in a currency: the first one, or the one that moved the start to a
    /// UTC day.
    pub fn new(
        owner: &Owner,
        kind: &BalanceKind,
        currency: Currency,
        moved_to: Option<Date>,
    ) -> Self {
        Self { owner: owner.clone(), kind: kind.clone(), currency, moved_to }
    }

    /// A SQL `LIKE` pattern that matches all opening references of an owner, and possibly others:
    /// `_` matches any character.
    pub fn pattern(owner: &Owner) -> String {
        format!("{REFERENCE_PREFIX}{owner}:%:{OPENING}%")
    }

    /// The owner of the balance.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Which of the owner's balances.
    pub fn kind(&self) -> &BalanceKind {
        &self.kind
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }
}

impl fmt::Display for OpeningReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{REFERENCE_PREFIX}{}:{}:{}:", self.owner, self.kind, self.currency)?;
        match self.moved_to {
            None => f.write_str(OPENING),
            Some(day) => write!(f, "{}:{OPENING_MOVED}", day.strftime(REFERENCE_DAY)),
        }
    }
}

impl FromStr for OpeningReference {
    type Err = LedgerError;

    /// # Errors
    /// [`LedgerError::InvalidId`] for any text that differs from what [`OpeningReference`]
    /// displays.
    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let parts: Vec<&str> =
            text.strip_prefix(REFERENCE_PREFIX).ok_or(LedgerError::InvalidId)?.split(':').collect();
        let (account, mode, kind, currency, moved_to) = match parts[..] {
            [account, mode, kind, currency, OPENING] => (account, mode, kind, currency, None),
            [account, mode, kind, currency, day, OPENING_MOVED] => (
                account,
                mode,
                kind,
                currency,
                Some(Date::strptime(REFERENCE_DAY, day).map_err(|_| LedgerError::InvalidId)?),
            ),
            _ => return Err(LedgerError::InvalidId),
        };
        let owner = Owner::new(account, mode.parse()?)?;
        let kind = BalanceKind::from_stored(kind).ok_or(LedgerError::InvalidId)?;
        let reference = Self {
            owner,
            kind,
            currency: currency.parse().map_err(|_| LedgerError::InvalidId)?,
            moved_to,
        };
        if reference.to_string() == text { Ok(reference) } else { Err(LedgerError::InvalidId) }
    }
}
