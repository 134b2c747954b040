//! The schedule of an install follows its connection and its settings.

use crate::model::session::Portal;
use crate::platform::schedule::Schedules;
use crate::platform::table::Store;

/// Updates the schedule to what was stored, and returns whether it did. A failure undoes nothing:
/// the hourly sweep corrects the schedule.
pub async fn follow(schedules: &Schedules, store: &Store, portal: &Portal) -> bool {
    let settled = schedules.settle(store, &portal.install, &portal.generation).await;
    if let Err(error) = &settled {
        tracing::warn!(install = %portal.install, cause = %error.chain(),
            "the schedule was not updated; the sweep will correct it");
    }
    settled.is_ok()
}
