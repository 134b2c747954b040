//! Notices: tells people who do not have the portal open what needs attention, once for a matter
//! and once more when it is over, by the channels that they chose.
//!
//! It follows a run or a round of the sweep and takes what time those leave. Nothing here fails or
//! delays a run: a message that cannot be delivered is stored, and tried again by a later run or
//! round.

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
use crate::model::notice::matter::{matters, undecided};
use crate::model::notice::message::{Message, MessageState, Outcome};
use crate::model::notice::plan::{Change, Standing, changes, last_word};
use crate::model::notice::{Channel, NoticeSettings};
use crate::model::settings::Settings;
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::notices::NoticeRepository;

/// Time budget for the notices of one install.
pub(crate) const NOTICES_BUDGET: Duration = Duration::from_secs(8);

/// With less time than this no message is begun.
const MESSAGE_NEEDS: Duration = Duration::from_secs(2);

/// Matters that are told or resolved at once. The rest follows with the next run.
const MAX_CHANGES: usize = 20;

/// Messages that are tried at once. The rest follows with the next run.
const MAX_SENT: usize = 20;

/// Tells what is new or over in an install, within the budget and by the deadline. Errors are only
/// logged.
pub(crate) async fn tell(services: &Services, install: &InstallId, deadline: Deadline) {
    let budget = NOTICES_BUDGET.min(deadline.remaining());
    if budget < MESSAGE_NEEDS {
        return;
    }
    if let Err(error) = told(services, install, Deadline::after(budget)).await {
        tracing::warn!(%install, cause = %error.chain(), "notices not sent");
    }
}

/// What notices are about.
struct Told<'a> {
    services: &'a Services,
    install: &'a InstallId,
    connection: &'a Connection,
    settings: &'a NoticeSettings,
    now: Millis,
}

async fn told(services: &Services, install: &InstallId, deadline: Deadline) -> Result<()> {
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
    let attention = Attention::of(&Facts {
        connection,
        meta,
        summary,
        freshness: Freshness::of(connection, proof, minutes, now),
        objects: &objects,
        more,
        now,
    });
    let owner = Owner::new(connection.account_id.clone(), connection.mode);
    let owner = owner.map_err(Error::internal)?.to_string();
    let told = Told { services, install, connection, settings: &settings.notices, now };
    if !connection.notices_adopted {
        told.adopt(&owner).await?;
    }
    let standing = told.notices().standing().await?;
    // One after the other, so that what presses most is sent first.
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
        |key| undecided(key, &attention, summary),
        now,
        ids,
    );
    let mut messages: BTreeMap<_, Message> = BTreeMap::new();
    for message in told.notices().recent(now).await? {
        messages.insert(message.id, message);
    }
    for change in changes.into_iter().take(MAX_CHANGES) {
        told.carry_out(change, &mut messages).await?;
    }
    told.deliver(messages.into_values(), deadline).await
}

impl Told<'_> {
    const fn notices(&self) -> NoticeRepository<'_> {
        self.services.store.notices(self.install, self.connection.connection)
    }

    /// Takes over what was told of this account before it was disconnected and connected again: a
    /// matter that persists is no second matter. What was not delivered then is told again.
    async fn adopt(&self, owner: &str) -> Result<()> {
        let earlier = self.notices().of_earlier().await?;
        let of_account = |(_, told): &(Ulid, Standing)| told.owner.as_deref() == Some(owner);
        for (from, told) in earlier.into_iter().filter(of_account) {
            let mut adopted = told.clone();
            for (channel, id) in &told.told {
                let theirs = self.services.store.notices(self.install, from);
                let message = theirs.get(*id).await?;
                if message.is_some_and(|message| message.state == MessageState::Pending) {
                    adopted.told.remove(channel);
                }
            }
            self.notices().adopt(from, &told, &adopted).await?;
        }
        self.notices().adopted().await
    }

    /// Stores a change and its messages.
    async fn carry_out(
        &self,
        change: Change,
        messages: &mut BTreeMap<Ulid, Message>,
    ) -> Result<()> {
        let retention = self.services.limits.retention;
        let (stored, new) = match change {
            Change::Tell { standing, known, messages } => {
                let stored = self.notices().tell(&standing, known, &messages, retention).await?;
                (stored, messages)
            }
            Change::Resolve(standing) => {
                let last = self.last_words(&standing, messages).await?;
                (self.notices().resolve(&standing, &last, retention).await?, last)
            }
        };
        if stored {
            messages.extend(new.into_iter().map(|message| (message.id, message)));
        }
        Ok(())
    }

    /// The messages that a matter is over. Those that it is not, and that nobody has read, are
    /// withdrawn.
    async fn last_words(
        &self,
        standing: &Standing,
        messages: &mut BTreeMap<Ulid, Message>,
    ) -> Result<Vec<Message>> {
        let mut last = Vec::new();
        for (channel, id) in &standing.told {
            let told = match messages.get(id) {
                Some(told) => Some(told.clone()),
                None => self.notices().get(*id).await?,
            };
            if self.settings.tells(standing.kind, *channel) {
                let id = clock::new_ulid();
                last.extend(last_word(standing, *channel, told.as_ref(), id, self.now));
            }
            if let Some(told) = told.filter(|told| told.state == MessageState::Pending) {
                self.withdraw(&told).await?;
                messages.remove(&told.id);
            }
        }
        Ok(last)
    }

    async fn withdraw(&self, message: &Message) -> Result<()> {
        let withdrawn = Message { state: MessageState::Withdrawn, ..message.clone() };
        let retention = self.services.limits.retention;
        self.notices().change(message, &withdrawn, retention).await.map(|_| ())
    }

    /// Tries the messages that are due, oldest first. A channel that fails is left alone until the
    /// next run.
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
        for message in messages.filter(|message| message.is_due(self.now)).take(MAX_SENT) {
            if !message.kind.is_some_and(|kind| self.settings.tells(kind, message.channel)) {
                self.withdraw(&message).await?;
                continue;
            }
            if failing.contains(&message.channel) {
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
