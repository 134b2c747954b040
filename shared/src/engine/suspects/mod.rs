//! The suspects of a worker on one run: the rules, with the table behind them.

pub mod book;
pub mod failing;
pub mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use book::SuspectStatus;

use crate::engine::stop::{Stop, Trouble};
use crate::engine::suspects::book::{Book, Key, after_call};
use crate::model::error::Result;
use crate::model::suspect::record::{CallKind, Failure, FailureKind, Suspect};
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::Store;
use crate::platform::store::runs::Fence;

/// The suspects of a worker on one run. Shared by whatever the worker does at the same time.
#[derive(Debug)]
pub(crate) struct Suspects {
    store: Store,
    fence: Fence,
    book: Mutex<Book>,
    loaded: AtomicBool,
    /// The connection may say that there are suspects.
    marked: AtomicBool,
    /// It does say so, because of what this worker stored.
    noted: AtomicBool,
    /// Problems that are over because a later try succeeded.
    cured: Mutex<BTreeSet<String>>,
}

impl Suspects {
    /// Of a worker that has just taken a run.
    pub(crate) fn new(store: &Store, fence: &Fence) -> Self {
        Self {
            store: store.clone(),
            fence: fence.clone(),
            book: Mutex::new(Book::new(fence.run)),
            loaded: AtomicBool::new(false),
            marked: AtomicBool::new(false),
            noted: AtomicBool::new(false),
            cured: Mutex::default(),
        }
    }

