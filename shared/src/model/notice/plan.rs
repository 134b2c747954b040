//! Decides which notices start and which are over. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::notice::matter::{Matter, Unlisted};
use crate::model::notice::message::{Message, MessageState};
use crate::model::notice::{Channel, NoticeKind, NoticeSettings};
use crate::model::time::Millis;

/// A matter that was reported and is not over, `NOTICE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingNotice {
    /// The notice.
    pub notice: Ulid,
    /// The matter.
    pub matter: String,
    /// The account that it is about: `<account>:<mode>`. Absent in items of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is about.
    pub kind: NoticeKind,
    /// The reported text.
    pub text: String,
    /// Counts changes: each is conditional on the previous one.
    pub revision: u64,
    /// When it was first reported.
    pub raised_at: Millis,
    /// The message that was created for each channel.
    #[serde(rename = "told")]
    pub message_ids: BTreeMap<Channel, Ulid>,
}

/// A change of the notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeChange {
    /// A matter gets messages, by the channels that have none for it yet.
    Raise {
        /// The matter to store.
        standing: StandingNotice,
        /// Whether the matter is already stored.
        known: bool,
        /// The messages.
        messages: Vec<Message>,
    },
    /// A matter is resolved.
    Resolve(StandingNotice),
    /// A matter is no longer followed, and was not resolved: nothing is sent.
    Expire(StandingNotice),
}

/// What changes for an account. `unlisted` decides what happens to a matter that is no longer in
/// the list. Each new message gets an id from `ids`.
pub fn changes(
    owner: &str,
    wanted: &[Matter],
    standing: &BTreeMap<String, StandingNotice>,
    settings: &NoticeSettings,
    unlisted: impl Fn(&str) -> Unlisted,
    now: Millis,
    mut ids: impl FnMut() -> Ulid,
) -> Vec<NoticeChange> {
    let gone =
        standing.values().filter(|known| !wanted.iter().any(|matter| matter.key == known.matter));
    let over = gone.filter_map(|known| match unlisted(&known.matter) {
        Unlisted::MayBeOpen => None,
        Unlisted::Resolved => Some(NoticeChange::Resolve(known.clone())),
        Unlisted::TooOld => Some(NoticeChange::Expire(known.clone())),
    });
    let mut changes: Vec<NoticeChange> = over.collect();
    for matter in wanted {
        let before = standing.get(&matter.key);
        let needs_message = |channel: &Channel| {
            settings.sends(matter.kind, *channel)
                && before.is_none_or(|before| !before.message_ids.contains_key(channel))
        };
        let channels: Vec<Channel> = Channel::ALL.into_iter().filter(needs_message).collect();
        if channels.is_empty() {
            continue;
        }
        let mut standing = before.cloned().unwrap_or_else(|| StandingNotice {
            notice: ids(),
            matter: matter.key.clone(),
            owner: Some(owner.to_owned()),
            kind: matter.kind,
            text: matter.text.clone(),
            revision: 0,
            raised_at: now,
            message_ids: BTreeMap::new(),
        });
        let mut messages = Vec::new();
        for channel in channels {
            let message = Message {
                due_at: matter.due_at,
                ..message(&standing, channel, &matter.text, ids(), now)
            };
            standing.message_ids.insert(channel, message.id);
            messages.push(message);
        }
        standing.revision = standing.revision.saturating_add(1);
        changes.push(NoticeChange::Raise { standing, known: before.is_some(), messages });
    }
    changes
}

fn message(
    standing: &StandingNotice,
    channel: Channel,
    text: &str,
    id: Ulid,
    now: Millis,
) -> Message {
    Message {
        id,
        notice: standing.notice,
        matter: standing.matter.clone(),
        kind: Some(standing.kind),
        channel,
        resolved: false,
        title: standing.kind.title().to_owned(),
        text: text.to_owned(),
        due_at: None,
        created: now,
        state: MessageState::Pending,
        attempts: 0,
        next_attempt: now,
        answer: None,
        sent_at: None,
    }
}

