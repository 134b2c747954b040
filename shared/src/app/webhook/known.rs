//! What is known of installs, in memory. Anybody can name an install that there is not: what is known of those is kept apart, so that it
//! never takes the place of one whose events are taken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::app::webhook::receive::ConnectedInstall;
use crate::model::install::InstallId;
use crate::model::time::Millis;

/// An install's secret is kept in memory for so long.
const CACHE_SECONDS: i64 = 60;

/// That an install has none, or is none, for so long: it may be just about to get one.
const REFUSAL_SECONDS: i64 = 5;

/// Installs kept in memory whose events are taken, and as many others.
pub const MAX_KNOWN: usize = 1024;

/// Installs in memory.
#[derive(Debug, Default)]
pub struct Known {
    /// Those whose events are taken.
    present: Mutex<HashMap<InstallId, Entry>>,
    /// All others: unknown, removed, not connected, without a secret.
    others: Mutex<HashMap<InstallId, Entry>>,
}

/// What was read of an install, and when.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) read_at: Millis,
    /// When a signature that did not match last made the install be read anew.
    pub(crate) doubted_at: Option<Millis>,
    pub(crate) standing: CachedAnswer,
}

/// Whose signatures count.
#[derive(Debug, Clone)]
pub(crate) enum CachedAnswer {
    /// This connection's.
    Connected(Arc<ConnectedInstall>),
    /// Nobody's.
    Nobody,
}

impl CachedAnswer {
    fn is_present(&self) -> bool {
        matches!(self, Self::Connected(connected) if connected.is_present())
    }
}

type Entries = Mutex<HashMap<InstallId, Entry>>;

fn lock(entries: &Entries) -> MutexGuard<'_, HashMap<InstallId, Entry>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps an entry. Where there is no room those that are too old leave, and else the oldest.
fn keep(entries: &Entries, install: &InstallId, entry: Entry, seconds: i64) {
    let mut known = lock(entries);
    if known.len() >= MAX_KNOWN && !known.contains_key(install) {
        let oldest = entry.read_at.plus_seconds(-seconds);
        known.retain(|_, entry| entry.read_at > oldest);
        if known.len() >= MAX_KNOWN {
            let oldest = known.iter().min_by_key(|(_, entry)| entry.read_at).map(|(install, _)| install.clone());
            oldest.map(|oldest| known.remove(&oldest));
        }
    }
    known.insert(install.clone(), entry);
}

impl Known {
    pub(crate) fn get(&self, install: &InstallId, now: Millis) -> Option<Entry> {
        let fresh = |entries: &Entries, seconds: i64| {
            let entry = lock(entries).get(install).cloned()?;
            (now < entry.read_at.plus_seconds(seconds)).then_some(entry)
        };
        fresh(&self.present, CACHE_SECONDS).or_else(|| fresh(&self.others, REFUSAL_SECONDS))
    }

    pub(crate) fn put(&self, install: &InstallId, entry: Entry) {
        if entry.standing.is_present() {
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
