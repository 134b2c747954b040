//! Objects that are not settled at Stripe: payouts in transit or returned, disputes, refunds.

use crate::model::error::Result;
use crate::model::session::Portal;
use crate::model::time::Millis;
use crate::model::tracked_object::{ObjectItem, ObjectKind};
use crate::platform::table::Store;

/// The maximum number of objects shown.
const MOST: usize = 50;

/// Unsettled objects.
#[derive(Debug, Default)]
pub struct Unsettled {
    /// The objects, the most urgent first.
    pub objects: Vec<ObjectItem>,
    /// Whether there are more.
    pub more: bool,
}

/// Payouts in transit, recently failed payouts, open disputes and pending refunds.
///
/// # Errors
/// [`crate::model::error::Error::Unavailable`].
pub async fn unsettled(store: &Store, portal: &Portal, now: Millis) -> Result<Unsettled> {
    let Some(connection) = &portal.connection else { return Ok(Unsettled::default()) };
    let all = store.tracked_objects().all(&portal.install, connection.connection).await?;
    // A paid payout is tracked too, since it may still fail; until then it is not shown.
    let is_shown = |object: &ObjectItem| {
        let waits = !object.settled && object.status != "paid" && object.kind != ObjectKind::Charge;
        waits || object.failed_payout(now)
    };
    let mut objects: Vec<ObjectItem> = all.into_values().filter(is_shown).collect();
    // First deadlines in order, then urgent objects without one, then the rest, newest first.
    let rank =
        |object: &ObjectItem| (!is_urgent(object, now), object.due_by.is_none(), object.due_by);
    objects.sort_by(|one, other| {
        rank(one).cmp(&rank(other)).then_with(|| other.created.cmp(&one.created))
    });
    let more = objects.len() > MOST;
    objects.truncate(MOST);
    Ok(Unsettled { objects, more })
}

/// Whether a person should look at an object.
#[must_use]
pub fn is_urgent(object: &ObjectItem, now: Millis) -> bool {
    object.failed_payout(now) || object.open_dispute()
}
