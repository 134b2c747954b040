//! A run that this worker has claimed: the run with its fence, and the install and connection whose
//! keys it uses.

use crate::engine::context::still_wanted;
use crate::engine::services::Services;
use crate::engine::stop::Stop;
use crate::engine::worker::closing;
use crate::model::connection::Connection;
use crate::model::error::Result;
use crate::model::install::Meta;
use crate::model::payout::Payouts;
use crate::model::run::Run;
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::runs::Fence;
use crate::platform::store::runs::ending::Ending;

/// What a worker keeps of a run between two turns. It uses the keys of `meta` and `connection`.
#[derive(Debug, Clone)]
pub(crate) struct ClaimedRun {
    pub(crate) fence: Fence,
    pub(crate) run: Run,
    pub(crate) meta: Meta,
    pub(crate) connection: Connection,
    /// What was read together with them. A run that continues after a stop reads it again.
    pub(crate) read: Option<Box<ReadWithRun>>,
    /// When that was read.
    pub(crate) read_at: Option<Millis>,
}

/// The items that a worker reads together with a run's connection.
#[derive(Debug, Clone)]
pub(crate) struct ReadWithRun {
    pub(crate) settings: Option<Settings>,
    pub(crate) summary: Option<Summary>,
    /// The progress of adding up automatic payouts, if stored.
    pub(crate) payouts: Option<Payouts>,
}

impl ClaimedRun {
    /// Reads the items of a run that was just claimed. From the claim on, no other worker can write
    /// them; items read before may be older than another worker's last write. Ends a run that is no
    /// longer wanted. `None` when there is nothing to do.
    pub(crate) async fn read(services: &Services, fence: Fence, run: Run) -> Result<Option<Self>> {
        let read_at = clock::now();
        let mut standing = services.store.runs().items_at_claim(&fence).await?;
        let (settings, summary) = (standing.settings.take(), standing.summary.take());
        let (meta, payouts) = (standing.meta.clone(), standing.payouts.take());
        match (still_wanted(&fence, &run.generation, standing), meta) {
            (Ok(connection), Some(meta)) => Ok(Some(Self {
                fence,
                run,
                meta,
                connection,
                read: Some(Box::new(ReadWithRun { settings, summary, payouts })),
                read_at: Some(read_at),
            })),
            (Err(Stop::Cancel(why)), _) => {
                Box::pin(closing::close(services, &fence, &run, Ending::cancelled(why)))
                    .await
                    .map(|()| None)
            }
            (Ok(_) | Err(_), _) => Ok(None),
        }
    }
}
