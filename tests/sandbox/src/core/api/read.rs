//! The endpoints that read.

use axum::Extension;
use axum::extract::{Path, Query as Params};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::http::{Body, Ledger, json};
use super::render;
use crate::clock;
use crate::core::entities::no_ledger;
use crate::core::error::{self, ApiError};
use crate::core::instance::Instance;
use crate::core::query::filter::{self, Filter, Op, Query};
use crate::core::query::select::select;
use crate::core::query::tables::Table;
use crate::core::state::State;
use crate::core::time::{echo_seconds, format_seconds, parse_rfc3339};

type Answer = Result<Response, ApiError>;
type Pairs = Params<Vec<(String, String)>>;

/// Rows at most when a list is filtered.
const FILTERED_LIMIT: usize = 1000;
/// Rows of the lists of balances and ledgers when nothing is asked for.
const SHORT_LIMIT: usize = 10;

/// Runs a query; metadata filters get an index first.
fn run(
    ledger: &Instance,
    table: Table,
    query: &Query,
) -> Result<(String, Option<usize>), ApiError> {
    for filter in &query.filters {
        let by_value = matches!(filter.op, Ok(Op::Eq | Op::In));
        if let (true, Some(key)) = (by_value, filter.field.strip_prefix("meta_data.")) {
            ledger.write(|state, _| state.index_meta(table, key));
        }
    }
    ledger.read(|state| {
        let page = select(state, table, query)?;
        // Go's empty slices: a list that was never begun is written as null.
        let null = page.rows.is_empty() && matches!(table, Table::Balances | Table::Identities);
        let text = if null { "null".to_owned() } else { render::rows(state, table, &page.rows) };
        // The count comes with the rows: without a row there is none.
        Ok((text, page.total.filter(|_| !page.rows.is_empty())))
    })
}

fn filtered(ledger: &Instance, table: Table, body: &Body) -> Answer {
    let refused = |message: String| ApiError::new(error::VALIDATION, message);
    let query = filter::from_body(body.bytes().map_err(refused)?)?;
    let (rows, total) = run(ledger, table, &query)?;
    let text = match (query.count, total) {
        (false, _) => rows,
        (true, Some(total)) => format!("{{\"data\":{rows},\"total_count\":{total}}}"),
        (true, None) => format!("{{\"data\":{rows}}}"),
    };
    Ok(json(StatusCode::OK, text))
}

pub(super) async fn filter_ledgers(Extension(ledger): Ledger, body: Body) -> Answer {
    filtered(&ledger, Table::Ledgers, &body)
}

pub(super) async fn filter_balances(Extension(ledger): Ledger, body: Body) -> Answer {
    filtered(&ledger, Table::Balances, &body)
}

pub(super) async fn filter_transactions(Extension(ledger): Ledger, body: Body) -> Answer {
    filtered(&ledger, Table::Transactions, &body)
}

pub(super) async fn filter_identities(Extension(ledger): Ledger, body: Body) -> Answer {
    filtered(&ledger, Table::Identities, &body)
}

/// What a list does with a limit or an offset that is no number: take the default, or refuse.
#[derive(Clone, Copy)]
enum Strictness {
    Lenient,
    Strict(&'static str, &'static str),
}

fn number(
    params: &[(String, String)],
    name: &str,
    default: usize,
    least: usize,
    refusal: Option<&str>,
) -> Result<usize, ApiError> {
    let given = params.iter().find(|(key, _)| key == name);
    let Some((_, text)) = given else {
        return Ok(default);
    };
    match (text.parse::<usize>(), refusal) {
        (Ok(number), _) if number >= least => Ok(number),
        (_, Some(message)) => Err(ApiError::new(error::VALIDATION, message)),
        (_, None) => Ok(default),
    }
}

fn listed(
    ledger: &Instance,
    table: Table,
    params: &[(String, String)],
    default: usize,
    strictness: Strictness,
) -> Answer {
    let (bad_limit, bad_offset) = match strictness {
        Strictness::Lenient => (None, None),
        Strictness::Strict(limit, offset) => (Some(limit), Some(offset)),
    };
    let limit = number(params, "limit", default, 1, bad_limit)?;
    let offset = number(params, "offset", 0, 0, bad_offset)?;
    let (filters, any) = filter::from_query(params)?;
    let limit = capped(table, &filters, limit);
    let offset = if table == Table::Identities && filters.is_empty() { 0 } else { offset };
    let query = Query { filters, any, limit, offset, ..Query::default() };
    let (rows, _) = run(ledger, table, &query)?;
    Ok(json(StatusCode::OK, rows))
}

/// Each list has caps of its own; two of them have none without filters.
fn capped(table: Table, filters: &[Filter], limit: usize) -> usize {
    match table {
        Table::Identities if filters.is_empty() => usize::MAX,
        Table::Ledgers | Table::Identities if limit > filter::MAX_LIMIT => filter::DEFAULT_LIMIT,
        Table::Transactions | Table::Balances if !filters.is_empty() => limit.min(FILTERED_LIMIT),
        _ => limit,
    }
}

pub(super) async fn list_ledgers(Extension(ledger): Ledger, Params(params): Pairs) -> Answer {
    let strict = Strictness::Strict("Invalid limit value", "Invalid offset value");
    listed(&ledger, Table::Ledgers, &params, SHORT_LIMIT, strict)
}

