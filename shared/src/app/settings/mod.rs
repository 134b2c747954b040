//! The settings of an install: replaced whole, and what will differ then.

pub mod differences;

use ulid::Ulid;

use crate::app::connect::connector::require;
use crate::app::schedule;
use crate::app::settings::differences::{Difference, differences};
use crate::model::activity::{Activity, Kind};
use crate::model::error::Result;
use crate::model::install::permission::Permission;
use crate::model::retention::Retention;
use crate::model::session::Portal;
use crate::model::settings::Settings;
use crate::model::time::Millis;
use crate::platform::schedule::Schedules;
use crate::platform::store::settings::changed_meanwhile;
use crate::platform::table::Store;

/// What changing settings needs.
#[derive(Debug, Clone, Copy)]
pub struct SettingsChange<'a> {
    /// The table.
    pub store: &'a Store,
    /// The schedule that follows the settings.
    pub schedules: &'a Schedules,
    /// How long the audit trail is kept.
    pub retention: Retention,
}

/// Settings as they were stored, or would be.
#[derive(Debug)]
pub struct Changed {
    /// Whether the settings were stored.
    pub saved: bool,
    /// The settings.
    pub settings: Settings,
    /// What differs from the next sync on.
    pub differences: Vec<Difference>,
    /// Whether the schedule follows them already.
    pub schedule_applied: bool,
}

impl SettingsChange<'_> {
    /// Checks new settings and says what will differ. Stores nothing.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Forbidden`] without `data:read`,
    /// [`crate::model::error::Error::Refused`] for what no setting may be,
    /// [`crate::model::error::Error::Conflict`] when the settings were changed meanwhile,
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn look(&self, portal: &Portal, settings: Settings, now: Millis) -> Result<Changed> {
        require(portal, Permission::DataRead)?;
        settings.check(&portal.settings, portal.connection.as_ref(), now)?;
        if settings.revision != portal.settings.revision.saturating_add(1) {
            return Err(changed_meanwhile());
        }
        // Notices are changed by a route of their own.
        let settings = Settings { notices: portal.settings.notices.clone(), ..settings };
        let differences = differences(self.store, self.schedules, portal, &settings).await?;
        Ok(Changed { saved: false, settings, differences, schedule_applied: false })
    }

    /// Replaces the settings, and lets the schedule follow them. `id` names the audit entry.
    ///
    /// # Errors
    /// As [`Self::look`]; [`crate::model::error::Error::Unauthorized`] when the session is over.
    pub async fn save(
        &self,
        portal: &Portal,
        settings: Settings,
        id: Ulid,
        now: Millis,
    ) -> Result<Changed> {
        let changed = self.look(portal, settings, now).await?;
        let settings = &changed.settings;
        let trail = Activity {
            kind: Kind::SettingsChanged,
            at: now,
            launch_id: Some(portal.launch.to_string()),
            subject: Some(settings.revision.to_string()),
            ttl: self.retention.expiry(now),
        };
        self.store.settings().put(&portal.install, settings, &trail, id).await?;
        let schedule_applied = portal.connection.is_none()
            || schedule::follow(self.schedules, self.store, portal).await;
        tracing::info!(install = %portal.install, revision = settings.revision,
            interval = ?settings.interval, "settings changed");
        Ok(Changed { saved: true, schedule_applied, ..changed })
    }
}
