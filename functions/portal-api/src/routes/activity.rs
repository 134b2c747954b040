//! The audit trail.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::app::activity::{export, page};
use stripe_sync::model::error::Error;
use stripe_sync::platform::store::activity::MAX_ACTIVITY_PAGE;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::activity::{ActivityExport, ActivityFilter, ActivityPage, csv_of};
use crate::extract::{Reader, ValidQuery, page_size};
use crate::file::csv;
use crate::state::State;

/// What people, Blnk Cloud and the app did in this installation, newest first.
#[utoipa::path(get, path = "/portal/api/activity", params(ActivityFilter), responses(
    (status = 200, body = ActivityPage), (status = 403, body = ProblemDetails)))]
pub(crate) async fn activity(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<ActivityFilter>,
) -> ApiResult<Json<ActivityPage>> {
    let limit = page_size(query.limit, MAX_ACTIVITY_PAGE);
    let shown = page(state.store(), &portal, &query.wanted()?, limit).await?;
    Ok(Json(ActivityPage::of(shown, state.limits.retention)))
}

/// The same as a table. A span with too many entries is refused.
#[utoipa::path(get, path = "/portal/api/activity.csv", params(ActivityExport), responses(
    (status = 200, content_type = "text/csv", body = String), (status = 403, body = ProblemDetails),
    (status = 422, body = ProblemDetails)))]
pub(crate) async fn activity_csv(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<ActivityExport>,
) -> ApiResult {
    let entries = export(state.store(), &portal, &query.wanted()?).await?;
    let body = csv_of(entries).map_err(Error::internal)?;
    csv("activity", None, body)
}
