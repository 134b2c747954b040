//! Every run requests unreadable records again before it walks.

use futures::stream;
use futures::stream::StreamExt;

use crate::engine::context::Context;
use crate::engine::run::checkpoint;
use crate::engine::run::recount::note_hours;
use crate::engine::stages::problems;
use crate::engine::stages::read::walk;
use crate::engine::stop::Stop;
use crate::model::failed_call::FailedCall;
use crate::model::ledger::{ChargeAccounts, hour_of, mirror};
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::SubjectKind;
use crate::model::run::hole::UnreadableRange;
use crate::model::run::list_place::{Incomplete, IncompleteRecords};
use crate::model::run::step::Step;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::http::Deadline;
use crate::platform::stripe::{PageRequest, StripeError};

/// Concurrent calls.
const READS: usize = 4;

/// Time budget in a run. Records that it does not reach are tried by another run, because the order
/// differs each time.
const BUDGET: std::time::Duration = std::time::Duration::from_secs(10);

/// Records that a run tries again.
const MAX_TRIED: usize = 100;

/// The result of requesting a record again.
enum RereadOutcome {
    /// Readable with its expanded objects.
    Whole(Box<BalanceTransaction>),
    /// Still readable only without them.
    Bare(Box<BalanceTransaction>, Incomplete),
    /// Stripe no longer knows it.
    Gone(String),
    /// Neither could be determined.
    Unknown,
    /// Another error.
    Failed(StripeError),
}

/// Whether a hole in the list is now readable.
enum Readable {
    Yes,
    No(Option<FailedCall>),
    Unknown,
}

/// Requests again what earlier runs could not read.
pub(crate) async fn try_again(ctx: &mut Context<'_>) -> Result<(), Stop> {
    // In a read-only run, no posting was held back for these records.
    let most = if ctx.progress.read_only { 0 } else { MAX_TRIED };
    let known = problems::known(ctx).await?;
    // A hash map's iteration order differs in each process.
    let of = |code: ProblemCode| known.values().filter(move |problem| problem.code == code);
    let records = of(ProblemCode::RecordUnrendered)
        .chain(of(ProblemCode::PermissionMissing))
        .filter(|problem| problem.kind == SubjectKind::Record);
    let records: Vec<String> = records.map(|problem| problem.subject.clone()).take(most).collect();
    let holes: Vec<UnreadableRange> =
        of(ProblemCode::PageUnreadable).filter_map(|problem| problem.hole.clone()).collect();
    if records.is_empty() && holes.is_empty() {
        return Ok(());
    }
    let deadline = Deadline::after(BUDGET.min(ctx.deadline.remaining()));
    reread_records(ctx, &records, deadline).await?;
    let mut reports = Vec::new();
    for hole in holes {
        match is_readable(ctx, &hole, deadline).await {
            // The hole's records are in no hour's figures. These hours are read again in full.
            Readable::Yes => {
                let hour = hour_of(hole.oldest);
                ctx.progress.deeper =
                    Some(ctx.progress.deeper.map_or(hour, |deeper| deeper.min(hour)));
            }
            Readable::No(call) => reports.push(ProblemReport::hole(&hole, call.as_ref())),
            Readable::Unknown => {}
        }
    }
    ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
    // This checkpoint marks them as done. If they came again with each attempt, a run without
    // progress would never begin to wait.
    ctx.progress.pass(Step::Retry);
    checkpoint::checkpoint(ctx, Vec::new()).await
}

async fn reread_records(
    ctx: &mut Context<'_>,
    ids: &[String],
    deadline: Deadline,
) -> Result<(), Stop> {
    let this = &*ctx;
    let read: Vec<RereadOutcome> = stream::iter(ids)
        .map(|id| reread_record(this, id, deadline))
        .buffered(READS)
        .collect()
        .await;
    let (mut whole, mut bare, mut lacks, mut reports) =
        (Vec::new(), Vec::new(), IncompleteRecords::new(), Vec::new());
    for outcome in read {
        match outcome {
            RereadOutcome::Whole(record) => whole.push(*record),
            RereadOutcome::Bare(record, lack) => {
                lacks.insert(record.id.clone(), lack);
                bare.push(*record);
            }
            RereadOutcome::Gone(id) => {
                reports.push(ProblemReport::gone(&format!("{id}:record"), &id));
            }
            RereadOutcome::Unknown => {}
            RereadOutcome::Failed(error) => return Err(error.into()),
        }
    }
    let still = bare.iter().filter_map(|record| {
        Some((record, mirror(record, &ctx.chart, &ChargeAccounts::none()).ok()?))
    });
    reports.extend(walk::unrendered(ctx, &still.collect::<Vec<_>>(), &lacks).await?);
    ctx.progress.counters.problems += problems::record(ctx, &reports).await?;
    // The cause may have changed or disappeared.
    let over = lacks
        .keys()
        .flat_map(|id| ProblemReport::ids_of_lacks(id))
        .filter(|id| reports.iter().all(|report| report.id != *id));
    problems::resolve_known(ctx, &over.collect::<Vec<_>>()).await?;
    if !whole.is_empty() {
        if !ctx.progress.read_only && note_hours(ctx, whole.iter()) {
            checkpoint::checkpoint(ctx, Vec::new()).await?;
        }
        let handled = Box::pin(crate::engine::stages::mirror::records(
            ctx,
            &whole,
            &IncompleteRecords::new(),
            true,
        ))
        .await?;
        ctx.progress.counters.entries_posted += handled.posted;
        ctx.progress.counters.problems += handled.problems;
    }
    Ok(())
}

async fn reread_record(ctx: &Context<'_>, id: &str, deadline: Deadline) -> RereadOutcome {
    let stripe = ctx.stripe.alone();
    let lack = match stripe.balance_transaction(id, deadline).await {
        Ok(Some(record)) => return RereadOutcome::Whole(Box::new(record)),
        Ok(None) => return RereadOutcome::Gone(id.to_owned()),
        // This record is refused. Without its expanded objects it may be readable.
        Err(StripeError::Forbidden { permission }) => {
            Incomplete::Denied(permission, stripe.last_failure())
        }
        Err(error) if error.may_be_of_content() || matches!(error, StripeError::Invalid { .. }) => {
            Incomplete::Fails(stripe.last_failure())
        }
        // There is no time left for it.
        Err(StripeError::Unavailable { .. }) => return RereadOutcome::Unknown,
        Err(error) => return RereadOutcome::Failed(error),
    };
    match stripe.bare_balance_transaction(id, deadline).await {
        Ok(Some(record)) => RereadOutcome::Bare(Box::new(record), lack),
        Ok(None) => RereadOutcome::Gone(id.to_owned()),
        Err(_) => RereadOutcome::Unknown,
    }
}

/// Whether the list is readable at a hole. If so, the walk goes there.
async fn is_readable(ctx: &Context<'_>, hole: &UnreadableRange, deadline: Deadline) -> Readable {
    let request = PageRequest {
        starting_after: hole.after.clone(),
        limit: 1,
        bare: true,
        ..PageRequest::default()
    };
    let stripe = ctx.stripe.alone();
    match stripe.balance_transactions(&request, deadline).await {
        // The cursor's record is gone. The walk finds out what is in the list now.
        Ok(_) | Err(StripeError::CursorGone) => Readable::Yes,
        Err(error) if error.may_be_of_content() => Readable::No(stripe.last_failure()),
        Err(_) => Readable::Unknown,
    }
}
