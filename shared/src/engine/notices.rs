//! Notices: report to people who do not have the portal open what needs attention, once for each
//! matter and once more when it is over, on the channels that they chose.
//!
//! It runs after a run or a round of the sweep, in the time that is left. Nothing here fails or
//! delays a run: a message that cannot be delivered is stored, and retried by a later run or round.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ulid::Ulid;

use crate::engine::services::Services;
use crate::model::attention::{Attention, Facts};
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::freshness::Freshness;
use crate::model::install::id::InstallId;
use crate::model::ledger::Owner;
use crate::model::notice::body::Sender;
use crate::model::notice::matter::{matters, unlisted};
use crate::model::notice::message::{Message, MessageState, Outcome};
use crate::model::notice::plan::{NoticeChange, StandingNotice, changes, resolution_message};
use crate::model::notice::{Channel, NoticeSettings};
use crate::model::settings::Settings;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::notices::NoticeRepository;

/// Time budget for the notices of one install.
pub(crate) const NOTICES_BUDGET: Duration = Duration::from_secs(8);

/// With less time than this, no message is started.
const MESSAGE_NEEDS: Duration = Duration::from_secs(2);

/// Matters that are reported or resolved at once. The rest follows with the next run.
const MAX_CHANGES: usize = 20;

/// Messages that are tried at once. The rest follows with the next run.
const MAX_SENT: usize = 20;

/// Sends what is new or over in an install, within the budget and by the deadline. Errors are only
/// logged.
pub(crate) async fn send(services: &Services, install: &InstallId, deadline: Deadline) {
    let budget = NOTICES_BUDGET.min(deadline.remaining());
    if budget < MESSAGE_NEEDS {
        return;
    }
    if let Err(error) = send_due(services, install, Deadline::after(budget)).await {
        tracing::warn!(%install, cause = %error.chain(), "notices not sent");
    }
}

/// Sends the notices of one connection.
struct NoticeSender<'a> {
    services: &'a Services,
    install: &'a InstallId,
    connection: &'a Connection,
    settings: &'a NoticeSettings,
    now: Millis,
}

async fn send_due(services: &Services, install: &InstallId, deadline: Deadline) -> Result<()> {
    let now = clock::now();
    let head = services.store.installs().head(install).await?;
    let generation = head.meta.as_ref().and_then(|meta| meta.active_generation());
    let Some((meta, generation)) = head.meta.as_ref().zip(generation) else { return Ok(()) };
    let Some(connection) = head.connection_of(generation) else { return Ok(()) };
    let settings = Settings::of(head.settings.clone(), generation);
    if !settings.notices.are_chosen() {
        return Ok(());
    }
    let summary = head.summary.as_ref().filter(|own| own.connection == connection.connection);
    let (objects, more) = services
        .store
        .tracked_objects()
        .disputes_and_payouts(install, connection.connection)
        .await?;
    let proof = summary.and_then(|summary| summary.last_proof.as_ref()).map(|proof| proof.at);
    let minutes = services.schedules.minutes(settings.interval);
    let facts = Facts {
        connection,
        meta,
        summary,
        freshness: Freshness::of(connection, proof, minutes, now),
        objects: &objects,
        more,
        now,
    };
    let attention = Attention::of(&facts);
    let owner = Owner::new(connection.account_id.clone(), connection.mode);
    let owner = owner.map_err(Error::internal)?.to_string();
    let sender = NoticeSender { services, install, connection, settings: &settings.notices, now };
    if !connection.notices_adopted {
        sender.adopt(&owner).await?;
    }
    let standing = sender.notices().standing().await?;
    // One after the other, so that the most urgent is sent first.
    let mut last = clock::new_ulid();
    let ids = || {
        last = Ulid(last.0.saturating_add(1));
        last
    };
    let changes = changes(
        &owner,
        &matters(&attention),
        &standing,
        &settings.notices,
        |key| unlisted(key, &attention, &facts),
        now,
        ids,
    );
    let mut messages: BTreeMap<_, Message> = BTreeMap::new();
    for message in sender.notices().recent(now).await? {
        messages.insert(message.id, message);
    }
    for change in changes.into_iter().take(MAX_CHANGES) {
        sender.carry_out(change, &mut messages).await?;
    }
    sender.deliver(messages.into_values(), deadline).await
}

