//! Notices for people who do not have the portal open: their settings and deliveries.

use std::collections::BTreeSet;

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use stripe_sync::app::notices::{NoticesRequest, Saved};
use stripe_sync::model::notice::message::{DeliveryResult, Message, MessageState, Outcome};
use stripe_sync::model::notice::{Channel, NoticeKind, WebhookChoice};
use stripe_sync::model::settings::Settings;
use stripe_sync::model::time::Millis;
use stripe_sync::platform::notifier::Notifier;
use stripe_sync::platform::store::notices::MessagePage;
use utoipa::{IntoParams, ToSchema};

/// The customer's webhook.
#[derive(Serialize, ToSchema)]
struct NoticeWebhook {
    url: String,
    /// What is sent there.
    kinds: BTreeSet<NoticeKind>,
    /// When its secret was made. The secret itself is shown once.
    secret_since: String,
    /// Until when the previous secret also signs.
    #[schema(required)]
    previous_secret_until: Option<String>,
}

/// E-mails, if this deployment sends any.
#[derive(Serialize, ToSchema)]
struct NoticeEmail {
    /// Whether this deployment sends e-mails.
    available: bool,
    /// What is sent.
    kinds: BTreeSet<NoticeKind>,
}

/// Which notices are sent where. None at first.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticesView {
    /// The revision of all settings, to send with a change.
    revision: u64,
    #[schema(required)]
    webhook: Option<NoticeWebhook>,
    email: NoticeEmail,
}

/// The webhook that a person chose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedWebhook {
    /// An https URL with a public name.
    url: String,
    kinds: BTreeSet<NoticeKind>,
}

/// The complete new notice settings.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticesChange {
    /// The revision that the change is based on.
    revision: u64,
    /// Null removes the webhook and its secret.
    #[schema(required)]
    webhook: Option<WantedWebhook>,
    /// What is sent as e-mail.
    email_kinds: BTreeSet<NoticeKind>,
}

/// A new secret is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeSecretChange {
    /// The revision that the change is based on.
    pub(crate) revision: u64,
}

/// What was stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticesSaved {
    notices: NoticesView,
    /// A secret that was made. It is shown here and never again.
    #[schema(required)]
    secret: Option<String>,
}

/// The channel to test.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeTest {
    pub(crate) channel: Channel,
}

/// A message and its delivery.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeDelivery {
    /// The id in its body and its header.
    id: String,
    /// The notice: the messages that a matter needs attention and that it is over share it.
    notice: String,
    /// As in the body.
    #[serde(rename = "type")]
    event_type: &'static str,
    channel: Channel,
    resolved: bool,
    title: String,
    text: String,
    created_at: String,
    state: MessageState,
    attempts: u32,
    /// When it is tried again at the earliest.
    #[schema(required)]
    next_attempt_at: Option<String>,
    #[schema(required)]
    sent_at: Option<String>,
    /// The result of the last attempt.
    #[schema(required)]
    answer: Option<NoticeAnswer>,
}

/// The result of an attempt.
#[derive(Serialize, ToSchema)]
struct NoticeAnswer {
    outcome: Outcome,
    /// The status of the receiver's answer.
    #[schema(required)]
    status: Option<u16>,
    /// For people.
    text: &'static str,
}

/// A page of messages.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeDeliveries {
    /// Newest first.
    deliveries: Vec<NoticeDelivery>,
    /// Asks for the next page, as `before`.
    #[schema(required)]
    next: Option<String>,
}

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveriesQuery {
    /// The `next` of the page before.
    pub(crate) before: Option<String>,
    /// Messages in the page.
    pub(crate) limit: Option<i32>,
}

impl NoticesChange {
    pub(crate) fn wanted(self) -> NoticesRequest {
        NoticesRequest {
            revision: self.revision,
            webhook: self.webhook.map(|webhook| (webhook.url, webhook.kinds)),
            email: self.email_kinds,
        }
    }
}

impl NoticesView {
    pub(crate) fn of(settings: &Settings, notifier: &Notifier, now: Millis) -> Self {
        let notices = &settings.notices;
        Self {
            revision: settings.revision,
            webhook: notices.webhook.as_ref().map(|webhook| NoticeWebhook::of(webhook, now)),
            email: NoticeEmail {
                available: notifier.has(Channel::Email),
                kinds: notices.email.clone(),
            },
        }
    }
}

impl NoticeWebhook {
    fn of(webhook: &WebhookChoice, now: Millis) -> Self {
        let until = webhook.replaced.as_ref().map(|replaced| replaced.until);
        Self {
            url: webhook.url.clone(),
            kinds: webhook.kinds.clone(),
            secret_since: webhook.secret_since.rfc3339(),
            previous_secret_until: until.filter(|until| now < *until).map(Millis::rfc3339),
        }
    }
}

impl NoticesSaved {
    pub(crate) fn of(saved: &Saved, notifier: &Notifier, now: Millis) -> Self {
        Self {
            notices: NoticesView::of(&saved.settings, notifier, now),
            secret: saved.secret.as_ref().map(|secret| secret.expose_secret().to_owned()),
        }
    }
}

impl NoticeDelivery {
    pub(crate) fn of(message: Message, now: Millis) -> Self {
        let (event_type, state) = (message.event_type(), message.standing(now));
        let next = Some(message.next_attempt).filter(|_| state == MessageState::Pending);
        Self {
            id: message.id.to_string(),
            notice: message.notice.to_string(),
            event_type,
            channel: message.channel,
            resolved: message.resolved,
            title: message.title,
            text: message.text,
            created_at: message.created.rfc3339(),
            state,
            attempts: message.attempts,
            next_attempt_at: next.map(Millis::rfc3339),
            sent_at: message.sent_at.map(Millis::rfc3339),
            answer: message.answer.map(NoticeAnswer::of),
        }
    }
}

impl NoticeAnswer {
    fn of(result: DeliveryResult) -> Self {
        Self { outcome: result.outcome, status: result.status, text: result.outcome.text() }
    }
}

impl NoticeDeliveries {
    pub(crate) fn of(page: MessagePage, now: Millis) -> Self {
        let deliveries = page.messages.into_iter();
        Self {
            deliveries: deliveries.map(|message| NoticeDelivery::of(message, now)).collect(),
            next: page.next.map(|id| id.to_string()),
        }
    }
}
