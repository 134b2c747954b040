//! The reconciling items of a period, in two reads of the table: payouts by the time of their
//! creation, and open objects.

use std::collections::BTreeMap;

use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::payout::item::PayoutLine;
use crate::model::period::Period;
use crate::model::reconciling::{self, InTransit, LONGEST_TRANSIT_DAYS, ReconcilingItems};
use crate::model::session::Portal;
use crate::platform::table::Store;

/// The reconciling items of a period.
#[derive(Debug, Default)]
pub struct Reconciling {
    /// By currency, upper case.
    pub items: BTreeMap<String, ReconcilingItems>,
    /// There are more payouts or objects than one read returns: sums may be too small.
    pub more: bool,
}

/// Reads the payouts in transit at both ends of a period, by currency in upper case: one read of
/// the table. `None` when there are more payouts than it holds.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn in_transit(
    store: &Store,
    portal: &Portal,
    period: Period,
) -> Result<Option<BTreeMap<String, InTransit>>> {
    let Some(connection) = &portal.connection else { return Ok(Some(BTreeMap::new())) };
    let (payouts, more) = payouts_of(store, portal, connection.connection, period).await?;
    if more {
        return Ok(None);
    }
    let (first, after) = seconds(period)?;
    reconciling::in_transit(first, after, &payouts).map(Some)
}

fn seconds(period: Period) -> Result<(i64, i64)> {
    period.seconds().ok_or_else(|| Error::internal("a period without an end"))
}

/// The payouts that may be in transit at an end of a period, and whether there are more.
async fn payouts_of(
    store: &Store,
    portal: &Portal,
    connection: Ulid,
    period: Period,
) -> Result<(Vec<PayoutLine>, bool)> {
    let from = jiff::Span::new().days(LONGEST_TRANSIT_DAYS);
    let from = period.from.checked_sub(from).unwrap_or(period.from);
    let after = period.after().ok_or_else(|| Error::internal("a period without an end"))?;
    store.payout_items().created_between(&portal.install, connection, from, after).await
}

/// Reads the reconciling items of a period.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn load(store: &Store, portal: &Portal, period: Period) -> Result<Reconciling> {
    let Some(connection) = &portal.connection else { return Ok(Reconciling::default()) };
    let id = connection.connection;
    let (payouts, more_payouts) = payouts_of(store, portal, id, period).await?;
    let (objects, more_objects) =
        store.tracked_objects().disputes_and_payouts(&portal.install, id).await?;
    let (first, after) = seconds(period)?;
    Ok(Reconciling {
        items: reconciling::items(first, after, &payouts, &objects)?,
        more: more_payouts || more_objects,
    })
}