    /// Over a table in memory.
    #[cfg(test)]
    pub(crate) async fn for_test(aws: &test_support::Aws) -> Self {
        let sdk = aws.sdk(crate::platform::aws::defaults()).await;
        let store = Store { client: crate::platform::aws::dynamodb(&sdk), table: test_support::TABLE.to_owned() };
        let id = ulid::Ulid::from_parts(1, 1);
        let install = crate::model::install::id::InstallId::parse("instapp_1").unwrap();
        Self::new(&store, &Fence { install, connection: id, run: id, checkpoint: 0, attempt: 0 })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is stored, once for each worker, if the connection says that there is something.
    pub(crate) async fn load(&self, any: bool, succeeded: &BTreeMap<CallKind, u64>) -> Result<()> {
        self.book().tell_succeeded(succeeded);
        if any && !self.loaded.load(Ordering::Relaxed) {
            let stored = self.store.suspects().all(&self.fence.install, self.fence.connection).await?;
            self.book().load(stored);
            self.loaded.store(true, Ordering::Relaxed);
            // Whether the connection says so is not known here: what is stored from now on says it once more.
            self.marked.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Tells the connection, once, when nothing is left to be known of anybody.
    pub(crate) async fn tidy(&self) -> Result<()> {
        if self.marked.load(Ordering::Relaxed) && self.book().is_empty() {
            self.noted.store(false, Ordering::Relaxed);
            self.store.suspects().note(&self.fence.install, self.fence.connection, false).await?;
            self.marked.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// How many records of each kind succeeded in this run: kept with its progress.
    pub(crate) fn succeeded_so_far(&self) -> BTreeMap<CallKind, u64> {
        self.book().succeeded_so_far()
    }

    /// How a record stands with a kind of call.
    pub(crate) fn standing(&self, kind: CallKind, subject: &str) -> SuspectStatus {
        self.book().standing(&(kind, subject.to_owned()), clock::now())
    }

    /// What is known of a record.
    pub(crate) fn facts(&self, kind: CallKind, subject: &str) -> Option<Suspect> {
        self.book().facts(&(kind, subject.to_owned())).cloned()
    }

    /// Notes a failure, at once and for good.
    pub(crate) async fn failed(&self, kind: CallKind, subject: &str, failure: Failure) -> Result<()> {
        tracing::info!(install = %self.fence.install, kind = kind.as_str(), subject, ?failure, "a call about one record failed");
        let now = clock::now();
        let recorded = self.book().failed(&(kind, subject.to_owned()), failure, now);
        self.put(&recorded.facts).await?;
        if recorded.progress { self.store.suspects().note_progress(&self.fence).await } else { Ok(()) }
    }

    async fn put(&self, facts: &Suspect) -> Result<()> {
        // First the mark, so that nobody overlooks what is stored.
        if !self.noted.load(Ordering::Relaxed) {
            self.marked.store(true, Ordering::Relaxed);
            self.store.suspects().note(&self.fence.install, self.fence.connection, true).await?;
            self.noted.store(true, Ordering::Relaxed);
        }
        self.store.suspects().put(&self.fence.install, self.fence.connection, facts, clock::now()).await
    }

    /// Notes that a record's call succeeded. Answers what was known of it, which is over.
    pub(crate) async fn succeeded(&self, kind: CallKind, subject: &str) -> Result<Option<Suspect>> {
        let before = self.book().succeeded(&(kind, subject.to_owned()));
        if before.is_some() {
            self.store.suspects().remove(&self.fence.install, self.fence.connection, kind, subject).await?;
        }
        if let Some(facts) = before.as_ref().filter(|facts| facts.aside.is_some()) {
            self.cured.lock().unwrap_or_else(PoisonError::into_inner).extend(facts.problem_id());
        }
        Ok(before)
    }

    /// Notes that what failed calls were to make is there, whoever made it: nothing of it stands in anybody's way any more.
    pub(crate) async fn are_there<'s>(&self, kind: CallKind, subjects: impl Iterator<Item = &'s str>) -> Result<()> {
        for subject in subjects {
            if self.facts(kind, subject).is_some() {
                self.succeeded(kind, subject).await?;
            }
        }
        Ok(())
    }

    /// Notes that many records of a kind succeeded, none of which is a suspect.
    pub(crate) fn many_succeeded(&self, kind: CallKind, count: u64) {
        self.book().many_succeeded(kind, count);
    }

    /// Notes that the other side answers calls of a kind.
    pub(crate) fn controlled(&self, kind: CallKind) {
        self.book().controlled(kind);
    }

    /// Whether so many records of a kind fail that it cannot be theirs.
    pub(crate) fn outage(&self, kind: CallKind) -> bool {
        self.book().outage(kind)
    }

    /// Sets a record aside. Answers what its problem is to say.
    pub(crate) async fn set_aside(&self, kind: CallKind, subject: &str) -> Result<Option<Suspect>> {
        let aside = self.book().set_aside(&(kind, subject.to_owned()), clock::now());
        if let Some(facts) = &aside {
            tracing::warn!(install = %self.fence.install, kind = kind.as_str(), subject, call = facts.call, "a record is set aside");
            self.put(facts).await?;
            self.store.suspects().note_progress(&self.fence).await?;
        }
        Ok(aside)
    }

    /// A record is set aside at once, for what is known of another kind of call about it.
    pub(crate) async fn set_aside_like(&self, kind: CallKind, like: &Suspect) -> Result<()> {
        let failure = Failure { gist: like.gist, call: like.call.clone(), status: like.status, request_id: like.request_id.clone() };
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

    /// Until when a call about a record may still be under way at the other side.
    pub(crate) fn lasts_until(&self, kind: CallKind, subject: &str) -> Option<Millis> {
        self.facts(kind, subject).filter(|facts| facts.gist.may_last()).map(|facts| after_call(facts.last_at))
    }

    /// A record is set aside because it was refused for good.
    pub(crate) async fn refused(&self, kind: CallKind, subject: &str) -> Result<Suspect> {
        let failure = Failure { gist: FailureKind::Refused, call: kind.as_str().to_owned(), status: None, request_id: None };
        let key = (kind, subject.to_owned());
        let facts = {
            let mut book = self.book();
            let recorded = book.failed(&key, failure, clock::now()).facts;
            book.set_aside(&key, clock::now()).unwrap_or(recorded)
        };
        self.put(&facts).await?;
        Ok(facts)
    }

    /// Forgets a record without a word.
    pub(crate) async fn forget(&self, kind: CallKind, subject: &str) -> Result<()> {
        self.book().succeeded(&(kind, subject.to_owned()));
        self.store.suspects().remove(&self.fence.install, self.fence.connection, kind, subject).await
    }

    /// Whose fault it is that calls of a kind fail, unless that is outage's.
    pub(crate) fn convicted(&self, kind: CallKind) -> Vec<String> {
        let book = self.book();
        if book.outage(kind) { Vec::new() } else { book.convicted(kind, clock::now()) }
    }

    /// What is set aside.
    pub(crate) fn aside(&self) -> Vec<Suspect> {
        self.book().aside()
    }

    /// What is set aside and may be tried again.
    pub(crate) fn due(&self) -> Vec<Key> {
        self.book().due(clock::now())
    }

    /// A person wants it tried, or an outage may have been its trouble.
    pub(crate) async fn make_due(&self, kind: CallKind, subject: &str) -> Result<()> {
        let facts = self.book().make_due(&(kind, subject.to_owned()), clock::now());
        match facts {
            Some(facts) => self.put(&facts).await,
            None => Ok(()),
        }
    }

    /// What was set aside in this run is due again if the run had to wait for the other side. Answers whether there is any.
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

    /// Whether only another receive can try what is left.
    pub(crate) fn is_spent(&self) -> bool {
        self.book().is_spent()
    }

    /// The problems that are over because a later try succeeded.
    pub(crate) fn take_cured(&self) -> Vec<String> {
        std::mem::take(&mut *self.cured.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }

    /// The run waits for the other side, which does not answer calls of a kind, or fails too many of them.
    pub(crate) fn wait_for(&self, kind: CallKind, subject: &str) -> Stop {
        self.book().wait();
        self.later(kind, subject, "calls of this kind fail")
    }

    /// The run goes on later with a record.
    pub(crate) fn later(&self, kind: CallKind, subject: &str, why: &str) -> Stop {
        let Some(facts) = self.facts(kind, subject) else { return Stop::later(kind.party(), why) };
        let status = facts.status.map(|status| format!(" with status {status}")).unwrap_or_default();
        Stop::Retryable(Trouble {
            party: kind.party(),
            answer: format!("{why} ({} {}{status})", facts.call, facts.gist.words()),
            call: Some(facts.call),
            status: facts.status,
            request_id: facts.request_id,
            retry_after: None,
        })
    }
}

#[cfg(test)]
mod tests;
