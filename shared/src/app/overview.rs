//! How an install's syncs stand, for the first screen.

use crate::model::error::Result;
use crate::model::freshness::Freshness;
use crate::model::run::Run;
use crate::model::session::Portal;
use crate::model::time::Millis;
use crate::platform::schedule::Schedules;
use crate::platform::store::Store;

/// What a session's own record does not say.
#[derive(Debug)]
pub struct Latest {
    /// The open run.
    pub open_run: Option<Run>,
    /// How old the newest proof is.
    pub freshness: Option<Freshness>,
}

/// The open run, and the age of the newest proof.
///
/// # Errors
/// [`crate::model::error::Error::Unavailable`].
pub async fn latest(store: &Store, schedules: &Schedules, portal: &Portal, now: Millis) -> Result<Latest> {
    let Some(connection) = &portal.connection else { return Ok(Latest { open_run: None, freshness: None }) };
    let newest = portal.summary.as_ref().and_then(|summary| summary.last_proof.as_ref()).map(|proof| proof.at);
    let freshness = Freshness::of(connection, newest, schedules.minutes(portal.settings.interval), now);
    let open_run = match connection.current_run {
        Some(open) => store.runs().get(&portal.install, connection.connection, open).await?,
        None => None,
    };
    Ok(Latest { open_run, freshness })
}
