//! Setting up notices: which are sent where, the secret of the webhook, a test, and the deliveries
//! of the messages.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::SecretString;
use ulid::Ulid;

use crate::app::connect::connector::{not_connected, require};
use crate::model::activity::{Activity, Kind};
use crate::model::destination::Destination;
use crate::model::error::{Details, Error, Result};
use crate::model::install::permission::Permission;
use crate::model::notice::body::Sender;
use crate::model::notice::message::{Message, TEST_PAUSE};
use crate::model::notice::secret::REPLACED_SECONDS;
use crate::model::notice::{Channel, NoticeKind, NoticeSettings, ReplacedSecret, WebhookChoice};
use crate::model::retention::Retention;
use crate::model::session::Portal;
use crate::model::settings::Settings;
use crate::model::time::Millis;
use crate::platform::notifier::{Notifier, new_secret};
use crate::platform::store::notices::MessagePage;
use crate::platform::store::settings::changed_meanwhile;
use crate::platform::table::Store;
use crate::platform::vault::Vault;

/// Time budget of a test; below the function's time-out.
const TEST_BUDGET: Duration = Duration::from_secs(5);

/// What setting up notices needs.
#[derive(Debug, Clone, Copy)]
pub struct Notices<'a> {
    /// The table.
    pub store: &'a Store,
    /// The vault.
    pub vault: &'a Vault,
    /// Sends notices.
    pub notifier: &'a Notifier,
    /// How long the audit trail and messages are kept.
    pub retention: Retention,
}

/// The notice settings that a person entered.
#[derive(Debug)]
pub struct NoticesRequest {
    /// The revision of the settings that this is based on.
    pub revision: u64,
    /// The webhook: its URL and what is sent there.
    pub webhook: Option<(String, BTreeSet<NoticeKind>)>,
    /// What is sent as e-mail.
    pub email: BTreeSet<NoticeKind>,
}

/// Settings as they were stored.
#[derive(Debug)]
pub struct Saved {
    /// All settings of the install.
    pub settings: Settings,
    /// A secret that was made. It is shown now and never again.
    pub secret: Option<SecretString>,
}

