//! Problems within a run: the open ones loaded once, new ones recorded, and those resolved whose
//! cause is gone.

pub mod set_aside;
pub mod unanswered;

use std::collections::HashSet;

use futures::stream;
use futures::stream::{StreamExt, TryStreamExt};

use crate::engine::context::Context;
use crate::engine::stop::Stop;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::ProblemState;
use crate::platform::clock;
use crate::platform::store::problems::known::{
    KnownProblem, KnownProblems, ProblemTotals, keeps_cause, ours,
};

/// Problems written concurrently.
pub(crate) const WRITES: usize = 8;

/// Loads the unresolved problems, once per worker.
pub(crate) async fn known<'c>(ctx: &'c mut Context<'_>) -> Result<&'c mut KnownProblems, Stop> {
    let known = match ctx.known.take() {
        Some(known) => known,
        None => {
            let (install, connection) = (&ctx.fence.install, ctx.fence.connection);
            let (known, totals) = ctx.services.store.problems().known(install, connection).await?;
            ctx.totals = Some(totals);
            known
        }
    };
    Ok(ctx.known.insert(known))
}

/// How long the totals of the problems are used: a person may dismiss some meanwhile.
const TOTALS_HOLD_SECONDS: i64 = 10;

/// The totals of the unresolved problems. They are read again if this run has changed one of them,
/// or after a while.
pub(crate) async fn totals<'c>(ctx: &'c mut Context<'_>) -> Result<&'c ProblemTotals, Stop> {
    let now = clock::now();
    let holds = |totals: &ProblemTotals| now < totals.read_at.plus_seconds(TOTALS_HOLD_SECONDS);
    let totals = match ctx.totals.take().filter(holds) {
        Some(totals) => totals,
        None => {
            ctx.services.store.problems().totals(&ctx.fence.install, ctx.fence.connection).await?
        }
    };
    Ok(ctx.totals.insert(totals))
}

/// Records problems. Returns how many of them are open and new in this run.
pub(crate) async fn record(ctx: &mut Context<'_>, problems: &[ProblemReport]) -> Result<u64, Stop> {
    if problems.is_empty() {
        return Ok(0);
    }
    let run = ctx.fence.run;
    let before = known(ctx).await?;
    let firsts: Vec<bool> = problems
        .iter()
        .map(|report| before.get(&report.id).is_none_or(|problem| problem.run != run))
        .collect();
    ctx.totals = None;
    let now = clock::now();
    let (store, install, connection) =
        (&ctx.services.store, &ctx.fence.install, ctx.fence.connection);
    let states: Vec<ProblemState> = stream::iter(problems.iter().zip(&firsts))
        .map(|(report, first)| {
            store.problems().record(install, connection, run, report, now, *first)
        })
        .buffered(WRITES)
        .try_collect()
        .await?;
    let fresh = states
        .iter()
        .zip(&firsts)
        .filter(|(state, first)| **state == ProblemState::Open && **first)
        .count();
    let now_known = known(ctx).await?;
    for report in problems {
        let mark = now_known.get(&report.id).and_then(|problem| problem.retry_requested);
        let (kind, subject, code) = (report.kind, report.subject.clone(), report.code.clone());
        let (hole, suspect) = (report.hole.clone(), report.suspect.clone());
        let cause = keeps_cause(&report.code).then(|| report.cause.clone());
        let problem =
            KnownProblem { kind, subject, code, run, retry_requested: mark, hole, suspect, cause };
        now_known.insert(report.id.clone(), problem);
    }
    Ok(fresh as u64)
}

/// Resolves the problems of records that were handled and did not show the problem again.
pub(crate) async fn resolve_unreported(
    ctx: &mut Context<'_>,
    handled: &HashSet<&str>,
    reports: &[ProblemReport],
) -> Result<(), Stop> {
    let reported: HashSet<&str> = reports.iter().map(|report| report.id.as_str()).collect();
    let gone: Vec<String> = ours(known(ctx).await?, handled)
        .into_iter()
        .filter(|id| !reported.contains(id.as_str()))
        .cloned()
        .collect();
    resolve(ctx, &gone).await
}

/// Resolves the problems with these codes that did not occur in a check of everything they could be
/// about.
pub(crate) async fn resolve_codes(
    ctx: &mut Context<'_>,
    codes: &[ProblemCode],
    reports: &[ProblemReport],
) -> Result<(), Stop> {
    let reported: HashSet<&str> = reports.iter().map(|report| report.id.as_str()).collect();
    let known = known(ctx).await?;
    let gone = known
        .iter()
        .filter(|(id, problem)| codes.contains(&problem.code) && !reported.contains(id.as_str()));
    let gone: Vec<String> = gone.map(|(id, _)| id.clone()).collect();
    resolve(ctx, &gone).await
}

/// Resolves problems by their ids, as far as they exist.
pub(crate) async fn resolve_known(ctx: &mut Context<'_>, ids: &[String]) -> Result<(), Stop> {
    if ids.is_empty() {
        return Ok(());
    }
    let known = known(ctx).await?;
    let gone: Vec<String> = ids.iter().filter(|id| known.contains_key(*id)).cloned().collect();
    resolve(ctx, &gone).await
}

pub(crate) async fn resolve(ctx: &mut Context<'_>, ids: &[String]) -> Result<(), Stop> {
    if ids.is_empty() {
        return Ok(());
    }
    ctx.totals = None;
    let now = clock::now();
    let ttl = ctx.services.expiry(now);
    let (store, fence) = (&ctx.services.store, &ctx.fence);
    stream::iter(ids.iter().map(Ok::<_, Stop>))
        .try_for_each_concurrent(WRITES, |id| async move {
            Ok(store
                .problems()
                .resolve(&fence.install, fence.connection, fence.run, id, now, ttl)
                .await?)
        })
        .await?;
    let known = known(ctx).await?;
    for id in ids {
        known.remove(id);
    }
    Ok(())
}
