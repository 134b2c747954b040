//! Faults and calls over HTTP: for scripts in the control API, for people in the dashboard's.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::{CallFilter, CallKey, Fault, FaultSpec, Faults};

type Shared = State<Arc<Faults>>;

/// Why a call was refused: a status and a text.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// The routes: `/faults` and `/calls`.
pub fn control_router(faults: Arc<Faults>) -> Router {
    Router::new()
        .route("/faults", get(list).post(add).delete(clear))
        .route("/faults/{id}", delete(remove))
        .route("/calls", get(calls).delete(forget))
        .with_state(faults)
}

#[derive(Serialize)]
struct Added {
    id: u64,
}

async fn add(State(faults): Shared, bytes: Bytes) -> Result<Json<Added>, Refused> {
    let refused = |why: String| Refused(StatusCode::BAD_REQUEST, why);
    let spec: FaultSpec =
        serde_json::from_slice(&bytes).map_err(|error| refused(error.to_string()))?;
    spec.check().map_err(refused)?;
    Ok(Json(Added { id: faults.add(spec) }))
}

#[derive(Serialize)]
struct Listed {
    faults: Vec<Fault>,
}

async fn list(State(faults): Shared) -> Json<Listed> {
    Json(Listed { faults: faults.list() })
}

#[derive(Serialize)]
struct Removed {
    removed: usize,
}

async fn clear(State(faults): Shared) -> Json<Removed> {
    Json(Removed { removed: faults.remove(None) })
}

async fn remove(State(faults): Shared, Path(id): Path<u64>) -> Result<Json<Removed>, Refused> {
    match faults.remove(Some(id)) {
        0 => Err(Refused(StatusCode::NOT_FOUND, format!("no fault {id}"))),
        removed => Ok(Json(Removed { removed })),
    }
}

#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    key: CallKey,
    count: u64,
}

#[derive(Serialize)]
struct Calls {
    total: u64,
    calls: Vec<Line>,
}

async fn calls(State(faults): Shared, Query(filter): Query<CallFilter>) -> Json<Calls> {
    let calls: Vec<_> =
        faults.calls(&filter).into_iter().map(|(key, count)| Line { key, count }).collect();
    Json(Calls { total: calls.iter().map(|line| line.count).sum(), calls })
}

async fn forget(State(faults): Shared, Query(filter): Query<CallFilter>) -> Json<Value> {
    faults.forget_calls(&filter);
    Json(json!({}))
}
