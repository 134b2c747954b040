//! What a stage is given: the run and its progress, the connection and settings behind it, the
//! clients, the chart of accounts and the deadline. Nothing here uses a stage.

use crate::engine::services::Services;
use crate::engine::stop::Stop;
use crate::engine::suspects::Suspects;
use crate::model::connection::Connection;
use crate::model::install::Meta;
use crate::model::ledger::{Chart, Owner};
use crate::model::party::Party;
use crate::model::progress::Progress;
use crate::model::run::Run;
use crate::model::settings::Settings;
use crate::platform::blnk::BlnkClient;
use crate::platform::http::Deadline;
use crate::platform::store::runs::{Fence, RunItems};
use crate::platform::stripe::StripeClient;

/// Everything a worker needs during a run.
pub(crate) struct Context<'w> {
    pub(crate) services: &'w Services,
    pub(crate) fence: Fence,
    pub(crate) run: Run,
    pub(crate) progress: Progress,
    pub(crate) connection: Connection,
    pub(crate) settings: Settings,
    pub(crate) owner: Owner,
    pub(crate) chart: Chart,
    /// The app's own ledger. Absent if nothing may be written and there is none yet.
    pub(crate) ledger_id: Option<String>,
    pub(crate) blnk: BlnkClient,
    pub(crate) stripe: StripeClient,
    pub(crate) deadline: Deadline,
    /// Records whose calls fail.
    pub(crate) suspects: std::sync::Arc<Suspects>,
    /// Charges whose accounts cannot be determined, by record.
    pub(crate) untold: std::collections::BTreeMap<String, crate::model::suspect::record::Suspect>,
    /// Records above a ceiling for which it is unknown whether they are in the ledger. They wait.
    pub(crate) unsure: std::collections::BTreeMap<String, crate::model::suspect::record::Suspect>,
    pub(crate) counted: (u64, u64),
    /// The unresolved problems, once loaded.
    pub(crate) known: Option<crate::platform::store::problems::reads::KnownProblems>,
    /// Present if alerts may be raised in Blnk; then whether they may be read.
    pub(crate) alerts: Option<bool>,
    /// The Stripe objects that are tracked, once loaded.
    pub(crate) objects: Option<crate::platform::store::tracked_objects::Objects>,
    /// How far the automatic payouts were added up, once loaded.
    pub(crate) payouts: Option<crate::model::payout::Payouts>,
    /// The openings of the connection, once loaded.
    pub(crate) openings: Option<crate::platform::store::openings::Openings>,
}

impl Context<'_> {
    pub(crate) fn out_of_time(&self) -> bool {
        self.deadline.remaining() < PAGE_NEEDS
    }
}

/// Reads the run's install and connection again, before every page and every comparison. If either
/// is gone, or the run was stopped, the run ends here without another outside call.
pub(crate) async fn check(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let mut standing = ctx.services.store.runs().items(&ctx.fence).await?;
    ctx.settings = Settings::of(standing.settings.take(), &ctx.run.generation);
    let connection = still_wanted(&ctx.fence, &ctx.run.generation, standing)?;
    ctx.connection = connection;
    Ok(())
}

impl Context<'_> {
    /// Adds to a stop the failed call behind it, as far as it is known.
    pub(crate) fn named(&self, halt: Stop) -> Stop {
        let Stop::Retryable(mut trouble) = halt else { return halt };
        let failed = match trouble.party {
            Party::Blnk => self.blnk.last_failure(),
            Party::Stripe => self.stripe.last_failure(),
            Party::Aws | Party::App => None,
        };
        if let Some(failed) = failed.filter(|_| trouble.call.is_none()) {
            (trouble.call, trouble.status, trouble.request_id) = (Some(failed.call), failed.status, failed.request_id);
        }
        Stop::Retryable(trouble)
    }
}

impl Context<'_> {
    /// Updates the counters of outside calls.
    pub(crate) fn count_calls(&mut self) {
        let (stripe, ledger) = (self.stripe.calls(), self.blnk.calls());
        self.progress.counters.stripe_calls += stripe - self.counted.0;
        self.progress.counters.ledger_calls += ledger - self.counted.1;
        self.progress.succeeded = self.suspects.succeeded_so_far();
        self.counted = (stripe, ledger);
    }
}

/// A page does not begin with less time than this.
pub(crate) const PAGE_NEEDS: std::time::Duration = std::time::Duration::from_secs(4);

/// The connection, if the run is still wanted and this worker still holds it.
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
