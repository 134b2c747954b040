//! The part of Lambda's API that tests need: invoke, copy a function, enable and disable an event
//! source.

use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::stack::variable;
use crate::{Stack, Step};

/// The longest time for an invocation: the function's own timeout, and a cold start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client of the local AWS's Lambda.
#[derive(Debug, Clone)]
pub struct Lambda {
    http: reqwest::Client,
    base: String,
}

/// The result of an invocation.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// The function ended by itself and answered.
    pub ok: bool,
    /// Its answer, or Lambda's error.
    pub answer: Value,
}

impl Invoked {
    /// Whether every message of the batch was acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> bool {
        let failures = self.answer.get("batchItemFailures").and_then(Value::as_array);
        self.ok && failures.is_none_or(Vec::is_empty)
    }
}

impl Lambda {
    /// The Lambda of a stack.
    ///
    /// # Errors
    /// When no client can be built.
    pub fn of(stack: &Stack) -> Step<Self> {
        let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { http, base: stack.aws.clone() })
    }

    /// The local AWS reads the account from the header and checks no signature.
    fn request(&self, method: &str, path: &str) -> Step<reqwest::RequestBuilder> {
        let signed = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, \
            SignedHeaders=host, Signature=0";
        Ok(self
            .http
            .request(method.parse()?, format!("{}{path}", self.base))
            .header("authorization", signed))
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Step<Value> {
        let mut request = self.request(method, path)?;
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            return Err(format!("{method} {path}: {status} {text}").into());
        }
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }

    /// Invokes a function and waits for its end.
    ///
    /// # Errors
    /// When Lambda does not answer at all.
    pub async fn invoke(&self, function: &str, event: &Value) -> Step<Invoked> {
        let response = self
            .request("POST", &format!("/2015-03-31/functions/{function}/invocations"))?
            .json(event)
            .send()
            .await?;
        let ended = response.status().is_success()
            && !response.headers().contains_key("x-amz-function-error");
        let text = response.text().await?;
        let answer: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Invoked { ok: ended && answer.get("errorMessage").is_none(), answer })
    }

    /// Makes a function with the code, the role and the variables of another. Its processes can be
    /// recognised by its name. One that an earlier test left behind is replaced.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn copy(&self, from: &str, to: &str) -> Step {
        let known = self.call("GET", &format!("/2015-03-31/functions/{from}"), None).await?;
        let location = known
            .pointer("/Code/Location")
            .and_then(Value::as_str)
            .ok_or("a function without code")?;
        let code = self.http.get(location).send().await?.error_for_status()?.bytes().await?;
        let mut function = json!({"FunctionName": to,
            "Code": {"ZipFile": base64::engine::general_purpose::STANDARD.encode(&code)}});
        for name in [
            "Runtime",
            "Role",
            "Handler",
            "Timeout",
            "MemorySize",
            "Environment",
            "Architectures",
            "LoggingConfig",
        ] {
            if let Some(value) = known.pointer(&format!("/Configuration/{name}")) {
                function[name] = value.clone();
            }
        }
        if self.call("GET", &format!("/2015-03-31/functions/{to}"), None).await.is_ok() {
            self.delete(to).await?;
        }
        self.call("POST", "/2015-03-31/functions", Some(function)).await.map(drop)
    }

    /// Removes a function and its processes.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn delete(&self, function: &str) -> Step {
        self.call("DELETE", &format!("/2015-03-31/functions/{function}"), None).await.map(drop)
    }

    /// The id of the event source mapping from the work queue to the worker. The mapping of the
    /// delay queue stays with the local AWS.
    ///
    /// # Errors
    /// When there is none.
    pub async fn worker_mapping(&self) -> Step<String> {
        let worker = variable("SYNC_WORKER_FUNCTION")?;
        let known = self.call("GET", "/2015-03-31/event-source-mappings/", None).await?;
        let mappings =
            known.get("EventSourceMappings").and_then(Value::as_array).into_iter().flatten();
        let text = |mapping: &Value, name: &str| {
            mapping.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let ours = |mapping: &&Value| {
            text(mapping, "FunctionArn").ends_with(&format!(":{worker}"))
                && text(mapping, "EventSourceArn").ends_with(".fifo")
        };
        let found = mappings
            .into_iter()
            .find(ours)
            .and_then(|mapping| mapping.get("UUID")?.as_str().map(str::to_owned));
        Ok(found.ok_or("no event source feeds the worker")?)
    }

    /// Enables or disables an event source mapping.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn enable_mapping(&self, id: &str, enabled: bool) -> Step {
        self.call(
            "PUT",
            &format!("/2015-03-31/event-source-mappings/{id}"),
            Some(json!({"Enabled": enabled})),
        )
        .await
        .map(drop)
    }
}
