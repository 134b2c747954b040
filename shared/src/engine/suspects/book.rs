//! The rules for suspects, without a clock and without a table.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ulid::Ulid;

use crate::model::suspect::record::{
    Aside, CallFailure, CallKind, FAILURES, FIRST_PAUSE_SECONDS, FailureKind,
    LONGEST_PAUSE_SECONDS, MAX_NEW, MAX_OF_KIND, ONE_IN, Suspect,
};
use crate::model::time::Millis;
use crate::platform::blnk::client::CALL_LIMITS;
use crate::platform::http::RetryPolicy;
use crate::platform::http::retry::Jitter;

/// A record whose failures vary is convicted after this many times as many failures as one that
/// always fails in the same way.
const MANY: u32 = 3;

/// A kind of call and its subject.
pub(crate) type Key = (CallKind, String);

/// What a worker knows about suspects.
#[derive(Debug)]
pub(crate) struct Book {
    run: Ulid,
    known: BTreeMap<Key, SuspectEntry>,
    tallies: BTreeMap<CallKind, Tally>,
    /// Calls without an answer in this delivery of the message. They are not retried in it.
    spent: BTreeSet<Key>,
    /// An event counter, which orders failures and successes.
    at: u64,
    had_outage: bool,
}

#[derive(Debug, Clone)]
struct SuspectEntry {
    facts: Suspect,
    /// When it last failed. Stored failures come before all others.
    since: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Records of the kind whose calls succeeded in this run.
    succeeded: u64,
    /// When the last call of the kind succeeded.
    last: u64,
}

/// The effect of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The facts to store.
    pub(crate) facts: Suspect,
    /// Whether it counts as progress of the run.
    pub(crate) progress: bool,
}

/// The status of a record for a kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SuspectStatus {
    /// No failures are known.
    Clear,
    /// It has failed and is retried.
    Suspected,
    /// It has failed and no call of the kind has succeeded since. Without a success, the cause
    /// cannot be determined.
    Uncontrolled,
    /// It got no answer. This delivery of the message does not retry it.
    Spent,
    /// The record is the cause, but a call may still be in progress.
    Lasting,
    /// The record is the cause.
    Convicted,
    /// It is set aside and not due.
    Held,
}

impl Book {
    pub(crate) fn new(run: Ulid) -> Self {
        Self {
            run,
            known: BTreeMap::new(),
            tallies: BTreeMap::new(),
            spent: BTreeSet::new(),
            at: 0,
            had_outage: false,
        }
    }

    /// Loads the stored facts. A record that another run convicted but did not set aside is not
    /// convicted here before it has failed in this run.
    pub(crate) fn load(&mut self, stored: impl IntoIterator<Item = Suspect>) {
        for mut facts in stored {
            if facts.aside.is_none() && facts.run != self.run {
                facts.failures = facts.failures.min(FAILURES - 1);
                facts.total = facts.total.min(FAILURES * MANY - 1);
            }
            // Facts recorded since are newer than the stored ones.
            self.known
                .entry((facts.kind, facts.subject.clone()))
                .or_insert(SuspectEntry { facts, since: 0 });
        }
        self.had_outage |= self
            .known
            .keys()
            .map(|(kind, _)| *kind)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .any(|kind| self.outage(kind));
    }

    /// Takes over the number of records of each kind that succeeded in this run, as an earlier
    /// worker counted them.
    pub(crate) fn take_succeeded(&mut self, counted: &BTreeMap<CallKind, u64>) {
        for (kind, count) in counted {
            let tally = self.tallies.entry(*kind).or_default();
            tally.succeeded = tally.succeeded.max(*count);
        }
    }

    /// The number of records of each kind that succeeded in this run, for storage.
    pub(crate) fn succeeded_so_far(&self) -> BTreeMap<CallKind, u64> {
        self.tallies
            .iter()
            .filter(|(_, tally)| tally.succeeded > 0)
            .map(|(kind, tally)| (*kind, tally.succeeded))
            .collect()
    }

    /// The facts about a record.
    pub(crate) fn facts(&self, key: &Key) -> Option<&Suspect> {
        self.known.get(key).map(|noted| &noted.facts)
    }

