//! The settings of the install: read, and replaced whole.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::settings::{ChangeQuery, SettingsChange, SettingsChanged, SettingsView};
use crate::extract::{Authenticated, Reader, ValidJson, ValidQuery};
use crate::state::State;

/// The settings of this install.
#[utoipa::path(get, path = "/portal/api/settings",
    responses((status = 200, body = SettingsView), (status = 401, body = ProblemDetails)))]
pub(crate) async fn settings(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
) -> ApiResult<Json<SettingsView>> {
    Ok(Json(SettingsView::of(&portal, &portal.settings, &state.schedules)?))
}

/// Replaces the settings and returns what will differ. They apply from the next sync on; posted
/// entries do not change.
#[utoipa::path(put, path = "/portal/api/settings", params(ChangeQuery),
    request_body = SettingsChange, responses(
        (status = 200, body = SettingsChanged), (status = 403, body = ProblemDetails),
        (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn change_settings(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<ChangeQuery>,
    ValidJson(change): ValidJson<SettingsChange>,
) -> ApiResult<Json<SettingsChanged>> {
    let (settings, now) = (change.settings(&portal.settings)?, clock::now());
    let changed = if query.dry_run {
        state.settings().look(&portal, settings, now).await?
    } else {
        state.settings().save(&portal, settings, clock::new_ulid(), now).await?
    };
    Ok(Json(SettingsChanged::of(&portal, changed, &state.schedules)?))
}
