//! Once a day a run checks whether Stripe still delivers events. Nothing else would notice that it
//! does not, because scheduled runs continue.

use std::time::Duration;

use crate::app::webhook::standing;
use crate::engine::context::Context;
use crate::model::webhook::url_of;
use crate::platform::clock;
use crate::platform::http::Deadline;

/// Time budget of the check.
const BUDGET: Duration = Duration::from_secs(4);

/// Checks the endpoint if a day has passed. A failure does not fail the run; the next run tries
/// again.
pub(crate) async fn look_at_endpoint(ctx: &Context<'_>) {
    let now = clock::now();
    if !standing::is_due(&ctx.connection, now) {
        return;
    }
    let deadline = Deadline::after(BUDGET.min(ctx.deadline.remaining()));
    let url = url_of(&ctx.services.public_base_url, &ctx.fence.install);
    match standing::look(&ctx.stripe, &ctx.connection, &url, now, deadline).await {
        Ok((seen, _)) => {
            if let Err(error) = ctx
                .services
                .store
                .events()
                .note_endpoint(&ctx.fence.install, &ctx.connection, seen)
                .await
            {
                tracing::info!(install = %ctx.fence.install, cause = %error.chain(),
                    "webhook endpoint status not stored");
            }
            tracing::info!(install = %ctx.fence.install, standing = ?seen.standing,
                "checked the webhook endpoint");
        }
        Err(error) => {
            tracing::info!(install = %ctx.fence.install, %error, "webhook endpoint check failed");
        }
    }
}
