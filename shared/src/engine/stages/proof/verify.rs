//! The third level of the proof: compares hour by hour the ledger's own entries with what Stripe's
//! records should have made.
//!
//! Equal sums can hide entries that are wrong by the same amount. So each hour of each mirror is
//! read back once, and its digest over all references, currencies and amounts is compared. An hour
//! that agreed is marked with the digest and need not be read again until its expected figures
//! change: the ledger is append-only, and any later entry on the mirror shows in the totals of
//! debits and credits. The marks are still not trusted without limit: within a budget for each day,
//! agreed hours are read again from where the last run stopped, so that a ledger that was changed
//! behind its own API is found out too. A small ledger is read completely by every run.

use std::collections::{BTreeMap, HashSet};

use futures::stream;
use futures::stream::StreamExt;

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::error::Result;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::{BalanceKind, Figures, Reference, Slice, rfc3339};
use crate::model::ledger::{MirrorIds, SECONDS_PER_HOUR};
use crate::model::money::Currency;
use crate::model::run::proof_progress::{Differing, Verified};
use crate::platform::blnk::types::mirror_delta;
use crate::platform::blnk::{BlnkClient, Filter, LedgerTransaction, Operator};
use crate::platform::http::Deadline;
use crate::platform::store::days::DayHours;

/// The number of entries that one read of the ledger aims for.
pub(crate) const WINDOW_LEGS: u64 = 300;

/// The limit of entries in one read. A longer span is split in half.
pub(crate) const MAX_WINDOW_ROWS: usize = 5_000;

/// Concurrent reads.
pub(crate) const READINGS: usize = 3;

/// Windows read between two checks of the time.
pub(crate) const WINDOWS_AT_ONCE: usize = 8;

/// Hours of one mirror in one currency that are read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    kind: BalanceKind,
    currency: Currency,
    hours: BTreeMap<i64, Figures>,
}

impl Window {
    fn new(kind: &BalanceKind, currency: Currency) -> Self {
        Self { kind: kind.clone(), currency, hours: BTreeMap::new() }
    }

    fn legs(&self) -> u64 {
        self.hours.values().map(|figures| figures.legs).fold(0, u64::saturating_add)
    }

    /// The time spans to read, in Unix seconds with an exclusive end: one, or several for a busy
    /// hour.
    fn spans(&self) -> Vec<(i64, i64)> {
        let (Some(first), Some(last)) = (self.hours.keys().next(), self.hours.keys().next_back())
        else {
            return Vec::new();
        };
        let (from, to) = (*first, *last + SECONDS_PER_HOUR);
        let parts = i64::try_from(self.legs().div_ceil(WINDOW_LEGS))
            .unwrap_or(i64::MAX)
            .clamp(1, to - from);
        let step = (to - from).div_euclid(parts).max(1);
        let mut spans: Vec<(i64, i64)> =
            (0..parts).map(|part| (from + part * step, from + (part + 1) * step)).collect();
        if let Some(last) = spans.last_mut() {
            last.1 = to;
        }
        spans
    }
}

/// Splits the hours of many days into windows. Hours that agreed before are left out, and end a
/// window unless they are empty.
pub(crate) fn windows(days: &[DayHours]) -> Vec<Window> {
    type Hours = BTreeMap<i64, (Figures, bool)>;
    let mut subjects: BTreeMap<(&BalanceKind, Currency), Hours> = BTreeMap::new();
    for day in days {
        let hours = subjects.entry((&day.kind, day.currency)).or_default();
        for hour in &day.hours {
            // Partial figures are not compared with anything.
            hours.insert(hour.begins, (hour.figures, hour.agreed() || hour.incomplete));
        }
    }
    let mut windows = Vec::new();
    for ((kind, currency), hours) in subjects {
        let mut window = Window::new(kind, currency);
        for (begins, (figures, agreed)) in hours {
            let full = window.legs().saturating_add(figures.legs) > WINDOW_LEGS;
            if !window.hours.is_empty() && (full || (agreed && figures.legs > 0)) {
                windows.push(std::mem::replace(&mut window, Window::new(kind, currency)));
            }
            if !agreed {
                window.hours.insert(begins, figures);
            }
        }
        if !window.hours.is_empty() {
            windows.push(window);
        }
    }
    windows
}

/// What the ledger holds in the hours of a window.
#[derive(Debug, Default)]
pub(crate) struct LedgerHours {
    hours: BTreeMap<i64, (Figures, HashSet<String>)>,
}

