//! A Core under test, met only through its own HTTP API.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

/// What a check answers: what was seen, or what is wrong.
pub type Seen = Result<String, String>;
/// How often a state that takes time is looked at.
const POLL: Duration = Duration::from_millis(200);

/// How long a check waits for what takes time.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For what must come.
    pub appears: Duration,
    /// For what must never come.
    pub absent: Duration,
}

/// A Core and the tag of this run.
#[derive(Debug, Clone)]
pub struct Core {
    http: reqwest::Client,
    base: String,
    key: String,
    /// Stands in every name and reference of this run.
    pub tag: String,
    /// Waiting times.
    pub patience: Patience,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, or its text when it is not JSON.
    pub body: Value,
}

impl Answer {
    /// A string of the body.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        text(&self.body, name)
    }

    /// `error_detail.code`.
    #[must_use]
    pub fn code(&self) -> String {
        self.body.pointer("/error_detail/code").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Every message of an error body in one text.
    #[must_use]
    pub fn message(&self) -> String {
        ["error", "errors"].iter().filter_map(|name| self.body.get(*name)).map(ToString::to_string).collect()
    }

    /// The answer, if it has a status.
    ///
    /// # Errors
    /// What it has instead.
    pub fn expect(self, status: u16) -> Result<Self, String> {
        if self.status == status { Ok(self) } else { Err(format!("{} instead of {status}: {}", self.status, self.body)) }
    }

    /// The answer, if it refuses with a status and a code. A Core before 0.15 has no codes and answers nearly everything with 400:
    /// then the message decides.
    ///
    /// # Errors
    /// What it does instead.
    pub fn refuses(self, status: u16, code: &str, message: &str) -> Result<Self, String> {
        let legacy = self.body.get("error_detail").is_none();
        let status_fits = self.status == status || (legacy && self.status == 400);
        let code_fits = legacy || code.is_empty() || self.code() == code;
        if status_fits && code_fits && self.message().to_lowercase().contains(&message.to_lowercase()) {
            Ok(self)
        } else {
            Err(format!("{} {} instead of {status} {code} “{message}”", self.status, self.body))
        }
    }
}

/// A string of an object.
#[must_use]
pub(crate) fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A condition of a check.
///
/// # Errors
/// `what`, when it does not hold.
pub(crate) fn must(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

impl Core {
    /// A Core at a base URL, with its key.
    #[must_use]
    pub fn new(base: &str, key: &str, patience: Patience) -> Self {
        let tag = format!("cf{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
        Self { http: reqwest::Client::new(), base: base.trim_end_matches('/').to_owned(), key: key.to_owned(), tag, patience }
    }

    /// A name of this run.
    #[must_use]
    pub fn name(&self, rest: &str) -> String {
        format!("{}-{rest}", self.tag)
    }

    /// A named balance of this run.
    #[must_use]
    pub fn at(&self, rest: &str) -> String {
        format!("@{}-{rest}", self.tag)
    }

    /// A valid body: 10.50 USD from `@…-a` to `@…-b`, with members put over it.
    #[must_use]
    pub fn transaction(&self, reference: &str, over: Value) -> Value {
        let mut body = json!({"precise_amount": 1050, "precision": 100, "currency": "USD", "reference": self.name(reference), "description": "d",
            "source": self.at("a"), "destination": self.at("b"), "allow_overdraft": true});
        if let (Some(body), Value::Object(over)) = (body.as_object_mut(), over) {
            for (name, value) in over {
                if value.is_null() {
                    body.remove(&name);
                } else {
                    body.insert(name, value);
                }
            }
        }
        body
    }

    /// A call with a body as text, exactly as it stands.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn raw(&self, method: &str, path: &str, body: Option<String>) -> Result<Answer, String> {
        let method = method.parse().map_err(|_| format!("{method} is no method"))?;
        let mut request = self.http.request(method, format!("{}{path}", self.base)).header("X-Blnk-Key", &self.key);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body);
        }
        let answer = request.send().await.map_err(|error| format!("{path}: {error}"))?;
        let status = answer.status().as_u16();
        let text = answer.text().await.map_err(|error| format!("{path}: {error}"))?;
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
    }

    /// A call.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Result<Answer, String> {
        self.raw(method, path, (!body.is_null()).then(|| body.to_string())).await
    }

    /// `POST`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: Value) -> Result<Answer, String> {
        self.call("POST", path, body).await
    }

    /// Posts a transaction.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, reference: &str, over: Value) -> Result<Answer, String> {
        self.post("/transactions", self.transaction(reference, over)).await
    }

    /// Rows that meet conditions, newest first.
    ///
    /// # Errors
    /// When the filter is refused.
    pub async fn rows(&self, what: &str, filters: Value, limit: u32, offset: u32) -> Result<Vec<Value>, String> {
        let body = json!({"filters": filters, "limit": limit, "offset": offset});
        let answer = self.post(&format!("/{what}/filter"), body).await?.expect(200)?;
        let rows = answer.body.get("data").cloned().unwrap_or(answer.body);
        Ok(rows.as_array().cloned().unwrap_or_default())
    }

    /// The rows of some references of this run.
    ///
    /// # Errors
    /// When the filter is refused.
    pub async fn references(&self, references: &[&str]) -> Result<Vec<Value>, String> {
        let values: Vec<String> = references.iter().map(|reference| self.name(reference)).collect();
        self.rows("transactions", json!([{"field": "reference", "operator": "in", "values": values}]), 100, 0).await
    }

    /// The row of one reference of this run.
    ///
    /// # Errors
    /// When there is none.
    pub async fn row(&self, reference: &str) -> Result<Value, String> {
        self.references(&[reference]).await?.into_iter().next().ok_or_else(|| format!("no row {reference}"))
    }

    /// Waits for a row of a reference in a status.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn awaited(&self, reference: &str, status: &str) -> Result<Value, String> {
        let until = Instant::now() + self.patience.appears;
        loop {
            let rows = self.references(&[reference]).await?;
            if let Some(row) = rows.iter().find(|row| text(row, "status") == status) {
                return Ok(row.clone());
            }
            if Instant::now() > until {
                return Err(format!("{reference} did not become {status}: {rows:?}"));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// A named balance, if it exists.
    ///
    /// # Errors
    /// When the filter is refused.
    pub async fn balance(&self, indicator: &str, currency: &str) -> Result<Option<Value>, String> {
        let filters = json!([{"field": "indicator", "operator": "eq", "value": indicator}, {"field": "currency", "operator": "eq", "value": currency}]);
        Ok(self.rows("balances", filters, 20, 0).await?.into_iter().next())
    }

    /// What a named balance of this run holds in USD; nothing is 0.
    ///
    /// # Errors
    /// When the filter is refused.
    pub async fn holds(&self, rest: &str) -> Result<i64, String> {
        let found = self.balance(&self.at(rest), "USD").await?;
        Ok(found.and_then(|row| row.get("balance").and_then(Value::as_i64)).unwrap_or_default())
    }
}
