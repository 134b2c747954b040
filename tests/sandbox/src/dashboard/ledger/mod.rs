//! An instance's ledger, for the page: read through Core's own HTTP API, amounts as texts, since a
//! browser's numbers end at 2^53.

pub(super) mod ask;
mod details;
pub(super) mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::Shared;
use super::refused::Refused;
use crate::cloud::links::filters_of_link;
use crate::world::World;
use ask::{Ask, MAX_PAGE, Page, is};
use rows::{BalanceRow, IdentityRow, TransactionRow, Verbatim};

/// Rows of a page when nothing is asked for, as in Cloud's own lists: a link's page number means
/// the same rows.
const PAGE: usize = 20;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/ledger/balances", get(balances))
        .route("/ledger/balances/{id}", get(details::balance))
        .route("/ledger/balances/{id}/entries", get(details::entries))
        .route("/ledger/transactions", get(transactions))
        .route("/ledger/transactions/{id}", get(details::transaction))
        .route("/ledger/identities", get(identities))
        .route("/ledger/identities/{id}", get(details::identity))
}

#[derive(Deserialize)]
struct ListQuery {
    instance_id: Option<String>,
    limit: Option<String>,
    /// Counted from 1; what is no such number is 1, as in a link.
    page: Option<String>,
    /// Part of an indicator (balances), or of a name or an e-mail address (identities).
    #[serde(default)]
    search: String,
    /// Balances of this identity.
    #[serde(default)]
    identity_id: String,
    /// Filters of transactions as links have them: a query string.
    #[serde(default)]
    filters: String,
}

impl ListQuery {
    fn limit(&self) -> usize {
        self.limit.as_deref().and_then(|text| text.parse().ok()).unwrap_or(PAGE).clamp(1, MAX_PAGE)
    }

    /// Rows before the page.
    fn offset(&self) -> usize {
        let page = self.page.as_deref().and_then(|text| text.parse().ok()).unwrap_or(1_usize);
        page.saturating_sub(1).saturating_mul(self.limit()).min(i32::MAX as usize)
    }

    fn asked(&self, filters: &[Value]) -> Value {
        json!({"filters": filters, "limit": self.limit(), "offset": self.offset()})
    }

    /// Filters for texts that contain what the user typed, whatever its case.
    fn search(&self, fields: &[&str]) -> Vec<Value> {
        let typed = self.search.trim();
        if typed.is_empty() {
            return Vec::new();
        }
        let literal = typed.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let contains = |field: &&str| {
            json!({"field": field, "operator": "ilike",
                "value": format!("%{literal}%")})
        };
        fields.iter().map(contains).collect()
    }
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
async fn balances(
    State(world): Shared,
    Query(query): Query<ListQuery>,
) -> Result<Json<BalancesView>, Refused> {
    let ask = Ask::new(&world, query.instance_id.as_deref())?;
    let mut filters = query.search(&["indicator"]);
    if !query.identity_id.is_empty() {
        filters.push(is("identity_id", &query.identity_id));
    }
    let mut asked = query.asked(&filters);
    asked["sort_by"] = "indicator".into();
    asked["sort_order"] = "asc".into();
    let found: Page<BalanceRow> = ask.rows("balances", asked).await?;
    let people = ask.people(found.data.iter()).await?;
    let mut precisions = BTreeMap::new();
    for currency in found.data.iter().map(|row| row.currency.as_str()).collect::<BTreeSet<_>>() {
        precisions.insert(currency.to_owned(), ask.precision(currency).await?);
    }
    let view =
        |row: BalanceRow| BalanceView { identity_name: people.get(&row.identity_id).cloned(), row };
    let page = Page { data: found.data.into_iter().map(view).collect(), total: found.total };
    Ok(Json(BalancesView { page, precisions }))
}

#[derive(Serialize)]
struct TransactionsView {
    #[serde(flatten)]
    page: Page<TransactionRow>,
    /// Names of the balances on either side, by id.
    names: BTreeMap<String, String>,
}

/// Newest first, the two sides by their names.
async fn transactions(
    State(world): Shared,
    Query(query): Query<ListQuery>,
) -> Result<Json<TransactionsView>, Refused> {
    let ask = Ask::new(&world, query.instance_id.as_deref())?;
    let filters = filters_of_link(&query.filters).map_err(Refused::bad)?;
    let page: Page<TransactionRow> = ask.rows("transactions", query.asked(&filters)).await?;
    let names = ask.names(page.data.iter()).await?;
    Ok(Json(TransactionsView { page, names }))
}

#[derive(Serialize)]
struct IdentityView {
    name: String,
    #[serde(flatten)]
    row: IdentityRow,
}

impl From<IdentityRow> for IdentityView {
    fn from(row: IdentityRow) -> Self {
        Self { name: row.name(), row }
    }
}

/// Newest first.
async fn identities(
    State(world): Shared,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<IdentityView>>, Refused> {
    let ask = Ask::new(&world, query.instance_id.as_deref())?;
    let mut asked = query.asked(&query.search(&[
        "first_name",
        "last_name",
        "organization_name",
        "email_address",
    ]));
    asked["logical_operator"] = "or".into();
    let found: Page<IdentityRow> = ask.rows("identities", asked).await?;
    Ok(Json(Page {
        data: found.data.into_iter().map(IdentityView::from).collect(),
        total: found.total,
    }))
}
