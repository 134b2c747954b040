//! Posts entries. A bulk is applied as a *prefix*: after a duplicate, a refusal, a timeout or a
//! lost connection, the entries before the point where it stopped are in the ledger and the ones
//! after it are not. So every answer except "all applied" is handled the same way: look up the
//! references, compare, set a refused leg aside, post the rest.

pub mod alone;
pub mod work;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::context::Context;
use crate::engine::doubt;
use crate::engine::services::LONGEST_NAP;
use crate::engine::stages::post::work::{MirrorIds, Posted, Poster, Work, mirror_side};
use crate::engine::stop::Stop;
use crate::model::ledger::{Chart, Entry};
use crate::model::party::Party;
use crate::model::problem::ProblemReport;
use crate::model::suspect::record::CallKind;
use crate::platform::blnk::{BulkOutcome, LedgerTransaction, MAX_LOOKUP_VALUES, NotSent, RefusalCode};
use crate::platform::http;

/// Posts the currencies concurrently: their pairs of balances are disjoint.
pub(crate) async fn post(ctx: &mut Context<'_>, entries: Vec<Entry>, look_first: bool) -> Result<Posted, Stop> {
    let poster = Poster { blnk: &ctx.blnk, chart: &ctx.chart, suspects: &ctx.suspects, deadline: ctx.deadline, look_first };
    let batch = ctx.progress.batch.unwrap_or(FIRST_BATCH);
    let groups = by_currency(entries).into_iter().map(|group| async {
        let mut batch = batch;
        poster.post(group, &mut batch).await.map(|posted| (posted, batch))
    });
    let mut all = Posted::default();
    let mut smallest = None;
    let mut halted = None;
    for outcome in futures::future::join_all(groups).await {
        match outcome {
            Ok((posted, batch)) => {
                all.posted += posted.posted;
                all.already_there += posted.already_there;
                all.problems.extend(posted.problems);
                smallest = Some(smallest.map_or(batch, |kept: usize| kept.min(batch)));
            }
            Err(halt) => halted = Some(halt),
        }
    }
    ctx.progress.batch = smallest.or(ctx.progress.batch);
    halted.map_or(Ok(all), Err)
}

/// The initial number of entries in a bulk.
pub(crate) const FIRST_BATCH: usize = 500;

/// The smallest number of entries in a bulk, however slow the ledger is.
const SMALLEST_BATCH: usize = 50;

/// After a bulk that took longer than this, the next one is smaller.
const SLOW: Duration = Duration::from_secs(3);

/// After a bulk that took less than this, the next one is larger, up to [`FIRST_BATCH`].
const QUICK: Duration = Duration::from_secs(1);

/// Consecutive bulks of a group without progress before the page is left for later.
const MAX_ATTEMPTS_WITHOUT_PROGRESS: u32 = 6;

/// The first pause after a bulk without progress. It doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Consecutive entries that are refused alone without being named, before the cause is taken to lie
/// outside the entries.
const MAX_NAMELESS: u32 = 20;

/// How an expected entry compares with the one in the ledger.
#[derive(Debug, PartialEq, Eq)]
enum EntryMatch {
    /// The same reference, currency, amount and side of the mirror. A different offset account is
    /// allowed.
    Same,
    /// The reference exists with something other than our entry.
    Different(&'static str),
}

impl Poster<'_> {
    /// Posts the missing entries. `batch` adapts to the ledger's latency.
    pub(crate) async fn post(&self, entries: Vec<Entry>, batch: &mut usize) -> Result<Posted, Stop> {
        let mut work = Work { left: entries, ..Work::default() };
        self.set_suspects_apart(&mut work).await?;
        if self.look_first {
            let (found, missing) = self.split(std::mem::take(&mut work.left), &mut work.done.problems).await?;
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
            if work.doubted.is_empty() {
                self.try_suspected(&mut work).await?;
                return Ok(work.done);
            }
            doubt::wait(rounds, self.deadline).await?;
            rounds += 1;
            work.left = std::mem::take(&mut work.doubted);
        }
    }

