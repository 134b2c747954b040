//! Blnk Cloud's dashboard: a web page and the JSON API behind it.

use std::sync::Arc;

use axum::Router;
use axum::response::Html;
use axum::routing::get;

use crate::world::World;

/// The dashboard's routes.
pub fn router(world: Arc<World>) -> Router {
    Router::new().route("/", get(index)).with_state(world)
}

async fn index() -> Html<&'static str> {
    Html("<!doctype html><title>Blnk Cloud (sandbox)</title><h1>Blnk Cloud (sandbox)</h1>")
}
