//! Payouts: the list, one of them, what it settled; the list and the members also as files.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use stripe_sync::model::error::Error;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::payout_members::{MembersQuery, PayoutMembersPage};
use crate::dto::payout_tables::{members_csv, payouts_csv};
use crate::dto::payouts::{PayoutDetail, PayoutList, PayoutSummary, PayoutsQuery};
use crate::etag::Lasting;
use crate::extract::{Reader, ValidQuery};
use crate::file::csv;
use crate::state::State;

/// Payouts, newest first by their creation, 25 in a page.
#[utoipa::path(get, path = "/portal/api/payouts", operation_id = "payouts", params(PayoutsQuery),
    responses(
    (status = 200, body = PayoutList), (status = 403, body = ProblemDetails)))]
pub(crate) async fn payouts(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<PayoutsQuery>,
) -> ApiResult<Json<PayoutList>> {
    let page = state.payouts().page(&portal, &query.filter()?, query.cursor.as_deref()).await?;
    Ok(Json(PayoutList {
        payouts: page.payouts.iter().map(PayoutSummary::of).collect(),
        next: page.next.map(|place| place.to_string()),
    }))
}

/// The same as a file, at most 1,000 payouts. The header `next-cursor` is where the next file
/// begins.
#[utoipa::path(get, path = "/portal/api/payouts.csv", operation_id = "payouts_table",
    params(PayoutsQuery), responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = 403, body = ProblemDetails)))]
pub(crate) async fn payouts_table(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<PayoutsQuery>,
) -> ApiResult {
    let file = state.payouts().file(&portal, &query.filter()?, query.cursor.as_deref()).await?;
    let body = payouts_csv(&file.payouts).map_err(Error::internal)?;
    csv("payouts", file.next.map(|place| place.to_string()), body)
}

/// One payout. One that is not stored yet is read at Stripe.
#[utoipa::path(get, path = "/portal/api/payouts/{id}", operation_id = "payout",
    params(("id" = String, Path)), responses(
        (status = 200, body = PayoutDetail), (status = 304), (status = 403, body = ProblemDetails),
        (status = 404, body = ProblemDetails),
    (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn payout(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    Path(id): Path<String>,
) -> ApiResult<Lasting<Json<PayoutDetail>>> {
    let payout = state.payouts().one(&portal, &id, clock::now()).await?;
    let settled = matches!(payout.status.as_str(), "paid" | "failed" | "canceled");
    Ok(Lasting(settled, Json(PayoutDetail::of(&payout))))
}

/// What a payout settled, newest first, 100 in a page, each with its ledger entry.
#[utoipa::path(get, path = "/portal/api/payouts/{id}/members", operation_id = "payout_members",
    params(("id" = String, Path), MembersQuery), responses(
        (status = 200, body = PayoutMembersPage), (status = 403, body = ProblemDetails),
        (status = 404, body = ProblemDetails),
    (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn members(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    Path(id): Path<String>,
    ValidQuery(query): ValidQuery<MembersQuery>,
) -> ApiResult<Json<PayoutMembersPage>> {
    let cursor = query.cursor.as_deref();
    let found = state.payouts().members(&portal, &id, cursor, clock::now()).await?;
    Ok(Json(PayoutMembersPage::of(&found)))
}

/// The same as a file, at most 1,000 members. The header `next-cursor` is where the next file
/// begins.
#[utoipa::path(get, path = "/portal/api/payouts/{id}/members.csv",
    operation_id = "payout_members_table", params(("id" = String, Path), MembersQuery), responses(
        (status = 200, content_type = "text/csv", body = String), (status = 403, body = ProblemDetails),
        (status = 404, body = ProblemDetails),
    (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn members_table(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    Path(id): Path<String>,
    ValidQuery(query): ValidQuery<MembersQuery>,
) -> ApiResult {
    let cursor = query.cursor.as_deref();
    let found = state.payouts().members_file(&portal, &id, cursor, clock::now()).await?;
    let body = members_csv(&found).map_err(Error::internal)?;
    csv(&format!("payout-{}", found.payout.id), found.next, body)
}
