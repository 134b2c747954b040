//! Notices: their settings, the secret of the webhook, a test, and the deliveries of the messages.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::platform::clock;
use stripe_sync::platform::store::notices::MAX_NOTICES_PAGE;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::notices::{
    DeliveriesQuery, NoticeDeliveries, NoticeDelivery, NoticeSecretChange, NoticeTest,
    NoticesChange, NoticesSaved, NoticesView,
};
use crate::extract::{Reader, ValidJson, ValidQuery, Writer, page_size, page_start};
use crate::state::State;

/// The notice settings.
#[utoipa::path(get, path = "/portal/api/notices", responses(
    (status = 200, body = NoticesView), (status = 403, body = ProblemDetails)))]
pub(crate) async fn notices(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
) -> ApiResult<Json<NoticesView>> {
    Ok(Json(NoticesView::of(&portal.settings, &state.notifier, clock::now())))
}

/// Replaces the notice settings. The first webhook gets a secret, which only this response
/// contains.
#[utoipa::path(put, path = "/portal/api/notices", request_body = NoticesChange, responses(
    (status = 200, body = NoticesSaved), (status = 403, body = ProblemDetails),
    (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn change_notices(
    Extract(state): Extract<Arc<State>>,
    Writer(portal): Writer,
    ValidJson(change): ValidJson<NoticesChange>,
) -> ApiResult<Json<NoticesSaved>> {
    let now = clock::now();
    let saved = state.notices().save(&portal, change.wanted(), clock::new_ulid(), now).await?;
    Ok(Json(NoticesSaved::of(&saved, &state.notifier, now)))
}

/// Replaces the secret of the webhook. The previous secret also signs for one more day.
#[utoipa::path(post, path = "/portal/api/notices/secret", request_body = NoticeSecretChange,
    responses(
        (status = 200, body = NoticesSaved), (status = 403, body = ProblemDetails),
        (status = 409, body = ProblemDetails)))]
pub(crate) async fn replace_notice_secret(
    Extract(state): Extract<Arc<State>>,
    Writer(portal): Writer,
    ValidJson(change): ValidJson<NoticeSecretChange>,
) -> ApiResult<Json<NoticesSaved>> {
    let now = clock::now();
    let id = clock::new_ulid();
    let saved = state.notices().replace_secret(&portal, change.revision, id, now).await?;
    Ok(Json(NoticesSaved::of(&saved, &state.notifier, now)))
}

/// Sends a test now and returns the receiver's response.
#[utoipa::path(post, path = "/portal/api/notices/test", request_body = NoticeTest, responses(
    (status = 200, body = NoticeDelivery), (status = 403, body = ProblemDetails),
    (status = 409, body = ProblemDetails)))]
pub(crate) async fn test_notice(
    Extract(state): Extract<Arc<State>>,
    Writer(portal): Writer,
    ValidJson(test): ValidJson<NoticeTest>,
) -> ApiResult<Json<NoticeDelivery>> {
    let now = clock::now();
    let (message_id, audit_id) = (clock::new_ulid(), clock::new_ulid());
    let sent = state.notices().test(&portal, test.channel, message_id, audit_id, now).await?;
    Ok(Json(NoticeDelivery::of(sent, now)))
}

/// The messages with the state of their deliveries, newest first.
#[utoipa::path(get, path = "/portal/api/notices/deliveries", params(DeliveriesQuery), responses(
    (status = 200, body = NoticeDeliveries), (status = 403, body = ProblemDetails)))]
pub(crate) async fn notice_deliveries(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidQuery(query): ValidQuery<DeliveriesQuery>,
) -> ApiResult<Json<NoticeDeliveries>> {
    let before = page_start(query.before.as_deref())?;
    let limit = page_size(query.limit, MAX_NOTICES_PAGE);
    let page = state.notices().deliveries(&portal, before, limit).await?;
    Ok(Json(NoticeDeliveries::of(page, clock::now())))
}
