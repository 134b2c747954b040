//! Which notices begin and which are over. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::notice::matter::Matter;
use crate::model::notice::message::{Message, MessageState};
use crate::model::notice::{Channel, NoticeKind, NoticeSettings};
use crate::model::time::Millis;

/// A matter that was told and is not over, `NOTICE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The notice.
    pub notice: Ulid,
    /// The matter.
    pub matter: String,
    /// The account that it is about: `<account>:<mode>`. Absent in items of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is about.
    pub kind: NoticeKind,
    /// What was told.
    pub text: String,
    /// Counts changes: each is conditional on the previous one.
    pub revision: u64,
    /// When it was told first.
    pub raised_at: Millis,
    /// The message of each channel that told it.
    pub told: BTreeMap<Channel, Ulid>,
}

/// A change of what is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A matter is told, by channels that have not told it yet.
    Tell {
        /// What is stored of it.
        standing: Standing,
        /// Whether something is stored already.
        known: bool,
        /// The messages.
        messages: Vec<Message>,
    },
    /// A matter is over.
    Resolve(Standing),
}

/// What changes for an account: `is_open` says whether a matter that is wanted no more may not be
/// over yet. Each new message gets an id from `ids`.
pub fn changes(
    owner: &str,
    wanted: &[Matter],
    standing: &BTreeMap<String, Standing>,
    settings: &NoticeSettings,
    is_open: impl Fn(&str) -> bool,
    now: Millis,
    mut ids: impl FnMut() -> Ulid,
) -> Vec<Change> {
    let over = standing
        .values()
        .filter(|told| !wanted.iter().any(|matter| matter.key == told.matter))
        .filter(|told| !is_open(&told.matter));
    let mut changes: Vec<Change> = over.cloned().map(Change::Resolve).collect();
    for matter in wanted {
        let before = standing.get(&matter.key);
        let untold = |channel: &Channel| {
            settings.tells(matter.kind, *channel)
                && before.is_none_or(|before| !before.told.contains_key(channel))
        };
        let channels: Vec<Channel> = Channel::ALL.into_iter().filter(untold).collect();
        if channels.is_empty() {
            continue;
        }
        let mut standing = before.cloned().unwrap_or_else(|| Standing {
            notice: ids(),
            matter: matter.key.clone(),
            owner: Some(owner.to_owned()),
            kind: matter.kind,
            text: matter.text.clone(),
            revision: 0,
            raised_at: now,
            told: BTreeMap::new(),
        });
        let mut messages = Vec::new();
        for channel in channels {
            let message = Message {
                due_at: matter.due_at,
                ..message(&standing, channel, &matter.text, ids(), now)
            };
            standing.told.insert(channel, message.id);
            messages.push(message);
        }
        standing.revision = standing.revision.saturating_add(1);
        changes.push(Change::Tell { standing, known: before.is_some(), messages });
    }
    changes
}

fn message(standing: &Standing, channel: Channel, text: &str, id: Ulid, now: Millis) -> Message {
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

/// The message that a matter is over, if the one that it needs attention was, or may have been,
/// read: `told` as it is stored, absent when it was removed in the meantime.
#[must_use]
pub fn last_word(
    standing: &Standing,
    channel: Channel,
    told: Option<&Message>,
    id: Ulid,
    now: Millis,
) -> Option<Message> {
    let read = told.is_none_or(|told| match told.state {
        MessageState::Sent => true,
        MessageState::Pending => told.attempts > 0,
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
        standing: &BTreeMap<String, Standing>,
        settings: &NoticeSettings,
    ) -> Vec<Change> {
        let mut next = 0;
        let ids = || {
            next += 1;
            Ulid::from_parts(1, next)
        };
        changes("acct_1:test", wanted, standing, settings, |key| key == "open", NOW, ids)
    }

    /// What stands once changes are carried out.
    fn after(changes: &[Change]) -> BTreeMap<String, Standing> {
        let told = changes.iter().filter_map(|change| match change {
            Change::Tell { standing, .. } => Some((standing.matter.clone(), standing.clone())),
            Change::Resolve(_) => None,
        });
        told.collect()
    }

    #[test]
    fn nothing_is_told_until_it_is_chosen_and_then_once() {
        let wanted =
            [matter("payout#po_1", NoticeKind::FailedPayout), matter("stale", NoticeKind::Stale)];
        let nothing = BTreeMap::new();
        assert_eq!(planned(&wanted, &nothing, &NoticeSettings::default()), []);
        assert_eq!(planned(&wanted, &nothing, &email(&[NoticeKind::Paused])), []);
        let chosen = email(&[NoticeKind::FailedPayout]);
        let first = planned(&wanted, &nothing, &chosen);
        let Change::Tell { known: false, messages, .. } = &first[0] else { panic!("{first:?}") };
        assert_eq!((first.len(), messages.len(), messages[0].channel), (1, 1, Channel::Email));
        assert_eq!(messages[0].event_type(), "payout.failed");
        assert_eq!(planned(&wanted, &after(&first), &chosen), [], "one notice for a matter");
        // Its text may change while it lasts.
        let reworded = [Matter { text: "Two days are left.".to_owned(), ..wanted[0].clone() }];
        assert_eq!(planned(&reworded, &after(&first), &chosen), []);
    }

    #[test]
    fn a_matter_that_is_over_is_resolved_once_and_one_that_may_not_be_is_left() {
        let all = email(&[NoticeKind::Mismatch, NoticeKind::Stale]);
        let wanted = [matter("open", NoticeKind::Mismatch), matter("stale", NoticeKind::Stale)];
        let standing = after(&planned(&wanted, &BTreeMap::new(), &all));
        assert_eq!(planned(&[], &standing, &all), [Change::Resolve(standing["stale"].clone())]);
        // Also when nobody wants to be told any more.
        let off = NoticeSettings::default();
        assert_eq!(planned(&[], &standing, &off).len(), 1);
    }

    #[test]
    fn that_it_is_over_is_told_to_those_who_may_have_read_that_it_was_not() {
        let wanted = [matter("stale", NoticeKind::Stale)];
        let first = planned(&wanted, &BTreeMap::new(), &email(&[NoticeKind::Stale]));
        let Change::Tell { standing, messages, .. } = &first[0] else { panic!("{first:?}") };
        let word = |told: Option<&Message>| {
            last_word(standing, Channel::Email, told, Ulid::from_parts(2, 2), NOW)
        };
        let of = |state, attempts| Message { state, attempts, ..messages[0].clone() };
        for (told, expected) in [
            (of(MessageState::Sent, 1), true),
            (of(MessageState::Pending, 1), true),
            (of(MessageState::Pending, 0), false),
            (of(MessageState::Failed, 8), false),
            (of(MessageState::Withdrawn, 0), false),
        ] {
            assert_eq!(word(Some(&told)).is_some(), expected, "{told:?}");
        }
        let resolved = word(None).unwrap();
        assert_eq!((resolved.resolved, resolved.notice), (true, standing.notice));
        assert_ne!(resolved.id, messages[0].id, "a receiver that drops repeats reads it");
    }
}
