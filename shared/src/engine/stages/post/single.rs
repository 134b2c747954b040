//! Handles entries at which bulks stop without an answer that says why. A bulk is applied as a
//! prefix, so the first missing entry is the suspect. It is sent alone while the others continue.
//! What is still not accepted when they are done is retried until the cause is known.

use std::sync::{Mutex, PoisonError};

use crate::engine::stages::post::work::{Posted, Poster, Work, mirror_side};
use crate::engine::stop::Stop;
use crate::engine::suspects::book::SuspectStatus;
use crate::engine::suspects::failing::of_cause;
use crate::engine::suspects::trial::{Called, Calls, Tried, each};
use crate::model::failed_call::FailedCall;
use crate::model::ledger::Entry;
use crate::model::problem::ProblemReport;
use crate::model::suspect::record::{CallFailure, CallKind, FailureKind};
use crate::platform::blnk::client::CALL_LIMITS;
use crate::platform::blnk::{BlnkError, BulkOutcome, NotSent, Probe, RefusalCode, UnknownCause};
use crate::platform::http::Deadline;
use crate::platform::http::reply::Fault;

/// Consecutive entries that fail alone, without a success in between, before the cause is taken to
/// lie outside the entries.
const MAX_FAILING: u32 = 5;

/// The failure that a bulk's unknown outcome means for the entry at which it stopped.
pub(crate) fn failure(outcome: &BulkOutcome, call: Option<FailedCall>) -> Option<CallFailure> {
    let BulkOutcome::Unknown(cause) = outcome else { return None };
    let kind = of_cause(*cause)?;
    let call = call.unwrap_or_else(|| FailedCall {
        call: "POST /proxy/transactions/bulk".to_owned(),
        status: None,
        request_id: None,
    });
    Some(CallFailure { kind, call: call.call, status: call.status, request_id: call.request_id })
}

impl Poster<'_> {
    /// Takes entries that are known to fail out of the work. They are looked up, and those that are
    /// missing are left for later or set aside.
    pub(crate) async fn set_suspects_apart(&self, work: &mut Work) -> Result<(), Stop> {
        let standing = |entry: &Entry| self.suspects.standing(CallKind::Entry, &entry.reference);
        let (clear, apart): (Vec<Entry>, Vec<Entry>) = std::mem::take(&mut work.left)
            .into_iter()
            .partition(|entry| standing(entry) == SuspectStatus::Clear);
        work.left = clear;
        if apart.is_empty() {
            return Ok(());
        }
        let (found, missing) = self.split(apart, &mut work.done).await?;
        work.done.already_there += found.len() as u64;
        work.suspected = missing;
        Ok(())
    }

    /// The number of suspects whose calls got no answer.
    pub(crate) fn silent(&self, work: &Work) -> u32 {
        let is_silent = |entry: &&Entry| {
            let facts = self.suspects.facts(CallKind::Entry, &entry.reference);
            facts.is_some_and(|facts| {
                facts.failure_kind == FailureKind::Silence && facts.aside.is_none()
            })
        };
        u32::try_from(work.suspected.iter().filter(is_silent).count()).unwrap_or(u32::MAX)
    }

    /// Judges a bulk of `size` that stopped without saying why. The remaining entries are already
    /// looked up. `applied` means that some entries of the bulk were found.
    pub(crate) async fn suspect(
        &self,
        work: &mut Work,
        size: usize,
        applied: bool,
        failure: CallFailure,
    ) -> Result<(), Stop> {
        let Some(first) = work.left.first().map(|entry| entry.reference.clone()) else {
            return Ok(());
        };
        let silent = failure.kind == FailureKind::Silence;
        if silent && work.silent {
            // Two calls without an answer: the cause is neither this entry nor the other.
            work.failing = MAX_FAILING;
        }
        work.silent = silent;
        // An unanswered call should cost its time only once. The progress of the bulk is enough
        // evidence, and there may be no time for another call.
        let enough = applied
            || self
                .deadline
                .call_timeout(CALL_LIMITS)
                .is_none_or(|left| left < CALL_LIMITS.longest);
        // Recorded at once, whatever happens to this worker. An entry that is accepted alone is
        // cleared.
        self.suspects.failed(CallKind::Entry, &first, failure).await?;
        if size > 1 && !(silent && enough) {
            work.alone = work.failing < MAX_FAILING;
        } else {
            work.alone = false;
            work.failing += 1;
            work.suspected.push(work.left.remove(0));
        }
        if work.failing >= MAX_FAILING || self.suspects.outage(CallKind::Entry) {
            return Err(self.suspects.wait_for(CallKind::Entry, &first));
        }
        Ok(())
    }

    /// Retries the failed entries after all others are done.
    pub(crate) async fn try_suspected(&self, work: &mut Work) -> Result<(), Stop> {
        if work.suspected.is_empty() {
            return Ok(());
        }
        let suspected = std::mem::take(&mut work.suspected);
        let entries = SingleEntries { poster: self, looked: Mutex::default() };
        let mut tried = Tried::default();
        let ended = each(self.suspects, &entries, suspected.iter().collect(), &mut tried).await;
        work.done.posted += tried.done.len() as u64;
        let looked = entries.looked.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (entry, ()) in &tried.done {
            let differs = |problem: &ProblemReport| problem.references.contains(&entry.reference);
            if !looked.problems.iter().any(differs) {
                work.done.took(entry, self.chart);
            }
        }
        // Where an entry was found, its own account counts.
        work.done.extend(looked);
        for (entry, code, message) in tried.refused {
            let (found, _) = self.split(vec![entry.clone()], &mut work.done).await?;
            let there = !found.is_empty() || code == RefusalCode::Duplicate;
            self.suspects.forget(CallKind::Entry, &entry.reference).await?;
            work.done.already_there += found.len() as u64;
            if !there {
                work.done.problems.push(ProblemReport::refused(
                    entry,
                    mirror_side(entry, self.chart).1,
                    code.into(),
                    &message,
                ));
            }
        }
        let aside = tried.aside.iter().chain(&tried.held);
        work.done.problems.extend(
            aside.map(|(entry, facts)| facts.entry_report(entry, mirror_side(entry, self.chart).1)),
        );
        ended
    }
}

