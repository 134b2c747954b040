//! What a run waits for, written under its fence. Not a checkpoint.

use crate::model::error::Result;
use crate::model::run::waiting::Waiting;
use crate::platform::store::runs::{Fence, RUNNING, RunRepository};
use crate::platform::table::attribute::{s, to_attr};
use crate::platform::table::conditional;
use crate::platform::table::keys::{Sk, key};

impl RunRepository<'_> {
    /// Stores what a run waits for. This is no checkpoint: the run has made no progress. Returns
    /// whether the run still belongs to this worker.
    pub(crate) async fn wait(self, fence: &Fence, waiting: &Waiting) -> Result<bool> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(&fence.install, &Sk::Run(fence.connection, fence.run))))
            .update_expression("SET waiting = :waiting")
            .condition_expression(RUNNING)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":waiting", to_attr(waiting)?)
            .expression_attribute_values(":checkpoint", to_attr(&fence.checkpoint)?)
            .expression_attribute_values(":attempt", to_attr(&fence.attempt)?)
            .expression_attribute_values(":running", s("running"))
            .send()
            .await;
        Ok(conditional(sent)?.is_some())
    }
}
