//! The steps that a run takes once. Pure.

pub mod flags;

use serde::{Deserialize, Deserializer, Serialize};

/// The next step of a run, of the steps that a run takes once, in order.
///
/// Two parts of a run are not steps, because they repeat: the walk down Stripe's list is between
/// `Retry` and `Openings`, and [`Walk::done`](crate::model::run::progress::Walk::done) records
/// whether it has ended; the proof is last, and starts another walk when something was posted or
/// money moves. Neither repeats a step.
///
/// A preview takes none of these steps: it walks and ends. A read-only run passes `Customers`
/// without following hints, and within `Retry` it looks only whether holes in the list became
/// readable. A connection without a start passes `Openings` with nothing to post.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Step {
    /// Retry what a person or an earlier run marked for a retry.
    #[default]
    Retry,
    /// Post the openings, as far as this run can.
    Openings,
    /// Read again the tracked objects that are open at Stripe.
    Objects,
    /// Add up the members of payouts.
    Payouts,
    /// Read the customers that events hint at.
    Customers,
    /// Count the balances of customers, in the runs that do so.
    Balances,
    /// Prove that both sides agree. Every other step is done.
    Proof,
}

impl Step {
    /// All steps, in order.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 7] = [
        Self::Retry,
        Self::Openings,
        Self::Objects,
        Self::Payouts,
        Self::Customers,
        Self::Balances,
        Self::Proof,
    ];

    /// The step after this one.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Retry => Self::Openings,
            Self::Openings => Self::Objects,
            Self::Objects => Self::Payouts,
            Self::Payouts => Self::Customers,
            Self::Customers => Self::Balances,
            Self::Balances | Self::Proof => Self::Proof,
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    /// A step that only a newer version knows is read as the first one: the flags beside it record
    /// which steps of this version are done.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|stored| stored.parse().unwrap_or_default())
    }
}
