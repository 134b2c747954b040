//! Once a day a run looks whether Stripe still delivers events: nothing else would notice that it does not, since the schedule goes on.

use std::time::Duration;

use crate::engine::context::Context;
use crate::model::webhook::{standing, url_of};
use crate::platform::clock;
use crate::platform::http::Deadline;

/// The longest that the look keeps a run.
const BUDGET: Duration = Duration::from_secs(4);

impl Context<'_> {
    /// Looks at the endpoint, if a day has passed. Nothing that goes wrong here is the run's trouble: the next run tries again.
    pub(crate) async fn look_at_endpoint(&self) {
        let now = clock::now();
        if !standing::is_due(&self.connection, now) {
            return;
        }
        let deadline = Deadline::after(BUDGET.min(self.deadline.remaining()));
        let url = url_of(&self.worker.public_base_url, &self.fence.install);
        match standing::look(&self.stripe, &self.connection, &url, now, deadline).await {
            Ok((seen, _)) => {
                if let Err(error) = self.worker.store.note_endpoint(&self.fence.install, &self.connection, seen).await {
                    tracing::info!(install = %self.fence.install, cause = %error.chain(), "what Stripe says of the endpoint was not kept");
                }
                tracing::info!(install = %self.fence.install, standing = ?seen.standing, "webhook endpoint");
            }
            Err(error) => tracing::info!(install = %self.fence.install, %error, "the endpoint could not be looked at"),
        }
    }
}
