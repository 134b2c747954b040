//! A problem as the table keeps it, `PROBLEM`.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::money::Sum;
use crate::model::problem::code::ProblemCode;
use crate::model::run::hole::UnreadableRange;
use crate::model::time::Millis;

/// The state of a problem.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ProblemState {
    /// A person has to review it.
    Open,
    /// A later run found its cause gone.
    Resolved,
    /// A person accepted it as it is.
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
    /// Its name within its connection: its subject, and the leg or the finding.
    pub id: String,
    /// The kind of its subject.
    #[serde(default)]
    pub kind: SubjectKind,
    /// The id of its subject: a Stripe id, an entry's reference, a date.
    pub subject: String,
    /// A stable code for programs.
    pub code: ProblemCode,
    /// The cause, for people.
    pub cause: String,
    /// The amount in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Sum>,
    /// Its currency, upper case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The references of the ledger entries concerned, whether or not the entries exist.
    #[serde(default)]
    pub entry_references: Vec<String>,
    /// The ids of existing entries in the ledger.
    #[serde(default)]
    pub entry_ids: Vec<String>,
    /// What the mirror lacks because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingEntries>,
    /// The part of Stripe's list that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hole: Option<UnreadableRange>,
    /// Stripe's names for a movement that no rule knew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<UnrecognisedNames>,
    /// The name of what was set aside because its calls fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspect: Option<String>,
    /// Open, resolved or dismissed.
    pub state: ProblemState,
    /// The number of runs that found it.
    pub attempts: u64,
    /// First found.
    pub first_seen: Millis,
    /// Last found.
    pub last_seen: Millis,
    /// The run that found it last.
    pub run: Ulid,
    /// When a person requested a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_requested: Option<Millis>,
    /// When its cause was found gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Millis>,
    /// The run that found its cause gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<Ulid>,
    /// When it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed_at: Option<Millis>,
    /// The portal launch in which it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed_by: Option<String>,
    /// Why it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Stripe's names for a movement that no rule knew. Empty where Stripe gave none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnrecognisedNames {
    /// Stripe's accounting category.
    pub reporting_category: String,
    /// Stripe's type.
    #[serde(rename = "type")]
    pub type_: String,
}

/// What the mirror of a balance lacks because of a problem, in minor units: expected less existing.
/// Negative where the ledger holds more than expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingEntries {
    /// Which of Stripe's balances.
    pub balance: String,
    /// Upper case.
    pub currency: String,
    /// The missing debits.
    pub debit: Sum,
    /// The missing credits.
    pub credit: Sum,
}
