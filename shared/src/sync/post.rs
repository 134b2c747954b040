//! Posting entries. A bulk is a *prefix*: after a duplicate, a refusal, a time-out or a lost connection, what came before the place it
//! stopped is in the ledger and nothing after it. So every answer but "all applied" is one case: look the references up, compare, set a
//! refused leg aside, post the rest.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use super::halt::Halt;
use super::problem::Met;
use crate::blnk::{BlnkClient, BulkOutcome, LedgerTransaction, MAX_LOOKUP_VALUES, NotSent, RefusalCode};
use crate::http::Deadline;
use crate::ledger::{Chart, Entry};

/// Entries in a bulk to begin with.
pub(super) const FIRST_BATCH: usize = 500;
/// The fewest entries in a bulk, however slow the ledger is.
const SMALLEST_BATCH: usize = 50;
/// A bulk that took longer than this is followed by a smaller one.
const SLOW: Duration = Duration::from_secs(3);
/// A bulk that took less is followed by a larger one, up to [`FIRST_BATCH`].
const QUICK: Duration = Duration::from_secs(1);
/// Bulks of one group that bring nothing forward before the page is left for later.
const MAX_BARREN: u32 = 6;
/// The first pause after a bulk that brought nothing forward; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What became of a group of entries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Posted {
    pub(super) posted: u64,
    pub(super) already_there: u64,
    pub(super) problems: Vec<Met>,
}

/// Where the mirrors' balances are in the ledger: their ids, by indicator and currency.
pub(super) type MirrorIds = HashMap<(String, String), String>;

/// How an entry that should exist compares with the one that does.
#[derive(Debug, PartialEq, Eq)]
enum Likeness {
    /// The same reference, currency, amount and side of the mirror. Another counter account is not ours to judge.
    Same,
    /// Something of that reference that is not our entry.
    Different(&'static str),
}

/// Posts one currency's entries of a page, in order.
pub(super) struct Poster<'a> {
    pub(super) blnk: &'a BlnkClient,
    pub(super) chart: &'a Chart,
    pub(super) deadline: Deadline,
    /// Entries of this page may be there already: look before posting.
    pub(super) look_first: bool,
}

