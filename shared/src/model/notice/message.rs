//! A message: one notice on one channel, and the state of its delivery, `NOTICE`.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::notice::{Channel, NoticeKind};
use crate::model::time::Millis;

/// How often a message is tried.
pub const MAX_ATTEMPTS: u32 = 8;

/// The pause after each attempt except the last, in seconds: about a day in total. Runs and the
/// sweep try what is due, so a pause may be longer.
const PAUSES: [i64; 7] = [60, 5 * 60, 30 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600];

/// The time after which an undelivered message is no longer tried, in seconds.
pub const LONGEST_DELIVERY: i64 = 2 * 24 * 3600;

/// Shortest time between two test messages of an install, in seconds.
pub const TEST_PAUSE: i64 = 20;

/// The type of a test message.
const TEST: &str = "notice.test";

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeOutcome)]
pub enum Outcome {
    /// The receiver accepted it.
    Accepted,
    /// The receiver responded with a status other than 2xx.
    Refused,
    /// The receiver responded with a redirect, which is never followed.
    Redirected,
    /// The receiver did not answer in time.
    TimedOut,
    /// No connection could be made, or its certificate is not valid.
    Unreachable,
    /// The URL or one of its addresses is not public.
    NotPublic,
    /// The deployment's topic did not accept it.
    TopicFailed,
    /// The data needed to send it could not be read.
    NotReady,
}

impl Outcome {
    /// What it is, for people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted.",
            Self::Refused => "The receiver refused it.",
            Self::Redirected => {
                "The receiver answered with a redirect. Redirects are not followed."
            }
            Self::TimedOut => "The receiver did not answer in time.",
            Self::Unreachable => {
                "The receiver could not be reached, or its certificate is not valid."
            }
            Self::NotPublic => "The receiver’s address is not public.",
            Self::TopicFailed => "The e-mail could not be sent.",
            Self::NotReady => "It could not be sent at the moment.",
        }
    }
}

/// The result of a delivery attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryResult {
    /// The result of the attempt.
    pub outcome: Outcome,
    /// The status of the receiver's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

impl From<Outcome> for DeliveryResult {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, status: None }
    }
}

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeState)]
pub enum MessageState {
    /// It is to be sent or retried.
    Pending,
    /// It was accepted.
    Sent,
    /// All attempts failed.
    Failed,
    /// It is no longer needed.
    Withdrawn,
}

/// A message, `NOTICE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id, the same in each attempt: a receiver can drop repeats.
    pub id: Ulid,
    /// The notice: the messages that a matter needs attention and that it is over share it.
    pub notice: Ulid,
    /// The matter.
    pub matter: String,
    /// What it is about. Absent in a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<NoticeKind>,
    /// How it is sent.
    pub channel: Channel,
    /// Whether the matter is over.
    #[serde(default)]
    pub resolved: bool,
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
    /// Until when something can be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Millis>,
    /// When it was made.
    pub created: Millis,
    /// The state of the delivery.
    pub state: MessageState,
    /// Attempts so far. Each change is conditional on the previous one.
    #[serde(default)]
    pub attempts: u32,
    /// When it is due.
    pub next_attempt: Millis,
    /// The result of the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<DeliveryResult>,
    /// When it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Millis>,
}

impl Message {
    /// A test message on a channel.
    #[must_use]
    pub fn test(channel: Channel, id: Ulid, now: Millis) -> Self {
        Self {
            id,
            notice: id,
            matter: "test".to_owned(),
            kind: None,
            channel,
            resolved: false,
            title: "A test from Stripe Sync".to_owned(),
            text: "Somebody has asked for this test in the settings. Nothing is wrong.".to_owned(),
            due_at: None,
            created: now,
            state: MessageState::Pending,
            attempts: 0,
            next_attempt: now,
            answer: None,
            sent_at: None,
        }
    }

