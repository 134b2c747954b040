//! A run that this worker has claimed: the run with its fence, and the install and connection whose
//! keys it uses.

use crate::model::connection::Connection;
use crate::model::install::Meta;
use crate::model::run::Run;
use crate::platform::store::runs::Fence;

/// What a worker holds of a run between two turns. It uses the keys of `meta` and `connection`.
#[derive(Debug, Clone)]
pub(crate) struct ClaimedRun {
    pub(crate) fence: Fence,
    pub(crate) run: Run,
    pub(crate) meta: Meta,
    pub(crate) connection: Connection,
}