    /// Whether there are no facts about any record.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The status of a record.
    pub(crate) fn standing(&self, key: &Key, now: Millis) -> SuspectStatus {
        let Some(noted) = self.known.get(key) else { return SuspectStatus::Clear };
        let facts = &noted.facts;
        if let Some(aside) = &facts.aside {
            return if aside.run == self.run || aside.due > now {
                SuspectStatus::Held
            } else {
                SuspectStatus::Suspected
            };
        }
        let lasts = facts.failure_kind.may_last() && now < after_call(facts.last_at);
        if facts.failures >= FAILURES || (facts.total >= FAILURES * MANY && facts.controlled) {
            return if lasts { SuspectStatus::Lasting } else { SuspectStatus::Convicted };
        }
        if self.spent.contains(key) || (lasts && !facts.kind.may_overlap()) {
            return SuspectStatus::Spent;
        }
        if self.last_success(facts.kind) <= noted.since {
            return SuspectStatus::Uncontrolled;
        }
        SuspectStatus::Suspected
    }

    fn last_success(&self, kind: CallKind) -> u64 {
        self.tallies.get(&kind).map_or(0, |tally| tally.last)
    }

    /// Records a failure.
    pub(crate) fn failed(&mut self, key: &Key, failure: CallFailure, now: Millis) -> Recorded {
        self.at += 1;
        let (at, run, last) = (self.at, self.run, self.last_success(key.0));
        if failure.kind == FailureKind::Silence
            || (failure.kind == FailureKind::Lost && !key.0.may_overlap())
        {
            self.spent.insert(key.clone());
        }
        let fresh = || SuspectEntry { facts: first(key, &failure, run, now), since: at };
        let noted = self.known.entry(key.clone()).or_insert_with(fresh);
        let facts = &mut noted.facts;
        if let Some(aside) = &mut facts.aside {
            aside.tries += 1;
            aside.run = run;
            aside.due = now.plus_seconds(pause_after(aside.tries));
        } else {
            // A failure counts if another call of the kind has succeeded since the last one. The
            // first one always counts.
            let between = facts.failures > 0 && last > noted.since;
            facts.controlled |= between;
            facts.failures = match (facts.failure_kind == failure.kind, between) {
                (false, _) => 1,
                (true, true) => facts.failures + 1,
                (true, false) => facts.failures.max(1),
            };
            facts.total += 1;
            facts.run = run;
            noted.since = at;
        }
        (facts.failure_kind, facts.last_at) = (failure.kind, now);
        (facts.call, facts.status, facts.request_id) =
            (failure.call, failure.status, failure.request_id);
        let facts = facts.clone();
        let progress = facts.aside.is_none() && facts.total <= FAILURES && !self.outage(key.0);
        Recorded { facts, progress }
    }

    /// Records that a call about a record succeeded. Returns the facts about it, which are over.
    pub(crate) fn succeeded(&mut self, key: &Key) -> Option<Suspect> {
        self.tallies.entry(key.0).or_default().succeeded += 1;
        self.controlled(key.0);
        self.spent.remove(key);
        self.known.remove(key).map(|noted| noted.facts)
    }

    /// Records that the other side answers calls of a kind.
    pub(crate) fn controlled(&mut self, kind: CallKind) {
        self.at += 1;
        self.tallies.entry(kind).or_default().last = self.at;
    }

    /// Records that many records of a kind succeeded, none of which was a suspect.
    pub(crate) fn many_succeeded(&mut self, kind: CallKind, count: u64) {
        if count > 0 {
            self.tallies.entry(kind).or_default().succeeded += count;
            self.controlled(kind);
        }
    }

    /// Whether too many records fail for the records to be the cause. Set-aside records of earlier
    /// runs do not count.
    pub(crate) fn outage(&self, kind: CallKind) -> bool {
        // An explicit refusal is not a sign of an outage.
        let new = || {
            let new = |noted: &SuspectEntry| {
                noted.facts.run == self.run && noted.facts.failure_kind != FailureKind::Refused
            };
            self.known
                .iter()
                .filter(move |((of, _), noted)| of.party() == kind.party() && new(noted))
        };
        let of_kind = new().filter(|((of, _), _)| *of == kind).count();
        let tried = self
            .tallies
            .get(&kind)
            .map_or(0, |tally| usize::try_from(tally.succeeded).unwrap_or(usize::MAX))
            .saturating_add(of_kind);
        new().count() > MAX_NEW
            || (of_kind >= MAX_OF_KIND && of_kind.saturating_mul(ONE_IN) >= tried)
    }

