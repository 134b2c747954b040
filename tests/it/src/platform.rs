//! Blnk Cloud's requests as raw HTTP: for events that the real platform does not send.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use stripe_sync::platform::clock;

use crate::{Failure, Install, Portal, Stack, Step};

/// An answer of the deployed API.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// Sends a request.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn to(request: reqwest::RequestBuilder) -> Step<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, text: response.text().await? })
    }

    /// A header's value; empty when it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Asserts that an event was accepted.
    ///
    /// # Errors
    /// The answer, when it is not.
    pub fn taken(&self) -> Step {
        if self.status == 200 {
            Ok(())
        } else {
            Err(format!("not taken: {} {}", self.status, self.text).into())
        }
    }

    /// Asserts a refusal in the form that every refusal has. Returns the problem document.
    ///
    /// # Errors
    /// The answer, when it is no problem document of this status and code.
    pub fn refused(&self, status: u16, code: &str) -> Step<Value> {
        let problem = self.json();
        let as_wanted = self.status == status
            && self.header("content-type") == "application/problem+json"
            && problem.get("status").and_then(Value::as_u64) == Some(u64::from(status))
            && problem.get("code").and_then(Value::as_str) == Some(code)
            && problem.get("request_id").and_then(Value::as_str).is_some_and(|id| !id.is_empty());
        if as_wanted {
            Ok(problem)
        } else {
            Err(format!(
                "wanted {status} {code}, got {} {} {}",
                self.status,
                self.header("content-type"),
                self.text
            )
            .into())
        }
    }
}

/// A unique name.
#[must_use]
pub fn fresh(prefix: &str) -> String {
    format!("{prefix}_{}", clock::new_ulid())
}

/// A unique Blnk key.
#[must_use]
pub fn fresh_key() -> String {
    format!("blnk_test_{}{}", clock::new_ulid(), clock::new_ulid()).to_lowercase()
}

/// An install as the platform knows it.
#[derive(Debug, Clone)]
pub struct Ids {
    /// `installed_app_id`
    pub install: String,
    /// `app_id`
    pub app: String,
    /// `instance_id`
    pub instance: String,
}

impl Ids {
    /// An unknown install.
    #[must_use]
    pub fn fresh() -> Self {
        Self { install: fresh("instapp"), app: fresh("app"), instance: fresh("inst") }
    }

    /// What a launch sends.
    #[must_use]
    pub fn launch(&self) -> Value {
        json!({"installed_app_id": self.install, "app_id": self.app, "instance_id": self.instance})
    }

    /// An install event in its newest form.
    #[must_use]
    pub fn installed(&self, api_key: &str) -> Value {
        let mut event = self.launch();
        event["api_key"] = json!(api_key);
        event["api_key_prefix"] = json!(api_key.get(..8));
        event["granted_permissions"] =
            json!(["data:read", "data:write", "alerts:read", "alerts:write"]);
        event["idempotency_key"] = json!(format!("install:{}", self.install));
        event
    }

    /// An uninstall event in its newest form, dated now.
    #[must_use]
    pub fn uninstalled(&self) -> Value {
        let mut event = self.launch();
        event["uninstalled_at"] = json!(clock::now().rfc3339());
        event["idempotency_key"] = json!(format!("uninstall:{}", self.install));
        event
    }
}

/// The same event with one member changed.
#[must_use]
pub fn with(event: &Value, name: &str, value: Value) -> Value {
    let mut event = event.clone();
    event[name] = value;
    event
}

/// The same event without some members.
#[must_use]
pub fn without(event: &Value, names: &[&str]) -> Value {
    let mut event = event.clone();
    if let Some(fields) = event.as_object_mut() {
        fields.retain(|name, _| !names.contains(&name.as_str()));
    }
    event
}

impl Stack {
    /// Sends an event to the registered callback.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn callback(&self, event: &Value) -> Step<Answer> {
        Answer::to(self.http.post(&self.callback).json(event)).await
    }

    /// Sends a launch to the registered portal generator.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn generate(&self, launch: &Value) -> Step<Answer> {
        Answer::to(self.http.post(&self.portal_generator).json(launch)).await
    }

    /// The token of a fresh launch.
    ///
    /// # Errors
    /// The refusal.
    pub async fn token(&self, ids: &Ids) -> Step<String> {
        let answer = self.generate(&ids.launch()).await?;
        answer.taken()?;
        token_of(answer.json().get("portal_url").and_then(Value::as_str).unwrap_or_default())
    }

    /// Installs the app from a specification, launches it and opens the portal.
    ///
    /// # Errors
    /// The first refusal.
    pub async fn opened(&self, spec: Value) -> Step<(Install, Portal)> {
        let install = self.sandbox().install_like(spec).await?;
        if install.status != "active" {
            return Err(format!("the install failed: {:?}", install.callback_status).into());
        }
        let portal = self.reopened(&install).await?;
        Ok((install, portal))
    }

    /// Launches an install and opens the portal.
    ///
    /// # Errors
    /// The first refusal.
    pub async fn reopened(&self, install: &Install) -> Step<Portal> {
        let url = self.sandbox().launch(&install.installed_app_id).await?;
        Portal::open(
            self,
            &url.map_err(|status| Failure::from(format!("the launch was refused: {status}")))?,
        )
        .await
    }

    /// Pastes a Stripe key into the portal.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn paste_key(&self, portal: &Portal, key: &str) -> Step<Answer> {
        self.portal_call(portal.bearer(), "POST", "/stripe", Some(json!({"key": key}))).await
    }

    /// Asks for a session.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn redeem(&self, token: &str) -> Step<Answer> {
        Answer::to(
            self.http
                .post(format!("{}/portal/api/session", self.api))
                .json(&json!({"token": token})),
        )
        .await
    }

    /// The bearer of a session.
    ///
    /// # Errors
    /// The refusal.
    pub async fn bearer(&self, token: &str) -> Step<String> {
        let answer = self.redeem(token).await?;
        answer.taken()?;
        Ok(answer.json().get("bearer").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// A call of the portal's API under a bearer.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn portal_call(
        &self,
        bearer: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Step<Answer> {
        let request = self
            .http
            .request(method.parse()?, format!("{}/portal/api{path}", self.api))
            .bearer_auth(bearer);
        Answer::to(if let Some(body) = body { request.json(&body) } else { request }).await
    }
}

/// The token of a portal URL.
///
/// # Errors
/// When there is none.
pub fn token_of(portal_url: &str) -> Step<String> {
    Ok(portal_url
        .split_once("/portal?token=")
        .ok_or_else(|| format!("no portal URL: {portal_url}"))?
        .1
        .to_owned())
}
