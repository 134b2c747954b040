//! The instances of one Core process, each with a ledger and a key of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use uuid::Uuid;

use super::request::Post;
use super::state::{Counts, Stamp, State};
use super::types::Parent;
use crate::clock;

/// All ledgers.
#[derive(Debug)]
pub struct Core {
    by_key: RwLock<HashMap<String, Arc<Instance>>>,
    apply_delay: Duration,
}

/// One ledger and the instance it belongs to.
#[derive(Debug)]
pub struct Instance {
    id: String,
    state: Mutex<State>,
    apply_delay: Duration,
}

impl Core {
    /// No ledgers yet. A queued transaction waits `apply_delay_ms` before it is applied.
    pub fn new(apply_delay_ms: u64) -> Self {
        Self { by_key: RwLock::default(), apply_delay: Duration::from_millis(apply_delay_ms) }
    }

    /// Opens an empty ledger for an instance; `key` is the value of its `X-Blnk-Key`. A known key changes nothing.
    pub fn open(&self, instance: &str, key: &str) {
        let mut by_key = self.by_key.write().unwrap_or_else(PoisonError::into_inner);
        by_key.entry(key.to_owned()).or_insert_with(|| {
            Arc::new(Instance {
                id: instance.to_owned(),
                state: Mutex::new(State::new(clock::now_micros())),
                apply_delay: self.apply_delay,
            })
        });
    }

    /// The ledger that a key opens.
    pub fn by_key(&self, key: &str) -> Option<Arc<Instance>> {
        let by_key = self.by_key.read().unwrap_or_else(PoisonError::into_inner);
        by_key.get(key).cloned()
    }
}

impl Instance {
    /// The instance's id in Blnk Cloud.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many rows its ledger has.
    pub fn counts(&self) -> Counts {
        self.read(State::counts)
    }

    /// Looks at the ledger.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the ledger, now.
    pub fn write<T>(&self, change: impl FnOnce(&mut State, &mut Stamp<'_>) -> T) -> T {
        let mut fresh = clock::uuid;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stamp = Stamp { now: clock::now_micros(), fresh: &mut fresh };
        change(&mut state, &mut stamp)
    }

    /// Puts a transaction on the queue: its row `R` is written after the caller has its answer, `R_q` later.
    pub fn enqueue(self: &Arc<Self>, post: Post, id: Uuid, parent: Option<Parent>) {
        let instance = Arc::clone(self);
        tokio::spawn(async move {
            let taken = instance.write(|state, stamp| state.take(post, id, parent, stamp));
            let Some(taken) = taken else { return };
            tokio::time::sleep(instance.apply_delay).await;
            instance.write(|state, stamp| state.settle(&taken, stamp));
        });
    }
}
