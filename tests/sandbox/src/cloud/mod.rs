//! Blnk Cloud, simulated: the lifecycle of Custom Apps, scoped keys, and the API that apps call.
//!
//! It reaches a ledger only through Core's HTTP API, so that a real Core can take the simulated one's place.

mod api;
mod client;
mod data;
pub mod lifecycle;
mod proxy;
pub mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::Request;

pub use api::router;

use crate::core::Core;
use crate::server::bearer;
use crate::world::Urls;
use client::CoreClient;
use state::{App, CoreTarget, Granted, Instance, State};

/// Blnk Cloud and everything it keeps.
#[derive(Debug)]
pub struct Cloud {
    state: Mutex<State>,
    ledgers: Arc<Core>,
    core_url: String,
    core: CoreClient,
    apps: reqwest::Client,
}

impl Cloud {
    /// A Cloud without apps and instances. It waits `deadline_ms` for an app's answer.
    ///
    /// # Errors
    /// Says why an HTTP client could not be built.
    pub fn new(urls: &Urls, deadline_ms: u64, ledgers: Arc<Core>) -> Result<Self, String> {
        let deadline = Duration::from_millis(deadline_ms);
        Ok(Self {
            state: Mutex::default(),
            ledgers,
            core_url: urls.core.clone(),
            core: CoreClient::new()?,
            apps: client::to_apps(deadline)?,
        })
    }

    /// What it keeps. Never held across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an instance with an empty ledger; a known id changes nothing.
    pub fn add_instance(&self, id: &str, organization_id: &str, core_key: &str) {
        let target = CoreTarget { url: self.core_url.clone(), key: core_key.to_owned() };
        if self.state().add_instance(id, organization_id, target) {
            self.ledgers.open(id, core_key);
        }
    }

    /// Adds an instance under a key derived from its id; a known id changes nothing.
    pub fn ensure_instance(&self, id: &str, organization_id: &str) -> Instance {
        if let Some(known) = self.state().instances.get(id) {
            return known.clone();
        }
        self.add_instance(id, organization_id, &format!("core_{id}"));
        Instance { organization_id: organization_id.to_owned(), core: CoreTarget { url: self.core_url.clone(), key: format!("core_{id}") } }
    }

    /// Registers a Custom App by its two URLs; without permissions it asks for all of them.
    pub fn register_app(&self, name: &str, callback_url: &str, portal_url: &str, permissions: Option<Vec<String>>) -> App {
        self.state().register_app(name, callback_url, portal_url, permissions)
    }

    /// What the key of a request may do.
    pub(crate) fn granted(&self, request: &Request) -> Option<Granted> {
        self.state().granted(&bearer(request.headers())?)
    }
}

/// The instance a call belongs to: its key's, also when that is revoked, else the one it asks for.
pub fn instance_of(cloud: &Cloud, request: &Request) -> Option<String> {
    let key = bearer(request.headers());
    let known = key.and_then(|key| cloud.state().instance_of_key(&key));
    known.or_else(|| Some(api::instance_id(request)).filter(|id| !id.is_empty()))
}
