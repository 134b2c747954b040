//! The two read families, `/data` and `/…/filter`, answered from the ledger's filter endpoints.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json as value};

use super::Cloud;
use super::api::{Refused, error, json};
use super::state::{CoreTarget, Granted};
use crate::core::filter::{self, Filter, Op, Operand};
use crate::core::time::format_rfc3339;

/// Rows of a page of ledgers when nothing is asked for.
const LEDGERS_PAGE: u64 = 30;
/// Rows of any other page when nothing is asked for.
const PAGE: u64 = 20;
/// Above this many transactions a total that need not be strict is an estimate.
const EXACT_TOTALS: u64 = 1000;

type CloudState = State<Arc<Cloud>>;
type Caller = Extension<Granted>;
type Params = Query<Vec<(String, String)>>;

/// A resource of the API.
#[derive(Clone, Copy)]
struct Resource {
    /// The ledger's name of it.
    core: &'static str,
    id_field: &'static str,
    page_size: u64,
}

const LEDGERS: Resource = Resource { core: "ledgers", id_field: "ledger_id", page_size: LEDGERS_PAGE };
const BALANCES: Resource = Resource { core: "balances", id_field: "balance_id", page_size: PAGE };
const TRANSACTIONS: Resource = Resource { core: "transactions", id_field: "transaction_id", page_size: PAGE };
const IDENTITIES: Resource = Resource { core: "identities", id_field: "identity_id", page_size: PAGE };

macro_rules! resource {
    ($list:ident, $detail:ident, $filter:ident, $resource:expr) => {
        pub(super) async fn $list(state: CloudState, caller: Caller, params: Params) -> Response {
            list(&state, &caller.core, $resource, &params).await
        }
        pub(super) async fn $detail(state: CloudState, caller: Caller, Path(id): Path<String>) -> Response {
            detail(&state, &caller.core, $resource, &id).await
        }
        pub(super) async fn $filter(state: CloudState, caller: Caller, params: Params, body: Bytes) -> Response {
            filtered(&state, &caller.core, $resource, &params, &body).await
        }
    };
}

resource!(list_ledgers, ledger, filter_ledgers, LEDGERS);
resource!(list_balances, balance, filter_balances, BALANCES);
resource!(list_transactions, transaction, filter_transactions, TRANSACTIONS);
resource!(list_identities, identity, filter_identities, IDENTITIES);

/// Resources that exist and that the sandbox has no data for.
pub(super) async fn empty_list() -> Response {
    json(StatusCode::OK, "{\"data\":[],\"total\":0}")
}

async fn list(cloud: &Cloud, core: &CoreTarget, resource: Resource, params: &[(String, String)]) -> Response {
    let filters = match filter::from_query(params) {
        Ok((filters, _)) => filters.iter().flat_map(for_core).collect(),
        Err(refused) => return error(StatusCode::BAD_REQUEST, refused.message()),
    };
    match rows(cloud, core, resource, filters, Paging::of(resource, params)).await {
        Ok(Rows { data, total }) => json(StatusCode::OK, format!("{{\"data\":{},\"total\":{total}}}", data.get())),
        Err(refused) => refused.into_response(),
    }
}

async fn detail(cloud: &Cloud, core: &CoreTarget, resource: Resource, id: &str) -> Response {
    let by_id = value!({"field": resource.id_field, "operator": "eq", "value": id});
    let paging = Paging { page: 1, size: 1 };
    let found = rows(cloud, core, resource, vec![by_id], paging).await;
    let rows: Vec<Box<RawValue>> = match found {
        Ok(rows) => serde_json::from_str(rows.data.get()).unwrap_or_default(),
        Err(refused) => return refused.into_response(),
    };
    match rows.first() {
        Some(row) => json(StatusCode::OK, row.get().to_owned()),
        None => error(StatusCode::NOT_FOUND, "Not found"),
    }
}

#[derive(Deserialize)]
struct FilterBody {
    filters: Option<Vec<Value>>,
}

async fn filtered(cloud: &Cloud, core: &CoreTarget, resource: Resource, params: &[(String, String)], body: &[u8]) -> Response {
    let body: Result<FilterBody, _> = serde_json::from_slice(body);
    let Ok(FilterBody { filters: Some(filters) }) = body else {
        return error(StatusCode::BAD_REQUEST, "filters is required");
    };
    let filters = filters.into_iter().map(existence).collect();
    let found = rows(cloud, core, resource, filters, Paging::of(resource, params)).await;
    let Rows { data, total } = match found {
        Ok(rows) => rows,
        Err(refused) => return refused.into_response(),
    };
    let data = data.get();
    let strict = params.iter().any(|(name, value)| name == "strict_total" && value == "true");
    let text = match resource.core {
        "ledgers" => format!("{{\"data\":{data},\"total\":{total}}}"),
        "transactions" if !strict && total > EXACT_TOTALS => {
            // As far off as a planner's row count may well be.
            let estimate = total - total % EXACT_TOTALS;
            format!("{{\"data\":{data},\"total\":{estimate},\"stats\":{{}},\"total_is_estimate\":true,\"total_source\":\"estimate\"}}")
        }
        "transactions" => {
            format!("{{\"data\":{data},\"total\":{total},\"stats\":{{}},\"total_is_estimate\":false,\"total_source\":\"exact\"}}")
        }
        _ => format!("{{\"data\":{data},\"total\":{total},\"stats\":{{}}}}"),
    };
    json(StatusCode::OK, text)
}

