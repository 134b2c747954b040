//! A batch of messages: each is a wake-up, and is acknowledged only after what it left to do was sent on.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use lambda_runtime::Error;
use stripe_sync::queue::{Message, Sweep};
use stripe_sync::sync::Worker;
use stripe_sync::{clock, metrics};

/// Built once at a cold start.
pub(crate) struct State {
    pub(crate) worker: Worker,
    /// This function reads the dead-letter queue.
    pub(crate) dead_letters: bool,
    /// The deployment, in its metrics.
    pub(crate) stack: String,
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
    let (install, outcome) = match serde_json::from_str::<Message>(body) {
        Ok(Message::WakeUp(wake_up)) if state.dead_letters => (wake_up.install.to_string(), state.worker.give_up(&wake_up).await),
        Ok(Message::WakeUp(wake_up)) => (wake_up.install.to_string(), state.worker.handle(&wake_up, id).await),
        Ok(Message::RestOfCleanUp(rest)) => {
            (rest.wake_up.install.to_string(), state.worker.go_on_cleaning_up(&rest, state.dead_letters).await)
        }
        Ok(Message::Sweep(sweep)) => (String::new(), swept(state, &sweep).await),
        // Nobody but us writes to the queue: any other body can never be handled, and is not worth another receive.
        Err(_) => {
            tracing::error!(message_id = id, "a message that is no wake-up was dropped");
            return true;
        }
    };
    if let Err(error) = &outcome {
        tracing::error!(message_id = id, install, cause = %error.chain(), "a message will come again");
    }
    outcome.is_ok()
}

/// A round of the sweep. One that failed too often is given up: the next one begins anew, and an alarm tells when none ends.
async fn swept(state: &State, sweep: &Sweep) -> stripe_sync::Result<()> {
    if state.dead_letters {
        tracing::error!(round = sweep.sweep, "a round of the sweep was given up");
        return Ok(());
    }
    if let Some(found) = state.worker.sweep(sweep).await? {
        // A line of its own: CloudWatch reads metrics from the root of a JSON line, not from inside a log record.
        println!("{}", metrics::swept(&state.stack, found, clock::now()));
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
