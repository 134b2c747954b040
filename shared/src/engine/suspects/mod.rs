//! The suspects of a worker on one run: the rules, and the table that stores them.

pub mod book;
pub mod failing;
pub mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use book::SuspectStatus;

use crate::engine::stop::{PartyFailure, Stop};
use crate::engine::suspects::book::{Book, Key, after_call};
use crate::model::error::Result;
use crate::model::suspect::record::{CallFailure, CallKind, FailureKind, Suspect};
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::runs::Fence;
use crate::platform::table::Store;

/// The suspects of a worker on one run. Shared by the worker's concurrent tasks.
#[derive(Debug)]
pub(crate) struct Suspects {
    store: Store,
    fence: Fence,
    book: Mutex<Book>,
    loaded: AtomicBool,
    /// The connection's mark may say that there are suspects.
    marked: AtomicBool,
    /// The mark is set, because of what this worker stored.
    noted: AtomicBool,
    /// Problems that are over because a retry succeeded.
    recovered: Mutex<BTreeSet<String>>,
}

impl Suspects {
    /// The suspects of a worker that has just claimed a run.
    pub(crate) fn new(store: &Store, fence: &Fence) -> Self {
        Self {
            store: store.clone(),
            fence: fence.clone(),
            book: Mutex::new(Book::new(fence.run)),
            loaded: AtomicBool::new(false),
            marked: AtomicBool::new(false),
            noted: AtomicBool::new(false),
            recovered: Mutex::default(),
        }
    }