/// Cloud has two operators more than Core.
fn existence(mut filter: Value) -> Value {
    let operator = match filter.get("operator").and_then(Value::as_str) {
        Some("exists") => "isnotnull",
        Some("notexists") => "isnull",
        _ => return filter,
    };
    filter["operator"] = operator.into();
    filter
}

/// A filter of a query string in the form the ledger's filter endpoint takes.
fn for_core(filter: &Filter) -> Vec<Value> {
    let field = &filter.field;
    let Ok(op) = filter.op else { return Vec::new() };
    match (op, filter.values.as_slice()) {
        (Op::Eq, [Operand::Time(time, _)]) => {
            let (from, to) = time.range();
            vec![
                value!({"field": field, "operator": "gte", "value": format_rfc3339(from)}),
                value!({"field": field, "operator": "lt", "value": format_rfc3339(to)}),
            ]
        }
        (Op::In | Op::Between, values) => {
            let values: Vec<_> = values.iter().map(Operand::json).collect();
            vec![value!({"field": field, "operator": op.name(), "values": values})]
        }
        (op, values) => {
            let single = values.first().map(Operand::json).unwrap_or_default();
            vec![value!({"field": field, "operator": op.name(), "value": single})]
        }
    }
}

#[derive(Clone, Copy)]
struct Paging {
    page: u64,
    size: u64,
}

impl Paging {
    fn of(resource: Resource, params: &[(String, String)]) -> Self {
        let number = |name: &str, default: u64| {
            let given = params.iter().find(|(key, _)| key == name);
            let number = given.and_then(|(_, value)| value.parse().ok());
            number.filter(|number| *number > 0).unwrap_or(default)
        };
        Self { page: number("page", 1), size: number("pageSize", resource.page_size) }
    }
}

struct Rows {
    data: Box<RawValue>,
    total: u64,
}

#[derive(Deserialize)]
struct CorePage {
    data: Box<RawValue>,
    total_count: Option<u64>,
}

#[derive(Deserialize)]
struct CoreError {
    error: Option<Value>,
    errors: Option<Value>,
}

/// One page of rows and how many there are in all.
async fn rows(cloud: &Cloud, core: &CoreTarget, resource: Resource, filters: Vec<Value>, paging: Paging) -> Result<Rows, Refused> {
    // The ledger gives 20 rows to whoever asks for more than 100: the page must begin where such pages begin.
    let over = paging.size > filter::MAX_LIMIT as u64;
    let size = if over { filter::DEFAULT_LIMIT as u64 } else { paging.size };
    let offset = (paging.page - 1).saturating_mul(size);
    let page = query(cloud, core, resource, &filters, size, offset).await?;
    let empty = page.data.get() == "null" || page.data.get() == "[]";
    let total = match page.total_count {
        Some(total) => total,
        // Past the end the ledger counts nothing.
        None if offset > 0 => {
            let first = query(cloud, core, resource, &filters, 1, 0).await?;
            first.total_count.unwrap_or_default()
        }
        None => 0,
    };
    let data = if empty { RawValue::from_string("[]".to_owned()).map_err(|_| unreadable())? } else { page.data };
    Ok(Rows { data, total })
}

async fn query(
    cloud: &Cloud,
    core: &CoreTarget,
    resource: Resource,
    filters: &[Value],
    limit: u64,
    offset: u64,
) -> Result<CorePage, Refused> {
    let path = format!("/{}/filter", resource.core);
    let body = value!({"filters": filters, "limit": limit, "offset": offset, "include_count": true});
    let answer = cloud.core.call(core, Method::POST, &path, body.to_string().into()).await;
    let (status, body) = answer.map_err(|reason| {
        tracing::debug!(%reason, path, "no answer from the ledger");
        Refused(StatusCode::BAD_GATEWAY, "Failed to query instance".to_owned())
    })?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| unreadable());
    }
    let message = serde_json::from_slice::<CoreError>(&body).ok();
    let message = message.and_then(|body| body.error.or(body.errors));
    let message = message.as_ref().and_then(Value::as_str).unwrap_or("Query failed");
    Err(Refused(status, message.to_owned()))
}

fn unreadable() -> Refused {
    let message = "Failed to read the instance's answer";
    Refused(StatusCode::BAD_GATEWAY, message.to_owned())
}
