//! The preview of a sync: what it would make, before anything is written.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::runs::RunStarted;
use crate::extract::Authenticated;
use crate::state::{State, call};

/// Starts a preview of a sync, which reads and counts the whole history and writes nothing. The
/// result is part of its run.
#[utoipa::path(post, path = "/portal/api/preview", responses(
    (status = 202, body = RunStarted), (status = 403, body = ProblemDetails),
    (status = 409, body = ProblemDetails)))]
pub(crate) async fn start_preview(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
) -> ApiResult {
    let started = state.runs().preview(&portal, call()).await?;
    Ok((StatusCode::ACCEPTED, Json(RunStarted::of(&started))).into_response())
}
