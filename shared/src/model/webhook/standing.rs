//! What Stripe says of an endpoint that delivered once: Stripe switches one off that fails for days, and people delete them.

use serde::{Deserialize, Serialize};

use crate::model::time::Millis;

/// What Stripe does with an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointStanding {
    /// Delivers to it.
    Enabled,
    /// Has switched it off, or a person has.
    Disabled,
    /// Does not know it any more.
    Gone,
    /// Delivers to another address.
    Elsewhere,
    /// Does not say: the key may not read endpoints.
    Unknown,
}

/// What Stripe said of a connection's endpoint, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSeen {
    /// What it said.
    pub standing: EndpointStanding,
    /// When it was asked.
    pub at: Millis,
}

impl EndpointSeen {
    /// Whether nothing is delivered.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        matches!(self.standing, EndpointStanding::Disabled | EndpointStanding::Gone | EndpointStanding::Elsewhere)
    }
}
