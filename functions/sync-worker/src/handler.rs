//! A batch of messages: each is a wake-up, and is acknowledged only after what it left to do was sent on.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use lambda_runtime::Error;
use stripe_sync::queue::WakeUp;
use stripe_sync::sync::Worker;

/// Built once at a cold start.
pub(crate) struct State {
    pub(crate) worker: Worker,
    /// This function reads the dead-letter queue.
    pub(crate) dead_letters: bool,
}

/// Handles messages in their order. In a FIFO queue the messages behind one that failed must fail with it.
pub(crate) async fn batch(state: Arc<State>, event: SqsEvent) -> Result<SqsBatchResponse, Error> {
    let mut response = SqsBatchResponse::default();
    let mut failed = false;
    for message in event.records {
        let id = message.message_id.unwrap_or_default();
        failed = failed || !handled(&state, &id, message.body.as_deref().unwrap_or_default()).await;
        if failed {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    Ok(response)
}

async fn handled(state: &State, id: &str, body: &str) -> bool {
    let Ok(wake_up) = serde_json::from_str::<WakeUp>(body) else {
        // Nobody but us writes to the queue: a body that is no wake-up can never be handled, and is not worth another receive.
        tracing::error!(message = id, "a message that is no wake-up was dropped");
        return true;
    };
    let outcome = if state.dead_letters { state.worker.give_up(&wake_up).await } else { state.worker.handle(&wake_up, id).await };
    match outcome {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(message = id, install = %wake_up.install, cause = %error.chain(), "a message will come again");
            false
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
