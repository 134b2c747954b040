//! Runs: started, listed, stopped, approved.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use stripe_sync::model::certificate::kept::StoredCertificate;
use stripe_sync::model::error::Error;
use stripe_sync::platform::store::runs::history::{MAX_RUNS_PAGE, RunPage as History};
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::run_table::runs_csv;
use crate::dto::runs::{
    ApproveRequest, RunDetail, RunPage, RunRequest, RunStarted, RunSummary, RunsQuery, Tallies,
};
use crate::extract::{Authenticated, Reader, ValidJson, ValidQuery, Writer, page_size, parse_id};
use crate::file::csv;
use crate::state::{State, call};

/// Starts a sync, or wakes the open run. Without data:write it reads and compares, and posts
/// nothing.
#[utoipa::path(post, path = "/portal/api/runs", request_body = RunRequest, responses(
    (status = 202, body = RunStarted), (status = 403, body = ProblemDetails),
    (status = 409, body = ProblemDetails)))]
pub(crate) async fn start_run(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidJson(wanted): ValidJson<RunRequest>,
) -> ApiResult {
    let started = state.runs().sync(&portal, wanted.scope.into(), call()).await?;
    Ok((StatusCode::ACCEPTED, Json(RunStarted::of(&started))).into_response())
}

/// The runs, newest first. A page may hold fewer than asked for although more follow.
#[utoipa::path(get, path = "/portal/api/runs", params(RunsQuery),
    responses((status = 200, body = RunPage), (status = 400, body = ProblemDetails),
        (status = 401, body = ProblemDetails)))]
pub(crate) async fn runs(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidQuery(query): ValidQuery<RunsQuery>,
) -> ApiResult<Json<RunPage>> {
    let (wanted, limit) = (query.wanted()?, page_size(query.limit, MAX_RUNS_PAGE));
    let Some(connection) = &portal.connection else {
        let tallies = Tallies::of(&portal, None);
        return Ok(Json(RunPage { runs: Vec::new(), next: None, tallies }));
    };
    let runs = state.store().runs();
    let page = runs.page(&portal.install, connection.connection, &wanted, limit).await?;
    let open = match connection.current_run {
        // It is the newest: most pages that could show it do.
        Some(id) => match page.runs.iter().find(|run| run.id == id) {
            Some(shown) => Some(shown.clone()),
            None => runs.get(&portal.install, connection.connection, id).await?,
        },
        None => None,
    };
    Ok(Json(RunPage {
        runs: page.runs.iter().map(RunSummary::of).collect(),
        next: page.next.map(|id| id.to_string()),
        tallies: Tallies::of(&portal, open.as_ref()),
    }))
}

/// The same as a file, at most 1,000 runs. The header `next-cursor` is where the next file begins,
/// as `before`.
#[utoipa::path(get, path = "/portal/api/runs.csv", operation_id = "runs_table", params(RunsQuery),
    responses(
        (status = 200, content_type = "text/csv", body = String), (status = 400, body = ProblemDetails),
        (status = 401, body = ProblemDetails)))]
pub(crate) async fn runs_table(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidQuery(query): ValidQuery<RunsQuery>,
) -> ApiResult {
    let wanted = query.wanted()?;
    let file = match &portal.connection {
        Some(connection) => {
            state.store().runs().file(&portal.install, connection.connection, &wanted).await?
        }
        None => History { runs: Vec::new(), next: None },
    };
    let body = runs_csv(&file.runs).map_err(Error::internal)?;
    csv("syncs", file.next.map(|id| id.to_string()), body)
}

/// One run in its current state.
#[utoipa::path(get, path = "/portal/api/runs/{id}", params(("id" = String, Path)),
    responses((status = 200, body = RunDetail), (status = 404, body = ProblemDetails)))]
pub(crate) async fn run(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult<Json<RunDetail>> {
    let connection = portal.connection.as_ref().ok_or(Error::NotFound)?;
    let mut run = state
        .store()
        .runs()
        .get(&portal.install, connection.connection, parse_id(&id)?)
        .await?
        .ok_or(Error::NotFound)?;
    let proof = match (run.proof.take(), run.certificate) {
        (None, Some(id)) => {
            state.store().certificates().get(&portal.install, connection.connection, id).await?
        }
        (stored, _) => stored.map(Box::new).map(StoredCertificate::Whole),
    };
    Ok(Json(RunDetail::of(&run, proof.as_ref())))
}

/// Requests a run to stop. It ends before its next page.
#[utoipa::path(post, path = "/portal/api/runs/{id}/stop", params(("id" = String, Path)), responses(
    (status = 202, body = RunSummary), (status = 404, body = ProblemDetails),
    (status = 409, body = ProblemDetails)))]
pub(crate) async fn stop_run(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult {
    let run = state.runs().stop(&portal, parse_id(&id)?, call()).await?;
    Ok((StatusCode::ACCEPTED, Json(RunSummary::of(&run))).into_response())
}

/// Approves what a run waits for, and continues it. The approval covers only what the run's error
/// named.
#[utoipa::path(post, path = "/portal/api/runs/{id}/approve", params(("id" = String, Path)),
    request_body = ApproveRequest, responses(
        (status = 202, body = RunSummary), (status = 403, body = ProblemDetails),
        (status = 404, body = ProblemDetails), (status = 409, body = ProblemDetails)))]
pub(crate) async fn approve_run(
    Extract(state): Extract<Arc<State>>,
    Writer(portal): Writer,
    Path(id): Path<String>,
    ValidJson(request): ValidJson<ApproveRequest>,
) -> ApiResult {
    let run = state.runs().approve(&portal, parse_id(&id)?, &request.code, call()).await?;
    Ok((StatusCode::ACCEPTED, Json(RunSummary::of(&run))).into_response())
}
