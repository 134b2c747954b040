//! Problems within a run: recorded, resolved, and retried where a person asked for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::context;
use crate::engine::context::Context;
use crate::engine::run::checkpoint;
use crate::engine::run::due::{ReadRecords, RecordRead};
use crate::engine::run::{due, recount, reread};
use crate::engine::stages::customers::retry;
use crate::engine::stages::mirror;
use crate::engine::stages::problems::{known, record};
use crate::engine::stop::Stop;
use crate::engine::suspects::trial::{Tried, each};
use crate::model::ledger::hour_of;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::SubjectKind;
use crate::model::run::list_place::IncompleteRecords;
use crate::model::run::step::Step;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::time::Millis;
use crate::platform::store::problems::known::KnownProblem;

/// Records retried in one group. The time is checked between groups.
pub(crate) const RETRIES_AT_ONCE: usize = 20;

/// Handles the records for which a person asked for a retry, wherever they are in the history.
/// Returns whether all are done.
pub(crate) async fn retry_marked(ctx: &mut Context<'_>) -> Result<bool, Stop> {
    let mut marked: BTreeMap<String, Vec<(String, Millis, bool)>> = BTreeMap::new();
    // Every run retries subjects that are no Stripe record, such as opening entries, without a
    // request.
    let is_record = |problem: &KnownProblem| {
        problem.kind == SubjectKind::Record && !problem.subject.contains(':')
    };
    for (id, problem) in known(ctx).await?.iter().filter(|(_, problem)| is_record(problem)) {
        if let Some(mark) = problem.retry_requested {
            let unread = problem.code == ProblemCode::RecordUnreadable;
            marked.entry(problem.subject.clone()).or_default().push((id.clone(), mark, unread));
        }
    }
    due::grant_wishes(ctx).await?;
    if !ctx.out_of_time() {
        match Box::pin(retry::retry_customers(ctx)).await {
            Ok(()) => due::unmark_others(ctx).await?,
            // No money waits for it. The next run tries again.
            Err(Stop::Retryable(why)) => {
                tracing::info!(install = %ctx.fence.install, %why,
                    "customers will be retried later");
            }
            Err(stop) => return Err(stop),
        }
    }
    let due = due::due_records(ctx).await?;
    let subjects: BTreeSet<String> = marked.keys().cloned().chain(due).collect();
    let subjects: Vec<String> = subjects.into_iter().collect();
    for part in subjects.chunks(RETRIES_AT_ONCE) {
        if ctx.out_of_time() {
            return Ok(false);
        }
        // A cause that many records share may just have failed once more.
        let due = due::due_records(ctx).await?;
        let part: Vec<String> = part
            .iter()
            .filter(|id| marked.contains_key(*id) || due.contains(*id))
            .cloned()
            .collect();
        if part.is_empty() {
            continue;
        }
        context::check(ctx).await?;
        let marks: Vec<(String, Millis, bool)> =
            part.iter().filter_map(|subject| marked.get(subject)).flatten().cloned().collect();
        let before = ctx.progress.clone();
        let tried = Box::pin(retry(ctx, &part, &marks)).await?;
        // Only progress makes a checkpoint. A run whose retries all fail must begin to wait.
        if !tried.is_empty() || ctx.progress != before {
            checkpoint::checkpoint(ctx, Vec::new()).await?;
        }
        let tried = tried.iter().filter_map(|subject| marked.get(subject)).flatten();
        for (id, mark, _) in tried {
            ctx.totals = None;
            ctx.services
                .store
                .problems()
                .unmark(&ctx.fence.install, ctx.fence.connection, id, *mark)
                .await?;
            if let Some(problem) = known(ctx).await?.get_mut(id) {
                problem.retry_requested = None;
            }
        }
    }
    Box::pin(reread::try_again(ctx)).await?;
    ctx.progress.pass(Step::Retry);
    Ok(true)
}

/// Retries records and returns those that were tried. If Stripe serves no single records at all,
/// the list is still read, and the requested retries are left to the next run.
async fn retry(
    ctx: &mut Context<'_>,
    subjects: &[String],
    marks: &[(String, Millis, bool)],
) -> Result<Vec<String>, Stop> {
    let (stripe, suspects) = (ctx.stripe.clone(), std::sync::Arc::clone(&ctx.suspects));
    let read = ReadRecords { stripe: &stripe, deadline: ctx.deadline };
    let mut tried = Tried::default();
    match each(&suspects, &read, subjects.iter().map(String::as_str).collect(), &mut tried).await {
        Err(Stop::Retryable(why)) => {
            tracing::info!(install = %ctx.fence.install, %why,
                "records will be retried by the next run");
        }
        ended => ended?,
    }
    let handled = tried.done.iter().map(|(id, _)| *id).chain(tried.aside.iter().map(|(id, _)| *id));
    let handled: Vec<String> = handled.map(str::to_owned).collect();
    let mut hopeless: Vec<ProblemReport> =
        tried.aside.iter().map(|(_, facts)| facts.to_report()).collect();
    let mut records = Vec::new();
    let mut bare = IncompleteRecords::new();
    for (id, shown) in tried.done {
        match shown {
            RecordRead::Record(record) => records.push(*record),
            RecordRead::Bare(record, lack) => {
                bare.insert(record.id.clone(), lack);
                records.push(*record);
            }
            RecordRead::Undecoded => hopeless.push(ProblemReport::undecoded(id)),
            // The lists are readable. A permission that only this record needs is its own problem
            // and no reason to pause the run.
            RecordRead::Forbidden(permission) => {
                hopeless.push(ProblemReport::not_allowed(
                    SubjectKind::Record,
                    id,
                    permission.as_deref(),
                ));
            }
            RecordRead::Gone => {
                let about = known(ctx).await?.iter().filter(|(_, problem)| problem.subject == *id);
                hopeless.extend(
                    about.map(|(problem, _)| ProblemReport::gone(problem, id)).collect::<Vec<_>>(),
                );
            }
        }
    }
    ctx.progress.counters.problems += record(ctx, &hopeless).await?;
    let whole = records.iter().filter(|record| !bare.contains_key(&record.id));
    let to_count = recount::note_hours(ctx, whole);
    let to_read = note_unread(ctx, &records, marks);
    if to_count || to_read {
        checkpoint::checkpoint(ctx, Vec::new()).await?;
    }
    let mirrored = Box::pin(mirror::records(ctx, &records, &bare, true)).await?;
    ctx.progress.counters.entries_posted += mirrored.posted;
    ctx.progress.counters.problems += mirrored.problems;
    Ok(handled)
}

/// A record that was unreadable before is in no day's figures: has its hour read again in full.
/// Returns whether the walk goes deeper for it.
fn note_unread(
    ctx: &mut Context<'_>,
    records: &[BalanceTransaction],
    marks: &[(String, Millis, bool)],
) -> bool {
    let before = ctx.progress.deeper;
    for record in records {
        let was_unread = marks
            .iter()
            .any(|(id, _, unread)| *unread && id.starts_with(&format!("{}:", record.id)));
        if was_unread {
            let hour = hour_of(record.created);
            ctx.progress.deeper = Some(ctx.progress.deeper.map_or(hour, |deeper| deeper.min(hour)));
        }
    }
    ctx.progress.deeper != before
}
