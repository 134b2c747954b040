//! One worker on one run: page by page to the end of the list, then the proof, inside a budget of time.

pub mod compare;
pub mod due;
pub mod free_accounts;
pub mod reread;
pub mod retry;
pub mod set_up;

use crate::engine::stop::Stop;
use crate::model::certificate::Certificate;
use crate::model::connection::Connection;
use crate::model::install::Meta;
use crate::model::summary::DifferenceWatch;
use crate::platform::store::runs::{Fence, RunItems};

/// A page is not begun with less time than this.
pub(crate) const PAGE_NEEDS: std::time::Duration = std::time::Duration::from_secs(4);

/// How far a worker came.
#[derive(Debug)]
pub(crate) enum RunOutcome {
    /// The budget of time is used; the next wake-up goes on.
    OutOfTime,
    /// Everything was read and counted, and nothing written.
    Previewed,
    /// Everything was read, posted and compared.
    Proven(Box<Certificate>, std::collections::BTreeMap<String, DifferenceWatch>),
}

/// The connection, if the run is still wanted and still ours.
pub(crate) fn still_wanted(fence: &Fence, generation: &str, standing: RunItems) -> Result<Connection, Stop> {
    let active = standing.meta.as_ref().and_then(Meta::active_generation) == Some(generation);
    if !active {
        return Err(Stop::Cancel("The app was uninstalled."));
    }
    let connection = standing
        .connection
        .filter(|connection| connection.generation == generation && connection.connection == fence.connection)
        .ok_or(Stop::Cancel("The Stripe account was disconnected."))?;
    let run = standing.run.ok_or(Stop::Cancel("The run is gone."))?;
    if connection.current_run != Some(fence.run)
        || run.attempt != fence.attempt
        || run.checkpoint != fence.checkpoint
        || !run.state.is_open()
    {
        return Err(Stop::Superseded);
    }
    if run.stop_requested {
        return Err(Stop::Cancel("Stopped on request."));
    }
    Ok(connection)
}
