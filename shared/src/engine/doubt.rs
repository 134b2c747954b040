//! Refusals that may not be meant: a ledger that names no code and says what nobody knows may be telling of a fault of its own. Such a
//! refusal is believed when the same thing is refused in the same words several times, over some seconds.

use std::time::Duration;

use crate::engine::stop::Stop;
use crate::model::party::Party;
use crate::platform::http::Deadline;

/// Refusals of the same thing, the first included, after which unknown words are believed.
pub(crate) const SAME_REFUSALS: u32 = 5;

/// The wait after the first of them; it doubles, so that the last comes six seconds after the first.
const FIRST_WAIT: Duration = Duration::from_millis(400);

/// Waits before something is tried again that was refused so often.
pub(crate) async fn wait(times: u32, deadline: Deadline) -> Result<(), Stop> {
    let wait = FIRST_WAIT * 2_u32.saturating_pow(times.saturating_sub(1));
    if wait >= deadline.remaining() {
        return Err(Stop::later(Party::Blnk, "the ledger refuses in words that may mean a fault of its own"));
    }
    tokio::time::sleep(wait).await;
    Ok(())
}
