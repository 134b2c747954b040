//! What requests a run, and how much of the history it reads.

use serde::{Deserialize, Serialize};

/// What started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A person.
    Manual,
    /// The schedule.
    Schedule,
    /// An event at Stripe.
    Webhook,
}

/// The part of the history that a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything new since the last completed run, with an overlap.
    #[default]
    New,
    /// The whole history again.
    Everything,
    /// The whole history, to show what a sync would do. Nothing is written to the ledger.
    Preview,
}

/// How far back a run re-reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// The usual overlap.
    #[default]
    Hour,
    /// Once a day.
    TwoDays,
    /// Once a week.
    Fortnight,
    /// The whole history.
    Everything,
}
