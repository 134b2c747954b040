//! The ledger under test, and how to talk to it.

use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The header that carries a key.
const KEY_HEADER: &str = "X-Blnk-Key";
/// A path that no Core has. It answers 404 to its own secret key and 403 to a key with scopes:
/// there, a path without a scope of its own is nobody's.
pub(crate) const NO_PATH: &str = "/no-such-path";
/// The pause between two reads of a state that must come.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// The version family of a ledger. Some checks depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Before 0.15: errors without `error_detail`, nearly all with status 400.
    Legacy,
    /// 0.15.0 to 0.15.2.
    Released,
    /// Newer: refuses equal source and destination, reads `indicator` on `POST /balances`.
    Newest,
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "0.14" => Ok(Self::Legacy),
            "0.15" => Ok(Self::Released),
            "main" => Ok(Self::Newest),
            _ => Err(format!("{text:?} is none of 0.14, 0.15, main")),
        }
    }
}

/// A ledger, a key, and the tag of this run.
#[derive(Debug)]
pub struct Target {
    base: String,
    key: String,
    http: reqwest::Client,
    /// The prefix of every name and reference of the run.
    pub tag: String,
    /// How long to wait for what must come.
    pub patience: Duration,
    /// How long to wait before something counts as absent.
    pub absence: Duration,
    /// The ledger's version.
    pub version: Version,
}

/// An answer: its status and its JSON (a string when the text is not JSON).
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// A text of the body; empty when there is none.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.body[key].as_str().unwrap_or_default()
    }

    fn code(&self) -> &str {
        self.body["error_detail"]["code"].as_str().unwrap_or_default()
    }

    /// The message, under either of its keys.
    pub(crate) fn message(&self) -> &str {
        let errors = self.body["errors"].as_str();
        self.body["error"].as_str().or(errors).unwrap_or_default()
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let mut text = format!("{} {}", self.status, self.body);
        if let Some((cut, _)) = text.char_indices().nth(300) {
            text.truncate(cut);
            text.push('…');
        }
        text
    }
}

async fn answered(request: reqwest::RequestBuilder) -> Result<Answer, String> {
    let response = request.send().await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let text = response.text().await.map_err(|error| error.to_string())?;
    Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
}

/// An error unless a condition holds.
pub(crate) fn ensure(holds: bool, seen: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(seen()) }
}

impl Target {
    /// A tag that no other run has.
    #[must_use]
    pub fn random_tag() -> String {
        format!("c{}", &uuid::Uuid::new_v4().simple().to_string()[..10])
    }

