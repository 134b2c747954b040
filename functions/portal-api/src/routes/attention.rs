//! What needs a person's attention.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::app::attention::attention as noted;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::attention::Attention;
use crate::extract::Reader;
use crate::state::State;

/// Failed payouts, disputes, money in suspense, differences, pauses, approvals, a proof that is
/// out of date and open problems by kind: each with its one action.
#[utoipa::path(get, path = "/portal/api/attention", responses(
    (status = 200, body = Attention), (status = 403, body = ProblemDetails)))]
pub(crate) async fn attention(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
) -> ApiResult<Json<Attention>> {
    let now = clock::now();
    let noted = noted(state.store(), &state.schedules, &portal, now).await?;
    Ok(Json(Attention::of(noted, state.dashboard_url.as_deref(), now)))
}
