//! A batch of messages: each is a wake-up, and is acknowledged only after its remaining work was
//! sent as another message.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use lambda_runtime::Error;
use stripe_sync::engine::services::Services;
use stripe_sync::engine::{sweep, worker};
use stripe_sync::platform::queue::Delayed;
use stripe_sync::platform::queue::message::{QueueMessage, Sweep};
use stripe_sync::platform::{clock, metrics};

/// Built once at a cold start.
pub struct State {
    /// What a run needs.
    pub worker: Services,
    /// This function reads the dead-letter queue.
    pub dead_letters: bool,
    /// The deployment, in its metrics.
    pub stack: String,
}

/// Handles messages in order. In a FIFO queue the messages after a failed one must fail with it;
/// those of the delay queue are independent of each other.
///
/// # Errors
/// None: a message that cannot be handled is named in the answer.
pub async fn batch(state: Arc<State>, event: SqsEvent) -> Result<SqsBatchResponse, Error> {
    let mut response = SqsBatchResponse::default();
    let mut failed = false;
    for message in event.records {
        let id = message.message_id.unwrap_or_default();
        let body = message.body.as_deref().unwrap_or_default();
        let again = match serde_json::from_str::<QueueMessage>(body) {
            Ok(QueueMessage::Delayed(delayed)) => !passed_on(&state, &id, &delayed).await,
            read => {
                failed = failed || !handled(&state, &id, read.ok()).await;
                failed
            }
        };
        if again {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    Ok(response)
}

/// Forwards a due wake-up to the work queue. This takes a moment and occupies no worker.
async fn passed_on(state: &State, id: &str, delayed: &Delayed) -> bool {
    let outcome = state.worker.queue.pass_on(delayed, clock::now()).await;
    if let Err(error) = &outcome {
        tracing::error!(message_id = id, install = %delayed.wake_up.install, cause = %error.chain(),
            "a delayed message could not be forwarded; it will be retried");
    }
    outcome.is_ok()
}

async fn handled(state: &State, id: &str, message: Option<QueueMessage>) -> bool {
    let (install, outcome) = match message {
        Some(QueueMessage::WakeUp(wake_up)) if state.dead_letters => {
            (wake_up.install.to_string(), worker::give_up(&state.worker, &wake_up).await)
        }
        Some(QueueMessage::WakeUp(wake_up)) => {
            (wake_up.install.to_string(), worker::handle(&state.worker, &wake_up, id).await)
        }
        Some(QueueMessage::RestOfCleanUp(rest)) => (
            rest.wake_up.install.to_string(),
            worker::go_on_cleaning_up(&state.worker, &rest, state.dead_letters).await,
        ),
        Some(QueueMessage::Sweep(sweep)) => (String::new(), swept(state, &sweep).await),
        // Only this app writes to the queue: any other body can never be handled, so it is not
        // received again.
        Some(QueueMessage::Delayed(_)) | None => {
            tracing::error!(message_id = id, "dropped a message that is not a wake-up");
            return true;
        }
    };
    match &outcome {
        Ok(()) => true,
        // A retry by this version would fail too. The sweep wakes the install again.
        Err(error @ stripe_sync::model::error::Error::NewerVersion(_)) => {
            tracing::warn!(message_id = id, install, cause = %error.chain(),
                "a message is left to a newer version");
            true
        }
        Err(error) => {
            tracing::error!(message_id = id, install, cause = %error.chain(),
                "a message could not be handled; it will be retried");
            false
        }
    }
}

/// A round of the sweep. One that failed too often is given up: the next round starts over, and an
/// alarm reports when none completes.
async fn swept(state: &State, sweep: &Sweep) -> stripe_sync::model::error::Result<()> {
    if state.dead_letters {
        tracing::error!(round = sweep.sweep, "a round of the sweep was given up");
        return Ok(());
    }
    if let Some(found) = sweep::sweep(&state.worker, sweep).await? {
        // A line of its own: CloudWatch reads metrics from the root of a JSON line, not from inside
        // a log record.
        println!("{}", metrics::swept(&state.stack, found, clock::now()));
    }
    Ok(())
}