    /// A target. Its version is detected with validations, which write nothing.
    ///
    /// # Errors
    /// When the ledger cannot be reached, does not accept the key, or takes it as one with scopes.
    pub async fn new(base: &str, key: &str, version: Option<Version>) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|error| error.to_string())?;
        let mut target = Self {
            base: base.trim_end_matches('/').to_owned(),
            key: key.to_owned(),
            http,
            tag: Self::random_tag(),
            patience: Duration::from_secs(90),
            absence: Duration::from_secs(10),
            version: Version::Newest,
        };
        let same = json!({"precise_amount": 1, "source": "@a", "destination": "@a"});
        let answer = target.post("/transactions", &same).await?;
        if answer.status != 400 {
            return Err(format!("{base} does not answer as Core does: {}", answer.line()));
        }
        target.refuse_scopes().await?;
        target.version = version.unwrap_or_else(|| {
            if answer.message().contains("cannot be the same balance") {
                Version::Newest
            } else if answer.code().is_empty() {
                Version::Legacy
            } else {
                Version::Released
            }
        });
        Ok(target)
    }

    /// Refuses a key with scopes, even all of them: for it Core closes `/{id}/metadata` and rounds
    /// the numbers of a body, so that checks would fail for the key and not for the ledger.
    async fn refuse_scopes(&self) -> Result<(), String> {
        let answer = self.get(NO_PATH).await?;
        ensure(answer.status != 403, || {
            format!(
                "{} takes the key as one with scopes: the server's secret key is needed",
                self.base
            )
        })
    }

    /// A name of this run: `@<tag>-<end>`.
    pub(crate) fn name(&self, end: &str) -> String {
        format!("@{}-{end}", self.tag)
    }

    /// A reference of this run: `<tag>-<end>`.
    pub(crate) fn reference(&self, end: &str) -> String {
        format!("{}-{end}", self.tag)
    }

    /// A valid transaction, queued.
    pub(crate) fn valid(&self, end: &str) -> Value {
        json!({
            "precise_amount": 1050, "precision": 100, "currency": "USD",
            "reference": self.reference(end), "description": "d",
            "source": self.name("a"), "destination": self.name("b"), "allow_overdraft": true,
        })
    }

    /// The same, applied before the answer, with other fields.
    pub(crate) fn direct(&self, end: &str, with: &Value) -> Value {
        let mut body = self.valid(end);
        body["skip_queue"] = true.into();
        change(&mut body, with);
        body
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, String> {
        answered(request.header(KEY_HEADER, &self.key)).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A read with another key, or without one.
    pub(crate) async fn get_with(&self, path: &str, key: Option<&str>) -> Result<Answer, String> {
        let request = self.http.get(self.url(path));
        answered(key.iter().fold(request, |request, key| request.header(KEY_HEADER, *key))).await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, String> {
        self.send(self.http.get(self.url(path))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, String> {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Answer, String> {
        self.send(self.http.put(self.url(path)).json(body)).await
    }

    /// Posts a text.
    pub(crate) async fn post_text(&self, path: &str, text: &str) -> Result<Answer, String> {
        let request = self.http.post(self.url(path)).header("Content-Type", "application/json");
        self.send(request.body(text.to_owned())).await
    }

    /// Posts JSON and disconnects before the answer.
    pub(crate) async fn post_and_leave(&self, path: &str, body: &Value, after: Duration) {
        let request =
            self.http.post(self.url(path)).header(KEY_HEADER, &self.key).json(body).timeout(after);
        // The answer does not matter, whether it comes in time or not.
        let _ = request.send().await;
    }

    /// Posts a transaction with an amount in any JSON notation.
    pub(crate) async fn post_amount(&self, end: &str, amount: &str) -> Result<Answer, String> {
        let text = self
            .valid(end)
            .to_string()
            .replace("\"precise_amount\":1050", &format!("\"precise_amount\":{amount}"));
        self.post_text("/transactions", &text).await
    }

    /// Posts a transaction.
    pub(crate) async fn transaction(&self, body: &Value) -> Result<Answer, String> {
        self.post("/transactions", body).await
    }

    /// The rows with these references, in the order of the references.
    pub(crate) async fn rows(&self, references: &[String]) -> Result<Vec<Value>, String> {
        let filters = json!([{"field": "reference", "operator": "in", "values": references}]);
        let mut rows = self.filter("/transactions/filter", &filters).await?;
        let position =
            |row: &Value| references.iter().position(|own| row["reference"] == own.as_str());
        rows.sort_by_key(position);
        Ok(rows)
    }

    /// The row with a reference of this run, if there is one.
    pub(crate) async fn row(&self, end: &str) -> Result<Option<Value>, String> {
        Ok(self.rows(&[self.reference(end)]).await?.pop())
    }

    /// The first page (100 rows) of a filter.
    pub(crate) async fn filter(&self, path: &str, filters: &Value) -> Result<Vec<Value>, String> {
        let answer = self.post(path, &json!({"filters": filters, "limit": 100})).await?;
        match answer.body {
            Value::Array(rows) => Ok(rows),
            Value::Null => Ok(Vec::new()),
            _ => Err(format!("{path}: {}", answer.line())),
        }
    }

    /// The balance of a name of this run; `None` when there is none.
    pub(crate) async fn balance(&self, end: &str, currency: &str) -> Result<Option<Value>, String> {
        let path = format!("/balances/indicator/{}/currency/{currency}", self.name(end));
        let answer = self.get(&path).await?;
        Ok(Some(answer.body).filter(|_| answer.status == 200))
    }

    /// The sum of a balance in minor units; 0 when there is none.
    pub(crate) async fn sum(&self, end: &str) -> Result<i64, String> {
        let balance = self.balance(end, "USD").await?;
        Ok(balance.map_or(0, |balance| balance["balance"].as_i64().unwrap_or_default()))
    }

    /// Reads rows until they are as expected.
    pub(crate) async fn until(
        &self,
        references: &[String],
        expected: impl Fn(&[Value]) -> bool,
    ) -> Result<Vec<Value>, String> {
        let end = Instant::now() + self.patience;
        loop {
            let rows = self.rows(references).await?;
            if expected(&rows) {
                return Ok(rows);
            }
            ensure(Instant::now() < end, || {
                format!("not within {:?}: {}", self.patience, states(&rows))
            })?;
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    /// Waits until something that must not come would have come.
    pub(crate) async fn wait_for_nothing(&self) {
        tokio::time::sleep(self.absence).await;
    }

    /// Checks a refusal: its status and code (400 without a code on an older ledger), and a part of
    /// its message.
    pub(crate) fn refused(
        &self,
        answer: &Answer,
        status: u16,
        code: &str,
        part: &str,
    ) -> Result<String, String> {
        let matches = if self.version == Version::Legacy {
            answer.status == 400 && answer.body.get("error_detail").is_none()
        } else {
            answer.status == status && answer.code() == code
        };
        ensure(matches && answer.message().to_lowercase().contains(&part.to_lowercase()), || {
            format!("expected {status} {code} {part:?}: {}", answer.line())
        })?;
        Ok(format!("{} {}", answer.status, answer.code()).trim_end().to_owned())
    }
}

/// Sets fields of an object; null removes one.
pub(crate) fn change(body: &mut Value, with: &Value) {
    let (Some(body), Some(with)) = (body.as_object_mut(), with.as_object()) else { return };
    for (key, value) in with {
        if value.is_null() {
            body.remove(key);
        } else {
            body.insert(key.clone(), value.clone());
        }
    }
}

/// References and states of rows, in one line.
pub(crate) fn states(rows: &[Value]) -> String {
    let one = |row: &Value| format!("{} {}", text(row, "reference"), text(row, "status"));
    let all: Vec<_> = rows.iter().map(one).collect();
    format!("[{}]", all.join(", "))
}

/// A text of a row; empty when there is none.
pub(crate) fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// Whether rows have these states, one for one.
pub(crate) fn are(rows: &[Value], wanted: &[&str]) -> bool {
    rows.len() == wanted.len()
        && rows.iter().zip(wanted).all(|(row, wanted)| text(row, "status") == *wanted)
}
