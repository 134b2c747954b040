//! Problems within a run: recorded, found gone, and tried again where a person asked for it.

use crate::engine::context;
use crate::engine::run::due;
use crate::engine::run::reread;
use crate::engine::stages::customers::again;
use crate::engine::stages::mirror;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures::stream;
use futures::stream::{StreamExt, TryStreamExt};

use crate::engine::context::Context;
use crate::engine::run::due::{ReadRecords, Shown};
use crate::engine::stages::suspects::trial::{Tried, each};
use crate::engine::stop::Stop;
use crate::model::ledger::hour_of;
use crate::model::list_place::IncompleteRecords;
use crate::model::problem::{ProblemReport, ProblemState, RECORD_UNREADABLE, SubjectKind};
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::store::problems::reads::{KnownProblem, KnownProblems, keeps_cause, ours};

/// Problems recorded at once.
const WRITES: usize = 8;

/// Records tried again together; between two such groups the time is looked at.
const RETRIES_AT_ONCE: usize = 20;

/// Loads the problems that are not resolved, once for each worker.
pub(crate) async fn known<'c>(ctx: &'c mut Context<'_>) -> Result<&'c mut KnownProblems, Stop> {
    let known = match ctx.known.take() {
        Some(known) => known,
        None => ctx.worker.store.known_problems(&ctx.fence.install, ctx.fence.connection).await?,
    };
    Ok(ctx.known.insert(known))
}

/// Records what was met. Answers how many of them are open and were not met by this run before.
pub(crate) async fn record(ctx: &mut Context<'_>, problems: &[ProblemReport]) -> Result<u64, Stop> {
    if problems.is_empty() {
        return Ok(0);
    }
    let run = ctx.fence.run;
    let known = known(ctx).await?;
    let firsts: Vec<bool> = problems.iter().map(|met| known.get(&met.id).is_none_or(|problem| problem.run != run)).collect();
    let now = clock::now();
    let (store, install, connection) = (&ctx.worker.store, &ctx.fence.install, ctx.fence.connection);
    let states: Vec<ProblemState> = stream::iter(problems.iter().zip(&firsts))
        .map(|(met, first)| store.record_problem(install, connection, run, met, (now, *first)))
        .buffered(WRITES)
        .try_collect()
        .await?;
    let fresh = states.iter().zip(&firsts).filter(|(state, first)| **state == ProblemState::Open && **first).count();
    let known = self::known(ctx).await?;
    for met in problems {
        let mark = known.get(&met.id).and_then(|problem| problem.retry_requested);
        let (kind, subject, code) = (met.kind, met.subject.clone(), met.code.to_owned());
        let (hole, suspect) = (met.hole.clone(), met.suspect.clone());
        let cause = keeps_cause(met.code).then(|| met.cause.clone());
        let problem = KnownProblem { kind, subject, code, run, retry_requested: mark, hole, suspect, cause };
        known.insert(met.id.clone(), problem);
    }
    Ok(fresh as u64)
}

/// Resolves the problems about some records that were not met although the records were handled.
pub(crate) async fn resolve_met(ctx: &mut Context<'_>, handled: &HashSet<&str>, met: &[ProblemReport]) -> Result<(), Stop> {
    let met: HashSet<&str> = met.iter().map(|met| met.id.as_str()).collect();
    let gone: Vec<String> = ours(known(ctx).await?, handled).into_iter().filter(|id| !met.contains(id.as_str())).cloned().collect();
    resolve(ctx, &gone).await
}

/// Resolves the problems of some codes that were not met in a look at everything they could be about.
pub(crate) async fn resolve_codes(ctx: &mut Context<'_>, codes: &[&str], met: &[ProblemReport]) -> Result<(), Stop> {
    let met: HashSet<&str> = met.iter().map(|met| met.id.as_str()).collect();
    let known = known(ctx).await?;
    let gone = known.iter().filter(|(id, problem)| codes.contains(&problem.code.as_str()) && !met.contains(id.as_str()));
    let gone: Vec<String> = gone.map(|(id, _)| id.clone()).collect();
    resolve(ctx, &gone).await
}

/// Resolves problems by their ids, those of them that there are.
pub(crate) async fn resolve_known(ctx: &mut Context<'_>, ids: &[String]) -> Result<(), Stop> {
    if ids.is_empty() {
        return Ok(());
    }
    let known = known(ctx).await?;
    let gone: Vec<String> = ids.iter().filter(|id| known.contains_key(*id)).cloned().collect();
    resolve(ctx, &gone).await
}

async fn resolve(ctx: &mut Context<'_>, ids: &[String]) -> Result<(), Stop> {
    let now = clock::now();
    let at = (now, ctx.worker.retention(now));
    let (store, fence) = (&ctx.worker.store, &ctx.fence);
    stream::iter(ids.iter().map(Ok::<_, Stop>))
        .try_for_each_concurrent(WRITES, |id| async move {
            Ok(store.resolve_problem(&fence.install, fence.connection, fence.run, id, at).await?)
        })
        .await?;
    let known = known(ctx).await?;
    for id in ids {
        known.remove(id);
    }
    Ok(())
}

