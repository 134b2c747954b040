//! The search.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::app::connect::connector::not_connected;
use stripe_sync::app::search::search as find;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::search::{Links, SearchAnswer, SearchRequest};
use crate::extract::{Reader, ValidJson};
use crate::state::State;

/// Finds movements of money: Stripe's records, their ledger entries, payouts and problems. The
/// query may be personal data, so it is never part of a URL.
#[utoipa::path(post, path = "/portal/api/search", request_body = SearchRequest, responses(
    (status = 200, body = SearchAnswer), (status = 403, body = ProblemDetails),
    (status = 409, body = ProblemDetails)))]
pub(crate) async fn search(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidJson(request): ValidJson<SearchRequest>,
) -> ApiResult<Json<SearchAnswer>> {
    let query = request.query(clock::now())?;
    let mode = portal.connection.as_ref().ok_or_else(not_connected)?.mode;
    let result = Box::pin(find(&state.connector, &portal, &query)).await?;
    let links = Links { mode, dashboard_url: state.dashboard_url.as_deref() };
    Ok(Json(SearchAnswer::of(&query, result, &links)))
}