impl LedgerHours {
    /// Counts an entry of a mirror. An entry that moved nothing does not count.
    fn add(
        &mut self,
        row: &LedgerTransaction,
        mirror_id: &str,
        currency: Currency,
    ) -> Result<(), LedgerError> {
        let Some(at) = row.effective_date.filter(|_| row.is_applied()) else { return Ok(()) };
        let (figures, records) =
            self.hours.entry(crate::model::ledger::hour_of(at.as_second())).or_default();
        figures.add(&row.reference, currency, mirror_delta(row, mirror_id))?;
        if let Ok(reference) = row.reference.parse::<Reference>()
            && records.insert(reference.transaction().to_owned())
        {
            figures.records += 1;
        }
        Ok(())
    }

    fn figures(&self, hour: i64) -> Figures {
        self.hours.get(&hour).map(|(figures, _)| *figures).unwrap_or_default()
    }
}

/// The entries of a mirror that take effect in a time span, in reads of limited size.
pub(crate) async fn entries_between(
    blnk: &BlnkClient,
    mirror_id: &str,
    span: (i64, i64),
    deadline: Deadline,
    mut each: impl FnMut(&LedgerTransaction) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut spans = vec![span];
    while let Some((from, to)) = spans.pop() {
        let filters = [
            Filter::eq("balance_id", mirror_id),
            Filter::compare("effective_date", Operator::Gte, rfc3339(from)?),
            Filter::compare("effective_date", Operator::Lt, rfc3339(to)?),
        ];
        let rows = blnk.transactions(&filters, MAX_WINDOW_ROWS + 1, deadline).await?;
        if rows.len() > MAX_WINDOW_ROWS && to - from > 1 {
            let middle = from + (to - from) / 2;
            spans.extend([(from, middle), (middle, to)]);
            continue;
        }
        rows.iter().try_for_each(&mut each)?;
    }
    Ok(())
}

/// Reads back the hours of these days that are not yet known to agree. It stops when the time is
/// nearly up; hours that agreed until then count.
pub(crate) async fn verify(ctx: &Context<'_>, days: &[DayHours]) -> Result<Verified, Stop> {
    let windows = windows(days);
    let mut verified = Verified { whole: true, ..Verified::default() };
    if windows.is_empty() {
        return Ok(verified);
    }
    let indicators: HashSet<String> =
        windows.iter().map(|window| ctx.chart.mirror(&window.kind)).collect();
    let indicators: Vec<String> = indicators.into_iter().collect();
    let rows = ctx.blnk.balances_by_indicator(&indicators, ctx.deadline).await?;
    let ids: MirrorIds = rows
        .into_iter()
        .filter_map(|row| Some(((row.indicator?, row.currency), row.balance_id)))
        .collect();
    let ids = &ids;
    for part in windows.chunks(WINDOWS_AT_ONCE) {
        if ctx.out_of_time() {
            verified.whole = false;
            break;
        }
        let reads =
            stream::iter(part).map(|window| async move { (window, held(ctx, window, ids).await) });
        let read: Vec<(&Window, Result<Option<LedgerHours>, Stop>)> =
            reads.buffered(READINGS).collect().await;
        for (window, held) in read {
            match held {
                Ok(Some(held)) => judge(window, &held, &mut verified),
                Ok(None) => verified.whole = false,
                // What was read so far counts, so that the next worker continues from there.
                Err(Stop::Retryable(why)) if !verified.is_empty() => {
                    tracing::info!(install = %ctx.fence.install, %why,
                        "the ledger was only partly read back");
                    verified.whole = false;
                }
                Err(stop) => return Err(stop),
            }
        }
        if !verified.whole {
            break;
        }
    }
    Ok(verified)
}

/// What the ledger holds in a window. `None` when the time is up.
pub(crate) async fn held(
    ctx: &Context<'_>,
    window: &Window,
    ids: &MirrorIds,
) -> Result<Option<LedgerHours>, Stop> {
    let mut held = LedgerHours::default();
    // A mirror that does not exist holds nothing.
    let Some(id) = ids.get(&(ctx.chart.mirror(&window.kind), window.currency.to_string())) else {
        return Ok(Some(held));
    };
    for span in window.spans() {
        if ctx.out_of_time() {
            return Ok(None);
        }
        entries_between(&ctx.blnk, id, span, ctx.deadline, |row| {
            Ok(held.add(row, id, window.currency)?)
        })
        .await?;
    }
    Ok(Some(held))
}

pub(crate) fn judge(window: &Window, held: &LedgerHours, verified: &mut Verified) {
    for (begins, expected) in &window.hours {
        let slice = Slice { kind: window.kind.clone(), currency: window.currency, hour: *begins };
        let found = held.figures(*begins);
        if found == *expected {
            verified.agreed.push((slice, expected.digest));
        } else {
            verified.differing.push(Differing { slice, expected: *expected, found });
        }
    }
}

#[cfg(test)]
mod tests;
