//! A run that this worker has claimed: the run with its fence, and the install and connection whose
//! keys it uses.

use crate::model::connection::Connection;
use crate::model::install::Meta;
use crate::model::run::Run;
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::platform::store::runs::Fence;

/// What a worker holds of a run between two turns. It uses the keys of `meta` and `connection`.
#[derive(Debug, Clone)]
pub(crate) struct ClaimedRun {
    pub(crate) fence: Fence,
    pub(crate) run: Run,
    pub(crate) meta: Meta,
    pub(crate) connection: Connection,
    /// What was read with them a moment ago. A run that goes on after a stop reads it again.
    pub(crate) read: Option<Box<ReadWithRun>>,
    /// When that was.
    pub(crate) read_at: Option<Millis>,
}

/// The items that a worker reads together with a run's connection.
#[derive(Debug, Clone)]
pub(crate) struct ReadWithRun {
    pub(crate) settings: Option<Settings>,
    pub(crate) summary: Option<Summary>,
}
