//! The two read families, `/data` and `/…/filter`, answered from the ledger's filter endpoints.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json as value};

use super::Cloud;
use super::api::{error, json};
use super::ledger::{
    BALANCES, IDENTITIES, LEDGERS, Paging, Resource, Rows, TRANSACTIONS, existence,
    filters_of_query,
};
use super::state::Granted;
use super::switches::{DataDetail, NumericMode};

/// Above this many transactions a total that need not be strict is an estimate.
const EXACT_TOTALS: u64 = 1000;

/// What a Cloud that writes amounts as texts writes as texts.
const AMOUNTS: [&str; 14] = [
    "amount",
    "precise_amount",
    "precision",
    "overdraft_limit",
    "balance",
    "credit_balance",
    "debit_balance",
    "inflight_balance",
    "inflight_credit_balance",
    "inflight_debit_balance",
    "queued_credit_balance",
    "queued_debit_balance",
    "rate",
    "version",
];

type CloudState = State<Arc<Cloud>>;
type Caller = Extension<Granted>;
type Params = Query<Vec<(String, String)>>;

macro_rules! resource {
    ($list:ident, $detail:ident, $filter:ident, $resource:expr) => {
        pub(super) async fn $list(state: CloudState, caller: Caller, params: Params) -> Response {
            list(&state, &caller, $resource, &params).await
        }
        pub(super) async fn $detail(
            state: CloudState,
            caller: Caller,
            Path(id): Path<String>,
        ) -> Response {
            detail(&state, &caller, $resource, &id).await
        }
        pub(super) async fn $filter(
            state: CloudState,
            caller: Caller,
            params: Params,
            body: Bytes,
        ) -> Response {
            filtered(&state, &caller, $resource, &params, &body).await
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

async fn list(
    cloud: &Cloud,
    caller: &Granted,
    resource: Resource,
    params: &[(String, String)],
) -> Response {
    let found = async {
        let filters = filters_of_query(params)?;
        cloud.rows(&caller.core, resource, &filters, Paging::of(resource, params)).await
    };
    match found.await {
        Ok(rows) => {
            let data = in_mode(&rows, caller.switches.numeric_mode);
            json(StatusCode::OK, format!("{{\"data\":{data},\"total\":{}}}", rows.total))
        }
        Err(refused) => refused.into_response(),
    }
}

async fn detail(cloud: &Cloud, caller: &Granted, resource: Resource, id: &str) -> Response {
    match caller.switches.data_detail {
        DataDetail::Row => {}
        DataDetail::Missing => return error(StatusCode::NOT_FOUND, "Not found"),
        DataDetail::Broken => {
            return error(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
        }
    }
    let by_id = value!({"field": resource.id_field, "operator": "eq", "value": id});
    let found = cloud.rows(&caller.core, resource, &[by_id], Paging { page: 1, size: 1 }).await;
    match found.map(|rows| rows.each()) {
        Ok(rows) => match rows.into_iter().next() {
            Some(row) => json(
                StatusCode::OK,
                row_in_mode(row, caller.switches.numeric_mode).get().to_owned(),
            ),
            None => error(StatusCode::NOT_FOUND, "Not found"),
        },
        Err(refused) => refused.into_response(),
    }
}

#[derive(Deserialize)]
struct FilterBody {
    filters: Option<Vec<Value>>,
}

async fn filtered(
    cloud: &Cloud,
    caller: &Granted,
    resource: Resource,
    params: &[(String, String)],
    body: &[u8],
) -> Response {
    let body: Result<FilterBody, _> = serde_json::from_slice(body);
    let Ok(FilterBody { filters: Some(filters) }) = body else {
        return error(StatusCode::BAD_REQUEST, "filters is required");
    };
    let filters: Vec<_> = filters.into_iter().map(existence).collect();
    let rows =
        match cloud.rows(&caller.core, resource, &filters, Paging::of(resource, params)).await {
            Ok(rows) => rows,
            Err(refused) => return refused.into_response(),
        };
    let (data, total) = (in_mode(&rows, caller.switches.numeric_mode), rows.total);
    let strict = params.iter().any(|(name, value)| name == "strict_total" && value == "true");
    let text = match resource.core {
        "ledgers" => format!("{{\"data\":{data},\"total\":{total}}}"),
        "transactions" if !strict && total > EXACT_TOTALS => {
            // As far off as a planner's row count may well be.
            let estimate = total - total % EXACT_TOTALS;
            format!(
                "{{\"data\":{data},\"total\":{estimate},\"stats\":{{}},\"total_is_estimate\":true,\"total_source\":\"estimate\"}}"
            )
        }
        "transactions" => {
            format!(
                "{{\"data\":{data},\"total\":{total},\"stats\":{{}},\"total_is_estimate\":false,\"total_source\":\"exact\"}}"
            )
        }
        _ => format!("{{\"data\":{data},\"total\":{total},\"stats\":{{}}}}"),
    };
    json(StatusCode::OK, text)
}

/// The rows as JSON text.
fn in_mode(rows: &Rows, mode: NumericMode) -> String {
    if mode == NumericMode::Number {
        return rows.data.get().to_owned();
    }
    let rows: Vec<_> = rows.each().into_iter().map(|row| row_in_mode(row, mode)).collect();
    serde_json::to_string(&rows).unwrap_or_default()
}

fn row_in_mode(row: Box<RawValue>, mode: NumericMode) -> Box<RawValue> {
    let fields: Option<BTreeMap<String, Box<RawValue>>> = match mode {
        NumericMode::Number => None,
        NumericMode::String => serde_json::from_str(row.get()).ok(),
    };
    let Some(mut fields) = fields else { return row };
    for (name, value) in &mut fields {
        let number = value.get().starts_with(|c: char| c == '-' || c.is_ascii_digit());
        if let (true, true, Ok(text)) = (
            number,
            AMOUNTS.contains(&name.as_str()),
            RawValue::from_string(format!("\"{}\"", value.get())),
        ) {
            *value = text;
        }
    }
    serde_json::value::to_raw_value(&fields).unwrap_or(row)
}

#[cfg(test)]
mod tests {
    use super::{NumericMode, row_in_mode};
    use serde_json::value::RawValue;

    #[test]
    fn amounts_become_texts_without_losing_a_digit_and_nothing_else_does() {
        let row = r#"{"balance":-90071992547409931234,"currency":"USD","meta_data":{"balance":5},"identity_id":null}"#;
        let row = || RawValue::from_string(row.to_owned()).unwrap();
        assert_eq!(row_in_mode(row(), NumericMode::Number).get(), row().get());
        let expected = r#"{"balance":"-90071992547409931234","currency":"USD","identity_id":null,"meta_data":{"balance":5}}"#;
        assert_eq!(row_in_mode(row(), NumericMode::String).get(), expected);
    }
}
