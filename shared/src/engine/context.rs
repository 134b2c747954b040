//! What a stage is given: the run and its progress, the connection and settings behind it, the
//! clients, the chart of accounts and the deadline. Nothing here uses a stage.

use crate::engine::services::Services;
use crate::engine::stop::Stop;
use crate::engine::suspects::Suspects;
use crate::model::connection::Connection;
use crate::model::install::Meta;
use crate::model::install::permission::Permission;
use crate::model::ledger::{Chart, Owner};
use crate::model::party::Party;
use crate::model::run::Run;
use crate::model::run::known_empty::KnownEmpty;
use crate::model::run::progress::Progress;
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::platform::blnk::BlnkClient;
use crate::platform::clock;
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
    pub(crate) unresolved_charges:
        std::collections::BTreeMap<String, crate::model::suspect::record::Suspect>,
    /// Records above a ceiling for which it is unknown whether they are in the ledger. They wait.
    pub(crate) unconfirmed_records:
        std::collections::BTreeMap<String, crate::model::suspect::record::Suspect>,
    /// The outside calls that are in the progress already.
    pub(crate) counted: CallCounts,
    /// The roles of ledger balances, by id, as far as this worker has seen them.
    pub(crate) offsets: std::collections::HashMap<String, crate::model::ledger::Offset>,
    /// The summary as this worker found it. Absent before the first run has ended.
    pub(crate) summary: Option<Box<Summary>>,
    /// The lists that this run need not read.
    pub(crate) known_empty: KnownEmpty,
    /// The lists that this worker has read and found empty.
    pub(crate) found_empty: KnownEmpty,
    /// When the install, connection, settings and run were read to begin with, if they need not be
    /// read again at once.
    pub(crate) read_at: Option<Millis>,
    /// The unresolved problems, once loaded.
    pub(crate) known: Option<crate::platform::store::problems::known::KnownProblems>,
    /// Their totals, until one of them changes.
    pub(crate) totals: Option<crate::platform::store::problems::known::ProblemTotals>,
    /// What the run may do with alerts in Blnk.
    pub(crate) alerts: AlertAccess,
    /// The Stripe objects that are tracked, once loaded.
    pub(crate) objects: Option<crate::platform::store::tracked_objects::Objects>,
    /// The progress of adding up automatic payouts, once loaded.
    pub(crate) payouts: Option<crate::model::payout::Payouts>,
    /// The closed days, once loaded.
    pub(crate) closed: Option<crate::model::closed::ClosedDays>,
    /// The progress of thinning certificates before this run, once its comparison has read it.
    pub(crate) thinned: Option<crate::model::certificate::thinning::Reached>,
    /// The openings of the connection, once loaded.
    pub(crate) openings: Option<crate::platform::store::openings::Openings>,
}

/// The outside calls of a worker.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CallCounts {
    pub(crate) stripe: u64,
    pub(crate) ledger: u64,
}

/// What the Blnk key allows a run to do with alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlertAccess {
    /// Alerts may not be raised.
    None,
    /// Alerts may be raised and changed, and not be listed.
    Write,
    /// Alerts may be raised, changed and listed.
    ReadAndWrite,
}

impl AlertAccess {
    /// The access that an installation's permissions give.
    pub(crate) fn of(meta: &Meta) -> Self {
        match (meta.grants(Permission::AlertsWrite), meta.grants(Permission::AlertsRead)) {
            (false, _) => Self::None,
            (true, false) => Self::Write,
            (true, true) => Self::ReadAndWrite,
        }
    }
}

impl Context<'_> {
    pub(crate) fn out_of_time(&self) -> bool {
        self.deadline.remaining() < PAGE_NEEDS
    }
}

/// Reads the run's install and connection again, before every page and every comparison. If either
/// is gone, or the run was stopped, the run ends here without another outside call.
pub(crate) async fn check(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let fresh = |read_at: &Millis| clock::now() < read_at.plus_seconds(FRESH_SECONDS);
    if ctx.read_at.take().filter(fresh).is_some() && !ctx.run.stop_requested {
        return Ok(());
    }
    let mut standing = ctx.services.store.runs().items(&ctx.fence).await?;
    ctx.settings = Settings::of(standing.settings.take(), &ctx.run.generation);
    // A rule applies only to records created after every worker without it has ended.
    ctx.chart.follow(ctx.settings.account_rules.of_owner(&ctx.owner.to_string()));
    let connection = still_wanted(&ctx.fence, &ctx.run.generation, standing)?;
    ctx.connection = connection;
    Ok(())
}

impl Context<'_> {
    /// Adds to a stop the failed call behind it, as far as it is known.
    pub(crate) fn named(&self, stop: Stop) -> Stop {
        let Stop::Retryable(mut failure) = stop else { return stop };
        let failed = match failure.party {
            Party::Blnk => self.blnk.last_failure(),
            Party::Stripe => self.stripe.last_failure(),
            Party::Aws | Party::App => None,
        };
        if let Some(failed) = failed.filter(|_| failure.call.is_none()) {
            (failure.call, failure.status, failure.request_id) =
                (Some(failed.call), failed.status, failed.request_id);
        }
        Stop::Retryable(failure)
    }
}

impl Context<'_> {
    /// Updates the counters of outside calls.
    pub(crate) fn count_calls(&mut self) {
        let made = CallCounts { stripe: self.stripe.calls(), ledger: self.blnk.calls() };
        self.progress.counters.stripe_calls += made.stripe - self.counted.stripe;
        self.progress.counters.ledger_calls += made.ledger - self.counted.ledger;
        self.progress.succeeded = self.suspects.succeeded_so_far();
        self.counted = made;
    }
}

/// The first check of a run does not read again what was read this recently.
const FRESH_SECONDS: i64 = 2;

/// A page does not begin with less time than this.
pub(crate) const PAGE_NEEDS: std::time::Duration = std::time::Duration::from_secs(4);

/// The connection, if the run is still wanted and this worker still holds it.
pub(crate) fn still_wanted(
    fence: &Fence,
    generation: &str,
    standing: RunItems,
) -> Result<Connection, Stop> {
    let active = standing.meta.as_ref().and_then(Meta::active_generation) == Some(generation);
    if !active {
        return Err(Stop::Cancel("The app was uninstalled."));
    }
    let connection = standing
        .connection
        .filter(|connection| {
            connection.generation == generation && connection.connection == fence.connection
        })
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
