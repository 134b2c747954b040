//! `/alerts`: what an app or a person flagged for people to look at, and an organization's own
//! statuses for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Cloud;
use super::api::Refused;
use super::ledger::{BALANCES, IDENTITIES, Resource, TRANSACTIONS};
use super::state::Granted;
use crate::clock;
use crate::core::time::format_rfc3339;

/// The status of a new alert; every organization has it.
const FLAGGED: &str = "FLAGGED";

/// The colours a status may have.
const COLOURS: [&str; 15] = [
    "#3B82F6", "#10B981", "#F59E0B", "#EF4444", "#8B5CF6", "#EC4899", "#06B6D4", "#84CC16",
    "#F97316", "#6366F1", "#14B8A6", "#A855F7", "#E11D48", "#64748B", "#0EA5E9",
];

/// What can be flagged: the prefix of its ids, the alert's type, where it is found.
const FLAGGABLE: [(&str, &str, Resource); 3] = [
    ("bln_", "Balance", BALANCES),
    ("txn_", "Transaction", TRANSACTIONS),
    ("idt_", "Identity", IDENTITIES),
];

/// An alert, as it is answered.
#[derive(Debug, Clone, Serialize)]
pub struct Alert {
    /// `ano_<uuid>`.
    pub anomaly_id: String,
    /// Optional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Never empty.
    pub description: String,
    /// `Balance`, `Transaction` or `Identity`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// A person; none in the sandbox.
    pub assigned_to: Option<String>,
    /// People; none in the sandbox.
    pub escalated_to: Vec<String>,
    /// `FLAGGED`, or the key of one of the organization's statuses.
    pub status: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// The flagged balance.
    pub affected_balances: Vec<String>,
    /// The flagged identity.
    pub affected_identities: Vec<String>,
    /// The flagged transaction.
    pub affected_transactions: Vec<String>,
}

/// A status that an organization made.
#[derive(Debug, Clone, Serialize)]
pub struct AlertStatus {
    /// Its owner.
    pub organization_id: String,
    /// `UPPER_CASE`.
    pub key: String,
    /// As people see it.
    pub name: String,
    /// One of the allowed ones.
    pub colour: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// The alerts and statuses of all organizations, oldest first.
#[derive(Debug, Default)]
pub struct Alerts {
    alerts: BTreeMap<String, Vec<Alert>>,
    statuses: BTreeMap<String, Vec<AlertStatus>>,
}

impl Alerts {
    /// An organization's alerts.
    pub fn of(&self, organization_id: &str) -> &[Alert] {
        self.alerts.get(organization_id).map_or(&[], Vec::as_slice)
    }

    fn statuses_of(&self, organization_id: &str) -> &[AlertStatus] {
        self.statuses.get(organization_id).map_or(&[], Vec::as_slice)
    }

    fn alert(&mut self, organization_id: &str, id: &str) -> Result<&mut Alert, Refused> {
        let alerts = self.alerts.get_mut(organization_id);
        let found =
            alerts.and_then(|alerts| alerts.iter_mut().find(|alert| alert.anomaly_id == id));
        found.ok_or_else(|| Refused(StatusCode::NOT_FOUND, "anomaly not found".to_owned()))
    }

    fn status(&mut self, organization_id: &str, key: &str) -> Result<&mut AlertStatus, Refused> {
        let statuses = self.statuses.get_mut(organization_id);
        let found = statuses.and_then(|statuses| {
            statuses.iter_mut().find(|status| status.key.eq_ignore_ascii_case(key))
        });
        found.ok_or_else(|| Refused(StatusCode::NOT_FOUND, "status not found".to_owned()))
    }
}

type Caller = (State<Arc<Cloud>>, Extension<Granted>);
type Answer = Result<Response, Refused>;

pub(super) fn routes() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/alerts", get(list))
        .route("/alerts/{id}", get(one))
        .route("/alerts/flag/{id}", post(flag).put(update))
        .route("/alerts/statuses", get(statuses).post(add_status))
        .route("/alerts/statuses/{key}", put(change_status).delete(remove_status))
}

fn bad(message: &str) -> Refused {
    Refused(StatusCode::BAD_REQUEST, message.to_owned())
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|_| bad("Invalid request body"))
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn now() -> String {
    format_rfc3339(clock::now_micros())
}

#[derive(Deserialize)]
struct AlertBody {
    title: Option<String>,
    description: Option<String>,
    status: Option<String>,
}

async fn flag(
    (State(cloud), Extension(caller)): Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let asked: AlertBody = parse(&body)?;
    let description = given(asked.description).ok_or_else(|| bad("description is required"))?;
    let known = FLAGGABLE.iter().find(|(prefix, ..)| id.starts_with(prefix));
    let (_, kind, resource) =
        known.ok_or_else(|| bad("id must be a balance, transaction or identity ID"))?;
    let by_id = json!({"field": resource.id_field, "operator": "eq", "value": id});
    if cloud.count(&caller.core, *resource, &[by_id]).await? == 0 {
        return Err(Refused(StatusCode::NOT_FOUND, format!("{} not found", kind.to_lowercase())));
    }
    let affected = |own: &str| if *kind == own { vec![id.clone()] } else { Vec::new() };
    let alert = Alert {
        anomaly_id: format!("ano_{}", clock::uuid()),
        title: given(asked.title),
        description,
        kind,
        assigned_to: None,
        escalated_to: Vec::new(),
        status: FLAGGED.to_owned(),
        created_at: now(),
        updated_at: now(),
        affected_balances: affected("Balance"),
        affected_identities: affected("Identity"),
        affected_transactions: affected("Transaction"),
    };
    cloud.state().alerts.alerts.entry(caller.organization_id).or_default().push(alert.clone());
    Ok((StatusCode::CREATED, Json(alert)).into_response())
}

