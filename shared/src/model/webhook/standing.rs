//! The state of an endpoint at Stripe: Stripe disables an endpoint that fails for days, and people
//! delete them.

use serde::{Deserialize, Serialize};

use crate::model::time::Millis;

/// The state of an endpoint at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointStanding {
    /// Stripe delivers to it.
    Enabled,
    /// Stripe or a person has disabled it.
    Disabled,
    /// It no longer exists.
    Gone,
    /// Stripe delivers to another URL.
    Elsewhere,
    /// Not known: the key may not read endpoints.
    Unknown,
}

/// The last known state of a connection's endpoint at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSeen {
    /// The state.
    pub standing: EndpointStanding,
    /// When Stripe was last asked.
    pub at: Millis,
}

impl EndpointSeen {
    /// Whether Stripe does not deliver.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        matches!(
            self.standing,
            EndpointStanding::Disabled | EndpointStanding::Gone | EndpointStanding::Elsewhere
        )
    }
}
