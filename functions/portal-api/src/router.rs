//! Which route answers what.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get};
use stripe_sync::platform::web::{method_not_allowed, not_found, observe};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::{PathItemExt as _, routes};

use crate::etag;
use crate::openapi::{Document, complete};
use crate::routes::{
    account_rules, activity, attention, certificates, connection, notices, objects, overview, page,
    payouts, permissions, preview, problems, reconciling, runs, search, session, settings,
    statements, webhook,
};
use crate::state::State;

/// Takes the handlers of the API by module. The path and the method are declared at each handler.
///
/// It generates two functions: `api` serves the handlers, `described` describes them. The
/// description takes time and memory at a cold start, and nothing that is served needs it.
macro_rules! handlers {
    ($($module:ident: $($handler:ident),+;)+) => {
        fn api() -> Router<Arc<State>> {
            let router = Router::new();
            $($(let router = pastey::paste! {
                serve::<$module::[<__path_ $handler>], _, _>(router, &$module::$handler)
            };)+)+
            router
        }

        fn described() -> OpenApiRouter<Arc<State>> {
            OpenApiRouter::with_openapi(Document::openapi())
                $($(.routes(routes!($module::$handler)))+)+
        }
    };
}

handlers! {
    session: open_session, renew_session;
    overview: overview;
    attention: attention;
    activity: activity, activity_csv;
    search: search;
    permissions: permissions;
    connection: connect, disconnect;
    webhook: realtime, renew, set_secret;
    settings: settings, change_settings;
    notices: notices, change_notices, replace_notice_secret, test_notice, notice_deliveries;
    account_rules: list, add, preview, end;
    runs: start_run, runs, runs_table, run, approve_run, stop_run;
    problems: list, kinds, one, reversing_entry, retry, dismiss, reopen;
    objects: list;
    payouts: payouts, payouts_table, payout, members, members_table;
    preview: start_preview;
    certificates: certificates, certificate, document, table;
    statements: month, days, table, journal, journal_table, series;
    reconciling: reconciling_items;
}

/// Adds a handler under the path and the methods that it names.
fn serve<P: utoipa::Path, H: Handler<T, Arc<State>>, T: 'static>(
    router: Router<Arc<State>>,
    handler: &H,
) -> Router<Arc<State>> {
    let methods = P::methods();
    let methods = methods.iter().fold(MethodRouter::new(), |methods, method| {
        methods.on(method.to_method_filter(), handler.clone())
    });
    router.route(&P::path(), methods)
}

/// The OpenAPI document, from the routes themselves.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    complete(described().split_for_parts().1)
}

/// Every route of the function.
pub fn router(state: Arc<State>) -> Router {
    api()
        .route("/portal", get(page::page))
        .route("/portal/assets/{file}", get(page::asset))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::middleware::from_fn(etag::tag))
        .layer(axum::middleware::from_fn(observe))
        .with_state(state)
}
