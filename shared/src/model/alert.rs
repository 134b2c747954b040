//! Alerts in Blnk as stored, `ALERT`: their causes and states.

use serde::{Deserialize, Serialize};

use crate::model::time::Millis;

/// The cause of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// The ledger and Stripe differ.
    Drift,
    /// A payout failed.
    PayoutFailed,
    /// A payment is disputed.
    DisputeOpened,
    /// The proof is too old.
    Stale,
}

/// The state of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It is being raised, or it is unknown whether it was.
    Raising,
    /// It is open.
    Raised,
    /// Its cause is gone.
    Resolved,
}

/// An alert, `ALERT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertItem {
    /// Names its cause within the connection.
    pub id: String,
    /// The owner, `<account>:<mode>`. A later connection of the same account takes it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The cause.
    pub kind: AlertKind,
    /// The state.
    pub state: AlertState,
    /// Blnk's id of the alert, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomaly_id: Option<String>,
    /// The flagged object: the id of a balance or a transaction in the ledger.
    pub on: String,
    /// The title last sent.
    pub title: String,
    /// The description last sent.
    pub description: String,
    /// A marker in the description by which the alert is found again.
    pub mark: String,
    /// By then, an earlier call has ended in success or failure.
    pub settled_by: Millis,
    /// When the alert was first needed.
    pub raised_at: Millis,
    /// When it was last changed. Each change is conditional on the previous one.
    pub updated_at: Millis,
}

impl AlertItem {
    /// The Stripe object behind the alert, if there is one.
    pub(crate) fn object_id(&self) -> Option<&str> {
        let (about, id) = self.id.split_once('#')?;
        matches!(about, "payout" | "dispute").then_some(id)
    }
}