/// The message that a matter is over. It is sent if the message that raised the matter was, or may
/// have been, read. `raised` is that message as stored, absent when it was removed in the meantime.
#[must_use]
pub fn resolution_message(
    standing: &StandingNotice,
    channel: Channel,
    raised: Option<&Message>,
    id: Ulid,
    now: Millis,
) -> Option<Message> {
    let read = raised.is_none_or(|raised| match raised.state {
        MessageState::Sent => true,
        MessageState::Pending => raised.attempts > 0,
        MessageState::Failed | MessageState::Withdrawn => false,
    });
    read.then(|| {
        let text = format!("This needs no attention any more. It was: {}", standing.text);
        Message {
            resolved: true,
            title: format!("Resolved: {}", standing.kind.title()),
            ..message(standing, channel, &text, id, now)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_795_500_000_000);

    fn matter(key: &str, kind: NoticeKind) -> Matter {
        Matter { key: key.to_owned(), kind, text: "What it is.".to_owned(), due_at: None }
    }

    fn email(kinds: &[NoticeKind]) -> NoticeSettings {
        NoticeSettings { email: kinds.iter().copied().collect(), ..NoticeSettings::default() }
    }

    fn planned(
        wanted: &[Matter],
        standing: &BTreeMap<String, StandingNotice>,
        settings: &NoticeSettings,
    ) -> Vec<NoticeChange> {
        let mut next = 0;
        let ids = || {
            next += 1;
            Ulid::from_parts(1, next)
        };
        let unlisted = |key: &str| match key {
            "open" => Unlisted::MayBeOpen,
            "old" => Unlisted::TooOld,
            _ => Unlisted::Resolved,
        };
        changes("acct_1:test", wanted, standing, settings, unlisted, NOW, ids)
    }

    /// The open matters once the changes are made.
    fn after(changes: &[NoticeChange]) -> BTreeMap<String, StandingNotice> {
        let standing = changes.iter().filter_map(|change| match change {
            NoticeChange::Raise { standing, .. } => {
                Some((standing.matter.clone(), standing.clone()))
            }
            NoticeChange::Resolve(_) | NoticeChange::Expire(_) => None,
        });
        standing.collect()
    }

    #[test]
    fn nothing_is_sent_until_it_is_chosen_and_then_once() {
        let wanted =
            [matter("payout#po_1", NoticeKind::FailedPayout), matter("stale", NoticeKind::Stale)];
        let nothing = BTreeMap::new();
        assert_eq!(planned(&wanted, &nothing, &NoticeSettings::default()), []);
        assert_eq!(planned(&wanted, &nothing, &email(&[NoticeKind::Paused])), []);
        let chosen = email(&[NoticeKind::FailedPayout]);
        let first = planned(&wanted, &nothing, &chosen);
        let NoticeChange::Raise { known: false, messages, .. } = &first[0] else {
            panic!("{first:?}")
        };
        assert_eq!((first.len(), messages.len(), messages[0].channel), (1, 1, Channel::Email));
        assert_eq!(messages[0].event_type(), "payout.failed");
        assert_eq!(planned(&wanted, &after(&first), &chosen), [], "one notice for a matter");
        // Its text may change while the matter is open.
        let reworded = [Matter { text: "Two days are left.".to_owned(), ..wanted[0].clone() }];
        assert_eq!(planned(&reworded, &after(&first), &chosen), []);
    }

    #[test]
    fn a_matter_that_is_over_is_resolved_once_and_one_that_may_not_be_is_left() {
        let all = email(&[NoticeKind::Mismatch, NoticeKind::Stale]);
        let wanted = [matter("open", NoticeKind::Mismatch), matter("stale", NoticeKind::Stale)];
        let standing = after(&planned(&wanted, &BTreeMap::new(), &all));
        assert_eq!(
            planned(&[], &standing, &all),
            [NoticeChange::Resolve(standing["stale"].clone())]
        );
        // Also when all notices are switched off.
        let off = NoticeSettings::default();
        assert_eq!(planned(&[], &standing, &off).len(), 1);
    }

    #[test]
    fn a_resolution_is_sent_to_channels_whose_first_message_may_have_been_read() {
        let wanted = [matter("stale", NoticeKind::Stale)];
        let first = planned(&wanted, &BTreeMap::new(), &email(&[NoticeKind::Stale]));
        let NoticeChange::Raise { standing, messages, .. } = &first[0] else { panic!("{first:?}") };
        let message = |raised: Option<&Message>| {
            resolution_message(standing, Channel::Email, raised, Ulid::from_parts(2, 2), NOW)
        };
        let of = |state, attempts| Message { state, attempts, ..messages[0].clone() };
        for (raised, expected) in [
            (of(MessageState::Sent, 1), true),
            (of(MessageState::Pending, 1), true),
            (of(MessageState::Pending, 0), false),
            (of(MessageState::Failed, 8), false),
            (of(MessageState::Withdrawn, 0), false),
        ] {
            assert_eq!(message(Some(&raised)).is_some(), expected, "{raised:?}");
        }
        let resolved = message(None).unwrap();
        assert_eq!((resolved.resolved, resolved.notice), (true, standing.notice));
        assert_ne!(resolved.id, messages[0].id, "a receiver that drops repeats reads it");
    }
}
