//! Compares both sides, between two equal readings of Stripe's list and of the mirrors.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::context;
use crate::engine::context::Context;
use crate::engine::run::checkpoint::{RunOutcome, checkpoint};
use crate::engine::stages::openings::settle;
use crate::engine::stages::proof::causes::found::Extent;
use crate::engine::stages::proof::judge::{Mirrors, Sides, judge, mirrors, moving};
use crate::engine::stages::proof::read_only;
use crate::engine::stages::proof::unreadable::limit_to_what_was_read;
use crate::engine::stages::proof::{causes, days, drift};
use crate::engine::stages::read::walk;
use crate::engine::stages::{payouts, problems};
use crate::engine::stop::Stop;
use crate::model::certificate::{Certificate, Line, Verdict};
use crate::model::ledger::Account;
use crate::model::money::Sum;
use crate::model::payout::PayoutsProven;
use crate::model::run::progress::{IdDigest, Phase, Walk};
use crate::model::run::proof_progress::{Differing, ExpectedAll};
use crate::model::run::request::Depth;
use crate::model::summary::Summary;
use crate::platform::clock;
use crate::platform::stripe::PageRequest;

/// Comparisons in one run while money moves.
const MAX_ROUNDS: u32 = 3;

/// Walks in one run: the first, and those that look for records that arrived in the meantime.
const MAX_WALKS: u32 = 8;

/// Pages of the list that a comparison reads at most. More than this in the last hour means that
/// money is moving.
const MAX_PROOF_PAGES: u32 = 50;

/// Time that naming the differences needs. A worker with less time left, and with less than half of
/// its budget left, leaves it to the next worker.
const NAMING_NEEDS: Duration = Duration::from_secs(15);

/// Consecutive runs that search for the causes of a difference when not all of it was named.
const MAX_PARTLY: u32 = 3;

/// How far the ledger's side of each line is from what is expected: debits, credits, hours.
type LedgerDifferences = BTreeMap<(String, String), (Sum, Sum, u64)>;

/// The result of naming the differences.
enum NamingResult {
    /// As much as possible is named.
    Done,
    /// The next worker has more time for it.
    Late,
    /// Hours that agreed before may no longer agree. All of them are read again.
    Reread,
}

fn off_by(line: &Line) -> (Sum, Sum, u64) {
    (line.debits.difference(), line.credits.difference(), line.hours.differing)
}

/// The lines in which the ledger differs from what is expected.
fn off(lines: &[Line]) -> LedgerDifferences {
    let lines = lines.iter().filter(|line| line.is_ledger_at_fault());
    lines.map(|line| ((line.mirror.clone(), line.currency.clone()), off_by(line))).collect()
}

/// The lines in which the ledger differed in the last certificate.
fn last_off(summary: &Summary) -> LedgerDifferences {
    summary.last_proof.as_ref().map(|last| off(&last.lines)).unwrap_or_default()
}

/// What the mirrors should hold according to the days, and where the ledger differs. `None` when
/// the time is up.
async fn expected(ctx: &mut Context<'_>) -> Result<Option<(ExpectedAll, Vec<Differing>)>, Stop> {
    let mut reads = 0;
    loop {
        match Box::pin(days::add_up(ctx, &mut reads)).await? {
            days::Added::More(marks) => checkpoint(ctx, marks).await?,
            days::Added::Later(marks) => {
                return checkpoint(ctx, marks).await.map(|()| None);
            }
            days::Added::All(expected, differing, closing) => {
                if reads > days::READS_TO_CHECKPOINT || !closing.is_empty() {
                    checkpoint(ctx, closing).await?;
                }
                return Ok(Some((expected, differing)));
            }
        }
    }
}