impl NoticeSender<'_> {
    const fn notices(&self) -> NoticeRepository<'_> {
        self.services.store.notices(self.install, self.connection.connection)
    }

    /// Takes over what was reported about this account before it was disconnected and connected
    /// again: a matter that persists is not reported twice. What was not delivered then is reported
    /// again.
    async fn adopt(&self, owner: &str) -> Result<()> {
        let earlier = self.notices().of_earlier().await?;
        let of_account =
            |(_, theirs): &(Ulid, StandingNotice)| theirs.owner.as_deref() == Some(owner);
        for (from, theirs) in earlier.into_iter().filter(of_account) {
            let mut adopted = theirs.clone();
            for (channel, id) in &theirs.message_ids {
                let notices = self.services.store.notices(self.install, from);
                let message = notices.get(*id).await?;
                if message.is_some_and(|message| message.state == MessageState::Pending) {
                    adopted.message_ids.remove(channel);
                }
            }
            self.notices().adopt(from, &theirs, &adopted).await?;
        }
        self.notices().adopted().await
    }

    /// Stores a change and its messages.
    async fn carry_out(
        &self,
        change: NoticeChange,
        messages: &mut BTreeMap<Ulid, Message>,
    ) -> Result<()> {
        let retention = self.services.limits.retention;
        let (stored, new) = match change {
            NoticeChange::Raise { standing, known, messages } => {
                let stored = self.notices().raise(&standing, known, &messages, retention).await?;
                (stored, messages)
            }
            NoticeChange::Expire(standing) => {
                for id in standing.message_ids.values() {
                    let raised = self.raised(*id, messages).await?;
                    self.withdraw_unread(raised, messages).await?;
                }
                (self.notices().resolve(&standing, &[], retention).await?, Vec::new())
            }
            NoticeChange::Resolve(standing) => {
                let resolved = self.resolution_messages(&standing, messages).await?;
                (self.notices().resolve(&standing, &resolved, retention).await?, resolved)
            }
        };
        if stored {
            messages.extend(new.into_iter().map(|message| (message.id, message)));
        }
        Ok(())
    }

    /// The messages that a matter is over. Undelivered messages about the matter are withdrawn.
    async fn resolution_messages(
        &self,
        standing: &StandingNotice,
        messages: &mut BTreeMap<Ulid, Message>,
    ) -> Result<Vec<Message>> {
        let mut resolved = Vec::new();
        for (channel, id) in &standing.message_ids {
            let raised = self.raised(*id, messages).await?;
            if self.settings.sends(standing.kind, *channel) {
                let id = clock::new_ulid();
                resolved.extend(resolution_message(
                    standing,
                    *channel,
                    raised.as_ref(),
                    id,
                    self.now,
                ));
            }
            self.withdraw_unread(raised, messages).await?;
        }
        Ok(resolved)
    }

    /// A message about a matter, as it is stored. `None` when it was removed in the meantime.
    async fn raised(
        &self,
        id: Ulid,
        messages: &BTreeMap<Ulid, Message>,
    ) -> Result<Option<Message>> {
        match messages.get(&id) {
            Some(raised) => Ok(Some(raised.clone())),
            None => self.notices().get(id).await,
        }
    }

    /// Withdraws a message that was not delivered.
    async fn withdraw_unread(
        &self,
        message: Option<Message>,
        messages: &mut BTreeMap<Ulid, Message>,
    ) -> Result<()> {
        if let Some(unread) = message.filter(|message| message.state == MessageState::Pending) {
            self.withdraw(&unread).await?;
            messages.remove(&unread.id);
        }
        Ok(())
    }

    async fn withdraw(&self, message: &Message) -> Result<()> {
        let withdrawn = Message { state: MessageState::Withdrawn, ..message.clone() };
        let retention = self.services.limits.retention;
        self.notices().change(message, &withdrawn, retention).await.map(|_| ())
    }

    /// Tries the messages that are due, oldest first. A channel that fails is not used again until
    /// the next run.
    async fn deliver(
        &self,
        messages: impl Iterator<Item = Message>,
        deadline: Deadline,
    ) -> Result<()> {
        let notifier = &self.services.notifier;
        let sender = Sender::of(self.connection, notifier.dashboard_url.as_deref());
        let mut outbox = notifier.outbox(&self.services.vault, self.install, self.settings, sender);
        let retention = self.services.limits.retention;
        let mut failing: BTreeSet<Channel> = BTreeSet::new();
        let mut tried = 0;
        for message in messages.filter(|message| message.is_due(self.now)) {
            // Those of a failing channel do not take the place of others.
            if failing.contains(&message.channel) {
                continue;
            }
            if tried == MAX_SENT {
                break;
            }
            tried += 1;
            if !message.kind.is_some_and(|kind| self.settings.sends(kind, message.channel)) {
                self.withdraw(&message).await?;
                continue;
            }
            if deadline.remaining() < MESSAGE_NEEDS {
                return Ok(());
            }
            // Stored first: two workers never send the same message at the same time.
            let begun = message.begun(self.now);
            if !self.notices().change(&message, &begun, retention).await? {
                continue;
            }
            let left = deadline.remaining().saturating_sub(MESSAGE_NEEDS / 4);
            let answer = outbox.send(&begun, left).await;
            tracing::info!(install = %self.install, message_id = %message.id,
                channel = ?message.channel, answer = ?answer, attempt = begun.attempts,
                "notice tried");
            if answer.outcome != Outcome::Accepted {
                failing.insert(message.channel);
            }
            let answered = begun.answered(answer, clock::now());
            self.notices().change(&begun, &answered, retention).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
