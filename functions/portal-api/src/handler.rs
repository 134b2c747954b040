//! Routes, state, and the page itself.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use stripe_sync::app::connect::connector::Connector;
use stripe_sync::model::freshness::Freshness;
use stripe_sync::model::session::{Portal, SessionLimits};
use stripe_sync::platform::clock;
use stripe_sync::platform::schedule::Schedules;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::web::{method_not_allowed, not_found, observe};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::dto::RunFilter;
use crate::{api, assets, certificates, objects, preview, problems, settings, webhook};

/// Built once at a cold start.
pub(crate) struct State {
    pub(crate) connector: Connector,
    pub(crate) session_secret: Secret,
    pub(crate) limits: SessionLimits,
    pub(crate) public_base_url: String,
    /// Sources that may frame the page, space-separated as in a policy.
    pub(crate) dashboard_origins: String,
    pub(crate) dashboard_url: Option<String>,
    pub(crate) schedules: Schedules,
}

impl State {
    /// Lets the schedule follow what was stored. A failure undoes nothing: the hourly sweep sets the schedule right.
    pub(crate) async fn settle_schedule(&self, portal: &Portal) -> bool {
        let settled = self.schedules.settle(&self.connector.store, &portal.install, &portal.generation).await;
        if let Err(error) = &settled {
            tracing::warn!(install = %portal.install, cause = %error.chain(), "the schedule does not follow yet");
        }
        settled.is_ok()
    }

    /// How old the newest proof is.
    pub(crate) fn freshness(&self, portal: &Portal) -> Option<Freshness> {
        let newest = portal.summary.as_ref().and_then(|summary| summary.last_proof.as_ref()).map(|proof| proof.at);
        Freshness::of(portal.connection.as_ref()?, newest, self.schedules.minutes(portal.settings.interval), clock::now())
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Stripe Sync for Blnk Cloud: portal API", description = "What the portal's page asks of its own backend."),
    // A query parameter refers to its type; only the types of bodies are collected by themselves.
    components(schemas(RunFilter)),
    security(("session" = [])),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("session", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

fn described() -> OpenApiRouter<Arc<State>> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(api::open_session))
        .routes(routes!(api::overview))
        .routes(routes!(api::permissions))
        .routes(routes!(api::connect, api::disconnect))
        .routes(routes!(webhook::realtime, webhook::renew))
        .routes(routes!(webhook::set_secret))
        .routes(routes!(settings::settings, settings::change_settings))
        .routes(routes!(api::start_run, api::runs))
        .routes(routes!(api::run))
        .routes(routes!(api::stop_run))
        .routes(routes!(problems::list))
        .routes(routes!(problems::kinds))
        .routes(routes!(problems::retry))
        .routes(routes!(problems::dismiss))
        .routes(routes!(problems::reopen))
        .routes(routes!(objects::list))
        .routes(routes!(preview::start_preview))
        .routes(routes!(preview::approve_run))
        .routes(routes!(certificates::certificates))
        .routes(routes!(certificates::certificate))
        .routes(routes!(certificates::document))
        .routes(routes!(certificates::table))
}

/// The OpenAPI document, from the routes themselves.
#[cfg(test)]
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    crate::openapi::complete(described().split_for_parts().1)
}

pub(crate) fn router(state: Arc<State>) -> Router {
    let (api, _) = described().split_for_parts();
    api.route("/portal", get(page))
        .route("/portal/assets/{file}", get(asset))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::middleware::from_fn(observe))
        .with_state(state)
}

/// The page. It is the same for everybody: the token in its URL is read by its script alone, and opening the page uses nothing up.
async fn page(Extract(state): Extract<Arc<State>>, headers: HeaderMap) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self' {}",
        state.dashboard_origins
    );
    let Ok(policy) = HeaderValue::from_str(&policy) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = file(&assets::PAGE, &headers);
    let set = response.headers_mut();
    set.insert(header::CONTENT_SECURITY_POLICY, policy);
    set.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A file of the page. Its name holds a hash of its content, so it never changes.
async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(found) = assets::ASSETS.iter().find(|asset| asset.name == name) else { return not_found().await };
    let mut response = file(found, &headers);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}

fn file(asset: &assets::Asset, headers: &HeaderMap) -> Response {
    let zipped =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|accepted| accepted.contains("gzip"));
    let mut response = if zipped { asset.gzip.into_response() } else { asset.plain.into_response() };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    set.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if zipped {
        set.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
