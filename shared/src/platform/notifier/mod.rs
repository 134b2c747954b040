//! Sends notices to people: by the customer's webhook, and by the deployment's topic, which sends
//! e-mails. What is sent, and when, is decided elsewhere.

pub mod receivers;
mod topic;

use secrecy::SecretString;
use tokio::time::timeout;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::notice::body::{Sender, email, webhook};
use crate::model::notice::message::{DeliveryResult, Message, Outcome};
use crate::model::notice::secret::{HEADER, ID_HEADER, SECRET_BYTES, secret, signature};
use crate::model::notice::{Channel, NoticeSettings, WebhookChoice};
use crate::model::sealed::Sealed;
use crate::model::time::Millis;
use crate::platform::config::Environment;
use crate::platform::http::SetupError;
use crate::platform::notifier::receivers::{RECEIVER_TIMEOUT, Receivers};
pub use crate::platform::notifier::topic::Topic;
use crate::platform::vault::{Purpose, Vault};
use crate::platform::{aws, clock};

/// Sends notices.
#[derive(Debug, Clone)]
pub struct Notifier {
    /// The customers' webhooks.
    pub receivers: Receivers,
    /// The topic of the deployment, if it has one.
    pub topic: Option<Topic>,
    /// The dashboard of Blnk Cloud, where the deployment names one.
    pub dashboard_url: Option<String>,
}

/// What an install's notices are sent with. The secrets are opened when the first one needs them.
pub(crate) struct Outbox<'a> {
    pub(crate) notifier: &'a Notifier,
    pub(crate) vault: &'a Vault,
    pub(crate) install: &'a InstallId,
    pub(crate) settings: &'a NoticeSettings,
    pub(crate) sender: Sender<'a>,
    secrets: Option<Vec<SecretString>>,
}

impl Notifier {
    /// The notifier of this deployment.
    ///
    /// # Errors
    /// [`SetupError::Client`] when the TLS stack cannot be initialised.
    pub fn configured(
        sdk: &aws_config::SdkConfig,
        env: &Environment,
    ) -> std::result::Result<Self, SetupError> {
        let topic = env.optional("NOTICES_TOPIC_ARN");
        Ok(Self {
            receivers: Receivers::public()?,
            topic: topic.map(|arn| Topic::new(aws::sns(sdk), arn)),
            dashboard_url: env.optional("DASHBOARD_URL"),
        })
    }

    /// Whether a channel can be used in this deployment.
    #[must_use]
    pub const fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Webhook => true,
            Channel::Email => self.topic.is_some(),
        }
    }

    pub(crate) const fn outbox<'a>(
        &'a self,
        vault: &'a Vault,
        install: &'a InstallId,
        settings: &'a NoticeSettings,
        sender: Sender<'a>,
    ) -> Outbox<'a> {
        Outbox { notifier: self, vault, install, settings, sender, secrets: None }
    }
}

impl Outbox<'_> {
    /// Tries a message once, within this time. A failure is returned as the answer.
    pub(crate) async fn send(
        &mut self,
        message: &Message,
        within: std::time::Duration,
    ) -> DeliveryResult {
        let within = within.min(RECEIVER_TIMEOUT);
        let sent = match message.channel {
            Channel::Webhook => timeout(within, self.post(message, within)).await,
            Channel::Email => timeout(within, self.publish(message)).await,
        };
        match sent {
            Err(_) => Outcome::TimedOut.into(),
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                tracing::warn!(install = %self.install, message_id = %message.id,
                    cause = %error.chain(), "a notice could not be prepared");
                Outcome::NotReady.into()
            }
        }
    }

    async fn post(
        &mut self,
        message: &Message,
        within: std::time::Duration,
    ) -> Result<DeliveryResult> {
        let Some(choice) = &self.settings.webhook else { return Ok(Outcome::NotReady.into()) };
        let now = clock::now();
        let secrets = match self.secrets.take() {
            Some(secrets) => secrets,
            None => opened(self.vault, self.install, choice, now).await?,
        };
        let body = webhook(message, &self.sender)?;
        let headers =
            [(HEADER, signature(&secrets, now, &body)?), (ID_HEADER, message.id.to_string())];
        self.secrets = Some(secrets);
        Ok(self.notifier.receivers.post(&choice.url, &headers, body, within).await)
    }

    async fn publish(&self, message: &Message) -> Result<DeliveryResult> {
        let Some(topic) = &self.notifier.topic else { return Ok(Outcome::NotReady.into()) };
        let (subject, text) = email(message, &self.sender);
        match topic.publish(subject, text).await {
            Ok(()) => Ok(Outcome::Accepted.into()),
            Err(error) => {
                tracing::warn!(install = %self.install, message_id = %message.id,
                    cause = %error.chain(), "the topic did not take a notice");
                Ok(Outcome::TopicFailed.into())
            }
        }
    }
}

/// The secrets that sign now: the current one, and a replaced one while it is valid.
async fn opened(
    vault: &Vault,
    install: &InstallId,
    choice: &WebhookChoice,
    now: Millis,
) -> Result<Vec<SecretString>> {
    let replaced = choice.replaced.as_ref().filter(|replaced| now < replaced.until);
    let mut secrets = vec![vault.open(install, Purpose::NoticeSecret, &choice.secret).await?];
    if let Some(replaced) = replaced {
        secrets.push(vault.open(install, Purpose::NoticeSecret, &replaced.secret).await?);
    }
    Ok(secrets)
}

/// A new secret, and how it is stored.
///
/// # Errors
/// [`Error::Unavailable`] when KMS does not answer.
pub(crate) async fn new_secret(
    vault: &Vault,
    install: &InstallId,
) -> Result<(SecretString, Sealed)> {
    let mut random = [0; SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::internal("no random bytes available"))?;
    let made = secret(&random);
    let sealed = vault.seal(install, Purpose::NoticeSecret, &made).await?;
    Ok((made, sealed))
}

#[cfg(test)]
pub(crate) mod tests;
