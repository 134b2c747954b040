//! What needs a person's attention.

use crate::app::overview;
use crate::model::attention::{Attention, Facts};
use crate::model::error::Result;
use crate::model::ledger::Mode;
use crate::model::session::Portal;
use crate::model::time::Millis;
use crate::platform::schedule::Schedules;
use crate::platform::table::Store;

/// What needs attention, with the data to show it.
#[derive(Debug, Default)]
pub struct PortalAttention {
    /// What needs attention.
    pub attention: Attention,
    /// The mode of the connected account.
    pub mode: Option<Mode>,
    /// Open problems, as the overview counts them.
    pub open_problems: u64,
}

/// What needs attention, from the session's data and one more read.
///
/// # Errors
/// [`crate::model::error::Error::Unavailable`].
pub async fn attention(
    store: &Store,
    schedules: &Schedules,
    portal: &Portal,
    now: Millis,
) -> Result<PortalAttention> {
    let Some(connection) = &portal.connection else { return Ok(PortalAttention::default()) };
    let (objects, more) = store
        .tracked_objects()
        .disputes_and_payouts(&portal.install, connection.connection)
        .await?;
    let attention = Attention::of(&Facts {
        connection,
        meta: &portal.meta,
        summary: portal.summary.as_ref(),
        freshness: overview::freshness(schedules, portal, now),
        objects: &objects,
        more,
        now,
    });
    let open_problems = portal.summary.as_ref().map_or(0, |summary| summary.open_problems);
    Ok(PortalAttention { attention, mode: Some(connection.mode), open_problems })
}
