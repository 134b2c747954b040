//! Posts entries. A bulk is applied as a *prefix*: after a duplicate, a refusal, a timeout or a
//! lost connection, the entries before the point where it stopped are in the ledger and the ones
//! after it are not. So every answer except "all applied" is handled the same way: look up the
//! references, compare, set a refused leg aside, post the rest.

pub(crate) mod batch;
pub mod compare;
pub mod single;
pub mod work;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::context::Context;
use crate::engine::services::LONGEST_SHORT_PAUSE;
use crate::engine::stages::post::batch::{FIRST_BATCH, SMALLEST_BATCH, entries_in, next_batch};
use crate::engine::stages::post::compare::{EntryMatch, compare, moved};
use crate::engine::stages::post::work::{Posted, Poster, Work, mirror_side};
use crate::engine::stop::Stop;
use crate::engine::unknown_refusal;
use crate::model::ledger::{Entry, MirrorIds};
use crate::model::party::Party;
use crate::model::problem::ProblemReport;
use crate::model::suspect::record::CallKind;
use crate::platform::blnk::{
    BulkOutcome, CALL_LIMITS, LedgerTransaction, MAX_LOOKUP_VALUES, NotSent, RefusalCode,
};
use crate::platform::http::RetryPolicy;

/// Posts the currencies concurrently: their pairs of balances are disjoint.
pub(crate) async fn post(
    ctx: &mut Context<'_>,
    entries: Vec<Entry>,
    look_first: bool,
) -> Result<Posted, Stop> {
    let poster = Poster {
        blnk: &ctx.blnk,
        chart: &ctx.chart,
        suspects: &ctx.suspects,
        deadline: ctx.deadline,
        look_first,
    };
    let batch = ctx.progress.batch.unwrap_or(FIRST_BATCH);
    let groups = by_currency(entries).into_iter().map(|group| async {
        let mut batch = batch;
        poster.post(group, &mut batch).await.map(|posted| (posted, batch))
    });
    let mut all = Posted::default();
    let mut smallest = None;
    let mut stopped = None;
    for outcome in futures::future::join_all(groups).await {
        match outcome {
            Ok((posted, batch)) => {
                all.extend(posted);
                smallest = Some(smallest.map_or(batch, |kept: usize| kept.min(batch)));
            }
            Err(stop) => stopped = Some(stop),
        }
    }
    ctx.progress.batch = smallest.or(ctx.progress.batch);
    stopped.map_or(Ok(all), Err)
}

/// The retry policy of consecutive bulks of a group without progress. After them the page is left
/// for later.
const BULKS: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(200), Duration::from_millis(3_200), 6);

/// Consecutive entries that are refused alone without being named, before the cause is taken to lie
/// outside the entries.
const MAX_NAMELESS: u32 = 20;

