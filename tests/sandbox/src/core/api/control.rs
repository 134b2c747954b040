//! What tests and scripts do to ledgers from outside: knobs, locks, state to and from a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::core::drift::DriftSpec;
use crate::core::instance::{Core, Instance};
use crate::core::knobs::KnobChange;
use crate::core::snapshot::Snapshot;
use crate::core::state::State;
use crate::core::types::Status;

type Answer = Result<Response, (StatusCode, Json<serde_json::Value>)>;

/// The routes, to be nested under `/core`.
pub fn control_router(core: Arc<Core>) -> Router {
    Router::new()
        .route("/instances/{id}/knobs", get(knobs).post(turn))
        .route("/instances/{id}/locks", post(hold))
        .route("/instances/{id}/state", get(state).put(replace))
        .route("/instances/{id}/drift", post(drift))
        .route("/save", post(save))
        // A snapshot of a large ledger is larger than any other body.
        .layer(DefaultBodyLimit::disable())
        .with_state(core)
}

fn refused(status: StatusCode, text: impl Into<String>) -> (StatusCode, Json<serde_json::Value>) {
    (status, Json(json!({"error": text.into()})))
}

fn find(core: &Core, id: &str) -> Result<Arc<Instance>, (StatusCode, Json<serde_json::Value>)> {
    core.by_instance(id)
        .ok_or_else(|| refused(StatusCode::NOT_FOUND, format!("no ledger for {id}")))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, (StatusCode, Json<serde_json::Value>)> {
    serde_json::from_slice(bytes)
        .map_err(|error| refused(StatusCode::BAD_REQUEST, error.to_string()))
}

async fn knobs(Shared(core): Shared<Arc<Core>>, Path(id): Path<String>) -> Answer {
    Ok(Json(find(&core, &id)?.knobs()).into_response())
}

async fn turn(Shared(core): Shared<Arc<Core>>, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let ledger = find(&core, &id)?;
    let change: KnobChange = parse(&bytes)?;
    let knobs = ledger.turn(change).map_err(|text| refused(StatusCode::BAD_REQUEST, text))?;
    Ok(Json(knobs).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockSpec {
    balance_id: Option<String>,
    indicator: Option<String>,
    currency: Option<String>,
    hold_ms: u64,
}

async fn hold(Shared(core): Shared<Arc<Core>>, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let ledger = find(&core, &id)?;
    let spec: LockSpec = parse(&bytes)?;
    let balance = ledger.read(|state| match (&spec.balance_id, &spec.indicator, &spec.currency) {
        (Some(id), _, _) => state.balance_ids.get(id).copied(),
        (None, Some(indicator), Some(currency)) => state.by_indicator(indicator, currency),
        _ => None,
    });
    let balance = balance.ok_or_else(|| {
        refused(StatusCode::NOT_FOUND, "no such balance (balance_id, or indicator and currency)")
    })?;
    ledger.lanes().hold(balance, Duration::from_millis(spec.hold_ms));
    Ok(Json(json!({"held_ms": spec.hold_ms})).into_response())
}

async fn state(Shared(core): Shared<Arc<Core>>, Path(id): Path<String>) -> Answer {
    let ledger = find(&core, &id)?;
    Ok(Json(ledger.read(State::snapshot)).into_response())
}

async fn replace(Shared(core): Shared<Arc<Core>>, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let ledger = find(&core, &id)?;
    let snapshot: Snapshot = parse(&bytes)?;
    ledger.restore(snapshot).map_err(|text| refused(StatusCode::BAD_REQUEST, text))?;
    Ok(Json(ledger.counts()).into_response())
}

async fn drift(Shared(core): Shared<Arc<Core>>, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let ledger = find(&core, &id)?;
    let spec: DriftSpec = parse(&bytes)?;
    let mut snapshot = ledger.read(State::snapshot);
    let references = snapshot.drift(&spec).map_err(|text| refused(StatusCode::CONFLICT, text))?;
    ledger.restore(snapshot).map_err(|text| refused(StatusCode::CONFLICT, text))?;
    Ok(Json(json!({"references": references})).into_response())
}

async fn save(Shared(core): Shared<Arc<Core>>) -> Answer {
    match core.save() {
        Ok(true) => Ok(Json(json!({"saved": true})).into_response()),
        Ok(false) => {
            Err(refused(StatusCode::CONFLICT, "the sandbox was started without --core-state"))
        }
        Err(text) => Err(refused(StatusCode::INTERNAL_SERVER_ERROR, text)),
    }
}

/// The file of `--core-state`: every ledger under its instance.
#[derive(Serialize, Deserialize)]
struct StateFile {
    instances: BTreeMap<String, Kept>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    core_key: String,
    state: Snapshot,
}

impl Instance {
    /// Puts a snapshot in place of everything it holds. What is queued in it is settled, what
    /// is held watched.
    ///
    /// # Errors
    /// Why the snapshot is none; nothing is changed then.
    pub fn restore(self: &Arc<Self>, snapshot: Snapshot) -> Result<(), String> {
        let restored = State::restore(snapshot)?;
        self.write(|state, _| *state = restored);
        let (waiting, holds) = self.read(|state| {
            let holds =
                (0_u32..).zip(state.txns()).filter(|(_, txn)| txn.status == Status::Inflight);
            (state.unsettled(), holds.map(|(row, _)| row).collect::<Vec<_>>())
        });
        for taken in waiting {
            self.settle_later(taken, false);
        }
        for hold in holds {
            self.watch_hold(hold);
        }
        Ok(())
    }
}

impl Core {
    /// Loads the ledgers of a file that a sandbox saved; a file that does not exist yet holds none.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn load(&self, file: &FilePath) -> Result<(), String> {
        if !file.exists() {
            return Ok(());
        }
        let named = |error: String| format!("{}: {error}", file.display());
        let text = fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
        let kept: StateFile =
            serde_json::from_str(&text).map_err(|error| named(error.to_string()))?;
        for (instance, kept) in kept.instances {
            self.open(&instance, &kept.core_key);
            if let Some(ledger) = self.by_key(&kept.core_key) {
                ledger
                    .restore(kept.state)
                    .map_err(|error| named(format!("{instance}: {error}")))?;
            }
        }
        Ok(())
    }

    /// Saves all ledgers to the file of `--core-state`; `false` without one.
    ///
    /// # Errors
    /// A file that cannot be written. What was there before is still there then.
    pub fn save(&self) -> Result<bool, String> {
        let Some(file) = self.file() else { return Ok(false) };
        let kept = |(key, ledger): (String, Arc<Instance>)| {
            let kept = Kept { core_key: key, state: ledger.read(State::snapshot) };
            (ledger.id().to_owned(), kept)
        };
        let file_content = StateFile { instances: self.all().into_iter().map(kept).collect() };
        let text = serde_json::to_vec(&file_content).map_err(|error| error.to_string())?;
        // Written beside and moved: a process that is killed half-way leaves the old file.
        let beside = file.with_extension("part");
        let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, file));
        written.map(|()| true).map_err(|error| format!("{}: {error}", file.display()))
    }
}
