//! Blnk Cloud's dashboard: a web page and the JSON API behind it.
//!
//! The page is plain HTML, CSS and ES modules, built into the binary; it calls `/api/…` on its own
//! origin and nothing else.

mod api;
mod assets;
mod by_hand;
mod guard;
mod ledger;
mod refused;

use std::sync::Arc;

use axum::Router;
use axum::middleware;

use crate::faults;
use crate::stripe;
use crate::world::World;

/// The dashboard's routes.
pub fn router(world: Arc<World>) -> Router {
    let stripe = stripe::control_router(Arc::clone(&world.stripe));
    let faults = faults::control_router(Arc::clone(&world.faults));
    let api = api::routes()
        .merge(ledger::routes())
        .merge(by_hand::routes())
        .with_state(world)
        .merge(faults)
        .nest("/stripe", stripe)
        .fallback(refused::not_found)
        .layer(middleware::from_fn(guard::same_origin));
    assets::routes().nest("/api", api)
}