impl Poster<'_> {
    /// Posts the missing entries. `batch` adapts to the ledger's latency.
    pub(crate) async fn post(
        &self,
        entries: Vec<Entry>,
        batch: &mut usize,
    ) -> Result<Posted, Stop> {
        let mut work = Work { left: entries, ..Work::default() };
        self.set_suspects_apart(&mut work).await?;
        if self.look_first {
            let (found, missing) =
                self.split(std::mem::take(&mut work.left), &mut work.done).await?;
            work.done.already_there += found.len() as u64;
            work.left = missing;
        }
        let mut rounds = 1;
        let silent = self.silent(&work);
        if silent > 0 {
            // A bulk that hangs uses up the time of a whole delivery of the message. Each one that
            // did makes the next ones smaller.
            *batch = (*batch).min(work.left.len().checked_shr(silent).unwrap_or_default()).max(1);
        }
        loop {
            self.post_left(&mut work, batch).await?;
            if work.unclear.is_empty() {
                self.try_suspected(&mut work).await?;
                return Ok(work.done);
            }
            unknown_refusal::wait(rounds, self.deadline).await?;
            rounds += 1;
            work.left = std::mem::take(&mut work.unclear);
        }
    }

    async fn post_left(&self, work: &mut Work, batch: &mut usize) -> Result<(), Stop> {
        while !work.left.is_empty() {
            let left = self.deadline.call_timeout(CALL_LIMITS).unwrap_or_default();
            let fits = entries_in(left, *batch);
            let size = if work.alone { 1 } else { work.left.len().min(*batch).min(fits) };
            if fits == 0 {
                return Err(Stop::no_time_left());
            }
            let began = Instant::now();
            let blnk = self.blnk.alone();
            let outcome = blnk.bulk(&work.left[..size], self.deadline).await;
            if outcome == BulkOutcome::AllApplied {
                if let Some(entry) = work.left.first().filter(|_| work.alone) {
                    self.suspects.succeeded(CallKind::Entry, &entry.reference).await?;
                }
                work.done.posted += size as u64;
                for entry in work.left.drain(..size) {
                    work.done.took(&entry, self.chart);
                }
                self.suspects.many_succeeded(CallKind::Entry, size as u64);
                // This entry is not the one at which the bulk stopped. A smaller bulk gets closer
                // to it.
                *batch = if work.alone {
                    (*batch / 2).max(1)
                } else {
                    next_batch(*batch, size, began.elapsed())
                };
                (work.attempts_without_progress, work.nameless, work.failing) = (0, 0, 0);
                (work.alone, work.silent) = (false, false);
                continue;
            }
            let (before, posted) = (work.left.len(), work.done.posted);
            let halve = self.after_trouble(work, size, &outcome).await?;
            work.attempts_without_progress =
                if work.left.len() < before { 0 } else { work.attempts_without_progress + 1 };
            if let Some(failure) = single::failure(&outcome, blnk.last_failure()) {
                self.suspect(work, size, work.done.posted > posted, failure).await?;
            }
            if halve || (matches!(&outcome, BulkOutcome::NotSent(NotSent::TooLarge)) && *batch > 1)
            {
                *batch = (size / 2).max(1);
                work.attempts_without_progress = 0;
                continue;
            }
            if work.nameless == 0 && !work.alone {
                *batch = (*batch / 2).max(SMALLEST_BATCH);
            }
            self.pause(work.attempts_without_progress, &outcome).await?;
        }
        Ok(())
    }

    /// Updates `work` after a bulk that was not fully applied. Returns whether a smaller bulk would
    /// identify the refused entry.
    async fn after_trouble(
        &self,
        work: &mut Work,
        size: usize,
        outcome: &BulkOutcome,
    ) -> Result<bool, Stop> {
        if let BulkOutcome::NotSent(_) = outcome {
            return Ok(false);
        }
        let named = refused_leg(outcome, &work.left[..size]);
        // Nothing after the point where it stopped was begun. After a duplicate there may be more
        // duplicates.
        let begun = match (outcome, named) {
            (BulkOutcome::Refused { code: RefusalCode::Unrecognized, .. }, Some(at)) => at + 1,
            _ => size,
        };
        let rest = work.left.split_off(begun);
        let sent = std::mem::take(&mut work.left);
        let refused = named
            .or((size == 1).then_some(0))
            .and_then(|at| sent.get(at))
            .map(|entry| entry.reference.clone());
        // Entries that this bulk applied lie before the point where it stopped. Entries found from
        // there on were in the ledger before. If the point is unknown, all entries found count as
        // this bulk's.
        let ahead: HashSet<String> =
            sent.iter().take(named.unwrap_or(size)).map(|entry| entry.reference.clone()).collect();
        let (found, missing) = self.split(sent, &mut work.done).await?;
        let ours = found.iter().filter(|reference| ahead.contains(*reference)).count();
        work.done.posted += ours as u64;
        work.done.already_there += (found.len() - ours) as u64;
        work.left = missing;
        let halve = if let BulkOutcome::Refused { code, message, retryable: false, .. } = outcome
            && *code != RefusalCode::Duplicate
        {
            let about_entry =
                code.is_about_request() && (named.is_some() || *code != RefusalCode::NotFound);
            if !about_entry {
                return Err(Stop::refused(*code, message));
            }
            match refused {
                Some(reference) => {
                    self.refused(work, &reference, *code, message, named.is_some())?;
                    false
                }
                None => found.is_empty(),
            }
        } else {
            false
        };
        work.left.extend(rest);
        Ok(halve)
    }

    /// Sets a refused entry aside: for good, or until the others are done if the refusal may be a
    /// fault of the ledger.
    fn refused(
        &self,
        work: &mut Work,
        reference: &str,
        code: RefusalCode,
        message: &str,
        named: bool,
    ) -> Result<(), Stop> {
        let Some(at) = work.left.iter().position(|entry| entry.reference == reference) else {
            return Ok(());
        };
        work.nameless = if named { 0 } else { work.nameless + 1 };
        if work.nameless > MAX_NAMELESS {
            return Err(Stop::refused(code, message));
        }
        let entry = work.left.remove(at);
        if code == RefusalCode::Unrecognized && !work.count_unknown_refusal(reference, message) {
            tracing::info!(reference, "the ledger refused an entry with an unknown message");
            work.unclear.push(entry);
            return Ok(());
        }
        tracing::warn!(reference, code = code.as_str(), "the ledger refused an entry");
        work.done.problems.push(ProblemReport::refused(
            &entry,
            mirror_side(&entry, self.chart).1,
            code.into(),
            message,
        ));
        Ok(())
    }

    /// Splits entries into the references that are in the ledger as expected, and the entries that
    /// are missing. A reference with something different becomes a problem and is never posted
    /// again. Problems and accounts are added to `done`.
    async fn split(
        &self,
        entries: Vec<Entry>,
        done: &mut Posted,
    ) -> Result<(Vec<String>, Vec<Entry>), Stop> {
        let mut rows: HashMap<String, LedgerTransaction> = HashMap::new();
        let references: Vec<&str> = entries.iter().map(|entry| entry.reference.as_str()).collect();
        for part in references.chunks(MAX_LOOKUP_VALUES) {
            let found = self.blnk.transactions_by_reference(part, self.deadline).await?;
            rows.extend(found.into_iter().map(|row| (row.reference.clone(), row)));
        }
        if rows.is_empty() {
            return Ok((Vec::new(), entries));
        }
        let (mirrors, names) = self.account_ids(&entries).await?;
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for entry in entries {
            match rows.get(&entry.reference) {
                None => missing.push(entry),
                Some(row) => match compare(&entry, row, self.chart, &mirrors) {
                    EntryMatch::Same => {
                        let debited = mirror_side(&entry, self.chart).1;
                        let account = if debited { &row.destination } else { &row.source };
                        let account = names.get(account).unwrap_or(account);
                        done.accounts.insert(entry.reference.clone(), account.clone());
                        found.push(entry.reference);
                    }
                    EntryMatch::Different(how) => {
                        let debits = mirror_side(&entry, self.chart).1;
                        done.problems.push(ProblemReport::differs(
                            &entry,
                            debits,
                            how,
                            moved(&entry, row, self.chart, &mirrors),
                        ));
                    }
                },
            }
        }
        // An entry that differs is not retried either.
        self.suspects.are_there(CallKind::Entry, rows.keys().map(String::as_str)).await?;
        Ok((found, missing))
    }

    /// The ids of the entries' mirrors, and the names of all shared accounts by id, in one look-up.
    async fn account_ids(
        &self,
        entries: &[Entry],
    ) -> Result<(MirrorIds, HashMap<String, String>), Stop> {
        let mut indicators: Vec<String> =
            entries.iter().map(|entry| mirror_side(entry, self.chart).0.to_owned()).collect();
        indicators.extend(self.chart.shared_accounts());
        indicators.sort_unstable();
        indicators.dedup();
        let balances = self.blnk.balances_by_indicator(&indicators, self.deadline).await?;
        let (mut ids, mut names) = (MirrorIds::new(), HashMap::new());
        for row in balances {
            if let Some(indicator) = row.indicator {
                names.insert(row.balance_id.clone(), indicator.clone());
                ids.insert((indicator, row.currency), row.balance_id);
            }
        }
        Ok((ids, names))
    }

    async fn pause(
        &self,
        attempts_without_progress: u32,
        outcome: &BulkOutcome,
    ) -> Result<(), Stop> {
        if attempts_without_progress == 0 {
            return Ok(());
        }
        let later = || {
            let why = format!("the ledger accepts no entries ({})", describe(outcome));
            Stop::later(Party::Blnk, why)
        };
        let Some(wait) = BULKS.wait(attempts_without_progress) else { return Err(later()) };
        let asked = if let BulkOutcome::Refused { retry_after: Some(asked), .. } = outcome {
            *asked
        } else {
            Duration::ZERO
        };
        let pause = wait.max(asked);
        if pause >= self.deadline.remaining() || asked > LONGEST_SHORT_PAUSE {
            let asked = Some(asked).filter(|asked| !asked.is_zero());
            return Err(later().asked_for(asked));
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

fn describe(outcome: &BulkOutcome) -> String {
    match outcome {
        BulkOutcome::AllApplied => "all applied".to_owned(),
        BulkOutcome::Refused { code, .. } => code.to_string(),
        BulkOutcome::Unknown(cause) => cause.to_string(),
        BulkOutcome::NotSent(why) => format!("not sent: {why:?}"),
    }
}

/// The index of the entry at which a bulk stopped, if the answer names it.
fn refused_leg(outcome: &BulkOutcome, sent: &[Entry]) -> Option<usize> {
    let BulkOutcome::Refused { position, reference, .. } = outcome else { return None };
    let by_reference = reference
        .as_ref()
        .and_then(|reference| sent.iter().position(|entry| entry.reference == *reference));
    by_reference.or(*position).filter(|at| *at < sent.len())
}

/// Entries by currency: disjoint pairs of balances, which the ledger accepts concurrently.
pub(crate) fn by_currency(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut groups: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        groups.entry(entry.currency.to_string()).or_default().push(entry);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests;
