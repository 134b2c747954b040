//! The owner of the movements in a ledger: one Stripe account in one mode.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::ledger::error::LedgerError;

/// The documented maximum length of Stripe's ids.
const ID_MAX: usize = 255;

/// Stripe's mode: live or test. Objects of one are invisible to the other, and balance transactions
/// do not say which they belong to.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Test money.
    Test,
    /// Real money.
    Live,
}

impl Mode {
    /// `test` or `live`, as written in references.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// From Stripe's `livemode`.
    pub fn from_livemode(livemode: bool) -> Self {
        if livemode { Self::Live } else { Self::Test }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        match text {
            "test" => Ok(Self::Test),
            "live" => Ok(Self::Live),
            _ => Err(LedgerError::InvalidId),
        }
    }
}

/// One Stripe account in one mode, written `acct_x:test`. The account's id is valid in a reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    account: String,
    mode: Mode,
}

impl Owner {
    /// # Errors
    /// [`LedgerError::InvalidId`] when the account's id is not valid in a reference.
    pub fn new(account: impl Into<String>, mode: Mode) -> Result<Self, LedgerError> {
        let account = account.into();
        check_id(&account)?;
        Ok(Self { account, mode })
    }

    /// `acct_…`.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Test or live.
    pub fn mode(&self) -> Mode {
        self.mode
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.account, self.mode)
    }
}

impl FromStr for Owner {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let (account, mode) = text.split_once(':').ok_or(LedgerError::InvalidId)?;
        Self::new(account, mode.parse()?)
    }
}

impl Serialize for Owner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Owner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Checks an id. A Stripe id is opaque, but a reference is split at `:` and is sent in filters: an
/// id with anything but letters, digits, `_` and `-` is refused rather than escaped.
pub(crate) fn check_id(id: &str) -> Result<(), LedgerError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if id.is_empty() || id.len() > ID_MAX || !id.bytes().all(allowed) {
        return Err(LedgerError::InvalidId);
    }
    Ok(())
}
