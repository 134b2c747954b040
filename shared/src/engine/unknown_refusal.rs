//! Refusals that may be a fault of the ledger. If the ledger sends no error code and an unknown
//! message, it may be reporting an internal error. The refusal counts only after the same request
//! was refused with the same message several times, over some seconds.

use std::time::Duration;

use crate::engine::stop::Stop;
use crate::model::party::Party;
use crate::platform::http::Deadline;

/// Refusals of the same request, including the first, after which an unknown message counts as a
/// refusal.
pub(crate) const SAME_REFUSALS: u32 = 5;

/// The wait after the first refusal. It doubles each time, so the last attempt comes six seconds
/// after the first.
const FIRST_WAIT: Duration = Duration::from_millis(400);

/// Waits before a retry, depending on the number of refusals so far.
pub(crate) async fn wait(times: u32, deadline: Deadline) -> Result<(), Stop> {
    let wait = FIRST_WAIT * 2_u32.saturating_pow(times.saturating_sub(1));
    if wait >= deadline.remaining() {
        return Err(Stop::later(
            Party::Blnk,
            "the ledger refuses with an unknown message, which may be a fault of its own",
        ));
    }
    tokio::time::sleep(wait).await;
    Ok(())
}