    /// Records that the run waits for the other side.
    pub(crate) fn wait(&mut self) {
        self.had_outage = true;
    }

    /// Whether the run has waited since the last call of this function.
    pub(crate) fn take_outage(&mut self) -> bool {
        std::mem::take(&mut self.had_outage)
    }

    /// Sets a record aside.
    pub(crate) fn set_aside(&mut self, key: &Key, now: Millis) -> Option<Suspect> {
        let (run, noted) = (self.run, self.known.get_mut(key)?);
        noted.facts.aside.get_or_insert(Aside { since: now, run, tries: 0, due: now });
        Some(noted.facts.clone())
    }

    /// Makes a set-aside record due, so that it is retried as soon as possible.
    pub(crate) fn make_due(&mut self, key: &Key, now: Millis) -> Option<Suspect> {
        let aside = self.known.get_mut(key)?;
        let facts = &mut aside.facts;
        let set = facts.aside.as_mut()?;
        (set.run, set.due) = (Ulid::nil(), set.due.min(now));
        Some(facts.clone())
    }

    /// Records set aside in this run and not retried since. After an outage, the outage may have
    /// been the cause.
    pub(crate) fn set_aside_now(&self) -> Vec<Key> {
        let of_run = |noted: &SuspectEntry| {
            noted.facts.run == self.run
                && noted
                    .facts
                    .aside
                    .as_ref()
                    .is_some_and(|aside| aside.run == self.run && aside.tries == 0)
        };
        self.known.iter().filter(|(_, noted)| of_run(noted)).map(|(key, _)| key.clone()).collect()
    }

    /// The records that are the cause of failing calls of a kind.
    pub(crate) fn convicted(&self, kind: CallKind, now: Millis) -> Vec<String> {
        let convicted = self
            .known
            .keys()
            .filter(|key| key.0 == kind && self.standing(key, now) == SuspectStatus::Convicted);
        convicted.map(|(_, subject)| subject.clone()).collect()
    }

    /// The records that are set aside.
    pub(crate) fn aside(&self) -> Vec<Suspect> {
        self.known
            .values()
            .map(|noted| &noted.facts)
            .filter(|facts| facts.aside.is_some())
            .cloned()
            .collect()
    }

    /// The set-aside records that may be retried.
    pub(crate) fn due(&self, now: Millis) -> Vec<Key> {
        let is_due = |key: &Key, noted: &SuspectEntry| {
            noted.facts.aside.is_some() && self.standing(key, now) == SuspectStatus::Suspected
        };
        self.known
            .iter()
            .filter(|(key, noted)| is_due(key, noted))
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// Whether calls got no answer in this delivery of the message. Only another delivery retries
    /// them.
    pub(crate) fn is_spent(&self) -> bool {
        !self.spent.is_empty()
    }
}

/// When a call without an answer must have ended at the other side.
pub(crate) fn after_call(last: Millis) -> Millis {
    Millis(last.0.saturating_add(i64::try_from(CALL_LASTS.as_millis()).unwrap_or(i64::MAX)))
}

/// The pauses of a set-aside record after failed retries in later runs.
const RETRY_PAUSES: RetryPolicy = RetryPolicy::new(
    Duration::from_secs(FIRST_PAUSE_SECONDS),
    Duration::from_secs(LONGEST_PAUSE_SECONDS),
    u32::MAX,
)
.with_jitter(Jitter::None);

/// The pause of a set-aside record after this many retries, in seconds.
fn pause_after(tries: u32) -> i64 {
    i64::try_from(RETRY_PAUSES.ceiling(tries).as_secs()).unwrap_or(i64::MAX)
}

fn first(key: &Key, failure: &CallFailure, run: Ulid, now: Millis) -> Suspect {
    Suspect {
        kind: key.0,
        subject: key.1.clone(),
        failure_kind: failure.kind,
        failures: 0,
        total: 0,
        controlled: false,
        last_at: now,
        run,
        call: String::new(),
        status: None,
        request_id: None,
        aside: None,
    }
}

/// How long a call without an answer may still be in progress at the other side.
pub(crate) const CALL_LASTS: Duration = CALL_LIMITS.longest;
