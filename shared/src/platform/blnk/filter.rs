//! The conditions of a list. A row must meet all of them.

use serde::Serialize;

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// SQL `LIKE`: `%` matches any text and `_` any one character, also inside an id.
    Like,
    /// Like [`Operator::Like`], ignoring case.
    Ilike,
}

/// One condition. Values are sent as JSON strings and are compared with metadata as strings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Filter {
    field: String,
    operator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<String>>,
}

impl Filter {
    /// `field` compared with one value.
    pub fn compare(field: impl Into<String>, operator: Operator, value: impl Into<String>) -> Self {
        let operator = match operator {
            Operator::Eq => "eq",
            Operator::Ne => "ne",
            Operator::Gt => "gt",
            Operator::Gte => "gte",
            Operator::Lt => "lt",
            Operator::Lte => "lte",
            Operator::Like => "like",
            Operator::Ilike => "ilike",
        };
        Self { field: field.into(), operator, value: Some(value.into()), values: None }
    }

    /// `field` equals `value`.
    pub fn eq(field: impl Into<String>, value: impl Into<String>) -> Self {
        Self::compare(field, Operator::Eq, value)
    }

    /// `field` is one of `values`.
    pub fn is_in<S: AsRef<str>>(field: impl Into<String>, values: &[S]) -> Self {
        let values = values.iter().map(|value| value.as_ref().to_owned()).collect();
        Self { field: field.into(), operator: "in", value: None, values: Some(values) }
    }
}
