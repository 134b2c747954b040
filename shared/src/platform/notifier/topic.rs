//! The topic of the deployment, which sends e-mails.

use crate::model::error::{Error, Result};

/// An SNS topic.
#[derive(Debug, Clone)]
pub struct Topic {
    client: aws_sdk_sns::Client,
    arn: String,
}

impl Topic {
    /// The topic with an ARN.
    #[must_use]
    pub fn new(client: aws_sdk_sns::Client, arn: String) -> Self {
        Self { client, arn }
    }

    /// Publishes an e-mail.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn publish(&self, subject: String, text: String) -> Result<()> {
        let publish = self.client.publish().topic_arn(&self.arn).subject(subject).message(text);
        match publish.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(Error::unavailable("the topic of notices", error.into_service_error()))
            }
        }
    }
}
