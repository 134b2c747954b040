//! Sends messages to the work queue.

use serde::Serialize;
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::platform::queue::message::{RestOfCleanUp, SWEEP_GROUP, Sweep};
use crate::platform::queue::wake_ups::{Dispatch, cleaned, swept};

/// The work queue.
#[derive(Debug, Clone)]
pub struct Queue {
    pub(crate) client: aws_sdk_sqs::Client,
    url: String,
    /// The URL of the standard queue for delayed wake-ups, in functions that send them.
    pub(crate) delays: Option<String>,
}

impl Queue {
    /// Creates a sender for the FIFO queue at a URL.
    #[must_use]
    pub fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self { client, url, delays: None }
    }

    /// Sends a wake-up. Within five minutes, the queue drops a second one with the same
    /// deduplication id.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn send(&self, dispatch: &Dispatch) -> Result<()> {
        let Dispatch { wake_up, deduplication_id } = dispatch;
        self.send_body(wake_up, wake_up.group(), deduplication_id).await
    }

    /// Sends the rest of a clean-up.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn send_rest(&self, rest: &RestOfCleanUp, id: Ulid) -> Result<()> {
        self.send_body(rest, rest.wake_up.group(), &cleaned(id)).await
    }

    /// Sends the rest of a round of the sweep.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn send_sweep(&self, sweep: &Sweep, id: Ulid) -> Result<()> {
        self.send_body(sweep, SWEEP_GROUP.to_owned(), &swept(id)).await
    }

    async fn send_body(
        &self,
        body: &impl Serialize,
        group: String,
        deduplication_id: &str,
    ) -> Result<()> {
        let body = serde_json::to_string(body).map_err(Error::internal)?;
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(group)
            .message_deduplication_id(deduplication_id)
            .message_body(body)
            .send()
            .await
            .map_err(|error| Error::unavailable("the work queue", error.into_service_error()))?;
        Ok(())
    }
}