impl Notices<'_> {
    /// Replaces the notice settings. The first webhook gets a secret; another URL keeps it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `data:write`, [`Error::Refused`] for a URL that is never called
    /// and for e-mails that this deployment does not send, [`Error::Conflict`] when the settings
    /// were changed meanwhile, [`Error::Unauthorized`] when the session is over,
    /// [`Error::Unavailable`].
    pub async fn save(
        &self,
        portal: &Portal,
        wanted: NoticesRequest,
        id: Ulid,
        now: Millis,
    ) -> Result<Saved> {
        require(portal, Permission::DataWrite)?;
        if !wanted.email.is_empty() && !self.notifier.has(Channel::Email) {
            return Err(refused("email", "This deployment sends no e-mails."));
        }
        let before = portal.settings.notices.webhook.as_ref();
        let mut made = None;
        let webhook = match wanted.webhook {
            None => None,
            Some((url, kinds)) => {
                Destination::parse(&url).map_err(|error| refused("url", error.to_string()))?;
                Some(match before {
                    Some(before) => WebhookChoice { url, kinds, ..before.clone() },
                    None => {
                        is_current(portal, wanted.revision)?;
                        let (secret, sealed) = new_secret(self.vault, &portal.install).await?;
                        made = Some(secret);
                        WebhookChoice {
                            url,
                            kinds,
                            secret: sealed,
                            secret_since: now,
                            replaced: None,
                        }
                    }
                })
            }
        };
        let notices = NoticeSettings { webhook, email: wanted.email };
        let settings =
            self.store(portal, wanted.revision, notices, Kind::NoticesChanged, id, now).await?;
        Ok(Saved { settings, secret: made })
    }

    /// Replaces the secret. The previous one also signs for one more day.
    ///
    /// # Errors
    /// As [`Self::save`]; [`Error::Conflict`] without a webhook.
    pub async fn replace_secret(
        &self,
        portal: &Portal,
        revision: u64,
        id: Ulid,
        now: Millis,
    ) -> Result<Saved> {
        require(portal, Permission::DataWrite)?;
        let before = portal.settings.notices.webhook.as_ref().ok_or_else(no_webhook)?;
        is_current(portal, revision)?;
        let (secret, sealed) = new_secret(self.vault, &portal.install).await?;
        let until = now.plus_seconds(REPLACED_SECONDS);
        let webhook = WebhookChoice {
            secret: sealed,
            secret_since: now,
            replaced: Some(ReplacedSecret { secret: before.secret.clone(), until }),
            ..before.clone()
        };
        let notices = NoticeSettings { webhook: Some(webhook), ..portal.settings.notices.clone() };
        let settings =
            self.store(portal, revision, notices, Kind::NoticeSecretReplaced, id, now).await?;
        Ok(Saved { settings, secret: Some(secret) })
    }

    async fn store(
        &self,
        portal: &Portal,
        revision: u64,
        notices: NoticeSettings,
        kind: Kind,
        audit_id: Ulid,
        now: Millis,
    ) -> Result<Settings> {
        is_current(portal, revision)?;
        let settings = Settings {
            generation: portal.generation.clone(),
            revision: revision.saturating_add(1),
            notices,
            ..portal.settings.clone()
        };
        let activity = self.activity(portal, kind, settings.revision.to_string(), now);
        self.store.settings().put(&portal.install, &settings, &activity, audit_id).await?;
        tracing::info!(install = %portal.install, revision = settings.revision,
            notices = ?settings.notices, "notices changed");
        Ok(settings)
    }

    fn activity(&self, portal: &Portal, kind: Kind, subject: String, now: Millis) -> Activity {
        Activity {
            kind,
            at: now,
            launch_id: Some(portal.launch.to_string()),
            subject: Some(subject),
            ttl: self.retention.expiry(now),
        }
    }

    /// Sends a test on a channel and waits for the response.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `data:write`; [`Error::Conflict`] when nothing is connected,
    /// the channel is not set up, or a test was sent a moment ago; [`Error::Unavailable`].
    pub async fn test(
        &self,
        portal: &Portal,
        channel: Channel,
        message_id: Ulid,
        audit_id: Ulid,
        now: Millis,
    ) -> Result<Message> {
        require(portal, Permission::DataWrite)?;
        let connection = portal.connection.as_ref().ok_or_else(not_connected)?;
        match channel {
            Channel::Webhook if portal.settings.notices.webhook.is_none() => {
                return Err(no_webhook());
            }
            Channel::Email if !self.notifier.has(channel) => {
                return Err(Error::conflict("no_email", "This deployment sends no e-mails."));
            }
            Channel::Webhook | Channel::Email => {}
        }
        let notices = self.store.notices(&portal.install, connection.connection);
        let message = Message::test(channel, message_id, now).begun(now);
        let activity = self.activity(portal, Kind::NoticeTested, message_id.to_string(), now);
        let audit_write = self.store.activity().put(&portal.install, audit_id, &activity)?;
        if !notices.test(&message, audit_write, self.retention).await? {
            let why = format!("A test was sent a moment ago. Wait {TEST_PAUSE} seconds.");
            return Err(Error::conflict("tested_just_now", why));
        }
        let sender = Sender::of(connection, self.notifier.dashboard_url.as_deref());
        let settings = &portal.settings.notices;
        let mut outbox = self.notifier.outbox(self.vault, &portal.install, settings, sender);
        let answer = outbox.send(&message, TEST_BUDGET).await;
        tracing::info!(install = %portal.install, %message_id, ?channel, ?answer,
            "test notice sent");
        let answered = message.answered(answer, now);
        notices.change(&message, &answered, self.retention).await?;
        Ok(answered)
    }

    /// A page of the messages of the connected account, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn deliveries(
        &self,
        portal: &Portal,
        before: Option<Ulid>,
        limit: i32,
    ) -> Result<MessagePage> {
        match &portal.connection {
            None => Ok(MessagePage { messages: Vec::new(), next: None }),
            Some(connection) => {
                let notices = self.store.notices(&portal.install, connection.connection);
                notices.page(before, limit).await
            }
        }
    }
}

/// A secret is made only for a change that is likely to be stored.
fn is_current(portal: &Portal, revision: u64) -> Result<()> {
    if revision == portal.settings.revision { Ok(()) } else { Err(changed_meanwhile()) }
}

fn no_webhook() -> Error {
    Error::conflict("no_webhook", "There is no webhook yet. Enter its URL first.")
}

fn refused(field: &'static str, detail: impl Into<String>) -> Error {
    Error::refused("invalid_setting", detail)
        .with(Details { field: Some(field), ..Details::default() })
}
