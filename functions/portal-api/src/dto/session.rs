//! Sessions of the portal.

use serde::{Deserialize, Serialize};
use stripe_sync::model::session::Redeemed;
use stripe_sync::model::time::Millis;
use utoipa::ToSchema;

/// A launch token to exchange.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SessionRequest {
    /// The token from the portal URL.
    pub(crate) token: String,
    /// Identifies this opening of the page: 16 to 64 letters, digits, `_` or `-`, chosen by the
    /// page. A request repeated with the same token and id counts once, so a lost response costs
    /// nothing.
    #[serde(default)]
    pub(crate) redemption_id: Option<String>,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Sent as `Authorization: Bearer …` with every call.
    bearer: String,
    /// When it ends.
    expires_at: String,
    /// The launch it came from.
    launch_id: String,
    /// Until when it can be renewed. Absent if the deployment renews no sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    renewable_until: Option<String>,
}

impl Session {
    pub(crate) fn of(redeemed: Redeemed) -> Self {
        Self {
            bearer: redeemed.bearer,
            expires_at: redeemed.expires_at.rfc3339(),
            launch_id: redeemed.launch.to_string(),
            renewable_until: redeemed.renewable_until.map(Millis::rfc3339),
        }
    }
}
