//! Refusals that may not be meant: a ledger that names no code and says what nobody knows may be telling of a fault of its own. Such a
//! refusal is believed when the same thing is refused in the same words several times, over some seconds.

use std::time::Duration;

use super::halt::{Halt, Party};
use crate::http::Deadline;

/// Refusals of the same thing, the first included, after which unknown words are believed.
pub(super) const SAME_REFUSALS: u32 = 5;
/// The wait after the first of them; it doubles, so that the last comes six seconds after the first.
const FIRST_WAIT: Duration = Duration::from_millis(400);

/// Waits before something is tried again that was refused so often.
pub(super) async fn wait(times: u32, deadline: Deadline) -> Result<(), Halt> {
    let wait = FIRST_WAIT * 2_u32.saturating_pow(times.saturating_sub(1));
    if wait >= deadline.remaining() {
        return Err(Halt::later(Party::Blnk, "the ledger refuses in words that may mean a fault of its own"));
    }
    tokio::time::sleep(wait).await;
    Ok(())
}
