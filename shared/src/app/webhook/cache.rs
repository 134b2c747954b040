//! In-memory cache of installs. Anyone can name an install that does not exist, so entries for
//! those are kept separately: they never evict an install whose events are accepted.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use tokio::sync::OnceCell;
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::Mode;
use crate::model::stripe::event::StripeEvent;
use crate::model::time::Millis;
use crate::model::webhook::Previous;

/// How long, in seconds, an install's secret is cached.
const CACHE_SECONDS: i64 = 60;

/// How long, in seconds, a negative result is cached: no secret, or no install. Short, because the
/// install may be about to get one.
const REFUSAL_SECONDS: i64 = 5;

/// The limit of cached installs whose events are accepted, and separately of all others.
pub const MAX_CACHED: usize = 1024;

/// The cached installs.
#[derive(Debug, Default)]
pub struct InstallCache {
    /// Installs whose events are accepted.
    present: Mutex<HashMap<InstallId, CacheEntry>>,
    /// All others: unknown, removed, not connected or without a secret.
    others: Mutex<HashMap<InstallId, CacheEntry>>,
}

/// What was read about an install, and when.
#[derive(Debug, Clone)]
pub(crate) struct CacheEntry {
    pub(crate) read_at: Millis,
    /// When a mismatched signature last caused the install to be read again.
    pub(crate) reloaded_at: Option<Millis>,
    pub(crate) install: CachedInstall,
}

/// Whose signatures are valid.
#[derive(Debug, Clone)]
pub(crate) enum CachedInstall {
    /// This connection's.
    Connected(Arc<ConnectedInstall>),
    /// No one's: there is no such install, no connection or no secret.
    NoSecret,
}

impl CachedInstall {
    fn is_present(&self) -> bool {
        matches!(self, Self::Connected(connected) if connected.is_present())
    }
}

type Entries = Mutex<HashMap<InstallId, CacheEntry>>;

fn lock(entries: &Entries) -> MutexGuard<'_, HashMap<InstallId, CacheEntry>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Caches an entry. If the cache is full, expired entries are evicted, or else the oldest one.
fn keep(entries: &Entries, install: &InstallId, entry: CacheEntry, seconds: i64) {
    let mut cached = lock(entries);
    if cached.len() >= MAX_CACHED && !cached.contains_key(install) {
        let oldest = entry.read_at.plus_seconds(-seconds);
        cached.retain(|_, entry| entry.read_at > oldest);
        if cached.len() >= MAX_CACHED {
            let oldest = cached
                .iter()
                .min_by_key(|(_, entry)| entry.read_at)
                .map(|(install, _)| install.clone());
            oldest.map(|oldest| cached.remove(&oldest));
        }
    }
    cached.insert(install.clone(), entry);
}

impl InstallCache {
    pub(crate) fn get(&self, install: &InstallId, now: Millis) -> Option<CacheEntry> {
        let fresh = |entries: &Entries, seconds: i64| {
            let entry = lock(entries).get(install).cloned()?;
            (now < entry.read_at.plus_seconds(seconds)).then_some(entry)
        };
        fresh(&self.present, CACHE_SECONDS).or_else(|| fresh(&self.others, REFUSAL_SECONDS))
    }

    pub(crate) fn put(&self, install: &InstallId, entry: CacheEntry) {
        if entry.install.is_present() {
            lock(&self.others).remove(install);
            keep(&self.present, install, entry, CACHE_SECONDS);
        } else {
            lock(&self.present).remove(install);
            keep(&self.others, install, entry, REFUSAL_SECONDS);
        }
    }

    pub(crate) fn forget(&self, install: &InstallId) {
        lock(&self.present).remove(install);
        lock(&self.others).remove(install);
    }
}

/// A connection and the secrets that sign its events.
#[derive(Debug)]
pub(crate) struct ConnectedInstall {
    pub(crate) generation: String,
    /// Why its events are no longer accepted. Only a sender with a valid signature gets this
    /// reason.
    pub(crate) ended: Option<EndReason>,
    pub(crate) connection: Ulid,
    pub(crate) account_id: String,
    pub(crate) mode: Mode,
    /// The change of the webhook that the secrets belong to.
    pub(crate) version: Ulid,
    pub(crate) secret: SecretString,
    /// Whether it is recorded that this secret has verified an event.
    pub(crate) proved: AtomicBool,
    pub(crate) previous: Option<Previous>,
    /// The previous secret, opened when a signature first needs it.
    pub(crate) opened: OnceCell<SecretString>,
}

impl ConnectedInstall {
    /// Whether its events are accepted.
    pub(crate) const fn is_present(&self) -> bool {
        self.ended.is_none()
    }

    /// Checks that an event is for this account in this mode.
    pub(crate) fn accepts(&self, event: &StripeEvent) -> Result<()> {
        if event.livemode != (self.mode == Mode::Live) {
            return Err(Error::refused(
                "wrong_mode",
                format!("This endpoint is for events of {} mode.", self.mode),
            ));
        }
        match &event.account {
            Some(account) if *account != self.account_id => Err(Error::refused(
                "other_account",
                "This event is about a connected account. Register the endpoint for events of your \
                 own account.",
            )),
            _ => Ok(()),
        }
    }
}

/// Why a connection no longer accepts events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndReason {
    /// The app was removed.
    Uninstalled,
    /// The connection belongs to an earlier installation.
    NotConnected,
}
