//! Wake-ups. A message says only that there is something to do; what there is to do stands in the table, so that a message that is
//! repeated, late or lost changes nothing that matters.

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::install::InstallId;

/// Why the worker is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A person asked for a sync.
    Manual,
    /// The install's schedule fired.
    Schedule,
    /// Stripe told of an event. The message carries the end of the interval whose events it stands for: reading begins after it.
    Webhook,
    /// A run goes on where its last checkpoint left it.
    Continue,
    /// An install was removed: what is left of it is cleaned up.
    Cleanup,
}

/// The body of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeUp {
    /// The install.
    pub install: InstallId,
    /// The installation it is meant for; one of another generation is acknowledged unread.
    pub generation: String,
    /// Why.
    pub reason: Reason,
    /// The run this wake-up starts or continues. A request that met an open run names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// When a request was made, or the interval of events ends: a run that begins to read after it has answered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Millis>,
}

impl WakeUp {
    /// The message group: one writer for each install; clean-ups wait for no run.
    #[must_use]
    pub fn group(&self) -> String {
        match self.reason {
            Reason::Cleanup => format!("cleanup:{}", self.install),
            Reason::Manual | Reason::Schedule | Reason::Webhook | Reason::Continue => self.install.to_string(),
        }
    }
}

/// The work queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Queue {
    /// The FIFO queue of that URL.
    #[must_use]
    pub fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends a wake-up. The queue drops a second one with the same deduplication id within five minutes.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn send(&self, wake_up: &WakeUp, deduplication_id: &str) -> Result<()> {
        let body = serde_json::to_string(wake_up).map_err(Error::internal)?;
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(wake_up.group())
            .message_deduplication_id(deduplication_id)
            .message_body(body)
            .send()
            .await
            .map_err(|error| Error::unavailable("the work queue", error.into_service_error()))?;
        Ok(())
    }
}
