//! Questions to an instance's ledger: Cloud's pages and filters in the words of Core's filter
//! endpoints.
//!
//! It asks for nothing that a Core of 0.13.2 or later does not offer, so that the simulated Core
//! and a real one serve it alike.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json as value};

use super::Cloud;
use super::api::Refused;
use super::client::CoreCall;
use super::state::CoreTarget;
use crate::core::query::filter::{self, Filter, Op, Operand};
use crate::core::time::format_rfc3339;

/// Rows of a page of ledgers when nothing is asked for.
const LEDGERS_PAGE: u64 = 30;
/// Rows of any other page when nothing is asked for.
const PAGE: u64 = 20;

/// A resource of the API.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resource {
    /// The ledger's name of it.
    pub(super) core: &'static str,
    pub(super) id_field: &'static str,
    page_size: u64,
}

pub(super) const LEDGERS: Resource =
    Resource { core: "ledgers", id_field: "ledger_id", page_size: LEDGERS_PAGE };
pub(super) const BALANCES: Resource =
    Resource { core: "balances", id_field: "balance_id", page_size: PAGE };
pub(super) const TRANSACTIONS: Resource =
    Resource { core: "transactions", id_field: "transaction_id", page_size: PAGE };
pub(super) const IDENTITIES: Resource =
    Resource { core: "identities", id_field: "identity_id", page_size: PAGE };

/// A page, as Cloud counts them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    pub(super) page: u64,
    pub(super) size: u64,
}

impl Paging {
    pub(super) fn of(resource: Resource, params: &[(String, String)]) -> Self {
        let number = |name: &str, default: u64| {
            let given = params.iter().find(|(key, _)| key == name);
            let number = given.and_then(|(_, value)| value.parse().ok());
            number.filter(|number| *number > 0).unwrap_or(default)
        };
        Self { page: number("page", 1), size: number("pageSize", resource.page_size) }
    }
}

/// Rows of one page, a JSON array, and how many there are in all.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) data: Box<RawValue>,
    pub(super) total: u64,
}

impl Rows {
    /// The rows one by one.
    pub(super) fn each(&self) -> Vec<Box<RawValue>> {
        serde_json::from_str(self.data.get()).unwrap_or_default()
    }
}

/// Core's answer to a filter that is counted. An empty list may be written as null, and then
/// nothing is counted.
struct CorePage {
    data: Option<Box<RawValue>>,
    total_count: Option<u64>,
}

impl CorePage {
    /// Reads an answer; nothing when it is no page, whatever its status says.
    fn of(body: &[u8]) -> Option<Self> {
        let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body).ok()?;
        if ["error", "errors", "error_detail"].iter().any(|name| members.contains_key(*name)) {
            return None;
        }
        let data = members.remove("data")?;
        let total_count = members
            .get("total_count")
            .map(|total| serde_json::from_str(total.get()))
            .transpose()
            .ok()?;
        match data.get() {
            "null" => Some(Self { data: None, total_count }),
            array => array.starts_with('[').then_some(Self { data: Some(data), total_count }),
        }
    }
}

#[derive(Deserialize)]
struct CoreError {
    error: Option<Value>,
    errors: Option<Value>,
}

/// The filters of a query string in the form Core's filter endpoints take.
pub(super) fn filters_of_query(params: &[(String, String)]) -> Result<Vec<Value>, Refused> {
    match filter::from_query(params) {
        Ok((filters, _)) => Ok(filters.iter().flat_map(for_core).collect()),
        Err(refused) => Err(Refused(StatusCode::BAD_REQUEST, refused.message().to_owned())),
    }
}

/// Cloud has two operators more than Core.
pub(super) fn existence(mut filter: Value) -> Value {
    let operator = match filter.get("operator").and_then(Value::as_str) {
        Some("exists") => "isnotnull",
        Some("notexists") => "isnull",
        _ => return filter,
    };
    filter["operator"] = operator.into();
    filter
}

fn for_core(filter: &Filter) -> Vec<Value> {
    let field = &filter.field;
    let Ok(op) = filter.op else { return Vec::new() };
    let operand = |operand: &Operand| for_field(field, operand);
    match (op, filter.values.as_slice()) {
        (Op::Eq, [Operand::Time(time, _)]) => {
            let (from, to) = time.range();
            vec![
                value!({"field": field, "operator": "gte", "value": format_rfc3339(from)}),
                value!({"field": field, "operator": "lt", "value": format_rfc3339(to)}),
            ]
        }
        (Op::In | Op::Between, values) => {
            let values: Vec<_> = values.iter().map(operand).collect();
            vec![value!({"field": field, "operator": op.name(), "values": values})]
        }
        (op, values) => {
            let single = values.first().map(operand).unwrap_or_default();
            vec![value!({"field": field, "operator": op.name(), "value": single})]
        }
    }
}

