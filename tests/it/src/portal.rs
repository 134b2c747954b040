//! The portal's API, as its page uses it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Stack, Step};

/// How often a read that got 503 is repeated, and after how long.
const READ_AGAIN: u32 = 5;
const READ_PAUSE: std::time::Duration = std::time::Duration::from_millis(700);

/// A session.
#[derive(Debug, Clone)]
pub struct Portal {
    http: reqwest::Client,
    base: String,
    bearer: String,
}

/// The pause between two reads of a run.
const POLL: Duration = Duration::from_millis(300);

impl Portal {
    /// Redeems the token of a portal URL.
    ///
    /// # Errors
    /// The refusal.
    pub async fn open(stack: &Stack, portal_url: &str) -> Step<Self> {
        let token = portal_url.split_once("token=").ok_or("a portal URL without a token")?.1;
        let answer = stack
            .http
            .post(format!("{}/portal/api/session", stack.api))
            .json(&json!({"token": token}))
            .send()
            .await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        let bearer = body
            .get("bearer")
            .and_then(Value::as_str)
            .ok_or_else(|| format!("no session: {status} {body}"))?;
        Ok(Self { http: stack.http.clone(), base: stack.api.clone(), bearer: bearer.to_owned() })
    }

    /// What the page sends with every call.
    #[must_use]
    pub fn bearer(&self) -> &str {
        &self.bearer
    }

    /// A call, whatever its answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Step<(u16, Value)> {
        let mut request = self
            .http
            .request(method.parse()?, format!("{}/portal/api{path}", self.base))
            .bearer_auth(&self.bearer);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// A call that must succeed. A read that gets 503 is repeated: under a burst the local AWS may
    /// be busy.
    ///
    /// # Errors
    /// Its refusal.
    pub async fn ok(&self, method: &str, path: &str, body: Option<Value>) -> Step<Value> {
        let (mut status, mut answer) = self.call(method, path, body.clone()).await?;
        for _ in 0..READ_AGAIN {
            if status != 503 || method != "GET" {
                break;
            }
            tokio::time::sleep(READ_PAUSE).await;
            (status, answer) = self.call(method, path, body.clone()).await?;
        }
        if (200..300).contains(&status) {
            Ok(answer)
        } else {
            Err(format!("{method} {path}: {status} {answer}").into())
        }
    }

    /// Connects a Stripe key.
    ///
    /// # Errors
    /// The refusal.
    pub async fn connect(&self, key: &str) -> Step<Value> {
        self.ok("POST", "/stripe", Some(json!({"key": key}))).await
    }

    /// Sets how often a sync starts by itself.
    ///
    /// # Errors
    /// The refusal.
    pub async fn interval(&self, interval: &str) -> Step<Value> {
        self.settings(json!({"interval": interval})).await
    }

    /// Changes some settings and keeps the others.
    ///
    /// # Errors
    /// The refusal.
    pub async fn settings(&self, change: Value) -> Step<Value> {
        self.ok("PUT", "/settings", Some(self.changed(change).await?)).await
    }

    /// The current settings with a change: the body of a request.
    ///
    /// # Errors
    /// The refusal.
    pub async fn changed(&self, mut change: Value) -> Step<Value> {
        let shown = self.ok("GET", "/settings", None).await?;
        for kept in [
            "revision",
            "interval",
            "pay_ins",
            "account_names",
            "start_date",
            "match_by_email",
            "personal_data",
            "ceilings",
        ] {
            if change.get(kept).is_none() {
                change[kept] = shown.get(kept).cloned().unwrap_or_default();
            }
        }
        Ok(change)
    }

    /// Starts a run. Returns its id.
    ///
    /// # Errors
    /// The refusal.
    pub async fn sync(&self, scope: &str) -> Step<String> {
        let answer = self.ok("POST", "/runs", Some(json!({"scope": scope}))).await?;
        Ok(answer.pointer("/run/id").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// One run.
    ///
    /// # Errors
    /// The refusal.
    pub async fn run(&self, id: &str) -> Step<Value> {
        self.ok("GET", &format!("/runs/{id}"), None).await
    }

    /// Waits until a run is over, calling `seen` with each state on the way.
    ///
    /// # Errors
    /// When it takes longer than `limit`.
    pub async fn finished(
        &self,
        id: &str,
        limit: Duration,
        mut seen: impl FnMut(&Value),
    ) -> Step<Value> {
        let began = Instant::now();
        loop {
            let run = self.run(id).await?;
            seen(&run);
            let state = run.get("state").and_then(Value::as_str).unwrap_or_default();
            if !matches!(state, "queued" | "running") {
                return Ok(run);
            }
            if began.elapsed() > limit {
                return Err(
                    format!("the run is not over after {} s: {run}", limit.as_secs()).into()
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }
}
