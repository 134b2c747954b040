//! Accounts, each in one mode, and the keys that open them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

use super::auth::{Key, KeyKind, Permissions};
use super::generate;
use super::ids::{base62, fold, mix};
use super::store::Store;
use super::webhook::{Courier, Hooks};

/// Movements of one account at most: a row takes some 200 bytes.
const MAX_MOVEMENTS: u32 = 1_000_000;

/// The rate limit counts the requests of so many milliseconds.
const RATE_WINDOW_MS: i64 = 1_000;

/// Test or live: two data sets of one account that never see each other.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Keys `…_test_…`, objects with `livemode: false`.
    #[default]
    Test,
    /// Keys `…_live_…`, objects with `livemode: true`.
    Live,
}

impl Mode {
    /// As it stands in a key.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

/// What to make an account from. Equal specifications (with `now` given) make equal accounts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountSpec {
    /// `acct_…`; made from the seed if absent.
    pub id: Option<String>,
    /// Seed of everything that looks random.
    pub seed: u64,
    /// Exact number of balance transactions to begin with, at most 1,000,000.
    pub movements: u32,
    /// Mode of the data and of the first keys.
    pub mode: Mode,
    /// From 200 movements on, include a balance and a type that nobody documented.
    pub odd: bool,
    /// Unix seconds at which the history ends; the moment of creation if absent.
    pub now: Option<i64>,
    /// Name of the business.
    pub name: Option<String>,
}

impl Default for AccountSpec {
    fn default() -> Self {
        Self { id: None, seed: 1, movements: 0, mode: Mode::Test, odd: true, now: None, name: None }
    }
}

/// An account and its first keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountInfo {
    /// `acct_…`
    pub account: String,
    /// Test or live.
    pub mode: Mode,
    /// A key with every read permission the simulation knows.
    pub restricted_key: String,
    /// A key that may do everything.
    pub secret_key: String,
    /// A key for browsers, which the API refuses.
    pub publishable_key: String,
    /// Balance transactions it began with.
    pub movements: u32,
}

/// One account in one mode.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) info: AccountInfo,
    pub(super) spec: AccountSpec,
    store: RwLock<Store>,
    /// When the requests of the last second came, in milliseconds.
    recent: Mutex<VecDeque<i64>>,
    hooks: Mutex<Hooks>,
}

impl Account {
    /// Whether one more request is within the account's rate limit.
    pub(super) fn admit(&self, now_ms: i64) -> bool {
        let limit = self.read().settings.rate_limit;
        if limit == 0 {
            return true;
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|&then| now_ms - then < RATE_WINDOW_MS);
        if recent.len() >= limit {
            return false;
        }
        recent.push_back(now_ms);
        true
    }

    /// Endpoints and deliveries.
    pub(super) fn hooks(&self) -> MutexGuard<'_, Hooks> {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers the time in Unix milliseconds.
type Clock = Box<dyn Fn() -> i64 + Send + Sync>;

/// All accounts and all keys.
pub struct Stripe {
    accounts: RwLock<BTreeMap<(String, Mode), Arc<Account>>>,
    keys: RwLock<HashMap<String, Key>>,
    clock: Clock,
    requests: AtomicU64,
    pub(super) courier: Courier,
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts = self.accounts().len();
        f.debug_struct("Stripe").field("accounts", &accounts).finish_non_exhaustive()
    }
}

