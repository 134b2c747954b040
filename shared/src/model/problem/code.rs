//! The codes of problems. They are stored with each problem, are part of its fingerprint, and are
//! shown by the API.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// What kind of problem it is.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, strum::AsRefStr, strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProblemCode {
    /// A record that cannot be mirrored. It is not among the expected figures either.
    RecordUnreadable,
    /// A record, an object or a customer that the Stripe key may not read, although it may read
    /// the lists.
    #[serde(rename = "right_missing")]
    #[strum(serialize = "right_missing")]
    PermissionMissing,
    /// A record for which Stripe returns the amounts, but not the objects behind it.
    RecordUnrendered,
    /// A part of Stripe's list that cannot be read.
    PageUnreadable,
    /// A record that no longer exists at Stripe.
    RecordGone,
    /// A record of a type that no rule knows. It is on the suspense account.
    UnknownType,
    /// A record whose amount, fees and net do not add up.
    DoesNotAddUp,
    /// A record with a fee in another currency.
    ForeignFee,
    /// A payment whose customer Stripe did not name.
    CustomerUnknown,
    /// Records before the start that changed after the opening was posted.
    BeforeTheStart,
    /// A foreign entry on a mirror.
    ForeignEntry,
    /// An entry of ours whose record Stripe does not list.
    EntryUnlisted,
    /// An entry of ours that differs from what its record implies.
    EntryChanged,
    /// A record whose entry is not in the ledger although nothing refused it.
    EntryMissing,
    /// Another entry in the ledger under the reference of one of ours.
    EntryDiffers,
    /// A record whose customer the ledger refused to create.
    CustomerRefused,
    /// An identity that the ledger refused to change.
    IdentityRefused,
    /// A customer with more than one balance in a currency.
    BalanceDoubled,
    /// A call that is answered in an undocumented shape.
    #[serde(rename = "unknown_answer")]
    #[strum(serialize = "unknown_answer")]
    UnknownShape,
    /// A record that was set aside because its calls fail while others succeed.
    SetAside,
    /// A customer whose identity was set aside for the same reason. No money is affected.
    IdentitySetAside,
    /// An entry that the ledger refused: the key is unknown or revoked.
    Unauthorized,
    /// The key lacks a permission.
    Forbidden,
    /// The reference is already used.
    Duplicate,
    /// The source balance does not hold enough.
    InsufficientFunds,
    /// The entry breaks a rule of the ledger.
    Validation,
    /// The entry holds characters that a ledger cannot store.
    Unstorable,
    /// The ledger gave a reason that this version does not know.
    Unrecognized,
    /// The entry names something that the ledger does not have.
    NotFound,
    /// A concurrent write changed the balance.
    Conflict,
    /// What the entry creates already exists.
    AlreadyExists,
    /// Another write held the balance.
    Locked,
    /// The ledger had too many requests.
    RateLimited,
    /// A code that only another version knows, as it is stored.
    #[serde(untagged)]
    #[strum(default, transparent)]
    Other(String),
}

impl ProblemCode {
    /// The differences that a proof finds in the ledger.
    pub(crate) const DRIFT: [Self; 4] =
        [Self::ForeignEntry, Self::EntryUnlisted, Self::EntryChanged, Self::EntryMissing];

    /// The code as it is stored and shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.as_ref()
    }
}

impl From<String> for ProblemCode {
    fn from(code: String) -> Self {
        code.parse().unwrap_or(Self::Other(code))
    }
}

/// By the stored code, so that lists stay in the order of the alphabet.
impl Ord for ProblemCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for ProblemCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests;
