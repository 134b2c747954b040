//! The circuit breaker: a write far beyond the usual waits for a person's approval. Completed runs
//! define what is usual.
//!
//! Three things trip it, each before the write concerned: a run with over ten times as many new
//! balance transactions as usual, a currency that no run has had before, an amount above the
//! ceiling that a person set. An approval is stored in the run and covers no more than what was
//! shown.

pub mod precision;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context::Context;
use crate::engine::stages::charges;
use crate::engine::stop::Stop;
use crate::model::approval::{ApprovalNeeded, Approvals, CircuitBreaker};
use crate::model::ledger::{Entry, Mirrored, Reference};
use crate::model::money::Currency;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::blnk::MAX_LOOKUP_VALUES;

/// Checks every write of a page. A write far beyond the usual waits for a person. A currency that
/// the ledger keeps in another precision ends the run.
pub(crate) async fn guard(
    ctx: &mut Context<'_>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
) -> Result<(), Stop> {
    let mut guard = watching(ctx);
    let moving = || mirrored.iter().filter(|(_, record)| !record.legs.is_empty());
    let currencies: BTreeSet<Currency> = moving().map(|(_, record)| record.currency).collect();
    let since = ctx.connection.watermark.map_or(i64::MIN, crate::model::time::Millis::seconds);
    let fresh = ctx.progress.fresh(since, moving().map(|(transaction, _)| transaction.created));
    let approvals = &approvals(ctx);
    let mut tripped = guard
        .currencies(&currencies, approvals)
        .or_else(|| guard.size(fresh.len() as u64, approvals));
    if tripped.is_none() {
        tripped = amounts(ctx, large_legs(ctx, mirrored)?).await?;
    }
    guard.count(&fresh);
    pass(ctx, guard, currencies, tripped).await
}

/// The same check for opening entries, each of which represents many balance transactions.
pub(crate) async fn guard_openings(ctx: &mut Context<'_>, entries: &[Entry]) -> Result<(), Stop> {
    if entries.is_empty() {
        return Ok(());
    }
    let guard = watching(ctx);
    let currencies: BTreeSet<Currency> = entries.iter().map(|entry| entry.currency).collect();
    let mut tripped = guard.currencies(&currencies, &approvals(ctx));
    if tripped.is_none() {
        tripped = amounts(ctx, large_openings(ctx, entries)).await?;
    }
    pass(ctx, guard, currencies, tripped).await
}

/// The run's circuit breaker; a new one for a run that has written nothing.
fn watching(ctx: &Context<'_>) -> CircuitBreaker {
    if let Some(guard) = &ctx.progress.guard {
        return guard.clone();
    }
    let lower = ctx.progress.resume.as_ref().map_or(ctx.progress.walk.lower, |resume| resume.lower);
    let usual = ctx.summary.as_ref().map(|summary| summary.usual.clone()).unwrap_or_default();
    CircuitBreaker::new(&usual, lower.is_some())
}

/// What a person approved for this run, or for the failed one that it resumes.
fn approvals(ctx: &Context<'_>) -> Approvals {
    let resume = ctx.progress.resume.as_ref();
    resume.map_or_else(
        || ctx.run.approvals.clone(),
        |resume| ctx.run.approvals.with(&resume.approvals),
    )
}

/// Permits a write if the circuit breaker has not tripped and the ledger keeps its currencies with
/// Stripe's minor unit.
async fn pass(
    ctx: &mut Context<'_>,
    mut guard: CircuitBreaker,
    currencies: BTreeSet<Currency>,
    tripped: Option<ApprovalNeeded>,
) -> Result<(), Stop> {
    if let Some(tripped) = tripped {
        return Err(Stop::Approval(tripped));
    }
    let fresh = currencies
        .iter()
        .filter(|currency| !guard.known.contains(currency) && !guard.checked.contains(currency));
    let conflicts =
        precision::conflicts(&ctx.blnk, &ctx.chart, fresh.copied().collect(), ctx.deadline)
            .await
            .map_err(Stop::of_look)?;
    if let Some(conflict) = conflicts.into_iter().next() {
        return Err(Stop::Fail { code: "precision_mismatch", text: conflict.text });
    }
    guard.checked.extend(currencies);
    ctx.progress.guard = Some(guard);
    ctx.progress.tripped = None;
    Ok(())
}

