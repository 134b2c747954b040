//! The schedule of an install follows its connection and its settings.

use crate::model::session::Portal;
use crate::platform::schedule::Schedules;
use crate::platform::table::Store;

/// Lets the schedule follow what was stored; answers whether it does. A failure undoes nothing: the
/// hourly sweep sets the schedule right.
pub async fn follow(schedules: &Schedules, store: &Store, portal: &Portal) -> bool {
    let settled = schedules.settle(store, &portal.install, &portal.generation).await;
    if let Err(error) = &settled {
        tracing::warn!(install = %portal.install, cause = %error.chain(),
            "the schedule does not follow yet");
    }
    settled.is_ok()
}
