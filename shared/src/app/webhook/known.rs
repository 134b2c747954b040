//! What is known of installs, in memory. Anybody can name an install that there is not: what is known of those is kept apart, so that it
//! never takes the place of one whose events are taken.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use tokio::sync::OnceCell;
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::Mode;
use crate::model::stripe::event::Event;
use crate::model::time::Millis;
use crate::model::webhook::Previous;

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

/// A connection and what signs its events.
#[derive(Debug)]
pub(crate) struct ConnectedInstall {
    pub(crate) generation: String,
    /// Why none of its events is taken any more. Told to those alone who can sign.
    pub(crate) over: Option<Over>,
    pub(crate) connection: Ulid,
    pub(crate) account_id: String,
    pub(crate) mode: Mode,
    /// Which change of the webhook the secrets are of.
    pub(crate) version: Ulid,
    pub(crate) secret: SecretString,
    /// Whether it is noted that this secret has vouched for an event.
    pub(crate) proved: AtomicBool,
    pub(crate) previous: Option<Previous>,
    /// The previous secret, opened when a signature first needs it.
    pub(crate) opened: OnceCell<SecretString>,
}

impl ConnectedInstall {
    /// Whether its events are taken.
    pub(crate) const fn is_present(&self) -> bool {
        self.over.is_none()
    }

    /// Whether an event is about this account in this mode.
    pub(crate) fn accepts(&self, event: &Event) -> Result<()> {
        if event.livemode != (self.mode == Mode::Live) {
            return Err(Error::refused("wrong_mode", format!("This endpoint is for events of {} mode.", self.mode)));
        }
        match &event.account {
            Some(account) if *account != self.account_id => Err(Error::refused(
                "other_account",
                "This event is about a connected account. Register the endpoint for events of your own account.",
            )),
            _ => Ok(()),
        }
    }
}

/// Why a connection takes no event any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// The app was removed.
    Uninstalled,
    /// It is of an earlier installation.
    NotConnected,
}