/// The largest amount that needs no approval, in minor units. `None` without a ceiling.
fn allowed(ctx: &Context<'_>, currency: Currency) -> Option<u64> {
    let ceiling = ctx.settings.ceilings.get(&currency)?;
    Some(approvals(ctx).amounts.get(&currency).copied().unwrap_or_default().max(*ceiling))
}

/// The entries of a page above their ceilings.
fn large_legs(
    ctx: &Context<'_>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
) -> Result<Vec<Large>, Stop> {
    let mut large = Vec::new();
    for (_, record) in mirrored {
        let Some(allowed) = allowed(ctx, record.currency) else { continue };
        for leg in record.legs.iter().filter(|leg| leg.signed.unsigned_abs() > allowed) {
            let reference = Reference::new(&ctx.owner, &record.transaction, leg.kind)?.to_string();
            let (amount, record_id) = (leg.signed.unsigned_abs(), record.transaction.clone());
            large.push(Large {
                reference,
                currency: record.currency,
                amount,
                record: record_id,
                may_wait: true,
            });
        }
    }
    Ok(large)
}

/// The opening entries above their ceilings.
fn large_openings(ctx: &Context<'_>, entries: &[Entry]) -> Vec<Large> {
    let above = |entry: &&Entry| {
        allowed(ctx, entry.currency).is_some_and(|allowed| entry.precise_amount > allowed)
    };
    let large = entries.iter().filter(above).map(|entry| Large {
        reference: entry.reference.clone(),
        currency: entry.currency,
        amount: entry.precise_amount,
        record: format!("the opening entry, {}", entry.description),
        may_wait: false,
    });
    large.collect()
}

/// Requests approval for large amounts that are not yet in the ledger. An overlap is read again and
/// again and must request approval only once. If the ledger does not answer whether a record is
/// there, but does so for others, the record is held back instead.
async fn amounts(ctx: &mut Context<'_>, large: Vec<Large>) -> Result<Option<ApprovalNeeded>, Stop> {
    ctx.unconfirmed_records.clear();
    let mut above: BTreeMap<String, Large> =
        large.into_iter().map(|entry| (entry.reference.clone(), entry)).collect();
    let references: Vec<String> = above.keys().cloned().collect();
    for part in references.chunks(MAX_LOOKUP_VALUES) {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        let (rows, unresolved) = charges::look_up(ctx, &part).await?;
        for row in rows {
            above.remove(&row.reference);
        }
        for (reference, facts) in unresolved {
            match above.remove(&reference) {
                Some(entry) if entry.may_wait => {
                    _ = ctx.unconfirmed_records.insert(entry.record, facts);
                }
                _ => return Err(ctx.suspects.later(facts.kind, &facts.subject, "calls fail")),
            }
        }
    }
    let mut amounts: BTreeMap<Currency, u64> = BTreeMap::new();
    let mut example = None;
    for entry in above.into_values() {
        let largest = amounts.entry(entry.currency).or_default();
        *largest = (*largest).max(entry.amount);
        example.get_or_insert(entry.record);
    }
    Ok(example.map(|record| ApprovalNeeded::Amount { amounts, record }))
}

/// An entry above its ceiling, before it is posted.
pub(crate) struct Large {
    reference: String,
    currency: Currency,
    /// In minor units.
    amount: u64,
    /// The name by which a person knows it.
    record: String,
    /// It can be held back while others are posted.
    may_wait: bool,
}

#[cfg(test)]
mod tests;
