//! Which route answers what.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use stripe_sync::platform::web::{method_not_allowed, not_found, observe};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::etag;
use crate::openapi::{Document, complete};
use crate::routes::{
    account_rules, activity, attention, certificates, connection, notices, objects, overview, page,
    payouts, permissions, preview, problems, reconciling, runs, search, session, settings,
    statements, webhook,
};
use crate::state::State;

fn described() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(session::open_session))
        .routes(routes!(session::renew_session))
        .routes(routes!(overview::overview))
        .routes(routes!(attention::attention))
        .routes(routes!(activity::activity))
        .routes(routes!(activity::activity_csv))
        .routes(routes!(search::search))
        .routes(routes!(permissions::permissions))
        .routes(routes!(connection::connect, connection::disconnect))
        .routes(routes!(webhook::realtime, webhook::renew))
        .routes(routes!(webhook::set_secret))
        .routes(routes!(settings::settings, settings::change_settings))
        .routes(routes!(notices::notices, notices::change_notices))
        .routes(routes!(notices::replace_notice_secret))
        .routes(routes!(notices::test_notice))
        .routes(routes!(notices::notice_deliveries))
        .routes(routes!(account_rules::list, account_rules::add))
        .routes(routes!(account_rules::preview))
        .routes(routes!(account_rules::end))
        .routes(routes!(runs::start_run, runs::runs))
        .routes(routes!(runs::runs_table))
        .routes(routes!(runs::run))
        .routes(routes!(runs::stop_run))
        .routes(routes!(problems::list))
        .routes(routes!(problems::kinds))
        .routes(routes!(problems::one))
        .routes(routes!(problems::reversing_entry))
        .routes(routes!(problems::retry))
        .routes(routes!(problems::dismiss))
        .routes(routes!(problems::reopen))
        .routes(routes!(objects::list))
        .routes(routes!(payouts::payouts))
        .routes(routes!(payouts::payouts_table))
        .routes(routes!(payouts::payout))
        .routes(routes!(payouts::members))
        .routes(routes!(payouts::members_table))
        .routes(routes!(preview::start_preview))
        .routes(routes!(runs::approve_run))
        .routes(routes!(certificates::certificates))
        .routes(routes!(certificates::certificate))
        .routes(routes!(certificates::document))
        .routes(routes!(certificates::table))
        .routes(routes!(statements::month))
        .routes(routes!(statements::days))
        .routes(routes!(statements::table))
        .routes(routes!(statements::journal))
        .routes(routes!(statements::journal_table))
        .routes(routes!(statements::series))
        .routes(routes!(reconciling::reconciling_items))
}

/// The OpenAPI document, from the routes themselves.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    complete(described().split_for_parts().1)
}

/// Every route of the function.
pub fn router(state: Arc<State>) -> Router {
    let (api, _) = described().split_for_parts();
    api.route("/portal", get(page::page))
        .route("/portal/assets/{file}", get(page::asset))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::middleware::from_fn(etag::tag))
        .layer(axum::middleware::from_fn(observe))
        .with_state(state)
}
