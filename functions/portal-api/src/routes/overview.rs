//! The first screen.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::app::overview::latest;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::overview::Overview;
use crate::extract::Authenticated;
use crate::state::State;

/// The data of the overview screen.
#[utoipa::path(get, path = "/portal/api/overview",
    responses((status = 200, body = Overview), (status = 401, body = ProblemDetails)))]
pub(crate) async fn overview(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
) -> ApiResult<Json<Overview>> {
    let latest = latest(state.store(), &state.schedules, &portal, clock::now()).await?;
    Ok(Json(Overview::of(&portal, state.dashboard_url.as_deref(), &latest)))
}
