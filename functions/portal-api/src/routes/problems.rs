//! Problems, and what a person does about them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::platform::clock;
use stripe_sync::platform::store::problems::actions::ProblemAction;
use stripe_sync::platform::store::problems::reads::MAX_PROBLEMS_PAGE;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::problems::{
    DismissRequest, Problem, ProblemKinds, ProblemPage, ProblemsChanged, ProblemsQuery, ReopenRequest, RetryRequest,
};
use crate::extract::{Authenticated, ValidJson, ValidQuery, Writer, page_size};
use crate::state::{State, call};

/// What could not be posted, read, matched or understood.
#[utoipa::path(get, path = "/portal/api/problems", operation_id = "problems", params(ProblemsQuery), responses(
    (status = 200, body = ProblemPage), (status = 401, body = ProblemDetails)))]
pub(crate) async fn list(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidQuery(query): ValidQuery<ProblemsQuery>,
) -> ApiResult<Json<ProblemPage>> {
    let Some(connection) = &portal.connection else { return Ok(Json(ProblemPage { problems: Vec::new(), next: None })) };
    let (filter, limit) = (query.filter()?, page_size(query.limit, MAX_PROBLEMS_PAGE));
    let page = state.store().problems().page(&portal.install, connection.connection, &filter, query.before.as_deref(), limit).await?;
    Ok(Json(ProblemPage { problems: page.problems.into_iter().map(Problem::of).collect(), next: page.next }))
}

/// Which kinds of problems there are, and how many of each.
#[utoipa::path(get, path = "/portal/api/problems/kinds", operation_id = "problem_kinds", responses(
    (status = 200, body = ProblemKinds), (status = 401, body = ProblemDetails)))]
pub(crate) async fn kinds(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated) -> ApiResult<Json<ProblemKinds>> {
    let Some(connection) = &portal.connection else { return Ok(Json(ProblemKinds { kinds: Vec::new(), complete: true })) };
    Ok(Json(ProblemKinds::of(state.store().problems().kinds(&portal.install, connection.connection).await?)))
}

/// Tries again: the next sync reads the records anew, wherever in the history they lie, and posts what is missing of them.
#[utoipa::path(post, path = "/portal/api/problems/retry", operation_id = "retry_problems", request_body = RetryRequest, responses(
    (status = 200, body = ProblemsChanged), (status = 403, body = ProblemDetails), (status = 409, body = ProblemDetails)))]
pub(crate) async fn retry(
    Extract(state): Extract<Arc<State>>,
    Writer(portal): Writer,
    ValidJson(request): ValidJson<RetryRequest>,
) -> ApiResult<Json<ProblemsChanged>> {
    let changed = state.problems().retry(&portal, request.which()?, call()).await?;
    Ok(Json(ProblemsChanged::of(&changed)))
}

/// Says that problems may stay as they are, and why. A difference that they make stays a difference.
#[utoipa::path(post, path = "/portal/api/problems/dismiss", operation_id = "dismiss_problems", request_body = DismissRequest, responses(
    (status = 200, body = ProblemsChanged), (status = 409, body = ProblemDetails)))]
pub(crate) async fn dismiss(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidJson(request): ValidJson<DismissRequest>,
) -> ApiResult<Json<ProblemsChanged>> {
    let (ids, reason) = request.checked()?;
    let changed = state.problems().settle(&portal, &ids, &ProblemAction::Dismiss(reason), clock::now()).await?;
    Ok(Json(ProblemsChanged::of(&changed)))
}

/// Opens dismissed problems again.
#[utoipa::path(post, path = "/portal/api/problems/reopen", operation_id = "reopen_problems", request_body = ReopenRequest, responses(
    (status = 200, body = ProblemsChanged), (status = 409, body = ProblemDetails)))]
pub(crate) async fn reopen(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidJson(request): ValidJson<ReopenRequest>,
) -> ApiResult<Json<ProblemsChanged>> {
    let changed = state.problems().settle(&portal, &request.checked()?, &ProblemAction::Reopen, clock::now()).await?;
    Ok(Json(ProblemsChanged::of(&changed)))
}