/// After a walk: walks again if anything was posted, otherwise compares both sides.
pub(crate) async fn compare(ctx: &mut Context<'_>) -> Result<Option<RunOutcome>, Stop> {
    ctx.progress.phase = Phase::Proof;
    if ctx.progress.walk.posted && ctx.progress.walks < MAX_WALKS {
        // Only a walk that posted nothing is itself the first reading of the list.
        return begin_another_walk(ctx).await.map(|()| None);
    }
    let Some((expected, differing)) = Box::pin(expected(ctx)).await? else {
        return Ok(Some(RunOutcome::OutOfTime));
    };
    if ctx.out_of_time() {
        return Ok(Some(RunOutcome::OutOfTime));
    }
    context::check(ctx).await?;
    let summary =
        ctx.summary.clone().unwrap_or_else(|| Box::new(Summary::new(ctx.fence.connection)));
    ctx.thinned = summary.thinned;
    let open_problems = problems::totals(ctx).await?.open.count();
    let payouts = payouts::payouts_proven(ctx).await?;
    let at = clock::now();
    let indicators = indicators(ctx, &expected);
    let before = mirror_balances(ctx, &indicators).await?;
    let balance = ctx.stripe.balance(ctx.deadline).await?;
    let seen = Box::pin(read_ids(ctx)).await?;
    let after = mirror_balances(ctx, &indicators).await?;
    ctx.progress.rounds += 1;
    let holes = walk::holes(ctx).await?;
    let (id, run) = (clock::new_ulid(), ctx.fence.run);
    let sides = Sides {
        chart: &ctx.chart,
        expected: &expected,
        mirrors: &before,
        stripe: &balance,
        at,
        open_problems,
    };
    let still =
        seen == Some(ctx.progress.walk.seen) && before == after && !ctx.progress.walk.posted;
    // If a part of the list is unreadable and no reading succeeds, more rounds cannot lead to a
    // verdict.
    let in_vain = seen.is_none() && !holes.0.is_empty();
    if !still && !in_vain && ctx.progress.rounds < MAX_ROUNDS && ctx.progress.walks < MAX_WALKS {
        return begin_another_walk(ctx).await.map(|()| None);
    }
    let mut watch = summary.difference_watch.clone();
    let mut certificate = match (still, ctx.progress.read_only) {
        (true, true) => read_only::judged(id, run, &sides, &mut watch),
        (false, true) => read_only::in_motion(id, run, &sides),
        (true, false) => judge(id, run, &sides, &mut watch),
        (false, false) => {
            // The ledger's side does not change while the mirrors do not, whatever arrives at
            // Stripe. A difference that was in the last certificate and is still the same is not in
            // transit.
            let known = if before == after { last_off(&summary) } else { LedgerDifferences::new() };
            let stands = |line: &Line| {
                known.get(&(line.mirror.clone(), line.currency.clone())) == Some(&off_by(line))
            };
            moving(id, run, &sides, stands)
        }
    };
    limit_to_what_was_read(&mut certificate, &holes, settle::waits(ctx), &mut watch);
    certificate = signed(ctx, certificate, payouts);
    // A difference that may only be in transit is no problem yet.
    let unsettled = !still && certificate.verdict == Verdict::Inconclusive;
    if ctx.progress.read_only || unsettled {
        return Ok(Some(RunOutcome::Proven(Box::new(certificate), watch)));
    }
    match Box::pin(name(ctx, &mut certificate, &differing, &summary, still)).await? {
        NamingResult::Done => Ok(Some(RunOutcome::Proven(Box::new(certificate), watch))),
        NamingResult::Late => {
            ctx.progress.late = true;
            ctx.progress.rounds -= 1;
            checkpoint(ctx, Vec::new()).await.map(|()| Some(RunOutcome::OutOfTime))
        }
        NamingResult::Reread => checkpoint(ctx, Vec::new()).await.map(|()| None),
    }
}