/// Handles the records for which a person asked for another try, wherever in the history they lie. Answers whether all are done.
pub(crate) async fn retry_marked(ctx: &mut Context<'_>) -> Result<bool, Stop> {
    let mut marked: BTreeMap<String, Vec<(String, Millis, bool)>> = BTreeMap::new();
    // What is about no record of Stripe's, as an opening entry, every run tries by itself.
    let is_record = |problem: &KnownProblem| problem.kind == SubjectKind::Record && !problem.subject.contains(':');
    for (id, problem) in known(ctx).await?.iter().filter(|(_, problem)| is_record(problem)) {
        if let Some(mark) = problem.retry_requested {
            let unread = problem.code == RECORD_UNREADABLE;
            marked.entry(problem.subject.clone()).or_default().push((id.clone(), mark, unread));
        }
    }
    due::grant_wishes(ctx).await?;
    if !ctx.out_of_time() {
        match Box::pin(again::retry_customers(ctx)).await {
            Ok(()) => due::unmark_others(ctx).await?,
            // No money waits for it: the next run tries again.
            Err(Stop::Retryable(why)) => tracing::info!(install = %ctx.fence.install, %why, "customers are tried again later"),
            Err(halt) => return Err(halt),
        }
    }
    let due = due::due_records(ctx).await?;
    let subjects: BTreeSet<String> = marked.keys().cloned().chain(due).collect();
    let subjects: Vec<String> = subjects.into_iter().collect();
    for part in subjects.chunks(RETRIES_AT_ONCE) {
        if ctx.out_of_time() {
            return Ok(false);
        }
        // What holds up many records has perhaps just failed once more.
        let due = due::due_records(ctx).await?;
        let part: Vec<String> = part.iter().filter(|id| marked.contains_key(*id) || due.contains(*id)).cloned().collect();
        if part.is_empty() {
            continue;
        }
        context::check(ctx).await?;
        let marks: Vec<(String, Millis, bool)> = part.iter().filter_map(|subject| marked.get(subject)).flatten().cloned().collect();
        let before = ctx.progress.clone();
        let tried = Box::pin(retry(ctx, &part, &marks)).await?;
        // Only what moved on is a checkpoint: a run that tries in vain must come to wait.
        if !tried.is_empty() || ctx.progress != before {
            context::checkpoint(ctx, Vec::new()).await?;
        }
        let tried = tried.iter().filter_map(|subject| marked.get(subject)).flatten();
        for (id, mark, _) in tried {
            ctx.worker.store.unmark_problem(&ctx.fence.install, ctx.fence.connection, id, *mark).await?;
            if let Some(problem) = known(ctx).await?.get_mut(id) {
                problem.retry_requested = None;
            }
        }
    }
    Box::pin(reread::try_again(ctx)).await?;
    ctx.progress.retried = true;
    Ok(true)
}

/// Tries records again. Answers which were: where Stripe shows no single record at all, the list is read all the same, and what a person
/// asked for is left to the next run.
async fn retry(ctx: &mut Context<'_>, subjects: &[String], marks: &[(String, Millis, bool)]) -> Result<Vec<String>, Stop> {
    let (stripe, suspects) = (ctx.stripe.clone(), std::sync::Arc::clone(&ctx.suspects));
    let read = ReadRecords { stripe: &stripe, deadline: ctx.deadline };
    let mut tried = Tried::default();
    match each(&suspects, &read, subjects.iter().map(String::as_str).collect(), &mut tried).await {
        Err(Stop::Retryable(why)) => tracing::info!(install = %ctx.fence.install, %why, "records are tried again by the next run"),
        ended => ended?,
    }
    let handled = tried.done.iter().map(|(id, _)| *id).chain(tried.aside.iter().map(|(id, _)| *id));
    let handled: Vec<String> = handled.map(str::to_owned).collect();
    let mut hopeless: Vec<ProblemReport> = tried.aside.iter().map(|(_, facts)| facts.met()).collect();
    let mut records = Vec::new();
    let mut bare = IncompleteRecords::new();
    for (id, shown) in tried.done {
        match shown {
            Shown::Record(record) => records.push(*record),
            Shown::Bare(record, lack) => {
                bare.insert(record.id.clone(), lack);
                records.push(*record);
            }
            Shown::Undecoded => hopeless.push(ProblemReport::undecoded(id)),
            // The lists can be read: what this one record needs besides is its own trouble, and no reason to rest.
            Shown::Forbidden(right) => hopeless.push(ProblemReport::not_allowed(SubjectKind::Record, id, right.as_deref())),
            Shown::Gone => {
                let about = known(ctx).await?.iter().filter(|(_, problem)| problem.subject == *id);
                hopeless.extend(about.map(|(problem, _)| ProblemReport::gone(problem, id)).collect::<Vec<_>>());
            }
        }
    }
    ctx.progress.counters.problems += record(ctx, &hopeless).await?;
    let absorbed = Box::pin(mirror::absorb(ctx, &records, &bare, true)).await?;
    ctx.progress.counters.entries_posted += absorbed.posted;
    ctx.progress.counters.problems += absorbed.problems;
    // A record that could not be read before is in no day's figures: its hour is read again as a whole.
    for record in &records {
        let was_unread = marks.iter().any(|(id, _, unread)| *unread && id.starts_with(&format!("{}:", record.id)));
        if was_unread {
            let hour = hour_of(record.created);
            ctx.progress.deeper = Some(ctx.progress.deeper.map_or(hour, |deeper| deeper.min(hour)));
        }
    }
    Ok(handled)
}
