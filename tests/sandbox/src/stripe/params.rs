//! Query parameters of list requests.

use super::error::Failure;

const DEFAULT_LIMIT: usize = 10;
const MAX_LIMIT: i64 = 100;

/// Which side of a cursor, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CursorId {
    After(String),
    Before(String),
}

/// Bounds on a time, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Range {
    /// No bounds.
    pub(super) const ALL: Self = Self { from: i64::MIN, to: i64::MAX };

    /// Whether a time is within.
    pub(super) fn has(self, time: i64) -> bool {
        self.from <= time && time <= self.to
    }

    fn narrow(&mut self, operator: &str, value: i64) -> bool {
        match operator {
            "" => (self.from, self.to) = (self.from.max(value), self.to.min(value)),
            "gt" => self.from = self.from.max(value.saturating_add(1)),
            "gte" => self.from = self.from.max(value),
            "lt" => self.to = self.to.min(value.saturating_sub(1)),
            "lte" => self.to = self.to.min(value),
            _ => return false,
        }
        true
    }
}

/// A checked query.
#[derive(Debug)]
pub(super) struct Params {
    pub(super) limit: usize,
    pub(super) cursor: Option<CursorId>,
    pub(super) created: Range,
    pub(super) arrival: Range,
    pub(super) expand: Vec<String>,
    filters: Vec<(String, String)>,
}

impl Params {
    /// Reads a query; `filters` are the parameters allowed besides those of every list, or `None`
    /// where only `expand` is allowed.
    ///
    /// # Errors
    /// 400, naming the parameter that is unknown or wrong.
    pub(super) fn parse(
        pairs: Vec<(String, String)>,
        filters: Option<&[&str]>,
    ) -> Result<Self, Failure> {
        let mut params = Self {
            limit: DEFAULT_LIMIT,
            cursor: None,
            created: Range::ALL,
            arrival: Range::ALL,
            expand: Vec::new(),
            filters: Vec::new(),
        };
        for (key, value) in pairs {
            params.take(&key, value, filters)?;
        }
        Ok(params)
    }

    /// The value of a filter.
    pub(super) fn filter(&self, name: &str) -> Option<&str> {
        let found = self.filters.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a filter that is a list.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.filters.iter().filter(move |(key, _)| key == name);
        own.map(|(_, value)| value.as_str())
    }

    fn take(&mut self, key: &str, value: String, filters: Option<&[&str]>) -> Result<(), Failure> {
        let (name, inner) = match key.split_once('[') {
            Some((name, rest)) => (name, rest.trim_end_matches(']')),
            None => (key, ""),
        };
        let list = filters.is_some();
        let allowed = |name: &str| filters.is_some_and(|filters| filters.contains(&name));
        match name {
            "expand" => self.expand.push(value),
            "limit" if list => self.limit = limit(&value)?,
            "starting_after" | "ending_before" if list => self.set_cursor(name, value)?,
            "created" if list => narrow(&mut self.created, key, inner, &value)?,
            "arrival_date" if allowed(name) => narrow(&mut self.arrival, key, inner, &value)?,
            _ if allowed(name) => {
                if value.is_empty() {
                    let text = format!(
                        "You passed an empty string for '{name}'. We assume empty values are an \
                            attempt to unset a parameter; \
                            however '{name}' cannot be unset. You should remove '{name}' from your \
                            request or supply a non-empty value."
                    );
                    return Err(Failure::param("parameter_invalid_empty", name, text));
                }
                self.filters.push((name.to_owned(), value));
            }
            _ => {
                let text = format!("Received unknown parameter: {name}");
                return Err(Failure::param("parameter_unknown", name, text));
            }
        }
        Ok(())
    }

    fn set_cursor(&mut self, name: &str, value: String) -> Result<(), Failure> {
        if self.cursor.is_some() {
            let message =
                "You can only specify one of these parameters: starting_after, ending_before."
                    .to_owned();
            return Err(Failure { message, ..Failure::invalid_request() });
        }
        self.cursor = Some(if name == "starting_after" {
            CursorId::After(value)
        } else {
            CursorId::Before(value)
        });
        Ok(())
    }
}

fn limit(value: &str) -> Result<usize, Failure> {
    let code = "parameter_invalid_integer";
    let limit = integer(value, "limit")?;
    let text = match limit {
        ..1 => "This value must be greater than or equal to 1.".to_owned(),
        1..=MAX_LIMIT => return Ok(usize::try_from(limit).unwrap_or(DEFAULT_LIMIT)),
        _ => format!(
            "This value must be less than or equal to {MAX_LIMIT} (it currently is '{limit}')."
        ),
    };
    Err(Failure::param(code, "limit", text))
}

fn narrow(range: &mut Range, key: &str, operator: &str, value: &str) -> Result<(), Failure> {
    let value = integer(value, key)?;
    if range.narrow(operator, value) {
        return Ok(());
    }
    let text = format!("Received unknown parameter: {key}");
    Err(Failure::param("parameter_unknown", key, text))
}

fn integer(value: &str, param: &str) -> Result<i64, Failure> {
    value.parse().map_err(|_| {
        Failure::param("parameter_invalid_integer", param, format!("Invalid integer: {value}"))
    })
}
