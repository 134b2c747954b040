//! An instance's ledger, for the page: read through Core's own HTTP API, amounts as texts, since a browser's numbers end at 2^53.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{Method, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::api::{Shared, instance_id};
use super::refused::Refused;
use crate::world::World;

/// Rows of a page when nothing is asked for.
const PAGE: usize = 25;
/// Rows of a page at most, as in Core.
const MAX_PAGE: usize = 100;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/ledger/balances", get(balances))
        .route("/ledger/transactions", get(transactions))
        .route("/ledger/identities", get(identities))
}

#[derive(Deserialize)]
struct PageQuery {
    instance_id: Option<String>,
    limit: Option<usize>,
    offset: Option<usize>,
    /// Part of an indicator (balances) or a reference (transactions).
    search: Option<String>,
    /// Transactions of this balance, on either side.
    balance_id: Option<String>,
}

/// Rows, and how many there are in all; past the end Core counts nothing, and the total is unknown.
#[derive(Debug, Deserialize, Serialize)]
struct Page<T> {
    data: Vec<T>,
    total: Option<u64>,
}

/// JSON as Core wrote it; to the page it goes as a text.
#[derive(Debug, Deserialize)]
struct Verbatim(Box<RawValue>);

impl Serialize for Verbatim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.get())
    }
}

#[derive(Debug, Deserialize, Serialize)]
struct BalanceRow {
    balance_id: String,
    indicator: Option<String>,
    currency: String,
    #[serde(default)]
    identity_id: String,
    balance: Verbatim,
    debit_balance: Verbatim,
    credit_balance: Verbatim,
    created_at: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct TransactionRow {
    transaction_id: String,
    #[serde(default)]
    parent_transaction: String,
    reference: String,
    status: String,
    precise_amount: Verbatim,
    precision: Verbatim,
    currency: String,
    source: String,
    destination: String,
    #[serde(default)]
    description: String,
    created_at: String,
    effective_date: Option<String>,
    meta_data: Option<Verbatim>,
}

#[derive(Debug, Deserialize, Serialize)]
struct IdentityRow {
    identity_id: String,
    #[serde(default)]
    identity_type: String,
    #[serde(default)]
    organization_name: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(default)]
    email_address: String,
    #[serde(default)]
    country: String,
    created_at: String,
}

impl IdentityRow {
    fn name(&self) -> String {
        let person = format!("{} {}", self.first_name, self.last_name);
        let named = [person.trim(), self.organization_name.as_str()].into_iter().find(|name| !name.is_empty());
        named.unwrap_or(&self.identity_id).to_owned()
    }
}

/// Questions to one instance's ledger.
struct Ask<'a> {
    world: &'a World,
    instance: &'a str,
}

/// Core's answer to a filter that is counted; an empty list is written as null.
#[derive(Deserialize)]
struct Counted<T> {
    data: Option<Vec<T>>,
    total_count: Option<u64>,
}

impl<'a> Ask<'a> {
    fn new(world: &'a World, query: &'a PageQuery) -> Result<Self, Refused> {
        let instance = instance_id(query.instance_id.as_deref())?;
        Ok(Self { world, instance })
    }

    async fn rows<T: DeserializeOwned>(&self, table: &str, mut asked: Value) -> Result<Page<T>, Refused> {
        if !self.world.cloud.state().instances.contains_key(self.instance) {
            return Ok(Page { data: Vec::new(), total: Some(0) });
        }
        asked["include_count"] = true.into();
        let path = format!("/{table}/filter");
        let answer = self.world.cloud.ledger_call(self.instance, Method::POST, &path, asked.to_string().into()).await;
        let failed = |why: String| Refused(StatusCode::BAD_GATEWAY, format!("The ledger did not answer: {why}"));
        let (status, body) = answer.map_err(failed)?;
        if !status.is_success() {
            return Err(failed(format!("status {status}")));
        }
        let page: Counted<T> = serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
        let data = page.data.unwrap_or_default();
        let begun = asked["offset"].as_u64().unwrap_or_default() > 0;
        let total = page.total_count.or((data.is_empty() && !begun).then_some(0));
        Ok(Page { data, total })
    }

    /// Rows with one of these ids; a page names no more of them than Core gives at once.
    async fn by_ids<T: DeserializeOwned>(&self, table: &str, field: &str, ids: BTreeSet<String>) -> Result<Vec<T>, Refused> {
        let ids: Vec<_> = ids.into_iter().filter(|id| !id.is_empty()).collect();
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(MAX_PAGE) {
            let filter = json!({"field": field, "operator": "in", "values": some});
            found.extend(self.rows(table, json!({"filters": [filter], "limit": MAX_PAGE})).await?.data);
        }
        Ok(found)
    }

