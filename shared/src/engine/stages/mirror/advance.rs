//! Moves a walk past a page: the totals of the run, and the figures of the hours that the page
//! completes.

use crate::engine::context::Context;
use crate::engine::stages::offsets::Offsets;
use crate::engine::stages::{closed, tally};
use crate::engine::stop::Stop;
use crate::model::ledger::Mirrored;
use crate::model::stripe::types::List;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::platform::clock;
use crate::platform::table::units::Unit;

/// Adds records to the totals of the run, by balance and currency.
pub(crate) fn count_totals(ctx: &mut Context<'_>, mirrored: &[(&BalanceTransaction, Mirrored)]) {
    for (transaction, record) in mirrored {
        let totals =
            ctx.progress.totals.entry(format!("{}#{}", record.kind, record.currency)).or_default();
        totals.records += 1;
        totals.gross.add(transaction.amount);
        totals.fees.add(transaction.fee);
        totals.net.add(transaction.net);
        if transaction.reporting_category == "charge" {
            totals.pay_ins.add(transaction.amount);
        } else if transaction.reporting_category.starts_with("payout")
            && !transaction.reporting_category.starts_with("payout_minimum")
        {
            totals.payouts.add(transaction.amount);
        }
    }
}

/// Moves the walk past the page. Completed hours become writes that replace their slices as a
/// whole.
pub(crate) async fn advance(
    ctx: &mut Context<'_>,
    page: &List<BalanceTransaction>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
    offsets: &Offsets,
) -> Result<Vec<Unit>, Stop> {
    let now = clock::now().seconds();
    let complete = tally::count(&mut ctx.progress.walk, &ctx.owner, page, mirrored, offsets, now)?;
    if let Some(last) = page.data.last()
        && ctx.progress.oldest_reached.is_none_or(|oldest| last.created < oldest)
    {
        ctx.progress.oldest_reached = Some(last.created);
    }
    Box::pin(closed::writes(ctx, complete)).await
}
