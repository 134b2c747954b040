//! The account and its balances.

use serde::Deserialize;

use crate::model::stripe::types::parts::null_as_default;

/// The balances of an account at one instant, one figure per currency in each list. A missing
/// currency means zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Balance {
    /// Payments balance: what can be paid out.
    #[serde(default, deserialize_with = "null_as_default")]
    pub available: Vec<Money>,
    /// Payments balance: what will become available.
    #[serde(default, deserialize_with = "null_as_default")]
    pub pending: Vec<Money>,
    /// Held for negative connected accounts. It has already left the payments balance.
    #[serde(default, deserialize_with = "null_as_default")]
    pub connect_reserved: Vec<Money>,
    /// The balance that issued cards spend from.
    #[serde(default)]
    pub issuing: Option<SubBalance>,
    /// The balance that refunds and disputes are prefunded from.
    #[serde(default)]
    pub refund_and_dispute_prefunding: Option<SubBalance>,
    /// Live or test mode.
    #[serde(default, deserialize_with = "null_as_default")]
    pub livemode: bool,
}

/// A separate balance beside the payments balance. Issuing has no `pending`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SubBalance {
    /// What can be used now.
    #[serde(default, deserialize_with = "null_as_default")]
    pub available: Vec<Money>,
    /// What will become available.
    #[serde(default, deserialize_with = "null_as_default")]
    pub pending: Vec<Money>,
}

/// An amount as Stripe sends it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Money {
    /// Minor units; a balance may be negative.
    pub amount: i64,
    /// ISO 4217 in lower case.
    pub currency: String,
}

/// The account a key belongs to. Only the id is guaranteed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// `acct_…`.
    pub id: String,
    /// ISO 3166-1 alpha-2.
    #[serde(default)]
    pub country: Option<String>,
    /// ISO 4217 in lower case.
    #[serde(default)]
    pub default_currency: Option<String>,
    /// Unix seconds. No movement is older.
    #[serde(default)]
    pub created: Option<i64>,
    #[serde(default, deserialize_with = "null_as_default")]
    settings: Settings,
    #[serde(default, deserialize_with = "null_as_default")]
    business_profile: BusinessProfile,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Settings {
    #[serde(default, deserialize_with = "null_as_default")]
    dashboard: Dashboard,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Dashboard {
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    timezone: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct BusinessProfile {
    #[serde(default)]
    name: Option<String>,
}

impl Account {
    /// An account of which only the id is known.
    #[must_use]
    pub fn named(id: String) -> Self {
        Self {
            id,
            country: None,
            default_currency: None,
            created: None,
            settings: Settings::default(),
            business_profile: BusinessProfile::default(),
        }
    }

    /// The name the account's owner sees in Stripe's dashboard, else the name of the business.
    pub fn display_name(&self) -> Option<&str> {
        let dashboard = self.settings.dashboard.display_name.as_deref();
        dashboard.or(self.business_profile.name.as_deref()).filter(|name| !name.is_empty())
    }

    /// The time zone in which Stripe's dashboard groups days, an IANA name.
    pub fn timezone(&self) -> Option<&str> {
        self.settings.dashboard.timezone.as_deref()
    }
}