impl Stripe {
    /// No accounts yet, on the sandbox's clock.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with_clock(|| crate::clock::now_micros() / 1000)
    }

    /// The same on another clock, which answers Unix milliseconds.
    #[must_use]
    pub fn with_clock(clock: impl Fn() -> i64 + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            accounts: RwLock::default(),
            keys: RwLock::default(),
            clock: Box::new(clock),
            requests: AtomicU64::new(0),
            courier: Courier::new(),
        })
    }

    /// Makes an account with its history. An account of that id and mode is left as it is, and
    /// answered.
    pub fn create_account(&self, spec: AccountSpec) -> AccountInfo {
        let id = spec.id.clone().unwrap_or_else(|| self.fresh_id(&spec));
        if let Some(account) = self.account(&id, Some(spec.mode)) {
            return account.info.clone();
        }
        let now = spec.now.unwrap_or_else(|| self.now_ms() / 1000);
        let mut store = Store::new(&id, spec.mode, spec.name.as_deref(), now, spec.seed);
        let movements = spec.movements.min(MAX_MOVEMENTS);
        generate::history(&mut store, movements, spec.odd, now);
        let key = |kind| self.new_key(&id, spec.mode, kind, Permissions::all_reads());
        let info = AccountInfo {
            restricted_key: key(KeyKind::Restricted),
            secret_key: key(KeyKind::Secret),
            publishable_key: key(KeyKind::Publishable),
            account: id.clone(),
            mode: spec.mode,
            movements,
        };
        let account = Arc::new(Account {
            info: info.clone(),
            store: RwLock::new(store),
            recent: Mutex::default(),
            hooks: Mutex::default(),
            spec,
        });
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        accounts.insert((id, info.mode), account);
        info
    }

    /// The account that a key belongs to, expired or not; with or without the word `Bearer`.
    pub fn account_of_key(&self, bearer: &str) -> Option<String> {
        let key = bearer.trim_start_matches("Bearer ").trim();
        self.key(key).map(|key| key.account)
    }

    /// An account by id; the mode is needed only if it exists in both.
    pub(super) fn account(&self, id: &str, mode: Option<Mode>) -> Option<Arc<Account>> {
        let accounts = self.accounts();
        let find = |mode| accounts.get(&(id.to_owned(), mode)).cloned();
        match mode {
            Some(mode) => find(mode),
            None => find(Mode::Test).or_else(|| find(Mode::Live)),
        }
    }

    /// What every account began with.
    pub(super) fn infos(&self) -> Vec<AccountInfo> {
        self.accounts().values().map(|a| a.info.clone()).collect()
    }

    /// The time, in Unix milliseconds.
    pub(super) fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    /// A request id nobody had before.
    pub(super) fn request_id(&self) -> String {
        let n = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("req_{:0>14}", base62(mix(n)))
    }

    /// A new key of an account.
    pub(super) fn new_key(
        &self,
        account: &str,
        mode: Mode,
        kind: KeyKind,
        permissions: Permissions,
    ) -> String {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let secret = |n: usize| {
            let seed = fold(&format!("{account}/{}/{}/{n}", mode.name(), kind.prefix()));
            let (a, b) = (mix(seed), mix(seed.rotate_left(17)));
            format!("{}_{}_51{}{}", kind.prefix(), mode.name(), base62(a), base62(b))
        };
        let text =
            (0..=keys.len()).map(secret).find(|text| !keys.contains_key(text)).unwrap_or_default();
        let key = Key { account: account.to_owned(), mode, kind, permissions, expired: false };
        keys.insert(text.clone(), key);
        text
    }

    /// What a key opens.
    pub(super) fn key(&self, text: &str) -> Option<Key> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(text).cloned()
    }

    /// Ends a key; false if it is not one of this account's.
    pub(super) fn expire_key(&self, account: &str, text: &str) -> bool {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        match keys.get_mut(text) {
            Some(key) if key.account == account => {
                key.expired = true;
                true
            }
            _ => false,
        }
    }

    fn fresh_id(&self, spec: &AccountSpec) -> String {
        let accounts = self.accounts();
        let made = |n: usize| {
            let text = base62(mix(fold(&format!("{}/{n}", spec.seed))));
            format!("acct_1Q{:0>14}", format!("{text}Sbx"))
        };
        (0..=accounts.len())
            .map(made)
            .find(|id| !accounts.contains_key(&(id.clone(), spec.mode)))
            .unwrap_or_default()
    }

    fn accounts(&self) -> RwLockReadGuard<'_, BTreeMap<(String, Mode), Arc<Account>>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }
}
