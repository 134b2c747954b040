//! What the function keeps between calls.

use stripe_sync::app::account_rules::AccountRuleChange;
use stripe_sync::app::connect::connector::{Connector, RequestIds};
use stripe_sync::app::notices::Notices;
use stripe_sync::app::payouts::PayoutQueries;
use stripe_sync::app::problems::Problems;
use stripe_sync::app::runs::{Call, Runs};
use stripe_sync::app::schedule;
use stripe_sync::app::session::Sessions;
use stripe_sync::app::settings::SettingsChange;
use stripe_sync::model::session::{Portal, SessionLimits};
use stripe_sync::platform::clock;
use stripe_sync::platform::notifier::Notifier;
use stripe_sync::platform::schedule::Schedules;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::table::Store;

/// Built once at a cold start.
pub struct State {
    /// The table, the keys, the queue, and Stripe and the ledger.
    pub connector: Connector,
    /// What signs launch tokens and sessions.
    pub session_secret: Secret,
    /// The bounds of sessions.
    pub limits: SessionLimits,
    /// Where the outside world reaches this deployment.
    pub public_base_url: String,
    /// Sources that may frame the page, space-separated as in a policy.
    pub dashboard_origins: String,
    /// The dashboard of Blnk Cloud, where the deployment names one.
    pub dashboard_url: Option<String>,
    /// The schedules of installs.
    pub schedules: Schedules,
    /// Sends notices about what needs attention.
    pub notifier: Notifier,
}

impl State {
    pub(crate) const fn store(&self) -> &Store {
        &self.connector.store
    }

    pub(crate) const fn sessions(&self) -> Sessions<'_> {
        Sessions { store: self.store(), secret: &self.session_secret, limits: &self.limits }
    }

    pub(crate) const fn runs(&self) -> Runs<'_> {
        Runs { store: self.store(), queue: &self.connector.queue, retention: self.limits.retention }
    }

    pub(crate) const fn problems(&self) -> Problems<'_> {
        Problems { runs: self.runs() }
    }

    pub(crate) const fn payouts(&self) -> PayoutQueries<'_> {
        PayoutQueries { connector: &self.connector }
    }

    pub(crate) const fn settings(&self) -> SettingsChange<'_> {
        SettingsChange {
            store: self.store(),
            schedules: &self.schedules,
            retention: self.limits.retention,
        }
    }

    pub(crate) const fn notices(&self) -> Notices<'_> {
        Notices {
            store: self.store(),
            vault: &self.connector.vault,
            notifier: &self.notifier,
            retention: self.limits.retention,
        }
    }

    pub(crate) const fn account_rules(&self) -> AccountRuleChange<'_> {
        AccountRuleChange { connector: &self.connector }
    }

    /// Updates the schedule after a connection was created or removed.
    pub(crate) async fn schedule_follows(&self, portal: &Portal) {
        schedule::follow(&self.schedules, self.store(), portal).await;
    }
}

/// The time of a request, and its id.
pub(crate) fn call() -> Call {
    Call { now: clock::now(), id: clock::new_ulid() }
}

/// The time of a change to a connection, and its ids.
pub(crate) fn request_ids() -> RequestIds {
    RequestIds {
        now: clock::now(),
        connection: clock::new_ulid(),
        audit: clock::new_ulid(),
        webhook: clock::new_ulid(),
    }
}