pub(super) async fn list_balances(Extension(ledger): Ledger, Params(params): Pairs) -> Answer {
    let strict = Strictness::Strict("invalid limit value", "invalid offset value");
    listed(&ledger, Table::Balances, &params, SHORT_LIMIT, strict)
}

pub(super) async fn list_transactions(Extension(ledger): Ledger, Params(params): Pairs) -> Answer {
    let default = filter::DEFAULT_LIMIT;
    listed(&ledger, Table::Transactions, &params, default, Strictness::Lenient)
}

pub(super) async fn list_identities(Extension(ledger): Ledger, Params(params): Pairs) -> Answer {
    let default = filter::DEFAULT_LIMIT;
    listed(&ledger, Table::Identities, &params, default, Strictness::Lenient)
}

/// One row by its id, through the table's own index.
fn one(ledger: &Instance, table: Table, column: &str, id: &str, missing: ApiError) -> Answer {
    let text = ledger.read(|state| {
        let rows = table.candidates(state, column, &[id.to_owned()]);
        let row = rows.and_then(|rows| rows.first().copied());
        row.map(|row| match table {
            Table::Transactions => render::single_txn(state, row, column == "reference"),
            _ => render::row(state, table, row),
        })
    });
    text.map(|text| json(StatusCode::OK, text)).ok_or(missing)
}

fn missing(code: error::Code, what: &str, id: &str) -> ApiError {
    ApiError::new(code, format!("{what} with ID '{id}' not found")).caused()
}

pub(super) async fn ledger(Extension(ledger): Ledger, Path(id): Path<String>) -> Answer {
    one(&ledger, Table::Ledgers, "ledger_id", &id, no_ledger())
}

pub(super) async fn balance(
    Extension(ledger): Ledger,
    Path(id): Path<String>,
    Params(params): Pairs,
) -> Answer {
    let with_queued = params.iter().any(|(key, value)| key == "with_queued" && value == "true");
    let text = ledger.read(|state| {
        state.balance_ids.get(&id).map(|row| render::single_balance(state, *row, with_queued))
    });
    text.map(|text| json(StatusCode::OK, text))
        .ok_or_else(|| missing(error::BAL_NOT_FOUND, "Balance", &id))
}

pub(super) async fn identity(Extension(ledger): Ledger, Path(id): Path<String>) -> Answer {
    let missing = missing(error::IDT_NOT_FOUND, "Identity", &id);
    one(&ledger, Table::Identities, "identity_id", &id, missing)
}

pub(super) async fn transaction(Extension(ledger): Ledger, Path(id): Path<String>) -> Answer {
    let missing = missing(error::TXN_NOT_FOUND, "Transaction", &id);
    one(&ledger, Table::Transactions, "transaction_id", &id, missing)
}

pub(super) async fn by_reference(Extension(ledger): Ledger, Path(id): Path<String>) -> Answer {
    let message = format!("Transaction with reference '{id}' not found");
    let missing = ApiError::new(error::TXN_NOT_FOUND, message).caused();
    one(&ledger, Table::Transactions, "reference", &id, missing)
}

pub(super) async fn by_indicator(
    Extension(ledger): Ledger,
    Path((indicator, currency)): Path<(String, String)>,
) -> Answer {
    let found = |state: &State| {
        let row = state.by_indicator(&indicator, &currency)?;
        Some(render::named_balance(state, row))
    };
    let message = format!("balance with indicator '{indicator}' not found");
    let missing = || ApiError::new(error::BAL_NOT_FOUND, message);
    let text = ledger.read(found).ok_or_else(missing)?;
    Ok(json(StatusCode::OK, text))
}

pub(super) async fn balance_at(
    Extension(ledger): Ledger,
    Path(id): Path<String>,
    Params(params): Pairs,
) -> Answer {
    let param = |name: &str| {
        let found = params.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let (at, shown) = match param("timestamp") {
        "" => {
            let now = clock::now_micros();
            (now, format_seconds(now))
        }
        text => {
            let at = parse_rfc3339(text).ok_or_else(|| {
                let message = "invalid timestamp format. Please use ISO 8601 format (e.g., \
                    2024-01-01T15:04:05Z)";
                ApiError::new(error::BAL_INVALID_TIMESTAMP, message)
            })?;
            (at, echo_seconds(text))
        }
    };
    let from_source = matches!(param("from_source"), "true" | "1");
    let sums = ledger.read(|state| {
        let (debit, credit, currency) = state.balance_at(&id, at)?;
        Some((debit, credit, currency.to_owned()))
    });
    let Some((debit, credit, currency)) = sums else {
        let message = format!("Balance '{id}' not found");
        return Err(ApiError::new(error::BAL_NOT_FOUND, message).caused());
    };
    // i128 does not fit into a JSON value, but into JSON.
    let text = format!(
        "{{\"balance\":{{\"balance\":{},\"balance_id\":{},\"credit_balance\":{credit},\"currency\":{},\"debit_balance\":{debit}}},\"from_source\":{from_source},\"timestamp\":{}}}",
        credit - debit,
        json!(id),
        json!(currency),
        json!(shown)
    );
    Ok(json(StatusCode::OK, text).into_response())
}