/// Posts entries one by one.
struct SingleEntries<'a> {
    poster: &'a Poster<'a>,
    /// What look-ups found: the accounts of entries, and problems about references under which the
    /// ledger holds something other than the entry.
    looked: Mutex<Posted>,
}

impl<'a> Calls for SingleEntries<'a> {
    type Key = &'a Entry;
    type Output = ();
    type Error = BlnkError;

    fn kind(&self) -> CallKind {
        CallKind::Entry
    }

    fn subject(&self, entry: &'a Entry) -> String {
        entry.reference.clone()
    }

    fn at_once(&self) -> usize {
        // All of them move the same mirror.
        1
    }

    async fn call(&self, entry: &'a Entry) -> Called<(), BlnkError> {
        let blnk = self.poster.blnk.alone();
        let answer = match blnk.bulk(std::slice::from_ref(entry), self.poster.deadline).await {
            BulkOutcome::AllApplied => Ok(()),
            BulkOutcome::Refused { code, message, retry_after, .. } => {
                Err(BlnkError::Refused { code, message, retry_after })
            }
            BulkOutcome::Unknown(cause) => Err(BlnkError::UnknownOutcome { cause }),
            BulkOutcome::NotSent(NotSent::Network(fault)) => {
                Err(BlnkError::Unavailable { cause: UnknownCause::Network(fault) })
            }
            BulkOutcome::NotSent(NotSent::TooLarge | NotSent::NotJson) => {
                Err(BlnkError::Unavailable { cause: UnknownCause::Network(Fault::BodyTooLarge) })
            }
        };
        (answer, blnk.last_failure())
    }

    async fn look(&self, entries: &[&'a Entry]) -> Result<Vec<(&'a Entry, ())>, Stop> {
        let mut looked = Posted::default();
        let (found, missing) = self
            .poster
            .split(entries.iter().map(|entry| (*entry).clone()).collect(), &mut looked)
            .await?;
        let differs = |entry: &Entry| {
            !found.contains(&entry.reference)
                && !missing.iter().any(|left| left.reference == entry.reference)
        };
        // An entry that differs is never posted again, so there is nothing more to try.
        let there = entries
            .iter()
            .filter(|entry| found.contains(&entry.reference) || differs(entry))
            .map(|entry| (*entry, ()))
            .collect();
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).extend(looked);
        Ok(there)
    }

    async fn answers(&self) -> bool {
        self.poster.blnk.answers(Probe::Bulk, self.poster.deadline).await
    }

    fn deadline(&self) -> Deadline {
        self.poster.deadline
    }
}
