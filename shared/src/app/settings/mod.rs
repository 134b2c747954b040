//! Replacing the settings of an install, and what will differ.

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
pub struct ResultingSettings {
    /// Whether the settings were stored.
    pub saved: bool,
    /// The settings.
    pub settings: Settings,
    /// What differs from the next sync on.
    pub differences: Vec<Difference>,
    /// Whether the schedule was updated.
    pub schedule_applied: bool,
}

impl SettingsChange<'_> {
    /// Checks new settings and returns what will differ. Stores nothing.
    ///
    /// # Errors [`crate::model::error::Error::Forbidden`] without `data:read`,
    /// [`crate::model::error::Error::Refused`] for invalid settings,
    /// [`crate::model::error::Error::Conflict`] when the settings were changed meanwhile,
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn look(
        &self,
        portal: &Portal,
        settings: Settings,
        now: Millis,
    ) -> Result<ResultingSettings> {
        require(portal, Permission::DataRead)?;
        settings.check(&portal.settings, portal.connection.as_ref(), now)?;
        if settings.revision != portal.settings.revision.saturating_add(1) {
            return Err(changed_meanwhile());
        }
        // Notices are changed by a separate route.
        let settings = Settings { notices: portal.settings.notices.clone(), ..settings };
        let differences = differences(self.store, self.schedules, portal, &settings).await?;
        Ok(ResultingSettings { saved: false, settings, differences, schedule_applied: false })
    }

    /// Replaces the settings and updates the schedule. `id` is the id of the audit entry.
    ///
    /// # Errors
    /// As [`Self::look`]; [`crate::model::error::Error::Unauthorized`] when the session is over.
    pub async fn save(
        &self,
        portal: &Portal,
        settings: Settings,
        id: Ulid,
        now: Millis,
    ) -> Result<ResultingSettings> {
        let changed = self.look(portal, settings, now).await?;
        let settings = &changed.settings;
        let activity = Activity {
            kind: Kind::SettingsChanged,
            at: now,
            launch_id: Some(portal.launch.to_string()),
            subject: Some(settings.revision.to_string()),
            ttl: self.retention.expiry(now),
        };
        self.store.settings().put(&portal.install, settings, &activity, id).await?;
        let schedule_applied = portal.connection.is_none()
            || schedule::follow(self.schedules, self.store, portal).await;
        tracing::info!(install = %portal.install, revision = settings.revision,
            interval = ?settings.interval, "settings changed");
        Ok(ResultingSettings { saved: true, schedule_applied, ..changed })
    }
}
