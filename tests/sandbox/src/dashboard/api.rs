//! Apps and installs, for the page: thin over what the control API uses, but with a customer's
//! permissions and no more.

use std::future::Future;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refused::Refused;
use crate::cloud::lifecycle::{InstallSpec, LaunchSpec, UninstallSpec};
use crate::cloud::state::{App, Install, State as CloudState, Status};
use crate::world::{DEFAULT_INSTANCE, World};

pub(super) type Shared = State<Arc<World>>;

/// Instances that the page offers to switch to.
const MAX_INSTANCES: usize = 200;

/// Characters of an instance's id: it becomes part of a header's value.
const MAX_INSTANCE_ID: usize = 100;

/// Characters of an app's answer that are shown.
const MAX_REASON: usize = 300;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/workspace", get(workspace))
        .route("/install", post(install))
        .route("/installs/{id}/launch", post(launch))
        .route("/installs/{id}/uninstall", post(uninstall))
}

/// The instance a call is about; without one, the default instance.
pub(super) fn instance_id(given: Option<&str>) -> Result<&str, Refused> {
    let id = given.filter(|id| !id.is_empty()).unwrap_or(DEFAULT_INSTANCE);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if id.len() > MAX_INSTANCE_ID || !id.chars().all(plain) {
        return Err(Refused::bad(
            "an instance_id has letters, digits, _ and - only, at most 100 of them",
        ));
    }
    Ok(id)
}

#[derive(Deserialize)]
struct WorkspaceQuery {
    instance_id: Option<String>,
}

/// An app as the library shows it. Its URLs are shown by their host alone: their paths may hold a
/// secret.
#[derive(Serialize)]
struct Card<'a> {
    app_id: &'a str,
    name: &'a str,
    host: Option<String>,
    permissions: &'a [String],
    install: Option<CardInstall<'a>>,
}

#[derive(Serialize)]
struct CardInstall<'a> {
    installed_app_id: &'a str,
    permissions: &'a [String],
    key_prefix: &'a str,
    status: Status,
}

async fn workspace(
    State(world): Shared,
    Query(query): Query<WorkspaceQuery>,
) -> Result<Json<Value>, Refused> {
    let id = instance_id(query.instance_id.as_deref())?;
    let state = world.cloud.state();
    let cards: Vec<_> = state.apps.values().map(|app| card(&state, app, id)).collect();
    let known = state.instances.get(id);
    let others: Vec<_> = state.instances.keys().take(MAX_INSTANCES).collect();
    Ok(Json(json!({
        "instance_id": id,
        "organization_id": known.map(|instance| &instance.organization_id),
        "known": known.is_some(),
        "instances": others,
        "apps": cards,
    })))
}

fn card<'a>(state: &'a CloudState, app: &'a App, instance: &str) -> Card<'a> {
    let host = reqwest::Url::parse(&app.callback_url).ok();
    let host = host.map(|url| url.origin().ascii_serialization());
    let install = current(state, &app.app_id, instance).map(|install| CardInstall {
        installed_app_id: &install.installed_app_id,
        permissions: &install.permissions,
        key_prefix: install.key_prefix(),
        status: install.status,
    });
    Card { app_id: &app.app_id, name: &app.name, host, permissions: &app.permissions, install }
}

/// The install of an app in an instance; there is one at most, unless the control API made more.
fn current<'a>(state: &'a CloudState, app_id: &str, instance: &str) -> Option<&'a Install> {
    let own = |install: &&Install| install.app_id == app_id && install.instance_id == instance;
    let mut own = state.installs.values().filter(own);
    own.find(|install| install.status == Status::Active)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstallRequest {
    app_id: String,
    instance_id: Option<String>,
    /// What the user leaves checked.
    permissions: Vec<String>,
}

/// How an event or a launch went, in facts that the page puts into words.
#[derive(Serialize)]
struct Outcome {
    /// Whether the app accepted.
    accepted: bool,
    /// The app's status; `null` = none before the deadline.
    callback_status: Option<u16>,
    /// What the app, or the connection to it, gave as the reason.
    reason: Option<String>,
    #[serde(flatten)]
    more: Value,
}

