//! A problem as the table keeps it, `PROBLEM`.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::hole::UnreadableRange;
use crate::model::money::Sum;
use crate::model::time::Millis;

/// Whether a person still has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemState {
    /// To be looked at.
    Open,
    /// A later run found its cause gone.
    Resolved,
    /// A person said that it may stay as it is.
    Dismissed,
}

/// What a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A balance transaction at Stripe.
    #[default]
    Record,
    /// Another object at Stripe: a payout, for example.
    Object,
    /// An entry in the ledger.
    Entry,
    /// A UTC day.
    Day,
    /// A call to Stripe or to Blnk.
    Call,
}

/// A problem, `PROBLEM`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemItem {
    /// Names it within its connection: what it is about, and the leg or the finding.
    pub id: String,
    /// What kind of thing it is about.
    #[serde(default)]
    pub kind: SubjectKind,
    /// The id of that: a Stripe id, an entry's reference, a date.
    pub subject: String,
    /// A stable word for programs.
    pub code: String,
    /// The cause in plain words.
    pub cause: String,
    /// The amount concerned, minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Sum>,
    /// Its currency, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The references of the ledger entries concerned, there or not.
    #[serde(default)]
    pub entry_references: Vec<String>,
    /// The ids of entries that are in the ledger.
    #[serde(default)]
    pub entry_ids: Vec<String>,
    /// What is missing on the mirror because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingEntries>,
    /// The part of Stripe's list that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hole: Option<UnreadableRange>,
    /// Names what was set aside because its calls fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspect: Option<String>,
    /// Open, resolved or dismissed.
    pub state: ProblemState,
    /// In how many runs it was met.
    pub attempts: u64,
    /// First met.
    pub first_seen: Millis,
    /// Last met.
    pub last_seen: Millis,
    /// The run that met it last.
    pub run: Ulid,
    /// A person asked for another try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_requested: Option<Millis>,
    /// When it was found gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Millis>,
    /// The run that found it gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<Ulid>,
    /// When it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed_at: Option<Millis>,
    /// The launch of the portal in which it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed_by: Option<String>,
    /// Why it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the mirror of a balance lacks because of a problem, in minor units: expected less what is there. Negative where the ledger holds
/// more than expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingEntries {
    /// Which of Stripe's balances.
    pub balance: String,
    /// Upper case.
    pub currency: String,
    /// Of its debits.
    pub debit: Sum,
    /// Of its credits.
    pub credit: Sum,
}
