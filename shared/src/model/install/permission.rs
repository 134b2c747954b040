//! The scopes that a user grants to the app when they install it.

use serde::{Deserialize, Serialize};

/// A permission that a user can grant to the app. It is granted at installation and changed by
/// reinstalling.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
pub enum Permission {
    /// Read ledgers, balances, transactions, identities.
    #[serde(rename = "data:read")]
    DataRead,
    /// Create and update ledger data through Blnk Cloud.
    #[serde(rename = "data:write")]
    DataWrite,
    /// Read alerts.
    #[serde(rename = "alerts:read")]
    AlertsRead,
    /// Create and update alerts.
    #[serde(rename = "alerts:write")]
    AlertsWrite,
}

impl Permission {
    /// All scopes, in the platform's order.
    pub const ALL: [Self; 4] =
        [Self::DataRead, Self::DataWrite, Self::AlertsRead, Self::AlertsWrite];

    /// The platform's name of the scope.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataRead => "data:read",
            Self::DataWrite => "data:write",
            Self::AlertsRead => "alerts:read",
            Self::AlertsWrite => "alerts:write",
        }
    }

    /// Parses a scope name. `None` for a scope that this version does not know.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}
