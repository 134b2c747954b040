//! The worker's dependencies: clients, addresses and limits.

use std::time::Duration;

use crate::model::retention::Retention;
use crate::model::time::Millis;
use crate::platform::notifier::Notifier;
use crate::platform::queue::sender::Queue;
use crate::platform::schedule::Schedules;
use crate::platform::table::Store;
use crate::platform::vault::Vault;

/// The limits of a worker, from the deployment's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A worker stops itself after this time and sends a continuation.
    pub stop_after: Duration,
    /// How long ended items are kept.
    pub retention: Retention,
    /// The queue's visibility timeout: a received message that is not acknowledged is delivered
    /// again after this time.
    pub visibility: Duration,
}

/// Everything a worker is built with, once.
#[derive(Debug, Clone)]
pub struct Services {
    /// The table.
    pub store: Store,
    /// The vault.
    pub vault: Vault,
    /// The wake-up queue.
    pub queue: Queue,
    /// The installs' schedules.
    pub schedules: Schedules,
    /// Sends notices about what needs attention.
    pub notifier: Notifier,
    /// The shared HTTP client.
    pub http: reqwest::Client,
    /// Base URL of Blnk Cloud's API.
    pub blnk_base: String,
    /// Base URL of Stripe's API.
    pub stripe_base: String,
    /// This deployment's public base URL. It identifies our endpoints at Stripe.
    pub public_base_url: String,
    /// The worker's limits.
    pub limits: Limits,
}

impl Services {
    /// When an item that ends now is removed, in Unix seconds.
    pub(crate) fn expiry(&self, now: Millis) -> i64 {
        self.limits.retention.expiry(now)
    }
}

/// The longest that a worker sleeps in one place.
pub(crate) const LONGEST_SHORT_PAUSE: Duration = Duration::from_secs(2);
