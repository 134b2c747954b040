//! The state of an install's syncs, for the first screen.

use crate::model::error::Result;
use crate::model::freshness::Freshness;
use crate::model::install::permission::Permission;
use crate::model::run::Run;
use crate::model::session::Portal;
use crate::model::settings::Interval;
use crate::model::time::Millis;
use crate::platform::schedule::Schedules;
use crate::platform::table::Store;

/// What a session's data does not contain.
#[derive(Debug)]
pub struct Latest {
    /// The open run.
    pub open_run: Option<Run>,
    /// How old the newest proof is.
    pub freshness: Option<Freshness>,
    /// When the schedule starts the next sync.
    pub next_sync: Option<Millis>,
}

/// The open run, the age of the newest proof, and the next sync.
///
/// # Errors
/// [`crate::model::error::Error::Unavailable`].
pub async fn latest(
    store: &Store,
    schedules: &Schedules,
    portal: &Portal,
    now: Millis,
) -> Result<Latest> {
    let Some(connection) = &portal.connection else {
        return Ok(Latest { open_run: None, freshness: None, next_sync: None });
    };
    let open_run = match connection.current_run {
        Some(open) => store.runs().get(&portal.install, connection.connection, open).await?,
        None => None,
    };
    let freshness = freshness(schedules, portal, now);
    Ok(Latest { open_run, freshness, next_sync: next_sync(schedules, portal, now) })
}

/// When the schedule starts the next sync. `None` while a firing would start none.
fn next_sync(schedules: &Schedules, portal: &Portal, now: Millis) -> Option<Millis> {
    let connection = portal.connection.as_ref()?;
    let interval = portal.settings.interval;
    let alone = connection.may_start_by_itself() || !portal.meta.grants(Permission::DataWrite);
    let starts = interval != Interval::Off
        && connection.paused.is_none()
        && portal.meta.grants(Permission::DataRead)
        && alone;
    starts.then(|| schedules.next_firing(&portal.install, interval, now))
}

/// The age of the newest proof of the connected account.
pub(crate) fn freshness(schedules: &Schedules, portal: &Portal, now: Millis) -> Option<Freshness> {
    let newest = portal
        .summary
        .as_ref()
        .and_then(|summary| summary.last_proof.as_ref())
        .map(|proof| proof.at);
    let minutes = schedules.minutes(portal.settings.interval);
    Freshness::of(portal.connection.as_ref()?, newest, minutes, now)
}
