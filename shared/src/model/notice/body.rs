//! The content of a message: JSON for a webhook, plain text for an e-mail.

use serde::Serialize;

use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::ledger::Mode;
use crate::model::notice::message::Message;
use crate::model::time::Millis;

/// The longest subject that SNS accepts, in ASCII characters.
pub const MAX_SUBJECT: usize = 100;

/// The sender of a message. It has the account's id and not its name, which may be a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender<'a> {
    /// The Stripe account.
    pub account: &'a str,
    /// Live or test.
    pub mode: Mode,
    /// The dashboard of Blnk Cloud, from which the portal is opened, where the deployment names it.
    pub dashboard_url: Option<&'a str>,
}

impl<'a> Sender<'a> {
    /// The sender for a connection.
    #[must_use]
    pub fn of(connection: &'a Connection, dashboard_url: Option<&'a str>) -> Self {
        Self { account: &connection.account_id, mode: connection.mode, dashboard_url }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    id: String,
    notice: String,
    #[serde(rename = "type")]
    event_type: &'static str,
    created: String,
    resolved: bool,
    account: &'a str,
    mode: Mode,
    title: &'a str,
    text: &'a str,
    due_at: Option<String>,
    link: Option<&'a str>,
}

/// The body of a webhook.
///
/// # Errors
/// [`Error::Internal`].
pub fn webhook(message: &Message, sender: &Sender<'_>) -> Result<Vec<u8>> {
    let body = Body {
        id: message.id.to_string(),
        notice: message.notice.to_string(),
        event_type: message.event_type(),
        created: message.created.rfc3339(),
        resolved: message.resolved,
        account: sender.account,
        mode: sender.mode,
        title: &message.title,
        text: &message.text,
        due_at: message.due_at.map(Millis::rfc3339),
        link: sender.dashboard_url,
    };
    serde_json::to_vec(&body).map_err(Error::internal)
}

/// The subject and the text of an e-mail.
#[must_use]
pub fn email(message: &Message, sender: &Sender<'_>) -> (String, String) {
    let mode = match sender.mode {
        Mode::Live => "live",
        Mode::Test => "test",
    };
    let subject = format!("Stripe Sync: {} ({}, {mode})", message.title, sender.account);
    let plain =
        |letter: char| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' };
    let subject = subject.chars().map(plain).take(MAX_SUBJECT).collect();
    let mut text = format!("{}\n\n{}\n", message.title, message.text);
    if let Some(due) = message.due_at {
        text.push_str(&format!("Answer by: {}\n", due.rfc3339()));
    }
    text.push_str(&format!("\nStripe account: {} ({mode})\n", sender.account));
    if let Some(url) = sender.dashboard_url {
        text.push_str(&format!("Open Stripe Sync in the dashboard: {url}\n"));
    }
    text.push_str(&format!("Message: {}\n", message.id));
    (subject, text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use ulid::Ulid;

    use super::*;
    use crate::model::notice::{Channel, NoticeKind};

    fn message() -> Message {
        let now = Millis(1_795_500_000_000);
        Message {
            kind: Some(NoticeKind::DisputeDeadline),
            notice: Ulid::from_parts(1, 2),
            title: "A dispute waits for an answer".to_owned(),
            text: "A payment of 12.00 EUR is disputed.".to_owned(),
            due_at: Some(now.plus_seconds(3600)),
            ..Message::test(Channel::Webhook, Ulid::from_parts(1, 1), now)
        }
    }

    #[test]
    fn a_webhook_says_what_it_is_whose_it_is_and_where_to_look() {
        let sender = Sender {
            account: "acct_1",
            mode: Mode::Test,
            dashboard_url: Some("https://cloud.example.com"),
        };
        let body: Value = serde_json::from_slice(&webhook(&message(), &sender).unwrap()).unwrap();
        assert_eq!(
            body,
            json!({"id": "00000000010000000000000001", "notice": "00000000010000000000000002",
                "type": "dispute.needs_answer", "created": "2026-11-24T06:00:00.000Z",
                "resolved": false, "account": "acct_1", "mode": "test",
                "title": "A dispute waits for an answer",
                "text": "A payment of 12.00 EUR is disputed.",
                "due_at": "2026-11-24T07:00:00.000Z", "link": "https://cloud.example.com"})
        );
    }

    #[test]
    fn an_emails_subject_is_short_and_ascii_whatever_the_title() {
        let sender = Sender { account: "acct_1", mode: Mode::Live, dashboard_url: None };
        let (subject, text) = email(&message(), &sender);
        assert_eq!(subject, "Stripe Sync: A dispute waits for an answer (acct_1, live)");
        assert!(text.contains("Answer by: 2026-11-24T07:00") && !text.contains("dashboard"));
        let odd = Message { title: "ü\n".repeat(200), ..message() };
        let (subject, _) = email(&odd, &sender);
        assert_eq!(subject.len(), MAX_SUBJECT);
        assert!(subject.chars().all(|letter| letter.is_ascii() && !letter.is_control()));
    }
}