async fn install(State(world): Shared, body: Bytes) -> Result<Json<Outcome>, Refused> {
    let asked: InstallRequest =
        serde_json::from_slice(&body).map_err(|error| Refused::bad(error.to_string()))?;
    let instance = instance_id(asked.instance_id.as_deref())?.to_owned();
    {
        let state = world.cloud.state();
        let app = state.apps.get(&asked.app_id).ok_or_else(|| Refused::missing("no such app"))?;
        if let Some(other) = asked.permissions.iter().find(|one| !app.permissions.contains(one)) {
            return Err(Refused::bad(format!("{} does not ask for {other}", app.name)));
        }
        if current(&state, &app.app_id, &instance).is_some() {
            let why = format!("{} is installed in {instance} already", app.name);
            return Err(Refused(StatusCode::CONFLICT, why));
        }
    }
    let spec = InstallSpec {
        app_id: Some(asked.app_id),
        instance_id: Some(instance),
        permissions: Some(asked.permissions),
        ..InstallSpec::default()
    };
    let done = to_its_end(async move { world.cloud.install(spec).await }).await?;
    Ok(Json(Outcome {
        accepted: done.status == Status::Active,
        callback_status: done.callback_status,
        reason: reason(&done.body),
        more: json!({"installed_app_id": done.installed_app_id, "status": done.status,
            "elapsed_ms": done.elapsed_ms}),
    }))
}

async fn launch(State(world): Shared, Path(id): Path<String>) -> Result<Json<Outcome>, Refused> {
    let launched =
        world.cloud.launch(&id, LaunchSpec::default()).await.map_err(Refused::missing)?;
    let reason = if launched.portal_url.is_some() { None } else { reason(&launched.body) };
    Ok(Json(Outcome {
        accepted: launched.portal_url.is_some(),
        callback_status: launched.callback_status,
        reason,
        more: json!({"portal_url": launched.portal_url}),
    }))
}

async fn uninstall(State(world): Shared, Path(id): Path<String>) -> Result<Json<Outcome>, Refused> {
    let done =
        to_its_end(async move { world.cloud.uninstall(&id, UninstallSpec::default()).await })
            .await?;
    Ok(Json(Outcome {
        accepted: done.status == Status::Uninstalled,
        callback_status: done.callback_status,
        reason: reason(&done.body),
        more: json!({"status": done.status, "elapsed_ms": done.elapsed_ms}),
    }))
}

/// Runs an event to its end also when the page that started it goes away: half an install would
/// keep a live key.
async fn to_its_end<T: Send + 'static>(
    event: impl Future<Output = Result<T, String>> + Send + 'static,
) -> Result<T, Refused> {
    let ended = tokio::spawn(event).await;
    let broken = |error: tokio::task::JoinError| {
        Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    };
    ended.map_err(broken)?.map_err(Refused::missing)
}

/// The sentence of an app's answer that says most: problem+json's detail or title, an error field,
/// or its text.
fn reason(body: &Value) -> Option<String> {
    let named =
        ["detail", "title", "error", "message"].iter().find_map(|name| body.get(name)?.as_str());
    let text = named.or_else(|| body.as_str()).map(str::trim).filter(|text| !text.is_empty())?;
    Some(text.chars().take(MAX_REASON).collect())
}

#[cfg(test)]
mod tests {
    use super::{instance_id, reason};
    use serde_json::json;

    #[test]
    fn the_reason_is_what_the_app_says_in_one_sentence() {
        let problem = json!({"type": "about:blank", "title": "Conflict",
            "detail": "This install is not active.", "status": 409});
        assert_eq!(reason(&problem).as_deref(), Some("This install is not active."));
        assert_eq!(reason(&json!({"error": "nope"})).as_deref(), Some("nope"));
        assert_eq!(reason(&json!("Bad Gateway\n")).as_deref(), Some("Bad Gateway"));
        assert_eq!(reason(&json!({"ok": true})), None);
        assert_eq!(reason(&json!("x".repeat(5000))).map(|text| text.len()), Some(300));
    }

    #[test]
    fn an_instance_id_is_a_plain_word_or_the_default() {
        assert_eq!(instance_id(None).unwrap(), "inst_sandbox");
        assert_eq!(instance_id(Some("")).unwrap(), "inst_sandbox");
        assert_eq!(instance_id(Some("inst_a-1")).unwrap(), "inst_a-1");
        assert!(instance_id(Some("inst\r\nX: 1")).is_err());
        assert!(instance_id(Some(&"i".repeat(101))).is_err());
    }
}
