//! The instances of one Core process, each with a ledger, a key and knobs of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use uuid::Uuid;

use super::knobs::{KnobChange, Knobs};
use super::lanes::Lanes;
use super::posting::Refusal;
use super::request::Post;
use super::state::{Counts, Stamp, State};
use super::types::Parent;
use super::worker::Queue;
use crate::clock;

/// All ledgers.
#[derive(Debug)]
pub struct Core {
    by_key: RwLock<HashMap<String, Arc<Instance>>>,
    knobs: Knobs,
    file: Option<PathBuf>,
}

/// One ledger and the instance it belongs to.
#[derive(Debug)]
pub struct Instance {
    id: String,
    state: Mutex<State>,
    knobs: Mutex<Knobs>,
    lanes: Lanes,
    pub(super) queue: Mutex<Queue>,
    async_bulks: AtomicUsize,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    /// No ledgers yet; those to come begin with these knobs.
    pub fn new(knobs: Knobs) -> Self {
        Self { by_key: RwLock::default(), knobs, file: None }
    }

    /// The same with a file that its ledgers are saved to.
    #[must_use]
    pub fn with_file(self, file: Option<PathBuf>) -> Self {
        Self { file, ..self }
    }

    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Every ledger with its key.
    pub(super) fn all(&self) -> Vec<(String, Arc<Instance>)> {
        let by_key = self.by_key.read().unwrap_or_else(PoisonError::into_inner);
        by_key.iter().map(|(key, ledger)| (key.clone(), Arc::clone(ledger))).collect()
    }

    /// Opens an empty ledger for an instance; `key` is the value of its `X-Blnk-Key`. A known key
    /// changes nothing.
    pub fn open(&self, instance: &str, key: &str) {
        let mut by_key = self.by_key.write().unwrap_or_else(PoisonError::into_inner);
        by_key.entry(key.to_owned()).or_insert_with(|| {
            Arc::new(Instance {
                id: instance.to_owned(),
                state: Mutex::new(State::new(clock::now_micros())),
                knobs: Mutex::new(self.knobs),
                lanes: Lanes::default(),
                queue: Mutex::default(),
                async_bulks: AtomicUsize::new(0),
            })
        });
    }

    /// The ledger that a key opens.
    pub fn by_key(&self, key: &str) -> Option<Arc<Instance>> {
        let by_key = self.by_key.read().unwrap_or_else(PoisonError::into_inner);
        by_key.get(key).cloned()
    }

    /// An instance's ledger.
    pub fn by_instance(&self, id: &str) -> Option<Arc<Instance>> {
        let by_key = self.by_key.read().unwrap_or_else(PoisonError::into_inner);
        by_key.values().find(|instance| instance.id == id).cloned()
    }
}

impl Instance {
    /// The instance's id in Blnk Cloud.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How it behaves.
    pub fn knobs(&self) -> Knobs {
        *lock(&self.knobs)
    }

    /// Turns some of its knobs, and gives all of them.
    ///
    /// # Errors
    /// A value that a knob does not have; nothing is changed then.
    pub fn turn(&self, change: KnobChange) -> Result<Knobs, String> {
        let mut knobs = lock(&self.knobs);
        knobs.change(change)?;
        Ok(*knobs)
    }

    /// Counts one of its counters of losses down, and tells whether this is one.
    pub(super) fn loses(&self, counter: impl FnOnce(&mut Knobs) -> &mut u32) -> bool {
        let mut knobs = lock(&self.knobs);
        let counter = counter(&mut knobs);
        let loses = *counter > 0;
        *counter = counter.saturating_sub(1);
        loses
    }

    /// Counts an applied item of a bulk, and tells whether the ledger is dead.
    pub(super) fn dies(&self) -> bool {
        let mut knobs = lock(&self.knobs);
        knobs.dead |= knobs.die_after == 1;
        knobs.die_after = knobs.die_after.saturating_sub(1);
        knobs.dead
    }

    /// The locks on its balances.
    pub fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    pub(super) fn async_bulks(&self) -> &AtomicUsize {
        &self.async_bulks
    }

    /// How many rows its ledger has.
    pub fn counts(&self) -> Counts {
        self.read(State::counts)
    }

    /// Looks at the ledger.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&lock(&self.state))
    }

    /// Changes the ledger, now.
    pub fn write<T>(&self, change: impl FnOnce(&mut State, &mut Stamp<'_>) -> T) -> T {
        let mut fresh = clock::uuid;
        let mut state = lock(&self.state);
        let mut stamp =
            Stamp { now: clock::now_micros().max(state.last_write + 1), fresh: &mut fresh };
        let changed = change(&mut state, &mut stamp);
        state.last_write = stamp.now;
        changed
    }

    /// Waits for the locks on two balances; without a rate and without anybody who holds one there
    /// is nothing to wait for.
    pub(super) async fn pass(&self, pair: (u32, u32), patience: Duration) -> Result<(), Refusal> {
        let rate = self.knobs().ledger_rate;
        let cost = Duration::from_secs(1).checked_div(rate).unwrap_or_default();
        self.lanes.pass(pair, cost, patience).await.map_err(|_| Refusal::Locked)
    }

    /// Whether posts have to wait for locks at all.
    pub(super) fn is_contended(&self) -> bool {
        self.knobs().ledger_rate > 0 || !self.lanes.idle()
    }

    /// Applies one post (no split) before the answer, and gives its row.
    ///
    /// # Errors
    /// Why not; nothing was written then.
    pub async fn apply(
        self: &Arc<Self>,
        post: &Post,
        id: Uuid,
        parent: Option<Parent>,
    ) -> Result<u32, Refusal> {
        if self.is_contended() {
            let pair = self.write(|state, stamp| {
                state.create_named(post, stamp);
                state.sides(post)
            })?;
            self.pass(pair, Knobs::millis(self.knobs().lock_wait_ms)).await?;
        }
        let row = self.write(|state, stamp| state.apply(post, id, parent, stamp))?;
        if post.inflight {
            self.watch_hold(row);
        }
        Ok(row)
    }
}
