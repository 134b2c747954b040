//! Core's own API.

use serde_json::{Value, json};

use super::PAGE;
use crate::{Sandbox, Step};

pub(crate) struct Core {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) key: String,
}

impl Core {
    pub(crate) async fn of(sandbox: &Sandbox, instance: &str) -> Step<Self> {
        let known = sandbox.call("GET", &format!("/cloud/instances/{instance}"), None).await?;
        let text =
            |name: &str| known.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { http: sandbox.http.clone(), base: text("core_url"), key: text("core_key") })
    }

    /// All rows of a kind. Nothing may be written meanwhile.
    pub(crate) async fn all<T: serde::de::DeserializeOwned>(&self, kind: &str) -> Step<Vec<T>> {
        let mut rows = Vec::new();
        loop {
            let wanted = json!({"filters": [], "limit": PAGE, "offset": rows.len()});
            let request = self
                .http
                .post(format!("{}/{kind}/filter", self.base))
                .header("X-Blnk-Key", &self.key)
                .json(&wanted);
            let answer: Value = request.send().await?.error_for_status()?.json().await?;
            // An empty list of Core's is null.
            let page: Option<Vec<T>> =
                serde_json::from_value(answer.get("data").cloned().unwrap_or(answer))?;
            let page = page.unwrap_or_default();
            let last = page.len() < PAGE;
            rows.extend(page);
            if last {
                return Ok(rows);
            }
        }
    }
}
