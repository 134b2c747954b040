//! Makes the items of payouts that earlier versions have read without keeping them: some each day,
//! newest first.

use crate::engine::context::Context;
use crate::engine::stages::objects::{known_payouts, may_read};
use crate::engine::stages::payout_items::{keep_members, keep_seen};
use crate::engine::stages::payouts::{Members, keep, members_of};
use crate::engine::stages::read::smaller_and_smaller;
use crate::engine::stop::Stop;
use crate::model::payout::CatchUp;
use crate::model::payout::item::Reconciliation;
use crate::model::run::request::Depth;
use crate::platform::clock;
use crate::platform::store::payout_items::{PAYOUTS_PAGE, PayoutFilter, PayoutPlace};
use crate::platform::stripe::StripeError;

/// Reads for payouts from before there were items, in a run that looks back two days or more, of
/// which there is one a day. They count against the day's allowance.
const CATCH_UP_READS_A_RUN: u32 = 20;

/// Stripe's clock may be ahead of ours by this much.
const AHEAD_SECONDS: i64 = 24 * 3600;

/// First keeps all of Stripe's list, then the members of each payout. A failure does not fail the
/// run: a later one goes on.
pub(crate) async fn catch_up(ctx: &mut Context<'_>) {
    if ctx.run.depth == Depth::Hour || ctx.connection.watermark.is_none() {
        return;
    }
    if let Err(halt) = go_on(ctx).await {
        tracing::info!(install = %ctx.fence.install, why = ?halt, "payouts not caught up with");
    }
}

async fn go_on(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let mut left = CATCH_UP_READS_A_RUN;
    loop {
        let goes_on = match known_payouts(ctx).await?.catch_up {
            CatchUp::Beginning => list(ctx, None, &mut left).await?,
            CatchUp::Listing(after) => list(ctx, Some(&after), &mut left).await?,
            CatchUp::Members(after) => add_up(ctx, after.as_deref(), &mut left).await?,
            CatchUp::Done => false,
        };
        if !goes_on {
            return Ok(());
        }
    }
}

/// Keeps a page of Stripe's list of payouts. Answers whether there is more to do in this run.
async fn list(ctx: &mut Context<'_>, after: Option<&str>, left: &mut u32) -> Result<bool, Stop> {
    if !may_read(ctx, left).await? {
        return Ok(false);
    }
    let before = clock::now().seconds() + AHEAD_SECONDS;
    let (stripe, deadline) = (&ctx.stripe, ctx.deadline);
    let page =
        match smaller_and_smaller(|limit| stripe.payouts_before(before, after, limit, deadline))
            .await
        {
            // The payout is gone, as test data may be. The next run begins again.
            Err(StripeError::CursorGone) => {
                note(ctx, CatchUp::Beginning).await?;
                return Ok(false);
            }
            other => other?,
        };
    keep_seen(ctx, page.data.iter()).await?;
    let next = match page.last_id().filter(|_| page.has_more) {
        Some(last) => CatchUp::Listing(last.to_owned()),
        None => CatchUp::Members(None),
    };
    note(ctx, next).await?;
    Ok(true)
}

/// Adds up the members of the payouts of a part of our own list that still wait for it. Answers
/// whether there is more to do in this run.
async fn add_up(ctx: &mut Context<'_>, after: Option<&str>, left: &mut u32) -> Result<bool, Stop> {
    let (install, connection) = (ctx.fence.install.clone(), ctx.fence.connection);
    let pending =
        PayoutFilter { reconciliation: Some(Reconciliation::Pending), ..PayoutFilter::default() };
    let place = after.and_then(PayoutPlace::parse);
    let items = ctx.services.store.payout_items();
    let page = items.page(&install, connection, &pending, place.as_ref(), PAYOUTS_PAGE).await?;
    for line in page.payouts.iter().filter(|line| line.waits_for_members()) {
        match members_of(ctx, &line.id, left, true).await? {
            Members::All(adding) => {
                keep_members(ctx, &adding).await?;
                let mut payouts = known_payouts(ctx).await?;
                payouts.finish(&line.id);
                payouts.catch_up =
                    CatchUp::Members(Some(PayoutPlace::of(line.created, &line.id)?.to_string()));
                keep(ctx, payouts, None).await?;
            }
            // It stays without members. A person who opens it sees them page by page.
            Members::Unreadable | Members::Untold => {}
            Members::Later => return Ok(false),
        }
    }
    let next = page.next.map(|place| CatchUp::Members(Some(place.to_string())));
    note(ctx, next.unwrap_or(CatchUp::Done)).await?;
    Ok(true)
}

async fn note(ctx: &mut Context<'_>, catch_up: CatchUp) -> Result<(), Stop> {
    let mut payouts = known_payouts(ctx).await?;
    payouts.catch_up = catch_up;
    keep(ctx, payouts, None).await
}
