//! The simulators' control, typed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::Step;

/// When generated histories end, Unix seconds: 2025-06-18, 10:00 UTC. A seed then makes the same
/// history on every day, with the same hours and days.
const HISTORIES_END: i64 = 1_750_240_800;

/// The control of Blnk Cloud and Stripe, simulated.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub(crate) http: reqwest::Client,
    pub(crate) control: String,
}

/// A simulated Stripe account.
#[derive(Debug, Clone, Deserialize)]
pub struct StripeAccount {
    /// `acct_…`
    pub account: String,
    /// A restricted key that may read all we need.
    pub restricted_key: String,
    /// A full secret key.
    pub secret_key: String,
    /// A publishable key.
    pub publishable_key: String,
}

/// An install of the app in the simulated Blnk Cloud.
#[derive(Debug, Clone, Deserialize)]
pub struct Install {
    /// The platform's id of it.
    pub installed_app_id: String,
    /// Its instance, with a ledger of its own.
    pub instance_id: String,
    /// `active` or `failed`.
    pub status: String,
    /// What the callback answered.
    #[serde(default)]
    pub callback_status: Option<u16>,
    /// The key that was delivered.
    #[serde(default)]
    pub api_key: Option<String>,
}

/// A balance of the ledger, as Core's own API shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct CoreBalance {
    /// `@…`
    #[serde(default)]
    pub indicator: String,
    /// Upper case.
    pub currency: String,
    /// Credits less debits, minor units.
    pub balance: i64,
    /// Minor units.
    pub debit_balance: i64,
    /// Minor units.
    pub credit_balance: i64,
}

impl Sandbox {
    /// A call of the control API.
    ///
    /// # Errors
    /// Anything but a success, with its body.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Step<Value> {
        let mut request = self.http.request(method.parse()?, format!("{}{path}", self.control));
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

    /// Makes a Stripe account with a seeded history, which is the same whatever the date.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn stripe_account(&self, seed: u64, movements: u64) -> Step<StripeAccount> {
        self.stripe_account_like(
            json!({"seed": seed, "movements": movements, "mode": "test", "now": HISTORIES_END}),
        )
        .await
    }

    /// Makes a Stripe account from a specification.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn stripe_account_like(&self, spec: Value) -> Step<StripeAccount> {
        Ok(serde_json::from_value(self.call("POST", "/stripe/accounts", Some(spec)).await?)?)
    }

    /// Adds movements to an account. Returns their ids.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn add_records(&self, account: &str, records: Value) -> Step<Value> {
        self.call("POST", &format!("/stripe/accounts/{account}/records"), Some(records)).await
    }

    /// Installs the app with all permissions into a fresh instance.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn install(&self) -> Step<Install> {
        self.install_like(json!({})).await
    }

    /// Installs the app from a specification.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn install_like(&self, spec: Value) -> Step<Install> {
        Ok(serde_json::from_value(self.call("POST", "/cloud/install", Some(spec)).await?)?)
    }

    /// Launches an install: the portal URL, or the refusal's status.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn launch(&self, install: &str) -> Step<Result<String, u16>> {
        let answer = self
            .call("POST", &format!("/cloud/installs/{install}/launch"), Some(json!({})))
            .await?;
        match answer.get("portal_url").and_then(Value::as_str) {
            Some(url) => Ok(Ok(url.to_owned())),
            None => Ok(Err(answer
                .get("callback_status")
                .and_then(Value::as_u64)
                .and_then(|status| status.try_into().ok())
                .unwrap_or_default())),
        }
    }

    /// Uninstalls. Returns the callback's status.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn uninstall(&self, install: &str) -> Step<Value> {
        self.call("POST", &format!("/cloud/installs/{install}/uninstall"), Some(json!({}))).await
    }

    /// What the simulators' Stripe knows of an account.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn truth(&self, account: &str) -> Step<Value> {
        self.call("GET", &format!("/stripe/accounts/{account}/truth"), None).await
    }

    /// Injects a fault.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn fault(&self, fault: Value) -> Step<Value> {
        self.call("POST", "/faults", Some(fault)).await
    }

    /// Calls counted so far, by `METHOD route`.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn calls(&self, query: &str) -> Step<BTreeMap<String, u64>> {
        let answer = self.call("GET", &format!("/calls?{query}"), None).await?;
        let mut counted = BTreeMap::new();
        for call in answer.get("calls").and_then(Value::as_array).into_iter().flatten() {
            let text =
                |name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            *counted.entry(format!("{} {}", text("method"), text("route"))).or_default() +=
                call.get("count").and_then(Value::as_u64).unwrap_or_default();
        }
        Ok(counted)
    }

    /// The named balances of an instance's ledger, through Core's own API.
    ///
    /// # Errors
    /// When Core refuses.
    pub async fn balances(&self, instance: &str) -> Step<Vec<CoreBalance>> {
        let mut all = Vec::new();
        for offset in (0..).step_by(100) {
            let body = json!({"filters": [{"field": "indicator", "operator": "like",
                "value": "@%"}], "limit": 100, "offset": offset});
            let rows = self.core(instance, "POST", "/balances/filter", Some(body)).await?;
            let rows: Vec<CoreBalance> =
                serde_json::from_value(rows.get("data").cloned().unwrap_or(rows))?;
            let last = rows.len() < 100;
            all.extend(rows);
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// A call of Core's own API.
    ///
    /// # Errors
    /// Anything but a success, with its body.
    pub async fn core(
        &self,
        instance: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Step<Value> {
        let known = self.call("GET", &format!("/cloud/instances/{instance}"), None).await?;
        let text = |name: &str| known.get(name).and_then(Value::as_str).unwrap_or_default();
        // The instance names its ledger's URL: it may be a real Core.
        let mut request = self
            .http
            .request(method.parse()?, format!("{}{path}", text("core_url")))
            .header("X-Blnk-Key", text("core_key"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if status.is_success() {
            Ok(serde_json::from_str(&text)?)
        } else {
            Err(format!("{method} {path}: {status} {text}").into())
        }
    }

    /// How many entries of an instance's ledger have a reference that starts with `prefix`. A real
    /// ledger holds others too.
    ///
    /// # Errors
    /// When the control refuses, or the ledger does not answer.
    pub async fn entries_of(&self, instance: &str, prefix: &str) -> Step<u64> {
        let known = self
            .call("GET", &format!("/cloud/instances/{instance}?reference_prefix={prefix}"), None)
            .await?;
        Ok(known.get("transactions").and_then(Value::as_u64).unwrap_or_default())
    }

    /// How many entries an instance's ledger holds.
    ///
    /// # Errors
    /// When the control refuses.
    pub async fn entries(&self, instance: &str) -> Step<u64> {
        self.entries_of(instance, "").await
    }
}
