//! The control API: what tests and scripts do to the world from outside.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::clock;
use crate::cloud::instances::core_target;
use crate::cloud::lifecycle::{InstallSpec, LaunchSpec, UninstallSpec};
use crate::core;
use crate::faults;
use crate::stripe;
use crate::world::World;

type Shared = State<Arc<World>>;
type Answer = Result<Response, Refused>;

/// Why a control call was refused: 404 or 400, and a text.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn missing(what: impl Into<String>) -> Refused {
    Refused(StatusCode::NOT_FOUND, what.into())
}

/// The control API's routes.
pub fn router(world: Arc<World>) -> Router {
    let stripe = stripe::control_router(Arc::clone(&world.stripe));
    let ledgers = core::control_router(Arc::clone(&world.core));
    let faults = faults::control_router(Arc::clone(&world.faults));
    Router::new()
        .route("/health", get(health))
        .route("/cloud/apps", post(register_app).get(apps))
        .route("/cloud/install", post(install))
        .route("/cloud/installs", get(installs))
        .route("/cloud/installs/{id}", get(one_install))
        .route("/cloud/installs/{id}/launch", post(launch))
        .route("/cloud/installs/{id}/uninstall", post(uninstall))
        .route("/cloud/installs/{id}/revoke-key", post(revoke_key))
        .route("/cloud/instances", post(add_instance))
        .route("/cloud/instances/{id}", get(instance))
        .route("/cloud/instances/{id}/settings", post(set_switches))
        .with_state(world)
        .merge(faults)
        .nest("/stripe", stripe)
        .nest("/core", ledgers)
}

async fn health(State(world): Shared) -> Json<Value> {
    Json(json!({"status": "UP", "urls": world.urls}))
}

/// A body of JSON; no body at all reads as `{}`.
fn body<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let refused = |error: serde_json::Error| Refused(StatusCode::BAD_REQUEST, error.to_string());
    serde_json::from_slice(bytes).map_err(refused)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppSpec {
    name: Option<String>,
    callback_url: String,
    portal_url: String,
    permissions: Option<Vec<String>>,
}

async fn register_app(State(world): Shared, bytes: axum::body::Bytes) -> Answer {
    let spec: AppSpec = body(&bytes)?;
    let name = spec.name.as_deref().unwrap_or("Custom App");
    let app =
        world.cloud.register_app(name, &spec.callback_url, &spec.portal_url, spec.permissions);
    Ok(Json(json!({"app_id": app.app_id})).into_response())
}

async fn apps(State(world): Shared) -> Json<Value> {
    let state = world.cloud.state();
    Json(json!({"apps": state.apps.values().collect::<Vec<_>>()}))
}

async fn install(State(world): Shared, bytes: axum::body::Bytes) -> Answer {
    let spec: InstallSpec = body(&bytes)?;
    let installed = world.cloud.install(spec).await.map_err(missing)?;
    Ok(Json(installed).into_response())
}

async fn installs(State(world): Shared) -> Json<Value> {
    let state = world.cloud.state();
    Json(json!({"installs": state.installs.values().collect::<Vec<_>>()}))
}

async fn one_install(State(world): Shared, Path(id): Path<String>) -> Answer {
    let install = world.cloud.state().installs.get(&id).cloned();
    let install = install.ok_or_else(|| missing(format!("no install {id}")))?;
    Ok(Json(install).into_response())
}

async fn launch(State(world): Shared, Path(id): Path<String>, bytes: axum::body::Bytes) -> Answer {
    let spec: LaunchSpec = body(&bytes)?;
    let launched = world.cloud.launch(&id, spec).await.map_err(missing)?;
    Ok(Json(launched).into_response())
}

async fn uninstall(
    State(world): Shared,
    Path(id): Path<String>,
    bytes: axum::body::Bytes,
) -> Answer {
    let spec: UninstallSpec = body(&bytes)?;
    let uninstalled = world.cloud.uninstall(&id, spec).await.map_err(missing)?;
    Ok(Json(uninstalled).into_response())
}

async fn revoke_key(State(world): Shared, Path(id): Path<String>) -> Answer {
    let mut state = world.cloud.state();
    let key = state.installs.get(&id).map(|install| install.api_key.clone());
    let key = key.ok_or_else(|| missing(format!("no install {id}")))?;
    state.revoke(&key);
    Ok(Json(json!({"revoked": true})).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstanceSpec {
    instance_id: String,
    organization_id: Option<String>,
    /// A Core in place of its ledger, and the key of that.
    core_url: Option<String>,
    #[serde(default)]
    core_key: String,
    #[serde(default)]
    settings: Map<String, Value>,
}

/// Adds an instance, or changes a known one.
async fn add_instance(State(world): Shared, bytes: axum::body::Bytes) -> Answer {
    let spec: InstanceSpec = body(&bytes)?;
    let refused = |message: String| Refused(StatusCode::BAD_REQUEST, message);
    let core = spec
        .core_url
        .as_deref()
        .map(|url| core_target(url, &spec.core_key))
        .transpose()
        .map_err(refused)?;
    if let Some(core) = &core {
        world.cloud.probe(core).await.map_err(refused)?;
    }
    let organization = spec.organization_id.unwrap_or_else(|| format!("org_{}", clock::hex(24)));
    world.cloud.ensure_instance(&spec.instance_id, &organization);
    if let Some(core) = core {
        world.cloud.attach_core(&spec.instance_id, core);
    }
    world.cloud.set_switches(&spec.instance_id, &spec.settings).map_err(refused)?;
    described(&world, &spec.instance_id, "").await
}

async fn set_switches(
    State(world): Shared,
    Path(id): Path<String>,
    bytes: axum::body::Bytes,
) -> Answer {
    let changes: Map<String, Value> = body(&bytes)?;
    if !world.cloud.state().instances.contains_key(&id) {
        return Err(missing(format!("no instance {id}")));
    }
    let set = world.cloud.set_switches(&id, &changes);
    set.map_err(|message| Refused(StatusCode::BAD_REQUEST, message))?;
    let switches = world.cloud.state().instances.get(&id).map(|instance| instance.switches);
    Ok(Json(switches).into_response())
}

#[derive(Deserialize)]
struct CountQuery {
    /// Counts only transactions whose reference begins so: a real ledger holds others too.
    #[serde(default)]
    reference_prefix: String,
}

async fn instance(
    State(world): Shared,
    Path(id): Path<String>,
    Query(query): Query<CountQuery>,
) -> Answer {
    described(&world, &id, &query.reference_prefix).await
}

async fn described(world: &World, id: &str, reference_prefix: &str) -> Answer {
    let instance = world.cloud.state().instances.get(id).cloned();
    let instance = instance.ok_or_else(|| missing(format!("no instance {id}")))?;
    let counts = world.cloud.counts(&instance.core, reference_prefix).await;
    let counts = counts.map_err(|message| Refused(StatusCode::BAD_GATEWAY, message))?;
    Ok(Json(json!({
        "instance_id": id,
        "core_key": instance.core.key,
        "core_url": instance.core.url,
        "organization_id": instance.organization_id,
        "settings": instance.switches,
        "ledgers": counts.ledgers,
        "balances": counts.balances,
        "identities": counts.identities,
        "transactions": counts.transactions,
    }))
    .into_response())
}