    /// The type, as a receiver reads it.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        self.kind.map_or(TEST, NoticeKind::event_type)
    }

    /// Whether it is to be tried now.
    #[must_use]
    pub fn is_due(&self, now: Millis) -> bool {
        self.standing(now) == MessageState::Pending && self.next_attempt <= now
    }

    /// The state of the delivery at a time: a message past its time has failed.
    #[must_use]
    pub fn standing(&self, now: Millis) -> MessageState {
        let over = now > self.created.plus_seconds(LONGEST_DELIVERY)
            || (self.attempts >= MAX_ATTEMPTS && now >= self.next_attempt);
        match self.state {
            MessageState::Pending if over => MessageState::Failed,
            state => state,
        }
    }

    /// The message with one more attempt begun. If its worker dies, the next attempt follows after
    /// the pause.
    #[must_use]
    pub fn begun(&self, now: Millis) -> Self {
        let at = usize::try_from(self.attempts).unwrap_or(usize::MAX);
        let pause = PAUSES.get(at).copied().unwrap_or(PAUSES[0]);
        Self {
            attempts: self.attempts.saturating_add(1),
            next_attempt: now.plus_seconds(pause),
            ..self.clone()
        }
    }

    /// The message after an attempt.
    #[must_use]
    pub fn answered(&self, result: DeliveryResult, now: Millis) -> Self {
        let (state, sent_at) = match result.outcome {
            Outcome::Accepted => (MessageState::Sent, Some(now)),
            _ if self.attempts >= MAX_ATTEMPTS || self.kind.is_none() => {
                (MessageState::Failed, None)
            }
            _ => (MessageState::Pending, None),
        };
        Self { state, sent_at, answer: Some(result), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_795_500_000_000);

    fn message() -> Message {
        let kind = Some(NoticeKind::Paused);
        Message { kind, ..Message::test(Channel::Webhook, Ulid::from_parts(1, 1), NOW) }
    }

    #[test]
    fn a_message_is_tried_eight_times_with_growing_pauses_over_a_day() {
        let (mut message, mut now) = (message(), NOW);
        let mut pauses = Vec::new();
        while message.is_due(now) {
            message = message.begun(now).answered(Outcome::TimedOut.into(), now);
            pauses.push(message.next_attempt.seconds() - now.seconds());
            assert!(!message.is_due(now), "not at once again");
            now = message.next_attempt;
        }
        assert_eq!((message.attempts, message.state), (MAX_ATTEMPTS, MessageState::Failed));
        assert!(pauses[..7].is_sorted(), "{pauses:?}");
        let all: i64 = pauses[..7].iter().sum();
        assert!((20 * 3600..=24 * 3600).contains(&all), "{all}");
    }

    #[test]
    fn an_accepted_message_and_a_test_are_never_retried() {
        let taken = DeliveryResult { outcome: Outcome::Accepted, status: Some(204) };
        let sent = message().begun(NOW).answered(taken, NOW);
        assert_eq!(
            (sent.state, sent.sent_at, sent.answer),
            (MessageState::Sent, Some(NOW), Some(taken))
        );
        assert!(!sent.is_due(Millis(i64::MAX)));
        let test = Message::test(Channel::Email, Ulid::from_parts(1, 1), NOW);
        let refused = test.begun(NOW).answered(Outcome::Refused.into(), NOW);
        assert_eq!(refused.state, MessageState::Failed);
    }

    /// Its worker died in the attempt, or no run tried it for days.
    #[test]
    fn an_untried_message_has_failed_once_its_time_is_over() {
        let mut last = Message { attempts: MAX_ATTEMPTS - 1, ..message() };
        last = last.begun(NOW);
        assert_eq!(last.standing(NOW), MessageState::Pending);
        assert_eq!(last.standing(last.next_attempt), MessageState::Failed);
        let late = NOW.plus_seconds(LONGEST_DELIVERY + 1);
        assert_eq!(message().standing(late), MessageState::Failed);
        assert!(!message().is_due(late));
    }
}
