//! Blnk Cloud, simulated: the lifecycle of Custom Apps, scoped keys, and the API that apps call.
//!
//! It reaches a ledger only through Core's HTTP API, so that a real Core can take the simulated
//! one's place.

pub mod alerts;
mod api;
pub(crate) mod client;
mod data;
pub mod instances;
mod ledger;
pub mod lifecycle;
pub mod links;
mod proxy;
pub mod state;
pub mod switches;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::AUTHORIZATION;

pub use api::router;

use crate::core::Core;
use crate::server::bearer;
use crate::world::Urls;
use client::CoreClient;
use state::{App, CoreTarget, State};
use switches::Switches;

/// Where a Core's key is sent, and with [`Switches::accept_core_header`] also an app's.
const CORE_KEY_HEADER: &str = "X-Blnk-Key";

/// Blnk Cloud and everything it keeps.
#[derive(Debug)]
pub struct Cloud {
    state: Mutex<State>,
    ledgers: Arc<Core>,
    core_url: String,
    real_core: Option<CoreTarget>,
    switches: Switches,
    core: CoreClient,
    apps: reqwest::Client,
}

/// What a Cloud starts with.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// How long it waits for an app's answer, in milliseconds.
    pub deadline_ms: u64,
    /// A real Core in place of the simulated ledgers: all instances share it.
    pub real_core: Option<CoreTarget>,
    /// The switches of its instances.
    pub switches: Switches,
}

impl Cloud {
    /// A Cloud without apps and instances.
    ///
    /// # Errors
    /// Says why an HTTP client could not be built.
    pub fn new(urls: &Urls, setup: Setup, ledgers: Arc<Core>) -> Result<Self, String> {
        Ok(Self {
            state: Mutex::default(),
            ledgers,
            core_url: urls.core.clone(),
            real_core: setup.real_core,
            switches: setup.switches,
            core: CoreClient::new()?,
            apps: client::to_apps(Duration::from_millis(setup.deadline_ms))?,
        })
    }

    /// What it keeps. Never held across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a Custom App by its two URLs; without permissions it asks for all of them.
    pub fn register_app(
        &self,
        name: &str,
        callback_url: &str,
        portal_url: &str,
        permissions: Option<Vec<String>>,
    ) -> App {
        self.state().register_app(name, callback_url, portal_url, permissions)
    }

    /// The key of a request: a bearer token, or where that is accepted `X-Blnk-Key`.
    pub(crate) fn key_of(&self, request: &Request) -> Option<String> {
        let headers = request.headers();
        if headers.contains_key(AUTHORIZATION) {
            return bearer(headers);
        }
        let key = headers.get(CORE_KEY_HEADER)?.to_str().ok()?;
        let switches = self.state().switches_of_key(key).unwrap_or(self.switches);
        switches.accept_core_header.then(|| key.to_owned())
    }
}

/// The instance a call belongs to: its key's, also when that is revoked, else the one it asks for.
pub fn instance_of(cloud: &Cloud, request: &Request) -> Option<String> {
    let known = cloud.key_of(request).and_then(|key| cloud.state().instance_of_key(&key));
    known.or_else(|| Some(api::instance_id(request)).filter(|id| !id.is_empty()))
}
