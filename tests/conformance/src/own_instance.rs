//! A ledger for the checks alone: an instance of a running sandbox that nobody else uses. What the
//! checks post has other precisions than an app's entries, and no ledger forgets it.

use serde_json::{Value, json};

/// The instance that a sandbox begins with, and people try the app in.
const DEFAULT_INSTANCE: &str = "inst_sandbox";

/// A ledger's base URL and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The base URL of its HTTP API.
    pub url: String,
    /// Its key.
    pub key: String,
}

/// A running sandbox, by the address of its control API.
#[derive(Debug)]
pub struct Sandbox {
    control: String,
    http: reqwest::Client,
}

impl Sandbox {
    /// The sandbox whose control API is at this address.
    #[must_use]
    pub fn at(control: &str) -> Self {
        Self { control: control.trim_end_matches('/').to_owned(), http: reqwest::Client::new() }
    }

    /// Makes an instance and returns its ledger.
    ///
    /// # Errors
    /// When the sandbox does not answer, or all its instances share one ledger.
    pub async fn own_ledger(&self, tag: &str) -> Result<Ledger, String> {
        let asked = json!({"instance_id": format!("inst_conformance_{tag}")});
        let own = self.http.post(format!("{}/cloud/instances", self.control)).json(&asked);
        let own = ledger(own).await?;
        if self.default_ledger().await? == own {
            return Err(
                "all instances of this sandbox share one Core, and the checks would spoil \
                        it: name another one by CORE_URL and CORE_KEY"
                    .to_owned(),
            );
        }
        Ok(own)
    }

    /// Refuses the ledger of the default instance.
    ///
    /// # Errors
    /// When it is that one, or the sandbox does not answer.
    pub async fn spares_its_default(&self, ledger: &Ledger) -> Result<(), String> {
        let default = self.default_ledger().await?;
        let same = default.key == ledger.key && port(&default.url) == port(&ledger.url);
        if same {
            return Err("this is the ledger of the sandbox's default instance, and the checks \
                        would spoil it: leave CORE_URL out to have an instance of their own"
                .to_owned());
        }
        Ok(())
    }

    async fn default_ledger(&self) -> Result<Ledger, String> {
        ledger(self.http.get(format!("{}/cloud/instances/{DEFAULT_INSTANCE}", self.control))).await
    }
}

/// The ledger of the instance in an answer.
async fn ledger(request: reqwest::RequestBuilder) -> Result<Ledger, String> {
    let failed = |error: reqwest::Error| format!("the sandbox does not answer: {error}");
    let response = request.send().await.map_err(failed)?.error_for_status().map_err(failed)?;
    let instance: Value = response.json().await.map_err(failed)?;
    let text = |name: &str| instance[name].as_str().map(str::to_owned);
    text("core_url")
        .zip(text("core_key"))
        .map(|(url, key)| Ledger { url, key })
        .ok_or_else(|| "the sandbox does not say where the instance's ledger is".to_owned())
}

/// The same sandbox goes by `localhost` and `127.0.0.1`: its port tells it apart.
fn port(url: &str) -> Option<u16> {
    reqwest::Url::parse(url).ok()?.port_or_known_default()
}
