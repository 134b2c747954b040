//! Account rules: accounts for movements that the app has no rule for.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Extract};
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::account_rules::{
    AccountRuleChanged, AccountRuleEndRequest, AccountRulePreview, AccountRulePreviewRequest,
    AccountRuleRequest, AccountRules,
};
use crate::extract::{Reader, ValidJson, Writer, parse_id};
use crate::state::State;

/// The account rules, and the movements in suspense by Stripe's names for them.
#[utoipa::path(get, path = "/portal/api/account-rules", operation_id = "account_rules", responses(
    (status = 200, body = AccountRules), (status = 403, body = ProblemDetails),
    (status = 409, body = ProblemDetails)))]
pub(crate) async fn list(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
) -> ApiResult<Json<AccountRules>> {
    let listed = state.account_rules().list(&portal).await?;
    Ok(Json(AccountRules::of(&listed, portal.settings.revision, clock::now())))
}

/// Returns what a rule would do: from when it holds, what stays in suspense, and why it cannot be
/// saved. Stores nothing.
#[utoipa::path(post, path = "/portal/api/account-rules/preview",
    operation_id = "preview_account_rule", request_body = AccountRulePreviewRequest, responses(
        (status = 200, body = AccountRulePreview), (status = 403, body = ProblemDetails),
        (status = 409, body = ProblemDetails)))]
pub(crate) async fn preview(
    Extract(state): Extract<Arc<State>>,
    Reader(portal): Reader,
    ValidJson(request): ValidJson<AccountRulePreviewRequest>,
) -> ApiResult<Json<AccountRulePreview>> {
    let wanted = request.wanted();
    let previewed = state.account_rules().preview(&portal, &wanted, clock::now()).await?;
    Ok(Json(AccountRulePreview::of(previewed)))
}

/// Saves a rule for movements that Stripe creates after the delay. Posted entries do not change.
/// Repeating the request changes nothing.
#[utoipa::path(post, path = "/portal/api/account-rules", operation_id = "add_account_rule",
    request_body = AccountRuleRequest, responses(
        (status = 200, body = AccountRuleChanged), (status = 403, body = ProblemDetails),
        (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn add(
    Extract(state): Extract<Arc<State>>,
    Writer(portal): Writer,
    ValidJson(request): ValidJson<AccountRuleRequest>,
) -> ApiResult<Json<AccountRuleChanged>> {
    let (revision, now) = (request.revision, clock::now());
    let (rule_id, audit_id) = (clock::new_ulid(), clock::new_ulid());
    let wanted = request.wanted();
    let done =
        state.account_rules().save(&portal, wanted, revision, rule_id, audit_id, now).await?;
    Ok(Json(AccountRuleChanged::of(&done, now)))
}

/// Ends a rule for movements that Stripe creates after the delay. Entries that it posted stay where
/// they are. Repeating the request changes nothing.
#[utoipa::path(post, path = "/portal/api/account-rules/{id}/end", operation_id = "end_account_rule",
    params(("id" = String, Path, description = "The id of the rule.")),
    request_body = AccountRuleEndRequest, responses(
        (status = 200, body = AccountRuleChanged), (status = 403, body = ProblemDetails),
        (status = 404, body = ProblemDetails), (status = 409, body = ProblemDetails)))]
pub(crate) async fn end(
    Extract(state): Extract<Arc<State>>,
    Writer(portal): Writer,
    Path(id): Path<String>,
    ValidJson(request): ValidJson<AccountRuleEndRequest>,
) -> ApiResult<Json<AccountRuleChanged>> {
    let (id, now) = (parse_id(&id)?, clock::now());
    let rules = state.account_rules();
    let done = rules.end(&portal, id, request.revision, clock::new_ulid(), now).await?;
    Ok(Json(AccountRuleChanged::of(&done, now)))
}
