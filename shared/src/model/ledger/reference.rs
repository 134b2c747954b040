//! The names under which entries exist once: `stripe:<account>:<mode>:<balance transaction>:<leg word>` for the legs of a record, and
//! `stripe:<account>:<mode>:<balance>:<CURRENCY>:opening` for what a balance held when its mirror began.
//!
//! The same record always gives the same references, so posting twice is harmless. A reference ends in a word of ours, never in a Stripe
//! id: the ledger itself derives names that end in `_q`, `_N`, `-N` and `_refund`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::model::ledger::chart::BalanceKind;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::legs::LegKind;
use crate::model::ledger::owner::{Owner, check_id};
use crate::model::money::Currency;

/// Every reference of ours begins with this.
pub const REFERENCE_PREFIX: &str = "stripe:";

/// The reference of one leg of one balance transaction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    owner: Owner,
    transaction: String,
    word: LegKind,
}

impl Reference {
    /// # Errors
    /// [`LedgerError::InvalidId`] when the balance transaction's id could not stand in a reference.
    pub fn new(owner: &Owner, transaction: &str, word: LegKind) -> Result<Self, LedgerError> {
        check_id(transaction)?;
        Ok(Self { owner: owner.clone(), transaction: transaction.to_owned(), word })
    }

    /// Whose movement it is.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The balance transaction's id.
    pub fn transaction(&self) -> &str {
        &self.transaction
    }

    /// Which leg of it.
    pub fn word(&self) -> LegKind {
        self.word
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{REFERENCE_PREFIX}{}:{}:{}", self.owner, self.transaction, self.word)
    }
}

impl FromStr for Reference {
    type Err = LedgerError;

    /// # Errors
    /// [`LedgerError::InvalidId`] for any text that is not exactly what [`Reference`] displays.
    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let rest = text.strip_prefix(REFERENCE_PREFIX).ok_or(LedgerError::InvalidId)?;
        let mut parts = rest.splitn(4, ':');
        let mut next = || parts.next().ok_or(LedgerError::InvalidId);
        let (account, mode, transaction, word) = (next()?, next()?, next()?, next()?);
        let owner = Owner::new(account, mode.parse()?)?;
        Self::new(&owner, transaction, word.parse()?)
    }
}

/// How the reference of a mirror's first opening entry ends.
const OPENING: &str = "opening";

/// How the reference of an entry that moved the opening to an earlier start ends.
const OPENING_MOVED: &str = "opening_moved";

/// The day of a moved opening, as a reference spells it.
const REFERENCE_DAY: &str = "%Y%m%d";

/// The reference of an opening entry. There is one first opening for each owner, balance and currency, and one for each earlier day that
/// the start was moved to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OpeningReference {
    owner: Owner,
    kind: BalanceKind,
    currency: Currency,
    moved_to: Option<Date>,
}

impl OpeningReference {
    /// The opening of a balance in a currency: the first one, or the one that moved the start to a UTC day.
    pub fn new(owner: &Owner, kind: &BalanceKind, currency: Currency, moved_to: Option<Date>) -> Self {
        Self { owner: owner.clone(), kind: kind.clone(), currency, moved_to }
    }

    /// A pattern of SQL's `LIKE` that all opening references of an owner meet, and some others may: `_` stands for any character.
    pub fn pattern(owner: &Owner) -> String {
        format!("{REFERENCE_PREFIX}{owner}:%:{OPENING}%")
    }

    /// Whose balance it is.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Which of the owner's balances.
    pub fn kind(&self) -> &BalanceKind {
        &self.kind
    }

    /// In which currency.
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
    /// [`LedgerError::InvalidId`] for any text that is not exactly what [`OpeningReference`] displays.
    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let parts: Vec<&str> = text.strip_prefix(REFERENCE_PREFIX).ok_or(LedgerError::InvalidId)?.split(':').collect();
        let (account, mode, kind, currency, moved_to) = match parts[..] {
            [account, mode, kind, currency, OPENING] => (account, mode, kind, currency, None),
            [account, mode, kind, currency, day, OPENING_MOVED] => {
                (account, mode, kind, currency, Some(Date::strptime(REFERENCE_DAY, day).map_err(|_| LedgerError::InvalidId)?))
            }
            _ => return Err(LedgerError::InvalidId),
        };
        let owner = Owner::new(account, mode.parse()?)?;
        let kind = BalanceKind::from_stored(kind).ok_or(LedgerError::InvalidId)?;
        let reference = Self { owner, kind, currency: currency.parse().map_err(|_| LedgerError::InvalidId)?, moved_to };
        if reference.to_string() == text { Ok(reference) } else { Err(LedgerError::InvalidId) }
    }
}
