//! Reconciling items: the differences between a statement and Stripe's own report.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::app::reconciling;
use stripe_sync::model::period::Period;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::reconciling::ReconcilingItemsOfPeriod;
use crate::dto::statements::PeriodQuery;
use crate::extract::{Reader, ValidQuery};
use crate::state::State;

/// Payouts in transit when some UTC days began and when they ended, and the disputes that were
/// opened in them and have no decision yet.
#[utoipa::path(get, path = "/portal/api/reconciling-items", params(PeriodQuery),
    responses((status = 200, body = ReconcilingItemsOfPeriod),
        (status = 400, body = ProblemDetails), (status = 403, body = ProblemDetails)))]
pub(crate) async fn reconciling_items(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<PeriodQuery>,
) -> ApiResult<Json<ReconcilingItemsOfPeriod>> {
    let period = Period::days(&query.from, &query.to)?;
    let found = reconciling::load(state.store(), &portal, period).await?;
    Ok(Json(ReconcilingItemsOfPeriod::of(period, &found)))
}