    /// Suspects over a table in memory.
    #[cfg(test)]
    pub(crate) async fn for_test(aws: &test_support::Aws) -> Self {
        let sdk = aws.sdk(crate::platform::aws::defaults()).await;
        let store = Store {
            client: crate::platform::aws::dynamodb(&sdk),
            table: test_support::TABLE.to_owned(),
        };
        let id = ulid::Ulid::from_parts(1, 1);
        let install = crate::model::install::id::InstallId::parse("instapp_1").unwrap();
        Self::new(&store, &Fence { install, connection: id, run: id, checkpoint: 0, attempt: 0 })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads the stored facts, once per worker, if the connection's mark is set.
    pub(crate) async fn load(&self, any: bool, succeeded: &BTreeMap<CallKind, u64>) -> Result<()> {
        self.book().take_succeeded(succeeded);
        if any && !self.loaded.load(Ordering::Relaxed) {
            let stored =
                self.store.suspects().all(&self.fence.install, self.fence.connection).await?;
            self.book().load(stored);
            self.loaded.store(true, Ordering::Relaxed);
            // It is unknown here whether the mark is set, so the next write sets it again.
            self.marked.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Clears the connection's mark, once, when no facts are left.
    pub(crate) async fn tidy(&self) -> Result<()> {
        if self.marked.load(Ordering::Relaxed) && self.book().is_empty() {
            self.noted.store(false, Ordering::Relaxed);
            self.store.suspects().note(&self.fence.install, self.fence.connection, false).await?;
            self.marked.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// How many records of each kind succeeded in this run. Stored with its progress.
    pub(crate) fn succeeded_so_far(&self) -> BTreeMap<CallKind, u64> {
        self.book().succeeded_so_far()
    }

    /// The status of a record for a kind of call.
    pub(crate) fn standing(&self, kind: CallKind, subject: &str) -> SuspectStatus {
        self.book().standing(&(kind, subject.to_owned()), clock::now())
    }

    /// The facts about a record.
    pub(crate) fn facts(&self, kind: CallKind, subject: &str) -> Option<Suspect> {
        self.book().facts(&(kind, subject.to_owned())).cloned()
    }

    /// Records a failure and stores it at once.
    pub(crate) async fn failed(
        &self,
        kind: CallKind,
        subject: &str,
        failure: CallFailure,
    ) -> Result<()> {
        tracing::info!(install = %self.fence.install, kind = kind.as_str(), subject, ?failure,
            "a call about one record failed");
        let now = clock::now();
        let recorded = self.book().failed(&(kind, subject.to_owned()), failure, now);
        self.put(&recorded.facts).await?;
        if recorded.progress {
            self.store.suspects().note_progress(&self.fence).await
        } else {
            Ok(())
        }
    }

    async fn put(&self, facts: &Suspect) -> Result<()> {
        // First the mark, so that stored facts are never overlooked.
        if !self.noted.load(Ordering::Relaxed) {
            self.marked.store(true, Ordering::Relaxed);
            self.store.suspects().note(&self.fence.install, self.fence.connection, true).await?;
            self.noted.store(true, Ordering::Relaxed);
        }
        self.store
            .suspects()
            .put(&self.fence.install, self.fence.connection, facts, clock::now())
            .await
    }

    /// Records that a call about a record succeeded. Returns the facts about it, which are over.
    pub(crate) async fn succeeded(&self, kind: CallKind, subject: &str) -> Result<Option<Suspect>> {
        let before = self.book().succeeded(&(kind, subject.to_owned()));
        if before.is_some() {
            self.store
                .suspects()
                .remove(&self.fence.install, self.fence.connection, kind, subject)
                .await?;
        }
        if let Some(facts) = before.as_ref().filter(|facts| facts.aside.is_some()) {
            self.recovered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(facts.problem_id());
        }
        Ok(before)
    }

    /// Records that the results of failed calls exist, no matter who created them, so their facts
    /// are over.
    pub(crate) async fn are_there<'s>(
        &self,
        kind: CallKind,
        subjects: impl Iterator<Item = &'s str>,
    ) -> Result<()> {
        for subject in subjects {
            if self.facts(kind, subject).is_some() {
                self.succeeded(kind, subject).await?;
            }
        }
        Ok(())
    }

    /// Records that many records of a kind succeeded, none of which is a suspect.
    pub(crate) fn many_succeeded(&self, kind: CallKind, count: u64) {
        self.book().many_succeeded(kind, count);
    }

    /// Records that the other side answers calls of a kind.
    pub(crate) fn controlled(&self, kind: CallKind) {
        self.book().controlled(kind);
    }

    /// Whether too many records of a kind fail for the records to be the cause.
    pub(crate) fn outage(&self, kind: CallKind) -> bool {
        self.book().outage(kind)
    }

    /// Sets a record aside. Returns the facts for its problem.
    pub(crate) async fn set_aside(&self, kind: CallKind, subject: &str) -> Result<Option<Suspect>> {
        let aside = self.book().set_aside(&(kind, subject.to_owned()), clock::now());
        if let Some(facts) = &aside {
            tracing::warn!(install = %self.fence.install, kind = kind.as_str(), subject,
                call = facts.call, "set a record aside");
            self.put(facts).await?;
            self.store.suspects().note_progress(&self.fence).await?;
        }
        Ok(aside)
    }

    /// Sets a record aside at once, because of the facts about another kind of call for it.
    pub(crate) async fn set_aside_like(&self, kind: CallKind, like: &Suspect) -> Result<()> {
        let failure = CallFailure {
            kind: like.failure_kind,
            call: like.call.clone(),
            status: like.status,
            request_id: like.request_id.clone(),
        };
        let key = (kind, like.subject.clone());
        let facts = {
            let mut book = self.book();
            book.failed(&key, failure, clock::now());
            book.set_aside(&key, clock::now())
        };
        match facts {
            Some(facts) => self.put(&facts).await,
            None => Ok(()),
        }
    }

    /// Until when a call about a record may still be in progress at the other side.
    pub(crate) fn lasts_until(&self, kind: CallKind, subject: &str) -> Option<Millis> {
        self.facts(kind, subject)
            .filter(|facts| facts.failure_kind.may_last())
            .map(|facts| after_call(facts.last_at))
    }

    /// Sets a record aside because of a final refusal.
    pub(crate) async fn refused(&self, kind: CallKind, subject: &str) -> Result<Suspect> {
        let failure = CallFailure {
            kind: FailureKind::Refused,
            call: kind.as_str().to_owned(),
            status: None,
            request_id: None,
        };
        let key = (kind, subject.to_owned());
        let facts = {
            let mut book = self.book();
            let recorded = book.failed(&key, failure, clock::now()).facts;
            book.set_aside(&key, clock::now()).unwrap_or(recorded)
        };
        self.put(&facts).await?;
        Ok(facts)
    }

    /// Removes the facts about a record without reporting anything.
    pub(crate) async fn forget(&self, kind: CallKind, subject: &str) -> Result<()> {
        self.book().succeeded(&(kind, subject.to_owned()));
        self.store
            .suspects()
            .remove(&self.fence.install, self.fence.connection, kind, subject)
            .await
    }

    /// The records that are the cause of failing calls of a kind; none during an outage.
    pub(crate) fn convicted(&self, kind: CallKind) -> Vec<String> {
        let book = self.book();
        if book.outage(kind) { Vec::new() } else { book.convicted(kind, clock::now()) }
    }

    /// The records that are set aside.
    pub(crate) fn aside(&self) -> Vec<Suspect> {
        self.book().aside()
    }

    /// The set-aside records that may be retried.
    pub(crate) fn due(&self) -> Vec<Key> {
        self.book().due(clock::now())
    }

    /// Makes a record due, because a person asks for a retry or an outage may have been the cause.
    pub(crate) async fn make_due(&self, kind: CallKind, subject: &str) -> Result<()> {
        let facts = self.book().make_due(&(kind, subject.to_owned()), clock::now());
        match facts {
            Some(facts) => self.put(&facts).await,
            None => Ok(()),
        }
    }

    /// Makes the records due that were set aside in this run, if the run had to wait for the other
    /// side. Returns whether there are any.
    pub(crate) async fn forgive(&self) -> Result<bool> {
        if !self.book().take_outage() {
            return Ok(false);
        }
        let forgiven = self.book().set_aside_now();
        for (kind, subject) in &forgiven {
            self.make_due(*kind, subject).await?;
        }
        Ok(!forgiven.is_empty())
    }

    /// Whether only another delivery of the message can retry the rest.
    pub(crate) fn is_spent(&self) -> bool {
        self.book().is_spent()
    }

    /// The problems that are over because a retry succeeded.
    pub(crate) fn take_recovered(&self) -> Vec<String> {
        std::mem::take(&mut *self.recovered.lock().unwrap_or_else(PoisonError::into_inner))
            .into_iter()
            .collect()
    }

    /// The stop for a run that waits for the other side, which does not answer calls of a kind or
    /// fails too many of them.
    pub(crate) fn wait_for(&self, kind: CallKind, subject: &str) -> Stop {
        self.book().wait();
        self.later(kind, subject, "calls of this kind fail")
    }

    /// The stop for a run that continues later with a record.
    pub(crate) fn later(&self, kind: CallKind, subject: &str, why: &str) -> Stop {
        let Some(facts) = self.facts(kind, subject) else { return Stop::later(kind.party(), why) };
        let status =
            facts.status.map(|status| format!(" with status {status}")).unwrap_or_default();
        Stop::Retryable(PartyFailure {
            party: kind.party(),
            answer: format!("{why} ({} {}{status})", facts.call, facts.failure_kind.description()),
            call: Some(facts.call),
            status: facts.status,
            request_id: facts.request_id,
            retry_after: None,
        })
    }
}

#[cfg(test)]
mod tests;
