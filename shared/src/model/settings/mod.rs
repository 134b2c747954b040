//! The settings of an install, `SETTINGS`: one item, replaced as a whole on condition of its
//! revision.

pub mod account_rules;
pub mod check;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ledger::AccountRules;
use crate::model::money::Currency;
use crate::model::notice::NoticeSettings;

/// How often the schedule starts a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Every 15 minutes, or as often as the deployment allows.
    QuarterHourly,
    /// Every hour.
    #[default]
    Hourly,
    /// Every day.
    Daily,
    /// Only on request or after an event at Stripe. A proof is still made every day.
    Off,
}

impl Interval {
    /// Minutes between two wake-ups of the schedule, where no schedule may be faster than `floor`
    /// minutes.
    #[must_use]
    pub fn minutes(self, floor: u32) -> u32 {
        match self {
            Self::QuarterHourly => floor,
            Self::Hourly => floor.max(HOUR),
            Self::Daily | Self::Off => DAY,
        }
    }
}

/// Minutes of an hour and of a day.
pub(crate) const HOUR: u32 = 60;

pub(crate) const DAY: u32 = 24 * HOUR;

/// The ledger accounts on which payments are posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayIns {
    /// The balance of the customer who paid; guests share one account.
    #[default]
    Customers,
    /// One account for all payments.
    OneAccount,
}

/// The personal data of a Stripe customer that is copied to the identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct PersonalData {
    /// Name of the person or the business.
    pub name: bool,
    /// E-mail address.
    pub email: bool,
    /// Telephone number.
    pub phone: bool,
    /// Postal address.
    pub address: bool,
}

impl Default for PersonalData {
    fn default() -> Self {
        Self { name: true, email: true, phone: true, address: true }
    }
}

/// The settings of an install. Settings of another generation count as absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The installation they belong to.
    pub generation: String,
    /// Counts changes: each is conditional on the previous one. Zero for settings that were never
    /// stored.
    pub revision: u64,
    /// How often a scheduled sync starts.
    pub interval: Interval,
    /// Where payments are posted.
    pub pay_ins: PayIns,
    /// Names of offset accounts that replace the chart's own, by the account's key (`fees`,
    /// `payouts`, …).
    pub account_names: BTreeMap<String, String>,
    /// The UTC date (`yyyy-mm-dd`) from which records are posted. Everything earlier is one opening
    /// entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<String>,
    /// Whether a customer may be matched with an identity that has the same e-mail address.
    pub match_by_email: bool,
    /// Which data of a customer is copied.
    pub personal_data: PersonalData,
    /// Amounts above these (minor units, by currency) are posted only after a person approves.
    pub ceilings: BTreeMap<Currency, u64>,
    /// The notice settings. They are changed by a separate route.
    #[serde(skip_serializing_if = "NoticeSettings::is_empty")]
    pub notices: NoticeSettings,
    /// Account rules. They are changed one by one, and a run reads them before every page, unlike
    /// the names of accounts, which it reads once.
    #[serde(skip_serializing_if = "AccountRules::is_empty")]
    pub account_rules: AccountRules,
}

impl Settings {
    /// The settings that apply to an installation: the stored ones if they are its own, else the
    /// defaults.
    #[must_use]
    pub fn of(stored: Option<Self>, generation: &str) -> Self {
        let own = stored.filter(|settings| settings.generation == generation);
        own.unwrap_or_else(|| Self { generation: generation.to_owned(), ..Self::default() })
    }
}