    async fn post_left(&self, work: &mut Work, batch: &mut usize) -> Result<(), Stop> {
        while !work.left.is_empty() {
            let size = if work.alone { 1 } else { work.left.len().min(*batch) };
            let began = Instant::now();
            let blnk = self.blnk.alone();
            let outcome = blnk.bulk(&work.left[..size], self.deadline).await;
            if outcome == BulkOutcome::AllApplied {
                if let Some(entry) = work.left.first().filter(|_| work.alone) {
                    self.suspects.succeeded(CallKind::Entry, &entry.reference).await?;
                }
                work.done.posted += size as u64;
                work.left.drain(..size);
                self.suspects.many_succeeded(CallKind::Entry, size as u64);
                // This entry is not the one at which the bulk stopped. A smaller bulk gets closer
                // to it.
                *batch = if work.alone { (*batch / 2).max(1) } else { next_batch(*batch, size, began.elapsed()) };
                (work.attempts_without_progress, work.nameless, work.failing) = (0, 0, 0);
                (work.alone, work.silent) = (false, false);
                continue;
            }
            let (before, posted) = (work.left.len(), work.done.posted);
            let halve = self.after_trouble(work, size, &outcome).await?;
            work.attempts_without_progress = if work.left.len() < before { 0 } else { work.attempts_without_progress + 1 };
            if let Some(failure) = alone::failure(&outcome, blnk.last_failure()) {
                self.suspect(work, size, work.done.posted > posted, failure).await?;
            }
            if halve || (matches!(&outcome, BulkOutcome::NotSent(NotSent::TooLarge)) && *batch > 1) {
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
    async fn after_trouble(&self, work: &mut Work, size: usize, outcome: &BulkOutcome) -> Result<bool, Stop> {
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
        let refused = named.or((size == 1).then_some(0)).and_then(|at| sent.get(at)).map(|entry| entry.reference.clone());
        // Entries that this bulk applied lie before the point where it stopped. Entries found from
        // there on were in the ledger before. If the point is unknown, all entries found count as
        // this bulk's.
        let ahead: HashSet<String> = sent.iter().take(named.unwrap_or(size)).map(|entry| entry.reference.clone()).collect();
        let (found, missing) = self.split(sent, &mut work.done.problems).await?;
        let ours = found.iter().filter(|reference| ahead.contains(*reference)).count();
        work.done.posted += ours as u64;
        work.done.already_there += (found.len() - ours) as u64;
        work.left = missing;
        let halve = if let BulkOutcome::Refused { code, message, retryable: false, .. } = outcome
            && *code != RefusalCode::Duplicate
        {
            let about_entry = code.is_about_request() && (named.is_some() || *code != RefusalCode::NotFound);
            if !about_entry {
                return Err(Stop::refused(*code, message));
            }
            match refused {
                Some(reference) => {
                    self.refused(work, &reference, (*code, message), named.is_some())?;
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
    fn refused(&self, work: &mut Work, reference: &str, why: (RefusalCode, &str), named: bool) -> Result<(), Stop> {
        let (code, message) = why;
        let Some(at) = work.left.iter().position(|entry| entry.reference == reference) else { return Ok(()) };
        work.nameless = if named { 0 } else { work.nameless + 1 };
        if work.nameless > MAX_NAMELESS {
            return Err(Stop::refused(code, message));
        }
        let entry = work.left.remove(at);
        if code == RefusalCode::Unrecognized && !work.doubts(reference, message) {
            tracing::info!(reference, "the ledger refused an entry with an unknown message");
            work.doubted.push(entry);
            return Ok(());
        }
        tracing::warn!(reference, code = code.as_str(), "the ledger refused an entry");
        work.done.problems.push(ProblemReport::refused(&entry, mirror_side(&entry, self.chart).1, code.as_str(), message));
        Ok(())
    }

    /// Splits entries into the references that are in the ledger as expected, and the entries that
    /// are missing. A reference with something different becomes a problem and is never posted
    /// again.
    async fn split(&self, entries: Vec<Entry>, problems: &mut Vec<ProblemReport>) -> Result<(Vec<String>, Vec<Entry>), Stop> {
        let mut rows: HashMap<String, LedgerTransaction> = HashMap::new();
        let references: Vec<&str> = entries.iter().map(|entry| entry.reference.as_str()).collect();
        for part in references.chunks(MAX_LOOKUP_VALUES) {
            let found = self.blnk.transactions_by_reference(part, self.deadline).await?;
            rows.extend(found.into_iter().map(|row| (row.reference.clone(), row)));
        }
        if rows.is_empty() {
            return Ok((Vec::new(), entries));
        }
        let mirrors = self.mirror_ids(&entries).await?;
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for entry in entries {
            match rows.get(&entry.reference) {
                None => missing.push(entry),
                Some(row) => match compare(&entry, row, self.chart, &mirrors) {
                    EntryMatch::Same => found.push(entry.reference),
                    EntryMatch::Different(how) => {
                        let debits = mirror_side(&entry, self.chart).1;
                        problems.push(ProblemReport::differs(&entry, debits, how, moved(&entry, row, self.chart, &mirrors)));
                    }
                },
            }
        }
        // An entry that differs is not retried either.
        self.suspects.are_there(CallKind::Entry, rows.keys().map(String::as_str)).await?;
        Ok((found, missing))
    }

    async fn mirror_ids(&self, entries: &[Entry]) -> Result<MirrorIds, Stop> {
        let mut indicators: Vec<&str> = entries.iter().map(|entry| mirror_side(entry, self.chart).0).collect();
        indicators.sort_unstable();
        indicators.dedup();
        let balances = self.blnk.balances_by_indicator(&indicators, self.deadline).await?;
        Ok(balances.into_iter().filter_map(|row| Some(((row.indicator?, row.currency), row.balance_id))).collect())
    }

    async fn pause(&self, attempts_without_progress: u32, outcome: &BulkOutcome) -> Result<(), Stop> {
        if attempts_without_progress == 0 {
            return Ok(());
        }
        if attempts_without_progress >= MAX_ATTEMPTS_WITHOUT_PROGRESS {
            return Err(Stop::later(Party::Blnk, format!("the ledger accepts no entries ({})", describe(outcome))));
        }
        let asked = if let BulkOutcome::Refused { retry_after: Some(asked), .. } = outcome { *asked } else { Duration::ZERO };
        let pause = http::jitter(FIRST_PAUSE * 2_u32.pow(attempts_without_progress)).max(asked);
        if pause >= self.deadline.remaining() || asked > LONGEST_NAP {
            let asked = Some(asked).filter(|asked| !asked.is_zero());
            return Err(Stop::later(Party::Blnk, format!("the ledger accepts no entries ({})", describe(outcome))).asked_for(asked));
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

/// The size of the next bulk.
fn next_batch(batch: usize, sent: usize, took: Duration) -> usize {
    if took > SLOW {
        (batch / 2).max(SMALLEST_BATCH)
    } else if took < QUICK && sent == batch {
        (batch * 2).min(FIRST_BATCH)
    } else {
        batch
    }
}

/// The index of the entry at which a bulk stopped, if the answer names it.
fn refused_leg(outcome: &BulkOutcome, sent: &[Entry]) -> Option<usize> {
    let BulkOutcome::Refused { position, reference, .. } = outcome else { return None };
    let by_reference = reference.as_ref().and_then(|reference| sent.iter().position(|entry| entry.reference == *reference));
    by_reference.or(*position).filter(|at| *at < sent.len())
}

fn compare(entry: &Entry, row: &LedgerTransaction, chart: &Chart, mirrors: &MirrorIds) -> EntryMatch {
    let (mirror, debited) = mirror_side(entry, chart);
    let side = if debited { &row.source } else { &row.destination };
    let id = mirrors.get(&(mirror.to_owned(), entry.currency.to_string()));
    if row.currency != entry.currency.as_str() {
        EntryMatch::Different("The ledger holds an entry of this reference in another currency.")
    } else if row.precise_amount != i128::from(entry.precise_amount) {
        EntryMatch::Different("The ledger holds an entry of this reference with another amount.")
    } else if row.status != "APPLIED" {
        EntryMatch::Different("The ledger holds this reference, but did not apply it.")
    } else if side != mirror && id.is_none_or(|id| side != id) {
        EntryMatch::Different("The ledger holds an entry of this reference that moves the mirror the other way, or not at all.")
    } else {
        EntryMatch::Same
    }
}

/// The id of the ledger's entry under this reference, and the amounts that it debits and credits
/// the entry's mirror, in minor units.
fn moved(entry: &Entry, row: &LedgerTransaction, chart: &Chart, mirrors: &MirrorIds) -> (String, i128, i128) {
    let (mirror, _) = mirror_side(entry, chart);
    let id = mirrors.get(&(mirror.to_owned(), entry.currency.to_string()));
    let on_mirror = |side: &String| side == mirror || id.is_some_and(|id| side == id);
    let counts = row.status == "APPLIED" && row.currency == entry.currency.as_str();
    let amount = |side: &String| if counts && on_mirror(side) { row.precise_amount } else { 0 };
    (row.transaction_id.clone(), amount(&row.source), amount(&row.destination))
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
