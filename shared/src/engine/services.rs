//! What the worker is built with: clients, addresses and bounds.

use std::time::Duration;

use crate::model::time::Millis;
use crate::platform::queue::sender::Queue;
use crate::platform::schedule::Schedules;
use crate::platform::store::Store;
use crate::platform::vault::Vault;

/// The bounds of a worker, from the deployment's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A worker stops itself after this long and sends a continuation.
    pub stop_after: Duration,
    /// How long what has ended is kept.
    pub retention_days: i64,
    /// A message that was received and not acknowledged comes again after this long.
    pub visibility: Duration,
}

/// Everything a worker is built with, once.
#[derive(Debug, Clone)]
pub struct Services {
    /// The table.
    pub store: Store,
    /// The keys.
    pub vault: Vault,
    /// Wake-ups.
    pub queue: Queue,
    /// The installs' schedules.
    pub schedules: Schedules,
    /// The shared HTTP client.
    pub http: reqwest::Client,
    /// Blnk Cloud's API.
    pub blnk_base: String,
    /// Stripe's API.
    pub stripe_base: String,
    /// Where the outside world reaches this deployment: endpoints at Stripe are known by it.
    pub public_base_url: String,
    /// Bounds.
    pub limits: Limits,
}

const SECONDS_PER_DAY: i64 = 86_400;

impl Services {
    /// When what has ended now is removed, Unix seconds.
    pub(crate) fn expiry(&self, now: Millis) -> i64 {
        now.seconds() + self.limits.retention_days * SECONDS_PER_DAY
    }
}

/// The longest that a worker waits by itself in one place.
pub(crate) const LONGEST_NAP: Duration = Duration::from_secs(2);