    /// Names of the identities that these balances belong to, by id.
    async fn people(&self, balances: impl Iterator<Item = &BalanceRow>) -> Result<BTreeMap<String, String>, Refused> {
        let ids = balances.map(|row| row.identity_id.clone()).collect();
        let found: Vec<IdentityRow> = self.by_ids("identities", "identity_id", ids).await?;
        Ok(found.into_iter().map(|row| (row.identity_id.clone(), row.name())).collect())
    }

    /// The precision that all entries of a currency share, if they do: balances are bare sums of minor units.
    async fn precision(&self, currency: &str) -> Result<Option<Verbatim>, Refused> {
        let own = json!({"field": "currency", "operator": "eq", "value": currency});
        let newest: Page<TransactionRow> = self.rows("transactions", json!({"filters": [own], "limit": 1})).await?;
        let Some(entry) = newest.data.into_iter().next() else { return Ok(None) };
        let other = json!({"field": "precision", "operator": "ne", "value": &*entry.precision.0});
        let others: Page<TransactionRow> = self.rows("transactions", json!({"filters": [own, other], "limit": 1})).await?;
        Ok(others.data.is_empty().then_some(entry.precision))
    }
}

fn page(query: &PageQuery, filters: &[Value]) -> Value {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    json!({"filters": filters, "limit": limit, "offset": query.offset.unwrap_or_default()})
}

/// A filter for texts that contain what the user typed, whatever its case.
fn search(field: &str, query: &PageQuery) -> Option<Value> {
    let typed = query.search.as_deref().map(str::trim).filter(|typed| !typed.is_empty())?;
    let literal = typed.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Some(json!({"field": field, "operator": "ilike", "value": format!("%{literal}%")}))
}

#[derive(Serialize)]
struct BalanceView {
    #[serde(flatten)]
    row: BalanceRow,
    identity_name: Option<String>,
}

#[derive(Serialize)]
struct BalancesView {
    #[serde(flatten)]
    page: Page<BalanceView>,
    /// By currency; `null` = its entries differ, or it has none.
    precisions: BTreeMap<String, Option<Verbatim>>,
}

/// Accounts with an indicator first, by name: customers' balances have none.
async fn balances(State(world): Shared, Query(query): Query<PageQuery>) -> Result<Json<BalancesView>, Refused> {
    let ask = Ask::new(&world, &query)?;
    let mut asked = page(&query, search("indicator", &query).as_slice());
    asked["sort_by"] = "indicator".into();
    asked["sort_order"] = "asc".into();
    let found: Page<BalanceRow> = ask.rows("balances", asked).await?;
    let people = ask.people(found.data.iter()).await?;
    let mut precisions = BTreeMap::new();
    for currency in found.data.iter().map(|row| row.currency.as_str()).collect::<BTreeSet<_>>() {
        precisions.insert(currency.to_owned(), ask.precision(currency).await?);
    }
    let view = |row: BalanceRow| BalanceView { identity_name: people.get(&row.identity_id).cloned(), row };
    let page = Page { data: found.data.into_iter().map(view).collect(), total: found.total };
    Ok(Json(BalancesView { page, precisions }))
}

#[derive(Serialize)]
struct TransactionsView {
    #[serde(flatten)]
    page: Page<TransactionRow>,
    /// Names of the balances on either side, by id: the indicator, else the identity's name.
    names: BTreeMap<String, String>,
}

/// Newest first, the two sides by their names.
async fn transactions(State(world): Shared, Query(query): Query<PageQuery>) -> Result<Json<TransactionsView>, Refused> {
    let ask = Ask::new(&world, &query)?;
    let side = query.balance_id.as_deref().filter(|id| !id.is_empty());
    let side = side.map(|id| json!({"field": "balance_id", "operator": "eq", "value": id}));
    let filters: Vec<_> = search("reference", &query).into_iter().chain(side).collect();
    let page: Page<TransactionRow> = ask.rows("transactions", page(&query, &filters)).await?;
    let ids = page.data.iter().flat_map(|row| [row.source.clone(), row.destination.clone()]).collect();
    let sides: Vec<BalanceRow> = ask.by_ids("balances", "balance_id", ids).await?;
    let people = ask.people(sides.iter().filter(|row| row.indicator.is_none())).await?;
    let named = sides.into_iter().filter_map(|row| {
        let name = row.indicator.or_else(|| people.get(&row.identity_id).cloned())?;
        Some((row.balance_id, name))
    });
    Ok(Json(TransactionsView { page, names: named.collect() }))
}

#[derive(Serialize)]
struct IdentityView {
    name: String,
    #[serde(flatten)]
    row: IdentityRow,
}

/// Newest first.
async fn identities(State(world): Shared, Query(query): Query<PageQuery>) -> Result<Json<Page<IdentityView>>, Refused> {
    let ask = Ask::new(&world, &query)?;
    let found: Page<IdentityRow> = ask.rows("identities", page(&query, &[])).await?;
    let views = found.data.into_iter().map(|row| IdentityView { name: row.name(), row });
    Ok(Json(Page { data: views.collect(), total: found.total }))
}
