//! The scopes of the install.

use axum::Json;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::permissions::Permissions;
use crate::extract::Authenticated;

/// The granted permissions, each with its purpose.
#[utoipa::path(get, path = "/portal/api/permissions",
    responses((status = 200, body = Permissions), (status = 401, body = ProblemDetails)))]
pub(crate) async fn permissions(
    Authenticated(portal): Authenticated,
) -> ApiResult<Json<Permissions>> {
    Ok(Json(Permissions::of(&portal)))
}
