//! The names under which entries exist once: `stripe:<account>:<mode>:<balance transaction>:<leg word>`.
//!
//! The same record always gives the same references, so posting twice is harmless. A reference ends in a leg word, never in a Stripe id:
//! the ledger itself derives names that end in `_q`, `_N`, `-N` and `_refund`.

use std::fmt;
use std::str::FromStr;

use super::owner::check_id;
use super::{LedgerError, Owner, Word};

/// Every reference of ours begins with this.
pub const REFERENCE_PREFIX: &str = "stripe:";

/// The reference of one leg of one balance transaction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    owner: Owner,
    transaction: String,
    word: Word,
}

impl Reference {
    /// # Errors
    /// [`LedgerError::InvalidId`] when the balance transaction's id could not stand in a reference.
    pub fn new(owner: &Owner, transaction: &str, word: Word) -> Result<Self, LedgerError> {
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
    pub fn word(&self) -> Word {
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