impl Poster<'_> {
    /// Posts what is missing. `batch` follows the ledger's latency.
    pub(super) async fn post(&self, entries: Vec<Entry>, batch: &mut usize) -> Result<Posted, Halt> {
        let mut done = Posted::default();
        let mut left = entries;
        if self.look_first {
            let (found, missing) = self.split(left, &mut done.problems).await?;
            done.already_there += found.len() as u64;
            left = missing;
        }
        let mut barren = 0;
        while !left.is_empty() {
            let size = left.len().min(*batch);
            let began = Instant::now();
            let outcome = self.blnk.bulk(&left[..size], self.deadline).await;
            if outcome == BulkOutcome::AllApplied {
                done.posted += size as u64;
                left.drain(..size);
                *batch = next_batch(*batch, size, began.elapsed());
                barren = 0;
                continue;
            }
            let before = left.len();
            left = self.after_trouble(left, size, &outcome, &mut done).await?;
            barren = if left.len() < before { 0 } else { barren + 1 };
            if matches!(&outcome, BulkOutcome::NotSent(NotSent::TooLarge)) && *batch > 1 {
                *batch = (size / 2).max(1);
                continue;
            }
            *batch = (*batch / 2).max(SMALLEST_BATCH);
            self.pause(barren, &outcome).await?;
        }
        Ok(done)
    }

    /// What is left to post after a bulk that was not simply applied.
    async fn after_trouble(&self, mut left: Vec<Entry>, size: usize, outcome: &BulkOutcome, done: &mut Posted) -> Result<Vec<Entry>, Halt> {
        if let BulkOutcome::NotSent(_) = outcome {
            return Ok(left);
        }
        let refused = refused_leg(outcome, &left[..size]);
        let rest = left.split_off(size);
        // What this bulk applied lies ahead of the place it stopped at; what is found from there on was in the ledger before. Without a
        // place, whatever is found is taken for this bulk's.
        let ahead: HashSet<String> =
            left.iter().take(refused.as_ref().map_or(size, |(_, at)| *at)).map(|entry| entry.reference.clone()).collect();
        let (found, mut missing) = self.split(left, &mut done.problems).await?;
        let ours = found.iter().filter(|reference| ahead.contains(*reference)).count();
        done.posted += ours as u64;
        done.already_there += (found.len() - ours) as u64;
        if let (Some((reference, position)), BulkOutcome::Refused { code, message, retryable, .. }) = (refused, outcome) {
            let hopeless = !retryable && *code != RefusalCode::Duplicate;
            if hopeless && matches!(code, RefusalCode::Unauthorized | RefusalCode::Forbidden) {
                return Err(Halt::refused(*code, message));
            }
            if hopeless && let Some(at) = missing.iter().position(|entry| entry.reference == reference) {
                tracing::warn!(reference, position, code = code.as_str(), "the ledger refused an entry");
                let entry = missing.remove(at);
                done.problems.push(Met::refused(&entry, mirror_side(&entry, self.chart).1, code.as_str(), message));
            }
        } else if let BulkOutcome::Refused { code, message, retryable: false, .. } = outcome
            && *code != RefusalCode::Duplicate
        {
            return Err(Halt::refused(*code, message));
        }
        missing.extend(rest);
        Ok(missing)
    }

    /// Parts entries into the references that are in the ledger as they should be, and the entries that are not there. What is there
    /// but different becomes a problem and is never posted again.
    async fn split(&self, entries: Vec<Entry>, problems: &mut Vec<Met>) -> Result<(Vec<String>, Vec<Entry>), Halt> {
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
                    Likeness::Same => found.push(entry.reference),
                    Likeness::Different(how) => {
                        let debits = mirror_side(&entry, self.chart).1;
                        problems.push(Met::differs(&entry, debits, how, moved(&entry, row, self.chart, &mirrors)));
                    }
                },
            }
        }
        Ok((found, missing))
    }

    async fn mirror_ids(&self, entries: &[Entry]) -> Result<MirrorIds, Halt> {
        let mut indicators: Vec<&str> = entries.iter().map(|entry| mirror_side(entry, self.chart).0).collect();
        indicators.sort_unstable();
        indicators.dedup();
        let balances = self.blnk.balances_by_indicator(&indicators, self.deadline).await?;
        Ok(balances.into_iter().filter_map(|row| Some(((row.indicator?, row.currency), row.balance_id))).collect())
    }

    async fn pause(&self, barren: u32, outcome: &BulkOutcome) -> Result<(), Halt> {
        if barren == 0 {
            return Ok(());
        }
        if barren >= MAX_BARREN {
            return Err(Halt::Later(format!("the ledger takes no entries ({})", told(outcome))));
        }
        let asked = if let BulkOutcome::Refused { retry_after: Some(asked), .. } = outcome { *asked } else { Duration::ZERO };
        let pause = crate::http::jitter(FIRST_PAUSE * 2_u32.pow(barren)).max(asked);
        if pause >= self.deadline.remaining() {
            return Err(Halt::Later(format!("the ledger takes no entries ({})", told(outcome))));
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

fn told(outcome: &BulkOutcome) -> String {
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

/// The entry a bulk stopped at, when the answer names it.
fn refused_leg(outcome: &BulkOutcome, sent: &[Entry]) -> Option<(String, usize)> {
    let BulkOutcome::Refused { position, reference, .. } = outcome else { return None };
    let by_reference = reference.as_ref().and_then(|reference| sent.iter().position(|entry| entry.reference == *reference));
    let at = by_reference.or(*position)?;
    sent.get(at).map(|entry| (entry.reference.clone(), at))
}

/// The mirror of an entry, and whether it is the side that is debited.
fn mirror_side<'e>(entry: &'e Entry, chart: &Chart) -> (&'e str, bool) {
    if chart.is_mirror(&entry.source) { (&entry.source, true) } else { (&entry.destination, false) }
}

fn compare(entry: &Entry, row: &LedgerTransaction, chart: &Chart, mirrors: &MirrorIds) -> Likeness {
    let (mirror, debited) = mirror_side(entry, chart);
    let side = if debited { &row.source } else { &row.destination };
    let id = mirrors.get(&(mirror.to_owned(), entry.currency.to_string()));
    if row.currency != entry.currency.as_str() {
        Likeness::Different("The ledger holds an entry of this reference in another currency.")
    } else if row.precise_amount != i128::from(entry.precise_amount) {
        Likeness::Different("The ledger holds an entry of this reference with another amount.")
    } else if row.status != "APPLIED" {
        Likeness::Different("The ledger holds this reference, but did not apply it.")
    } else if side != mirror && id.is_none_or(|id| side != id) {
        Likeness::Different("The ledger holds an entry of this reference that moves the mirror the other way, or not at all.")
    } else {
        Likeness::Same
    }
}

/// The id of what is in the ledger under an entry's reference, and what it debits and credits the entry's mirror, in minor units.
fn moved(entry: &Entry, row: &LedgerTransaction, chart: &Chart, mirrors: &MirrorIds) -> (String, i128, i128) {
    let (mirror, _) = mirror_side(entry, chart);
    let id = mirrors.get(&(mirror.to_owned(), entry.currency.to_string()));
    let on_mirror = |side: &String| side == mirror || id.is_some_and(|id| side == id);
    let counts = row.status == "APPLIED" && row.currency == entry.currency.as_str();
    let amount = |side: &String| if counts && on_mirror(side) { row.precise_amount } else { 0 };
    (row.transaction_id.clone(), amount(&row.source), amount(&row.destination))
}

/// Entries by currency: disjoint pairs of balances, which the ledger takes side by side.
pub(super) fn by_currency(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut groups: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        groups.entry(entry.currency.to_string()).or_default().push(entry);
    }
    groups.into_values().collect()
}
