//! Instances and their ledgers: simulated ones, each with a key of its own, or a real Core that
//! several instances may share.

use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use reqwest::Url;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Cloud;
use super::client::CoreCall;
use super::ledger::{BALANCES, IDENTITIES, LEDGERS, TRANSACTIONS};
use super::state::{CoreTarget, Instance};

/// A path that no Core has. It answers 404 to its own secret key and 403 to a key with scopes:
/// there, a path without a scope of its own is nobody's.
const NO_PATH: &str = "/no-such-path";

/// How many rows a ledger has, as its own filter endpoints count them.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// Ledgers.
    pub ledgers: u64,
    /// Balances.
    pub balances: u64,
    /// Identities.
    pub identities: u64,
    /// Transactions; of a prefix, when one is given.
    pub transactions: u64,
}

/// Reads the base URL of a Core.
///
/// # Errors
/// Says what is wrong with it.
pub fn core_target(url: &str, key: &str) -> Result<CoreTarget, String> {
    let parsed = Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
    if !matches!(parsed.scheme(), "http" | "https")
        || parsed.query().is_some()
        || parsed.fragment().is_some()
    {
        return Err(format!("{url} is not the base URL of a Core"));
    }
    if key.is_empty() || key.contains(|c: char| c.is_control()) {
        return Err("a Core key is one line of text".to_owned());
    }
    Ok(CoreTarget { url: url.trim_end_matches('/').to_owned(), key: key.to_owned() })
}

impl Cloud {
    /// A ledger of the simulated Core.
    fn simulated(&self, key: &str) -> CoreTarget {
        CoreTarget { url: self.core_url.clone(), key: key.to_owned() }
    }

    /// Adds an instance with an empty simulated ledger under `core_key`, or on the real Core if one
    /// was given; a known id changes nothing.
    pub fn add_instance(&self, id: &str, organization_id: &str, core_key: &str) {
        let real = self.real_core.clone();
        let fresh = real.is_none();
        let core = real.unwrap_or_else(|| self.simulated(core_key));
        let instance =
            Instance { organization_id: organization_id.to_owned(), core, switches: self.switches };
        if self.state().add_instance(id, instance) && fresh {
            self.ledgers.open(id, core_key);
        }
    }

    /// Adds an instance under a key derived from its id; a known id changes nothing.
    pub fn ensure_instance(&self, id: &str, organization_id: &str) -> Instance {
        self.add_instance(id, organization_id, &format!("core_{id}"));
        let known = self.state().instances.get(id).cloned();
        // Instances are never removed.
        known.unwrap_or_else(|| Instance {
            organization_id: organization_id.to_owned(),
            core: self.simulated(&format!("core_{id}")),
            switches: self.switches,
        })
    }

    /// Puts a Core in place of an instance's ledger.
    pub fn attach_core(&self, instance_id: &str, target: CoreTarget) {
        if let Some(instance) = self.state().instances.get_mut(instance_id) {
            instance.core = target;
        }
    }

    /// Asks a Core for its ledgers, as every list will.
    ///
    /// # Errors
    /// Says why nothing that is a Core answers there.
    pub async fn probe(&self, target: &CoreTarget) -> Result<(), String> {
        let asked = json!({"filters": [], "limit": 1, "include_count": true}).to_string();
        let answer = self
            .core
            .call(target, CoreCall::new(Method::POST, "/ledgers/filter", asked).unseen())
            .await;
        let answer = answer.map_err(|error| format!("no Core at {}: {error}", target.url))?;
        let listed = || {
            serde_json::from_slice::<Value>(&answer.body)
                .is_ok_and(|body| body.get("data").is_some())
        };
        match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(format!("the Core at {} refuses the key", target.url))
            }
            status if status.is_success() && listed() => self.refuse_scopes(target).await,
            status => Err(format!(
                "what answers at {} is no Core of 0.13.2 or later ({status} for its list of \
                 ledgers)",
                target.url
            )),
        }
    }

    /// Refuses a key with scopes, even all of them: for it Core closes `/{id}/metadata`, rounds the
    /// numbers of a body and checks a slow hash in every call. Cloud has the server's secret key.
    async fn refuse_scopes(&self, target: &CoreTarget) -> Result<(), String> {
        let call = CoreCall::new(Method::GET, NO_PATH, Bytes::new()).unseen();
        let answer = self.core.call(target, call).await;
        let answer = answer.map_err(|error| format!("no Core at {}: {error}", target.url))?;
        if answer.status == StatusCode::FORBIDDEN {
            return Err(format!(
                "the Core at {} takes the key as one with scopes: its secret key is needed",
                target.url
            ));
        }
        Ok(())
    }

    /// Asks the real Core, when there is one.
    ///
    /// # Errors
    /// Says why nothing that is a Core answers there.
    pub async fn probe_real_core(&self) -> Result<(), String> {
        match &self.real_core {
            Some(target) => self.probe(target).await,
            None => Ok(()),
        }
    }

    /// Sets some of an instance's switches.
    ///
    /// # Errors
    /// Names what does not exist.
    pub fn set_switches(
        &self,
        instance_id: &str,
        changes: &Map<String, Value>,
    ) -> Result<(), String> {
        let mut state = self.state();
        let instance = state
            .instances
            .get_mut(instance_id)
            .ok_or_else(|| format!("no instance {instance_id}"))?;
        instance.switches = instance.switches.with(changes)?;
        Ok(())
    }

    /// How many rows an instance's ledger has; of its transactions only those whose reference
    /// begins with `prefix`.
    ///
    /// # Errors
    /// Says why the ledger did not count them.
    pub async fn counts(&self, target: &CoreTarget, prefix: &str) -> Result<Counts, String> {
        let literal = prefix.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let own = json!({"field": "reference", "operator": "like", "value": format!("{literal}%")});
        let own = if prefix.is_empty() { Vec::new() } else { vec![own] };
        let count = async |resource, filters: &[Value]| {
            self.count(target, resource, filters).await.map_err(|refused| refused.1)
        };
        Ok(Counts {
            ledgers: count(LEDGERS, &[]).await?,
            balances: count(BALANCES, &[]).await?,
            identities: count(IDENTITIES, &[]).await?,
            transactions: count(TRANSACTIONS, &own).await?,
        })
    }

    /// One call to an instance's ledger, as Core itself answers it; `path` starts with `/`.
    ///
    /// # Errors
    /// An instance that does not exist; no answer.
    pub async fn ledger_call(
        &self,
        instance_id: &str,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), String> {
        let target = self.state().instances.get(instance_id).map(|instance| instance.core.clone());
        let target = target.ok_or_else(|| format!("no instance {instance_id}"))?;
        let answer = self.core.call(&target, CoreCall::new(method, path, body).unseen()).await?;
        Ok((answer.status, answer.body))
    }
}

#[cfg(test)]
mod tests {
    use super::core_target;

    #[test]
    fn a_core_is_a_base_url_and_a_key() {
        let target = core_target("https://core.example.com/blnk/", "k").unwrap();
        assert_eq!(target.url, "https://core.example.com/blnk");
        for (url, key) in [
            ("core.example.com", "k"),
            ("ftp://core.example.com", "k"),
            ("http://a/?b=c", "k"),
            ("http://a", ""),
            ("http://a", "k\r\nX: 1"),
        ] {
            assert!(core_target(url, key).is_err(), "{url} {key:?}");
        }
    }
}
