//! Objects that are not settled at Stripe.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::app::objects::unsettled;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::objects::OpenObjects;
use crate::extract::Authenticated;
use crate::state::State;

/// Payouts in transit, recently failed payouts, open disputes and pending refunds.
#[utoipa::path(get, path = "/portal/api/objects", operation_id = "objects", responses(
    (status = 200, body = OpenObjects), (status = 401, body = ProblemDetails)))]
pub(crate) async fn list(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
) -> ApiResult<Json<OpenObjects>> {
    let now = clock::now();
    Ok(Json(OpenObjects::of(&unsettled(state.store(), &portal, now).await?, now)))
}