/// Metadata is compared with its type. To a column a text says the same and loses nothing: Core
/// reads the numbers of a body as floats.
fn for_field(field: &str, operand: &Operand) -> Value {
    match operand {
        operand if field.starts_with("meta_data.") => operand.json(),
        operand => operand.text().into(),
    }
}

impl Cloud {
    /// One page of rows and how many there are in all.
    pub(super) async fn rows(
        &self,
        core: &CoreTarget,
        resource: Resource,
        filters: &[Value],
        paging: Paging,
    ) -> Result<Rows, Refused> {
        // The ledger gives 20 rows to the one who asks for more than 100: the page must begin where
        // such pages begin.
        let over = paging.size > filter::MAX_LIMIT as u64;
        let size = if over { filter::DEFAULT_LIMIT as u64 } else { paging.size };
        let offset = (paging.page - 1).saturating_mul(size);
        let page = self.query(core, resource, filters, size, offset, false).await?;
        let total = match page.total_count {
            Some(total) => total,
            // Past the end the ledger counts nothing.
            None if offset > 0 => self
                .query(core, resource, filters, 1, 0, false)
                .await?
                .total_count
                .unwrap_or_default(),
            None => 0,
        };
        let empty = || RawValue::from_string("[]".to_owned()).map_err(|_| unreadable());
        let data = match page.data {
            Some(data) => data,
            None => empty()?,
        };
        Ok(Rows { data, total })
    }

    /// How many rows a ledger has; the sandbox's own question, which no fault hits.
    pub(super) async fn count(
        &self,
        core: &CoreTarget,
        resource: Resource,
        filters: &[Value],
    ) -> Result<u64, Refused> {
        let page = self.query(core, resource, filters, 1, 0, true).await?;
        Ok(page.total_count.unwrap_or_default())
    }

    async fn query(
        &self,
        core: &CoreTarget,
        resource: Resource,
        filters: &[Value],
        limit: u64,
        offset: u64,
        unseen: bool,
    ) -> Result<CorePage, Refused> {
        let path = format!("/{}/filter", resource.core);
        let body =
            value!({"filters": filters, "limit": limit, "offset": offset, "include_count": true});
        let call = CoreCall { unseen, ..CoreCall::new(Method::POST, &path, body.to_string()) };
        let answer = self.core.call(core, call).await.map_err(|reason| {
            tracing::debug!(%reason, path, "no answer from the ledger");
            Refused(StatusCode::BAD_GATEWAY, "Failed to query instance".to_owned())
        })?;
        if answer.status.is_success() {
            return CorePage::of(&answer.body).ok_or_else(unreadable);
        }
        // What the ledger thinks of Cloud's key is not what Cloud thinks of the caller's.
        if matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(Refused(
                StatusCode::BAD_GATEWAY,
                "Instance refused the query: check its Core key".to_owned(),
            ));
        }
        let message = serde_json::from_slice::<CoreError>(&answer.body).ok();
        let message = message.and_then(|body| body.error.or(body.errors));
        let message = message.as_ref().and_then(Value::as_str).unwrap_or("Query failed");
        Err(Refused(answer.status, message.to_owned()))
    }
}

fn unreadable() -> Refused {
    let message = "Failed to read the instance's answer";
    Refused(StatusCode::BAD_GATEWAY, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::filters_of_query;
    use serde_json::json;

    #[test]
    fn a_query_string_keeps_digits_and_types_and_a_day_is_all_of_it() {
        let of = |name: &str, value: &str| {
            filters_of_query(&[(name.to_owned(), value.to_owned())]).unwrap_or_default()
        };
        let one = |field: &str, operator: &str, value: serde_json::Value| {
            vec![json!({"field": field, "operator": operator, "value": value})]
        };
        assert_eq!(
            of("precise_amount_eq", "9007199254740993"),
            one("precise_amount", "eq", json!("9007199254740993"))
        );
        assert_eq!(
            of("created_at_gte", "2026-01-01T02:00:00Z"),
            one("created_at", "gte", json!("2026-01-01T02:00:00Z"))
        );
        let day = of("created_at_eq", "2026-01-01");
        assert_eq!(
            day[0],
            json!({"field": "created_at", "operator": "gte", "value": "2026-01-01T00:00:00Z"})
        );
        assert_eq!(
            day[1],
            json!({"field": "created_at", "operator": "lt", "value": "2026-01-02T00:00:00Z"})
        );
        assert_eq!(of("meta_data.n_eq", "5"), one("meta_data.n", "eq", json!(5)));
        assert_eq!(of("reference_gt", "2026-01-01"), one("reference", "gt", json!("2026-01-01")));
        assert_eq!(
            of("reference_in", "a,7"),
            vec![json!({"field": "reference", "operator": "in", "values": ["a", "7"]})]
        );
    }
}
