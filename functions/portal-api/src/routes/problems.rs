//! Problems, and a person's actions on them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use stripe_sync::app::reversing_entry::reversing_entry as prepare;
use stripe_sync::model::error::Error;
use stripe_sync::platform::clock;
use stripe_sync::platform::store::problems::actions::ProblemAction;
use stripe_sync::platform::store::problems::reads::MAX_PROBLEMS_PAGE;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::problems::{
    DismissRequest, Problem, ProblemKinds, ProblemPage, ProblemsChanged, ProblemsQuery,
    ReopenRequest, RetryRequest, problem_id,
};
use crate::dto::reversing_entry::ReversingEntry;
use crate::extract::{Authenticated, Reader, ValidJson, ValidQuery, Writer, page_size};
use crate::state::{State, call};

/// The problems: what could not be posted, read, matched or classified.
#[utoipa::path(get, path = "/portal/api/problems", operation_id = "problems", params(ProblemsQuery),
    responses(
    (status = 200, body = ProblemPage), (status = 401, body = ProblemDetails)))]
pub(crate) async fn list(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidQuery(query): ValidQuery<ProblemsQuery>,
) -> ApiResult<Json<ProblemPage>> {
    let Some(connection) = &portal.connection else {
        return Ok(Json(ProblemPage { problems: Vec::new(), next: None }));
    };
    let (filter, limit) = (query.filter()?, page_size(query.limit, MAX_PROBLEMS_PAGE));
    let page = state
        .store()
        .problems()
        .page(&portal.install, connection.connection, &filter, query.before.as_deref(), limit)
        .await?;
    Ok(Json(ProblemPage {
        problems: page.problems.into_iter().map(Problem::of).collect(),
        next: page.next,
    }))
}

/// The number of problems of each kind.
#[utoipa::path(get, path = "/portal/api/problems/kinds", operation_id = "problem_kinds", responses(
    (status = 200, body = ProblemKinds), (status = 401, body = ProblemDetails)))]
pub(crate) async fn kinds(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
) -> ApiResult<Json<ProblemKinds>> {
    let Some(connection) = &portal.connection else {
        return Ok(Json(ProblemKinds { kinds: Vec::new(), complete: true }));
    };
    Ok(Json(ProblemKinds::of(
        state.store().problems().kinds(&portal.install, connection.connection).await?,
    )))
}

/// One problem, in whatever state.
#[utoipa::path(get, path = "/portal/api/problems/{id}", operation_id = "problem",
    params(("id" = String, Path)), responses(
        (status = 200, body = Problem), (status = 401, body = ProblemDetails),
        (status = 404, body = ProblemDetails)))]
pub(crate) async fn one(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Path(id): Path<String>,
) -> ApiResult<Json<Problem>> {
    let connection = portal.connection.as_ref().ok_or(Error::NotFound)?;
    let id = problem_id(&id)?;
    let found = state.store().problems().get(&portal.install, connection.connection, id).await?;
    Ok(Json(Problem::of(found.ok_or(Error::NotFound)?)))
}

/// The entry that reverses what someone else posted to the ledger, for a person to post: with its
/// accounts swapped. The app never posts it.
#[utoipa::path(get, path = "/portal/api/problems/{id}/reversing-entry",
    operation_id = "reversing_entry", params(("id" = String, Path)), responses(
        (status = 200, body = ReversingEntry), (status = 403, body = ProblemDetails),
        (status = 404, body = ProblemDetails),
    (status = 409, body = ProblemDetails)))]
pub(crate) async fn reversing_entry(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    Path(id): Path<String>,
) -> ApiResult<Json<ReversingEntry>> {
    let id = problem_id(&id)?;
    let entry = Box::pin(prepare(&state.connector, &portal, id)).await?;
    Ok(Json(ReversingEntry::of(&entry)?))
}

/// Requests a retry: the next sync reads the records again, wherever they are in the history, and
/// posts what is missing.
#[utoipa::path(post, path = "/portal/api/problems/retry", operation_id = "retry_problems",
    request_body = RetryRequest, responses(
        (status = 200, body = ProblemsChanged), (status = 403, body = ProblemDetails),
        (status = 409, body = ProblemDetails)))]
pub(crate) async fn retry(
    Extract(state): Extract<Arc<State>>,
    Writer(portal): Writer,
    ValidJson(request): ValidJson<RetryRequest>,
) -> ApiResult<Json<ProblemsChanged>> {
    let changed = state.problems().retry(&portal, request.which()?, call()).await?;
    Ok(Json(ProblemsChanged::of(&changed)))
}

/// Dismisses problems, with a reason. The differences that they cause remain.
#[utoipa::path(post, path = "/portal/api/problems/dismiss", operation_id = "dismiss_problems",
    request_body = DismissRequest, responses(
    (status = 200, body = ProblemsChanged), (status = 409, body = ProblemDetails)))]
pub(crate) async fn dismiss(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidJson(request): ValidJson<DismissRequest>,
) -> ApiResult<Json<ProblemsChanged>> {
    let (which, reason) = request.checked()?;
    let changed = state.problems().dismiss(&portal, which, reason, clock::now()).await?;
    Ok(Json(ProblemsChanged::of(&changed)))
}

/// Reopens dismissed problems.
#[utoipa::path(post, path = "/portal/api/problems/reopen", operation_id = "reopen_problems",
    request_body = ReopenRequest, responses(
    (status = 200, body = ProblemsChanged), (status = 409, body = ProblemDetails)))]
pub(crate) async fn reopen(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidJson(request): ValidJson<ReopenRequest>,
) -> ApiResult<Json<ProblemsChanged>> {
    let changed = state
        .problems()
        .settle(&portal, &request.checked()?, &ProblemAction::Reopen, clock::now())
        .await?;
    Ok(Json(ProblemsChanged::of(&changed)))
}