async fn update(
    (State(cloud), Extension(caller)): Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let asked: AlertBody = parse(&body)?;
    let mut state = cloud.state();
    let organization = caller.organization_id.as_str();
    let status = match given(asked.status) {
        Some(wanted) => {
            let own =
                state.alerts.statuses_of(organization).iter().map(|status| status.key.as_str());
            let found = own
                .chain([FLAGGED])
                .find(|key| key.eq_ignore_ascii_case(&wanted))
                .map(str::to_owned);
            Some(found.ok_or_else(|| bad("unknown status"))?)
        }
        None => None,
    };
    let alert = state.alerts.alert(organization, &id)?;
    if let Some(status) = status {
        alert.status = status;
    }
    alert.title = given(asked.title).or_else(|| alert.title.take());
    if let Some(description) = given(asked.description) {
        alert.description = description;
    }
    alert.updated_at = now();
    Ok(Json(&*alert).into_response())
}

async fn list((State(cloud), Extension(caller)): Caller) -> Json<Value> {
    let state = cloud.state();
    let mut alerts: Vec<_> = state.alerts.of(&caller.organization_id).iter().collect();
    alerts.reverse();
    Json(json!({"data": alerts, "total": alerts.len()}))
}

async fn one((State(cloud), Extension(caller)): Caller, Path(id): Path<String>) -> Answer {
    let mut state = cloud.state();
    let alert = state.alerts.alert(&caller.organization_id, &id)?;
    Ok(Json(&*alert).into_response())
}

#[derive(Deserialize)]
struct StatusBody {
    name: Option<String>,
    colour: Option<String>,
    key: Option<String>,
}

impl StatusBody {
    fn name_and_colour(&self) -> Result<(String, String), Refused> {
        let name = given(self.name.clone()).ok_or_else(|| bad("name is required"))?;
        let colour = given(self.colour.clone()).ok_or_else(|| bad("colour is required"))?;
        let allowed = COLOURS.iter().find(|allowed| allowed.eq_ignore_ascii_case(&colour));
        let colour = allowed.ok_or_else(|| bad("colour must be one of the allowed colours"))?;
        Ok((name, (*colour).to_owned()))
    }
}

/// `Pending Review` is `PENDING_REVIEW`.
fn key_of(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_uppercase).collect::<Vec<_>>().join("_")
}

async fn statuses((State(cloud), Extension(caller)): Caller) -> Json<Value> {
    let state = cloud.state();
    Json(json!({"data": state.alerts.statuses_of(&caller.organization_id),
            "allowed_colours": COLOURS}))
}

async fn add_status((State(cloud), Extension(caller)): Caller, body: Bytes) -> Answer {
    let asked: StatusBody = parse(&body)?;
    let (name, colour) = asked.name_and_colour()?;
    let key = key_of(&given(asked.key).unwrap_or_else(|| name.clone()));
    if key.is_empty() {
        return Err(bad("name is required"));
    }
    let mut state = cloud.state();
    if key == FLAGGED || state.alerts.status(&caller.organization_id, &key).is_ok() {
        return Err(Refused(StatusCode::CONFLICT, format!("status {key} already exists")));
    }
    let made = now();
    let organization_id = caller.organization_id.clone();
    let status = AlertStatus {
        organization_id,
        key,
        name,
        colour,
        created_at: made.clone(),
        updated_at: made,
    };
    state.alerts.statuses.entry(caller.organization_id).or_default().push(status.clone());
    Ok((StatusCode::CREATED, Json(status)).into_response())
}

async fn change_status(
    (State(cloud), Extension(caller)): Caller,
    Path(key): Path<String>,
    body: Bytes,
) -> Answer {
    let (name, colour) = parse::<StatusBody>(&body)?.name_and_colour()?;
    let mut state = cloud.state();
    let status = state.alerts.status(&caller.organization_id, &key)?;
    (status.name, status.colour, status.updated_at) = (name, colour, now());
    Ok(Json(&*status).into_response())
}

async fn remove_status(
    (State(cloud), Extension(caller)): Caller,
    Path(key): Path<String>,
) -> Answer {
    let mut state = cloud.state();
    let key = state.alerts.status(&caller.organization_id, &key)?.key.clone();
    let used =
        state.alerts.of(&caller.organization_id).iter().filter(|alert| alert.status == key).count();
    if used > 0 {
        return Err(bad(&format!(
            "cannot delete status: {used} alert(s) use this status — reassign them to another \
             status first"
        )));
    }
    if let Some(own) = state.alerts.statuses.get_mut(&caller.organization_id) {
        own.retain(|status| status.key != key);
    }
    Ok(Json(json!({"message": "Status deleted"})).into_response())
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn a_status_is_named_after_its_name() {
        assert_eq!(key_of("Pending Review"), "PENDING_REVIEW");
        assert_eq!(key_of(" in-progress "), "IN_PROGRESS");
        assert_eq!(key_of("…"), "");
    }
}
