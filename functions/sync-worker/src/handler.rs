//! A batch of messages: each is a wake-up, and is acknowledged only after what it left to do was
//! sent on.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use lambda_runtime::Error;
use stripe_sync::engine::services::Services;
use stripe_sync::engine::{sweep, worker};
use stripe_sync::platform::queue::Delayed;
use stripe_sync::platform::queue::message::{Message, Sweep};
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

/// Handles messages in their order. In a FIFO queue the messages behind one that failed must fail
/// with it; those of the delay queue have nothing to do with each other.
///
/// # Errors
/// None: a message that cannot be handled is named in the answer.
pub async fn batch(state: Arc<State>, event: SqsEvent) -> Result<SqsBatchResponse, Error> {
    let mut response = SqsBatchResponse::default();
    let mut failed = false;
    for message in event.records {
        let id = message.message_id.unwrap_or_default();
        let body = message.body.as_deref().unwrap_or_default();
        let again = match serde_json::from_str::<Message>(body) {
            Ok(Message::Delayed(delayed)) => !passed_on(&state, &id, &delayed).await,
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

/// Gives a wake-up whose time has come to the work queue; it takes a moment and holds nobody.
async fn passed_on(state: &State, id: &str, delayed: &Delayed) -> bool {
    let outcome = state.worker.queue.pass_on(delayed, clock::now()).await;
    if let Err(error) = &outcome {
        tracing::error!(message_id = id, install = %delayed.wake_up.install, cause = %error.chain(),
            "a delayed message will come again");
    }
    outcome.is_ok()
}

async fn handled(state: &State, id: &str, message: Option<Message>) -> bool {
    let (install, outcome) = match message {
        Some(Message::WakeUp(wake_up)) if state.dead_letters => {
            (wake_up.install.to_string(), worker::give_up(&state.worker, &wake_up).await)
        }
        Some(Message::WakeUp(wake_up)) => {
            (wake_up.install.to_string(), worker::handle(&state.worker, &wake_up, id).await)
        }
        Some(Message::RestOfCleanUp(rest)) => (
            rest.wake_up.install.to_string(),
            worker::go_on_cleaning_up(&state.worker, &rest, state.dead_letters).await,
        ),
        Some(Message::Sweep(sweep)) => (String::new(), swept(state, &sweep).await),
        // Nobody but us writes to the queue: any other body can never be handled, and is not worth
        // another receive.
        Some(Message::Delayed(_)) | None => {
            tracing::error!(message_id = id, "a message that is no wake-up was dropped");
            return true;
        }
    };
    match &outcome {
        Ok(()) => true,
        // Each retry by this version would fail. The sweep wakes the install again.
        Err(error @ stripe_sync::model::error::Error::NewerVersion(_)) => {
            tracing::warn!(message_id = id, install, cause = %error.chain(),
                "a message is left to a newer version");
            true
        }
        Err(error) => {
            tracing::error!(message_id = id, install, cause = %error.chain(),
                "a message will come again");
            false
        }
    }
}

/// A round of the sweep. One that failed too often is given up: the next one begins again, and an
/// alarm tells when none ends.
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
