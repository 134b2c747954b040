//! Alerts in Blnk as the table keeps them, `ALERT`: what each is about, and whether it stands.

use serde::{Deserialize, Serialize};

use crate::model::time::Millis;

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// The ledger and Stripe differ.
    Drift,
    /// A payout came back.
    PayoutFailed,
    /// A payment is disputed.
    DisputeOpened,
    /// There has been no proof for too long.
    Stale,
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It is being raised, or it is not known whether it was.
    Raising,
    /// It stands.
    Raised,
    /// Its cause is gone.
    Resolved,
}

/// An alert, `ALERT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertItem {
    /// Names its cause within the connection.
    pub id: String,
    /// Whose it is, `<account>:<mode>`: a later connection of the same account takes it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is about.
    pub kind: AlertKind,
    /// Where it stands.
    pub state: AlertState,
    /// Blnk's id of it, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomaly_id: Option<String>,
    /// What is flagged: the id of a balance or a transaction of the ledger.
    pub on: String,
    /// As it was last sent.
    pub title: String,
    /// As it was last sent.
    pub description: String,
    /// Stands in the description, to find the alert again.
    pub mark: String,
    /// A call begun before has ended by then, one way or the other.
    pub settled_by: Millis,
    /// When it was first wanted.
    pub raised_at: Millis,
    /// Last changed; each change is conditional on the one before.
    pub updated_at: Millis,
}

impl AlertItem {
    /// The object of Stripe that it is about, where it is about one.
    pub(crate) fn object_id(&self) -> Option<&str> {
        let (about, id) = self.id.split_once('#')?;
        matches!(about, "payout" | "dispute").then_some(id)
    }
}
