//! Filters of the list and filter endpoints: how they are read, and in which words they are
//! refused.

mod op;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::core::error::{self, ApiError};
use crate::core::meta::through_floats;
use crate::core::time::{FilterTime, parse_filter_time};

pub use self::op::Op;

/// Filters in one query string.
const MAX_QUERY_FILTERS: usize = 20;
/// Values of one `in` in a query string.
const MAX_QUERY_VALUES: usize = 100;
/// Bytes of one value in a query string.
const MAX_QUERY_BYTES: usize = 1000;

/// A value to compare with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A JSON value; from a query string, what its text looks like.
    Json(Value),
    /// A text of a query string that looks like a timestamp.
    Time(FilterTime, String),
}

impl Operand {
    /// Guesses the type of a query string's value: integer, number, boolean, timestamp, else text.
    pub fn guess(text: &str) -> Self {
        if let Ok(whole) = text.parse::<i64>() {
            return Self::Json(whole.into());
        }
        if let Ok(number @ Value::Number(_)) = serde_json::from_str(text) {
            return Self::Json(number);
        }
        match text {
            "true" => return Self::Json(true.into()),
            "false" => return Self::Json(false.into()),
            _ => {}
        }
        match parse_filter_time(text) {
            Some(time) => Self::Time(time, text.to_owned()),
            None => Self::Json(text.into()),
        }
    }

    /// A body's value: its numbers are read into floats.
    fn of_body(value: Value) -> Self {
        Self::Json(if value.is_number() { through_floats(&value) } else { value })
    }

    /// Null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Json(Value::Null))
    }

    /// An array or an object.
    pub fn is_nested(&self) -> bool {
        matches!(self, Self::Json(Value::Array(_) | Value::Object(_)))
    }

    /// The text the database gets to see.
    pub fn text(&self) -> String {
        match self {
            Self::Json(Value::String(text)) | Self::Time(_, text) => text.clone(),
            Self::Json(value) => value.to_string(),
        }
    }

    /// As a JSON value.
    pub fn json(&self) -> Value {
        match self {
            Self::Json(value) => value.clone(),
            Self::Time(_, text) => text.as_str().into(),
        }
    }
}

/// One condition.
#[derive(Debug, Clone)]
pub struct Filter {
    /// A column, or `meta_data.<key>`.
    pub field: String,
    /// `None` = an operator that does not exist, kept for the error's text.
    pub op: Result<Op, String>,
    /// What to compare with.
    pub values: Vec<Operand>,
}

/// Order, page and count of a query.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// All of them, or with `any` at least one, must hold.
    pub filters: Vec<Filter>,
    /// Combined by `or`.
    pub any: bool,
    /// Rows given at most.
    pub limit: usize,
    /// Rows left out before.
    pub offset: usize,
    /// A column; empty = `created_at`.
    pub sort_by: String,
    /// Ascending.
    pub ascending: bool,
    /// Whether all matches are counted.
    pub count: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    filters: Option<Vec<BodyFilter>>,
    logical_operator: Option<String>,
    limit: Option<i64>,
    offset: Option<i64>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    include_count: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BodyFilter {
    field: Option<String>,
    operator: Option<String>,
    value: Option<Value>,
    values: Option<Vec<Value>>,
}

/// Rows of a page when nothing, or too much, is asked for.
pub const DEFAULT_LIMIT: usize = 20;
/// Rows of a page at most; more falls back to [`DEFAULT_LIMIT`].
pub const MAX_LIMIT: usize = 100;

/// Reads the body of a filter endpoint.
///
/// # Errors
/// JSON of another shape; a logical operator that does not exist.
pub fn from_body(bytes: &[u8]) -> Result<Query, ApiError> {
    let refused = |message: String| ApiError::new(error::VALIDATION, message);
    let body: Body = crate::core::api::http::parse(bytes).map_err(refused)?;
    let logical = body.logical_operator.unwrap_or_default();
    let any = match logical.trim().to_lowercase().as_str() {
        "" | "and" => false,
        "or" => true,
        _ => {
            return Err(refused("invalid logical_operator: must be 'and' or 'or'".to_owned()));
        }
    };
    let filters = body.filters.unwrap_or_default();
    let limit = usize::try_from(body.limit.unwrap_or_default()).unwrap_or_default();
    let order = body.sort_order.unwrap_or_default();
    Ok(Query {
        filters: filters.into_iter().map(from_body_filter).collect(),
        any,
        limit: if (1..=MAX_LIMIT).contains(&limit) { limit } else { DEFAULT_LIMIT },
        offset: usize::try_from(body.offset.unwrap_or_default()).unwrap_or_default(),
        sort_by: body.sort_by.unwrap_or_default().trim().to_lowercase(),
        ascending: order.trim().eq_ignore_ascii_case("asc"),
        count: body.include_count.unwrap_or_default(),
    })
}

fn from_body_filter(filter: BodyFilter) -> Filter {
    let operator = filter.operator.unwrap_or_default();
    let op = Op::exact(&operator).ok_or(operator);
    let values = match op {
        Ok(Op::In | Op::Between) => filter.values.unwrap_or_default(),
        _ => vec![filter.value.unwrap_or_default()],
    };
    Filter {
        field: filter.field.unwrap_or_default(),
        op,
        values: values.into_iter().map(Operand::of_body).collect(),
    }
}

