//! Links that apps make into the dashboard: a list of transactions under filters, and an identity with its balances.
//!
//! The pages are the dashboard's ledger; here is where the links lead, and the JSON that such a page shows.

use std::sync::Arc;

use axum::extract::{Query, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::Cloud;
use super::api::Refused;
use super::ledger::{BALANCES, IDENTITIES, Paging, TRANSACTIONS, filters_of_query};
use super::state::CoreTarget;
use crate::world::DEFAULT_INSTANCE;

/// Balances of an identity that are shown.
const MAX_BALANCES: u64 = 100;

/// Where links lead: to the ledger page, which finds in its own query what to show. The instance, which no link names, is the one
/// that the user visited last.
pub fn pages(cloud: Arc<Cloud>) -> Router {
    Router::new().route("/cloud/transactions", get(to_transactions)).route("/cloud/identities/details", get(to_identity)).with_state(cloud)
}

/// What the ledger page shows for such a link; the dashboard has it under `/api/cloud`.
pub fn api(cloud: Arc<Cloud>) -> Router {
    Router::new().route("/transactions", get(transactions)).route("/identities/details", get(identity)).with_state(cloud)
}

async fn to_transactions(State(cloud): State<Arc<Cloud>>, RawQuery(query): RawQuery) -> Redirect {
    to_ledger(&cloud, "transactions", query.as_deref())
}

async fn to_identity(State(cloud): State<Arc<Cloud>>, RawQuery(query): RawQuery) -> Redirect {
    to_ledger(&cloud, "identity", query.as_deref())
}

fn to_ledger(cloud: &Cloud, view: &str, query: Option<&str>) -> Redirect {
    let query = query.unwrap_or_default();
    let named = query.split('&').any(|param| param.starts_with("instance_id="));
    let visited = cloud.state().visited.clone().filter(|_| !named);
    let visited = visited.map(|id| format!("&instance_id={}", encoded(&id))).unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("&{query}") };
    Redirect::to(&format!("/ledger?view={view}{query}{visited}"))
}

/// Percent-encoded for a query.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[derive(Deserialize)]
struct Asked {
    instance_id: Option<String>,
    #[serde(default)]
    filters: String,
    page: Option<String>,
    #[serde(default)]
    id: String,
}

impl Asked {
    fn ledger(&self, cloud: &Cloud) -> Result<CoreTarget, Refused> {
        let state = cloud.state();
        let visited = || state.visited.clone().unwrap_or_else(|| DEFAULT_INSTANCE.to_owned());
        let id = self.instance_id.clone().filter(|id| !id.is_empty()).unwrap_or_else(visited);
        let instance = state.instances.get(&id);
        let missing = || Refused(StatusCode::NOT_FOUND, format!("no instance {id}"));
        Ok(instance.ok_or_else(missing)?.core.clone())
    }
}

/// The filters of a link: a query string, in which metadata is called `metadata`.
fn filters_of_link(filters: &str) -> Result<Vec<(String, String)>, Refused> {
    let url = reqwest::Url::parse("http://localhost/").map(|mut url| {
        url.set_query(Some(filters));
        url
    });
    let url = url.map_err(|error| Refused(StatusCode::BAD_REQUEST, error.to_string()))?;
    let renamed = |name: &str| match name.strip_prefix("metadata.") {
        Some(key) => format!("meta_data.{key}"),
        None => name.to_owned(),
    };
    Ok(url.query_pairs().map(|(name, value)| (renamed(&name), value.into_owned())).collect())
}

#[derive(Serialize)]
struct Found {
    data: Box<RawValue>,
    total: u64,
}

async fn transactions(State(cloud): State<Arc<Cloud>>, Query(asked): Query<Asked>) -> Result<Json<Found>, Refused> {
    let ledger = asked.ledger(&cloud)?;
    let filters = filters_of_query(&filters_of_link(&asked.filters)?)?;
    let paging = Paging::of(TRANSACTIONS, &[("page".to_owned(), asked.page.unwrap_or_default())]);
    let rows = cloud.rows(&ledger, TRANSACTIONS, &filters, paging).await?;
    Ok(Json(Found { data: rows.data, total: rows.total }))
}

#[derive(Serialize)]
struct IdentityFound {
    identity: Box<RawValue>,
    balances: Found,
}

async fn identity(State(cloud): State<Arc<Cloud>>, Query(asked): Query<Asked>) -> Result<Response, Refused> {
    let ledger = asked.ledger(&cloud)?;
    let own = [json!({"field": "identity_id", "operator": "eq", "value": asked.id})];
    let found = cloud.rows(&ledger, IDENTITIES, &own, Paging { page: 1, size: 1 }).await?;
    let identity = found.each().into_iter().next();
    let identity = identity.ok_or_else(|| Refused(StatusCode::NOT_FOUND, format!("no identity {}", asked.id)))?;
    let balances = cloud.rows(&ledger, BALANCES, &own, Paging { page: 1, size: MAX_BALANCES }).await?;
    let balances = Found { data: balances.data, total: balances.total };
    Ok(Json(IdentityFound { identity, balances }).into_response())
}