/// Names in a certificate the causes of the differences. Causes that have not changed since the
/// last certificate are not searched for in every run.
async fn name(
    ctx: &mut Context<'_>,
    certificate: &mut Certificate,
    differing: &[Differing],
    summary: &Summary,
    still: bool,
) -> Result<NamingResult, Stop> {
    let last = summary.last_proof.as_ref();
    let now_off = off(&certificate.lines);
    let incomplete = certificate.lines.iter().any(|line| line.incomplete);
    if now_off.is_empty() {
        // What is not judged is not resolved.
        if !incomplete && last.is_some_and(|last| !last.causes.is_empty()) {
            drift::resolve_except(ctx, &[]).await?;
        }
        return Ok(NamingResult::Done);
    }
    let same = last.filter(|last| off(&last.lines) == now_off && summary.differing == differing);
    let partly = same.map_or(0, |_| summary.partly);
    // A difference that was not named in full is searched for again a few times, because time may
    // have been short, and in the daily run.
    let may_stay =
        ctx.run.depth == Depth::Hour && !summary.cut && (partly == 0 || partly >= MAX_PARTLY);
    if let Some(last) = same.filter(|last| may_stay && !last.causes.is_empty()) {
        ctx.progress.partly = partly;
        certificate.causes.clone_from(&last.causes);
        certificate.more_causes = last.more_causes;
        causes::explain_by_problems(ctx, &mut certificate.causes).await?;
        return Ok(NamingResult::Done);
    }
    if !ctx.progress.late
        && ctx.deadline.remaining() < NAMING_NEEDS.min(ctx.services.limits.stop_after / 2)
    {
        return Ok(NamingResult::Late);
    }
    let known = last.map(|last| last.causes.as_slice()).unwrap_or_default();
    let extent =
        causes::name_causes(ctx, certificate, differing, known, summary.last_match).await?;
    if still && extent == Extent::Part && days::begin_full_reread(ctx) {
        return Ok(NamingResult::Reread);
    }
    ctx.progress.cut = extent == Extent::Cut;
    ctx.progress.partly = if extent == Extent::All { 0 } else { partly + 1 };
    drift::stand_as_problems(ctx, certificate, extent == Extent::All && !incomplete).await?;
    Ok(NamingResult::Done)
}

/// The certificate with the owner and the instance that it is about.
fn signed(ctx: &Context<'_>, certificate: Certificate, payouts: PayoutsProven) -> Certificate {
    Certificate {
        owner: ctx.owner.to_string(),
        instance: ctx.blnk.instance_id().to_owned(),
        payouts: Some(payouts),
        ..certificate
    }
}

async fn begin_another_walk(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let bound = ctx.progress.walk.bound;
    ctx.progress.walk = Walk::new(Some(bound), bound);
    ctx.progress.adding = None;
    ctx.progress.walks += 1;
    checkpoint(ctx, Vec::new()).await
}

fn indicators(
    ctx: &Context<'_>,
    expected: &crate::model::run::proof_progress::ExpectedAll,
) -> Vec<String> {
    let mut indicators = ctx.chart.known_mirrors();
    indicators.extend(expected.keys().map(|(kind, _)| ctx.chart.mirror(kind)));
    indicators.extend(ctx.chart.ever(Account::ConnectReserved));
    indicators.sort_unstable();
    indicators.dedup();
    indicators
}

async fn mirror_balances(ctx: &Context<'_>, indicators: &[String]) -> Result<Mirrors, Stop> {
    Ok(mirrors(
        ctx.blnk.balances_by_indicator(indicators, ctx.deadline).await.map_err(Stop::of_look)?,
    ))
}

/// Reads the ids at or above the bound. `None` when there are too many for them to be stable, or
/// when Stripe does not answer in time.
async fn read_ids(ctx: &mut Context<'_>) -> Result<Option<IdDigest>, Stop> {
    let mut seen = IdDigest::default();
    let (mut cursor, mut newest) = (None, clock::now().seconds().saturating_add(1));
    for _ in 0..MAX_PROOF_PAGES {
        let request = PageRequest {
            created_gte: Some(ctx.progress.walk.bound),
            starting_after: cursor,
            ..PageRequest::default()
        };
        let Some(read) = Box::pin(walk::look_at_page(ctx, &request, newest, &mut None)).await?
        else {
            return Ok(None);
        };
        let page = read.list;
        for record in &page.data {
            seen.add(&record.id);
        }
        newest = page.data.last().map_or(newest, |last| last.created);
        if !page.has_more {
            return Ok(Some(seen));
        }
        cursor = page.last_id().map(str::to_owned).or(request.starting_after);
    }
    Ok(None)
}