const RESERVED: [&str; 12] = [
    "page",
    "pagesize",
    "per_page",
    "limit",
    "offset",
    "sort",
    "order",
    "order_by",
    "order_dir",
    "logical_operator",
    "instance_id",
    "org_id",
];

/// Reads the filters of a query string, `<field>_<op>=<value>`; parameters with any other suffix
/// are not seen.
///
/// # Errors
/// Too many filters or values, values that are too long, a `between` without two values: all of
/// them in one error.
pub fn from_query(params: &[(String, String)]) -> Result<(Vec<Filter>, bool), ApiError> {
    let mut filters: Vec<Filter> = Vec::new();
    let mut errors = Vec::new();
    let mut seen = Vec::new();
    let mut any = false;
    for (name, value) in params {
        if name == "logical_operator" {
            match value.trim().to_lowercase().as_str() {
                "" | "and" => {}
                "or" => any = true,
                _ => errors
                    .push(param_error(name, "invalid logical_operator: must be 'and' or 'or'")),
            }
        }
        if RESERVED.contains(&name.to_lowercase().as_str()) || seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let Some((field, op)) = name.rsplit_once('_') else {
            continue;
        };
        let Some(op) = Op::suffix(op) else { continue };
        if filters.len() >= MAX_QUERY_FILTERS {
            let message = format!("exceeded maximum number of filters ({MAX_QUERY_FILTERS})");
            errors.push(param_error(name, &message));
            continue;
        }
        match query_values(op, value) {
            Ok(values) => filters.push(Filter { field: field.to_owned(), op: Ok(op), values }),
            Err(message) => errors.push(param_error(name, &message)),
        }
    }
    if errors.is_empty() {
        return Ok((filters, any));
    }
    let refused = ApiError::new(error::VALIDATION, "invalid filter parameters").plural();
    Err(refused.legacy(Value::Array(errors)))
}

fn param_error(param: &str, message: &str) -> Value {
    json!({"Param": param, "Message": message})
}

fn query_values(op: Op, value: &str) -> Result<Vec<Operand>, String> {
    if value.len() > MAX_QUERY_BYTES {
        return Err(format!("value exceeds maximum length ({MAX_QUERY_BYTES} chars)"));
    }
    match op {
        Op::IsNull | Op::IsNotNull => Ok(Vec::new()),
        Op::Between => {
            let values: Vec<_> = value.split('|').map(Operand::guess).collect();
            if values.len() == 2 {
                return Ok(values);
            }
            Err("between operator requires exactly 2 pipe-separated values (value1|value2)"
                .to_owned())
        }
        Op::In => {
            let values: Vec<_> = value.split(',').map(|v| Operand::guess(v.trim())).collect();
            if values.len() <= MAX_QUERY_VALUES {
                return Ok(values);
            }
            Err(format!("IN operator exceeds maximum values ({MAX_QUERY_VALUES})"))
        }
        _ => Ok(vec![Operand::guess(value)]),
    }
}

/// Checks filters against a table's columns.
///
/// # Errors
/// An operator or a field that does not exist, values that are missing, a metadata key that is not
/// one plain word.
pub fn validate(filters: &[Filter], table: &str, columns: &[&str]) -> Result<(), ApiError> {
    for filter in filters {
        if let Err(message) = check(filter, table, columns) {
            let message = format!("Invalid filter: {message}");
            return Err(ApiError::new(error::BAD_REQUEST, message).caused());
        }
    }
    Ok(())
}

fn check(filter: &Filter, table: &str, columns: &[&str]) -> Result<(), String> {
    let field = &filter.field;
    let op = filter.op.as_ref().map_err(|op| {
        format!(
            "invalid operator '{op}' for field '{field}': must be one of eq, ne, gt, gte, lt, lte, \
             in, between, like, ilike, isnull, isnotnull"
        )
    })?;
    let given = filter.values.len();
    if *op == Op::In && given == 0 {
        return Err(format!(
            "operator 'in' for field '{field}' requires at least one value in 'values'"
        ));
    }
    if *op == Op::Between && given != 2 {
        return Err(format!(
            "operator 'between' for field '{field}' requires exactly two values in 'values', got \
             {given}"
        ));
    }
    let of_sides = [Op::Eq, Op::Ne, Op::In, Op::IsNull, Op::IsNotNull];
    if table == "transactions" && field == "balance_id" && !of_sides.contains(op) {
        return Err(format!(
            "operator '{}' is not supported for field 'balance_id' on transactions: must be one of \
             eq, ne, in, isnull, isnotnull",
            op.name()
        ));
    }
    if let Some(key) = field.strip_prefix("meta_data.") {
        let plain = key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain {
            return Ok(());
        }
        return Err(format!(
            "invalid JSON key '{key}' in field '{field}': must match pattern \
             ^[a-zA-Z][a-zA-Z0-9_]*$"
        ));
    }
    if columns.contains(&field.as_str()) {
        return Ok(());
    }
    Err(format!("invalid field '{field}' for table '{table}'"))
}
