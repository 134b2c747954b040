//! What Blnk Cloud keeps: apps, installs, keys, instances.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::alerts::Alerts;
use super::switches::Switches;
use crate::clock;

/// Everything an app may ask for.
pub const PERMISSIONS: [&str; 4] = ["data:read", "data:write", "alerts:read", "alerts:write"];

/// Characters of a key that are shown as its prefix.
const KEY_PREFIX: usize = 14;

/// A registered Custom App.
#[derive(Debug, Clone, Serialize)]
pub struct App {
    /// `app_…`.
    pub app_id: String,
    /// As the dashboard shows it.
    pub name: String,
    /// Receives install and uninstall events.
    pub callback_url: String,
    /// Receives launches.
    pub portal_url: String,
    /// What it asks for.
    pub permissions: Vec<String>,
}

/// Where an install is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The app was not heard yet.
    Pending,
    /// Installed.
    Active,
    /// The app did not accept it.
    Failed,
    /// Uninstalled.
    Uninstalled,
}

/// One app in one workspace.
#[derive(Debug, Clone, Serialize)]
pub struct Install {
    /// `instapp_…`.
    pub installed_app_id: String,
    /// The app.
    pub app_id: String,
    /// The ledger's instance.
    pub instance_id: String,
    /// The customer.
    pub organization_id: String,
    /// The key handed out last; real Cloud shows it once and never again.
    pub api_key: String,
    /// What the user granted.
    pub permissions: Vec<String>,
    /// Where it is in its life.
    pub status: Status,
}

impl Install {
    /// What may be shown of its key.
    pub fn key_prefix(&self) -> &str {
        self.api_key.get(..KEY_PREFIX).unwrap_or(&self.api_key)
    }
}

/// How to reach an instance's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreTarget {
    /// Base URL, without a trailing slash.
    pub url: String,
    /// The value of `X-Blnk-Key`.
    pub key: String,
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The customer it belongs to.
    pub organization_id: String,
    /// Its ledger.
    pub core: CoreTarget,
    /// How Cloud behaves there.
    pub switches: Switches,
}

#[derive(Debug, Clone)]
struct Key {
    installed_app_id: String,
    instance_id: String,
    revoked: bool,
}

/// What a valid key may do, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The only instance it opens.
    pub instance_id: String,
    /// Its scopes.
    pub permissions: Vec<String>,
    /// The customer that the instance belongs to.
    pub organization_id: String,
    /// The instance's ledger.
    pub core: CoreTarget,
    /// How Cloud behaves there.
    pub switches: Switches,
}

/// Apps, installs, keys and instances.
#[derive(Debug, Default)]
pub struct State {
    /// By id.
    pub apps: BTreeMap<String, App>,
    /// By id.
    pub installs: BTreeMap<String, Install>,
    /// By id.
    pub instances: BTreeMap<String, Instance>,
    /// What was flagged, and the statuses for it.
    pub alerts: Alerts,
    /// The instance of the last launch: where the dashboard's user is.
    pub visited: Option<String>,
    /// Digests of bodies that were sent without a reference.
    pub(super) bodies: HashSet<[u8; 32]>,
    keys: HashMap<String, Key>,
    latest: Option<String>,
}

impl State {
    /// Adds an instance; `false` when it exists.
    pub fn add_instance(&mut self, id: &str, instance: Instance) -> bool {
        if self.instances.contains_key(id) {
            return false;
        }
        self.instances.insert(id.to_owned(), instance);
        true
    }

    /// Registers an app.
    pub fn register_app(
        &mut self,
        name: &str,
        callback_url: &str,
        portal_url: &str,
        permissions: Option<Vec<String>>,
    ) -> App {
        let all = || PERMISSIONS.map(str::to_owned).to_vec();
        let app = App {
            app_id: format!("app_{}", clock::hex(24)),
            name: name.to_owned(),
            callback_url: callback_url.to_owned(),
            portal_url: portal_url.to_owned(),
            permissions: permissions.unwrap_or_else(all),
        };
        self.apps.insert(app.app_id.clone(), app.clone());
        self.latest = Some(app.app_id.clone());
        app
    }

    /// The app registered last.
    pub fn last_app(&self) -> Option<&App> {
        self.apps.get(self.latest.as_ref()?)
    }

    /// Hands out the key of an install that is about to be sent, and revokes the one before it.
    pub fn begin_install(&mut self, install: Install) {
        if let Some(before) = self.installs.get(&install.installed_app_id) {
            let before = before.api_key.clone();
            self.revoke(&before);
        }
        let key = Key {
            installed_app_id: install.installed_app_id.clone(),
            instance_id: install.instance_id.clone(),
            revoked: false,
        };
        self.keys.insert(install.api_key.clone(), key);
        self.installs.insert(install.installed_app_id.clone(), install);
    }

    /// Notes how an install ended: a failed one loses its key, unless told otherwise.
    pub fn end_install(
        &mut self,
        id: &str,
        api_key: &str,
        accepted: bool,
        keep_key: bool,
    ) -> Status {
        let status = if accepted { Status::Active } else { Status::Failed };
        if !accepted && !keep_key {
            self.revoke(api_key);
        }
        if let Some(install) = self.installs.get_mut(id) {
            install.status = status;
        }
        status
    }

    /// Marks an install as uninstalled and revokes its key.
    pub fn uninstalled(&mut self, id: &str) {
        if let Some(install) = self.installs.get_mut(id) {
            install.status = Status::Uninstalled;
            let key = install.api_key.clone();
            self.revoke(&key);
        }
    }

    /// Revokes a key.
    pub fn revoke(&mut self, api_key: &str) {
        if let Some(key) = self.keys.get_mut(api_key) {
            key.revoked = true;
        }
    }

    /// What a key may do; `None` when it is unknown or revoked.
    pub fn granted(&self, api_key: &str) -> Option<Granted> {
        let key = self.keys.get(api_key).filter(|key| !key.revoked)?;
        let install = self.installs.get(&key.installed_app_id)?;
        let instance = self.instances.get(&key.instance_id)?;
        Some(Granted {
            instance_id: key.instance_id.clone(),
            permissions: install.permissions.clone(),
            organization_id: instance.organization_id.clone(),
            core: instance.core.clone(),
            switches: instance.switches,
        })
    }

    /// The instance of a key, revoked or not.
    pub fn instance_of_key(&self, api_key: &str) -> Option<String> {
        self.keys.get(api_key).map(|key| key.instance_id.clone())
    }

    /// How Cloud behaves to a key, revoked or not.
    pub fn switches_of_key(&self, api_key: &str) -> Option<Switches> {
        let instance = self.instances.get(&self.keys.get(api_key)?.instance_id)?;
        Some(instance.switches)
    }
}
